package store

import "errors"

// IAMAccount is what IAM keeps once per account.
type IAMAccount struct {
	// Account is the 12-digit account id.
	Account string
	// Alias is the account alias, empty when there is none.
	Alias string
	// Settings is a JSON object of the iam package's own form: the password
	// policy and the like.
	Settings string
}

func scanIAMAccount(s scanner) (a IAMAccount, err error) {
	var alias *string
	err = s.Scan(&a.Account, &alias, &a.Settings)
	if alias != nil {
		a.Alias = *alias
	}
	return a, err
}

// IAMAccount returns the account's row; an account that never changed anything
// has an empty one.
func (tx *Tx) IAMAccount(account string) (IAMAccount, error) {
	a, err := one(tx, scanIAMAccount, "SELECT account, alias, settings FROM iam_accounts WHERE account = ?", account)
	if errors.Is(err, ErrNotFound) {
		return IAMAccount{Account: account, Settings: "{}"}, nil
	}
	return a, err
}

// PutIAMAccount writes the account's alias and settings. ErrConflict means that
// another account has the alias.
func (tx *Tx) PutIAMAccount(a IAMAccount) error {
	var alias *string
	if a.Alias != "" {
		alias = &a.Alias
	}
	_, err := tx.exec(`INSERT INTO iam_accounts (account, revision, alias, settings) VALUES (?, 1, ?, ?)
		ON CONFLICT (account) DO UPDATE SET revision = iam_accounts.revision + 1, alias = excluded.alias, settings = excluded.settings`,
		a.Account, alias, a.Settings)
	return err
}

// IAMRevision returns a number that every change of the account's IAM
// increases, 0 before the first.
func (tx *Tx) IAMRevision(account string) (int64, error) {
	n, err := one(tx, scalar[int64], "SELECT revision FROM iam_accounts WHERE account = ?", account)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	return n, err
}

// BumpIAMRevision increases the account's revision. Every transaction that
// changes what decides about calls must do so.
func (tx *Tx) BumpIAMRevision(account string) error {
	_, err := tx.exec(`INSERT INTO iam_accounts (account, revision) VALUES (?, 1)
		ON CONFLICT (account) DO UPDATE SET revision = iam_accounts.revision + 1`, account)
	return err
}

// CountIAM returns how many rows of each kind the account has: entities by
// their kind, objects by theirs, and "policy" and "attachment".
func (tx *Tx) CountIAM(account string) (map[string]int, error) {
	type count struct {
		kind string
		n    int
	}
	rows, err := all(tx, func(s scanner) (c count, err error) { err = s.Scan(&c.kind, &c.n); return c, err },
		`SELECT kind, COUNT(*) FROM iam_entities WHERE account = ? GROUP BY kind
		UNION ALL SELECT kind, COUNT(*) FROM iam_objects WHERE account = ? GROUP BY kind
		UNION ALL SELECT 'policy', COUNT(*) FROM iam_policies WHERE account = ?
		UNION ALL SELECT 'policy-version', COUNT(*) FROM iam_policies p JOIN iam_policy_versions v ON v.policy_id = p.id WHERE p.account = ?
		UNION ALL SELECT 'access-key', COUNT(*) FROM iam_access_keys WHERE account = ? AND user_id = ''`,
		account, account, account, account, account)
	counts := map[string]int{}
	for _, c := range rows {
		counts[c.kind] = c.n
	}
	return counts, err
}
