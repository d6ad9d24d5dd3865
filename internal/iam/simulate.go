package iam

// SimulateCustomPolicy, SimulatePrincipalPolicy

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/policy"
)

const (
	msgSimulatorPolicy = "Invalid policy document in %s: %s"
	msgSimulatorAction = "Invalid action name: %s"
	msgSimulatorCaller = "CallerArn is required when a resource policy is given, and must be the ARN of a user."
	msgSimulatorSource = "Invalid Entity Arn: %s does not clearly define entity type and name."
	msgSimulatorKey    = "Invalid context entry: %s needs a value."
)

// sourceType is what AWS answers as the type of every policy's source, though
// its model has other values.
const sourceType types.PolicySourceType = "IAM Policy"

// simulation is what both simulator operations evaluate.
type simulation struct {
	actions, resources []string
	request            policy.Request
	inputs             policy.Inputs
	// names are the source ids of the identity policies, in their order.
	names []string
	// holders and grants say of a principal's own policies whose and which they
	// are.
	holders []store.IAMEntity
	grants  []store.IAMGrant
}

// SimulateCustomPolicy tells what policies, given as documents, would decide.
func (s *Service) SimulateCustomPolicy(ctx context.Context, in *iam.SimulateCustomPolicyInput) (*iam.SimulateCustomPolicyOutput, error) {
	sim := &simulation{actions: in.ActionNames, resources: in.ResourceArns}
	if err := sim.identity("PolicyInputList", in.PolicyInputList); err != nil {
		return nil, err
	}
	if err := sim.common(ctx, in.PermissionsBoundaryPolicyInputList, in.ResourcePolicy, in.CallerArn, in.ResourceOwner, in.ContextEntries); err != nil {
		return nil, err
	}
	for _, level := range in.OrderedOrganizationPolicyInputList {
		list, err := documents("OrderedOrganizationPolicyInputList", level.ServiceControlPolicyInputList)
		if err != nil {
			return nil, err
		}
		sim.inputs.SCPs = append(sim.inputs.SCPs, list)
	}
	out := &iam.SimulateCustomPolicyOutput{}
	var err error
	out.EvaluationResults, out.Marker, out.IsTruncated, err = s.simulated(ctx, sim, in.Marker, in.MaxItems)
	return out, err
}

// SimulatePrincipalPolicy tells what the policies of a user, group or role,
// with further documents, would decide. Trust policies and the policies of
// resources have no part in it.
func (s *Service) SimulatePrincipalPolicy(ctx context.Context, in *iam.SimulatePrincipalPolicyInput) (*iam.SimulatePrincipalPolicyOutput, error) {
	sim := &simulation{actions: in.ActionNames, resources: in.ResourceArns}
	if err := s.source(ctx, sim, deref(in.PolicySourceArn), in.PolicyExclusionList); err != nil {
		return nil, err
	}
	own := sim.request.Principal
	if err := sim.identity("PolicyInputList", in.PolicyInputList); err != nil {
		return nil, err
	}
	if err := sim.common(ctx, in.PermissionsBoundaryPolicyInputList, in.ResourcePolicy, in.CallerArn, in.ResourceOwner, in.ContextEntries); err != nil {
		return nil, err
	}
	if in.CallerArn == nil {
		sim.request.Principal = own
	}
	out := &iam.SimulatePrincipalPolicyOutput{}
	var err error
	out.EvaluationResults, out.Marker, out.IsTruncated, err = s.simulated(ctx, sim, in.Marker, in.MaxItems)
	return out, err
}

// documents compiles the documents of an input list.
func documents(member string, list []string) ([]*policy.Policy, error) {
	var out []*policy.Policy
	for _, d := range list {
		if err := policy.ValidateIdentity(d); err != nil {
			return nil, invalidInput(msgSimulatorPolicy, member, err.Error())
		}
		p, err := policy.Parse(d)
		if err != nil {
			return nil, invalidInput(msgSimulatorPolicy, member, err.Error())
		}
		out = append(out, p)
	}
	return out, nil
}

