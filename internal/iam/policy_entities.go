package iam

// ListEntitiesForPolicy

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// policyUser is an entity that a policy is attached to or bounds, with the
// part of the list that it stands in.
type policyUser struct {
	store.IAMEntity
	part string
}

func (u policyUser) key() string { return u.part + strings.ToLower(u.Name) }

// policyPart is one run of ListEntitiesForPolicy: the entities of one kind,
// either those that have the policy attached or those that it only bounds.
type policyPart struct {
	name     string
	kind     store.IAMKind
	boundary bool
}

var policyParts = []policyPart{
	{"1", store.IAMGroup, false},
	{"2", store.IAMUser, false},
	{"3", store.IAMRole, false},
	{"4", store.IAMUser, true},
	{"5", store.IAMRole, true},
}

var filterKinds = map[types.EntityType]store.IAMKind{
	types.EntityTypeGroup: store.IAMGroup, types.EntityTypeUser: store.IAMUser, types.EntityTypeRole: store.IAMRole,
}

// ListEntitiesForPolicy lists the groups, users and roles that use a policy.
func (s *Service) ListEntitiesForPolicy(ctx context.Context, in *iam.ListEntitiesForPolicyInput) (*iam.ListEntitiesForPolicyOutput, error) {
	arn := deref(in.PolicyArn)
	if err := checkPolicyARN(arn); err != nil {
		return nil, err
	}
	p, err := s.page(ctx, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	var found []policyUser
	err = s.view(ctx, func(tx *store.Tx, account string) error {
		if err := s.policyExists(tx, account, arn, noSuchEntity(msgPolicyUnknown, arn)); err != nil {
			return err
		}
		found, err = policyUsers(tx, account, in, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &iam.ListEntitiesForPolicyOutput{PolicyGroups: []types.PolicyGroup{}, PolicyUsers: []types.PolicyUser{}, PolicyRoles: []types.PolicyRole{}}
	found, out.Marker, out.IsTruncated = cut(p, found, policyUser.key)
	for _, e := range found {
		switch e.Kind {
		case store.IAMGroup:
			out.PolicyGroups = append(out.PolicyGroups, types.PolicyGroup{GroupId: &e.ID, GroupName: &e.Name})
		case store.IAMUser:
			out.PolicyUsers = append(out.PolicyUsers, types.PolicyUser{UserId: &e.ID, UserName: &e.Name})
		case store.IAMRole:
			out.PolicyRoles = append(out.PolicyRoles, types.PolicyRole{RoleId: &e.ID, RoleName: &e.Name})
		}
	}
	return out, nil
}

// policyUsers returns one entity more than the page holds, if there is one.
func policyUsers(tx *store.Tx, account string, in *iam.ListEntitiesForPolicyInput, p page) ([]policyUser, error) {
	var found []policyUser
	for _, part := range policyParts {
		kind, filtered := filterKinds[in.EntityFilter]
		switch {
		case len(found) > p.limit:
			return found, nil
		case p.after != "" && part.name < p.after[:1],
			filtered && kind != part.kind,
			part.boundary && in.PolicyUsageFilter == types.PolicyUsageTypePermissionsPolicy,
			!part.boundary && in.PolicyUsageFilter == types.PolicyUsageTypePermissionsBoundary:
			continue
		}
		after := ""
		if strings.HasPrefix(p.after, part.name) {
			after = p.after[1:]
		}
		list, err := tx.ListIAMPolicyEntities(account, deref(in.PolicyArn), part.boundary, part.kind, pathOr(in.PathPrefix), after, p.limit+1)
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			if part.boundary && in.PolicyUsageFilter == "" {
				if twice, err := hasAttached(tx, e.ID, deref(in.PolicyArn)); err != nil {
					return nil, err
				} else if twice {
					continue
				}
			}
			found = append(found, policyUser{e, part.name})
		}
	}
	return found, nil
}

func hasAttached(tx *store.Tx, entityID, arn string) (bool, error) {
	list, err := tx.IAMAttachments(entityID)
	for _, a := range list {
		if a.PolicyARN == arn {
			return true, nil
		}
	}
	return false, err
}
