package store

import (
	"strings"
	"time"
)

// IAMKind is a kind of IAM entity.
type IAMKind string

// The kinds of entities, as they stand in ARNs.
const (
	IAMUser            IAMKind = "user"
	IAMGroup           IAMKind = "group"
	IAMRole            IAMKind = "role"
	IAMInstanceProfile IAMKind = "instance-profile"
)

// IAMEntity is a user, group, role or instance profile.
type IAMEntity struct {
	// ID is the unique id (AIDA, AGPA, AROA or AIPA and 17 characters).
	ID      string
	Account string
	Kind    IAMKind
	// Name keeps the case it was given; lookups ignore case.
	Name string
	// Path begins and ends with a slash.
	Path string
	// Boundary is the ARN of the permissions boundary of a user or role, or
	// empty.
	Boundary string
	Created  time.Time
	// Description, Trust (the trust policy document) and MaxSession (seconds)
	// belong to roles.
	Description string
	Trust       string
	MaxSession  int64
	// LastUsed and LastUsedRegion tell when and where a role's session or a
	// user's password was last used; zero means never.
	LastUsed       time.Time
	LastUsedRegion string
}

// ARN returns the entity's Amazon Resource Name.
func (e *IAMEntity) ARN() string {
	return "arn:aws:iam::" + e.Account + ":" + string(e.Kind) + e.Path + e.Name
}

const iamEntityColumns = "id, account, kind, name, path, boundary, description, trust, max_session, created, last_used, last_used_region"

func scanIAMEntity(s scanner) (e IAMEntity, err error) {
	var created, used int64
	err = s.Scan(&e.ID, &e.Account, &e.Kind, &e.Name, &e.Path, &e.Boundary, &e.Description, &e.Trust, &e.MaxSession,
		&created, &used, &e.LastUsedRegion)
	e.Created, e.LastUsed = fromMillis(created), fromMillis(used)
	return e, err
}

// InsertIAMEntity writes a new entity. ErrConflict means that the account has
// one of the same kind and name.
func (tx *Tx) InsertIAMEntity(e IAMEntity) error {
	_, err := tx.exec("INSERT INTO iam_entities (name_key, "+iamEntityColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		strings.ToLower(e.Name), e.ID, e.Account, e.Kind, e.Name, e.Path, e.Boundary, e.Description, e.Trust, e.MaxSession,
		millis(e.Created), millis(e.LastUsed), e.LastUsedRegion)
	return err
}

// UpdateIAMEntity writes every column of the entity but its use. ErrConflict
// means that the new name is taken.
func (tx *Tx) UpdateIAMEntity(e IAMEntity) error {
	return tx.execOne(`UPDATE iam_entities SET name_key = ?, name = ?, path = ?, boundary = ?, description = ?, trust = ?, max_session = ? WHERE id = ?`,
		strings.ToLower(e.Name), e.Name, e.Path, e.Boundary, e.Description, e.Trust, e.MaxSession, e.ID)
}

// TouchIAMEntity records that the entity was used, unless a later use is
// recorded already.
func (tx *Tx) TouchIAMEntity(id, region string, at time.Time) error {
	_, err := tx.exec("UPDATE iam_entities SET last_used = ?, last_used_region = ? WHERE id = ? AND last_used < ?",
		millis(at), region, id, millis(at))
	return err
}

// DeleteIAMEntity deletes the entity with its tags, memberships and what its
// trust policy names. Policies, keys and objects are the caller's to delete.
func (tx *Tx) DeleteIAMEntity(id string) error {
	for _, query := range []string{
		"DELETE FROM iam_tags WHERE resource_id = ?",
		"DELETE FROM iam_members WHERE container_id = ?",
		"DELETE FROM iam_members WHERE member_id = ?",
		"DELETE FROM iam_trusted WHERE role_id = ?",
		"DELETE FROM iam_trusted WHERE principal_id = ?",
		"DELETE FROM iam_uses WHERE entity_id = ?",
	} {
		if _, err := tx.exec(query, id); err != nil {
			return err
		}
	}
	return tx.execOne("DELETE FROM iam_entities WHERE id = ?", id)
}

