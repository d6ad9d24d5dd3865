package userpool

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

const (
	wellKnownUnavailable = "Unable to contact well-known endpoint %s"
	wellKnownInvalid     = "The well-known endpoint %s does not describe an OpenID Connect provider: %s"
)

// discovered maps the members of a discovery document to the details that they
// fill in.
var discovered = []struct{ member, detail string }{
	{"authorization_endpoint", detailAuthorizeURL},
	{"token_endpoint", detailTokenURL},
	{"userinfo_endpoint", detailAttributesURL},
	{"jwks_uri", detailJWKSURI},
}

// configureOIDC checks the details of an OpenID Connect provider. Endpoints that
// they lack are read from the issuer's discovery document (OpenID Connect
// Discovery 1.0, section 4).
func (s *Service) configureOIDC(ctx context.Context, details map[string]string) error {
	if err := requireDetails(details, []string{detailClientID, detailAttributesMethod, detailIssuer, detailScopes}); err != nil {
		return err
	}
	if details[detailAddAttributes] == "" {
		details[detailAddAttributes] = "false"
	}
	if err := checkEndpoints(details); err != nil {
		return err
	}
	for _, d := range discovered {
		if details[d.detail] == "" {
			return s.discover(ctx, details)
		}
	}
	return nil
}

// discover fills in the endpoints that the details lack.
func (s *Service) discover(ctx context.Context, details map[string]string) error {
	address := strings.TrimSuffix(details[detailIssuer], "/") + "/.well-known/openid-configuration"
	body, status, err := s.fetch(ctx, address)
	if err != nil || status != 200 {
		return invalidParameter(wellKnownUnavailable, address)
	}
	var doc map[string]any
	if err := json.Unmarshal(body, &doc); err != nil {
		return invalidParameter(wellKnownInvalid, address, "it is no JSON object")
	}
	for _, d := range discovered {
		value, _ := doc[d.member].(string)
		if details[d.detail] != "" {
			continue
		}
		if !isEndpoint(value) {
			return invalidParameter(wellKnownInvalid, address, d.member)
		}
		details[d.detail] = value
	}
	return nil
}

// isEndpoint tells whether an address is one that a provider can have: https,
// or http on the user's own machine.
func isEndpoint(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && slices.Contains(loopback, strings.ToLower(u.Hostname()))
}
