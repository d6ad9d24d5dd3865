package iam

// ListPoliciesGrantingServiceAccess

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/policy"
)

var ownerTypes = map[store.IAMKind]types.PolicyOwnerEntityType{
	store.IAMUser: types.PolicyOwnerEntityTypeUser, store.IAMGroup: types.PolicyOwnerEntityTypeGroup, store.IAMRole: types.PolicyOwnerEntityTypeRole,
}

// ListPoliciesGrantingServiceAccess lists, for each service, the policies of a
// user, group or role that allow something of it.
func (s *Service) ListPoliciesGrantingServiceAccess(ctx context.Context, in *iam.ListPoliciesGrantingServiceAccessInput) (*iam.ListPoliciesGrantingServiceAccessOutput, error) {
	sim := &simulation{}
	if err := s.source(ctx, sim, deref(in.Arn), nil); err != nil {
		return nil, err
	}
	p, err := s.page(ctx, in.Marker, nil)
	if err != nil {
		return nil, err
	}
	out := &iam.ListPoliciesGrantingServiceAccessOutput{}
	spaces := unique(in.ServiceNamespaces)
	places := map[string]string{}
	for i, space := range spaces {
		places[space] = fmt.Sprintf("%08d", i)
	}
	spaces, marker, truncated := window(p, spaces, func(space string) string { return places[space] })
	out.Marker, out.IsTruncated = marker, truncated
	out.PoliciesGrantingServiceAccess = mapSlice(spaces, func(space string) types.ListPoliciesGrantingServiceAccessEntry {
		return types.ListPoliciesGrantingServiceAccessEntry{ServiceNamespace: &space, Policies: sim.granting(space)}
	})
	return out, nil
}

func (sim *simulation) granting(space string) []types.PolicyGrantingServiceAccess {
	found := []types.PolicyGrantingServiceAccess{}
	for i, compiled := range sim.inputs.Identity {
		if grants(compiled, space) {
			found = append(found, wireGranting(sim.holders[i], sim.grants[i]))
		}
	}
	return found
}

func grants(p *policy.Policy, space string) bool { return p.GrantsService(strings.ToLower(space)) }

// wireGranting shows a managed policy by its ARN and an inline one by its
// holder.
func wireGranting(holder store.IAMEntity, g store.IAMGrant) types.PolicyGrantingServiceAccess {
	if g.PolicyARN != "" {
		name := arnName(g.PolicyARN)
		return types.PolicyGrantingServiceAccess{PolicyName: &name, PolicyArn: &g.PolicyARN, PolicyType: types.PolicyTypeManaged}
	}
	return types.PolicyGrantingServiceAccess{PolicyName: &g.Name, PolicyType: types.PolicyTypeInline, EntityName: &holder.Name, EntityType: ownerTypes[holder.Kind]}
}
