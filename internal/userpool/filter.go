package userpool

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgBadFilter       = "Error while parsing filter."
	msgSearchAttribute = "Invalid search attribute: %s"
)

// userFilter is a parsed Filter of ListUsers.
type userFilter struct {
	attribute, value string
	prefix           bool
}

// parseFilter parses a Filter: an attribute's name, = or ^=, and a value in
// quotation marks, in which a backslash escapes quotation marks and
// backslashes (API Reference, ListUsers). Ok is false for an empty filter,
// which selects all users. Errors: InvalidParameterException.
func parseFilter(filter string) (f userFilter, ok bool, err error) {
	rest := strings.TrimSpace(filter)
	if rest == "" {
		return f, false, nil
	}
	end := strings.IndexAny(rest, "^= \t\r\n\"")
	if end <= 0 {
		return f, false, invalidParameter(msgBadFilter)
	}
	f.attribute, rest = rest[:end], strings.TrimSpace(rest[end:])
	if rest, f.prefix = strings.CutPrefix(rest, "^"); !strings.HasPrefix(rest, "=") {
		return f, false, invalidParameter(msgBadFilter)
	}
	if f.value, ok = unquote(strings.TrimSpace(rest[1:])); !ok {
		return f, false, invalidParameter(msgBadFilter)
	}
	if !searchable(f.attribute) {
		return f, false, invalidParameter(msgSearchAttribute, f.attribute)
	}
	return f, true, nil
}

func unquote(s string) (string, bool) {
	if len(s) < 2 || s[0] != '"' {
		return "", false
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), i == len(s)-1
		case '\\':
			i++
			if i == len(s) || s[i] != '"' && s[i] != '\\' {
				return "", false
			}
		}
		b.WriteByte(s[i])
	}
	return "", false
}

const (
	filterUsername   = "username"
	filterUserStatus = "cognito:user_status"
	filterStatus     = "status"
)

func searchable(attribute string) bool {
	return slices.Contains([]string{filterUsername, filterUserStatus, filterStatus, attrSub}, attribute) ||
		slices.Contains(store.SearchAttributes, attribute)
}

// query is the filter as a query of the store; none is true when no user can
// match. Attributes and cognito:user_status match whatever the case, status as
// it is written, and username by the pool's rule.
func (f userFilter) query(p *pool) (q store.UserQuery, none bool) {
	q = store.UserQuery{PoolID: p.ID, By: f.attribute, Value: f.value, Prefix: f.prefix}
	switch f.attribute {
	case filterUsername:
		q.Value = p.foldName(f.value)
	case attrSub:
		q.Value = strings.ToLower(f.value)
	case filterUserStatus:
		q.By, q.Value = "status", strings.ToUpper(f.value)
	case filterStatus:
		enabled, disabled := f.matches("Enabled"), f.matches("Disabled")
		switch {
		case enabled && disabled:
			return store.UserQuery{PoolID: p.ID, By: filterUsername, Prefix: true}, false
		case !enabled && !disabled:
			return q, true
		}
		q.By, q.Value, q.Prefix = "enabled", "0", false
		if enabled {
			q.Value = "1"
		}
	}
	return q, q.Value == "" && !q.Prefix
}

func (f userFilter) matches(value string) bool {
	return value == f.value || f.prefix && strings.HasPrefix(value, f.value)
}

// userType is a user as ListUsers and AdminCreateUser show it, with the
// attributes named or all.
func userType(u *store.User, only []string) types.UserType {
	attributes := attributesOf(u)
	if only != nil {
		attributes = slices.DeleteFunc(attributes, func(a types.AttributeType) bool { return !slices.Contains(only, *a.Name) })
	}
	return types.UserType{
		Username: usernameOf(u), Attributes: attributes, Enabled: u.Enabled, UserStatus: types.UserStatusType(u.Status),
		UserCreateDate: &u.Created, UserLastModifiedDate: &u.Modified,
	}
}
