package userpool

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/token"
)

// membership is a group that a user is in, as far as tokens show it.
type membership struct {
	name, role string
	// precedence is the group's, the lowest coming first; nil comes last.
	precedence *int32
}

// sortMemberships orders groups by precedence, then by name.
func sortMemberships(groups []membership) {
	slices.SortFunc(groups, func(a, b membership) int {
		switch {
		case a.precedence != nil && b.precedence != nil && *a.precedence != *b.precedence:
			return int(*a.precedence) - int(*b.precedence)
		case (a.precedence == nil) != (b.precedence == nil):
			if a.precedence == nil {
				return 1
			}
			return -1
		}
		return strings.Compare(a.name, b.name)
	})
}

// preferredRole is the role of the group with the lowest precedence. Groups of
// equal precedence with different roles leave none (Developer Guide, "Adding
// groups to a user pool").
func preferredRole(groups []membership) string {
	var best []membership
	for _, g := range groups {
		if g.role == "" {
			continue
		}
		if len(best) > 0 && !samePrecedence(g, best[0]) {
			break
		}
		best = append(best, g)
	}
	for _, g := range best {
		if g.role != best[0].role {
			return ""
		}
	}
	if len(best) == 0 {
		return ""
	}
	return best[0].role
}

func samePrecedence(a, b membership) bool {
	if a.precedence == nil || b.precedence == nil {
		return a.precedence == b.precedence
	}
	return *a.precedence == *b.precedence
}

func groupNames(groups []membership) (names []string) {
	for _, g := range groups {
		names = append(names, g.name)
	}
	return names
}

func groupRoles(groups []membership) (roles []string) {
	for _, g := range groups {
		if g.role != "" && !slices.Contains(roles, g.role) {
			roles = append(roles, g.role)
		}
	}
	return roles
}

// grant is everything that the tokens of a sign-in or refresh are made of.
type grant struct {
	pool   *pool
	client *client
	user   *store.User
	// groups are sorted.
	groups []membership
	// authTime is when the user signed in, now when the tokens are made.
	authTime, now time.Time
	// originJTI is the identifier of the sign-in.
	originJTI string
	scopes    []string
	// deviceKey is the device that the tokens are bound to, newDevice its data
	// when it is new.
	deviceKey string
	newDevice *types.NewDeviceMetadataType
	nonce     string
	// source is what PreTokenGeneration is told: Authentication,
	// NewPasswordChallenge, RefreshTokens and the like; metadata is the
	// ClientMetadata of the call.
	source   string
	metadata map[string]string
	// eventID is the auth event of the sign-in, if it has one.
	eventID string
}

func (s *Service) idClaims(g *grant, eventID string) *token.IDClaims {
	c := &token.IDClaims{
		Subject:    g.user.Sub,
		Audience:   g.client.ID,
		Issuer:     s.issuer(g.pool),
		TokenUse:   token.UseID,
		Username:   g.user.Username,
		Groups:     groupNames(g.groups),
		Roles:      groupRoles(g.groups),
		Nonce:      g.nonce,
		EventID:    eventID,
		JTI:        newTokenID(s.ids, g.now),
		AuthTime:   g.authTime.Unix(),
		IssuedAt:   g.now.Unix(),
		Expires:    g.now.Unix() + int64(g.client.idTokenLife()/time.Second),
		Attributes: map[string]any{},
	}
	c.PreferredRole = preferredRole(g.groups)
	if g.client.revokesTokens() {
		c.OriginJTI = g.originJTI
	}
	c.Identities = identityClaims(g.user)
	for name, value := range g.user.Attributes {
		if name != attrIdentities && g.client.reads(name) {
			c.Attributes[name] = claimValue(name, value)
		}
	}
	return c
}

func (s *Service) accessClaims(g *grant, eventID string) *token.AccessClaims {
	c := &token.AccessClaims{
		Subject:   g.user.Sub,
		ClientID:  g.client.ID,
		Issuer:    s.issuer(g.pool),
		TokenUse:  token.UseAccess,
		Username:  g.user.Username,
		Groups:    groupNames(g.groups),
		Scope:     strings.Join(g.scopes, " "),
		DeviceKey: g.deviceKey,
		EventID:   eventID,
		JTI:       newTokenID(s.ids, g.now),
		AuthTime:  g.authTime.Unix(),
		IssuedAt:  g.now.Unix(),
		Expires:   g.now.Unix() + int64(g.client.accessTokenLife()/time.Second),
	}
	if g.client.revokesTokens() {
		c.OriginJTI = g.originJTI
	}
	return c
}

// claimValue gives the standard claims their types (OpenID Connect Core, section
// 5.1); custom attributes are text whatever their type is.
func claimValue(name, value string) any {
	switch name {
	case attrEmailVerified, attrPhoneVerified:
		return value == "true"
	case "address":
		return map[string]string{"formatted": value}
	case "updated_at":
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			return n
		}
	}
	return value
}

// reads tells whether the client may read an attribute: one of ReadAttributes
// or, when there are none, a standard one (Developer Guide, "Attribute
// permissions and scopes").
func (c *client) reads(name string) bool {
	if name == attrSub {
		return true
	}
	if len(c.Doc.ReadAttributes) > 0 {
		return slices.Contains(c.Doc.ReadAttributes, name)
	}
	return !strings.HasPrefix(name, "custom:") && !strings.HasPrefix(name, "dev:")
}

func authenticationResult(access, id string, c *client) *types.AuthenticationResultType {
	return &types.AuthenticationResultType{
		AccessToken: &access, IdToken: &id, TokenType: ref("Bearer"), ExpiresIn: int32(c.accessTokenLife() / time.Second),
	}
}

func ref(s string) *string { return &s }
