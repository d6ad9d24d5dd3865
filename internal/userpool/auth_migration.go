package userpool

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// Users who come along from another directory: when a pool has a UserMigration
// function, it is asked for users that the pool does not have, at sign-ins with
// a plain password and when a password was forgotten (Developer Guide, "Migrate
// user Lambda trigger").

// newcomer is somebody whom the pool does not have.
type newcomer struct {
	// source is the triggerSource, name what was given as username, password what
	// came with it, if it did.
	source, name, password string
	validation, metadata   map[string]string
}

func (p *pool) migratesUsers() bool {
	return p.replica == nil && p.Doc.LambdaConfig != nil && p.Doc.LambdaConfig.UserMigration != nil
}

// migrateSignIn makes the user who wants to sign in a user of the pool, if the
// function knows it and accepts the password. While failures lock the name the
// function is not asked.
func (s *Service) migrateSignIn(ctx context.Context, a *attempt) error {
	if locked(a.lockout, s.clock.Now()) {
		return notAuthorized(msgLocked)
	}
	n := &newcomer{source: "UserMigration_Authentication", name: a.name, password: a.params[paramPassword], validation: a.validation}
	err := s.migrate(ctx, a.pool, a.client, n)
	var unknown *types.UserNotFoundException
	switch {
	case errors.As(err, &unknown) && a.client.hidesUsers():
		return nil
	case err != nil:
		return err
	}
	return s.store.View(ctx, func(tx *store.Tx) error { return s.identify(tx, a) })
}

// migrate adds the user as the pool's function describes it: with the password
// if finalUserStatus is CONFIRMED, to which the policy does not apply, and else
// with the status RESET_REQUIRED. Unless messageAction is SUPPRESS, who signs in
// is sent the pool's invitation. Errors:
// UserNotFoundException when the function does not know the user either, and
// those of the function.
func (s *Service) migrate(ctx context.Context, p *pool, c *client, n *newcomer) error {
	found, err := s.triggers.UserMigration(ctx, &TriggerEvent{
		Source: n.source, Functions: p.Doc.LambdaConfig, Account: p.Account, Region: p.Region, PoolID: p.ID, ClientID: c.ID,
		UserName: n.name, UserAttributes: map[string]string{}, Password: n.password, ValidationData: n.validation, ClientMetadata: n.metadata,
	})
	switch {
	case err != nil:
		return err
	case found.UserAttributes == nil:
		return userNotFound()
	}
	attributes := maps.Clone(found.UserAttributes)
	u, err := s.newUser(p, n.name, attributes)
	if err != nil {
		return err
	}
	if err := checkNewAttributes(p, nil, attributes); err != nil {
		return err
	}
	if found.EnableSMSMFA && p.mfaOffered(mfaSMS) {
		enableMFA(u, mfaSMS)
	}
	// Who is not confirmed by the function has to choose a password.
	u.Status = string(types.UserStatusTypeResetRequired)
	i := &invitation{pool: p, user: u, plain: hiddenPassword}
	if found.FinalUserStatus == string(types.UserStatusTypeConfirmed) {
		u.Status = found.FinalUserStatus
		if n.password != "" {
			made := newPassword(s.ids, p.ID, u.Username, n.password)
			i.password = &made
		}
	}
	if found.MessageAction != string(types.MessageActionTypeSuppress) && n.password != "" {
		i.to = invitationDestinations(u, found.DesiredDeliveryMediums)
	}
	if len(i.to) > 0 {
		if i.message, err = s.message(ctx, p, eventAdminCreateUser, p.event("", u, c, n.metadata)); err != nil {
			return err
		}
	}
	return s.update(ctx, func(tx *store.Tx) error { return s.settleIn(tx, c, i, found.ForceAliasCreation) })
}

// hiddenPassword stands for the password in the message that welcomes a
// migrated user: it is the user's own, which is not sent around.
const hiddenPassword = "********"

// settleIn adds a migrated user and welcomes it. Another sign-in may have added
// it meanwhile.
func (s *Service) settleIn(tx *store.Tx, c *client, i *invitation, force bool) error {
	if _, _, err := s.client(tx, c.ID); err != nil {
		return err
	}
	var taken *types.UsernameExistsException
	if err := refuseTaken(tx, i.pool, i.user); errors.As(err, &taken) {
		return nil
	} else if err != nil {
		return err
	}
	if err := tx.InsertUser(i.user); err != nil {
		return err
	}
	if i.password != nil {
		if err := setPassword(tx, i.pool, i.user, *i.password, time.Time{}); err != nil {
			return err
		}
	}
	if err := syncAliases(tx, i.pool, i.user, force); err != nil {
		return err
	}
	for _, d := range i.to {
		if err := s.send(tx, i.pool, i.user, d, i.message, i.plain, time.Time{}); err != nil {
			return err
		}
	}
	return nil
}

// migrateForgotten makes a user who forgot the password a user of the pool, if
// the function knows it, and tells whether it did. A function that fails shows.
func (s *Service) migrateForgotten(ctx context.Context, r *resend, in *cognito.ForgotPasswordInput) (bool, error) {
	if r.client == nil || r.user != nil || !r.pool.migratesUsers() {
		return false, nil
	}
	err := s.migrate(ctx, r.pool, r.client, &newcomer{
		source: "UserMigration_ForgotPassword", name: aws.ToString(in.Username), metadata: in.ClientMetadata,
	})
	var unknown *types.UserNotFoundException
	if errors.As(err, &unknown) {
		return false, nil
	}
	return err == nil, err
}
