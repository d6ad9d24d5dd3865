package userpool

// GetUserAttributeVerificationCode, VerifyUserAttribute.

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgNotVerifiable = "Invalid attribute name: %s cannot be verified."
	msgNoValue       = "User does not have a value for the attribute %s."
)

// GetUserAttributeVerificationCode sends a code that verifies the e-mail
// address or phone number of the user of an access token, or the new value that
// waits for its verification (API Reference, GetUserAttributeVerificationCode).
func (s *Service) GetUserAttributeVerificationCode(ctx context.Context, in *cognito.GetUserAttributeVerificationCodeInput) (*cognito.GetUserAttributeVerificationCodeOutput, error) {
	name, token := aws.ToString(in.AttributeName), aws.ToString(in.AccessToken)
	var caller *bearer
	err := s.asBearerView(ctx, token, func(tx *store.Tx, b *bearer) error {
		caller = b
		_, err := verifiable(tx, b, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	m, err := s.message(ctx, caller.pool, eventVerifyAttribute, caller.pool.event("", caller.user, caller.client, in.ClientMetadata))
	if err != nil {
		return nil, err
	}
	var d destination
	err = s.asBearer(ctx, s.update, token, func(tx *store.Tx, b *bearer) (err error) {
		if err := countAttempt(tx, b.pool.ID, b.user.Sub, limitAttributeCode); err != nil {
			return err
		}
		if d, err = verifiable(tx, b, name); err != nil {
			return err
		}
		return s.sendCode(tx, b.pool, b.user, purposeAttribute+name, codeLife, d, m)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.GetUserAttributeVerificationCodeOutput{CodeDeliveryDetails: d.details()}, nil
}

// verifiable is where a code that verifies the attribute goes.
func verifiable(tx *store.Tx, b *bearer, name string) (destination, error) {
	if !slices.Contains(contactAttributes, name) {
		return destination{}, invalidParameter(msgNotVerifiable, name)
	}
	pending, err := tx.Code(b.pool.ID, b.user.Sub, purposeAttribute+name)
	if err == nil && tx.Now().Before(pending.Expires) {
		return destination{name, pending.Value}, nil
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return destination{}, err
	}
	d := destinationOf(b.user, name)
	if d.value == "" {
		return destination{}, invalidParameter(msgNoValue, name)
	}
	return d, nil
}

// VerifyUserAttribute verifies an e-mail address or phone number with the code
// that was sent to it. A new value that waited for that takes effect (API
// Reference, VerifyUserAttribute).
func (s *Service) VerifyUserAttribute(ctx context.Context, in *cognito.VerifyUserAttributeInput) (*cognito.VerifyUserAttributeOutput, error) {
	name := aws.ToString(in.AttributeName)
	if !slices.Contains(contactAttributes, name) {
		return nil, invalidParameter(msgNotVerifiable, name)
	}
	err := s.asBearer(ctx, s.update, aws.ToString(in.AccessToken), func(tx *store.Tx, b *bearer) error {
		if err := countAttempt(tx, b.pool.ID, b.user.Sub, limitVerifyAttribute); err != nil {
			return err
		}
		code, err := redeemCode(tx, b.user, purposeAttribute+name, aws.ToString(in.Code))
		if err != nil {
			return err
		}
		b.user.Attributes[name], b.user.Attributes[verifiedFlag(name)] = code.Value, "true"
		if err := syncAliases(tx, b.pool, b.user, false); err != nil {
			return err
		}
		if err := tx.ResetAttempts(b.pool.ID, b.user.Sub, limitVerifyAttribute.kind); err != nil {
			return err
		}
		return tx.UpdateUser(b.user)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.VerifyUserAttributeOutput{}, nil
}
