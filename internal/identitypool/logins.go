package identitypool

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/poolhouse-id/poolhouse/internal/oidc"
	"github.com/poolhouse-id/poolhouse/internal/token"
)

// identityProvider is the name of the identity pools themselves as a provider:
// the key in Logins of their own OpenID tokens.
const identityProvider = "cognito-identity.amazonaws.com"

const (
	unsupportedToken  = "Token is not from a supported provider of this identity pool."
	loginsDontMatch   = "Logins don't match. Please include at least one valid login for this identity or identity pool."
	tokenMalformed    = "Invalid login token. Not a valid OpenId Connect identity token."
	tokenUnverified   = "Invalid login token. Couldn't verify signed token."
	tokenIssuer       = "Invalid login token. Issuer doesn't match providerName"
	tokenNoAudience   = "Invalid login token. Missing a required claim: aud"
	tokenNoSubject    = "Invalid login token. Missing a required claim: sub"
	tokenNoExpiry     = "Invalid login token. Missing a required claim: exp"
	tokenExpired      = "Invalid login token. Token expired: %d >= %d"
	tokenExpiredPlain = "Invalid login token. Token expired."
	tokenRevoked      = "Invalid login token. Token has been revoked."
	cognitoToken      = "Invalid login token. Can't pass in a Cognito token."
	providerSilent    = "The identity provider %s did not respond."
)

// login is a verified login.
type login struct {
	// provider is the canonical name under which logins are kept.
	provider string
	// subject is the user at the provider.
	subject string
	// amr is what the login adds to the claim amr of the identity.
	amr []string
	// mapping is the key of the login's role mapping.
	mapping string
	// claims are those of the token; nil for a developer's user identifier.
	claims *Claims
	// developer tells a developer's user identifier, of which an identity may
	// have several, from a provider's user.
	developer bool
}

// verify verifies every login, in the order of their names. All must be good.
func (s *Service) verify(ctx context.Context, p *pool, logins map[string]string) ([]login, error) {
	out := make([]login, 0, len(logins))
	for _, name := range sortedNames(logins) {
		l, err := s.verifyOne(ctx, p, name, logins[name])
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(out, func(o login) bool { return o.provider == l.provider }); i >= 0 {
			if out[i].subject != l.subject {
				return nil, conflict(alreadyLinked)
			}
			continue
		}
		out = append(out, l)
	}
	return out, nil
}

func sortedNames(logins map[string]string) []string { return slices.Sorted(maps.Keys(logins)) }

// verifyOne verifies the login of the name with the provider that it names.
func (s *Service) verifyOne(ctx context.Context, p *pool, name, jwt string) (login, error) {
	if name == identityProvider {
		return login{}, notAuthorized(cognitoToken)
	}
	if !p.hasProviders() {
		return login{}, notAuthorized(loginsDontMatch)
	}
	if provider, ok := s.userPools.ProviderName(name); ok {
		return s.verifyUserPool(ctx, p, provider, jwt)
	}
	if slices.Contains(publicProviders, name) {
		return s.verifyPublic(ctx, p, name, jwt)
	}
	if strings.HasPrefix(name, "arn:") {
		return s.verifySAML(ctx, p, name, jwt)
	}
	if arn, ok := p.oidc[name]; ok {
		return s.verifyOIDC(ctx, p, name, arn, jwt)
	}
	return login{}, s.unsupported(name, jwt)
}

// unsupported is the answer to a token of a provider that the pool does not
// have: AWS looks at the token's form and issuer first.
func (s *Service) unsupported(name, jwt string) error {
	c, ok := peek(jwt)
	if !ok {
		return notAuthorized(tokenMalformed)
	}
	_, issuer, _ := strings.Cut(c.Issuer, "://")
	if s.canonical(issuer) != s.canonical(name) {
		return notAuthorized(tokenIssuer)
	}
	return notAuthorized(unsupportedToken)
}

// unverified are claims of a JWT before its verification.
type unverified struct {
	Issuer  string `json:"iss"`
	Subject string `json:"sub"`
}

// peek reads a JWT that is not verified; ok is false for what is none.
func peek(jwt string) (c unverified, ok bool) {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return c, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return c, false
	}
	return c, json.Unmarshal(payload, &c) == nil
}

func (p *pool) hasProviders() bool {
	return len(p.clients) > 0 || len(p.SupportedLoginProviders) > 0 || len(p.oidc) > 0 || len(p.SamlProviderARNs) > 0 || p.DeveloperProviderName != nil
}

func (s *Service) verifyUserPool(ctx context.Context, p *pool, provider, jwt string) (login, error) {
	clients, ok := p.clients[provider]
	if !ok {
		return login{}, s.unsupported(provider, jwt)
	}
	claims, err := s.userPools.VerifyToken(ctx, provider, jwt)
	if err != nil {
		return login{}, refused(provider, err)
	}
	if err := s.checkClaims(claims); err != nil {
		return login{}, err
	}
	// An access token may be bound to a resource by aud, and is no login still.
	if claims.All["token_use"] != "id" {
		return login{}, notAuthorized(tokenNoAudience)
	}
	client := claims.Audience[0]
	check, ok := clients[client]
	if !ok || len(claims.Audience) != 1 {
		return login{}, notAuthorized(unsupportedToken)
	}
	if check {
		if err := s.userPools.CheckUser(ctx, provider, claims); err != nil {
			return login{}, refused(provider, err)
		}
	}
	return login{
		provider: provider, subject: claims.Subject, claims: claims, mapping: provider + ":" + client,
		amr: []string{provider, provider + ":CognitoSignIn:" + claims.Subject},
	}, nil
}

