package iam

// CreateLoginProfile, GetLoginProfile, UpdateLoginProfile, DeleteLoginProfile,
// ChangePassword

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/ids"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgLoginExists   = "Login Profile for user %s already exists."
	msgLoginNotFound = "Login Profile for User %s cannot be found."
	msgOldPassword   = "The old password was incorrect."
	msgReused        = "Policy constraint violation with password reuse prevention during password change"
	msgWrongUserType = "The request was rejected because the type of user for the transaction was incorrect."
)

// loginBody is what is kept of a login profile besides its passwords.
type loginBody struct {
	ResetRequired bool
	Changed       int64 // Unix seconds
}

// passwords are the hashes of a user's passwords, the current one first and
// earlier ones as far back as reuse can be prevented. They are sealed.
type passwords []passwordHash

// passwordHash is PBKDF2-HMAC-SHA-256 (RFC 8018) of a password.
type passwordHash struct {
	Salt, Hash []byte
	Rounds     int
}

const (
	hashRounds = 600_000
	maxHistory = 24
)

func hashPassword(password string, salt []byte, rounds int) (passwordHash, error) {
	key, err := pbkdf2.Key(sha256.New, password, salt, rounds, sha256.Size)
	return passwordHash{salt, key, rounds}, err
}

func (h passwordHash) matches(password string) (bool, error) {
	other, err := hashPassword(password, h.Salt, h.Rounds)
	return err == nil && subtle.ConstantTimeCompare(h.Hash, other.Hash) == 1, err
}

// add puts a new password before the others, and refuses one of the last n.
func (p passwords) add(password string, prevent, rounds int, random ids.Source) (passwords, error) {
	for _, h := range p[:min(prevent, len(p))] {
		same, err := h.matches(password)
		if err != nil {
			return nil, err
		}
		if same {
			return nil, passwordViolation(msgReused)
		}
	}
	h, err := hashPassword(password, random.Bytes(16), rounds)
	if err != nil {
		return nil, err
	}
	out := append(passwords{h}, p...)
	return out[:min(len(out), maxHistory)], nil
}

// login is a user's login profile as read.
type login struct {
	user      store.IAMEntity
	object    store.IAMObject
	exists    bool
	passwords passwords
	policy    *passwordPolicy
	random    ids.Source
}

func loadLogin(tx *store.Tx, u store.IAMEntity) (l login, err error) {
	l.user, l.random = u, tx.IDs()
	set, _, err := loadSettings(tx, u.Account)
	if err != nil {
		return l, err
	}
	l.policy = set.PasswordPolicy
	l.object, err = tx.IAMObject(kindLogin + "/" + u.ID)
	if errors.Is(err, store.ErrNotFound) {
		return l, nil
	}
	if err != nil {
		return l, err
	}
	l.exists = true
	return l, json.Unmarshal(l.object.Secret, &l.passwords)
}

// readLogin reads outside of the transaction that writes, since hashing is
// slow on purpose.
func (s *Service) readLogin(ctx context.Context, name *string) (l login, err error) {
	err = s.view(ctx, func(tx *store.Tx, account string) error {
		u, root, err := caller(ctx, tx, account, name)
		if err != nil {
			return err
		}
		if root {
			return noSuchEntity(msgLoginNotFound, "root")
		}
		l, err = loadLogin(tx, u)
		return err
	})
	return l, err
}

// writeLogin writes a password unless the profile changed since it was read.
func (s *Service) writeLogin(ctx context.Context, was login, list passwords, reset bool) error {
	secret, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *store.Tx, account string) error {
		now, err := loadLogin(tx, was.user)
		if err != nil {
			return err
		}
		if now.exists != was.exists || string(now.object.Secret) != string(was.object.Secret) {
			return &types.EntityTemporarilyUnmodifiableException{Message: text("Login Profile for User %s cannot be modified while login profile is being changed.", []any{was.user.Name})}
		}
		o := now.object
		if !now.exists {
			o = store.IAMObject{ID: kindLogin + "/" + was.user.ID, Account: account, Kind: kindLogin, Name: was.user.ID, OwnerID: was.user.ID, Created: tx.Now()}
		}
		body, err := json.Marshal(loginBody{ResetRequired: reset, Changed: tx.Now().Unix()})
		if err != nil {
			return err
		}
		o.Body, o.Secret = string(body), secret
		if now.exists {
			return tx.UpdateIAMObject(o)
		}
		return tx.InsertIAMObject(o)
	})
}

