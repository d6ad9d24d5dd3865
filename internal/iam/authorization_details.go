package iam

// GetAccountAuthorizationDetails

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// detail is one item of the account's authorization details.
type detail struct {
	key     string
	entity  *store.IAMEntity
	policy  *store.IAMPolicy
	managed *managedPolicy
}

// detailParts are the runs of the list, in order.
var detailParts = []struct {
	name   string
	filter types.EntityType
	kind   store.IAMKind // empty for policies
}{
	{"1", types.EntityTypeUser, store.IAMUser},
	{"2", types.EntityTypeGroup, store.IAMGroup},
	{"3", types.EntityTypeRole, store.IAMRole},
	{"4", types.EntityTypeLocalManagedPolicy, ""},
	{"5", types.EntityTypeAWSManagedPolicy, ""},
}

// GetAccountAuthorizationDetails returns the account's users, groups, roles and
// policies, and how they hang together. Of AWS's policies it returns those that
// are attached to something.
func (s *Service) GetAccountAuthorizationDetails(ctx context.Context, in *iam.GetAccountAuthorizationDetailsInput) (*iam.GetAccountAuthorizationDetailsOutput, error) {
	if err := s.usage.flush(ctx); err != nil {
		return nil, err
	}
	p, err := s.page(ctx, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	var out *iam.GetAccountAuthorizationDetailsOutput
	err = s.view(ctx, func(tx *store.Tx, account string) error {
		out = &iam.GetAccountAuthorizationDetailsOutput{
			UserDetailList: []types.UserDetail{}, GroupDetailList: []types.GroupDetail{}, RoleDetailList: []types.RoleDetail{}, Policies: []types.ManagedPolicyDetail{},
		}
		found, err := s.details(tx, account, in.Filter, p)
		if err != nil {
			return err
		}
		found, out.Marker, out.IsTruncated = cut(p, found, func(d detail) string { return d.key })
		for _, d := range found {
			if err := s.addDetail(tx, account, d, out); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// details returns one item more than the page holds, if there is one.
func (s *Service) details(tx *store.Tx, account string, filter []types.EntityType, p page) ([]detail, error) {
	var found []detail
	for _, part := range detailParts {
		switch {
		case len(found) > p.limit:
			return found, nil
		case p.after != "" && part.name < p.after[:1], len(filter) > 0 && !slices.Contains(filter, part.filter):
			continue
		}
		after := ""
		if strings.HasPrefix(p.after, part.name) {
			after = p.after[1:]
		}
		var err error
		switch part.filter {
		case types.EntityTypeLocalManagedPolicy:
			var list []store.IAMPolicy
			list, err = tx.ListIAMPolicies(account, store.IAMPolicyFilter{PathPrefix: "/"}, after, p.limit+1)
			for _, one := range list {
				found = append(found, detail{key: part.name + strings.ToLower(one.Name), policy: &one})
			}
		case types.EntityTypeAWSManagedPolicy:
			found, err = s.managedDetails(tx, account, part.name, after, p.limit+1, found)
		default:
			var list []store.IAMEntity
			list, err = tx.ListIAMEntities(account, part.kind, "/", after, p.limit+1)
			for _, one := range list {
				found = append(found, detail{key: part.name + nameKey(one), entity: &one})
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (s *Service) managedDetails(tx *store.Tx, account, part, after string, limit int, found []detail) ([]detail, error) {
	for _, m := range s.managed.sorted {
		if m.key() <= after {
			continue
		}
		attached, bounds, err := tx.IAMPolicyUse(account, m.arn)
		if err != nil {
			return nil, err
		}
		if attached+bounds > 0 {
			found = append(found, detail{key: part + m.key(), managed: m})
		}
		if len(found) >= limit {
			break
		}
	}
	return found, nil
}

func (s *Service) addDetail(tx *store.Tx, account string, d detail, out *iam.GetAccountAuthorizationDetailsOutput) error {
	switch {
	case d.managed != nil:
		shown, err := wireManaged(tx, account, d.managed)
		if err != nil {
			return err
		}
		v := wireVersion(store.IAMPolicyVersion{Version: d.managed.Version, Created: d.managed.Updated}, d.managed.Version)
		v.Document = &d.managed.document
		shown.Description = optional(d.managed.Description)
		out.Policies = append(out.Policies, policyDetail(shown, []types.PolicyVersion{v}))
		return nil
	case d.policy != nil:
		versions, err := tx.IAMPolicyVersions(d.policy.ID)
		if err != nil {
			return err
		}
		shown := wirePolicy(*d.policy)
		shown.Description = optional(d.policy.Description)
		out.Policies = append(out.Policies, policyDetail(shown, mapSlice(versions, func(v store.IAMPolicyVersion) types.PolicyVersion {
			w := wireVersion(v, d.policy.DefaultVersion)
			w.Document = &v.Document
			return w
		})))
		return nil
	}
	return s.addEntityDetail(tx, d.entity, out)
}

func policyDetail(p types.Policy, versions []types.PolicyVersion) types.ManagedPolicyDetail {
	return types.ManagedPolicyDetail{
		Arn: p.Arn, AttachmentCount: p.AttachmentCount, CreateDate: p.CreateDate, DefaultVersionId: p.DefaultVersionId, Description: p.Description,
		IsAttachable: p.IsAttachable, Path: p.Path, PermissionsBoundaryUsageCount: p.PermissionsBoundaryUsageCount, PolicyId: p.PolicyId,
		PolicyName: p.PolicyName, PolicyVersionList: versions, UpdateDate: p.UpdateDate,
	}
}

func (s *Service) addEntityDetail(tx *store.Tx, e *store.IAMEntity, out *iam.GetAccountAuthorizationDetailsOutput) error {
	inline, err := tx.IAMInlinePolicies(e.ID)
	if err != nil {
		return err
	}
	attached, err := tx.IAMAttachments(e.ID)
	if err != nil {
		return err
	}
	tags, err := tagsOf(tx, e.ID)
	if err != nil {
		return err
	}
	containers, err := tx.IAMContainers(e.ID, "", maxPage)
	if err != nil {
		return err
	}
	policies := mapSlice(inline, func(p store.IAMInlinePolicy) types.PolicyDetail {
		return types.PolicyDetail{PolicyName: &p.Name, PolicyDocument: &p.Document}
	})
	managed := mapSlice(attached, wireAttached)
	arn := e.ARN()
	switch e.Kind {
	case store.IAMUser:
		out.UserDetailList = append(out.UserDetailList, types.UserDetail{
			Arn: &arn, UserId: &e.ID, UserName: &e.Name, Path: &e.Path, CreateDate: &e.Created, Tags: tags, PermissionsBoundary: wireBoundary(e.Boundary),
			AttachedManagedPolicies: managed, UserPolicyList: policies, GroupList: mapSlice(containers, func(g store.IAMEntity) string { return g.Name }),
		})
	case store.IAMGroup:
		out.GroupDetailList = append(out.GroupDetailList, types.GroupDetail{
			Arn: &arn, GroupId: &e.ID, GroupName: &e.Name, Path: &e.Path, CreateDate: &e.Created, AttachedManagedPolicies: managed, GroupPolicyList: policies,
		})
	case store.IAMRole:
		role, err := fullRole(tx, *e)
		if err != nil {
			return err
		}
		profiles := []types.InstanceProfile{}
		for _, c := range containers {
			shown, err := profile(tx, c, false)
			if err != nil {
				return err
			}
			profiles = append(profiles, shown)
		}
		out.RoleDetailList = append(out.RoleDetailList, types.RoleDetail{
			Arn: &arn, RoleId: &e.ID, RoleName: &e.Name, Path: &e.Path, CreateDate: &e.Created, Tags: tags, PermissionsBoundary: role.PermissionsBoundary,
			AssumeRolePolicyDocument: &e.Trust, RoleLastUsed: role.RoleLastUsed, AttachedManagedPolicies: managed, RolePolicyList: policies, InstanceProfileList: profiles,
		})
	}
	return nil
}
