package identitypool

// Operations: GetOpenIdToken.

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/token"
)

// Issuer is the issuer of the identity pools' OpenID tokens, one for all
// regions and accounts, which STS knows without a provider in IAM.
const Issuer = "https://" + identityProvider

// openIDDuration is how long the tokens of GetOpenIdToken are valid.
const openIDDuration = 10 * time.Minute

const (
	classicFlowOff  = "Basic (classic) flow is not enabled, please use enhanced flow."
	notCognitoToken = "Invalid login token. Not a Cognito token."
)

// openIDClaims are the claims of an identity pool's OpenID token.
type openIDClaims struct {
	// Subject is the identity ID, Audience the pool ID.
	Subject  string   `json:"sub"`
	Audience string   `json:"aud"`
	AMR      []string `json:"amr"`
	Issuer   string   `json:"iss"`
	// Tags carries session tags, as AssumeRoleWithWebIdentity reads them.
	Tags     *tagClaim `json:"https://aws.amazon.com/tags,omitempty"`
	Expires  int64     `json:"exp"`
	IssuedAt int64     `json:"iat"`
}

// tagClaim is the claim https://aws.amazon.com/tags (IAM User Guide, "Passing
// session tags in AWS STS").
type tagClaim struct {
	PrincipalTags map[string][]string `json:"principal_tags"`
}

func newTagClaim(tags map[string]string) *tagClaim {
	if len(tags) == 0 {
		return nil
	}
	c := &tagClaim{PrincipalTags: map[string][]string{}}
	for key, value := range tags {
		c.PrincipalTags[key] = []string{value}
	}
	return c
}

func (c *tagClaim) tags() map[string]string {
	if c == nil {
		return nil
	}
	tags := map[string]string{}
	for key, values := range c.PrincipalTags {
		if len(values) > 0 {
			tags[key] = values[0]
		}
	}
	return tags
}

