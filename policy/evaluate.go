package policy

import "strings"

// Type says what role a policy plays in a decision.
type Type uint8

// The policy types, in the order in which an explicit deny is looked for.
const (
	NoPolicy Type = iota
	SCP
	RCP
	EndpointPolicy
	ResourcePolicy
	TrustPolicy
	IdentityPolicy
	Boundary
	SessionPolicy
)

// StatementRef names a statement of one of the policies in Inputs. The zero value names none.
type StatementRef struct {
	Type Type
	// Policy is nil in the zero value.
	Policy *Policy
	// PolicyIndex is the policy's index in its list in Inputs (0 for types that have one policy).
	PolicyIndex int
	// Level is the index of the organization level, for SCP and RCP. For a SessionPolicy it is 0 in Inputs.Session and
	// n in Inputs.ScopeDown[n-1].
	Level int
	// Index is the statement's index in Policy.
	Index int
}

// Statement returns the statement, nil for the zero value.
func (r StatementRef) Statement() *Statement {
	if r.Policy == nil {
		return nil
	}
	return r.Policy.Statement(r.Index)
}

// Decision is the outcome of an evaluation.
type Decision struct {
	Allowed bool
	// ExplicitDeny is set when a Deny statement decided.
	ExplicitDeny bool
	// Type is the type of the policy that decided: that denied, that failed to allow, or that allowed. It is NoPolicy
	// when the root user is allowed by being root.
	Type Type
	// CrossAccount is set when the resource belongs to another account than the caller.
	CrossAccount bool
	// Statement is the statement that denied or allowed; zero for an implicit denial.
	Statement StatementRef
}

// Evaluate decides a request as "Policy evaluation logic" in the IAM User Guide describes: an explicit deny wins
// wherever it is; organization policies must allow; then within one account the resource's policy or the identity's,
// the latter within boundary and session policies; across accounts both sides. It does not allocate.
func Evaluate(req *Request, in *Inputs) Decision {
	e := newEvaluation(req, in)
	return e.decide()
}

// EvaluateTrust decides sts:AssumeRole*, sts:TagSession or sts:SetSourceIdentity on a role, whose trust policy is
// in.Resource and whose ARN is req.Resource. The trust policy must always allow. A trust policy that names the caller
// itself needs no identity policy in the same account, one that names the account delegates to identity policies. Web
// identity and SAML callers (Kind Federated) need the trust policy only.
func EvaluateTrust(req *Request, in *Inputs) Decision {
	e := newEvaluation(req, in)
	e.trust = true
	return e.decide()
}

// evaluation is the state of one decision. It lives on the stack.
type evaluation struct {
	req             *Request
	in              *Inputs
	trust           bool
	service, action string
	segments        [arnSegments]string
	segmentCount    int

	resourceOptional bool // a statement without Resource applies: trust and resource policies
	needPrincipal    bool

	missing *[]string       // collects absent keys when explaining
	matched *[]StatementRef // collects every statement that applies when explaining
}

func newEvaluation(req *Request, in *Inputs) evaluation {
	e := evaluation{req: req, in: in}
	e.service, e.action, _ = strings.Cut(req.Action, ":")
	e.segmentCount = splitARN(req.Resource, &e.segments)
	return e
}

// variable returns the value that a policy variable stands for. Multi-valued keys have none.
func (e *evaluation) variable(v *variable) (string, bool) {
	if e.req != nil {
		if value, ok := e.req.Context.lookup(v.key); ok && !value.multi {
			return value.single, true
		}
		if !v.hasDefault {
			e.noteMissing(v.name)
		}
	}
	return v.fallback, v.hasDefault
}

func (e *evaluation) noteMissing(name string) {
	if e.missing != nil {
		*e.missing = append(*e.missing, name)
	}
}

// layer is what the policies of one type say.
type layer struct {
	deny, allow StatementRef
	level       level // how closely the best Allow names the caller, for resource policies
}

func (l *layer) denied() bool  { return l.deny.Policy != nil }
func (l *layer) allowed() bool { return l.allow.Policy != nil }

// scan evaluates one policy into the layer. Without explaining it stops at the first Deny that applies.
func (e *evaluation) scan(p *Policy, at StatementRef, l *layer) {
	for i := range p.statements {
		s := &p.statements[i]
		if s.allow && e.matched == nil && l.level == levelDirect {
			continue
		}
		named := levelDirect
		if e.needPrincipal {
			if named = s.principalLevel(&e.req.Principal, e.in.Boundary != nil); named == levelNone {
				continue
			}
		}
		if !s.matchAction(e) || !s.matchResource(e) || !s.matchConditions(e) {
			continue
		}
		at.Policy, at.Index = p, i
		e.record(s, at, named, l)
		if l.denied() && e.matched == nil {
			return
		}
	}
}

func (e *evaluation) record(s *Statement, at StatementRef, named level, l *layer) {
	if e.matched != nil {
		*e.matched = append(*e.matched, at)
	}
	switch {
	case !s.allow && !l.denied():
		l.deny = at
	case s.allow && named > l.level:
		l.allow, l.level = at, named
	}
}

func (e *evaluation) scanAll(policies []*Policy, typ Type, depth int) (l layer) {
	for i, p := range policies {
		if p == nil {
			continue
		}
		e.scan(p, StatementRef{Type: typ, PolicyIndex: i, Level: depth}, &l)
		if l.denied() && e.matched == nil {
			break
		}
	}
	return l
}

func (e *evaluation) scanOne(p *Policy, typ Type) (l layer) {
	if p != nil {
		e.scan(p, StatementRef{Type: typ}, &l)
	}
	return l
}

