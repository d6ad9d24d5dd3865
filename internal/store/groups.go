package store

import (
	"database/sql"
	"strings"
	"time"
)

// Group is a group of a user pool.
type Group struct {
	// ID is the store's own; the API knows a group by its name.
	ID, PoolID, Name string
	// Description, RoleARN and Precedence are nil when they are not set.
	Description, RoleARN *string
	Precedence           *int32
	Created, Modified    time.Time
}

const groupColumns = "g.id, g.pool_id, g.name, g.description, g.role_arn, g.precedence, g.created, g.modified"

func scanGroup(s scanner) (*Group, error) {
	var (
		g                 Group
		precedence        sql.NullInt32
		created, modified int64
	)
	err := s.Scan(&g.ID, &g.PoolID, &g.Name, &g.Description, &g.RoleARN, &precedence, &created, &modified)
	if precedence.Valid {
		g.Precedence = &precedence.Int32
	}
	g.Created, g.Modified = fromMillis(created), fromMillis(modified)
	return &g, err
}

// InsertGroup adds a group, of which it sets Created and Modified. The error is
// ErrConflict when the pool has one of that name.
func (tx *Tx) InsertGroup(g *Group) error {
	g.Created, g.Modified = tx.now, tx.now
	_, err := tx.exec("INSERT INTO user_groups ("+strings.ReplaceAll(groupColumns, "g.", "")+") VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		g.ID, g.PoolID, g.Name, g.Description, g.RoleARN, g.Precedence, millis(g.Created), millis(g.Modified))
	return err
}

// Group returns the pool's group of that name, or ErrNotFound.
func (tx *Tx) Group(poolID, name string) (*Group, error) {
	return one(tx, scanGroup, "SELECT "+groupColumns+" FROM user_groups g WHERE g.pool_id = ? AND g.name = ?", poolID, name)
}

// UpdateGroup writes what may be changed of a group, and sets its Modified.
func (tx *Tx) UpdateGroup(g *Group) error {
	g.Modified = tx.now
	return tx.execOne("UPDATE user_groups SET description = ?, role_arn = ?, precedence = ?, modified = ? WHERE id = ?",
		g.Description, g.RoleARN, g.Precedence, millis(g.Modified), g.ID)
}

// DeleteGroup deletes a group and remembers that its members are to be purged.
func (tx *Tx) DeleteGroup(g *Group) error {
	if err := tx.execOne("DELETE FROM user_groups WHERE id = ?", g.ID); err != nil {
		return err
	}
	_, err := tx.exec("INSERT INTO user_group_purges (group_id) VALUES (?) ON CONFLICT DO NOTHING", g.ID)
	return err
}

// Groups returns up to limit groups of the pool in the order of their names,
// beginning after the name given.
func (tx *Tx) Groups(poolID, after string, limit int) ([]*Group, error) {
	return all(tx, scanGroup, "SELECT "+groupColumns+" FROM user_groups g WHERE g.pool_id = ? AND g.name > ? ORDER BY g.name LIMIT ?",
		poolID, after, limit)
}

// CountGroups returns how many groups the pool has.
func (tx *Tx) CountGroups(poolID string) (int, error) {
	return one(tx, scalar[int], "SELECT COUNT(*) FROM user_groups WHERE pool_id = ?", poolID)
}

// GroupsOfUser returns up to limit groups that the user is in, in the order of
// their names, beginning after the name given.
func (tx *Tx) GroupsOfUser(poolID, sub, after string, limit int) ([]*Group, error) {
	return all(tx, scanGroup, "SELECT "+groupColumns+` FROM user_group_members m JOIN user_groups g ON g.id = m.group_id
		WHERE m.pool_id = ? AND m.sub = ? AND g.name > ? ORDER BY g.name LIMIT ?`, poolID, sub, after, limit)
}

// AddToGroup makes the user a member of the group, if it is not.
func (tx *Tx) AddToGroup(g *Group, sub string) error {
	_, err := tx.exec("INSERT INTO user_group_members (pool_id, sub, group_id, created) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
		g.PoolID, sub, g.ID, millis(tx.now))
	return err
}

// RemoveFromGroup ends the user's membership, if there is one.
func (tx *Tx) RemoveFromGroup(g *Group, sub string) error {
	_, err := tx.exec("DELETE FROM user_group_members WHERE pool_id = ? AND sub = ? AND group_id = ?", g.PoolID, sub, g.ID)
	return err
}

// UsersOfGroup returns up to limit members of the group in the order of their
// subs, beginning after the sub given.
func (tx *Tx) UsersOfGroup(g *Group, after string, limit int) ([]*User, error) {
	return all(tx, scanUser, "SELECT "+userColumns+` FROM user_group_members m JOIN users u ON u.pool_id = m.pool_id AND u.sub = m.sub
		WHERE m.group_id = ? AND m.sub > ? ORDER BY m.sub LIMIT ?`, g.ID, after, limit)
}

// PurgeGroupMembers deletes up to limit memberships of a deleted group, and
// reports whether there was such a group.
func (tx *Tx) PurgeGroupMembers(limit int) (more bool, err error) {
	ids, err := all(tx, scalar[string], "SELECT group_id FROM user_group_purges ORDER BY group_id LIMIT 1")
	if err != nil || len(ids) == 0 {
		return false, err
	}
	n, err := tx.exec("DELETE FROM user_group_members WHERE group_id = ? AND sub IN (SELECT sub FROM user_group_members WHERE group_id = ? ORDER BY sub LIMIT ?)",
		ids[0], ids[0], limit)
	if err != nil || n == int64(limit) {
		return true, err
	}
	_, err = tx.exec("DELETE FROM user_group_purges WHERE group_id = ?", ids[0])
	return true, err
}
