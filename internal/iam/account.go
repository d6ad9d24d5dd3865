package iam

// CreateAccountAlias, DeleteAccountAlias, ListAccountAliases,
// GetAccountSummary, SetSecurityTokenServicePreferences

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgAliasTaken   = "The account alias %s already exists."
	msgAliasUnknown = "The account alias with name %s cannot be found."
)

// CreateAccountAlias names the account; an earlier alias is replaced.
func (s *Service) CreateAccountAlias(ctx context.Context, in *iam.CreateAccountAliasInput) (*iam.CreateAccountAliasOutput, error) {
	return &iam.CreateAccountAliasOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		a, err := tx.IAMAccount(account)
		if err != nil {
			return err
		}
		a.Alias = deref(in.AccountAlias)
		return orTaken(tx.PutIAMAccount(a), alreadyExists(msgAliasTaken, a.Alias))
	})
}

// DeleteAccountAlias takes the account's alias away.
func (s *Service) DeleteAccountAlias(ctx context.Context, in *iam.DeleteAccountAliasInput) (*iam.DeleteAccountAliasOutput, error) {
	return &iam.DeleteAccountAliasOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		a, err := tx.IAMAccount(account)
		if err != nil {
			return err
		}
		if a.Alias == "" || a.Alias != deref(in.AccountAlias) {
			return noSuchEntity(msgAliasUnknown, deref(in.AccountAlias))
		}
		a.Alias = ""
		return tx.PutIAMAccount(a)
	})
}

// ListAccountAliases returns the account's alias, if it has one.
func (s *Service) ListAccountAliases(ctx context.Context, _ *iam.ListAccountAliasesInput) (*iam.ListAccountAliasesOutput, error) {
	out := &iam.ListAccountAliasesOutput{AccountAliases: []string{}}
	err := s.view(ctx, func(tx *store.Tx, account string) error {
		a, err := tx.IAMAccount(account)
		if a.Alias != "" {
			out.AccountAliases = []string{a.Alias}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// GetAccountSummary counts what the account has and tells its quotas.
func (s *Service) GetAccountSummary(ctx context.Context, _ *iam.GetAccountSummaryInput) (*iam.GetAccountSummaryOutput, error) {
	var counts map[string]int
	var set settings
	var rootDevices []store.IAMObject
	var inUse int
	err := s.view(ctx, func(tx *store.Tx, account string) (err error) {
		if counts, err = tx.CountIAM(account); err != nil {
			return err
		}
		if set, _, err = loadSettings(tx, account); err != nil {
			return err
		}
		if inUse, err = tx.CountIAMOwned(account, kindMFA); err != nil {
			return err
		}
		rootDevices, err = tx.IAMObjectsOf(rootOwner(account), kindMFA, "", 1)
		return err
	})
	if err != nil {
		return nil, err
	}
	q := s.quotas
	m := map[types.SummaryKeyType]int{
		types.SummaryKeyTypeUsers: counts[string(store.IAMUser)], types.SummaryKeyTypeUsersQuota: q.Users,
		types.SummaryKeyTypeGroups: counts[string(store.IAMGroup)], types.SummaryKeyTypeGroupsQuota: q.Groups,
		types.SummaryKeyTypeRoles: counts[string(store.IAMRole)], types.SummaryKeyTypeRolesQuota: q.Roles,
		types.SummaryKeyTypeInstanceProfiles: counts[string(store.IAMInstanceProfile)], types.SummaryKeyTypeInstanceProfilesQuota: q.InstanceProfiles,
		types.SummaryKeyTypePolicies: counts["policy"], types.SummaryKeyTypePoliciesQuota: q.Policies,
		types.SummaryKeyTypePolicyVersionsInUse: counts["policy-version"], types.SummaryKeyTypePolicyVersionsInUseQuota: 10000,
		types.SummaryKeyTypeServerCertificates: counts[kindServerCertificate], types.SummaryKeyTypeServerCertificatesQuota: q.ServerCertificates,
		types.SummaryKeyTypeProviders:  counts[kindOIDC] + counts[kindSAML],
		types.SummaryKeyTypeMFADevices: counts[kindMFA], types.SummaryKeyTypeMFADevicesInUse: inUse,
		types.SummaryKeyTypeAccountMFAEnabled: min(len(rootDevices), 1), types.SummaryKeyTypeAccountAccessKeysPresent: min(counts["access-key"], 1),
		types.SummaryKeyTypeAccountPasswordPresent: 0, types.SummaryKeyTypeAccountSigningCertificatesPresent: 0,
		types.SummaryKeyTypeUserPolicySizeQuota: q.UserPolicySize, types.SummaryKeyTypeGroupPolicySizeQuota: q.GroupPolicySize,
		types.SummaryKeyTypeRolePolicySizeQuota: q.RolePolicySize, types.SummaryKeyTypePolicySizeQuota: q.PolicySize,
		types.SummaryKeyTypeAssumeRolePolicySizeQuota: q.TrustPolicySize, types.SummaryKeyTypeVersionsPerPolicyQuota: q.VersionsPerPolicy,
		types.SummaryKeyTypeGroupsPerUserQuota: q.GroupsPerUser, types.SummaryKeyTypeAccessKeysPerUserQuota: q.AccessKeysPerUser,
		types.SummaryKeyTypeSigningCertificatesPerUserQuota: 2,
		types.SummaryKeyTypeAttachedPoliciesPerUserQuota:    q.AttachedPoliciesPerUser, types.SummaryKeyTypeAttachedPoliciesPerGroupQuota: q.AttachedPoliciesPerGroup,
		types.SummaryKeyTypeAttachedPoliciesPerRoleQuota: q.AttachedPoliciesPerRole, types.SummaryKeyTypeGlobalEndpointTokenVersion: tokenVersion(set),
	}
	out := &iam.GetAccountSummaryOutput{SummaryMap: map[string]int32{}}
	for k, n := range m {
		out.SummaryMap[string(k)] = int32(n)
	}
	return out, nil
}

func tokenVersion(set settings) int {
	if set.TokenVersion == string(types.GlobalEndpointTokenVersionV2Token) {
		return 2
	}
	return 1
}

// SetSecurityTokenServicePreferences chooses the version of the global
// endpoint's session tokens. Session tokens are the same for both; the account
// summary shows the choice.
func (s *Service) SetSecurityTokenServicePreferences(ctx context.Context, in *iam.SetSecurityTokenServicePreferencesInput) (*iam.SetSecurityTokenServicePreferencesOutput, error) {
	return &iam.SetSecurityTokenServicePreferencesOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		return changeSettings(tx, account, func(set *settings) error {
			set.TokenVersion = string(in.GlobalEndpointTokenVersion)
			return nil
		})
	})
}
