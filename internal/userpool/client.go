package userpool

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	clientNotFound    = "User pool client %s does not exist."
	secretHashMissing = "Client %s is configured with secret but SECRET_HASH was not received"
	secretHashWrong   = "Unable to verify secret hash for client %s"
)

// client is an app client, decoded. It is shared: nobody changes it.
type client struct {
	store.Client
	// Doc is the client as DescribeUserPoolClient shows it, but for its secret.
	Doc *newops.UserPoolClientType

	secrets []store.ClientSecret
}

func newClient(row *store.Client, secrets []store.ClientSecret) (*client, error) {
	c := &client{Client: *row, Doc: &newops.UserPoolClientType{}, secrets: secrets}
	if err := awswire.DecodeJSON([]byte(row.Body), c.Doc); err != nil {
		return nil, fmt.Errorf("body of client %s: %w", row.ID, err)
	}
	return c, nil
}

// encode puts Doc into the row.
func (c *client) encode() error {
	b, err := awswire.EncodeJSON(c.Doc)
	c.Body = string(b)
	return err
}

// client returns the client with the ID and its pool, whoever asks: for public
// operations, where the client decides account and region, unless the address
// of the call names the region of a replica. Errors: ResourceNotFoundException,
// OperationNotEnabledException for what a replica does not answer.
func (s *Service) client(tx *store.Tx, id string) (*client, *pool, error) {
	v, err := tx.ClientVersion(id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, notFound(clientNotFound, id)
	}
	if err != nil {
		return nil, nil, err
	}
	c, err := s.clientAt(tx, id, v.Client)
	if err != nil {
		return nil, nil, err
	}
	p, err := s.poolAt(tx, v.PoolID, v.Pool)
	if err != nil {
		return nil, nil, err
	}
	if p, err = p.inRegion(tx); isResourceNotFound(err) {
		return nil, nil, notFound(clientNotFound, id)
	}
	return c, p, err
}

// clientOfPool returns a client of a pool in the caller's account and region,
// and the pool, for signed operations. Errors: ResourceNotFoundException.
func (s *Service) clientOfPool(ctx context.Context, tx *store.Tx, poolID, id string) (*client, *pool, error) {
	p, err := s.pool(ctx, tx, poolID)
	if err != nil {
		return nil, nil, err
	}
	c, _, err := s.client(tx, id)
	if err != nil {
		return nil, nil, err
	}
	if c.PoolID != p.ID {
		return nil, nil, notFound(clientNotFound, id)
	}
	return c, p, nil
}

// clientAt returns the client, which is known to exist in this version. As
// poolAt it must not be called in a transaction that has written the client.
func (s *Service) clientAt(tx *store.Tx, id string, version int64) (*client, error) {
	if c, ok := s.clients.get(id, version); ok {
		return c, nil
	}
	row, err := tx.Client(id)
	if err != nil {
		return nil, err
	}
	secrets, err := tx.ClientSecrets(id)
	if err != nil {
		return nil, err
	}
	c, err := newClient(row, secrets)
	if err != nil {
		return nil, err
	}
	s.clients.put(id, row.Version, c)
	return c, nil
}

// hasSecret tells whether the client is a confidential one.
func (c *client) hasSecret() bool { return len(c.secrets) > 0 }

// checkSecretHash checks the SECRET_HASH that came with a username: the base64
// of HMAC-SHA256 of username and client ID with a secret of the client
// (Developer Guide, "Computing secret hash values"). A client without a secret
// takes none. Errors: NotAuthorizedException.
func checkSecretHash(c *client, username, secretHash string) error {
	switch {
	case !c.hasSecret() && secretHash == "":
		return nil
	case secretHash == "":
		return notAuthorized(secretHashMissing, c.ID)
	}
	given, err := base64.StdEncoding.DecodeString(secretHash)
	ok := false
	for _, s := range c.secrets {
		mac := hmac.New(sha256.New, []byte(s.Secret))
		mac.Write([]byte(username))
		mac.Write([]byte(c.ID))
		ok = hmac.Equal(mac.Sum(nil), given) || ok
	}
	if err != nil || !ok {
		return notAuthorized(secretHashWrong, c.ID)
	}
	return nil
}

// allows tells whether the client allows an authentication flow, which is an
// ALLOW_* value: a client without ExplicitAuthFlows allows refresh, SRP and
// custom authentication, and the values without ALLOW_ stand for the flows that
// they name (API Reference, CreateUserPoolClient). Rotation of refresh tokens
// turns their flow off.
func (c *client) allows(flow types.ExplicitAuthFlowsType) bool {
	if flow == types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth && c.rotatesRefreshTokens() {
		return false
	}
	flows := c.Doc.ExplicitAuthFlows
	switch {
	case len(flows) == 0:
		return slices.Contains(defaultAuthFlows, flow)
	case modern(flows[0]):
		return slices.Contains(flows, flow)
	case slices.Contains(flows, types.ExplicitAuthFlowsTypeCustomAuthFlowOnly):
		return slices.Contains(customAuthFlows, flow)
	}
	return slices.Contains(defaultAuthFlows, flow) ||
		slices.ContainsFunc(flows, func(f types.ExplicitAuthFlowsType) bool { return legacyAuthFlows[f] == flow })
}

// accessTokenLife, idTokenLife and refreshTokenLife are how long the client's
// tokens are valid, authSessionLife how long a challenge's session is.
func (c *client) accessTokenLife() time.Duration {
	return validity(c.Doc.AccessTokenValidity, c.units().AccessToken, types.TimeUnitsTypeHours, defaultTokenLife)
}

func (c *client) idTokenLife() time.Duration {
	return validity(c.Doc.IdTokenValidity, c.units().IdToken, types.TimeUnitsTypeHours, defaultTokenLife)
}

func (c *client) refreshTokenLife() time.Duration {
	return validity(&c.Doc.RefreshTokenValidity, c.units().RefreshToken, types.TimeUnitsTypeDays, defaultRefreshLife)
}

func (c *client) authSessionLife() time.Duration {
	if v := c.Doc.AuthSessionValidity; v != nil {
		return time.Duration(*v) * time.Minute
	}
	return defaultSessionMinutes * time.Minute
}

func (c *client) units() types.TokenValidityUnitsType {
	if c.Doc.TokenValidityUnits == nil {
		return types.TokenValidityUnitsType{}
	}
	return *c.Doc.TokenValidityUnits
}

// revokesTokens tells whether token revocation is on.
func (c *client) revokesTokens() bool {
	return c.Doc.EnableTokenRevocation == nil || *c.Doc.EnableTokenRevocation
}

// hidesUsers tells whether answers must not show which users exist.
func (c *client) hidesUsers() bool {
	return c.Doc.PreventUserExistenceErrors == types.PreventUserExistenceErrorTypesEnabled
}

// rotatesRefreshTokens tells whether refresh tokens are used once.
func (c *client) rotatesRefreshTokens() bool {
	r := c.Doc.RefreshTokenRotation
	return r != nil && r.Feature == types.FeatureTypeEnabled
}
