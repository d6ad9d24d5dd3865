package store

import "time"

// IAMDelegation is a request of one account for temporary access to another.
type IAMDelegation struct {
	ID string
	// Requestor is the account that asks; WorkflowID is its own name for the
	// request, unique among its requests.
	Requestor, WorkflowID string
	// OwnerAccount is the account that is asked and OwnerID the ARN of who took
	// the request on there; both are empty until they are known.
	OwnerAccount, OwnerID string
	// State is a types.StateType as it was last written.
	State string
	// Body is a JSON object of the iam package's own form.
	Body string
	// Created and Updated are when the request was made and last changed; at
	// Expires it can be changed no more.
	Created, Updated, Expires time.Time
}

const iamDelegationColumns = "id, requestor, workflow_id, owner_account, owner_id, state, body, created, updated, expires"

func scanIAMDelegation(s scanner) (d IAMDelegation, err error) {
	var created, updated, expires int64
	err = s.Scan(&d.ID, &d.Requestor, &d.WorkflowID, &d.OwnerAccount, &d.OwnerID, &d.State, &d.Body, &created, &updated, &expires)
	d.Created, d.Updated, d.Expires = fromMillis(created), fromMillis(updated), fromMillis(expires)
	return d, err
}

// InsertIAMDelegation adds a request. ErrConflict means that the requestor has
// one with the workflow id.
func (tx *Tx) InsertIAMDelegation(d IAMDelegation) error {
	_, err := tx.exec("INSERT INTO iam_delegations ("+iamDelegationColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		d.ID, d.Requestor, d.WorkflowID, d.OwnerAccount, d.OwnerID, d.State, d.Body, millis(d.Created), millis(d.Updated), millis(d.Expires))
	return err
}

// UpdateIAMDelegation writes all of a request but ID, Requestor, WorkflowID and
// Created, or returns ErrNotFound.
func (tx *Tx) UpdateIAMDelegation(d IAMDelegation) error {
	return tx.execOne("UPDATE iam_delegations SET owner_account = ?, owner_id = ?, state = ?, body = ?, updated = ?, expires = ? WHERE id = ?",
		d.OwnerAccount, d.OwnerID, d.State, d.Body, millis(d.Updated), millis(d.Expires), d.ID)
}

// IAMDelegation returns a request, or ErrNotFound.
func (tx *Tx) IAMDelegation(id string) (IAMDelegation, error) {
	return one(tx, scanIAMDelegation, "SELECT "+iamDelegationColumns+" FROM iam_delegations WHERE id = ?", id)
}

// IAMDelegations returns at most limit requests that somebody of the account
// owns, by id and after the given one; ownerID restricts them to one owner
// unless it is empty.
func (tx *Tx) IAMDelegations(account, ownerID, after string, limit int) ([]IAMDelegation, error) {
	if ownerID == "" {
		return all(tx, scanIAMDelegation, "SELECT "+iamDelegationColumns+` FROM iam_delegations
			WHERE owner_account = ? AND id > ? AND owner_id <> '' ORDER BY id LIMIT ?`, account, after, limit)
	}
	return all(tx, scanIAMDelegation, "SELECT "+iamDelegationColumns+` FROM iam_delegations
		WHERE owner_account = ? AND owner_id = ? AND id > ? ORDER BY id LIMIT ?`, account, ownerID, after, limit)
}

// CountIAMDelegations counts the requestor's requests that have not expired.
func (tx *Tx) CountIAMDelegations(requestor string) (int, error) {
	return one(tx, scalar[int], "SELECT COUNT(*) FROM iam_delegations WHERE requestor = ? AND expires > ?", requestor, millis(tx.now))
}

// PruneIAMDelegations deletes at most limit requests that expired before a
// time, and returns how many it deleted.
func (tx *Tx) PruneIAMDelegations(before time.Time, limit int) (int64, error) {
	return tx.exec("DELETE FROM iam_delegations WHERE id IN (SELECT id FROM iam_delegations WHERE expires < ? ORDER BY expires LIMIT ?)", millis(before), limit)
}
