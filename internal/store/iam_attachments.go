package store

import (
	"strings"
	"time"
)

// IAMAttachment is a managed policy on a user, group or role.
type IAMAttachment struct {
	EntityID  string
	PolicyARN string
	Account   string
	Created   time.Time
}

// Key is what lists of attachments are sorted by: the policy's name in lower
// case, and its path and account where names are equal.
func (a IAMAttachment) Key() string {
	name := a.PolicyARN[strings.LastIndexByte(a.PolicyARN, '/')+1:]
	return strings.ToLower(name) + " " + a.PolicyARN
}

func scanIAMAttachment(s scanner) (a IAMAttachment, err error) {
	var created int64
	err = s.Scan(&a.EntityID, &a.PolicyARN, &a.Account, &created)
	a.Created = fromMillis(created)
	return a, err
}

// PutIAMAttachment attaches a policy; again does nothing.
func (tx *Tx) PutIAMAttachment(a IAMAttachment) error {
	_, err := tx.exec(`INSERT INTO iam_attachments (entity_id, policy_arn, account, policy_key, created) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (entity_id, policy_arn) DO NOTHING`, a.EntityID, a.PolicyARN, a.Account, a.Key(), millis(a.Created))
	return err
}

// DeleteIAMAttachment detaches a policy, or returns ErrNotFound.
func (tx *Tx) DeleteIAMAttachment(entityID, policyARN string) error {
	return tx.execOne("DELETE FROM iam_attachments WHERE entity_id = ? AND policy_arn = ?", entityID, policyARN)
}

// IAMAttachments returns the policies attached to an entity, sorted by Key.
// Quotas keep them few.
func (tx *Tx) IAMAttachments(entityID string) ([]IAMAttachment, error) {
	return all(tx, scanIAMAttachment, "SELECT entity_id, policy_arn, account, created FROM iam_attachments WHERE entity_id = ? ORDER BY policy_key", entityID)
}

// ListIAMPolicyEntities returns up to limit of the account's entities that a
// policy is attached to (or bounds, when boundary is set), of one kind and path
// prefix, by name in lower case after the name after.
func (tx *Tx) ListIAMPolicyEntities(account, policyARN string, boundary bool, kind IAMKind, prefix, after string, limit int) ([]IAMEntity, error) {
	query := "SELECT " + iamEntityColumnsOf("e") + ` FROM iam_attachments a JOIN iam_entities e ON e.id = a.entity_id
		WHERE a.account = ? AND a.policy_arn = ?`
	if boundary {
		query = "SELECT " + iamEntityColumnsOf("e") + " FROM iam_entities e WHERE e.account = ? AND e.boundary = ?"
	}
	return all(tx, scanIAMEntity, query+" AND e.kind = ? AND e.name_key > ? AND substr(e.path, 1, ?) = ? ORDER BY e.name_key LIMIT ?",
		account, policyARN, kind, after, len(prefix), prefix, limit)
}

func iamEntityColumnsOf(alias string) string {
	return alias + "." + strings.ReplaceAll(iamEntityColumns, ", ", ", "+alias+".")
}

// IAMInlinePolicy is a policy embedded in a user, group or role.
type IAMInlinePolicy struct {
	EntityID, Name, Document string
}

func scanIAMInlinePolicy(s scanner) (p IAMInlinePolicy, err error) {
	err = s.Scan(&p.EntityID, &p.Name, &p.Document)
	return p, err
}

// PutIAMInlinePolicy writes or replaces an inline policy.
func (tx *Tx) PutIAMInlinePolicy(p IAMInlinePolicy) error {
	_, err := tx.exec(`INSERT INTO iam_inline_policies (entity_id, name, document) VALUES (?, ?, ?)
		ON CONFLICT (entity_id, name) DO UPDATE SET document = excluded.document`, p.EntityID, p.Name, p.Document)
	return err
}

// IAMInlinePolicy returns an entity's inline policy by its exact name.
func (tx *Tx) IAMInlinePolicy(entityID, name string) (IAMInlinePolicy, error) {
	return one(tx, scanIAMInlinePolicy, "SELECT entity_id, name, document FROM iam_inline_policies WHERE entity_id = ? AND name = ?", entityID, name)
}

// IAMInlinePolicies returns an entity's inline policies by name. A quota on
// their total size keeps them few.
func (tx *Tx) IAMInlinePolicies(entityID string) ([]IAMInlinePolicy, error) {
	return all(tx, scanIAMInlinePolicy, "SELECT entity_id, name, document FROM iam_inline_policies WHERE entity_id = ? ORDER BY name", entityID)
}

// DeleteIAMInlinePolicy deletes an inline policy, or returns ErrNotFound.
func (tx *Tx) DeleteIAMInlinePolicy(entityID, name string) error {
	return tx.execOne("DELETE FROM iam_inline_policies WHERE entity_id = ? AND name = ?", entityID, name)
}
