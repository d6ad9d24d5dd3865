package userpool

// UpdateUserAttributes, DeleteUserAttributes, AdminUpdateUserAttributes,
// AdminDeleteUserAttributes.

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// attributeChange is a change of a user's attributes by its client, or by an
// administrator (no client).
type attributeChange struct {
	pool    *pool
	client  *client
	user    *store.User
	values  map[string]string
	message message
	// sent lists where codes went.
	sent []types.CodeDeliveryDetailsType
}

// check refuses what may not be changed. An empty value deletes. Errors:
// InvalidParameterException, NotAuthorizedException.
func (ch *attributeChange) check() error {
	if err := checkNewAttributes(ch.pool, ch.client, ch.values); err != nil {
		return err
	}
	if err := checkFlags(ch.values, ch.user.Attributes); err != nil {
		return err
	}
	var required strings.Builder
	for _, name := range sortedNames(ch.values) {
		a, value := ch.pool.attribute(name), ch.values[name]
		if !aws.ToBool(a.Mutable) && value != ch.user.Attributes[name] {
			return invalidParameter(msgCannotUpdate, name)
		}
		if value == "" && aws.ToBool(a.Required) {
			required.WriteString(name + ": " + msgRequired + "\n")
		}
	}
	return schemaError(required.String())
}

// waits tells whether the new value of email or phone_number counts only when
// it is verified: the pool wants that (AttributesRequireVerificationBeforeUpdate)
// and an administrator does not declare it verified.
func (ch *attributeChange) waits(name string) bool {
	return ch.values[verifiedFlag(name)] != "true" && slices.Contains(
		ch.pool.Doc.UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate, types.VerifiedAttributeType(name))
}

// changes tells whether the contact attribute gets another value.
func (ch *attributeChange) changes(name string) bool {
	value, given := ch.values[name]
	return given && value != "" && value != ch.user.Attributes[name]
}

// sends tells whether a change of the contact attribute sends a code.
func (ch *attributeChange) sends(name string) bool {
	return ch.changes(name) && ch.values[verifiedFlag(name)] != "true" && (ch.pool.autoVerifies(name) || ch.waits(name))
}

// contactAttributes are the attributes that messages go to.
var contactAttributes = []string{attrEmail, attrPhone}

// prepare checks the change and readies the message for its codes. It is called
// outside of transactions.
func (s *Service) prepareChange(ctx context.Context, ch *attributeChange, metadata map[string]string) (err error) {
	if err := ch.check(); err != nil {
		return err
	}
	if slices.ContainsFunc(contactAttributes, ch.sends) {
		ch.message, err = s.message(ctx, ch.pool, eventUpdateAttribute, ch.pool.event("", ch.user, ch.client, metadata))
	}
	return err
}

// applyChange writes the change to the user. Errors: those of check,
// AliasExistsException.
func (s *Service) applyChange(tx *store.Tx, ch *attributeChange) error {
	if err := ch.check(); err != nil {
		return err
	}
	ch.sent = nil
	for _, name := range contactAttributes {
		if err := s.applyContact(tx, ch, name); err != nil {
			return err
		}
	}
	for name, value := range ch.values {
		switch {
		case slices.Contains(contactAttributes, name):
		case value == "":
			delete(ch.user.Attributes, name)
		default:
			ch.user.Attributes[name] = value
		}
	}
	if err := syncAliases(tx, ch.pool, ch.user, false); err != nil {
		return err
	}
	return tx.UpdateUser(ch.user)
}

// applyContact applies a new e-mail address or phone number, which is not
// verified at first, and sends a code where the pool asks for it.
func (s *Service) applyContact(tx *store.Tx, ch *attributeChange, name string) error {
	value, given := ch.values[name]
	u, waits := ch.user, ch.changes(name) && ch.waits(name)
	switch {
	case !given:
		return nil
	case value == "":
		delete(u.Attributes, name)
		delete(u.Attributes, verifiedFlag(name))
		return tx.DeleteCode(u.PoolID, u.Sub, purposeAttribute+name)
	case !ch.changes(name):
		return nil
	case waits && ch.pool.hasName(name):
		taken, err := aliasTaken(tx, ch.pool, u, name, value)
		if err != nil {
			return err
		}
		if taken {
			return aliasExists(name)
		}
	}
	sends := ch.sends(name)
	if !waits {
		u.Attributes[name], u.Attributes[verifiedFlag(name)] = value, "false"
		if err := tx.DeleteCode(u.PoolID, u.Sub, purposeAttribute+name); err != nil {
			return err
		}
	}
	if !sends {
		return nil
	}
	d := destination{name, value}
	ch.sent = append(ch.sent, *d.details())
	return s.sendCode(tx, ch.pool, u, purposeAttribute+name, codeLife, d, ch.message)
}

