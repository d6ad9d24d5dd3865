package userpool

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	flowsMixed          = "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names."
	flowsNeedRefresh    = "REFRESH_TOKEN_AUTH should always be allowed."
	flowsWithRotation   = "ALLOW_REFRESH_TOKEN_AUTH cannot be used when refresh token rotation is enabled."
	validityRange       = "Invalid range for token validity."
	validityOrder       = "Access and Id Token expiration times must be less than or equal to refresh token expiration times."
	readAttributes      = "Invalid read attributes specified while %s a client"
	writeAttributes     = "Invalid write attributes specified while %s a client"
	providerMissing     = "The provider %s does not exist for User Pool %s."
	analyticsIncomplete = "Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid"
	propagateNeedsKey   = "EnablePropagateAdditionalUserContextData can be true only for an app client that has a client secret."
)

// checkClient checks a client's configuration beyond the constraints of the
// model. doing is "creating" or "updating", for the texts that say so.
func (s *Service) checkClient(tx *store.Tx, c *client, p *pool, doing string) error {
	for _, check := range []func() error{
		c.checkFlows,
		func() error { return p.checkClientTier(c) },
		c.checkValidity,
		func() error { return p.checkAttributes(c, doing) },
		func() error { return s.checkProviders(tx, c, p) },
		func() error { return s.checkOAuth(tx, c, p) },
		func() error { return p.checkAnalytics(c) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	if aws.ToBool(c.Doc.EnablePropagateAdditionalUserContextData) && !c.hasSecret() {
		return invalidParameter(propagateNeedsKey)
	}
	return nil
}

// checkFlows checks ExplicitAuthFlows. Refreshing must be allowed, unless
// rotation takes its place (Developer Guide, "Refresh token rotation").
func (c *client) checkFlows() error {
	if slices.Contains(c.Doc.ExplicitAuthFlows, allowClientToken) {
		return c.checkClientToken()
	}
	var old, allow, refresh bool
	for _, f := range c.Doc.ExplicitAuthFlows {
		old = old || !modern(f)
		allow = allow || modern(f)
		refresh = refresh || f == types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth
	}
	switch {
	case old && allow:
		return invalidParameter(flowsMixed)
	case refresh && c.rotatesRefreshTokens():
		return invalidParameter(flowsWithRotation)
	case allow && !refresh && !c.rotatesRefreshTokens():
		return invalidParameter(flowsNeedRefresh)
	}
	return nil
}

// checkClientTier refuses what the pool's tier does not have.
func (p *pool) checkClientTier(c *client) error {
	if lacking := c.lacking(p.Doc.UserPoolTier); len(lacking) > 0 {
		return tierLacks(tierFeatures, p.Doc.UserPoolTier, strings.Join(lacking, ", "))
	}
	return nil
}

// lacking lists the client's features that are not in the tier.
func (c *client) lacking(tier types.UserPoolTierType) (lacking []string) {
	if tierRank[tier] >= tierRank[types.UserPoolTierTypeEssentials] {
		return nil
	}
	if slices.Contains(c.Doc.ExplicitAuthFlows, types.ExplicitAuthFlowsTypeAllowUserAuth) {
		lacking = append(lacking, "Choice-Based Sign-In")
	}
	if c.rotatesRefreshTokens() {
		lacking = append(lacking, "Refresh Token Rotation")
	}
	return lacking
}

// The ranges of the lives of tokens (API Reference, TokenValidityUnitsType).
const (
	minTokenLife   = 5 * time.Minute
	maxTokenLife   = 24 * time.Hour
	minRefreshLife = time.Hour
	maxRefreshLife = 3650 * 24 * time.Hour
)

func (c *client) checkValidity() error {
	access, id, refresh := c.accessTokenLife(), c.idTokenLife(), c.refreshTokenLife()
	for _, life := range []time.Duration{access, id} {
		if life < minTokenLife || life > maxTokenLife {
			return invalidParameter(validityRange)
		}
	}
	if refresh < minRefreshLife || refresh > maxRefreshLife {
		return invalidParameter(validityRange)
	}
	if max(access, id) > refresh {
		return invalidParameter(validityOrder)
	}
	return nil
}

// checkAttributes checks that what the client may read and write exists; that
// it may write what only the service or developers change is refused, and so is
// that it may not write what users must have.
func (p *pool) checkAttributes(c *client, doing string) error {
	for _, name := range c.Doc.ReadAttributes {
		if p.attribute(name) == nil {
			return invalidParameter(readAttributes, doing)
		}
	}
	if c.Doc.WriteAttributes == nil {
		return nil
	}
	for _, name := range c.Doc.WriteAttributes {
		a := p.attribute(name)
		if a == nil || aws.ToBool(a.DeveloperOnlyAttribute) || slices.Contains(notWritable, name) {
			return invalidParameter(writeAttributes, doing)
		}
	}
	for name, a := range p.schema {
		if aws.ToBool(a.Required) && name != "sub" && !slices.Contains(c.Doc.WriteAttributes, name) {
			return invalidParameter(writeAttributes, doing)
		}
	}
	return nil
}

// notWritable are attributes that no client may write.
var notWritable = []string{"sub", "email_verified", "phone_number_verified", "identities"}

// localProvider is the name of the pool itself among its identity providers.
const localProvider = "COGNITO"

func (s *Service) checkProviders(tx *store.Tx, c *client, p *pool) error {
	for _, name := range c.Doc.SupportedIdentityProviders {
		if name == localProvider {
			continue
		}
		_, err := tx.IdentityProvider(p.ID, name)
		if errors.Is(err, store.ErrNotFound) {
			return invalidParameter(providerMissing, name, p.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkAnalytics checks which members of AnalyticsConfiguration come together.
func (p *pool) checkAnalytics(c *client) error {
	a := c.Doc.AnalyticsConfiguration
	if a == nil {
		return nil
	}
	parts := a.ApplicationId != nil || a.RoleArn != nil || a.ExternalId != nil
	whole := a.ApplicationId != nil && a.RoleArn != nil && a.ExternalId != nil
	if (a.ApplicationArn != nil) == parts || parts && !whole {
		return invalidParameter(analyticsIncomplete)
	}
	if a.RoleArn != nil {
		return p.checkRole(*a.RoleArn)
	}
	return nil
}
