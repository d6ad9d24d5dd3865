package iam

// CreateServiceSpecificCredential, ListServiceSpecificCredentials,
// UpdateServiceSpecificCredential, ResetServiceSpecificCredential,
// DeleteServiceSpecificCredential

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgCredentialNotFound  = "No such credential %s exists"
	msgServiceNotSupported = "No such service %s is supported for Service Specific Credentials"
	maxServiceCredentials  = 2
)

// credentialServices are the services that have service-specific credentials.
var credentialServices = map[string]bool{"codecommit.amazonaws.com": true, "cassandra.amazonaws.com": true, "bedrock.amazonaws.com": true, "logs.amazonaws.com": true}

func wireServiceCredential(c userCredential, user *string) *types.ServiceSpecificCredential {
	password := string(c.object.Secret)
	out := &types.ServiceSpecificCredential{
		UserName: user, ServiceSpecificCredentialId: &c.object.ID, ServiceName: &c.body.Service, Status: c.body.Status, CreateDate: &c.object.Created, ExpirationDate: expiry(c.body.Expires),
	}
	if bearerService(c.body.Service) {
		out.ServiceCredentialAlias, out.ServiceCredentialSecret = &c.body.UserName, &password
	} else {
		out.ServiceUserName, out.ServicePassword = &c.body.UserName, &password
	}
	return out
}

// bearerService tells services whose credential is a bearer token.
func bearerService(service string) bool {
	return service == "bedrock.amazonaws.com" || service == "logs.amazonaws.com"
}

func expiry(seconds int64) *time.Time {
	if seconds == 0 {
		return nil
	}
	t := time.Unix(seconds, 0).UTC()
	return &t
}

// CreateServiceSpecificCredential makes a user name and password for a service.
// The password is shown this once.
func (s *Service) CreateServiceSpecificCredential(ctx context.Context, in *iam.CreateServiceSpecificCredentialInput) (*iam.CreateServiceSpecificCredentialOutput, error) {
	service := deref(in.ServiceName)
	body := credentialBody{Status: types.StatusTypeActive, Service: service}
	err := s.view(ctx, func(tx *store.Tx, account string) error {
		u, err := entity(tx, account, store.IAMUser, in.UserName)
		if err != nil {
			return err
		}
		if !credentialServices[service] {
			return noSuchEntity(msgServiceNotSupported, service)
		}
		body.UserName = u.Name + "-at-" + account
		if days := deref(in.CredentialAgeDays); days > 0 {
			body.Expires = tx.Now().AddDate(0, 0, int(days)).Unix()
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	c, user, err := s.addCredential(ctx, kindServiceCredential, "ACCA", "ServiceSpecificCredentialsPerUser", maxServiceCredentials, in.UserName, nil, body, newServicePassword)
	if err != nil {
		return nil, err
	}
	return &iam.CreateServiceSpecificCredentialOutput{ServiceSpecificCredential: wireServiceCredential(c, user)}, nil
}

func newServicePassword(tx *store.Tx) []byte {
	return []byte(tx.IDs().SecretAccessKey() + "=")
}

// ListServiceSpecificCredentials lists a user's credentials without passwords.
func (s *Service) ListServiceSpecificCredentials(ctx context.Context, in *iam.ListServiceSpecificCredentialsInput) (*iam.ListServiceSpecificCredentialsOutput, error) {
	if in.ServiceName != nil && !credentialServices[*in.ServiceName] {
		return nil, &types.ServiceNotSupportedException{Message: text(msgServiceNotSupported, []any{*in.ServiceName})}
	}
	list, err := s.listCredentials(ctx, kindServiceCredential, in.UserName, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &iam.ListServiceSpecificCredentialsOutput{Marker: list.marker, IsTruncated: list.truncated, ServiceSpecificCredentials: []types.ServiceSpecificCredentialMetadata{}}
	for _, c := range list.items {
		if in.ServiceName != nil && *in.ServiceName != c.body.Service {
			continue
		}
		m := types.ServiceSpecificCredentialMetadata{
			UserName: list.user, ServiceSpecificCredentialId: &c.object.ID, ServiceName: &c.body.Service, Status: c.body.Status, CreateDate: &c.object.Created, ExpirationDate: expiry(c.body.Expires),
		}
		if bearerService(c.body.Service) {
			m.ServiceCredentialAlias = &c.body.UserName
		} else {
			m.ServiceUserName = &c.body.UserName
		}
		out.ServiceSpecificCredentials = append(out.ServiceSpecificCredentials, m)
	}
	return out, nil
}

// UpdateServiceSpecificCredential switches a credential on or off.
func (s *Service) UpdateServiceSpecificCredential(ctx context.Context, in *iam.UpdateServiceSpecificCredentialInput) (*iam.UpdateServiceSpecificCredentialOutput, error) {
	return &iam.UpdateServiceSpecificCredentialOutput{}, s.setCredential(ctx, kindServiceCredential, in.UserName, in.ServiceSpecificCredentialId, in.Status, msgCredentialNotFound)
}

// ResetServiceSpecificCredential gives a credential a new password.
func (s *Service) ResetServiceSpecificCredential(ctx context.Context, in *iam.ResetServiceSpecificCredentialInput) (*iam.ResetServiceSpecificCredentialOutput, error) {
	var c userCredential
	var user *string
	err := s.update(ctx, func(tx *store.Tx, account string) (err error) {
		c, user, err = credentialOf(ctx, tx, account, kindServiceCredential, in.UserName, in.ServiceSpecificCredentialId, msgCredentialNotFound)
		if err != nil {
			return err
		}
		c.object.Secret = newServicePassword(tx)
		return tx.UpdateIAMObject(c.object)
	})
	if err != nil {
		return nil, err
	}
	return &iam.ResetServiceSpecificCredentialOutput{ServiceSpecificCredential: wireServiceCredential(c, user)}, nil
}

// DeleteServiceSpecificCredential deletes a credential.
func (s *Service) DeleteServiceSpecificCredential(ctx context.Context, in *iam.DeleteServiceSpecificCredentialInput) (*iam.DeleteServiceSpecificCredentialOutput, error) {
	return &iam.DeleteServiceSpecificCredentialOutput{}, s.deleteCredential(ctx, kindServiceCredential, in.UserName, in.ServiceSpecificCredentialId, msgCredentialNotFound)
}
