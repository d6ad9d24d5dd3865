package userpool

// AdminCreateUser.

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgAccountExists  = "User account already exists"
	msgResendNotAsked = "Resend not possible. %s status is not FORCE_CHANGE_PASSWORD"
)

// invitation is a user that an administrator creates, or invites again.
type invitation struct {
	pool *pool
	user *store.User
	// plain is the temporary password; empty for a user without one.
	plain    string
	password *password
	to       []destination
	message  message
}

// AdminCreateUser creates a user with a temporary password and sends an
// invitation, or with the MessageAction RESEND sends it again with a new
// temporary password (API Reference, AdminCreateUser). Without a
// TemporaryPassword one is generated, but where one-time codes are allowed as
// first factors the user gets none and is confirmed.
func (s *Service) AdminCreateUser(ctx context.Context, in *cognito.AdminCreateUserInput) (*cognito.AdminCreateUserOutput, error) {
	i := &invitation{}
	resent := in.MessageAction == types.MessageActionTypeResend
	err := s.store.View(ctx, func(tx *store.Tx) error {
		if resent {
			return s.beginReinvite(ctx, tx, i, in)
		}
		return s.beginInvite(ctx, tx, i, in)
	})
	if err != nil {
		return nil, err
	}
	if err := s.prepareInvite(ctx, i, in, resent); err != nil {
		return nil, err
	}
	err = s.update(ctx, func(tx *store.Tx) error {
		if resent {
			return s.reinvite(ctx, tx, i)
		}
		return s.invite(ctx, tx, i, in.ForceAliasCreation)
	})
	if err != nil {
		return nil, err
	}
	user := userType(i.user, nil)
	return &cognito.AdminCreateUserOutput{User: &user}, nil
}

// beginInvite checks everything that needs no look at other users.
func (s *Service) beginInvite(ctx context.Context, tx *store.Tx, i *invitation, in *cognito.AdminCreateUserInput) (err error) {
	if i.pool, err = s.pool(ctx, tx, aws.ToString(in.UserPoolId)); err != nil {
		return err
	}
	attributes := attributeMap(in.UserAttributes)
	if i.user, err = s.newUser(i.pool, aws.ToString(in.Username), attributes); err != nil {
		return err
	}
	if err := checkNewAttributes(i.pool, nil, attributes); err != nil {
		return err
	}
	if err := checkFlags(attributes, nil); err != nil {
		return err
	}
	i.user.Status = string(types.UserStatusTypeForceChangePassword)
	if i.plain = aws.ToString(in.TemporaryPassword); i.plain != "" {
		return checkPolicy(i.pool, i.plain, msgPolicy)
	}
	if i.pool.passwordless() {
		i.user.Status = string(types.UserStatusTypeConfirmed)
		return nil
	}
	i.plain = generatePassword(s.ids, i.pool)
	return nil
}

func (s *Service) beginReinvite(ctx context.Context, tx *store.Tx, i *invitation, in *cognito.AdminCreateUserInput) (err error) {
	if i.pool, i.user, err = s.adminUser(ctx, tx, in.UserPoolId, in.Username); err != nil {
		return err
	}
	if err := refuseReinvite(i.user); err != nil {
		return err
	}
	if i.plain = aws.ToString(in.TemporaryPassword); i.plain != "" {
		return checkPolicy(i.pool, i.plain, msgPolicy)
	}
	i.plain = generatePassword(s.ids, i.pool)
	return nil
}

func refuseReinvite(u *store.User) error {
	if u.Status == string(types.UserStatusTypeForceChangePassword) {
		return nil
	}
	return &types.UnsupportedUserStateException{Message: text(msgResendNotAsked, []any{u.Username})}
}

// prepareInvite runs the triggers, decides where the invitation goes and
// computes the verifier.
func (s *Service) prepareInvite(ctx context.Context, i *invitation, in *cognito.AdminCreateUserInput, resent bool) (err error) {
	event := i.pool.event("PreSignUp_AdminCreateUser", i.user, nil, in.ClientMetadata)
	event.ValidationData = attributeMap(in.ValidationData)
	if !resent {
		if _, err := s.triggers.PreSignUp(ctx, event); err != nil {
			return err
		}
	}
	if in.MessageAction != types.MessageActionTypeSuppress {
		i.to = invitationDestinations(i.user, in.DesiredDeliveryMediums)
	}
	if len(i.to) > 0 {
		if i.message, err = s.message(ctx, i.pool, eventAdminCreateUser, event); err != nil {
			return err
		}
	}
	if i.plain != "" {
		pw := newPassword(s.ids, i.pool.ID, i.user.Username, i.plain)
		i.password = &pw
	}
	return nil
}

// invitationDestinations lists where an invitation goes: by the media desired,
// or else by SMS, as far as the user has the attribute.
func invitationDestinations(u *store.User, media []types.DeliveryMediumType) (to []destination) {
	if len(media) == 0 {
		media = []types.DeliveryMediumType{types.DeliveryMediumTypeSms}
	}
	for _, attribute := range []string{attrPhone, attrEmail} {
		d := destinationOf(u, attribute)
		if d.value != "" && slices.Contains(media, types.DeliveryMediumType(d.channel())) {
			to = append(to, d)
		}
	}
	return to
}

func (s *Service) invite(ctx context.Context, tx *store.Tx, i *invitation, force bool) error {
	if _, err := s.pool(ctx, tx, i.pool.ID); err != nil {
		return err
	}
	var taken *types.UsernameExistsException
	if err := refuseTaken(tx, i.pool, i.user); errors.As(err, &taken) {
		return usernameExists(msgAccountExists)
	} else if err != nil {
		return err
	}
	if err := tx.InsertUser(i.user); err != nil {
		return err
	}
	if err := syncAliases(tx, i.pool, i.user, force); err != nil {
		return err
	}
	return s.sendInvitation(tx, i)
}

func (s *Service) reinvite(ctx context.Context, tx *store.Tx, i *invitation) (err error) {
	_, i.user, err = s.adminUser(ctx, tx, &i.pool.ID, &i.user.Sub)
	if err != nil {
		return err
	}
	if err := refuseReinvite(i.user); err != nil {
		return err
	}
	return s.sendInvitation(tx, i)
}

// sendInvitation sets the temporary password and sends it.
func (s *Service) sendInvitation(tx *store.Tx, i *invitation) error {
	expires := i.pool.temporaryExpiry(tx.Now())
	if i.password != nil {
		if err := setPassword(tx, i.pool, i.user, *i.password, expires); err != nil {
			return err
		}
	} else {
		expires = time.Time{}
	}
	for _, d := range i.to {
		if err := s.send(tx, i.pool, i.user, d, i.message, i.plain, expires); err != nil {
			return err
		}
	}
	return nil
}
