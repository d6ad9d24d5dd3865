// Operations: GetDevice, ListDevices, AdminGetDevice, AdminListDevices.

package userpool

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	maxDevicesPage     = 60
	purposeDevicesPage = "userpool ListDevices page"
)

// GetDevice returns one of the caller's devices (API Reference, GetDevice).
func (s *Service) GetDevice(ctx context.Context, in *cognito.GetDeviceInput) (*cognito.GetDeviceOutput, error) {
	out := &cognito.GetDeviceOutput{}
	err := s.asBearerView(ctx, aws.ToString(in.AccessToken), func(tx *store.Tx, b *bearer) error {
		d, err := deviceOf(tx, b.user, aws.ToString(in.DeviceKey))
		if err == nil {
			out.Device = deviceType(b.pool, b.user, d, false)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// AdminGetDevice returns a device of a user (API Reference, AdminGetDevice).
func (s *Service) AdminGetDevice(ctx context.Context, in *cognito.AdminGetDeviceInput) (*cognito.AdminGetDeviceOutput, error) {
	out := &cognito.AdminGetDeviceOutput{}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		p, u, err := s.deviceOwner(ctx, tx, in.UserPoolId, in.Username)
		if err != nil {
			return err
		}
		d, err := deviceOf(tx, u, aws.ToString(in.DeviceKey))
		if err == nil {
			out.Device = deviceType(p, u, d, true)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// deviceOwner is adminUser for the operations that do not know
// UserNotFoundException.
func (s *Service) deviceOwner(ctx context.Context, tx *store.Tx, poolID, username *string) (*pool, *store.User, error) {
	p, u, err := s.adminUser(ctx, tx, poolID, username)
	var missing *types.UserNotFoundException
	if errors.As(err, &missing) {
		return nil, nil, notFound(msgUserNotFound)
	}
	return p, u, err
}

// ListDevices lists the caller's remembered devices (API Reference,
// ListDevices).
func (s *Service) ListDevices(ctx context.Context, in *cognito.ListDevicesInput) (*cognito.ListDevicesOutput, error) {
	out := &cognito.ListDevicesOutput{}
	err := s.asBearerView(ctx, aws.ToString(in.AccessToken), func(tx *store.Tx, b *bearer) (err error) {
		out.Devices, out.PaginationToken, err = s.devicesPage(tx, b.pool, b.user, in.Limit, in.PaginationToken, false)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// AdminListDevices lists a user's devices, remembered or not (API Reference,
// AdminListDevices).
func (s *Service) AdminListDevices(ctx context.Context, in *cognito.AdminListDevicesInput) (*cognito.AdminListDevicesOutput, error) {
	out := &cognito.AdminListDevicesOutput{}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		p, u, err := s.deviceOwner(ctx, tx, in.UserPoolId, in.Username)
		if err == nil {
			out.Devices, out.PaginationToken, err = s.devicesPage(tx, p, u, in.Limit, in.PaginationToken, true)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// devicesPage lists the user's devices by their keys, from where the token
// points to: for the user those that are remembered.
func (s *Service) devicesPage(tx *store.Tx, p *pool, u *store.User, limit *int32, token *string, developer bool) ([]types.DeviceType, *string, error) {
	n := int(aws.ToInt32(limit))
	if n <= 0 || n > maxDevicesPage {
		n = maxDevicesPage
	}
	after, err := s.openUserPage(purposeDevicesPage, u, token)
	if err != nil {
		return nil, nil, err
	}
	found, err := tx.Devices(u, !developer, after, n+1)
	if err != nil {
		return nil, nil, err
	}
	out := []types.DeviceType{}
	for _, d := range found[:min(n, len(found))] {
		out = append(out, *deviceType(p, u, d, developer))
	}
	if len(found) <= n {
		return out, nil, nil
	}
	return out, s.sealUserPage(purposeDevicesPage, u, found[n-1].Key), nil
}

// userPage is what the page tokens of lists of what a user has carry: whose,
// and the key after which to go on.
type userPage struct {
	PoolID string `json:"p"`
	Sub    string `json:"s"`
	After  string `json:"a"`
}

func (s *Service) sealUserPage(purpose string, u *store.User, after string) *string {
	b, err := json.Marshal(userPage{u.PoolID, u.Sub, after})
	if err != nil {
		panic("userpool: page token: " + err.Error())
	}
	return aws.String(s.store.SealToken(purpose, b))
}

// openUserPage returns the key after which to go on. Errors:
// InvalidParameterException.
func (s *Service) openUserPage(purpose string, u *store.User, token *string) (after string, err error) {
	if aws.ToString(token) == "" {
		return "", nil
	}
	var page userPage
	b, err := s.store.OpenToken(purpose, *token)
	if err != nil || json.Unmarshal(b, &page) != nil || page.PoolID != u.PoolID || page.Sub != u.Sub {
		return "", invalidParameter(msgBadPage)
	}
	return page.After, nil
}
