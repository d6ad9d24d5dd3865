package store

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
)

// Many users at once: statements of many rows spare PostgreSQL most of what a
// statement costs.

// batchSizes are how many rows statements have, so that few texts of statements
// serve every number of rows.
var batchSizes = []int{100, 10, 1}

// insertRows inserts rows of equally many values; head ends before VALUES.
func (tx *Tx) insertRows(head string, rows [][]any) error {
	sizes := batchSizes
	if tx.db.dialect == sqlite {
		sizes = []int{1} // a statement of many rows keeps copies of the pages that it changes
	}
	for _, size := range sizes {
		for ; len(rows) >= size; rows = rows[size:] {
			row := "(" + marks(len(rows[0])) + ")"
			query := head + " VALUES " + strings.Repeat(row+", ", size-1) + row
			if err := tx.execLater(query, slices.Concat(rows[:size]...)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// marks is n question marks in a list.
func marks(n int) string { return strings.Repeat("?, ", n-1) + "?" }

// among returns which of the values the column has in the rows that the query
// selects, which ends in the column's name.
func (tx *Tx) among(query string, args []any, values []string) (map[string]bool, error) {
	found := map[string]bool{}
	size := batchSizes[0]
	for ; len(values) > 0; values = values[min(size, len(values)):] {
		in := slices.Clone(args)
		for i := range size {
			in = append(in, values[min(i, len(values)-1)])
		}
		rows, err := all(tx, scalar[string], query+" IN ("+marks(size)+")", in...)
		if err != nil {
			return nil, err
		}
		for _, v := range rows {
			found[v] = true
		}
	}
	return found, nil
}

// UsernamesTaken returns which of the UsernameKeys users of the pool have.
func (tx *Tx) UsernamesTaken(poolID string, keys []string) (map[string]bool, error) {
	return tx.among("SELECT username_key FROM users WHERE pool_id = ? AND username_key", []any{poolID}, keys)
}

// AliasesTaken returns which of the aliases of the kind, in the form of
// [AliasForm], users of the pool hold.
func (tx *Tx) AliasesTaken(poolID, kind string, forms []string) (map[string]bool, error) {
	return tx.among("SELECT alias FROM user_aliases WHERE pool_id = ? AND kind = ? AND alias", []any{poolID, kind}, forms)
}

// InsertUsers is InsertUser for many users of a pool whose names nobody has. The
// error of a name that somebody does have may come with the commit.
func (tx *Tx) InsertUsers(users []*User) error {
	var rows, search [][]any
	counts := map[int64]int64{}
	for _, u := range users {
		u.stored, u.verifier, u.Salt = nil, nil, nil
		u.Created, u.Modified = tx.now, tx.now
		attributes, err := attributesJSON(u)
		if err != nil {
			return err
		}
		rows = append(rows, []any{
			u.PoolID, u.Sub, u.Username, u.UsernameKey, u.Status, bit(u.Enabled), millis(u.Created), millis(u.Modified), attributes,
			millis(u.PasswordSet), millis(u.PasswordExpires), millis(u.SignedOut), strings.Join(u.MFAEnabled, " "), u.MFAPreferred,
		})
		for _, name := range SearchAttributes {
			if value, has := u.Attributes[name]; has {
				search = append(search, []any{u.PoolID, u.Sub, name, searchable(value)})
			}
		}
		u.stored = maps.Clone(u.Attributes)
		counts[countShard(u.Sub)]++
	}
	if err := tx.insertRows(insertUserHead, rows); err != nil {
		return err
	}
	if err := tx.insertRows("INSERT INTO user_search (pool_id, sub, name, value)", search); err != nil {
		return err
	}
	for _, shard := range slices.Sorted(maps.Keys(counts)) {
		if err := tx.addToCount(users[0].PoolID, shard, counts[shard]); err != nil {
			return err
		}
	}
	return nil
}

// UserAlias is a name of a user, of the kind.
type UserAlias struct {
	User        *User
	Kind, Alias string
}

// InsertAliases gives users names that nobody holds.
func (tx *Tx) InsertAliases(aliases []UserAlias) error {
	rows := make([][]any, len(aliases))
	for i, a := range aliases {
		rows[i] = []any{a.User.PoolID, a.Kind, indexable(a.Alias), a.User.Sub}
	}
	return tx.insertRows("INSERT INTO user_aliases (pool_id, kind, alias, sub)", rows)
}

func countShard(sub string) int64 {
	h := fnv.New32a()
	fmt.Fprint(h, sub)
	return int64(h.Sum32() % countShards)
}

func (tx *Tx) addToCount(poolID string, shard, by int64) error {
	return tx.execLater("INSERT INTO user_counts (pool_id, shard, n) VALUES (?, ?, ?)"+
		" ON CONFLICT (pool_id, shard) DO UPDATE SET n = user_counts.n + excluded.n", poolID, shard, by)
}