// scanLevels evaluates organization policies: every level must allow.
func (e *evaluation) scanLevels(levels [][]*Policy, typ Type) (l layer) {
	blocked := false
	for depth, policies := range levels {
		at := e.scanAll(policies, typ, depth)
		if at.denied() && !l.denied() {
			l.deny = at.deny
		}
		l.allow = at.allow
		blocked = blocked || !at.allowed()
	}
	if blocked {
		l.allow = StatementRef{}
	}
	return l
}

// scanScopes evaluates the policies that scope a session down: each must allow.
func (e *evaluation) scanScopes() (l layer) {
	blocked := false
	for i, p := range e.in.ScopeDown {
		var one layer
		if p != nil {
			e.scan(p, StatementRef{Type: SessionPolicy, Level: i + 1}, &one)
		}
		if one.denied() && !l.denied() {
			l.deny = one.deny
		}
		l.allow = one.allow
		blocked = blocked || !one.allowed()
	}
	if blocked {
		l.allow = StatementRef{}
	}
	return l
}

// layers are the results of all types.
type layers struct {
	scp, rcp, endpoint, resource, identity, boundary, session, scope layer
}

func (e *evaluation) scanLayers() (l layers) {
	l.scp = e.scanLevels(e.in.SCPs, SCP)
	l.rcp = e.scanLevels(e.in.RCPs, RCP)
	l.endpoint = e.scanOne(e.in.Endpoint, EndpointPolicy)
	e.needPrincipal, e.resourceOptional = true, true
	l.resource = e.scanOne(e.in.Resource, e.resourceType())
	e.needPrincipal, e.resourceOptional = false, false
	l.identity = e.scanAll(e.in.Identity, IdentityPolicy, 0)
	l.boundary = e.scanOne(e.in.Boundary, Boundary)
	l.session = e.scanAll(e.in.Session, SessionPolicy, 0)
	l.scope = e.scanScopes()
	return l
}

func (e *evaluation) resourceType() Type {
	if e.trust {
		return TrustPolicy
	}
	return ResourcePolicy
}

func (l *layers) denied() (StatementRef, bool) {
	for _, one := range [...]*layer{&l.scp, &l.rcp, &l.endpoint, &l.resource, &l.identity, &l.boundary, &l.session, &l.scope} {
		if one.denied() {
			return one.deny, true
		}
	}
	return StatementRef{}, false
}

func (e *evaluation) decide() Decision {
	l := e.scanLayers()
	return e.conclude(&l)
}

func (e *evaluation) conclude(l *layers) Decision {
	cross := e.crossAccount()
	if deny, ok := l.denied(); ok {
		return Decision{ExplicitDeny: true, Type: deny.Type, Statement: deny, CrossAccount: cross}
	}
	d := e.grant(l, cross)
	if d.Allowed && len(e.in.ScopeDown) > 0 && !l.scope.allowed() {
		d = Decision{Type: SessionPolicy}
	}
	d.CrossAccount = cross
	return d
}

func (e *evaluation) crossAccount() bool {
	owner := e.in.ResourceAccount
	if owner == "" && e.segmentCount == arnSegments {
		owner = e.segments[4]
	}
	own := e.req.Principal.Account
	return owner != "" && own != "" && owner != own
}

// grant decides when nothing denies explicitly.
func (e *evaluation) grant(l *layers, cross bool) Decision {
	switch {
	case len(e.in.SCPs) > 0 && !l.scp.allowed():
		return Decision{Type: SCP}
	case len(e.in.RCPs) > 0 && !l.rcp.allowed():
		return Decision{Type: RCP}
	case e.in.Endpoint != nil && !l.endpoint.allowed():
		return Decision{Type: EndpointPolicy}
	}
	named := l.resource.level
	switch e.req.Principal.Kind {
	case Root, User, RoleSession, FederatedUser:
	default:
		return e.byResource(l)
	}
	if cross {
		if d := e.byIdentity(l); !d.Allowed || named == levelNone {
			return Decision{Allowed: false, Type: e.blame(d)}
		}
		return e.byResource(l)
	}
	switch {
	case named == levelDirect:
		return e.byResource(l)
	case named == levelIssuer:
		if d := e.withinLimits(l); !d.Allowed {
			return d
		}
		return e.byResource(l)
	case e.trust && named == levelNone:
		return Decision{Type: TrustPolicy}
	}
	return e.byIdentity(l)
}

// blame names the side that failed to allow across accounts.
func (e *evaluation) blame(identity Decision) Type {
	if identity.Allowed {
		return e.resourceType()
	}
	return identity.Type
}

func (e *evaluation) byResource(l *layers) Decision {
	return Decision{Allowed: l.resource.allowed(), Type: e.resourceType(), Statement: l.resource.allow}
}

func (e *evaluation) byIdentity(l *layers) Decision {
	root := e.req.Principal.Kind == Root
	if !root && !l.identity.allowed() {
		return Decision{Type: IdentityPolicy}
	}
	if d := e.withinLimits(l); !d.Allowed {
		return d
	}
	if root {
		return Decision{Allowed: true}
	}
	return Decision{Allowed: true, Type: IdentityPolicy, Statement: l.identity.allow}
}

// withinLimits asks permissions boundary and session policies.
func (e *evaluation) withinLimits(l *layers) Decision {
	switch {
	case e.in.Boundary != nil && !l.boundary.allowed():
		return Decision{Type: Boundary}
	case (e.in.SessionLimited || len(e.in.Session) > 0) && !l.session.allowed():
		return Decision{Type: SessionPolicy}
	}
	return Decision{Allowed: true}
}
