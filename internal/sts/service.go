package sts

import (
	"context"
	"log/slog"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/ids"
	"github.com/poolhouse-id/poolhouse/internal/saml"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/policy"
)

// IAM is what STS asks of IAM. Where it finds nothing its errors are
// store.ErrNotFound.
type IAM interface {
	// Evaluation returns what decides about the caller: a request with the
	// caller and the global condition keys, and the caller's policies.
	Evaluation(ctx context.Context, call *awswire.Call) (*policy.Request, *policy.Inputs, error)
	// Role returns the role with the ARN, its trust policy and its tags.
	Role(ctx context.Context, arn string) (role store.IAMEntity, trust *policy.Policy, tags map[string]string, err error)
	// Principal returns the user or role of the account with the unique id.
	Principal(ctx context.Context, account, id string) (store.IAMEntity, error)
	// PolicyExists tells whether the account may use the managed policy.
	PolicyExists(ctx context.Context, account, arn string) (bool, error)
	// OIDCProvider returns the ARN and the client ids of the account's OpenID
	// Connect provider for an issuer.
	OIDCProvider(ctx context.Context, account, issuer string) (arn string, clientIDs []string, err error)
	// VerifySAML verifies a response of the account's SAML provider. The errors
	// besides are those of package saml.
	VerifySAML(ctx context.Context, account, arn, response string) (*saml.Assertion, error)
	// TokenIssuer returns the issuer of the account's web identity tokens, and
	// whether there may be any.
	TokenIssuer(ctx context.Context, account string) (issuer string, enabled bool, err error)
	// Delegated returns what an exchange token of a delegation request gives the
	// account: the sessions of a principal, limited to a policy, until a time.
	Delegated(ctx context.Context, account, token string) (approver awswire.Principal, document string, ends time.Time, err error)
	// RootTask tells whether the account may begin sessions of other accounts'
	// root users with the policy of a privileged task.
	RootTask(ctx context.Context, account, policyARN string) (bool, error)
	// Organization is the id of the organization of all accounts, empty when they
	// are in none.
	Organization() string
	// VerifyMFA tells whether code is the current one-time code of the caller's
	// MFA device, and uses it up.
	VerifyMFA(ctx context.Context, account, userID, serial, code string) (bool, error)
}

// Tokens verifies web identity tokens.
type Tokens interface {
	// Own verifies a token of one of this server's own issuers, with its
	// times; ours is false for every other issuer. The errors are those of
	// package token.
	Own(ctx context.Context, issuer, jwt string) (claims map[string]any, ours bool, err error)
	// Foreign verifies a token of another issuer by its discovery document and
	// key set, with its times. The errors are those of packages token and oidc.
	Foreign(ctx context.Context, issuer, jwt string) (claims map[string]any, err error)
}

// AccessTokens tells whose the access tokens of Facebook and of Login with
// Amazon are, which are no OpenID Connect tokens.
type AccessTokens interface {
	// AccessToken asks the provider, one of graph.facebook.com and
	// www.amazon.com, of which app and of which user of it a token is. The errors
	// are token.ErrSignature for a token that is not good and oidc.ErrUnavailable.
	AccessToken(ctx context.Context, provider, accessToken string) (app, user string, err error)
}

// Signer signs web identity tokens for an account's principals. [token.Keys] is
// one.
type Signer interface {
	Sign(ctx context.Context, owner, use string, claims any) (string, error)
}

// Config says what the service works with.
type Config struct {
	// Store seals the sessions. It and IAM are required.
	Store *store.DB
	IAM   IAM
	// Tokens verifies web identities; nil refuses all of them.
	Tokens Tokens
	// AccessTokens verifies access tokens; nil refuses all of them.
	AccessTokens AccessTokens
	// Signer signs web identity tokens; nil refuses to.
	Signer Signer
	// Clock tells the time; nil means the machine's.
	Clock clock.Clock
	// IDs is the source of randomness.
	IDs ids.Source
	// Log gets what clients are not told; nil means slog.Default().
	Log *slog.Logger
}

// Service is STS. It is safe for concurrent use.
type Service struct {
	store        *store.DB
	iam          IAM
	tokens       Tokens
	accessTokens AccessTokens
	signer       Signer
	clock        clock.Clock
	ids          ids.Source
	log          *slog.Logger
}

// New returns the service.
func New(cfg Config) *Service {
	s := &Service{store: cfg.Store, iam: cfg.IAM, tokens: cfg.Tokens, accessTokens: cfg.AccessTokens, signer: cfg.Signer, clock: cfg.Clock, ids: cfg.IDs, log: cfg.Log}
	if s.clock == nil {
		s.clock = clock.System{}
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	return s
}

func deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
