package policy

import (
	"slices"
	"strings"
)

// Explanation is a decision with everything that led to it, as the policy simulator shows it.
type Explanation struct {
	Decision
	// Matched are the statements that the decision rests on: for an explicit deny every Deny that applies, for an
	// allowed request every Allow that applies, for an implicit denial none (SimulatePrincipalPolicy's
	// MatchedStatements).
	Matched []StatementRef
	// MissingContext are the condition keys that statements for this action and resource use, as written there, and
	// that the request does not have; sorted (MissingContextValues).
	MissingContext []string
	// Layers say for each policy type that was given whether its policies allow, regardless of the others, in the order
	// of Type (EvalDecisionDetails, OrganizationsDecisionDetail, PermissionsBoundaryDecisionDetail).
	Layers []LayerResult
}

// LayerResult is what the policies of one type say by themselves.
type LayerResult struct {
	Type         Type
	Allowed      bool // some Allow applies and no Deny; for organization policies on every level
	ExplicitDeny bool
}

// Layer returns the result of one policy type and whether there was such a policy.
func (x *Explanation) Layer(t Type) (LayerResult, bool) {
	i := slices.IndexFunc(x.Layers, func(l LayerResult) bool { return l.Type == t })
	if i < 0 {
		return LayerResult{}, false
	}
	return x.Layers[i], true
}

// Explain decides as Evaluate does and says why. It evaluates every statement, so it is slower and allocates.
func Explain(req *Request, in *Inputs) Explanation { return explain(req, in, false) }

// ExplainTrust is Explain for EvaluateTrust.
func ExplainTrust(req *Request, in *Inputs) Explanation { return explain(req, in, true) }

func explain(req *Request, in *Inputs, trust bool) Explanation {
	var missing []string
	matched := []StatementRef{}
	e := newEvaluation(req, in)
	e.trust, e.missing, e.matched = trust, &missing, &matched
	l := e.scanLayers()
	x := Explanation{Decision: e.conclude(&l), MissingContext: uniqueKeys(missing), Layers: e.layerResults(&l)}
	if x.Allowed || x.ExplicitDeny {
		for _, m := range matched {
			if m.Statement().allow == x.Allowed {
				x.Matched = append(x.Matched, m)
			}
		}
	}
	return x
}

func (e *evaluation) layerResults(l *layers) []LayerResult {
	var results []LayerResult
	add := func(given bool, t Type, one *layer) {
		if given {
			results = append(results, LayerResult{Type: t, Allowed: one.allowed() && !one.denied(), ExplicitDeny: one.denied()})
		}
	}
	add(len(e.in.SCPs) > 0, SCP, &l.scp)
	add(len(e.in.RCPs) > 0, RCP, &l.rcp)
	add(e.in.Endpoint != nil, EndpointPolicy, &l.endpoint)
	add(e.in.Resource != nil, e.resourceType(), &l.resource)
	add(len(e.in.Identity) > 0, IdentityPolicy, &l.identity)
	add(e.in.Boundary != nil, Boundary, &l.boundary)
	session := l.sessionAndScope(e)
	add(e.in.SessionLimited || len(e.in.Session) > 0 || len(e.in.ScopeDown) > 0, SessionPolicy, &session)
	return results
}

// sessionAndScope is what all policies of the session say together.
func (l *layers) sessionAndScope(e *evaluation) layer {
	if len(e.in.ScopeDown) == 0 {
		return l.session
	}
	all := l.scope
	if l.session.denied() {
		all.deny = l.session.deny
	}
	if (e.in.SessionLimited || len(e.in.Session) > 0) && !l.session.allowed() {
		all.allow = StatementRef{}
	}
	return all
}

// uniqueKeys sorts keys and drops those that differ in case only.
func uniqueKeys(keys []string) []string {
	slices.SortFunc(keys, func(a, b string) int {
		return strings.Compare(strings.ToLower(a), strings.ToLower(b))
	})
	return slices.CompactFunc(keys, strings.EqualFold)
}
