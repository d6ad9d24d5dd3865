package token

import (
	"encoding/json"
	"maps"
	"math"
	"time"
)

// Claims are the claims of a verified token, with JSON's types: string,
// float64, bool, []any, map[string]any.
type Claims map[string]any

// String returns a claim of type string, otherwise "".
func (c Claims) String(name string) string {
	s, _ := c[name].(string)
	return s
}

// Time returns a NumericDate claim (seconds since 1970), otherwise the zero
// time.
func (c Claims) Time(name string) time.Time {
	n, ok := c[name].(float64)
	if !ok || math.Abs(n) > 1<<53 {
		return time.Time{}
	}
	return time.Unix(int64(n), 0).UTC()
}

// Strings returns a claim that is a list of strings, or a single string as a
// list of one; elements of other types are left out.
func (c Claims) Strings(name string) []string {
	switch v := c[name].(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// checkTimes demands an expiry in the future (RFC 7519, section 4.1.4) and a
// not-before in the past, if there is one (section 4.1.5).
func (c Claims) checkTimes(now time.Time) error {
	exp := c.Time("exp")
	if exp.IsZero() {
		return ErrMalformed
	}
	if _, ok := c["nbf"]; ok {
		nbf := c.Time("nbf")
		if nbf.IsZero() {
			return ErrMalformed
		}
		if now.Before(nbf) {
			return ErrNotYetValid
		}
	}
	if !now.Before(exp) {
		return &ExpiredError{Expired: exp, Now: now}
	}
	return nil
}

// IDClaims are the claims of a user pool's ID token ("Understanding the
// identity (ID) token" in the Amazon Cognito Developer Guide). Times are
// seconds since 1970. Members that are zero are left out, but for the times.
type IDClaims struct {
	Subject       string     `json:"sub"`
	Audience      string     `json:"aud"`
	Issuer        string     `json:"iss"`
	TokenUse      string     `json:"token_use"`
	Username      string     `json:"cognito:username"`
	Groups        []string   `json:"cognito:groups,omitempty"`
	Roles         []string   `json:"cognito:roles,omitempty"`
	PreferredRole string     `json:"cognito:preferred_role,omitempty"`
	Identities    []Identity `json:"identities,omitempty"`
	Nonce         string     `json:"nonce,omitempty"`
	AtHash        string     `json:"at_hash,omitempty"`
	OriginJTI     string     `json:"origin_jti,omitempty"`
	EventID       string     `json:"event_id,omitempty"`
	JTI           string     `json:"jti"`
	AuthTime      int64      `json:"auth_time"`
	IssuedAt      int64      `json:"iat"`
	Expires       int64      `json:"exp"`
	// Attributes are the user's attributes and whatever a pre token generation
	// trigger adds, by claim name. They never replace the members above.
	Attributes map[string]any `json:"-"`
}

// Identity is one linked external identity in the claim "identities".
type Identity struct {
	UserID       string  `json:"userId"`
	ProviderName string  `json:"providerName"`
	ProviderType string  `json:"providerType"`
	Issuer       *string `json:"issuer"`
	Primary      string  `json:"primary"`
	DateCreated  string  `json:"dateCreated"`
}

// AccessClaims are the claims of a user pool's access token ("Understanding
// the access token" in the Amazon Cognito Developer Guide). Times are seconds
// since 1970. Members that are zero are left out, but for the times.
type AccessClaims struct {
	Subject   string   `json:"sub"`
	ClientID  string   `json:"client_id"`
	Issuer    string   `json:"iss"`
	TokenUse  string   `json:"token_use"`
	Username  string   `json:"username,omitempty"`
	Groups    []string `json:"cognito:groups,omitempty"`
	Scope     string   `json:"scope,omitempty"`
	DeviceKey string   `json:"device_key,omitempty"`
	Version   int      `json:"version,omitempty"`
	OriginJTI string   `json:"origin_jti,omitempty"`
	EventID   string   `json:"event_id,omitempty"`
	JTI       string   `json:"jti"`
	AuthTime  int64    `json:"auth_time"`
	IssuedAt  int64    `json:"iat"`
	Expires   int64    `json:"exp"`
	// Extra are claims that a pre token generation trigger adds. They never
	// replace the members above.
	Extra map[string]any `json:"-"`
}

// MarshalJSON writes the members and the attributes as one object.
func (c *IDClaims) MarshalJSON() ([]byte, error) {
	type plain IDClaims
	return marshalWith((*plain)(c), c.Attributes)
}

// MarshalJSON writes the members and the extra claims as one object.
func (c *AccessClaims) MarshalJSON() ([]byte, error) {
	type plain AccessClaims
	return marshalWith((*plain)(c), c.Extra)
}

// marshalWith writes extra first and the members over it.
func marshalWith(members any, extra map[string]any) ([]byte, error) {
	own, err := json.Marshal(members)
	if err != nil || len(extra) == 0 {
		return own, err
	}
	var names map[string]json.RawMessage
	if err := json.Unmarshal(own, &names); err != nil {
		return nil, err
	}
	rest := maps.Clone(extra)
	maps.DeleteFunc(rest, func(name string, _ any) bool { _, taken := names[name]; return taken })
	if len(rest) == 0 {
		return own, nil
	}
	more, err := json.Marshal(rest)
	if err != nil {
		return nil, err
	}
	return append(append(own[:len(own)-1], ','), more[1:]...), nil
}
