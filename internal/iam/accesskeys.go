package iam

// CreateAccessKey, ListAccessKeys, UpdateAccessKey, DeleteAccessKey,
// GetAccessKeyLastUsed

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgKeyNotFound   = "The Access Key with id %s cannot be found."
	msgKeyNotAllowed = "User: %s is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key %s"
)

func keyStatus(active bool) types.StatusType {
	if active {
		return types.StatusTypeActive
	}
	return types.StatusTypeInactive
}

// owner is whose keys an operation is about: a user, by default the caller, or
// the root user, whose id is empty.
func owner(ctx context.Context, tx *store.Tx, account string, name *string) (id string, userName *string, err error) {
	u, root, err := caller(ctx, tx, account, name)
	if err != nil || root {
		return "", nil, err
	}
	return u.ID, &u.Name, nil
}

// CreateAccessKey makes a long-term access key of a user, by default the
// caller. The secret is shown this once.
func (s *Service) CreateAccessKey(ctx context.Context, in *iam.CreateAccessKeyInput) (*iam.CreateAccessKeyOutput, error) {
	var k store.IAMAccessKey
	var userName *string
	err := s.update(ctx, func(tx *store.Tx, account string) (err error) {
		k = store.IAMAccessKey{ID: tx.IDs().AccessKeyID("AKIA", account), Account: account, Active: true, Secret: tx.IDs().SecretAccessKey(), Created: tx.Now()}
		if k.UserID, userName, err = owner(ctx, tx, account, in.UserName); err != nil {
			return err
		}
		have, err := tx.IAMAccessKeys(account, k.UserID)
		if err != nil {
			return err
		}
		if err := quota("AccessKeysPerUser", len(have), s.quotas.AccessKeysPerUser); err != nil {
			return err
		}
		return tx.InsertIAMAccessKey(k)
	})
	if err != nil {
		return nil, err
	}
	return &iam.CreateAccessKeyOutput{AccessKey: &types.AccessKey{
		UserName: userName, AccessKeyId: &k.ID, SecretAccessKey: &k.Secret, Status: types.StatusTypeActive, CreateDate: &k.Created,
	}}, nil
}

// ListAccessKeys lists the keys of a user, by default the caller, without
// their secrets.
func (s *Service) ListAccessKeys(ctx context.Context, in *iam.ListAccessKeysInput) (*iam.ListAccessKeysOutput, error) {
	p, err := s.page(ctx, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	var keys []store.IAMAccessKey
	var userName *string
	err = s.view(ctx, func(tx *store.Tx, account string) error {
		var id string
		if id, userName, err = owner(ctx, tx, account, in.UserName); err != nil {
			return err
		}
		keys, err = tx.IAMAccessKeys(account, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &iam.ListAccessKeysOutput{}
	keys, out.Marker, out.IsTruncated = window(p, keys, func(k store.IAMAccessKey) string { return k.ID })
	out.AccessKeyMetadata = mapSlice(keys, func(k store.IAMAccessKey) types.AccessKeyMetadata {
		return types.AccessKeyMetadata{UserName: userName, AccessKeyId: &k.ID, Status: keyStatus(k.Active), CreateDate: &k.Created}
	})
	return out, nil
}

// ownKey returns a key of the user, or NoSuchEntity.
func ownKey(ctx context.Context, tx *store.Tx, account string, userName, keyID *string) (store.IAMAccessKey, error) {
	id, _, err := owner(ctx, tx, account, userName)
	if err != nil {
		return store.IAMAccessKey{}, err
	}
	k, err := tx.IAMAccessKey(deref(keyID))
	if err == nil && (k.Account != account || k.UserID != id) {
		err = store.ErrNotFound
	}
	return k, orElse(err, noSuchEntity(msgKeyNotFound, deref(keyID)))
}

// UpdateAccessKey switches a key on or off.
func (s *Service) UpdateAccessKey(ctx context.Context, in *iam.UpdateAccessKeyInput) (*iam.UpdateAccessKeyOutput, error) {
	return &iam.UpdateAccessKeyOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		k, err := ownKey(ctx, tx, account, in.UserName, in.AccessKeyId)
		if err != nil {
			return err
		}
		return tx.SetIAMAccessKeyActive(k.ID, in.Status == types.StatusTypeActive)
	})
}

// DeleteAccessKey deletes a key, which is refused from then on.
func (s *Service) DeleteAccessKey(ctx context.Context, in *iam.DeleteAccessKeyInput) (*iam.DeleteAccessKeyOutput, error) {
	return &iam.DeleteAccessKeyOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		k, err := ownKey(ctx, tx, account, in.UserName, in.AccessKeyId)
		if err != nil {
			return err
		}
		return tx.DeleteIAMAccessKey(k.ID)
	})
}

// GetAccessKeyLastUsed tells when, where and for which service a key was last
// used.
func (s *Service) GetAccessKeyLastUsed(ctx context.Context, in *iam.GetAccessKeyLastUsedInput) (*iam.GetAccessKeyLastUsedOutput, error) {
	if err := s.usage.flush(ctx); err != nil {
		return nil, err
	}
	out := &iam.GetAccessKeyLastUsedOutput{AccessKeyLastUsed: &types.AccessKeyLastUsed{}}
	err := s.view(ctx, func(tx *store.Tx, account string) error {
		k, err := tx.IAMAccessKey(deref(in.AccessKeyId))
		if errors.Is(err, store.ErrNotFound) || err == nil && k.Account != account {
			return accessDenied(msgKeyNotAllowed, awswire.CallOf(ctx).Principal.ARN, deref(in.AccessKeyId))
		}
		if err != nil {
			return err
		}
		if k.UserID != "" {
			u, err := tx.IAMEntityByID(k.UserID)
			if err != nil {
				return err
			}
			out.UserName = &u.Name
		}
		service, region := k.LastUsedService, k.LastUsedRegion
		if k.LastUsed.IsZero() {
			service, region = "N/A", "N/A"
		} else {
			out.AccessKeyLastUsed.LastUsedDate = &k.LastUsed
		}
		out.AccessKeyLastUsed.ServiceName, out.AccessKeyLastUsed.Region = &service, &region
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
