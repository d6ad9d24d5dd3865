package identitypool

import (
	"context"
	"errors"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/token"
)

// Claims is what a verified token says about its user.
type Claims struct {
	// Issuer is the claim iss, Subject the claim sub: the provider's stable
	// identifier of the user.
	Issuer, Subject string
	// Audience is the claim aud. Empty means that the token has none.
	Audience []string
	// Expires is the claim exp.
	Expires time.Time
	// All is every claim as JSON has it (string, float64 or json.Number, bool,
	// []any, map[string]any), for role mappings and principal tags.
	All map[string]any
}

// Reasons why a token is refused. Verifiers return them, wrapped or not.
var (
	// ErrMalformed means that the string is no token of the kind.
	ErrMalformed = errors.New("not a token")
	// ErrSignature means that no key of the issuer made the signature.
	ErrSignature = errors.New("the signature does not verify")
	// ErrIssuer means that the token is of another issuer than the provider.
	ErrIssuer = errors.New("the token is of another issuer")
	// ErrAudience means that the token is not for a client of the provider.
	ErrAudience = errors.New("the token is for another client")
	// ErrUnknownProvider means that there is no such provider (any more).
	ErrUnknownProvider = errors.New("no such provider")
	// ErrUnavailable means that the provider could not be reached.
	ErrUnavailable = errors.New("the provider does not answer")
	// ErrRevoked means that the user was signed out, disabled or deleted.
	ErrRevoked = errors.New("the token is revoked")
	// ErrExpired means that the token's time is over, from verifiers that
	// return no claims of such a token.
	ErrExpired = errors.New("the token has expired")
)

// UserPools verifies tokens of user pools.
type UserPools interface {
	// ProviderName returns the provider name of the user pool that name means,
	// cognito-idp.<region>.amazonaws.com/<pool id>: name is that itself, or the
	// issuer of the pool's tokens without its scheme. It looks at the form of
	// the name alone; ok is false when name has neither.
	ProviderName(name string) (provider string, ok bool)
	// VerifyToken verifies that token was signed by the user pool with that
	// provider name and has the pool's issuer, and returns its claims. It takes
	// any kind of token and leaves expiry and audience to the caller. The errors
	// are ErrMalformed, ErrSignature, ErrIssuer and ErrUnknownProvider.
	VerifyToken(ctx context.Context, provider, token string) (*Claims, error)
	// CheckUser returns ErrRevoked when the user of a verified token was
	// globally signed out after the token was issued, or the token was revoked,
	// or the user is disabled or no longer there.
	CheckUser(ctx context.Context, provider string, claims *Claims) error
}

// OIDCProviders finds the OpenID Connect providers that an account has
// registered in IAM.
type OIDCProviders interface {
	// OIDCProvider returns the ARN and the client IDs of the account's provider
	// for an issuer (a URL), or store.ErrNotFound.
	OIDCProvider(ctx context.Context, account, issuer string) (arn string, clientIDs []string, err error)
}

// Tokens verifies tokens of OpenID Connect providers by their published keys.
type Tokens interface {
	// Verify verifies the signature, the issuer and the times of a token and
	// returns its claims, also with token.ErrExpired. The other errors are those
	// of package token, and oidc.ErrUnavailable.
	Verify(ctx context.Context, issuer, jwt string) (token.Claims, error)
}

// SAML verifies assertions of the SAML providers that an account has
// registered in IAM.
type SAML interface {
	// SAMLProviderExists tells whether the account has the provider.
	SAMLProviderExists(ctx context.Context, account, arn string) (bool, error)
	// VerifySAML verifies a base64 SAML response. Subject is its NameID and All
	// holds its attributes by name. It refuses expired responses itself, with
	// ErrExpired.
	VerifySAML(ctx context.Context, account, arn, response string) (*Claims, error)
}

// PublicTokens verifies tokens of the public providers, such as
// accounts.google.com. [Public] is the one.
type PublicTokens interface {
	// Verify verifies that token was issued by the provider for one of the apps,
	// and returns its claims; expiry is left to the caller. The errors are
	// ErrMalformed, ErrSignature, ErrIssuer, ErrAudience and ErrUnavailable.
	Verify(ctx context.Context, provider string, apps []string, token string) (*Claims, error)
}

// ErrRoleRefused means that a role does not exist or that its trust policy
// does not let this identity assume it.
var ErrRoleRefused = errors.New("the role cannot be assumed")

// Session is the role session that an identity is to get.
type Session struct {
	// RoleARN is the role to assume.
	RoleARN string
	// Account and Region are those of the identity pool.
	Account, Region string
	// PoolID, IdentityID and AMR are the values of the condition keys
	// cognito-identity.amazonaws.com:aud, :sub and :amr in the trust policy,
	// and in all policies that later calls of the session are checked with.
	PoolID, IdentityID string
	AMR                []string
	// Name is the role session's name.
	Name string
	// Duration is how long the session lasts.
	Duration time.Duration
	// Tags are session tags; the trust policy must then allow sts:TagSession.
	Tags map[string]string
	// Policy is an inline session policy and PolicyARNs are managed ones. Both
	// empty means that the role's policies alone decide.
	Policy     string
	PolicyARNs []string
}

// RoleCredentials are the credentials of a role session.
type RoleCredentials struct {
	AccessKeyID, SecretAccessKey, SessionToken string
	Expiration                                 time.Time
}

// Roles assumes roles for identities.
type Roles interface {
	// AssumeRole evaluates the role's trust policy for
	// sts:AssumeRoleWithWebIdentity by the federated principal
	// cognito-identity.amazonaws.com, and returns credentials of the session.
	// The error is ErrRoleRefused when the role is missing or refuses.
	AssumeRole(ctx context.Context, s *Session) (*RoleCredentials, error)
}

// Keys signs and verifies the OpenID tokens of the identity pools, as the owner
// token.IdentityPools for the use token.UseOpenID. [token.Keys] is one.
type Keys interface {
	Sign(ctx context.Context, owner, use string, claims any) (string, error)
	Verify(ctx context.Context, owner, use, jwt string) (token.Claims, error)
	JWKS(ctx context.Context, owner string, uses ...string) ([]byte, error)
}