func (sim *simulation) identity(member string, list []string) error {
	compiled, err := documents(member, list)
	if err != nil {
		return err
	}
	for i := range compiled {
		sim.names = append(sim.names, fmt.Sprintf("%s.%d", member, i+1))
	}
	sim.inputs.Identity = append(sim.inputs.Identity, compiled...)
	return nil
}

// common takes what both operations have besides identity policies.
func (sim *simulation) common(ctx context.Context, boundary []string, resourcePolicy, callerARN, owner *string, entries []types.ContextEntry) error {
	for _, a := range sim.actions {
		service, name, ok := strings.Cut(a, ":")
		if !ok || service == "" || name == "" || strings.ContainsAny(a, "*? ") {
			return invalidInput(msgSimulatorAction, a)
		}
	}
	account := awswire.CallOf(ctx).Account
	if boundary != nil {
		list, err := documents("PermissionsBoundaryPolicyInputList", boundary)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			sim.inputs.Boundary = list[0]
		}
	}
	who := policy.Principal{Kind: policy.User, Account: account, ARN: "arn:aws:iam::" + account + ":user/simulated"}
	if callerARN != nil {
		of, kind, _, _, ok := splitEntityARN(*callerARN)
		if !ok || kind != store.IAMUser {
			return invalidInput(msgSimulatorCaller)
		}
		who.Account, who.ARN = of, *callerARN
	}
	sim.request.Principal = who
	if resourcePolicy != nil {
		if callerARN == nil {
			return invalidInput(msgSimulatorCaller)
		}
		if err := policy.ValidateResource(*resourcePolicy); err != nil {
			return invalidInput(msgSimulatorPolicy, "ResourcePolicy", err.Error())
		}
		p, err := policy.Parse(*resourcePolicy)
		if err != nil {
			return invalidInput(msgSimulatorPolicy, "ResourcePolicy", err.Error())
		}
		sim.inputs.Resource = p
	}
	if owner != nil {
		sim.inputs.ResourceAccount = ownerAccount(*owner)
	}
	return sim.context(entries)
}