// GetOpenIdToken returns a token of the identity that is valid for ten minutes
// and that sts:AssumeRoleWithWebIdentity takes (the basic flow). Logins are
// verified and linked as by GetCredentialsForIdentity. Errors are those of
// GetCredentialsForIdentity, and InvalidParameterException when the pool does
// not allow the basic flow.
func (s *Service) GetOpenIdToken(ctx context.Context, in *cognitoidentity.GetOpenIdTokenInput) (*cognitoidentity.GetOpenIdTokenOutput, error) {
	who, err := s.prove(ctx, aws.ToString(in.IdentityId), in.Logins, func(p *pool) error {
		if p.AllowClassicFlow != nil && !*p.AllowClassicFlow {
			return invalidParameter(classicFlowOff)
		}
		if _, ok := in.Logins[identityProvider]; ok {
			return notAuthorized(cognitoToken)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	jwt, err := s.sign(ctx, who.pool, who.id, who.amr, who.tags, openIDDuration)
	if err != nil {
		return nil, err
	}
	return &cognitoidentity.GetOpenIdTokenOutput{IdentityId: aws.String(who.id), Token: aws.String(jwt)}, nil
}

func (s *Service) sign(ctx context.Context, p *pool, id string, amr []string, tags map[string]string, valid time.Duration) (string, error) {
	now := s.clock.Now()
	return s.keys.Sign(ctx, token.IdentityPools, token.UseOpenID, &openIDClaims{
		Subject: id, Audience: p.ID, AMR: amr, Issuer: Issuer, Tags: newTagClaim(tags),
		Expires: now.Add(valid).Unix(), IssuedAt: now.Unix(),
	})
}

// proveToken takes one of the pools' own tokens as the proof of an identity.
// Logins beside it are verified and linked.
func (s *Service) proveToken(ctx context.Context, p *pool, i *store.Identity, own string, tokens map[string]string) (*proven, error) {
	claims, err := s.verifyOwn(ctx, own)
	if err != nil {
		return nil, err
	}
	if claims.Subject != i.ID || claims.Audience != p.ID {
		return nil, notAuthorized(loginsDontMatch)
	}
	if i.Disabled {
		return nil, notAuthorized(identityForbidden, i.ID)
	}
	if !slices.Contains(claims.AMR, roleAuthenticated) {
		if len(tokens) > 1 {
			return nil, notAuthorized(loginsDontMatch)
		}
		return proveGuest(p, i)
	}
	who := &proven{pool: p, id: i.ID, amr: claims.AMR, tags: claims.Tags.tags()}
	if len(tokens) == 1 {
		return who, nil
	}
	return who, s.linkBeside(ctx, who, i.ID, tokens)
}

// linkBeside links the logins that came beside a token of the identity.
func (s *Service) linkBeside(ctx context.Context, who *proven, id string, tokens map[string]string) error {
	others := map[string]string{}
	for name, jwt := range tokens {
		if name != identityProvider {
			others[name] = jwt
		}
	}
	logins, err := s.verify(ctx, who.pool, others)
	if err != nil {
		return err
	}
	who.logins = logins
	if who.tags, err = withTags(who.pool.sessionTags(logins), who.tags); err != nil {
		return err
	}
	for _, l := range logins {
		for _, a := range l.amr {
			if !slices.Contains(who.amr, a) {
				who.amr = append(who.amr, a)
			}
		}
	}
	_, err = s.linked(ctx, who.pool, func(tx *store.Tx) (*link, error) {
		owner, _, err := s.identity(tx, id)
		if err != nil {
			return nil, err
		}
		if owner.Disabled {
			return nil, notAuthorized(identityForbidden, id)
		}
		return planInto(tx, who.pool, *owner, logins)
	})
	return declared(err)
}

// verifyOwn verifies a token that sign made.
func (s *Service) verifyOwn(ctx context.Context, jwt string) (*openIDClaims, error) {
	if c, ok := peek(jwt); !ok {
		return nil, notAuthorized(tokenMalformed)
	} else if c.Issuer != Issuer {
		return nil, notAuthorized(notCognitoToken)
	}
	all, err := s.keys.Verify(ctx, token.IdentityPools, token.UseOpenID, jwt)
	var expired *token.ExpiredError
	switch {
	case errors.As(err, &expired):
		return nil, notAuthorized(tokenExpired, expired.Now.Unix(), expired.Expired.Unix())
	case errors.Is(err, token.ErrMalformed):
		return nil, notAuthorized(tokenMalformed)
	case errors.Is(err, token.ErrAlgorithm), errors.Is(err, token.ErrUnknownKey), errors.Is(err, token.ErrSignature), errors.Is(err, token.ErrNotYetValid):
		return nil, notAuthorized(tokenUnverified)
	case err != nil:
		return nil, err
	}
	payload, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	var claims openIDClaims
	if err := json.Unmarshal(payload, &claims); err != nil || claims.Issuer != Issuer {
		return nil, notAuthorized(tokenMalformed)
	}
	return &claims, nil
}

// JWKS returns the public keys of the OpenID tokens as a JSON Web Key Set. It
// is served where Discovery says.
func (s *Service) JWKS(ctx context.Context) ([]byte, error) {
	return s.keys.JWKS(ctx, token.IdentityPools, token.UseOpenID)
}

// discovery is the issuer's OpenID Connect discovery document.
type discovery struct {
	Issuer        string   `json:"issuer"`
	JWKS          string   `json:"jwks_uri"`
	Authorization string   `json:"authorization_endpoint"`
	ResponseTypes []string `json:"response_types_supported"`
	SubjectTypes  []string `json:"subject_types_supported"`
	Algorithms    []string `json:"id_token_signing_alg_values_supported"`
}

// Discovery returns the OpenID Connect discovery document of the issuer. Its
// jwks_uri is where Config.DocumentURL says; the issuer stays the same, since
// trust policies and STS know no other.
func (s *Service) Discovery(context.Context) ([]byte, error) {
	return json.Marshal(discovery{
		Issuer: Issuer, JWKS: s.documents + "/.well-known/jwks_uri", Authorization: s.documents,
		ResponseTypes: []string{"id_token"}, SubjectTypes: []string{"public"}, Algorithms: []string{"RS512"},
	})
}
