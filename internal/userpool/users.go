package userpool

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// The attributes with rules of their own.
const (
	attrSub               = "sub"
	attrEmail             = "email"
	attrEmailVerified     = "email_verified"
	attrPhone             = "phone_number"
	attrPhoneVerified     = "phone_number_verified"
	attrPreferredUsername = "preferred_username"
)

const (
	msgUserNotFound       = "User does not exist."
	msgClientUserNotFound = "Username/client id combination not found."
)

var (
	subShape   = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	emailShape = regexp.MustCompile(`^[^\s@]+@[^\s@]+\.[^\s@]+$`)
	phoneShape = regexp.MustCompile(`^\+[0-9]{1,15}$`)
)

// findUser returns the user that name stands for in the pool: its username,
// its sub, a username attribute's value, or a verified alias, by the pool's
// case rules (Developer Guide, "User pool attributes"). It returns
// store.ErrNotFound when there is none.
func findUser(tx *store.Tx, p *pool, name string) (*store.User, error) {
	u, err := tx.UserByUsername(p.ID, p.foldName(name))
	if !errors.Is(err, store.ErrNotFound) {
		return u, err
	}
	if subShape.MatchString(name) {
		u, err = tx.UserBySub(p.ID, name)
		if !errors.Is(err, store.ErrNotFound) {
			return u, err
		}
	}
	for _, kind := range p.aliasKinds() {
		if !aliasShaped(kind, name) {
			continue
		}
		u, err = tx.UserByAlias(p.ID, kind, p.aliasKey(kind, name))
		if !errors.Is(err, store.ErrNotFound) {
			return u, err
		}
	}
	return nil, store.ErrNotFound
}

// foldName is the form in which the pool compares usernames.
func (p *pool) foldName(name string) string {
	if p.caseSensitive() {
		return name
	}
	return strings.ToLower(name)
}

// aliasKey is the form in which the pool compares values of an alias or
// username attribute.
func (p *pool) aliasKey(kind, value string) string {
	if kind == attrPhone {
		return value
	}
	return p.foldName(value)
}

// aliasKinds lists the attributes whose values stand for users: the username
// attributes or the alias attributes.
func (p *pool) aliasKinds() []string {
	kinds := make([]string, 0, len(p.Doc.UsernameAttributes)+len(p.Doc.AliasAttributes))
	for _, k := range p.Doc.UsernameAttributes {
		kinds = append(kinds, string(k))
	}
	for _, k := range p.Doc.AliasAttributes {
		kinds = append(kinds, string(k))
	}
	return kinds
}

// usernameIsAttribute tells whether users sign up with an e-mail address or
// phone number and have their sub as username.
func (p *pool) usernameIsAttribute() bool { return len(p.Doc.UsernameAttributes) > 0 }

func aliasShaped(kind, name string) bool {
	switch kind {
	case attrEmail:
		return emailShape.MatchString(name)
	case attrPhone:
		return phoneShape.MatchString(name)
	}
	return true
}

// verifiedFlag is the attribute that tells whether the attribute is verified:
// email or phone_number; empty for others.
func verifiedFlag(attribute string) string {
	switch attribute {
	case attrEmail:
		return attrEmailVerified
	case attrPhone:
		return attrPhoneVerified
	}
	return ""
}

// isVerified tells whether the user has the attribute and verified it.
func isVerified(u *store.User, attribute string) bool {
	return u.Attributes[attribute] != "" && u.Attributes[verifiedFlag(attribute)] == "true"
}

// attributesOf lists the user's attributes with sub, sorted by name.
func attributesOf(u *store.User) []types.AttributeType {
	names := slices.Collect(maps.Keys(u.Attributes))
	names = append(names, attrSub)
	slices.Sort(names)
	out := make([]types.AttributeType, len(names))
	for i, name := range names {
		out[i] = types.AttributeType{Name: aws.String(name), Value: aws.String(attributeOf(u, name))}
	}
	return out
}

func attributeOf(u *store.User, name string) string {
	if name == attrSub {
		return u.Sub
	}
	return u.Attributes[name]
}

// mfaSettings are the members UserMFASettingList and PreferredMfaSetting: both
// absent for a user without MFA.
func mfaSettings(u *store.User) (enabled []string, preferred *string) {
	if len(u.MFAEnabled) > 0 {
		enabled = u.MFAEnabled
	}
	if u.MFAPreferred != "" {
		preferred = aws.String(u.MFAPreferred)
	}
	return enabled, preferred
}

func userNotFound() error { return &types.UserNotFoundException{Message: aws.String(msgUserNotFound)} }

// orUserNotFound turns store.ErrNotFound into UserNotFoundException.
func orUserNotFound(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return userNotFound()
	}
	return err
}
