package store

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxSearchRunes is how much of a value is indexed for filters, which are no
// longer than that themselves.
const maxSearchRunes = 256

// UserQuery selects a page of a pool's users along an index.
type UserQuery struct {
	PoolID string
	// By is what is filtered: "username", "sub", "status", "enabled" or one of
	// SearchAttributes. The order is that of its values.
	By string
	// Value is what By must equal, or begin with when Prefix is set: for
	// "username" a UsernameKey, for "enabled" "1" or "0". An empty prefix selects
	// all users that have a value.
	Value  string
	Prefix bool
	// After is the position of the last user of the page before: empty for the
	// first page.
	After UserPosition
	// Limit is the greatest number of users.
	Limit int
}

// UserPosition is a user's place in a listing.
type UserPosition struct{ Value, Sub string }

// ListUsers returns the page of users that the query selects.
func (tx *Tx) ListUsers(q UserQuery) ([]*User, error) {
	query, args := q.sql()
	if query == "" {
		return nil, nil
	}
	return all(tx, scanUser, query, args...)
}

// sql is the query, empty when no user can match.
func (q UserQuery) sql() (query string, args []any) {
	from, column, sub := "users u", "", "u.sub"
	where := "u.pool_id = ?"
	args = []any{q.PoolID}
	var value any = cut(q.Value)
	switch q.By {
	case "username":
		column = "u.username_key"
	case "sub":
		column = "u.sub"
	case "status":
		column = "u.status"
	case "enabled":
		column, value = "u.enabled", bit(q.Value == "1")
	default:
		from = "user_search s JOIN users u ON u.pool_id = s.pool_id AND u.sub = s.sub"
		where, args = "s.pool_id = ? AND s.name = ?", append(args, q.By)
		column, sub, value = "s.value", "s.sub", searchable(q.Value)
	}
	order := column
	if !q.unique() {
		order += ", " + sub
	}
	and := func(condition string, values ...any) {
		where, args = where+" AND "+condition, append(args, values...)
	}
	// One lower bound only: of two the databases may seek by the lesser.
	first := q.After == UserPosition{}
	switch {
	case !q.Prefix && first:
		and(column+" = ?", value)
	case !q.Prefix && q.unique():
		return "", nil
	case !q.Prefix:
		and(column+" = ? AND "+sub+" > ?", value, q.After.Sub)
	case first:
		and(column+" >= ?", value)
	case q.unique():
		and(column+" > ?", q.After.Value)
	default:
		and("("+order+") > (?, ?)", q.After.Value, q.After.Sub)
	}
	if end, ok := prefixEnd(fmt.Sprint(value)); q.Prefix && ok {
		and(column+" < ?", end)
	}
	return "SELECT " + userColumns + " FROM " + from + " WHERE " + where + " ORDER BY " + order + " LIMIT ?", append(args, q.Limit)
}

// unique tells whether at most one user of a pool has a value, so that pages
// need no second column to be in order.
func (q UserQuery) unique() bool { return q.By == "username" || q.By == "sub" }

// Position is the user's place in the listing that the query makes.
func (q UserQuery) Position(u *User) UserPosition {
	switch q.By {
	case "username":
		return UserPosition{Value: u.UsernameKey}
	case "sub":
		return UserPosition{Value: u.Sub}
	case "status":
		return UserPosition{u.Status, u.Sub}
	case "enabled":
		return UserPosition{Sub: u.Sub}
	default:
		return UserPosition{searchable(u.Attributes[q.By]), u.Sub}
	}
}

// searchable is the form of an attribute's value that is indexed: searches of
// attributes are case-insensitive.
func searchable(value string) string { return cut(strings.ToLower(value)) }

// cut is the beginning of a value that goes into an index: PostgreSQL takes
// neither zero bytes in text nor long values into one.
func cut(value string) string {
	value = strings.ReplaceAll(strings.ToValidUTF8(value, "\uFFFD"), "\x00", "\uFFFD")
	n := 0
	for i := range value {
		if n == maxSearchRunes {
			return value[:i]
		}
		n++
	}
	return value
}

// prefixEnd is the least text that is greater than every text with the prefix,
// by bytes; false when there is none.
func prefixEnd(prefix string) (string, bool) {
	for prefix != "" {
		r, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		switch {
		case r == 0xD7FF:
			return prefix + "\uE000", true
		case r < utf8.MaxRune:
			return prefix + string(r+1), true
		}
	}
	return "", false
}

// indexable is the form of a text of any length that is stored in an index for
// lookups: the text itself, or the hash of a long one.
func indexable(text string) string {
	const hashed = "sha256/"
	if len(text) <= 256 && !strings.Contains(text, "\x00") && !strings.HasPrefix(text, hashed) {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return hashed + hex.EncodeToString(sum[:])
}
