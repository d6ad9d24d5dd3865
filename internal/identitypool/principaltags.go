package identitypool

// Operations: GetPrincipalTagAttributeMap, SetPrincipalTagAttributeMap.

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	notATagProvider = "(%s) is not a configured provider of this identity pool."
	reservedTagKey  = "Principal tag keys must not begin with aws: %s"
)

// defaultTags are the mappings of UseDefaults: the names of the tags and the
// claims that they get (Developer Guide, "Default provider mappings").
var defaultTags = map[string]string{"client": "aud", "username": "sub"}

// samlDefaultTags are the same for SAML assertions.
var samlDefaultTags = map[string]string{
	"client":   "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
	"username": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
}

// SetPrincipalTagAttributeMap says which claims of a provider's tokens become
// session tags (aws:PrincipalTag/...) of the credentials. UseDefaults true uses
// the provider's default mappings in the place of PrincipalTags, which are not
// kept then: the answer shows what is in force. The trust
// policies of the roles must allow sts:TagSession. Errors:
// ResourceNotFoundException, InvalidParameterException for a provider that the
// pool does not have.
func (s *Service) SetPrincipalTagAttributeMap(ctx context.Context, in *cognitoidentity.SetPrincipalTagAttributeMapInput) (*cognitoidentity.SetPrincipalTagAttributeMapOutput, error) {
	call, name := awswire.CallOf(ctx), aws.ToString(in.IdentityProviderName)
	m := tagMap{UseDefaults: in.UseDefaults, Tags: in.PrincipalTags}
	if aws.ToBool(m.UseDefaults) {
		m.Tags = nil
	}
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		_, err := s.change(tx, call, aws.ToString(in.IdentityPoolId), func(p *pool) error {
			if !s.isTagProvider(p, name) {
				return invalidParameter(notATagProvider, name)
			}
			for key := range in.PrincipalTags {
				if strings.HasPrefix(strings.ToLower(key), "aws:") {
					return invalidParameter(reservedTagKey, key)
				}
			}
			if p.PrincipalTags == nil {
				p.PrincipalTags = map[string]tagMap{}
			}
			p.PrincipalTags[s.canonical(name)] = m
			return nil
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return &cognitoidentity.SetPrincipalTagAttributeMapOutput{
		IdentityPoolId: in.IdentityPoolId, IdentityProviderName: in.IdentityProviderName,
		UseDefaults: m.shownDefaults(), PrincipalTags: m.shown(name),
	}, nil
}

// GetPrincipalTagAttributeMap returns what SetPrincipalTagAttributeMap set,
// with the default mappings spelled out. A provider without a map has
// UseDefaults false and no tags. Errors are those of
// SetPrincipalTagAttributeMap.
func (s *Service) GetPrincipalTagAttributeMap(ctx context.Context, in *cognitoidentity.GetPrincipalTagAttributeMapInput) (*cognitoidentity.GetPrincipalTagAttributeMapOutput, error) {
	call, name := awswire.CallOf(ctx), aws.ToString(in.IdentityProviderName)
	var m tagMap
	err := s.store.View(ctx, func(tx *store.Tx) error {
		p, err := s.ownPool(tx, call, aws.ToString(in.IdentityPoolId))
		if err != nil {
			return err
		}
		if !s.isTagProvider(p, name) {
			return invalidParameter(notATagProvider, name)
		}
		m = p.PrincipalTags[s.canonical(name)]
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &cognitoidentity.GetPrincipalTagAttributeMapOutput{
		IdentityPoolId: in.IdentityPoolId, IdentityProviderName: in.IdentityProviderName,
		UseDefaults: m.shownDefaults(), PrincipalTags: m.shown(name),
	}, nil
}

// isTagProvider tells whether a tag map can be for the name: a user pool, a
// public provider, or the ARN or URL of a provider in IAM. Developers give
// their users' tags with each token instead.
func (s *Service) isTagProvider(p *pool, name string) bool {
	if _, ok := p.clients[s.canonical(name)]; ok {
		return true
	}
	if _, ok := p.SupportedLoginProviders[name]; ok {
		return true
	}
	if _, ok := p.oidc[name]; ok {
		return true
	}
	return slices.Contains(p.OpenIdConnectProviderARNs, name) || slices.Contains(p.SamlProviderARNs, name)
}

func (m tagMap) shownDefaults() *bool { return aws.Bool(aws.ToBool(m.UseDefaults)) }

// shown is the map as the API shows it.
func (m tagMap) shown(provider string) map[string]string {
	if len(m.mapping(provider)) == 0 {
		return nil
	}
	return m.mapping(provider)
}

// mapping is the claims by tag.
func (m tagMap) mapping(provider string) map[string]string {
	switch {
	case !aws.ToBool(m.UseDefaults):
		return m.Tags
	case strings.Contains(provider, ":saml-provider/"):
		return samlDefaultTags
	default:
		return defaultTags
	}
}

// maxTagBytes is how much text all tags of a session may have together, keys
// and values (Developer Guide, "Using attributes for access control").
const maxTagBytes = 460

// tooLong tells whether the tags are more than a session can have.
func tooLong(tags map[string]string) bool {
	n := 0
	for key, value := range tags {
		n += len(key) + len(value)
	}
	return n > maxTagBytes
}

// sessionTags are the session tags that the logins give. A claim that a token
// does not have gives no tag; of several values the first counts.
func (p *pool) sessionTags(logins []login) map[string]string {
	var tags map[string]string
	for _, l := range logins {
		m, ok := p.PrincipalTags[l.provider]
		if !ok {
			m = p.PrincipalTags[l.mapping]
		}
		for tag, claim := range m.mapping(l.mapping) {
			values := texts(l.claims.All[claim])
			if len(values) == 0 || values[0] == "" {
				continue
			}
			if tags == nil {
				tags = map[string]string{}
			}
			tags[tag] = values[0]
		}
	}
	return tags
}