// ownerAccount reads ResourceOwner: an account id or the ARN of its root.
func ownerAccount(owner string) string {
	if parts := strings.SplitN(owner, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return owner
}

func (sim *simulation) context(entries []types.ContextEntry) error {
	for _, e := range entries {
		key := deref(e.ContextKeyName)
		if strings.HasSuffix(string(e.ContextKeyType), "List") {
			sim.request.Context.SetList(key, e.ContextKeyValues...)
			continue
		}
		if len(e.ContextKeyValues) == 0 {
			return invalidInput(msgSimulatorKey, key)
		}
		sim.request.Context.Set(key, e.ContextKeyValues[0])
	}
	return nil
}

// source takes the policies of a user, group or role.
func (s *Service) source(ctx context.Context, sim *simulation, arn string, exclude []types.PolicyIdentifier) error {
	account := awswire.CallOf(ctx).Account
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[2] != "iam" {
		return invalidInput(msgSimulatorSource, arn)
	}
	kind, rest, _ := strings.Cut(parts[5], "/")
	switch store.IAMKind(kind) {
	case store.IAMUser, store.IAMGroup, store.IAMRole:
	default:
		return invalidInput(msgSimulatorSource, arn)
	}
	return s.store.View(ctx, func(tx *store.Tx) error {
		name := arnName("/" + rest)
		e, err := tx.IAMEntity(account, store.IAMKind(kind), name)
		if err == nil && (parts[4] != account || e.ARN() != arn) {
			err = store.ErrNotFound
		}
		if err != nil {
			return orElse(err, noEntity(store.IAMKind(kind), name))
		}
		snap, err := s.snapshot(tx, account, e.ID)
		if err != nil {
			return err
		}
		for i, p := range snap.policies {
			g := snap.grants[i]
			holder, err := holderOf(tx, e, g)
			if err != nil {
				return err
			}
			if excluded(exclude, holder, g) {
				continue
			}
			sim.inputs.Identity = append(sim.inputs.Identity, p)
			sim.names = append(sim.names, sourceID(holder, g))
			sim.holders, sim.grants = append(sim.holders, holder), append(sim.grants, g)
		}
		if !withoutBoundary(exclude) {
			sim.inputs.Boundary = snap.boundary
		}
		sim.request.Principal = policy.Principal{Kind: policy.User, Account: account, ARN: e.ARN(), UserID: e.ID, IssuerID: e.ID}
		if e.Kind == store.IAMRole {
			sim.request.Principal.Kind, sim.request.Principal.IssuerARN = policy.RoleSession, e.ARN()
		}
		for k, v := range snap.tags {
			sim.request.Context.Set("aws:PrincipalTag/"+k, v)
		}
		if e.Kind != store.IAMGroup {
			sim.request.Principal.SetContext(&sim.request.Context)
		}
		return nil
	})
}

func holderOf(tx *store.Tx, e store.IAMEntity, g store.IAMGrant) (store.IAMEntity, error) {
	if g.EntityID == e.ID {
		return e, nil
	}
	return tx.IAMEntityByID(g.EntityID)
}

// sourceID is a policy's SourcePolicyId: the name of a managed policy, or
// kind, holder and name of an inline one.
func sourceID(holder store.IAMEntity, g store.IAMGrant) string {
	if g.PolicyARN != "" {
		return arnName(g.PolicyARN)
	}
	return string(holder.Kind) + "_" + holder.Name + "_" + g.Name
}

// excluded tells whether the policy is on the list of those to leave out.
func excluded(list []types.PolicyIdentifier, holder store.IAMEntity, g store.IAMGrant) bool {
	return slices.ContainsFunc(list, func(one types.PolicyIdentifier) bool {
		switch id := one.(type) {
		case *types.PolicyIdentifierMemberPolicyArn:
			return g.PolicyARN != "" && matchesARN(id.Value, g.PolicyARN)
		case *types.PolicyIdentifierMemberPolicyType:
			return matchesType(id.Value, g)
		case *types.PolicyIdentifierMemberInlinePolicyIdentifier:
			return g.PolicyARN == "" && g.Name == deref(id.Value.PolicyName) &&
				(id.Value.AttachmentName == nil || strings.EqualFold(*id.Value.AttachmentName, holder.Name)) &&
				(id.Value.AttachmentType == "" || strings.EqualFold(string(id.Value.AttachmentType), string(holder.Kind)))
		}
		return false
	})
}

func matchesType(kind types.PolicyIdentifierPolicyType, g store.IAMGrant) bool {
	switch kind {
	case types.PolicyIdentifierPolicyTypeInline:
		return g.PolicyARN == ""
	case types.PolicyIdentifierPolicyTypeAwsManaged:
		return isManaged(g.PolicyARN)
	case types.PolicyIdentifierPolicyTypeUserManaged:
		return g.PolicyARN != "" && !isManaged(g.PolicyARN)
	}
	return false
}

// withoutBoundary tells whether the permissions boundary is to be left out.
func withoutBoundary(list []types.PolicyIdentifier) bool {
	return slices.ContainsFunc(list, func(one types.PolicyIdentifier) bool {
		id, ok := one.(*types.PolicyIdentifierMemberPolicyType)
		return ok && id.Value == types.PolicyIdentifierPolicyTypePermissionBoundary
	})
}

// matchesARN matches an ARN against one that may have wildcards in its name.
func matchesARN(pattern, arn string) bool {
	p, err := policy.Parse(fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":%q}}`, pattern))
	if err != nil {
		return false
	}
	return policy.Evaluate(&policy.Request{Action: "iam:GetPolicy", Resource: arn, Principal: policy.Principal{Kind: policy.User}}, &policy.Inputs{Identity: []*policy.Policy{p}}).Allowed
}

// simulated evaluates one page of the actions and resources.
func (s *Service) simulated(ctx context.Context, sim *simulation, marker *string, maxItems *int32) ([]types.EvaluationResult, *string, bool, error) {
	p, err := s.page(ctx, marker, maxItems)
	if err != nil {
		return nil, nil, false, err
	}
	type pair struct {
		key, action, resource string
	}
	resources := sim.resources
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	var pairs []pair
	for _, a := range sim.actions {
		for _, r := range resources {
			pairs = append(pairs, pair{fmt.Sprintf("%08d", len(pairs)), a, r})
		}
	}
	pairs, next, truncated := window(p, pairs, func(p pair) string { return p.key })
	results := make([]types.EvaluationResult, len(pairs))
	for i, one := range pairs {
		if err := ctx.Err(); err != nil {
			return nil, nil, false, err
		}
		results[i] = sim.evaluate(one.action, one.resource)
	}
	return results, next, truncated, nil
}

func (sim *simulation) evaluate(action, resource string) types.EvaluationResult {
	req := sim.request
	req.Action, req.Resource = action, resource
	x := policy.Explain(&req, &sim.inputs)
	decision := types.PolicyEvaluationDecisionTypeImplicitDeny
	switch {
	case x.Allowed:
		decision = types.PolicyEvaluationDecisionTypeAllowed
	case x.ExplicitDeny:
		decision = types.PolicyEvaluationDecisionTypeExplicitDeny
	}
	matched := mapSlice(x.Matched, sim.statement)
	missing := append([]string{}, x.MissingContext...)
	r := types.EvaluationResult{EvalActionName: &action, EvalResourceName: &resource, EvalDecision: decision, MatchedStatements: matched, MissingContextValues: missing}
	if l, ok := x.Layer(policy.Boundary); ok {
		r.PermissionsBoundaryDecisionDetail = &types.PermissionsBoundaryDecisionDetail{AllowedByPermissionsBoundary: l.Allowed}
	}
	if l, ok := x.Layer(policy.SCP); ok {
		r.OrganizationsDecisionDetail = &types.OrganizationsDecisionDetail{AllowedByOrganizations: l.Allowed}
	}
	if resource == "*" {
		return r
	}
	if r.OrganizationsDecisionDetail == nil {
		r.OrganizationsDecisionDetail = &types.OrganizationsDecisionDetail{AllowedByOrganizations: true}
	}
	r.EvalDecisionDetails = map[string]types.PolicyEvaluationDecisionType{}
	r.ResourceSpecificResults = []types.ResourceSpecificResult{{
		EvalResourceName: &resource, EvalResourceDecision: decision, MatchedStatements: matched, MissingContextValues: missing,
		PermissionsBoundaryDecisionDetail: r.PermissionsBoundaryDecisionDetail,
	}}
	r.MissingContextValues = []string{}
	return r
}

// statement shows a statement that decided, by the policy it is of and its
// place there.
func (sim *simulation) statement(ref policy.StatementRef) types.Statement {
	id := ref.Type.String()
	switch ref.Type {
	case policy.IdentityPolicy:
		id = sim.names[ref.PolicyIndex]
	case policy.ResourcePolicy:
		id = "ResourcePolicy"
	case policy.Boundary:
		id = "PermissionsBoundaryPolicyInputList.1"
	case policy.SCP:
		id = fmt.Sprintf("ServiceControlPolicyInputList.%d", ref.PolicyIndex+1)
	}
	st := ref.Statement()
	return types.Statement{SourcePolicyId: &id, SourcePolicyType: sourceType, StartPosition: position(st.Start()), EndPosition: position(st.End())}
}

func position(p policy.Position) *types.Position {
	return &types.Position{Line: int32(p.Line), Column: int32(p.Column)}
}
