package userpool

// ConfirmSignUp, AdminConfirmSignUp.

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const eventPostConfirmation = "PostConfirmation_ConfirmSignUp"

// ConfirmSignUp confirms a user with the code that was sent at sign-up, which
// verifies the attribute that it was sent to (API Reference, ConfirmSignUp).
func (s *Service) ConfirmSignUp(ctx context.Context, in *cognito.ConfirmSignUpInput) (*cognito.ConfirmSignUpOutput, error) {
	var event *TriggerEvent
	out := &cognito.ConfirmSignUpOutput{}
	err := s.update(ctx, func(tx *store.Tx) error {
		c, p, u, err := s.clientUser(tx, in.ClientId, in.Username, in.SecretHash)
		if errors.Is(err, store.ErrNotFound) {
			return s.refuseUnknownConfirm(tx, c, p, aws.ToString(in.Username))
		}
		if err != nil {
			return err
		}
		if err := s.confirmSignUp(tx, p, u, in); err != nil {
			return err
		}
		out.Session = s.confirmedSession(c, u, aws.ToString(in.Session), tx.Now())
		event = p.event(eventPostConfirmation, u, c, in.ClientMetadata)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := s.triggers.PostConfirmation(ctx, event); err != nil {
		return nil, err
	}
	return out, nil
}

// clientUser resolves what public operations name: the client, its pool and a
// user of it, after the secret hash. The error is store.ErrNotFound, with
// client and pool, when there is no such user.
func (s *Service) clientUser(tx *store.Tx, clientID, username, secretHash *string) (*client, *pool, *store.User, error) {
	c, p, err := s.client(tx, aws.ToString(clientID))
	if err != nil {
		return nil, nil, nil, err
	}
	if err := checkSecretHash(c, aws.ToString(username), aws.ToString(secretHash)); err != nil {
		return nil, nil, nil, err
	}
	u, err := findUser(tx, p, aws.ToString(username))
	return c, p, u, err
}

// refuseUnknownConfirm answers for a user that does not exist. A client that
// hides users answers as for one whose code has expired, with its limit.
func (s *Service) refuseUnknownConfirm(tx *store.Tx, c *client, p *pool, name string) error {
	if !c.hidesUsers() {
		return clientUserNotFound()
	}
	if err := countAttempt(tx, p.ID, s.subjectOf(p, nil, name), limitConfirmSignUp); err != nil {
		return err
	}
	return keep(codeExpired())
}

func clientUserNotFound() error {
	return &types.UserNotFoundException{Message: aws.String(msgClientUserNotFound)}
}

func (s *Service) confirmSignUp(tx *store.Tx, p *pool, u *store.User, in *cognito.ConfirmSignUpInput) error {
	if err := countAttempt(tx, p.ID, u.Sub, limitConfirmSignUp); err != nil {
		return err
	}
	if err := refuseConfirmed(u); err != nil {
		return keep(err)
	}
	code, err := redeemCode(tx, u, purposeConfirm, aws.ToString(in.ConfirmationCode))
	if err != nil {
		return err
	}
	if u.Attributes[code.Attribute] == code.Value {
		u.Attributes[verifiedFlag(code.Attribute)] = "true"
	}
	if err := tx.ResetAttempts(p.ID, u.Sub, limitConfirmSignUp.kind); err != nil {
		return err
	}
	return confirm(tx, p, u, in.ForceAliasCreation)
}

func refuseConfirmed(u *store.User) error {
	if u.Status == string(types.UserStatusTypeUnconfirmed) {
		return nil
	}
	return notAuthorized(msgCannotConfirm, u.Status)
}

// confirm makes the user a confirmed one with its verified aliases. Errors:
// AliasExistsException.
func confirm(tx *store.Tx, p *pool, u *store.User, force bool) error {
	u.Status = string(types.UserStatusTypeConfirmed)
	if err := syncAliases(tx, p, u, force); err != nil {
		return err
	}
	return tx.UpdateUser(u)
}

// AdminConfirmSignUp confirms a user without a code; its attributes stay as
// verified as they are (API Reference, AdminConfirmSignUp).
func (s *Service) AdminConfirmSignUp(ctx context.Context, in *cognito.AdminConfirmSignUpInput) (*cognito.AdminConfirmSignUpOutput, error) {
	var event *TriggerEvent
	err := s.asAdmin(ctx, in.UserPoolId, in.Username, func(tx *store.Tx, p *pool, u *store.User) error {
		if err := refuseConfirmed(u); err != nil {
			return err
		}
		if err := tx.DeleteCode(p.ID, u.Sub, purposeConfirm); err != nil {
			return err
		}
		event = p.event(eventPostConfirmation, u, nil, in.ClientMetadata)
		return confirm(tx, p, u, false)
	})
	if err != nil {
		return nil, err
	}
	event.UserAttributes["cognito:user_status"] = string(types.UserStatusTypeConfirmed)
	return &cognito.AdminConfirmSignUpOutput{}, s.triggers.PostConfirmation(ctx, event)
}
