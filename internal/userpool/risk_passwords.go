package userpool

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// Compromised credentials: in pools with threat protection, passwords that are
// sent as such are looked up in a list of publicly known ones (Developer Guide,
// "Working with compromised-credentials detection"). SRP shows none.

const (
	msgCompromisedSignIn = "Password reset required for the user due to security reasons"
	msgCompromised       = "Provided password cannot be used for security reasons."
)

// PasswordList is a list of publicly known passwords.
type PasswordList interface {
	// Has tells whether the password is in it.
	Has(password string) (bool, error)
}

// compromisedIn tells whether a pool that looks for it is shown a publicly known
// password. A list that cannot be read refuses nobody.
func (s *Service) compromisedIn(ctx context.Context, p *pool, plain string) bool {
	if s.passwords == nil || !p.protects() || plain == "" {
		return false
	}
	has, err := s.passwords.Has(plain)
	if err != nil {
		s.log.ErrorContext(ctx, "the list of compromised passwords", "error", err)
	}
	return has
}

// blocksCompromised tells whether the configuration blocks publicly known
// passwords in the event. Without a filter it is about every event.
func (p *pool) blocksCompromised(r *types.RiskConfigurationType, event types.EventFilterType) bool {
	c := r.CompromisedCredentialsRiskConfiguration
	return p.enforcesProtection() && c != nil && c.Actions != nil && c.Actions.EventAction == types.CompromisedCredentialsEventActionTypeBlock &&
		(len(c.EventFilter) == 0 || slices.Contains(c.EventFilter, event))
}

// refuseCompromised refuses a new password that is publicly known, where the
// configuration says so, and else tells whether it is. Errors:
// InvalidPasswordException.
func (s *Service) refuseCompromised(ctx context.Context, p *pool, c *client, event types.EventFilterType, plain string) (bool, error) {
	if !s.compromisedIn(ctx, p, plain) {
		return false, nil
	}
	block := false
	err := s.store.View(ctx, func(tx *store.Tx) error {
		config, err := riskConfiguration(tx, p.ID, c.ID)
		if err == nil {
			block = p.blocksCompromised(config, event)
		}
		return err
	})
	if err == nil && block {
		err = &types.InvalidPasswordException{Message: aws.String(msgCompromised)}
	}
	return true, err
}

// assessPassword refuses a sign-in with a publicly known password, where the
// configuration says so: the user has to reset it. Errors:
// PasswordResetRequiredException.
func (a *attempt) assessPassword(r *types.RiskConfigurationType) error {
	if !a.compromised {
		return nil
	}
	a.session.Compromised = true
	if !a.pool.blocksCompromised(r, types.EventFilterTypeSignIn) {
		return nil
	}
	a.session.RiskDecision = string(types.RiskDecisionTypeBlock)
	return &types.PasswordResetRequiredException{Message: aws.String(msgCompromisedSignIn)}
}

// compromisedEvent marks an event as one with a publicly known password.
func compromisedEvent(found bool) func(*store.AuthEvent) {
	return func(e *store.AuthEvent) { e.Compromised = found }
}