// IAMEntity returns the account's entity of a kind and name, in any case.
func (tx *Tx) IAMEntity(account string, kind IAMKind, name string) (IAMEntity, error) {
	return one(tx, scanIAMEntity, "SELECT "+iamEntityColumns+" FROM iam_entities WHERE account = ? AND kind = ? AND name_key = ?",
		account, kind, strings.ToLower(name))
}

// IAMEntityByID returns the entity with the unique id.
func (tx *Tx) IAMEntityByID(id string) (IAMEntity, error) {
	return one(tx, scanIAMEntity, "SELECT "+iamEntityColumns+" FROM iam_entities WHERE id = ?", id)
}

// ListIAMEntities returns up to limit of the account's entities of a kind whose
// path begins with prefix, by name in lower case, after the name after.
func (tx *Tx) ListIAMEntities(account string, kind IAMKind, prefix, after string, limit int) ([]IAMEntity, error) {
	return all(tx, scanIAMEntity, "SELECT "+iamEntityColumns+` FROM iam_entities
		WHERE account = ? AND kind = ? AND name_key > ? AND substr(path, 1, ?) = ? ORDER BY name_key LIMIT ?`,
		account, kind, after, len(prefix), prefix, limit)
}

// CountIAMEntities returns how many entities of a kind the account has.
func (tx *Tx) CountIAMEntities(account string, kind IAMKind) (int, error) {
	return one(tx, scalar[int], "SELECT COUNT(*) FROM iam_entities WHERE account = ? AND kind = ?", account, kind)
}

// AddIAMMember puts a user into a group or a role into an instance profile;
// again does nothing.
func (tx *Tx) AddIAMMember(containerID, memberID string) error {
	_, err := tx.exec("INSERT INTO iam_members (container_id, member_id) VALUES (?, ?) ON CONFLICT (container_id, member_id) DO NOTHING",
		containerID, memberID)
	return err
}

// RemoveIAMMember undoes AddIAMMember, or returns ErrNotFound.
func (tx *Tx) RemoveIAMMember(containerID, memberID string) error {
	return tx.execOne("DELETE FROM iam_members WHERE container_id = ? AND member_id = ?", containerID, memberID)
}

// IAMMembers returns up to limit of a container's members by name, after the
// name (in lower case) after.
func (tx *Tx) IAMMembers(containerID, after string, limit int) ([]IAMEntity, error) {
	return all(tx, scanIAMEntity, "SELECT "+iamEntityColumns+` FROM iam_members m JOIN iam_entities e ON e.id = m.member_id
		WHERE m.container_id = ? AND e.name_key > ? ORDER BY e.name_key LIMIT ?`, containerID, after, limit)
}

// IAMContainers returns up to limit of the containers that a member is in, by
// name, after the name (in lower case) after.
func (tx *Tx) IAMContainers(memberID, after string, limit int) ([]IAMEntity, error) {
	return all(tx, scanIAMEntity, "SELECT "+iamEntityColumns+` FROM iam_members m JOIN iam_entities e ON e.id = m.container_id
		WHERE m.member_id = ? AND e.name_key > ? ORDER BY e.name_key LIMIT ?`, memberID, after, limit)
}

// SetIAMTrusted records the users and roles that a role's trust policy names.
func (tx *Tx) SetIAMTrusted(roleID string, principalIDs []string) error {
	if _, err := tx.exec("DELETE FROM iam_trusted WHERE role_id = ?", roleID); err != nil {
		return err
	}
	for _, id := range principalIDs {
		_, err := tx.exec("INSERT INTO iam_trusted (principal_id, role_id) VALUES (?, ?) ON CONFLICT (principal_id, role_id) DO NOTHING", id, roleID)
		if err != nil {
			return err
		}
	}
	return nil
}

// IAMTrusting returns the roles, of any account, whose trust policies name the
// principal.
func (tx *Tx) IAMTrusting(principalID string) ([]IAMEntity, error) {
	return all(tx, scanIAMEntity, "SELECT "+iamEntityColumns+` FROM iam_trusted t JOIN iam_entities e ON e.id = t.role_id
		WHERE t.principal_id = ? ORDER BY e.id`, principalID)
}
