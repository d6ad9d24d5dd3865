package userpool

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/token"
)

// attrIdentities is the attribute that says at which providers a user is known.
// Nobody but the service writes it.
const attrIdentities = "identities"

// linkedIdentity is an element of the attribute identities, which is a JSON
// array (API Reference, GetUser).
type linkedIdentity struct {
	UserID       string `json:"userId"`
	ProviderName string `json:"providerName"`
	ProviderType string `json:"providerType"`
	// Issuer is a SAML provider's entity ID; others have null.
	Issuer *string `json:"issuer"`
	// Primary tells that the user signed up with this identity.
	Primary bool `json:"primary"`
	// DateCreated is in milliseconds since 1970.
	DateCreated int64 `json:"dateCreated"`
}

// identity is what the attribute says of a new link.
func (id *identified) identity(now time.Time) linkedIdentity {
	l := linkedIdentity{
		UserID: id.value, ProviderName: id.provider.Name, ProviderType: id.provider.Type, DateCreated: now.UnixMilli(),
	}
	if id.provider.Type == string(types.IdentityProviderTypeTypeSaml) {
		if m, err := parseMetadata(id.provider.Metadata); err == nil {
			l.Issuer = &m.entityID
		}
	}
	return l
}

func identitiesOf(u *store.User) (list []linkedIdentity, err error) {
	text, ok := u.Attributes[attrIdentities]
	if !ok {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("identities of user %s/%s: %w", u.PoolID, u.Sub, err)
	}
	return list, nil
}

func addIdentity(u *store.User, l linkedIdentity) error {
	list, err := identitiesOf(u)
	if err != nil {
		return err
	}
	return setIdentities(u, append(list, l))
}

func removeIdentity(u *store.User, provider, userID string) error {
	list, err := identitiesOf(u)
	if err != nil {
		return err
	}
	return setIdentities(u, slices.DeleteFunc(list, func(l linkedIdentity) bool {
		return l.ProviderName == provider && l.UserID == userID && !l.Primary
	}))
}

func setIdentities(u *store.User, list []linkedIdentity) error {
	if len(list) == 0 {
		delete(u.Attributes, attrIdentities)
		return nil
	}
	b, err := json.Marshal(list)
	u.Attributes[attrIdentities] = string(b)
	return err
}

// identityClaims is the claim identities of a user's tokens, whose members are
// all strings. What cannot be read is left out.
func identityClaims(u *store.User) (claims []token.Identity) {
	list, err := identitiesOf(u)
	if err != nil {
		return nil
	}
	for _, l := range list {
		claims = append(claims, token.Identity{
			UserID: l.UserID, ProviderName: l.ProviderName, ProviderType: l.ProviderType, Issuer: l.Issuer,
			Primary: strconv.FormatBool(l.Primary), DateCreated: strconv.FormatInt(l.DateCreated, 10),
		})
	}
	return claims
}
