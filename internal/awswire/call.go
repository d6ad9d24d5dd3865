package awswire

import (
	"context"
	"net/netip"
	"time"
)

// PrincipalKind tells the kinds of callers apart.
type PrincipalKind int

const (
	// Anonymous callers sent no credentials.
	Anonymous PrincipalKind = iota
	// Root is an account's root user.
	Root
	// User is an IAM user with long-term keys or a GetSessionToken session.
	User
	// AssumedRole is a role session.
	AssumedRole
	// FederatedUser is a GetFederationToken session.
	FederatedUser
)

// Principal is the verified caller of a request.
type Principal struct {
	Kind    PrincipalKind
	Account string
	// ARN is the caller as GetCallerIdentity shows it.
	ARN string
	// UserID is GetCallerIdentity's UserId, the condition key aws:userid.
	UserID string
	// AccessKeyID is the key that signed the request.
	AccessKeyID string
	// Name is the IAM user's, role's or federated user's name.
	Name string
	// IssuerARN is the ARN of the user or role behind a session, with its path
	// (aws:PrincipalArn); for long-term credentials it equals ARN.
	IssuerARN string
	// IssuerID is the unique id of the user or role whose policies count:
	// AIDA... of a user and of the user behind a federated user, AROA... of the
	// role behind a session. It is empty for root.
	IssuerID string
	// SessionName is a role session's name.
	SessionName string
	// Temporary tells credentials of STS from long-term ones.
	Temporary bool
	// IssuedAt is when temporary credentials were issued (aws:TokenIssueTime).
	IssuedAt time.Time
	// ExpiresAt is when temporary credentials end.
	ExpiresAt time.Time
	// MFA tells that the session was begun with an MFA code, at MFAAt.
	MFA   bool
	MFAAt time.Time
	// SourceIdentity is the session's source identity, if any.
	SourceIdentity string
	// FederatedProvider is the identity provider of a web identity or SAML
	// session (aws:FederatedProvider).
	FederatedProvider string
	// SessionTags are the session's tags; TransitiveTagKeys those of their keys
	// that later sessions inherit.
	SessionTags       map[string]string
	TransitiveTagKeys []string
	// SessionPolicy is the inline session policy document, if any;
	// SessionPolicyARNs the managed ones.
	SessionPolicy     string
	SessionPolicyARNs []string
	// ScopeDown are the policies that GetScopedCredentials laid over the
	// session, in their order; each must allow.
	ScopeDown []string
	// Delegation is the policy that a delegated session is limited to
	// (GetDelegatedAccessToken); empty for every other session.
	Delegation string
	// SessionKeys are further condition keys that the session carries, such as
	// cognito-identity.amazonaws.com:sub.
	SessionKeys map[string][]string
}

// Limited tells whether policies of the session itself limit it.
func (p *Principal) Limited() bool {
	return p.SessionPolicy != "" || len(p.SessionPolicyARNs) > 0 || len(p.ScopeDown) > 0 || p.Delegation != ""
}

// Call is what is known about a request before its handler runs.
type Call struct {
	// RequestID is the request's UUID, as answered in x-amzn-RequestId.
	RequestID string
	// Service is the signing name: cognito-idp, cognito-identity, iam or sts.
	Service string
	// Operation is the operation's name, such as SignUp.
	Operation string
	// Account and Region are the caller's for signed calls and the server's
	// defaults otherwise.
	Account, Region string
	// Endpoint is the region that the address of the request names, which is all
	// that an unsigned call says about its region; empty if it names none.
	Endpoint string
	// Principal is the verified caller; its kind is Anonymous for unsigned calls.
	Principal Principal
	// SourceIP is the client's address, UserAgent its User-Agent header.
	SourceIP  netip.Addr
	UserAgent string
	// Secure tells that the request came over TLS (aws:SecureTransport).
	Secure bool
	// Time is when the request arrived.
	Time time.Time
}

type callKey struct{}

// WithCall returns a context that carries call.
func WithCall(ctx context.Context, call *Call) context.Context {
	return context.WithValue(ctx, callKey{}, call)
}

// CallOf returns the call that ctx carries. Outside a request it returns an
// empty call, never nil.
func CallOf(ctx context.Context) *Call {
	if c, ok := ctx.Value(callKey{}).(*Call); ok {
		return c
	}
	return &Call{}
}
