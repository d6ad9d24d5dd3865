// Operations: UpdateDeviceStatus, ForgetDevice, AdminUpdateDeviceStatus,
// AdminForgetDevice.

package userpool

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// UpdateDeviceStatus says whether one of the caller's devices is remembered
// (API Reference, UpdateDeviceStatus).
func (s *Service) UpdateDeviceStatus(ctx context.Context, in *cognito.UpdateDeviceStatusInput) (*cognito.UpdateDeviceStatusOutput, error) {
	err := s.asBearerUpdate(ctx, aws.ToString(in.AccessToken), func(tx *store.Tx, b *bearer) error {
		return setDeviceStatus(tx, b.user, aws.ToString(in.DeviceKey), in.DeviceRememberedStatus)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.UpdateDeviceStatusOutput{}, nil
}

// AdminUpdateDeviceStatus says whether a user's device is remembered (API
// Reference, AdminUpdateDeviceStatus).
func (s *Service) AdminUpdateDeviceStatus(ctx context.Context, in *cognito.AdminUpdateDeviceStatusInput) (*cognito.AdminUpdateDeviceStatusOutput, error) {
	err := s.asAdmin(ctx, in.UserPoolId, in.Username, func(tx *store.Tx, _ *pool, u *store.User) error {
		return setDeviceStatus(tx, u, aws.ToString(in.DeviceKey), in.DeviceRememberedStatus)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.AdminUpdateDeviceStatusOutput{}, nil
}

// setDeviceStatus leaves the device as it is when no status is given.
func setDeviceStatus(tx *store.Tx, u *store.User, key string, status types.DeviceRememberedStatusType) error {
	d, err := deviceOf(tx, u, key)
	if err != nil || status == "" {
		return err
	}
	return tx.SetDeviceRemembered(u, d, status == types.DeviceRememberedStatusTypeRemembered)
}

// ForgetDevice deletes one of the caller's devices and revokes its refresh
// tokens (API Reference, ForgetDevice).
func (s *Service) ForgetDevice(ctx context.Context, in *cognito.ForgetDeviceInput) (*cognito.ForgetDeviceOutput, error) {
	err := s.asBearerUpdate(ctx, aws.ToString(in.AccessToken), func(tx *store.Tx, b *bearer) error {
		return forgetDevice(tx, b.user, aws.ToString(in.DeviceKey))
	})
	if err != nil {
		return nil, err
	}
	return &cognito.ForgetDeviceOutput{}, nil
}

// AdminForgetDevice deletes a user's device and revokes its refresh tokens (API
// Reference, AdminForgetDevice).
func (s *Service) AdminForgetDevice(ctx context.Context, in *cognito.AdminForgetDeviceInput) (*cognito.AdminForgetDeviceOutput, error) {
	err := s.asAdmin(ctx, in.UserPoolId, in.Username, func(tx *store.Tx, _ *pool, u *store.User) error {
		return forgetDevice(tx, u, aws.ToString(in.DeviceKey))
	})
	if err != nil {
		return nil, err
	}
	return &cognito.AdminForgetDeviceOutput{}, nil
}

// forgetDevice deletes the device. Its refresh tokens name its key, by which
// they stay revoked even if the pool stops tracking devices.
func forgetDevice(tx *store.Tx, u *store.User, key string) error {
	if _, err := deviceOf(tx, u, key); err != nil {
		return err
	}
	if err := tx.DeleteDevice(u, key); err != nil {
		return err
	}
	return tx.RevokeSignIn(u.PoolID, key, tx.Now().Add(maxRefreshLife))
}
