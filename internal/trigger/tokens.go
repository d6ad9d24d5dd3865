package trigger

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

type tokenRequest struct {
	UserAttributes     map[string]string  `json:"userAttributes"`
	GroupConfiguration groupConfiguration `json:"groupConfiguration"`
	Scopes             *[]string          `json:"scopes,omitempty"`
	ClientMetadata     map[string]string  `json:"clientMetadata,omitempty"`
}

type groupConfiguration struct {
	GroupsToOverride   []string `json:"groupsToOverride"`
	IAMRolesToOverride []string `json:"iamRolesToOverride"`
	PreferredRole      *string  `json:"preferredRole"`
}

// tokenResponse is version 1 of the response.
type tokenResponse struct {
	ClaimsOverrideDetails *struct {
		ClaimsToAddOrOverride map[string]*string `json:"claimsToAddOrOverride"`
		ClaimsToSuppress      []string           `json:"claimsToSuppress"`
		GroupOverrideDetails  json.RawMessage    `json:"groupOverrideDetails"`
	} `json:"claimsOverrideDetails"`
}

// tokenResponse2 is versions 2 and 3 of the response.
type tokenResponse2 struct {
	ClaimsAndScopeOverrideDetails *struct {
		IDTokenGeneration     tokenGeneration `json:"idTokenGeneration"`
		AccessTokenGeneration tokenGeneration `json:"accessTokenGeneration"`
		GroupOverrideDetails  json.RawMessage `json:"groupOverrideDetails"`
	} `json:"claimsAndScopeOverrideDetails"`
}

type tokenGeneration struct {
	ClaimsToAddOrOverride map[string]json.RawMessage `json:"claimsToAddOrOverride"`
	ClaimsToSuppress      []string                   `json:"claimsToSuppress"`
	ScopesToAdd           []string                   `json:"scopesToAdd"`
	ScopesToSuppress      []string                   `json:"scopesToSuppress"`
}

// PreTokenGeneration implements userpool.Triggers (Developer Guide, "Pre token
// generation Lambda trigger"), in the version that the pool's
// PreTokenGenerationConfig chooses: 1 without one.
func (r *Runner) PreTokenGeneration(ctx context.Context, e *userpool.TriggerEvent) (*userpool.TokenOverrides, error) {
	request := tokenRequest{
		UserAttributes:     attributes(e),
		GroupConfiguration: groupConfiguration{list(e.Groups), list(e.Roles), nil},
		ClientMetadata:     e.ClientMetadata,
	}
	if e.PreferredRole != "" {
		request.GroupConfiguration.PreferredRole = &e.PreferredRole
	}
	if preTokenGeneration.version(e.Functions) == "1" {
		var response tokenResponse
		if ran, err := r.run(ctx, preTokenGeneration, e, request, tokenResponse{}, &response); err != nil || !ran {
			return nil, err
		}
		return response.overrides()
	}
	scopes := list(e.Scopes)
	request.Scopes = &scopes
	var response tokenResponse2
	if ran, err := r.run(ctx, preTokenGeneration, e, request, tokenResponse2{}, &response); err != nil || !ran {
		return nil, err
	}
	return response.overrides()
}

func (t *tokenResponse) overrides() (*userpool.TokenOverrides, error) {
	d := t.ClaimsOverrideDetails
	if d == nil {
		return nil, nil
	}
	groups, err := groupOverrides(d.GroupOverrideDetails)
	if err != nil {
		return nil, err
	}
	o := &userpool.TokenOverrides{Groups: groups, ID: userpool.ClaimOverrides{Add: map[string]json.RawMessage{}, Suppress: d.ClaimsToSuppress}}
	for name, text := range d.ClaimsToAddOrOverride {
		if text == nil {
			continue
		}
		if o.ID.Add[name], err = json.Marshal(*text); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func (t *tokenResponse2) overrides() (*userpool.TokenOverrides, error) {
	d := t.ClaimsAndScopeOverrideDetails
	if d == nil {
		return nil, nil
	}
	groups, err := groupOverrides(d.GroupOverrideDetails)
	if err != nil {
		return nil, err
	}
	for _, scope := range d.AccessTokenGeneration.ScopesToAdd {
		// A scope token is visible ASCII without quotes (RFC 6749, section 3.3).
		if scope == "" || strings.ContainsFunc(scope, func(c rune) bool { return c < 0x21 || c > 0x7e || c == '"' || c == '\\' }) {
			return nil, errUnrecognized()
		}
	}
	return &userpool.TokenOverrides{
		ID: d.IDTokenGeneration.claims(), Access: d.AccessTokenGeneration.claims(), Groups: groups,
		AddScopes: d.AccessTokenGeneration.ScopesToAdd, SuppressScopes: d.AccessTokenGeneration.ScopesToSuppress,
	}, nil
}

func (g *tokenGeneration) claims() userpool.ClaimOverrides {
	for name, v := range g.ClaimsToAddOrOverride {
		if bytes.Equal(v, []byte("null")) {
			delete(g.ClaimsToAddOrOverride, name)
		}
	}
	return userpool.ClaimOverrides{Add: g.ClaimsToAddOrOverride, Suppress: g.ClaimsToSuppress}
}

// groupOverrides reads groupOverrideDetails: a member that is absent leaves the
// groups alone, null or an empty object takes them away.
func groupOverrides(raw json.RawMessage) (*userpool.GroupOverrides, error) {
	if raw == nil {
		return nil, nil
	}
	var g groupConfiguration
	if json.Unmarshal(raw, &g) != nil {
		return nil, errUnrecognized()
	}
	return &userpool.GroupOverrides{Groups: g.GroupsToOverride, Roles: g.IAMRolesToOverride, PreferredRole: value(g.PreferredRole)}, nil
}
