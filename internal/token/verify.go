package token

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	jose "github.com/go-jose/go-jose/v4"
)

// Why a token is refused.
var (
	// ErrMalformed means that the text is no compact JWS whose payload is a JSON
	// object with an expiry.
	ErrMalformed = errors.New("token: malformed")
	// ErrAlgorithm means that the header names another algorithm than the key's.
	ErrAlgorithm = errors.New("token: algorithm not accepted")
	// ErrUnknownKey means that the owner has no such key for the use, or no
	// longer.
	ErrUnknownKey = errors.New("token: unknown key")
	// ErrSignature means that the signature is not the key's.
	ErrSignature = errors.New("token: bad signature")
	// ErrExpired means that the token was good until its expiry. It comes as an
	// *ExpiredError.
	ErrExpired = errors.New("token: expired")
	// ErrNotYetValid means that the token is good from a later time on (nbf).
	ErrNotYetValid = errors.New("token: not yet valid")
	// ErrIssuer means that a good token names another issuer than expected, in
	// verifiers that look at it.
	ErrIssuer = errors.New("token: other issuer")
)

// ExpiredError tells when a token that is otherwise good expired. It is an
// ErrExpired.
type ExpiredError struct {
	// Expired is the token's expiry, Now the time of the verification.
	Expired, Now time.Time
}

// Error implements error.
func (e *ExpiredError) Error() string {
	return fmt.Sprintf("token: expired at %s, now %s", e.Expired.Format(time.RFC3339), e.Now.Format(time.RFC3339))
}

// Is makes errors.Is(err, ErrExpired) true.
func (e *ExpiredError) Is(target error) bool { return target == ErrExpired }

// maxLength is more than the longest token that AWS takes, a login of 50,000
// characters.
const maxLength = 65536

// Verify checks a token's signature by the owner's key for the use and its
// times, and returns its claims. An empty use means any of the owner's keys.
// The error is one of the package's; with ErrExpired the claims are returned
// too, since the signature is good. Other errors come from the store.
func (k *Keys) Verify(ctx context.Context, owner, use, token string) (Claims, error) {
	signed, err := parse(token)
	if err != nil {
		return nil, err
	}
	header := signed.Signatures[0].Header
	signer, err := k.verificationKey(ctx, owner, use, header.KeyID)
	if err != nil {
		return nil, err
	}
	if header.Algorithm != string(signer.alg) {
		return nil, ErrAlgorithm
	}
	payload, err := signed.Verify(signer.private.Public())
	if err != nil {
		return nil, ErrSignature
	}
	var claims Claims
	if err := json.Unmarshal(payload, &claims); err != nil || claims == nil {
		return nil, ErrMalformed
	}
	err = claims.checkTimes(k.clock.Now())
	if err != nil && !errors.Is(err, ErrExpired) {
		return nil, err
	}
	return claims, err
}

var accepted = []jose.SignatureAlgorithm{jose.RS256, jose.RS512, jose.ES384}

func parse(token string) (*jose.JSONWebSignature, error) {
	if len(token) > maxLength || !canonical(token) {
		return nil, ErrMalformed
	}
	signed, err := jose.ParseSignedCompact(token, accepted)
	var other *jose.ErrUnexpectedSignatureAlgorithm
	if errors.As(err, &other) {
		return nil, ErrAlgorithm
	}
	if err != nil || len(signed.Signatures) != 1 {
		return nil, ErrMalformed
	}
	return signed, nil
}

// canonical demands the one base64url spelling of each part (RFC 7515, section
// 2), so that a token has no second form. Decoders skip line ends and ignore
// spare bits.
func canonical(token string) bool {
	if strings.ContainsAny(token, "\r\n") {
		return false
	}
	for part := range strings.SplitSeq(token, ".") {
		if _, err := base64.RawURLEncoding.Strict().DecodeString(part); err != nil {
			return false
		}
	}
	return true
}

// verificationKey looks again in the store for a key that another node may
// just have made.
func (k *Keys) verificationKey(ctx context.Context, owner, use, kid string) (*key, error) {
	for _, age := range []time.Duration{cacheFor, rereadAfter} {
		s, err := k.set(ctx, owner, age)
		if err != nil {
			return nil, err
		}
		if found := s.find(use, kid, k.clock.Now()); found != nil {
			return found, nil
		}
	}
	return nil, ErrUnknownKey
}
