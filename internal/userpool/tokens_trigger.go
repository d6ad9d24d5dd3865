package userpool

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/poolhouse-id/poolhouse/internal/token"
)

// fixedClaims cannot be overridden or suppressed (Developer Guide, "Pre token
// generation Lambda trigger"), nor can those that the pool's own checks rest on.
// The groups and roles of a token can.
var fixedClaims = []string{
	"acr", "amr", "at_hash", "aud", "auth_time", "azp", "cognito:username", "exp", "iat", "identities", "iss", "jti", "nbf", "nonce",
	"origin_jti", "sub", "token_use", "client_id", "device_key", "event_id", "scope", "username", "version",
}

// The claims of groups and roles.
const (
	claimGroups        = "cognito:groups"
	claimRoles         = "cognito:roles"
	claimPreferredRole = "cognito:preferred_role"
)

// changes tells whether the claim is added, overridden or suppressed.
func (o *ClaimOverrides) changes(name string) bool {
	value, added := o.Add[name]
	return added && json.Valid(value) || slices.Contains(o.Suppress, name)
}

// applyTrigger lets the pool's PreTokenGeneration function change the claims.
func (s *Service) applyTrigger(ctx context.Context, g *grant, id *token.IDClaims, access *token.AccessClaims) error {
	e := g.pool.event("TokenGeneration_"+g.source, g.user, g.client, g.metadata)
	e.Groups, e.Roles, e.PreferredRole, e.Scopes = id.Groups, id.Roles, id.PreferredRole, g.scopes
	changes, err := s.triggers.PreTokenGeneration(ctx, e)
	if err != nil || changes == nil {
		return err
	}
	if o := changes.Groups; o != nil {
		id.Groups, id.Roles, id.PreferredRole, access.Groups = o.Groups, o.Roles, o.PreferredRole, o.Groups
	}
	if changes.ID.changes(claimGroups) {
		id.Groups = nil
	}
	if changes.ID.changes(claimRoles) {
		id.Roles = nil
	}
	if changes.ID.changes(claimPreferredRole) {
		id.PreferredRole = ""
	}
	if changes.Access.changes(claimGroups) {
		access.Groups = nil
	}
	id.Attributes = overridden(id.Attributes, &changes.ID)
	access.Extra = overridden(access.Extra, &changes.Access)
	access.Scope = strings.Join(scopes(g.scopes, changes), " ")
	return nil
}

// overridden returns the claims with the changes of those that may be changed.
func overridden(claims map[string]any, o *ClaimOverrides) map[string]any {
	out := map[string]any{}
	for name, value := range claims {
		out[name] = value
	}
	for name, value := range o.Add {
		if !slices.Contains(fixedClaims, name) && json.Valid(value) {
			out[name] = value
		}
	}
	for _, name := range o.Suppress {
		delete(out, name)
	}
	return out
}

// scopes are the access token's with the changes, each once.
func scopes(granted []string, o *TokenOverrides) (out []string) {
	for _, scope := range slices.Concat(granted, o.AddScopes) {
		if !slices.Contains(o.SuppressScopes, scope) && !slices.Contains(out, scope) {
			out = append(out, scope)
		}
	}
	return out
}