// hasName tells whether values of the attribute are names of users.
func (p *pool) hasName(attribute string) bool {
	return p.signsUpWith(attribute) || p.hasAlias(attribute)
}

// UpdateUserAttributes changes attributes of the user of an access token (API
// Reference, UpdateUserAttributes).
func (s *Service) UpdateUserAttributes(ctx context.Context, in *cognito.UpdateUserAttributesInput) (*cognito.UpdateUserAttributesOutput, error) {
	ch := &attributeChange{values: attributeMap(in.UserAttributes)}
	token := aws.ToString(in.AccessToken)
	err := s.asBearerView(ctx, token, func(_ *store.Tx, b *bearer) error {
		ch.pool, ch.client, ch.user = b.pool, b.client, b.user
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := s.prepareChange(ctx, ch, in.ClientMetadata); err != nil {
		return nil, err
	}
	err = s.asBearer(ctx, s.update, token, func(tx *store.Tx, b *bearer) error {
		ch.user = b.user
		return s.applyChange(tx, ch)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.UpdateUserAttributesOutput{CodeDeliveryDetailsList: ch.sent}, nil
}

// AdminUpdateUserAttributes changes attributes of a user, and may declare
// e-mail addresses and phone numbers verified (API Reference,
// AdminUpdateUserAttributes).
func (s *Service) AdminUpdateUserAttributes(ctx context.Context, in *cognito.AdminUpdateUserAttributesInput) (*cognito.AdminUpdateUserAttributesOutput, error) {
	ch := &attributeChange{values: attributeMap(in.UserAttributes)}
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		ch.pool, ch.user, err = s.adminUser(ctx, tx, in.UserPoolId, in.Username)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := s.prepareChange(ctx, ch, in.ClientMetadata); err != nil {
		return nil, err
	}
	err = s.asAdmin(ctx, in.UserPoolId, in.Username, func(tx *store.Tx, _ *pool, u *store.User) error {
		ch.user = u
		return s.applyChange(tx, ch)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.AdminUpdateUserAttributesOutput{}, nil
}

// deletions is the change that deletes the attributes named.
func deletions(names []string) map[string]string {
	values := make(map[string]string, len(names))
	for _, name := range names {
		values[name] = ""
	}
	return values
}

// DeleteUserAttributes deletes attributes of the user of an access token (API
// Reference, DeleteUserAttributes).
func (s *Service) DeleteUserAttributes(ctx context.Context, in *cognito.DeleteUserAttributesInput) (*cognito.DeleteUserAttributesOutput, error) {
	err := s.asBearer(ctx, s.update, aws.ToString(in.AccessToken), func(tx *store.Tx, b *bearer) error {
		return s.applyChange(tx, &attributeChange{pool: b.pool, client: b.client, user: b.user, values: deletions(in.UserAttributeNames)})
	})
	if err != nil {
		return nil, err
	}
	return &cognito.DeleteUserAttributesOutput{}, nil
}

// AdminDeleteUserAttributes deletes attributes of a user (API Reference,
// AdminDeleteUserAttributes).
func (s *Service) AdminDeleteUserAttributes(ctx context.Context, in *cognito.AdminDeleteUserAttributesInput) (*cognito.AdminDeleteUserAttributesOutput, error) {
	err := s.asAdmin(ctx, in.UserPoolId, in.Username, func(tx *store.Tx, p *pool, u *store.User) error {
		return s.applyChange(tx, &attributeChange{pool: p, user: u, values: deletions(in.UserAttributeNames)})
	})
	if err != nil {
		return nil, err
	}
	return &cognito.AdminDeleteUserAttributesOutput{}, nil
}
