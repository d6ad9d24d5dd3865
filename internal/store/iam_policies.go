package store

import (
	"strings"
	"time"
)

// IAMPolicy is a customer managed policy.
type IAMPolicy struct {
	// ID is the unique id (ANPA and 17 characters).
	ID      string
	Account string
	ARN     string
	// Name is unique in the account without regard to case and path.
	Name string
	// Path begins and ends with a slash.
	Path        string
	Description string
	// DefaultVersion is the version in force, LastVersion the highest number
	// ever given.
	DefaultVersion, LastVersion int64
	Created, Updated            time.Time
	// Attachments counts the users, groups and roles that the policy is
	// attached to, Boundaries those that it bounds. They are counted, not
	// stored.
	Attachments, Boundaries int32
}

// IAMPolicyVersion is one version of a managed policy.
type IAMPolicyVersion struct {
	Version  int64
	Document string
	Created  time.Time
}

const iamPolicyColumns = `id, account, arn, name, path, description, default_version, last_version, created, updated,
	(SELECT COUNT(*) FROM iam_attachments a WHERE a.account = p.account AND a.policy_arn = p.arn),
	(SELECT COUNT(*) FROM iam_entities e WHERE e.account = p.account AND e.boundary = p.arn)`

func scanIAMPolicy(s scanner) (p IAMPolicy, err error) {
	var created, updated int64
	err = s.Scan(&p.ID, &p.Account, &p.ARN, &p.Name, &p.Path, &p.Description, &p.DefaultVersion, &p.LastVersion,
		&created, &updated, &p.Attachments, &p.Boundaries)
	p.Created, p.Updated = fromMillis(created), fromMillis(updated)
	return p, err
}

// InsertIAMPolicy writes a new policy, without its versions. ErrConflict means
// that the account has one of that name.
func (tx *Tx) InsertIAMPolicy(p IAMPolicy) error {
	_, err := tx.exec(`INSERT INTO iam_policies (id, account, arn, name_key, name, path, description, default_version, last_version, created, updated)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		p.ID, p.Account, p.ARN, strings.ToLower(p.Name), p.Name, p.Path, p.Description, p.DefaultVersion, p.LastVersion, millis(p.Created), millis(p.Updated))
	return err
}

// UpdateIAMPolicy writes the policy's versions in force and last given, and
// its time of update.
func (tx *Tx) UpdateIAMPolicy(p IAMPolicy) error {
	return tx.execOne("UPDATE iam_policies SET default_version = ?, last_version = ?, updated = ? WHERE id = ?",
		p.DefaultVersion, p.LastVersion, millis(p.Updated), p.ID)
}

// DeleteIAMPolicy deletes the policy with its versions and tags.
func (tx *Tx) DeleteIAMPolicy(id string) error {
	for _, query := range []string{
		"DELETE FROM iam_policy_versions WHERE policy_id = ?",
		"DELETE FROM iam_tags WHERE resource_id = ?",
	} {
		if _, err := tx.exec(query, id); err != nil {
			return err
		}
	}
	return tx.execOne("DELETE FROM iam_policies WHERE id = ?", id)
}

// IAMPolicy returns the policy with the ARN.
func (tx *Tx) IAMPolicy(arn string) (IAMPolicy, error) {
	return one(tx, scanIAMPolicy, "SELECT "+iamPolicyColumns+" FROM iam_policies p WHERE arn = ?", arn)
}

// IAMPolicyFilter selects policies of a list.
type IAMPolicyFilter struct {
	// PathPrefix is what the path begins with.
	PathPrefix string
	// Attached keeps only policies that are attached or bound to something,
	// Boundary only those that are used as a boundary, Permissions only those
	// that are attached.
	Attached, Boundary, Permissions bool
}

// ListIAMPolicies returns up to limit of the account's policies, by name in
// lower case, after the name after.
func (tx *Tx) ListIAMPolicies(account string, f IAMPolicyFilter, after string, limit int) ([]IAMPolicy, error) {
	const attached = "EXISTS (SELECT 1 FROM iam_attachments a WHERE a.account = p.account AND a.policy_arn = p.arn)"
	const bounds = "EXISTS (SELECT 1 FROM iam_entities e WHERE e.account = p.account AND e.boundary = p.arn)"
	where := ""
	if f.Attached {
		where += " AND (" + attached + " OR " + bounds + ")"
	}
	if f.Boundary {
		where += " AND " + bounds
	}
	if f.Permissions {
		where += " AND " + attached
	}
	return all(tx, scanIAMPolicy, "SELECT "+iamPolicyColumns+` FROM iam_policies p
		WHERE account = ? AND name_key > ? AND substr(path, 1, ?) = ?`+where+" ORDER BY name_key LIMIT ?",
		account, after, len(f.PathPrefix), f.PathPrefix, limit)
}

// IAMPolicyUse counts the account's attachments and boundaries of a policy,
// which may be one of AWS's.
func (tx *Tx) IAMPolicyUse(account, arn string) (attachments, boundaries int32, err error) {
	use, err := one(tx, func(s scanner) (n [2]int32, err error) { err = s.Scan(&n[0], &n[1]); return n, err },
		`SELECT (SELECT COUNT(*) FROM iam_attachments WHERE account = ? AND policy_arn = ?),
		(SELECT COUNT(*) FROM iam_entities WHERE account = ? AND boundary = ?)`, account, arn, account, arn)
	return use[0], use[1], err
}

// CountIAMPolicies returns how many customer managed policies the account has.
func (tx *Tx) CountIAMPolicies(account string) (int, error) {
	return one(tx, scalar[int], "SELECT COUNT(*) FROM iam_policies WHERE account = ?", account)
}

func scanIAMPolicyVersion(s scanner) (v IAMPolicyVersion, err error) {
	var created int64
	err = s.Scan(&v.Version, &v.Document, &created)
	v.Created = fromMillis(created)
	return v, err
}

// InsertIAMPolicyVersion adds a version to the policy.
func (tx *Tx) InsertIAMPolicyVersion(policyID string, v IAMPolicyVersion) error {
	_, err := tx.exec("INSERT INTO iam_policy_versions (policy_id, version, document, created) VALUES (?, ?, ?, ?)",
		policyID, v.Version, v.Document, millis(v.Created))
	return err
}

// IAMPolicyVersion returns one version of the policy.
func (tx *Tx) IAMPolicyVersion(policyID string, version int64) (IAMPolicyVersion, error) {
	return one(tx, scanIAMPolicyVersion, "SELECT version, document, created FROM iam_policy_versions WHERE policy_id = ? AND version = ?", policyID, version)
}

// IAMPolicyVersions returns the policy's versions, at most five, newest first.
func (tx *Tx) IAMPolicyVersions(policyID string) ([]IAMPolicyVersion, error) {
	return all(tx, scanIAMPolicyVersion, "SELECT version, document, created FROM iam_policy_versions WHERE policy_id = ? ORDER BY version DESC", policyID)
}

// DeleteIAMPolicyVersion deletes one version, or returns ErrNotFound.
func (tx *Tx) DeleteIAMPolicyVersion(policyID string, version int64) error {
	return tx.execOne("DELETE FROM iam_policy_versions WHERE policy_id = ? AND version = ?", policyID, version)
}
