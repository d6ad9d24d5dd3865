package store

// IAMGrant is one policy that counts for a principal.
type IAMGrant struct {
	// EntityID is who has the policy: the principal or one of its groups, by
	// unique id.
	EntityID string
	// PolicyARN is the managed policy's ARN, or empty for an inline policy.
	PolicyARN string
	// Name is the inline policy's name, or empty.
	Name string
	// Document is empty for AWS's managed policies, which the store has not.
	Document string
}

func scanIAMGrant(s scanner) (g IAMGrant, err error) {
	err = s.Scan(&g.EntityID, &g.PolicyARN, &g.Name, &g.Document)
	return g, err
}

// IAMGrants returns the policies of a user or role: inline and attached, its
// own and its groups'.
func (tx *Tx) IAMGrants(principalID string) ([]IAMGrant, error) {
	const holders = "(SELECT CAST(? AS TEXT) UNION ALL SELECT container_id FROM iam_members m JOIN iam_entities e ON e.id = m.container_id WHERE m.member_id = ? AND e.kind = 'group')"
	return all(tx, scanIAMGrant, `SELECT entity_id, '', name, document FROM iam_inline_policies WHERE entity_id IN `+holders+`
		UNION ALL
		SELECT a.entity_id, a.policy_arn, '', COALESCE(v.document, '') FROM iam_attachments a
		LEFT JOIN iam_policies p ON p.arn = a.policy_arn
		LEFT JOIN iam_policy_versions v ON v.policy_id = p.id AND v.version = p.default_version
		WHERE a.entity_id IN `+holders, principalID, principalID, principalID, principalID)
}
