package token

import (
	"context"
	"encoding/json"

	jose "github.com/go-jose/go-jose/v4"
)

// JWKS returns the owner's public keys as a JSON Web Key Set (RFC 7517) with
// the members alg, e, kid, kty, n and use (for ES384 crv, x and y). It holds the
// keys that sign for the uses, which are made when missing, and every earlier
// key of the owner whose tokens may still be valid. It always reads the store,
// so that a key that another node just made is in it.
func (k *Keys) JWKS(ctx context.Context, owner string, uses ...string) ([]byte, error) {
	for _, use := range uses {
		if _, err := k.signingKey(ctx, owner, use); err != nil {
			return nil, err
		}
	}
	s, err := k.set(ctx, owner, 0)
	if err != nil {
		return nil, err
	}
	now := k.clock.Now()
	doc := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, key := range s.keys {
		if s.find(key.use, key.kid, now) == nil {
			continue
		}
		doc.Keys = append(doc.Keys, jose.JSONWebKey{
			Key: key.private.Public(), KeyID: key.kid, Algorithm: string(key.alg), Use: "sig",
		})
	}
	return json.Marshal(doc)
}
