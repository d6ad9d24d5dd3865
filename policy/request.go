package policy

// Request is what a caller wants to do.
type Request struct {
	// Action is the IAM action, such as "s3:GetObject", in any case.
	Action string
	// Resource is the ARN that the action applies to, or "*" for an action without resource-level permissions: only a
	// statement whose Resource is "*" covers that.
	Resource string
	// Principal is the caller.
	Principal Principal
	// Context holds the condition keys. Keys about the caller are not derived from Principal; see Principal.SetContext.
	Context Context
}

// SetContext sets the condition keys that follow from the caller: aws:PrincipalArn (for a role session the role's
// ARN), aws:PrincipalAccount, aws:PrincipalType, aws:userid and, for IAM users only, aws:username (User Guide, "AWS
// global condition context keys" and the table of "IAM policy elements: Variables and tags").
func (who *Principal) SetContext(c *Context) {
	switch who.Kind {
	case Anonymous:
		c.Set("aws:PrincipalType", "Anonymous")
		return
	case Service, Federated:
		return
	case RoleSession:
		c.Set("aws:PrincipalArn", who.IssuerARN)
		c.Set("aws:PrincipalType", "AssumedRole")
	case Root:
		c.Set("aws:PrincipalArn", who.ARN)
		c.Set("aws:PrincipalType", "Account")
	case User:
		c.Set("aws:PrincipalArn", who.ARN)
		c.Set("aws:PrincipalType", "User")
		c.Set("aws:username", lastPathSegment(who.ARN))
	case FederatedUser:
		c.Set("aws:PrincipalArn", who.ARN)
		c.Set("aws:PrincipalType", "FederatedUser")
	}
	c.Set("aws:PrincipalAccount", who.Account)
	c.Set("aws:userid", who.UserID)
}

func lastPathSegment(s string) string {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == '/' {
			return s[i+1:]
		}
	}
	return s
}

// Inputs are the policies that apply to a request.
type Inputs struct {
	// Identity are the policies of the caller: a user's and its groups', or a role's.
	Identity []*Policy
	// Boundary is the permissions boundary of the user or role, nil when there is none.
	Boundary *Policy
	// Session are the policies passed when the session was created, inline and managed.
	Session []*Policy
	// SessionLimited says that session policies limit the session even if Session is empty, as with GetFederationToken
	// without policies. A non-empty Session limits without it.
	SessionLimited bool
	// ScopeDown are policies laid over a session after it was created, one after the other (STS API Reference,
	// GetScopedCredentials). Each of them must allow, whatever granted the request: also a resource policy that names the
	// session.
	ScopeDown []*Policy
	// Resource is the policy of the resource, nil when it has none. For EvaluateTrust the role's trust policy.
	Resource *Policy
	// ResourceAccount is the account that owns the resource. Empty means the account in the resource's ARN or, if there
	// is none, the caller's own.
	ResourceAccount string
	// SCPs are the service control policies of the caller's account, one list for each level from the root to the
	// account; each level must allow. Nil means that none apply: no organization, its management account, or a
	// service-linked role.
	SCPs [][]*Policy
	// RCPs are the resource control policies of the resource's account, in the same form.
	RCPs [][]*Policy
	// Endpoint is the policy of the VPC endpoint that the request came through, nil when there is none.
	Endpoint *Policy
}
