package userpool

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgUserExists         = "User already exists"
	msgAttributeTaken     = "An account with the given %s already exists."
	msgAliasTaken         = "An account with the %s already exists."
	msgNotEmail           = "Username should be an email."
	msgNotPhone           = "Username should be a phone number."
	msgNotEmailOrPhone    = "Username should be either an email or a phone number."
	msgLikeEmail          = "Username cannot be of email format, since user pool is configured for email alias."
	msgLikePhone          = "Username cannot be of phone number format, since user pool is configured for phone number alias."
	msgUsernameAttribute  = "The username and the attribute %s must be the same."
	msgPreferredAtSignUp  = "A preferred_username alias can be set only after the user is confirmed."
	invalidEmailFormat    = "Invalid email address format."
	invalidPhoneNumFormat = "Invalid phone number format."
)

// newUser makes the record of a user who signs up or is created with the name
// and attributes, by the pool's rules for usernames: where a username attribute
// serves, name is its value and the username is the sub. Attributes are checked
// by checkAttributes.
func (s *Service) newUser(p *pool, name string, attributes map[string]string) (*store.User, error) {
	u := &store.User{PoolID: p.ID, Sub: s.ids.UUID(), Username: name, Enabled: true, Attributes: attributes}
	if p.usernameIsAttribute() {
		kind, err := p.usernameKind(name)
		if err != nil {
			return nil, err
		}
		if given, ok := attributes[kind]; ok && given != name {
			return nil, invalidParameter(msgUsernameAttribute, kind)
		}
		attributes[kind] = name
		u.Username = u.Sub
	} else if err := p.refuseAliasShaped(name); err != nil {
		return nil, err
	}
	u.UsernameKey = p.foldName(u.Username)
	return u, nil
}

// usernameKind tells which username attribute name is a value of.
func (p *pool) usernameKind(name string) (string, error) {
	email, phone := p.signsUpWith(attrEmail), p.signsUpWith(attrPhone)
	switch {
	case email && emailShape.MatchString(name):
		return attrEmail, nil
	case phone && phoneShape.MatchString(name):
		return attrPhone, nil
	case email && phone:
		return "", invalidParameter(msgNotEmailOrPhone)
	case email:
		return "", invalidParameter(msgNotEmail)
	default:
		return "", invalidParameter(msgNotPhone)
	}
}

func (p *pool) refuseAliasShaped(name string) error {
	if p.hasAlias(attrEmail) && emailShape.MatchString(name) {
		return invalidParameter(msgLikeEmail)
	}
	if p.hasAlias(attrPhone) && phoneShape.MatchString(name) {
		return invalidParameter(msgLikePhone)
	}
	return nil
}

// refuseTaken refuses a new user whose username is another user's name, or
// whose username attributes are. Errors: UsernameExistsException.
func refuseTaken(tx *store.Tx, p *pool, u *store.User) error {
	_, err := tx.UserByUsername(p.ID, u.UsernameKey)
	if err == nil {
		return usernameExists(msgUserExists)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if p.hasAlias(attrPreferredUsername) {
		if taken, err := aliasTaken(tx, p, u, attrPreferredUsername, u.Username); err != nil || taken {
			return orTaken(err, msgUserExists)
		}
	}
	for _, k := range p.Doc.UsernameAttributes {
		kind := string(k)
		if value := u.Attributes[kind]; value != "" {
			if taken, err := aliasTaken(tx, p, u, kind, value); err != nil || taken {
				return orTaken(err, msgAttributeTaken, kind)
			}
		}
	}
	return nil
}

func orTaken(err error, format string, args ...any) error {
	if err != nil {
		return err
	}
	return usernameExists(format, args...)
}

func usernameExists(format string, args ...any) error {
	return &types.UsernameExistsException{Message: text(format, args)}
}

func aliasExists(kind string) error {
	return &types.AliasExistsException{Message: text(msgAliasTaken, []any{kind})}
}

// aliasTaken tells whether another user holds the alias, or for
// preferred_username has it as username.
func aliasTaken(tx *store.Tx, p *pool, u *store.User, kind, value string) (bool, error) {
	holder, err := tx.AliasHolder(p.ID, kind, p.aliasKey(kind, value))
	if err == nil && holder != u.Sub {
		return true, nil
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	if kind != attrPreferredUsername {
		return false, nil
	}
	other, err := tx.UserByUsername(p.ID, p.foldName(value))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && other.Sub != u.Sub, err
}

// claimAlias makes the user's value of the attribute one of its names. When
// another user has it, force takes it away, and that user's value counts as not
// verified any more; otherwise the error is AliasExistsException.
func claimAlias(tx *store.Tx, p *pool, u *store.User, kind string, force bool) error {
	value := u.Attributes[kind]
	taken, err := aliasTaken(tx, p, u, kind, value)
	if err != nil {
		return err
	}
	if taken && (!force || kind == attrPreferredUsername) {
		return aliasExists(kind)
	}
	if taken {
		if err := unverify(tx, p, kind, value); err != nil {
			return err
		}
	}
	if err := tx.DeleteAliases(u, kind); err != nil {
		return err
	}
	return tx.SetAlias(u, kind, p.aliasKey(kind, value))
}

// unverify takes the alias from the user that has it.
func unverify(tx *store.Tx, p *pool, kind, value string) error {
	other, err := tx.UserByAlias(p.ID, kind, p.aliasKey(kind, value))
	if err != nil {
		return err
	}
	other.Attributes[verifiedFlag(kind)] = "false"
	return tx.UpdateUser(other)
}

// syncAliases brings the user's names in line with its attributes after a
// change: username attributes count whether verified or not, e-mail and phone
// aliases once verified, preferred_username once the user is confirmed.
func syncAliases(tx *store.Tx, p *pool, u *store.User, force bool) error {
	for _, kind := range p.aliasKinds() {
		holds, err := tx.Aliases(u, kind)
		if err != nil {
			return err
		}
		want := ""
		if p.countsAsName(u, kind) {
			want = p.aliasKey(kind, u.Attributes[kind])
		}
		switch {
		case want == "" && len(holds) > 0:
			err = tx.DeleteAliases(u, kind)
		case want != "" && (len(holds) != 1 || holds[0] != store.AliasForm(want)):
			err = claimAlias(tx, p, u, kind, force)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *pool) countsAsName(u *store.User, kind string) bool {
	switch {
	case u.Attributes[kind] == "":
		return false
	case p.signsUpWith(kind):
		return true
	case kind == attrPreferredUsername:
		return u.Status != string(types.UserStatusTypeUnconfirmed)
	default:
		return isVerified(u, kind)
	}
}

// checkContact refuses malformed e-mail addresses and phone numbers.
func checkContact(attributes map[string]string) error {
	if v, ok := attributes[attrEmail]; ok && v != "" && !emailShape.MatchString(v) {
		return invalidParameter(invalidEmailFormat)
	}
	if v, ok := attributes[attrPhone]; ok && v != "" && !phoneShape.MatchString(v) {
		return invalidParameter(invalidPhoneNumFormat)
	}
	return nil
}

// usernameOf is the canonical username as an output member.
func usernameOf(u *store.User) *string { return aws.String(u.Username) }
