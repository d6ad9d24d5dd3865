package iam

import (
	"context"
	"crypto/subtle"
	"errors"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/ids"
	"github.com/poolhouse-id/poolhouse/internal/sigv4"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// AccessKey returns the secret and the owner of a long-term access key. The
// error is sigv4.ErrUnknownKey for a key that does not exist or is inactive.
func (s *Service) AccessKey(ctx context.Context, id string) (secret string, p awswire.Principal, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		k, err := tx.IAMAccessKey(id)
		if err != nil {
			return err
		}
		if !k.Active {
			return sigv4.ErrUnknownKey
		}
		secret = k.Secret
		p, err = keyOwner(tx, k)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		err = sigv4.ErrUnknownKey
	}
	if err != nil {
		return "", awswire.Principal{}, err
	}
	return secret, p, nil
}

func keyOwner(tx *store.Tx, k store.IAMAccessKey) (awswire.Principal, error) {
	if k.UserID == "" {
		return rootOf(k.Account, k.ID), nil
	}
	u, err := tx.IAMEntityByID(k.UserID)
	if err != nil {
		return awswire.Principal{}, err
	}
	return awswire.Principal{
		Kind: awswire.User, Account: u.Account, ARN: u.ARN(), UserID: u.ID, AccessKeyID: k.ID, Name: u.Name, IssuerARN: u.ARN(), IssuerID: u.ID,
	}, nil
}

func rootOf(account, keyID string) awswire.Principal {
	arn := "arn:aws:iam::" + account + ":root"
	return awswire.Principal{Kind: awswire.Root, Account: account, ARN: arn, UserID: account, AccessKeyID: keyID, IssuerARN: arn}
}

// EnsureRootKey makes the key of the account's root user what it says and
// active, creating it if need be. It refuses an id that belongs to a user or to
// another account.
func (s *Service) EnsureRootKey(ctx context.Context, account, keyID, secret string) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		k, err := tx.IAMAccessKey(keyID)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return tx.InsertIAMAccessKey(store.IAMAccessKey{ID: keyID, Account: account, Active: true, Secret: secret, Created: tx.Now()})
		case err != nil:
			return err
		case k.UserID != "" || k.Account != account:
			return errors.New("the access key id belongs to another principal")
		case k.Active && subtle.ConstantTimeCompare([]byte(k.Secret), []byte(secret)) == 1:
			return nil
		}
		return tx.SetIAMAccessKey(keyID, secret)
	})
}

// RootKeys returns the ids of the account's active root keys, so that a server
// that has none can make one.
func (s *Service) RootKeys(ctx context.Context, account string) (keyIDs []string, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		keyIDs = nil
		keys, err := tx.IAMAccessKeys(account, "")
		for _, k := range keys {
			if k.Active {
				keyIDs = append(keyIDs, k.ID)
			}
		}
		return err
	})
	return keyIDs, err
}

// NewRootKey makes an access key for the account's root user.
func (s *Service) NewRootKey(ctx context.Context, random ids.Source, account string) (keyID, secret string, err error) {
	keyID, secret = random.AccessKeyID("AKIA", account), random.SecretAccessKey()
	return keyID, secret, s.EnsureRootKey(ctx, account, keyID, secret)
}
