package token

import (
	"context"
	"encoding/json"
	"fmt"
)

// Sign returns a compact JWS (RFC 7515) of the claims, which are marshalled as
// JSON, under the owner's key for the use. Its header holds kid and alg, as in
// the tokens of user pools. The first call for an owner makes the key.
func (k *Keys) Sign(ctx context.Context, owner, use string, claims any) (string, error) {
	signing, err := k.signingKey(ctx, owner, use)
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("claims of an %s token: %w", use, err)
	}
	signed, err := signing.signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}
