package userpool

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// The challenge NEW_PASSWORD_REQUIRED of users with a temporary password.

const paramNewPassword = "NEW_PASSWORD"

const (
	msgAttributeMissing  = "Invalid attributes given, %s is missing"
	msgAttributeProvided = "Cannot modify an already provided %s"
)

// answerNewPassword takes the password that the user chose, and the attributes
// that were missing, and confirms the user.
func (s *Service) answerNewPassword(ctx context.Context, a *attempt) (*answer, error) {
	var former []password
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		former, err = passwords(tx, a.pool, a.user)
		return err
	})
	if err != nil {
		return nil, err
	}
	attributes := a.givenAttributes()
	if err := a.checkGiven(attributes); err != nil {
		return nil, err
	}
	chosen, err := s.choosePassword(a.pool, a.user, former, a.params[paramNewPassword], msgPolicyChallenge)
	if err != nil {
		return nil, err
	}
	if _, err := s.refuseCompromised(ctx, a.pool, a.client, types.EventFilterTypePasswordChange, a.params[paramNewPassword]); err != nil {
		return nil, err
	}
	return s.settle(ctx, a, func(tx *store.Tx) error {
		if _, err := checkSession(tx, a); err != nil {
			return err
		}
		// Again, on what the user is now.
		if err := a.checkGiven(attributes); err != nil {
			return err
		}
		if err := s.mayEnter(tx, a); err != nil {
			return err
		}
		return a.setNewPassword(tx, chosen, attributes)
	})
}

// givenAttributes are the responses userAttributes.<name>.
func (a *attempt) givenAttributes() map[string]string {
	given := map[string]string{}
	for key, value := range a.params {
		if name, ok := strings.CutPrefix(key, attributeParam); ok {
			given[name] = value
		}
	}
	return given
}

func (a *attempt) checkGiven(given map[string]string) error {
	if err := checkNewAttributes(a.pool, a.client, given); err != nil {
		return err
	}
	for _, name := range sortedNames(given) {
		if a.user.Attributes[name] != "" && a.user.Attributes[name] != given[name] {
			return notAuthorized(msgAttributeProvided, name)
		}
	}
	for _, name := range a.missingAttributes() {
		if given[name] == "" {
			return invalidParameter(msgAttributeMissing, name)
		}
	}
	return nil
}

// setNewPassword confirms the user. It ends the session that asked for it, as
// every session that was begun with the temporary password.
func (a *attempt) setNewPassword(tx *store.Tx, chosen password, given map[string]string) error {
	u := a.user
	u.Status = string(types.UserStatusTypeConfirmed)
	for name, value := range given {
		if flag := verifiedFlag(name); flag != "" && u.Attributes[name] == "" {
			u.Attributes[flag] = "false"
		}
		u.Attributes[name] = value
	}
	if err := useSession(tx, a); err != nil {
		return err
	}
	if err := setPassword(tx, a.pool, u, chosen, time.Time{}); err != nil {
		return err
	}
	if err := syncAliases(tx, a.pool, u, false); err != nil {
		return err
	}
	a.session.ID, a.session.NewPassword = "", true
	return tx.UpdateUser(u)
}
