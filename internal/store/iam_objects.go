package store

import "time"

// IAMObject is one of the smaller things that an account or one of its users
// has: an identity provider, a certificate, a public key, an MFA device, a
// login profile.
type IAMObject struct {
	// ID identifies the object everywhere: its ARN or unique id.
	ID      string
	Account string
	// Kind is the iam package's name for the kind of object.
	Kind string
	// Name is unique among the account's objects of a kind; case counts only
	// in what the kind's rules make of it.
	Name string
	// OwnerID is the unique id of the user that has it, or empty.
	OwnerID string
	// Body is a JSON object of the iam package's own form.
	Body string
	// Secret is sealed at rest; nil means none.
	Secret  []byte
	Created time.Time
}

const iamObjectColumns = "id, account, kind, name_key, owner_id, body, secret, created"

func scanIAMObject(s scanner) (o IAMObject, err error) {
	var created int64
	err = s.Scan(&o.ID, &o.Account, &o.Kind, &o.Name, &o.OwnerID, &o.Body, &o.Secret, &created)
	o.Created = fromMillis(created)
	return o, err
}

func (tx *Tx) openIAMObject(o IAMObject, err error) (IAMObject, error) {
	if err != nil || o.Secret == nil {
		return o, err
	}
	o.Secret, err = tx.unseal("iam_objects", "secret", o.ID, o.Secret)
	return o, err
}

func (tx *Tx) openIAMObjects(objects []IAMObject, err error) ([]IAMObject, error) {
	for i := range objects {
		if objects[i], err = tx.openIAMObject(objects[i], err); err != nil {
			return nil, err
		}
	}
	return objects, err
}

func (tx *Tx) sealIAMObject(o IAMObject) any {
	if o.Secret == nil {
		return nil
	}
	return tx.seal("iam_objects", "secret", o.ID, o.Secret)
}

// InsertIAMObject writes a new object. ErrConflict means that the id or the
// name is taken.
func (tx *Tx) InsertIAMObject(o IAMObject) error {
	_, err := tx.exec("INSERT INTO iam_objects ("+iamObjectColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		o.ID, o.Account, o.Kind, o.Name, o.OwnerID, o.Body, tx.sealIAMObject(o), millis(o.Created))
	return err
}

// UpdateIAMObject writes the object's name, owner, body and secret.
func (tx *Tx) UpdateIAMObject(o IAMObject) error {
	return tx.execOne("UPDATE iam_objects SET name_key = ?, owner_id = ?, body = ?, secret = ? WHERE id = ?",
		o.Name, o.OwnerID, o.Body, tx.sealIAMObject(o), o.ID)
}

// DeleteIAMObject deletes the object with its tags, or returns ErrNotFound.
func (tx *Tx) DeleteIAMObject(id string) error {
	if _, err := tx.exec("DELETE FROM iam_tags WHERE resource_id = ?", id); err != nil {
		return err
	}
	return tx.execOne("DELETE FROM iam_objects WHERE id = ?", id)
}

// IAMObject returns the object with the id.
func (tx *Tx) IAMObject(id string) (IAMObject, error) {
	return tx.openIAMObject(one(tx, scanIAMObject, "SELECT "+iamObjectColumns+" FROM iam_objects WHERE id = ?", id))
}

// IAMObjectNamed returns the account's object of a kind and exact name.
func (tx *Tx) IAMObjectNamed(account, kind, name string) (IAMObject, error) {
	return tx.openIAMObject(one(tx, scanIAMObject, "SELECT "+iamObjectColumns+" FROM iam_objects WHERE account = ? AND kind = ? AND name_key = ?", account, kind, name))
}

// ListIAMObjects returns up to limit of the account's objects of a kind, by
// name after the name after.
func (tx *Tx) ListIAMObjects(account, kind, after string, limit int) ([]IAMObject, error) {
	return tx.openIAMObjects(all(tx, scanIAMObject, "SELECT "+iamObjectColumns+` FROM iam_objects
		WHERE account = ? AND kind = ? AND name_key > ? ORDER BY name_key LIMIT ?`, account, kind, after, limit))
}

// IAMObjectsOf returns up to limit of a user's objects of a kind, by name after
// the name after.
func (tx *Tx) IAMObjectsOf(ownerID, kind, after string, limit int) ([]IAMObject, error) {
	return tx.openIAMObjects(all(tx, scanIAMObject, "SELECT "+iamObjectColumns+` FROM iam_objects
		WHERE owner_id = ? AND kind = ? AND name_key > ? ORDER BY name_key LIMIT ?`, ownerID, kind, after, limit))
}

// CountIAMObjects returns how many objects of a kind the account has.
func (tx *Tx) CountIAMObjects(account, kind string) (int, error) {
	return one(tx, scalar[int], "SELECT COUNT(*) FROM iam_objects WHERE account = ? AND kind = ?", account, kind)
}

// CountIAMOwned returns how many objects of a kind belong to somebody.
func (tx *Tx) CountIAMOwned(account, kind string) (int, error) {
	return one(tx, scalar[int], "SELECT COUNT(*) FROM iam_objects WHERE account = ? AND kind = ? AND owner_id <> ''", account, kind)
}
