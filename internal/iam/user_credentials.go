package iam

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// credentialBody is what is kept of a public key, a certificate or a
// service-specific credential.
type credentialBody struct {
	Status      types.StatusType
	Text        string `json:",omitempty"` // the key or certificate as uploaded
	Fingerprint string `json:",omitempty"`
	Service     string `json:",omitempty"`
	UserName    string `json:",omitempty"` // the user's name at the service
	Expires     int64  `json:",omitempty"` // Unix seconds
}

// userCredential is a credential as read.
type userCredential struct {
	object store.IAMObject
	body   credentialBody
}

// credentialOf returns a user's credential by its id, or NoSuchEntity.
func credentialOf(ctx context.Context, tx *store.Tx, account, kind string, userName, id *string, notFound string) (c userCredential, user *string, err error) {
	owner, user, err := mfaOwner(ctx, tx, account, userName)
	if err != nil {
		return c, nil, err
	}
	c.object, err = object(tx, account, kind, deref(id), noSuchEntity(notFound, deref(id)))
	if err == nil && c.object.OwnerID != owner {
		err = noSuchEntity(notFound, deref(id))
	}
	if err != nil {
		return c, nil, err
	}
	return c, user, json.Unmarshal([]byte(c.object.Body), &c.body)
}

// addCredential writes a new credential of a user.
func (s *Service) addCredential(ctx context.Context, kind, prefix, quotaName string, limit int, userName *string, duplicate error, body credentialBody, secret func(*store.Tx) []byte) (c userCredential, user *string, err error) {
	err = s.update(ctx, func(tx *store.Tx, account string) error {
		owner, name, err := mfaOwner(ctx, tx, account, userName)
		if err != nil {
			return err
		}
		user = name
		have, err := tx.IAMObjectsOf(owner, kind, "", maxPage)
		if err != nil {
			return err
		}
		same := 0
		for _, o := range have {
			var b credentialBody
			if err := json.Unmarshal([]byte(o.Body), &b); err != nil {
				return err
			}
			if duplicate != nil && b.Fingerprint == body.Fingerprint {
				return duplicate
			}
			if b.Service == body.Service {
				same++
			}
		}
		if err := quota(quotaName, same, limit); err != nil {
			return err
		}
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		id := tx.IDs().UniqueID(prefix)
		if prefix == "" {
			// Without a prefix ids are longer: the model wants 24 characters.
			id += tx.IDs().UniqueID("")
		}
		c = userCredential{store.IAMObject{ID: id, Account: account, Kind: kind, Name: id, OwnerID: owner, Body: string(text), Created: tx.Now()}, body}
		if secret != nil {
			c.object.Secret = secret(tx)
		}
		return tx.InsertIAMObject(c.object)
	})
	return c, user, err
}

func (s *Service) setCredential(ctx context.Context, kind string, userName, id *string, status types.StatusType, notFound string) error {
	return s.update(ctx, func(tx *store.Tx, account string) error {
		c, _, err := credentialOf(ctx, tx, account, kind, userName, id, notFound)
		if err != nil {
			return err
		}
		c.body.Status = status
		return saveObject(tx, c.object, c.body)
	})
}

func (s *Service) deleteCredential(ctx context.Context, kind string, userName, id *string, notFound string) error {
	return s.update(ctx, func(tx *store.Tx, account string) error {
		c, _, err := credentialOf(ctx, tx, account, kind, userName, id, notFound)
		if err != nil {
			return err
		}
		return tx.DeleteIAMObject(c.object.ID)
	})
}

// credentialPage is one page of a user's credentials of a kind.
type credentialPage struct {
	items     []userCredential
	user      *string
	marker    *string
	truncated bool
}

func (s *Service) listCredentials(ctx context.Context, kind string, userName, marker *string, maxItems *int32) (out credentialPage, err error) {
	p, err := s.page(ctx, marker, maxItems)
	if err != nil {
		return out, err
	}
	var list []store.IAMObject
	err = s.view(ctx, func(tx *store.Tx, account string) error {
		var owner string
		if owner, out.user, err = mfaOwner(ctx, tx, account, userName); err != nil {
			return err
		}
		list, err = tx.IAMObjectsOf(owner, kind, p.after, p.limit+1)
		return err
	})
	if err != nil {
		return out, err
	}
	list, out.marker, out.truncated = cut(p, list, objectKey)
	for _, o := range list {
		c := userCredential{object: o}
		if err := json.Unmarshal([]byte(o.Body), &c.body); err != nil {
			return out, err
		}
		out.items = append(out.items, c)
	}
	return out, nil
}