// CreateLoginProfile gives a user a password.
func (s *Service) CreateLoginProfile(ctx context.Context, in *iam.CreateLoginProfileInput) (*iam.CreateLoginProfileOutput, error) {
	l, err := s.readLogin(ctx, in.UserName)
	if err != nil {
		return nil, err
	}
	if l.exists {
		return nil, alreadyExists(msgLoginExists, l.user.Name)
	}
	if err := l.policy.check(deref(in.Password)); err != nil {
		return nil, err
	}
	list, err := passwords(nil).add(deref(in.Password), 0, s.hashRounds, l.random)
	if err != nil {
		return nil, err
	}
	if err := s.writeLogin(ctx, l, list, in.PasswordResetRequired); err != nil {
		return nil, err
	}
	out, err := s.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: &l.user.Name})
	if err != nil {
		return nil, err
	}
	return &iam.CreateLoginProfileOutput{LoginProfile: out.LoginProfile}, nil
}

// GetLoginProfile tells whether a user, by default the caller, has a password.
func (s *Service) GetLoginProfile(ctx context.Context, in *iam.GetLoginProfileInput) (*iam.GetLoginProfileOutput, error) {
	l, err := s.readLogin(ctx, in.UserName)
	if err != nil {
		return nil, err
	}
	if !l.exists {
		return nil, noSuchEntity(msgLoginNotFound, l.user.Name)
	}
	var body loginBody
	if err := json.Unmarshal([]byte(l.object.Body), &body); err != nil {
		return nil, err
	}
	return &iam.GetLoginProfileOutput{LoginProfile: &types.LoginProfile{
		UserName: &l.user.Name, CreateDate: &l.object.Created, PasswordResetRequired: body.ResetRequired,
	}}, nil
}

// UpdateLoginProfile changes a user's password, or whether the user must.
func (s *Service) UpdateLoginProfile(ctx context.Context, in *iam.UpdateLoginProfileInput) (*iam.UpdateLoginProfileOutput, error) {
	l, err := s.readLogin(ctx, in.UserName)
	if err != nil {
		return nil, err
	}
	if !l.exists {
		return nil, noSuchEntity(msgLoginNotFound, l.user.Name)
	}
	var body loginBody
	if err := json.Unmarshal([]byte(l.object.Body), &body); err != nil {
		return nil, err
	}
	if in.PasswordResetRequired != nil {
		body.ResetRequired = *in.PasswordResetRequired
	}
	list := l.passwords
	if in.Password != nil {
		if list, err = l.change(*in.Password, s.hashRounds); err != nil {
			return nil, err
		}
	}
	return &iam.UpdateLoginProfileOutput{}, s.writeLogin(ctx, l, list, body.ResetRequired)
}

// change checks a new password against the account's policy.
func (l *login) change(password string, rounds int) (passwords, error) {
	if err := l.policy.check(password); err != nil {
		return nil, err
	}
	prevent := 0
	if l.policy != nil {
		prevent = int(l.policy.ReusePrevention)
	}
	return l.passwords.add(password, prevent, rounds, l.random)
}

// DeleteLoginProfile takes a user's password away.
func (s *Service) DeleteLoginProfile(ctx context.Context, in *iam.DeleteLoginProfileInput) (*iam.DeleteLoginProfileOutput, error) {
	l, err := s.readLogin(ctx, in.UserName)
	if err != nil {
		return nil, err
	}
	return &iam.DeleteLoginProfileOutput{}, s.update(ctx, func(tx *store.Tx, _ string) error {
		return orElse(tx.DeleteIAMObject(kindLogin+"/"+l.user.ID), noSuchEntity(msgLoginNotFound, l.user.Name))
	})
}

// ChangePassword changes the calling user's own password.
func (s *Service) ChangePassword(ctx context.Context, in *iam.ChangePasswordInput) (*iam.ChangePasswordOutput, error) {
	if awswire.CallOf(ctx).Principal.Kind != awswire.User {
		return nil, &types.InvalidUserTypeException{Message: text(msgWrongUserType, nil)}
	}
	l, err := s.readLogin(ctx, nil)
	if err != nil {
		return nil, err
	}
	if !l.exists || len(l.passwords) == 0 {
		return nil, noSuchEntity(msgLoginNotFound, l.user.Name)
	}
	right, err := l.passwords[0].matches(deref(in.OldPassword))
	if err != nil {
		return nil, err
	}
	if !right {
		return nil, accessDenied(msgOldPassword)
	}
	list, err := l.change(deref(in.NewPassword), s.hashRounds)
	if err != nil {
		return nil, err
	}
	return &iam.ChangePasswordOutput{}, s.writeLogin(ctx, l, list, false)
}
