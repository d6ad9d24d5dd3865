package userpool

import (
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// standardScopes are the OAuth scopes that every pool has.
var standardScopes = []string{"phone", "email", "openid", "profile", "aws.cognito.signin.user.admin"}

const (
	oauthIncomplete     = "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows."
	oauthMixed          = "client_credentials flow can not be selected along with code flow or implicit flow."
	oauthNeedsSecret    = "client_credentials flow can not be selected if client does not have a client secret."
	oauthScopeOfUsers   = "%s is not supported with client_credentials flow"
	oauthNeedsCallback  = "CallbackUrls can not be empty when code flow or implicit flow is selected"
	scopeMissing        = "Invalid scope requested: %s"
	redirectNotCallback = "The default redirect URI %s is not in the callback URIs list."
	urlPlainHTTP        = "%s cannot use the HTTP protocol."
	urlFragment         = "%s cannot use fragment"
	urlInvalid          = "%s is not a valid URI."
)

// checkOAuth checks what the client may do at the OAuth endpoints.
func (s *Service) checkOAuth(tx *store.Tx, c *client, p *pool) error {
	for _, u := range slices.Concat(c.Doc.CallbackURLs, c.Doc.LogoutURLs) {
		if err := checkURL(u); err != nil {
			return err
		}
	}
	if u := c.Doc.DefaultRedirectURI; u != nil && !slices.Contains(c.Doc.CallbackURLs, *u) {
		return invalidParameter(redirectNotCallback, *u)
	}
	for _, scope := range c.Doc.AllowedOAuthScopes {
		exists, err := s.hasScope(tx, p, scope)
		if err != nil {
			return err
		}
		if !exists {
			return &types.ScopeDoesNotExistException{Message: text(scopeMissing, []any{scope})}
		}
	}
	return c.checkGrants()
}

// hasScope tells whether the pool has an OAuth scope.
func (s *Service) hasScope(tx *store.Tx, p *pool, scope string) (bool, error) {
	if slices.Contains(standardScopes, scope) {
		return true, nil
	}
	return customScope(tx, p.ID, scope)
}

// checkGrants checks AllowedOAuthFlows.
func (c *client) checkGrants() error {
	flows := c.Doc.AllowedOAuthFlows
	on := aws.ToBool(c.Doc.AllowedOAuthFlowsUserPoolClient)
	if on && (len(flows) == 0 || len(c.Doc.AllowedOAuthScopes) == 0) {
		return invalidParameter(oauthIncomplete)
	}
	machine := slices.Contains(flows, types.OAuthFlowTypeClientCredentials)
	users := slices.Contains(flows, types.OAuthFlowTypeCode) || slices.Contains(flows, types.OAuthFlowTypeImplicit)
	switch {
	case machine && users:
		return invalidFlow(oauthMixed)
	case machine && !c.hasSecret():
		return invalidFlow(oauthNeedsSecret)
	case machine:
		for _, scope := range c.Doc.AllowedOAuthScopes {
			if slices.Contains(standardScopes, scope) {
				return invalidFlow(oauthScopeOfUsers, scope)
			}
		}
	case on && users && len(c.Doc.CallbackURLs) == 0:
		return invalidFlow(oauthNeedsCallback)
	}
	return nil
}

func invalidFlow(format string, args ...any) error {
	return &types.InvalidOAuthFlowException{Message: text(format, args)}
}

// loopback are the hosts that may be redirected to without TLS.
var loopback = []string{"localhost", "127.0.0.1", "::1"}

// checkURL checks a callback or logout URL: it is absolute, without fragment,
// and not plain http but to the user's own machine. Schemes of apps are fine;
// those that browsers run or read themselves are not.
func checkURL(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || !u.IsAbs() {
		return invalidParameter(urlInvalid, raw)
	}
	switch scheme := strings.ToLower(u.Scheme); {
	case strings.Contains(raw, "#"):
		return invalidParameter(urlFragment, raw)
	case scheme == "http" && !slices.Contains(loopback, strings.ToLower(u.Hostname())):
		return invalidParameter(urlPlainHTTP, raw)
	case slices.Contains([]string{"http", "https"}, scheme) && u.Hostname() == "",
		slices.Contains([]string{"javascript", "data", "vbscript", "file", "blob", "about"}, scheme):
		return invalidParameter(urlInvalid, raw)
	}
	return nil
}
