package identitypool

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// maxUserPoolProviders is the quota "Amazon Cognito user pool providers per
// identity pool".
const maxUserPoolProviders = 50

// maxTags is how many tags a pool may have (API Reference, TagResource).
const maxTags = 50

const (
	invalidUserPool       = "Invalid Cognito Identity Provider"
	tooManyUserPools      = "Exceeded the maximum number of Cognito Identity Providers: %d"
	invalidLoginProvider  = "Invalid login provider: %s"
	invalidOIDCProvider   = "Invalid OpenID Connect provider: %s"
	invalidSAMLProvider   = "Invalid SAML provider: %s"
	tooManyTags           = "The number of tags has reached the maximum limit: %d"
	reservedTag           = "Tag keys must not begin with aws: %s"
	invalidDeveloperName  = "Invalid developer provider name: %s"
	duplicateProviderARNs = "Duplicate provider: %s"
)

// Names of the public providers, which are keys of SupportedLoginProviders and
// of Logins.
const (
	providerFacebook = "graph.facebook.com"
	providerGoogle   = "accounts.google.com"
	providerApple    = "appleid.apple.com"
	providerAmazon   = "www.amazon.com"
	providerTwitter  = "api.twitter.com"
	providerDigits   = "www.digits.com"
)

var publicProviders = []string{providerFacebook, providerGoogle, providerApple, providerAmazon, providerTwitter, providerDigits}

// checkSettings checks a pool's configuration beyond the constraints of the
// model, and gives ServerSideTokenCheck its default.
func (s *Service) checkSettings(ctx context.Context, p *pool) error {
	if err := s.checkUserPools(p); err != nil {
		return err
	}
	for name := range p.SupportedLoginProviders {
		if !slices.Contains(publicProviders, name) {
			return invalidParameter(invalidLoginProvider, name)
		}
	}
	if d := p.DeveloperProviderName; d != nil && (slices.Contains(publicProviders, *d) || *d == identityProvider) {
		return invalidParameter(invalidDeveloperName, *d)
	}
	if err := checkTags(p.Tags); err != nil {
		return err
	}
	return s.checkProviderARNs(ctx, p)
}

func (s *Service) checkUserPools(p *pool) error {
	if len(p.CognitoIdentityProviders) > maxUserPoolProviders {
		return limitExceeded(tooManyUserPools, maxUserPoolProviders)
	}
	type client struct{ provider, id string }
	seen := map[client]bool{}
	providers := make([]types.CognitoIdentityProvider, 0, len(p.CognitoIdentityProviders))
	for _, c := range p.CognitoIdentityProviders {
		name, ok := s.userPools.ProviderName(aws.ToString(c.ProviderName))
		key := client{name, aws.ToString(c.ClientId)}
		if !ok || key.id == "" || seen[key] {
			return invalidParameter(invalidUserPool)
		}
		seen[key] = true
		if c.ServerSideTokenCheck == nil {
			c.ServerSideTokenCheck = aws.Bool(false)
		}
		providers = append(providers, c)
	}
	p.CognitoIdentityProviders = providers
	return nil
}

// checkProviderARNs checks that the OpenID Connect and SAML providers are
// registered in IAM, in the pool's account.
func (s *Service) checkProviderARNs(ctx context.Context, p *pool) error {
	for i, arn := range p.OpenIdConnectProviderARNs {
		if slices.Contains(p.OpenIdConnectProviderARNs[:i], arn) {
			return invalidParameter(duplicateProviderARNs, arn)
		}
		if _, err := s.oidcClients(ctx, p.Account, arn); err != nil {
			return unlessMissing(err, invalidOIDCProvider, arn)
		}
	}
	for i, arn := range p.SamlProviderARNs {
		if slices.Contains(p.SamlProviderARNs[:i], arn) {
			return invalidParameter(duplicateProviderARNs, arn)
		}
		if err := s.samlExists(ctx, p.Account, arn); err != nil {
			return unlessMissing(err, invalidSAMLProvider, arn)
		}
	}
	return nil
}

func unlessMissing(err error, message, arn string) error {
	if errors.Is(err, ErrUnknownProvider) {
		return invalidParameter(message, arn)
	}
	return err
}

// oidcClients returns the client IDs of the account's OpenID Connect provider
// with the ARN, or ErrUnknownProvider.
func (s *Service) oidcClients(ctx context.Context, account, arn string) ([]string, error) {
	url, ok := strings.CutPrefix(arn, "arn:aws:iam::"+account+":oidc-provider/")
	if !ok || s.oidc == nil {
		return nil, ErrUnknownProvider
	}
	found, clients, err := s.oidc.OIDCProvider(ctx, account, "https://"+url)
	if errors.Is(err, store.ErrNotFound) || err == nil && found != arn {
		return nil, ErrUnknownProvider
	}
	return clients, err
}

func (s *Service) samlExists(ctx context.Context, account, arn string) error {
	if s.saml == nil || !strings.HasPrefix(arn, "arn:aws:iam::"+account+":saml-provider/") {
		return ErrUnknownProvider
	}
	ok, err := s.saml.SAMLProviderExists(ctx, account, arn)
	if err == nil && !ok {
		return ErrUnknownProvider
	}
	return err
}

func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return invalidParameter(tooManyTags, maxTags)
	}
	for key := range tags {
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			return invalidParameter(reservedTag, key)
		}
	}
	return nil
}
