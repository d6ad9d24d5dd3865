package store

import "time"

// Replica is a user pool's replica in another region than its own.
type Replica struct {
	PoolID, Region, Account string
	// Status is a ReplicaStatusType of the API.
	Status string
	// Body is what the replica has of its own, as wire JSON.
	Body string
	// Version is 1 at first and one more after every update.
	Version           int64
	Created, Modified time.Time
}

const replicaColumns = "pool_id, region, account, status, body, version, created, modified"

func scanReplica(s scanner) (*Replica, error) {
	var (
		r                 Replica
		created, modified int64
	)
	err := s.Scan(&r.PoolID, &r.Region, &r.Account, &r.Status, &r.Body, &r.Version, &created, &modified)
	r.Created, r.Modified = fromMillis(created), fromMillis(modified)
	return &r, err
}

// InsertReplica adds a replica, of which it sets Version, Created and Modified.
// The error is ErrConflict when the pool has one in the region.
func (tx *Tx) InsertReplica(r *Replica) error {
	r.Version, r.Created, r.Modified = 1, tx.now, tx.now
	_, err := tx.exec("INSERT INTO user_pool_replicas ("+replicaColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		r.PoolID, r.Region, r.Account, r.Status, r.Body, r.Version, millis(r.Created), millis(r.Modified))
	return err
}

// Replica returns the pool's replica in the region, or ErrNotFound.
func (tx *Tx) Replica(poolID, region string) (*Replica, error) {
	return one(tx, scanReplica, "SELECT "+replicaColumns+" FROM user_pool_replicas WHERE pool_id = ? AND region = ?", poolID, region)
}

// Replicas returns up to limit replicas of the pool in the order of their
// regions, beginning after the region given.
func (tx *Tx) Replicas(poolID, after string, limit int) ([]*Replica, error) {
	return all(tx, scanReplica, "SELECT "+replicaColumns+
		" FROM user_pool_replicas WHERE pool_id = ? AND region > ? ORDER BY region LIMIT ?", poolID, after, limit)
}

// ReplicasIn returns up to limit replicas that the account's pools have in the
// region, in the order of the pools' IDs, beginning after the ID given.
func (tx *Tx) ReplicasIn(account, region, after string, limit int) ([]*Replica, error) {
	return all(tx, scanReplica, "SELECT "+replicaColumns+
		" FROM user_pool_replicas WHERE account = ? AND region = ? AND pool_id > ? ORDER BY pool_id LIMIT ?", account, region, after, limit)
}

// ReplicasBetween returns the replicas of the pools whose IDs are in the range,
// in the order of pool and region.
func (tx *Tx) ReplicasBetween(first, last string) ([]*Replica, error) {
	return all(tx, scanReplica, "SELECT "+replicaColumns+
		" FROM user_pool_replicas WHERE pool_id >= ? AND pool_id <= ? ORDER BY pool_id, region", first, last)
}

// CountReplicas returns how many replicas the pool has.
func (tx *Tx) CountReplicas(poolID string) (int, error) {
	return one(tx, scalar[int], "SELECT COUNT(*) FROM user_pool_replicas WHERE pool_id = ?", poolID)
}

// UpdateReplica writes the replica's Status and Body, and sets its Version and
// Modified. The error is ErrNotFound when the replica is not there at the
// version that was read.
func (tx *Tx) UpdateReplica(r *Replica) error {
	err := tx.execOne("UPDATE user_pool_replicas SET status = ?, body = ?, version = version + 1, modified = ? WHERE pool_id = ? AND region = ? AND version = ?",
		r.Status, r.Body, millis(tx.now), r.PoolID, r.Region, r.Version)
	if err == nil {
		r.Version++
		r.Modified = tx.now
	}
	return err
}

// DeleteReplica deletes a pool's replica in a region, or returns ErrNotFound.
func (tx *Tx) DeleteReplica(poolID, region string) error {
	return tx.execOne("DELETE FROM user_pool_replicas WHERE pool_id = ? AND region = ?", poolID, region)
}