func (s *Service) verifyPublic(ctx context.Context, p *pool, name, jwt string) (login, error) {
	apps, ok := p.SupportedLoginProviders[name]
	if !ok {
		return login{}, notAuthorized(unsupportedToken)
	}
	if s.public == nil {
		return login{}, refused(name, ErrUnavailable)
	}
	claims, err := s.public.Verify(ctx, name, strings.Split(apps, ";"), jwt)
	if err != nil {
		return login{}, refused(name, err)
	}
	if err := s.checkClaims(claims); err != nil {
		return login{}, err
	}
	return login{
		provider: name, subject: claims.Subject, claims: claims, mapping: name,
		amr: []string{name, name + ":" + claims.Audience[0] + ":" + claims.Subject},
	}, nil
}

func (s *Service) verifyOIDC(ctx context.Context, p *pool, name, arn, jwt string) (login, error) {
	clients, err := s.oidcClients(ctx, p.Account, arn)
	if err != nil {
		return login{}, refused(name, err)
	}
	claims, err := verifyForeign(ctx, s.tokens, "https://"+name, jwt)
	if err != nil {
		return login{}, refused(name, err)
	}
	if err := s.checkClaims(claims); err != nil {
		return login{}, err
	}
	if !slices.ContainsFunc(claims.Audience, func(aud string) bool { return slices.Contains(clients, aud) }) {
		return login{}, refused(name, ErrAudience)
	}
	return login{
		provider: name, subject: claims.Subject, claims: claims, mapping: arn,
		amr: []string{name, arn + ":OIDC:" + claims.Subject},
	}, nil
}

// verifyForeign verifies a token of an OpenID Connect provider.
func verifyForeign(ctx context.Context, tokens Tokens, issuer, jwt string) (*Claims, error) {
	if tokens == nil {
		return nil, ErrUnavailable
	}
	c, err := tokens.Verify(ctx, issuer, jwt)
	switch {
	case err == nil, errors.Is(err, token.ErrExpired) && c != nil:
		return &Claims{Issuer: c.String("iss"), Subject: c.String("sub"), Audience: c.Strings("aud"), Expires: c.Time("exp"), All: c}, nil
	case errors.Is(err, oidc.ErrUnavailable):
		return nil, ErrUnavailable
	case errors.Is(err, token.ErrMalformed):
		return nil, ErrMalformed
	case errors.Is(err, token.ErrIssuer):
		return nil, ErrIssuer
	case errors.Is(err, token.ErrAlgorithm), errors.Is(err, token.ErrUnknownKey), errors.Is(err, token.ErrSignature), errors.Is(err, token.ErrNotYetValid):
		return nil, ErrSignature
	}
	return nil, err
}

func (s *Service) verifySAML(ctx context.Context, p *pool, arn, response string) (login, error) {
	if s.saml == nil || !slices.Contains(p.SamlProviderARNs, arn) {
		return login{}, notAuthorized(unsupportedToken)
	}
	claims, err := s.saml.VerifySAML(ctx, p.Account, arn, response)
	if err != nil {
		return login{}, refused(arn, err)
	}
	if claims.Subject == "" {
		return login{}, notAuthorized(tokenNoSubject)
	}
	return login{
		provider: arn, subject: claims.Subject, claims: claims, mapping: arn,
		amr: []string{arn, arn + ":SAML:" + claims.Subject},
	}, nil
}

// checkClaims checks that a token has what an identity needs of it and that
// its time is not over.
func (s *Service) checkClaims(c *Claims) error {
	switch {
	case len(c.Audience) == 0:
		return notAuthorized(tokenNoAudience)
	case c.Subject == "":
		return notAuthorized(tokenNoSubject)
	case c.Expires.IsZero():
		return notAuthorized(tokenNoExpiry)
	}
	if now := s.clock.Now(); now.Unix() >= c.Expires.Unix() {
		return notAuthorized(tokenExpired, now.Unix(), c.Expires.Unix())
	}
	return nil
}

// refused is the answer to a token that a verifier refused.
func refused(provider string, err error) error {
	switch {
	case errors.Is(err, ErrMalformed):
		return notAuthorized(tokenMalformed)
	case errors.Is(err, ErrIssuer):
		return notAuthorized(tokenIssuer)
	case errors.Is(err, ErrSignature), errors.Is(err, ErrUnknownProvider):
		return notAuthorized(tokenUnverified)
	case errors.Is(err, ErrAudience):
		return notAuthorized(unsupportedToken)
	case errors.Is(err, ErrExpired):
		return notAuthorized(tokenExpiredPlain)
	case errors.Is(err, ErrRevoked):
		return notAuthorized(tokenRevoked)
	case errors.Is(err, ErrUnavailable):
		return &types.ExternalServiceException{Message: text(providerSilent, []any{provider})}
	}
	return fmt.Errorf("verify a login of %s: %w", provider, err)
}
