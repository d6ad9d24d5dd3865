package userpool

// SignUp.

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgSignUpClosed  = "SignUp is not permitted for this user pool"
	msgNoPassword    = "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null"
	msgCannotConfirm = "User cannot be confirmed. Current status is %s"
)

// registration is a sign-up on its way.
type registration struct {
	client *client
	pool   *pool
	user   *store.User
	// password is nil for a user without one.
	password *password
	// to is where the code goes; nil when none is sent.
	to      *destination
	message message
}

// SignUp adds a user to the pool of an app client and sends a confirmation
// code to an attribute that the pool verifies automatically (API Reference,
// SignUp). Without a password the pool must allow one-time codes as first
// factors and the client USER_AUTH.
func (s *Service) SignUp(ctx context.Context, in *cognito.SignUpInput) (*cognito.SignUpOutput, error) {
	r := &registration{}
	err := s.store.View(ctx, func(tx *store.Tx) error { return s.beginSignUp(tx, r, in) })
	if err != nil {
		return nil, err
	}
	if err := s.preSignUp(ctx, r, in); err != nil {
		return nil, err
	}
	if plain := aws.ToString(in.Password); plain != "" {
		pw := newPassword(s.ids, r.pool.ID, r.user.Username, plain)
		r.password = &pw
	}
	known, err := s.refuseCompromised(ctx, r.pool, r.client, types.EventFilterTypeSignUp, aws.ToString(in.Password))
	if err != nil {
		return nil, err
	}
	event := r.pool.event(eventPostConfirmation, r.user, r.client, in.ClientMetadata)
	if r.to != nil {
		if r.message, err = s.message(ctx, r.pool, eventSignUp, event); err != nil {
			return nil, err
		}
	}
	if err := s.update(ctx, func(tx *store.Tx) error { return s.register(tx, r) }); err != nil {
		return nil, err
	}
	if err := s.recordEvent(r.client.withUserContext(ctx, in.UserContextData), r.pool, r.user, r.client, types.EventTypeSignUp, nil, compromisedEvent(known)); err != nil {
		return nil, err
	}
	out := &cognito.SignUpOutput{UserSub: aws.String(r.user.Sub), UserConfirmed: confirmed(r.user)}
	if r.to != nil {
		out.CodeDeliveryDetails = r.to.details()
	}
	if out.UserConfirmed {
		return out, s.triggers.PostConfirmation(ctx, event)
	}
	out.Session = s.sealSignUpSession(sessionSignedUp, r.client, r.user, s.clock.Now())
	return out, nil
}

// beginSignUp checks everything that needs no look at other users.
func (s *Service) beginSignUp(tx *store.Tx, r *registration, in *cognito.SignUpInput) (err error) {
	name := aws.ToString(in.Username)
	if r.client, r.pool, err = s.client(tx, aws.ToString(in.ClientId)); err != nil {
		return err
	}
	if err := checkSecretHash(r.client, name, aws.ToString(in.SecretHash)); err != nil {
		return err
	}
	if r.pool.Doc.AdminCreateUserConfig.AllowAdminCreateUserOnly {
		return notAuthorized(msgSignUpClosed)
	}
	if err := checkSignUpPassword(r.client, r.pool, aws.ToString(in.Password)); err != nil {
		return err
	}
	attributes := attributeMap(in.UserAttributes)
	if r.user, err = s.newUser(r.pool, name, attributes); err != nil {
		return err
	}
	if err := checkNewAttributes(r.pool, r.client, attributes); err != nil {
		return err
	}
	if r.pool.hasAlias(attrPreferredUsername) && attributes[attrPreferredUsername] != "" {
		return invalidParameter(msgPreferredAtSignUp)
	}
	r.user.Status = string(types.UserStatusTypeUnconfirmed)
	return checkRequired(r.pool, attributes)
}

func checkSignUpPassword(c *client, p *pool, plain string) error {
	if plain != "" {
		return checkPolicy(p, plain, msgPolicy)
	}
	if !p.passwordless() || !c.allows(types.ExplicitAuthFlowsTypeAllowUserAuth) {
		return invalidParameter(msgNoPassword)
	}
	return nil
}

// passwordless tells whether users may do without a password: one-time codes
// are allowed as first factors.
func (p *pool) passwordless() bool {
	return p.firstFactor(types.AuthFactorTypeEmailOtp) || p.firstFactor(types.AuthFactorTypeSmsOtp)
}

// preSignUp runs the pool's PreSignUp trigger, which may confirm the user and
// verify attributes, and decides where the code goes.
func (s *Service) preSignUp(ctx context.Context, r *registration, in *cognito.SignUpInput) error {
	event := r.pool.event("PreSignUp_SignUp", r.user, r.client, in.ClientMetadata)
	event.ValidationData = attributeMap(in.ValidationData)
	if r.pool.usernameIsAttribute() {
		// The sub does not exist yet for the function.
		event.UserName = r.user.Sub
	}
	answer, err := s.triggers.PreSignUp(ctx, event)
	if err != nil {
		return err
	}
	for attribute, verify := range map[string]bool{attrEmail: answer.AutoVerifyEmail, attrPhone: answer.AutoVerifyPhone} {
		if r.user.Attributes[attribute] == "" {
			continue
		}
		r.user.Attributes[verifiedFlag(attribute)] = "false"
		if verify {
			r.user.Attributes[verifiedFlag(attribute)] = "true"
		}
	}
	if answer.AutoConfirmUser {
		r.user.Status = string(types.UserStatusTypeConfirmed)
		return nil
	}
	r.to = r.pool.confirmationDestination(r.user)
	return nil
}

// confirmationDestination is where a sign-up code goes: the phone number or
// else the e-mail address, as far as the pool verifies it automatically and the
// user has it; nil when there is none.
func (p *pool) confirmationDestination(u *store.User) *destination {
	for _, attribute := range []string{attrPhone, attrEmail} {
		if p.autoVerifies(attribute) && u.Attributes[attribute] != "" {
			d := destinationOf(u, attribute)
			return &d
		}
	}
	return nil
}

// register adds the user, its names, its password and the message.
func (s *Service) register(tx *store.Tx, r *registration) error {
	// The pool or client may have been deleted meanwhile.
	if _, _, err := s.client(tx, r.client.ID); err != nil {
		return err
	}
	if err := refuseTaken(tx, r.pool, r.user); err != nil {
		return err
	}
	if err := tx.InsertUser(r.user); err != nil {
		return err
	}
	if err := syncAliases(tx, r.pool, r.user, false); err != nil {
		return err
	}
	if r.password != nil {
		if err := setPassword(tx, r.pool, r.user, *r.password, time.Time{}); err != nil {
			return err
		}
	}
	if r.to == nil {
		return nil
	}
	return s.sendCode(tx, r.pool, r.user, purposeConfirm, codeLife, *r.to, r.message)
}

func confirmed(u *store.User) bool { return u.Status == string(types.UserStatusTypeConfirmed) }
