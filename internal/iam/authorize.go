package iam

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/sigv4"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/policy"
)

var services = map[string]*awswire.Service{
	"cognito-idp": awswire.CognitoIDP, "cognito-identity": awswire.CognitoIdentity, "iam": awswire.IAM, "sts": awswire.STS,
}

// Authorize decides whether the verified caller of a signed call may do what
// the call needs. It must run for every signed call, also for one that needs no
// permission, since it refuses callers whose user or role is gone
// (InvalidClientTokenId, in JSON services UnrecognizedClientException). A
// refusal is AccessDenied (AccessDeniedException) with AWS's text, which names
// the policy type at fault (IAM User Guide, "Troubleshoot access denied error
// messages").
//
// The root user may do everything. Nobody is refused GetCallerIdentity.
// Changes to policies, tags and principals act on the next call on every node.
func (s *Service) Authorize(ctx context.Context, call *awswire.Call, accesses []awswire.Access) error {
	p := &call.Principal
	if p.Kind == awswire.Root && !p.Limited() {
		s.noteUse(call)
		return sessionLimits(call)
	}
	if p.Kind == awswire.Anonymous {
		return invalidToken(call)
	}
	req, in, err := s.Evaluation(ctx, call)
	if errors.Is(err, store.ErrNotFound) {
		return invalidToken(call)
	}
	if err != nil {
		return err
	}
	s.noteUse(call)
	if call.Service == "sts" && call.Operation == "GetCallerIdentity" {
		return nil
	}
	if err := sessionLimits(call); err != nil {
		return err
	}
	for i := range accesses {
		if err := decide(call, req, in, &accesses[i]); err != nil {
			return err
		}
	}
	return nil
}

// decide evaluates one access. The keys of the access are the request's only
// for this one, so they are removed again.
func decide(call *awswire.Call, req *policy.Request, in *policy.Inputs, a *awswire.Access) error {
	one := *req
	one.Action, one.Resource = a.Action, a.Resource
	if len(a.Keys) > 0 {
		one.Context = req.Context.Clone()
		SetKeys(&one.Context, a.Keys)
	}
	if a.Granted {
		granting := *in
		granting.Resource, granting.ResourceAccount = grantTo(&call.Principal, a.Action), call.Principal.Account
		in = &granting
	}
	d := policy.Evaluate(&one, in)
	switch {
	case d.Allowed:
		return nil
	case a.Denied != nil:
		return a.Denied
	}
	return denial(call, policy.DenialMessage(call.Principal.ARN, a.Action, shownResource(call, a), d))
}

// grantTo is a resource-based policy that lets the caller alone do something.
func grantTo(p *awswire.Principal, action string) *policy.Policy {
	who, err := json.Marshal(p.ARN)
	if err != nil {
		return nil
	}
	granting, err := policy.Parse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":` + string(who) + `},"Action":"` + action + `","Resource":"*"}}`)
	if err != nil {
		return nil
	}
	return granting
}

// denial is the service's error for a refused call.
func denial(call *awswire.Call, message string) error {
	code, status := "AccessDenied", http.StatusForbidden
	if svc := services[call.Service]; svc != nil && svc.Target != "" {
		code, status = svc.AccessDeniedCode, http.StatusBadRequest
	}
	return &awswire.Error{Code: code, Message: message, Status: status}
}

// invalidToken is the service's error for credentials without a principal.
func invalidToken(call *awswire.Call) error {
	answer := sigv4.ErrUnknownKey.Query
	if svc := services[call.Service]; svc != nil && svc.Target != "" {
		answer = sigv4.ErrUnknownKey.JSON
	}
	code, message, status := answer()
	return &awswire.Error{Code: code, Message: message, Status: status}
}

// listResources are what AWS prints as the resource of lists, which are
// authorized on "*".
var listResources = map[string]string{
	"iam:ListRoles": "role/", "iam:ListUsers": "user/", "iam:ListGroups": "group/", "iam:ListPolicies": "policy/",
	"iam:ListInstanceProfiles": "instance-profile/",
}

func shownResource(call *awswire.Call, a *awswire.Access) string {
	if kind, ok := listResources[a.Action]; ok && a.Resource == "*" {
		return "arn:aws:iam::" + call.Account + ":" + kind + "*"
	}
	return a.Resource
}

// sessionLimits refuses what sessions of GetSessionToken and GetFederationToken
// may not do whatever their policies say (IAM User Guide, "Compare AWS STS
// credentials"): IAM, unless a session of GetSessionToken began with an MFA
// code, and STS but for a few operations. Delegated sessions have the limits of
// their policies alone.
func sessionLimits(call *awswire.Call) error {
	p := &call.Principal
	if p.Delegation != "" {
		return nil
	}
	session := p.Temporary && (p.Kind == awswire.User || p.Kind == awswire.Root && p.SessionPolicy == "" && len(p.SessionPolicyARNs) == 0)
	federated := p.Kind == awswire.FederatedUser
	switch {
	case call.Service == "iam" && (federated || session && !p.MFA):
		return invalidToken(call)
	case call.Service == "sts" && (call.Operation == "GetCallerIdentity" || call.Operation == "GetScopedCredentials"):
		return nil
	case call.Service == "sts" && federated,
		call.Service == "sts" && session && call.Operation != "AssumeRole" && !strings.HasPrefix(call.Operation, "GetSessionToken") && call.Operation != "GetFederationToken":
		return denial(call, "User: "+p.ARN+" is not authorized to perform: sts:"+call.Operation)
	}
	return nil
}

// noteUse records the use of the caller's key and role, and what a user or role
// called. Refused calls count: the reports are on attempts (IAM User Guide,
// "Refine permissions in AWS using last accessed information").
func (s *Service) noteUse(call *awswire.Call) {
	p := &call.Principal
	now := use{service: call.Service, region: call.Region, at: call.Time}
	switch {
	case p.Kind == awswire.AssumedRole:
		s.usage.record(used{id: p.IssuerID}, now)
	case !p.Temporary && p.AccessKeyID != "":
		s.usage.record(used{id: p.AccessKeyID}, now)
	}
	if p.Kind != awswire.AssumedRole && p.Kind != awswire.User {
		return
	}
	service, action := call.Service, call.Operation
	if prefix, name, ok := strings.Cut(action, ":"); ok {
		service, action = strings.ToLower(prefix), name
	}
	if !recordable(service) || !recordable(action) {
		return
	}
	// A new action is a new use of its service; otherwise both are known.
	if s.usage.record(used{p.IssuerID, service, action}, now) {
		s.usage.record(used{p.IssuerID, service, ""}, now)
	}
}

// recordable tells whether a name that another server may have made up is worth
// keeping.
func recordable(name string) bool {
	return name != "" && len(name) <= 64 && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}
