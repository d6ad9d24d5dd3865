package identitypool

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// settings is a pool's configuration as the store keeps it.
type settings struct {
	AllowUnauthenticatedIdentities bool
	AllowClassicFlow               *bool                           `json:",omitempty"`
	CognitoIdentityProviders       []types.CognitoIdentityProvider `json:",omitempty"`
	DeveloperProviderName          *string                         `json:",omitempty"`
	OpenIdConnectProviderARNs      []string                        `json:",omitempty"`
	SamlProviderARNs               []string                        `json:",omitempty"`
	SupportedLoginProviders        map[string]string               `json:",omitempty"`
	Tags                           map[string]string               `json:",omitempty"`
	Roles                          map[string]string               `json:",omitempty"`
	RoleMappings                   map[string]types.RoleMapping    `json:",omitempty"`
	// RolesSet is when the roles were set, in Unix milliseconds; 0 is never.
	RolesSet int64 `json:",omitempty"`
	// PrincipalTags are the maps of attributes for access control by provider.
	PrincipalTags map[string]tagMap `json:",omitempty"`
}

// tagMap says which claims of a provider's tokens become which session tags.
type tagMap struct {
	UseDefaults *bool             `json:",omitempty"`
	Tags        map[string]string `json:",omitempty"`
}

// pool is an identity pool as the operations see it. Pools are shared by
// concurrent calls and never changed.
type pool struct {
	store.IdentityPool
	settings
	// clients are the user pool clients of CognitoIdentityProviders: by
	// canonical provider name and client ID, whether to check the user.
	clients map[string]map[string]bool
	// mappings are the RoleMappings by canonical key.
	mappings map[string]types.RoleMapping
	// oidc are the ARNs of the OpenID Connect providers by URL without scheme.
	oidc map[string]string
}

func poolARN(region, account, id string) string {
	return "arn:aws:cognito-identity:" + region + ":" + account + ":identitypool/" + id
}

// newPool decodes a pool's row.
func (s *Service) newPool(row store.IdentityPool) (*pool, error) {
	p := &pool{IdentityPool: row, clients: map[string]map[string]bool{}, mappings: map[string]types.RoleMapping{}, oidc: map[string]string{}}
	if err := json.Unmarshal([]byte(row.Settings), &p.settings); err != nil {
		return nil, fmt.Errorf("settings of identity pool %s: %w", row.ID, err)
	}
	if err := p.openSecrets(); err != nil {
		return nil, fmt.Errorf("secrets of identity pool %s: %w", row.ID, err)
	}
	for _, c := range p.CognitoIdentityProviders {
		name := s.canonical(*c.ProviderName)
		if p.clients[name] == nil {
			p.clients[name] = map[string]bool{}
		}
		p.clients[name][*c.ClientId] = c.ServerSideTokenCheck != nil && *c.ServerSideTokenCheck
	}
	for key, m := range p.RoleMappings {
		p.mappings[s.canonical(key)] = m
	}
	for _, arn := range p.OpenIdConnectProviderARNs {
		if _, url, ok := strings.Cut(arn, ":oidc-provider/"); ok {
			p.oidc[url] = arn
		}
	}
	return p, nil
}

// canonical is the one name of a provider, or of a provider and its client
// (<provider>:<client id>): a user pool has the AWS form of its name and that
// of its own issuer, all other names stand for themselves.
func (s *Service) canonical(name string) string {
	if c, ok := s.userPools.ProviderName(name); ok {
		return c
	}
	// The issuer's host may carry a port, so the client comes after the last colon.
	if i := strings.LastIndexByte(name, ':'); i > 0 {
		if c, ok := s.userPools.ProviderName(name[:i]); ok {
			return c + name[i:]
		}
	}
	return name
}

// encode puts the settings into the row.
func (p *pool) encode() error {
	shown, secrets := p.settings, map[string]string{}
	shown.SupportedLoginProviders = maps.Clone(p.SupportedLoginProviders)
	for _, name := range secretProviders {
		if value, ok := shown.SupportedLoginProviders[name]; ok {
			secrets[name] = value
			delete(shown.SupportedLoginProviders, name)
		}
	}
	b, err := json.Marshal(&shown)
	if err != nil {
		return err
	}
	p.Settings, p.Secrets = string(b), ""
	if len(secrets) == 0 {
		return nil
	}
	b, err = json.Marshal(secrets)
	p.Secrets = string(b)
	return err
}

// secretProviders are the login providers whose setting is a secret: a
// consumer key and its secret, rather than the ID of an app.
var secretProviders = []string{providerTwitter, providerDigits}

func (p *pool) openSecrets() error {
	if p.Secrets == "" {
		return nil
	}
	secrets := map[string]string{}
	if err := json.Unmarshal([]byte(p.Secrets), &secrets); err != nil {
		return err
	}
	if p.SupportedLoginProviders == nil {
		p.SupportedLoginProviders = map[string]string{}
	}
	maps.Copy(p.SupportedLoginProviders, secrets)
	return nil
}

// poolCache keeps decoded pools by ID. An entry is used only while the
// database still has its version.
type poolCache struct {
	mu    sync.RWMutex
	pools map[string]*pool
}

// maxCachedPools bounds the cache.
const maxCachedPools = 2000

func (c *poolCache) get(id string, version int64) *pool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if p := c.pools[id]; p != nil && p.Version == version {
		return p
	}
	return nil
}

func (c *poolCache) put(p *pool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pools == nil || len(c.pools) >= maxCachedPools {
		c.pools = map[string]*pool{}
	}
	c.pools[p.ID] = p
}

const poolNotFound = "IdentityPool '%s' not found."

// pool returns the pool with the ID, whoever asks: for public operations, where
// the ID itself decides account and region. It is called before change in a
// transaction, not after: what is not committed must not get into the cache.
func (s *Service) pool(tx *store.Tx, id string) (*pool, error) {
	version, err := tx.IdentityPoolVersion(id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, notFound(poolNotFound, id)
	}
	if err != nil {
		return nil, err
	}
	if p := s.pools.get(id, version); p != nil {
		return p, nil
	}
	row, err := tx.IdentityPool(id)
	if err != nil {
		return nil, err
	}
	p, err := s.newPool(row)
	if err != nil {
		return nil, err
	}
	s.pools.put(p)
	return p, nil
}

// ownPool returns the pool with the ID in the caller's account and region.
func (s *Service) ownPool(tx *store.Tx, call *awswire.Call, id string) (*pool, error) {
	p, err := s.pool(tx, id)
	if err != nil {
		return nil, err
	}
	if p.Account != call.Account || p.Region != call.Region {
		return nil, notFound(poolNotFound, id)
	}
	return p, nil
}

// change lets f change a copy of the caller's pool, and writes it.
func (s *Service) change(tx *store.Tx, call *awswire.Call, id string, f func(*pool) error) (*pool, error) {
	shared, err := s.ownPool(tx, call, id)
	if err != nil {
		return nil, err
	}
	p := *shared
	p.Tags = maps.Clone(p.Tags)
	p.PrincipalTags = maps.Clone(p.PrincipalTags)
	if err := f(&p); err != nil {
		return nil, err
	}
	if err := p.encode(); err != nil {
		return nil, err
	}
	return &p, tx.UpdateIdentityPool(&p.IdentityPool)
}
