// Operations: ListWebAuthnCredentials, DeleteWebAuthnCredential.

package userpool

import (
	"context"
	"encoding/base64"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const purposePasskeysPage = "userpool ListWebAuthnCredentials page"

// ListWebAuthnCredentials lists the caller's passkeys (API Reference,
// ListWebAuthnCredentials).
func (s *Service) ListWebAuthnCredentials(ctx context.Context, in *cognito.ListWebAuthnCredentialsInput) (*cognito.ListWebAuthnCredentialsOutput, error) {
	out := &cognito.ListWebAuthnCredentialsOutput{Credentials: []types.WebAuthnCredentialDescription{}}
	limit := int(aws.ToInt32(in.MaxResults))
	if limit <= 0 || limit > maxPasskeys {
		limit = maxPasskeys
	}
	err := s.asBearerView(ctx, aws.ToString(in.AccessToken), func(tx *store.Tx, b *bearer) error {
		after, err := s.openUserPage(purposePasskeysPage, b.user, in.NextToken)
		if err != nil {
			return err
		}
		found, err := tx.Passkeys(b.user, after, limit+1)
		if err != nil {
			return err
		}
		for _, k := range found[:min(limit, len(found))] {
			out.Credentials = append(out.Credentials, passkeyDescription(k))
		}
		if len(found) > limit {
			out.NextToken = s.sealUserPage(purposePasskeysPage, b.user, found[limit-1].ID)
		}
		return nil
	})
	if err != nil {
		return nil, withoutUserNotFound(err, msgAccessTokenRevoked)
	}
	return out, nil
}

func passkeyDescription(k *store.Passkey) types.WebAuthnCredentialDescription {
	d := types.WebAuthnCredentialDescription{
		CredentialId: &k.ID, FriendlyCredentialName: &k.Name, RelyingPartyId: &k.RelyingParty, CreatedAt: &k.Created,
		AuthenticatorTransports: k.Transports,
	}
	if d.AuthenticatorTransports == nil {
		d.AuthenticatorTransports = []string{}
	}
	if k.Attachment != "" {
		d.AuthenticatorAttachment = &k.Attachment
	}
	return d
}

// DeleteWebAuthnCredential deletes one of the caller's passkeys (API Reference,
// DeleteWebAuthnCredential).
func (s *Service) DeleteWebAuthnCredential(ctx context.Context, in *cognito.DeleteWebAuthnCredentialInput) (*cognito.DeleteWebAuthnCredentialOutput, error) {
	err := s.asBearerUpdate(ctx, aws.ToString(in.AccessToken), func(tx *store.Tx, b *bearer) error {
		id := aws.ToString(in.CredentialId)
		if _, err := base64.RawURLEncoding.DecodeString(id); err != nil {
			return notFound(msgPasskeyUnknown)
		}
		err := tx.DeletePasskey(b.user, id)
		if errors.Is(err, store.ErrNotFound) {
			return notFound(msgPasskeyUnknown)
		}
		return err
	})
	if err != nil {
		return nil, withoutUserNotFound(err, msgAccessTokenRevoked)
	}
	return &cognito.DeleteWebAuthnCredentialOutput{}, nil
}
