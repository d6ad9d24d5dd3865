package iam

// ListOrganizationsFeatures, EnableOrganizationsRootCredentialsManagement,
// DisableOrganizationsRootCredentialsManagement,
// EnableOrganizationsRootSessions, DisableOrganizationsRootSessions

import (
	"context"
	"encoding/hex"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// All accounts of a server are members of one organization, which the server's
// own account manages. It has one root and no organizational units, and its
// policies allow everything. The root's id ends like the organization's.
const (
	msgNoOrganization = "The request was rejected because your account is not part of an organization."
	msgNotManagement  = "The request was rejected because the account making the request is not the management account or delegated administrator account for centralized root access."
)

// organizationIDs are those of the organization and of its root; ok is false
// when there is none.
func (s *Service) organizationIDs() (organization, root string, ok bool) {
	if s.management == "" {
		return "", "", false
	}
	return s.organization.id, s.organization.root, true
}

type organizationIDs struct{ id, root string }

func newOrganization(db *store.DB, management string) organizationIDs {
	if db == nil || management == "" {
		return organizationIDs{}
	}
	id := hex.EncodeToString(db.Derive("organization of "+management, 5))
	return organizationIDs{"o-" + id, "r-" + id[6:]}
}

// Organization tells the id of the organization that the server's accounts are
// in, empty when they are in none.
func (s *Service) Organization() string { return s.organization.id }

// managing refuses accounts that do not manage an organization.
func (s *Service) managing(ctx context.Context) error {
	_, _, ok := s.organizationIDs()
	switch {
	case !ok:
		return &types.OrganizationNotFoundException{Message: ptrTo(msgNoOrganization)}
	case awswire.CallOf(ctx).Account != s.management:
		return &types.AccountNotManagementOrDelegatedAdministratorException{Message: ptrTo(msgNotManagement)}
	}
	return nil
}

// RootTask tells whether the account may begin sessions of other accounts'
// root users for a task: whether it manages the organization and has switched
// the task's feature on.
func (s *Service) RootTask(ctx context.Context, account, policyARN string) (allowed bool, err error) {
	feature, known := rootTasks[policyARN]
	if !known || s.management == "" || account != s.management {
		return false, nil
	}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		set, _, err := loadSettings(tx, account)
		allowed = slices.Contains(set.OrganizationFeatures, feature)
		return err
	})
	return allowed, err
}

// rootTasks are the policies of privileged tasks and the features that they
// need ("Perform a privileged task on an AWS Organizations member account", IAM
// User Guide).
var rootTasks = map[string]types.FeatureType{
	managedPrefix + "root-task/IAMAuditRootUserCredentials":  types.FeatureTypeRootCredentialsManagement,
	managedPrefix + "root-task/IAMCreateRootUserPassword":    types.FeatureTypeRootCredentialsManagement,
	managedPrefix + "root-task/IAMDeleteRootUserCredentials": types.FeatureTypeRootCredentialsManagement,
	managedPrefix + "root-task/S3UnlockBucketPolicy":         types.FeatureTypeRootSessions,
	managedPrefix + "root-task/SQSUnlockQueuePolicy":         types.FeatureTypeRootSessions,
}

// setFeature switches a feature on or off; doing so twice changes nothing.
func (s *Service) setFeature(ctx context.Context, feature types.FeatureType, on bool) (id *string, enabled []types.FeatureType, err error) {
	if err := s.managing(ctx); err != nil {
		return nil, nil, err
	}
	err = s.update(ctx, func(tx *store.Tx, account string) error {
		return changeSettings(tx, account, func(set *settings) error {
			set.OrganizationFeatures = slices.DeleteFunc(set.OrganizationFeatures, func(f types.FeatureType) bool { return f == feature })
			if on {
				set.OrganizationFeatures = append(set.OrganizationFeatures, feature)
			}
			slices.Sort(set.OrganizationFeatures)
			enabled = set.OrganizationFeatures
			return nil
		})
	})
	return &s.organization.id, enabled, err
}

// ListOrganizationsFeatures lists the features of centralized root access that
// are on.
func (s *Service) ListOrganizationsFeatures(ctx context.Context, _ *iam.ListOrganizationsFeaturesInput) (*iam.ListOrganizationsFeaturesOutput, error) {
	if err := s.managing(ctx); err != nil {
		return nil, err
	}
	out := &iam.ListOrganizationsFeaturesOutput{OrganizationId: &s.organization.id, EnabledFeatures: []types.FeatureType{}}
	err := s.view(ctx, func(tx *store.Tx, account string) error {
		set, _, err := loadSettings(tx, account)
		out.EnabledFeatures = append(out.EnabledFeatures, set.OrganizationFeatures...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// EnableOrganizationsRootCredentialsManagement lets the management account look
// after the credentials of other accounts' root users, by AssumeRoot.
func (s *Service) EnableOrganizationsRootCredentialsManagement(ctx context.Context, _ *iam.EnableOrganizationsRootCredentialsManagementInput) (*iam.EnableOrganizationsRootCredentialsManagementOutput, error) {
	id, enabled, err := s.setFeature(ctx, types.FeatureTypeRootCredentialsManagement, true)
	if err != nil {
		return nil, err
	}
	return &iam.EnableOrganizationsRootCredentialsManagementOutput{OrganizationId: id, EnabledFeatures: enabled}, nil
}

// DisableOrganizationsRootCredentialsManagement ends that.
func (s *Service) DisableOrganizationsRootCredentialsManagement(ctx context.Context, _ *iam.DisableOrganizationsRootCredentialsManagementInput) (*iam.DisableOrganizationsRootCredentialsManagementOutput, error) {
	id, enabled, err := s.setFeature(ctx, types.FeatureTypeRootCredentialsManagement, false)
	if err != nil {
		return nil, err
	}
	return &iam.DisableOrganizationsRootCredentialsManagementOutput{OrganizationId: id, EnabledFeatures: enabled}, nil
}

// EnableOrganizationsRootSessions lets the management account do privileged
// tasks in other accounts, by AssumeRoot.
func (s *Service) EnableOrganizationsRootSessions(ctx context.Context, _ *iam.EnableOrganizationsRootSessionsInput) (*iam.EnableOrganizationsRootSessionsOutput, error) {
	id, enabled, err := s.setFeature(ctx, types.FeatureTypeRootSessions, true)
	if err != nil {
		return nil, err
	}
	return &iam.EnableOrganizationsRootSessionsOutput{OrganizationId: id, EnabledFeatures: enabled}, nil
}

// DisableOrganizationsRootSessions ends that.
func (s *Service) DisableOrganizationsRootSessions(ctx context.Context, _ *iam.DisableOrganizationsRootSessionsInput) (*iam.DisableOrganizationsRootSessionsOutput, error) {
	id, enabled, err := s.setFeature(ctx, types.FeatureTypeRootSessions, false)
	if err != nil {
		return nil, err
	}
	return &iam.DisableOrganizationsRootSessionsOutput{OrganizationId: id, EnabledFeatures: enabled}, nil
}
