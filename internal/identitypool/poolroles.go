package identitypool

// Operations: GetIdentityPoolRoles, SetIdentityPoolRoles.

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// maxRules is how many rules a provider's role mapping may have (API
// Reference, SetIdentityPoolRoles).
const maxRules = 25

const (
	roleForbidden       = "Access to Role '%s' is forbidden."
	notAMappingProvider = "(%s) is not a valid RoleMapping ProviderName or is not a configured provider."
	ambiguityRequired   = "AmbiguousRoleResolution is required for the role mapping of %s."
	rulesForbidden      = "RulesConfiguration is only for role mappings of the type Rules, not for that of %s."
	rulesRequired       = "RulesConfiguration is required for the role mapping of %s."
	tooManyRules        = "The role mapping of %s has more than %d rules."
)

// Keys of a pool's Roles.
const (
	roleAuthenticated   = "authenticated"
	roleUnauthenticated = "unauthenticated"
)

// GetIdentityPoolRoles returns a pool's roles and role mappings, or neither
// when they were never set.
func (s *Service) GetIdentityPoolRoles(ctx context.Context, in *cognitoidentity.GetIdentityPoolRolesInput) (*cognitoidentity.GetIdentityPoolRolesOutput, error) {
	var p *pool
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		p, err = s.ownPool(tx, awswire.CallOf(ctx), aws.ToString(in.IdentityPoolId))
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &cognitoidentity.GetIdentityPoolRolesOutput{IdentityPoolId: aws.String(p.ID), Roles: p.Roles, RoleMappings: p.RoleMappings}
	if p.RolesSet != 0 && out.Roles == nil {
		out.Roles = map[string]string{}
	}
	return out, nil
}

// SetIdentityPoolRoles replaces a pool's roles and role mappings. The roles
// must be of the pool's account, or the answer is NotAuthorizedException; that
// the caller may pass them is checked by Access. Errors:
// InvalidParameterException for mappings of providers that the pool does not
// have or that are incomplete, ResourceNotFoundException.
func (s *Service) SetIdentityPoolRoles(ctx context.Context, in *cognitoidentity.SetIdentityPoolRolesInput) (*cognitoidentity.SetIdentityPoolRolesOutput, error) {
	call := awswire.CallOf(ctx)
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		_, err := s.change(tx, call, aws.ToString(in.IdentityPoolId), func(p *pool) error {
			for _, arn := range rolesOf(in) {
				if !isRoleOf(p.Account, arn) {
					return notAuthorized(roleForbidden, arn)
				}
			}
			for key, m := range in.RoleMappings {
				if err := s.checkMapping(p, key, m); err != nil {
					return err
				}
			}
			p.Roles, p.RoleMappings, p.RolesSet = in.Roles, in.RoleMappings, tx.Now().UnixMilli()
			return nil
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return &cognitoidentity.SetIdentityPoolRolesOutput{}, nil
}

// rolesOf lists each role that the input names, once and in order.
func rolesOf(in *cognitoidentity.SetIdentityPoolRolesInput) []string {
	var arns []string
	for _, arn := range in.Roles {
		arns = append(arns, arn)
	}
	for _, m := range in.RoleMappings {
		if m.RulesConfiguration == nil {
			continue
		}
		for _, r := range m.RulesConfiguration.Rules {
			arns = append(arns, aws.ToString(r.RoleARN))
		}
	}
	slices.Sort(arns)
	return slices.Compact(arns)
}

var roleARN = regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}):role/.+$`)

func isRoleOf(account, arn string) bool {
	m := roleARN.FindStringSubmatch(arn)
	return m != nil && m[1] == account
}

func (s *Service) checkMapping(p *pool, key string, m types.RoleMapping) error {
	if !s.isMappingProvider(p, key) {
		return invalidParameter(notAMappingProvider, key)
	}
	if m.AmbiguousRoleResolution == "" {
		return invalidParameter(ambiguityRequired, key)
	}
	if m.Type != types.RoleMappingTypeRules {
		if m.RulesConfiguration != nil {
			return invalidParameter(rulesForbidden, key)
		}
		return nil
	}
	if m.RulesConfiguration == nil || len(m.RulesConfiguration.Rules) == 0 {
		return invalidParameter(rulesRequired, key)
	}
	if len(m.RulesConfiguration.Rules) > maxRules {
		return invalidParameter(tooManyRules, key, maxRules)
	}
	return nil
}

// isMappingProvider tells whether key names a provider of the pool in the form
// that role mappings use: <user pool>:<client id>, a public provider's name, or
// the ARN of a provider in IAM.
func (s *Service) isMappingProvider(p *pool, key string) bool {
	if _, ok := p.SupportedLoginProviders[key]; ok {
		return true
	}
	if slices.Contains(p.OpenIdConnectProviderARNs, key) || slices.Contains(p.SamlProviderARNs, key) {
		return true
	}
	canonical := s.canonical(key)
	i := strings.LastIndexByte(canonical, ':')
	if i < 0 {
		return false
	}
	_, ok := p.clients[canonical[:i]][canonical[i+1:]]
	return ok
}
