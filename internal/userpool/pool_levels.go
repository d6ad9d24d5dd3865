package userpool

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
)

const (
	levelUnknown   = "%s is not an authentication level. The levels are Level1, Level2, Level3 and Level4."
	levelForm      = "The name of an authentication level must be a URI: %s"
	levelTwice     = "The names of authentication levels must be unique: %s"
	levelTier      = "Custom ACR Level Names"
	stepUpTier     = "Step-Up Authentication"
	targetNone     = "TARGET_ACR_VALUES has no authentication level of the user pool: %s"
	targetMissing  = "TARGET_ACR_VALUES is required with ACCESS_TOKEN."
	registrationOn = "Dynamic Client Registration"
)

// levelNames are the default names of the levels of authentication, which the
// claim acr tells (API Reference, CreateUserPool, AcrConfiguration).
var levelNames = map[string]string{
	"Level1": "urn:cognito:loa:1", "Level2": "urn:cognito:loa:2", "Level3": "urn:cognito:loa:3", "Level4": "urn:cognito:loa:4",
}

// levelURI are the characters of a URL or a URN (RFC 3986).
var levelURI = regexp.MustCompile(`^[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+$`)

// levelSettings are the names of all levels: given ones and the defaults of
// the others.
func levelSettings(in map[string]newops.AcrLevelConfigType) map[string]newops.AcrLevelConfigType {
	all := maps.Clone(in)
	if all == nil {
		all = map[string]newops.AcrLevelConfigType{}
	}
	for level, name := range levelNames {
		if _, given := all[level]; !given {
			all[level] = newops.AcrLevelConfigType{AcrValue: &name}
		}
	}
	return all
}

// checkLevels checks that the names of the levels are URIs, each of one level.
func (p *pool) checkLevels() error {
	seen := map[string]bool{}
	for _, level := range slices.Sorted(maps.Keys(p.Doc.AcrConfiguration)) {
		name := aws.ToString(p.Doc.AcrConfiguration[level].AcrValue)
		switch {
		case levelNames[level] == "":
			return invalidParameter(levelUnknown, level)
		case !levelURI.MatchString(name):
			return invalidParameter(levelForm, name)
		case seen[name]:
			return invalidParameter(levelTwice, name)
		}
		seen[name] = true
	}
	return nil
}

// checkTargets checks the levels that a sign-in of the flow USER_AUTH asks for:
// one of them at least must be the pool's (API Reference, InitiateAuth,
// AuthParameters). Errors: InvalidParameterException,
// FeatureUnavailableInTierException for the tier LITE.
func (p *pool) checkTargets(params map[string]string) error {
	targets, given := params["TARGET_ACR_VALUES"]
	if _, token := params["ACCESS_TOKEN"]; token && !given {
		return invalidParameter(targetMissing)
	}
	if !given {
		return nil
	}
	if tierRank[p.Doc.UserPoolTier] < tierRank[types.UserPoolTierTypeEssentials] {
		return tierLacks(tierFeatures, p.Doc.UserPoolTier, stepUpTier)
	}
	for _, target := range strings.Fields(targets) {
		for _, level := range p.Doc.AcrConfiguration {
			if aws.ToString(level.AcrValue) == target {
				return nil
			}
		}
	}
	return invalidParameter(targetNone, targets)
}

// namesLevels tells whether a level has another name than by default.
func (p *pool) namesLevels() bool {
	for level, name := range levelNames {
		if c, ok := p.Doc.AcrConfiguration[level]; ok && aws.ToString(c.AcrValue) != name {
			return true
		}
	}
	return false
}

// registrationSettings completes a configuration of dynamic client
// registration (RFC 7591) with the defaults of what it leaves out (API
// Reference, DcrConfigurationType). Without one, the pool keeps its own.
func registrationSettings(in, before *newops.DcrConfigurationType) *newops.DcrConfigurationType {
	if in == nil {
		return before
	}
	c := *in
	c.EnableStatus = or(c.EnableStatus, types.StatusTypeEnabled)
	c.OpenDcrEnabled = cmpOr(c.OpenDcrEnabled, aws.Bool(false))
	if c.AuthenticatedGrantTypes == nil {
		c.AuthenticatedGrantTypes = []types.OAuthFlowType{types.OAuthFlowTypeCode, types.OAuthFlowTypeClientCredentials}
	}
	if c.OpenDcrGrantTypes == nil {
		c.OpenDcrGrantTypes = []types.OAuthFlowType{types.OAuthFlowTypeCode}
	}
	return &c
}

// registersClients tells whether dynamic client registration is on.
func (p *pool) registersClients() bool {
	return p.Doc.DcrConfiguration != nil && p.Doc.DcrConfiguration.EnableStatus != types.StatusTypeDisabled
}
