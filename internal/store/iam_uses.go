package store

import "time"

// IAMUse is the last use of a service, or of one of its actions.
type IAMUse struct {
	// EntityID is the unique id of the user or role.
	EntityID string
	Service  string
	// Action is empty for the service as a whole.
	Action, Region string
	At             time.Time
	// Users is how many users and roles used it; only IAMUses sets it.
	Users int
}

// maxIAMUses bounds what is kept of one user or role: beyond it what was not
// used before goes unrecorded.
const maxIAMUses = 2000

// TouchIAMUse records a use, unless a later one is recorded already or the user
// or role is gone.
func (tx *Tx) TouchIAMUse(u IAMUse) error {
	_, err := tx.exec(`INSERT INTO iam_uses (entity_id, service, action, region, last_used)
		SELECT e.id, CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT) FROM iam_entities e
		WHERE e.id = ? AND (EXISTS (SELECT 1 FROM iam_uses WHERE entity_id = ? AND service = ? AND action = ?)
			OR (SELECT COUNT(*) FROM iam_uses WHERE entity_id = ?) < ?)
		ON CONFLICT (entity_id, service, action) DO UPDATE SET region = excluded.region, last_used = excluded.last_used
		WHERE iam_uses.last_used < excluded.last_used`,
		u.Service, u.Action, u.Region, millis(u.At), u.EntityID, u.EntityID, u.Service, u.Action, u.EntityID, maxIAMUses)
	return err
}

// iamSubject selects the ids of those whom permissions reach: a user or role
// itself, a group's members, or whom a policy is attached to, groups' members
// included.
const iamSubject = `SELECT CAST(? AS TEXT) AS id
	UNION SELECT member_id FROM iam_members WHERE container_id = ?
	UNION SELECT entity_id FROM iam_attachments WHERE account = ? AND policy_arn = ?
	UNION SELECT m.member_id FROM iam_attachments a JOIN iam_members m ON m.container_id = a.entity_id WHERE a.account = ? AND a.policy_arn = ?`

// IAMSubject is whose uses are asked about: an entity by its unique id, or all
// that have a policy by its ARN.
type IAMSubject struct {
	Account, EntityID, PolicyARN string
}

func (s IAMSubject) args() []any {
	return []any{s.EntityID, s.EntityID, s.Account, s.PolicyARN, s.Account, s.PolicyARN}
}

// IAMUses returns the last use of each service and action since a time, by
// service and action.
func (tx *Tx) IAMUses(s IAMSubject, since time.Time) ([]IAMUse, error) {
	return all(tx, func(s scanner) (u IAMUse, err error) {
		var at int64
		err = s.Scan(&u.EntityID, &u.Service, &u.Action, &u.Region, &at, &u.Users)
		u.At = fromMillis(at)
		return u, err
	}, `SELECT entity_id, service, action, region, last_used, users FROM (
			SELECT entity_id, service, action, region, last_used,
				COUNT(*) OVER (PARTITION BY service, action) AS users,
				ROW_NUMBER() OVER (PARTITION BY service, action ORDER BY last_used DESC, entity_id) AS place
			FROM iam_uses WHERE last_used >= ? AND entity_id IN (`+iamSubject+`)
		) u WHERE place = 1 ORDER BY service, action`, append([]any{millis(since)}, s.args()...)...)
}

// IAMServiceUser is a user or role with its last use of a service, zero for none.
type IAMServiceUser struct {
	IAMEntity
	At time.Time
}

// IAMServiceUserAfter is where a list of IAMServiceUsers goes on; the zero value begins it.
type IAMServiceUserAfter struct {
	At   time.Time
	Kind IAMKind
	Name string // in lower case
}

// IAMServiceUsers returns up to limit of the users and roles of a subject, the latest
// to use the service first.
func (tx *Tx) IAMServiceUsers(s IAMSubject, service string, since time.Time, after *IAMServiceUserAfter, limit int) ([]IAMServiceUser, error) {
	args := append([]any{service, millis(since)}, s.args()...)
	where := ""
	if after != nil {
		at := int64(0)
		if !after.At.IsZero() {
			at = millis(after.At)
		}
		where = " WHERE at < ? OR at = ? AND (kind > ? OR kind = ? AND name_key > ?)"
		args = append(args, at, at, after.Kind, after.Kind, after.Name)
	}
	return all(tx, func(s scanner) (u IAMServiceUser, err error) {
		var created, used, at int64
		err = s.Scan(&u.ID, &u.Account, &u.Kind, &u.Name, &u.Path, &u.Boundary, &u.Description, &u.Trust, &u.MaxSession, &created, &used, &u.LastUsedRegion, &at)
		u.Created, u.LastUsed = fromMillis(created), fromMillis(used)
		if at != 0 {
			u.At = fromMillis(at)
		}
		return u, err
	}, "SELECT "+iamEntityColumns+`, at FROM (
			SELECT e.*, COALESCE((SELECT u.last_used FROM iam_uses u WHERE u.entity_id = e.id AND u.service = ? AND u.action = '' AND u.last_used >= ?), 0) AS at
			FROM iam_entities e WHERE e.kind IN ('user', 'role') AND e.id IN (`+iamSubject+`)
		) e`+where+" ORDER BY at DESC, kind, name_key LIMIT ?", append(args, limit)...)
}

// IAMAccountUse is the last use of a service by anybody of an account.
type IAMAccountUse struct {
	Service string
	// Account and Region are those of the last use, which was at At.
	Account, Region string
	At              time.Time
	// Accounts is how many accounts used it.
	Accounts int
}

// maxAccountUses bounds IAMAccountUses; services are made up by those who ask
// other servers' questions.
const maxAccountUses = 1000

// IAMAccountUses returns the last use of each service by the principals of an
// account since a time, by service; of all accounts if account is empty.
func (tx *Tx) IAMAccountUses(account string, since time.Time) ([]IAMAccountUse, error) {
	return all(tx, func(s scanner) (u IAMAccountUse, err error) {
		var at int64
		err = s.Scan(&u.Service, &u.Account, &u.Region, &at, &u.Accounts)
		u.At = fromMillis(at)
		return u, err
	}, `WITH uses AS (
			SELECT u.service, e.account, u.region, u.last_used,
				ROW_NUMBER() OVER (PARTITION BY u.service ORDER BY u.last_used DESC, u.entity_id) AS place
			FROM iam_uses u JOIN iam_entities e ON e.id = u.entity_id
			WHERE u.action = '' AND u.last_used >= ? AND (CAST(? AS TEXT) = '' OR e.account = ?)
		)
		SELECT service, account, region, last_used, (SELECT COUNT(DISTINCT o.account) FROM uses o WHERE o.service = uses.service)
		FROM uses WHERE place = 1 ORDER BY service LIMIT ?`, millis(since), account, account, maxAccountUses)
}
