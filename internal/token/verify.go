package token

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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
	// ErrIssuer, ErrAudience and ErrUse mean that a good token is meant for
	// something else. ErrNoAudience means that it names no audience at all, as
	// an access token.
	ErrIssuer     = errors.New("token: other issuer")
	ErrAudience   = errors.New("token: other audience")
	ErrNoAudience = errors.New("token: no audience")
	ErrUse        = errors.New("token: other use")
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
	claims, _, err := k.verify(ctx, owner, use, token)
	return claims, err
}

func (k *Keys) verify(ctx context.Context, owner, use, token string) (Claims, *key, error) {
	signed, err := parse(token)
	if err != nil {
		return nil, nil, err
	}
	header := signed.Signatures[0].Header
	signer, err := k.verificationKey(ctx, owner, use, header.KeyID)
	if err != nil {
		return nil, nil, err
	}
	if header.Algorithm != string(signer.alg) {
		return nil, nil, ErrAlgorithm
	}
	payload, err := signed.Verify(signer.private.Public())
	if err != nil {
		return nil, nil, ErrSignature
	}
	var claims Claims
	if err := json.Unmarshal(payload, &claims); err != nil || claims == nil {
		return nil, nil, ErrMalformed
	}
	err = claims.checkTimes(k.clock.Now())
	if err != nil && !errors.Is(err, ErrExpired) {
		return nil, nil, err
	}
	return claims, signer, err
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

// VerifyID checks an ID token of a user pool as a relying party does (OpenID
// Connect Core 3.1.3.7, and "Verifying JSON web tokens" of the Amazon Cognito
// Developer Guide): signature and times as [Keys.Verify], then issuer,
// audience, which must be one of audiences (client ids), and token_use. An
// access token of the pool answers ErrNoAudience.
func (k *Keys) VerifyID(ctx context.Context, poolID, issuer string, audiences []string, token string) (Claims, error) {
	claims, signer, err := k.verify(ctx, UserPool(poolID), "", token)
	if err != nil {
		return claims, err
	}
	aud := claims.String("aud")
	switch {
	case claims.String("iss") != issuer:
		return nil, ErrIssuer
	case aud == "":
		return nil, ErrNoAudience
	case signer.use != UseID || claims.String("token_use") != UseID:
		return nil, ErrUse
	case !slices.Contains(audiences, aud):
		return nil, ErrAudience
	}
	return claims, nil
}
