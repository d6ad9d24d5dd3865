package sts

import (
	"encoding/json"
	"path"
	"strconv"

	"github.com/poolhouse-id/poolhouse/internal/saml"
)

// providerClaims are the claims beyond the common ones that trust policies may
// ask for, by the providers whose they are ("Available keys for AWS OIDC
// federation", IAM User Guide; Service Authorization Reference, AWS Security
// Token Service). A provider is the issuer without its scheme, with * for a
// part of it.
var providerClaims = []struct {
	provider string
	claims   []string
}{
	{"accounts.google.com", []string{"google/organization_number"}},
	{"token.actions.githubusercontent.com", githubClaims},
	{"token.actions.githubusercontent.com/*", githubClaims},
	{"token.actions.*.ghe.com", githubClaims},
	{"gitlab.com", []string{
		"namespace_id", "pipeline_source", "project_id", "ref_protected", "runner_environment", "user_access_level", "user_email", "user_id", "user_login",
	}},
	{"agent.buildkite.com", buildkiteClaims},
	{"agent.*.buildkite.dev", buildkiteClaims},
	{"agent.*.buildkite.site", buildkiteClaims},
	{"oidc.circleci.com/org/*", []string{"oidc.circleci.com/project-id"}},
	{"idcs-*.identity.oraclecloud.com", []string{"rpst_id"}},
}

var (
	githubClaims = []string{
		"actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref", "ref", "repository", "repository_id", "repository_owner_id", "workflow",
	}
	buildkiteClaims = []string{
		"build_branch", "cluster_id", "cluster_name", "organization_id", "organization_slug", "pipeline_id", "pipeline_slug",
	}
)

// addClaims adds the condition keys of the claims that are the provider's own.
func (w *webIdentity) addClaims(keys map[string][]string) {
	for _, p := range providerClaims {
		if ok, err := path.Match(p.provider, w.host); err != nil || !ok {
			continue
		}
		for _, name := range p.claims {
			if value := claimText(w.claims[name]); value != "" {
				keys[w.host+":"+name] = []string{value}
			}
		}
	}
}

func claimText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// samlKeys are the condition keys of attributes that an assertion may have, by
// the names that identity providers give the attributes; the value tells
// whether the key is multi-valued ("Available keys for SAML-based AWS STS
// federation", IAM User Guide; the object identifiers are those of eduPerson,
// eduOrg and RFC 4519, the addresses those of Active Directory's claims).
var samlKeys = map[string]struct {
	key   string
	multi bool
}{
	"urn:oid:2.5.4.3":                                                         {"saml:cn", true},
	"urn:oid:1.3.6.1.4.1.5923.1.2.1.2":                                        {"saml:eduorghomepageuri", true},
	"urn:oid:1.3.6.1.4.1.5923.1.2.1.3":                                        {"saml:eduorgidentityauthnpolicyuri", true},
	"urn:oid:1.3.6.1.4.1.5923.1.2.1.4":                                        {"saml:eduorglegalname", true},
	"urn:oid:1.3.6.1.4.1.5923.1.2.1.5":                                        {"saml:eduorgsuperioruri", true},
	"urn:oid:1.3.6.1.4.1.5923.1.2.1.6":                                        {"saml:eduorgwhitepagesuri", true},
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.1":                                        {"saml:edupersonaffiliation", true},
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.11":                                       {"saml:edupersonassurance", true},
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.7":                                        {"saml:edupersonentitlement", true},
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.2":                                        {"saml:edupersonnickname", true},
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.3":                                        {"saml:edupersonorgdn", false},
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.4":                                        {"saml:edupersonorgunitdn", true},
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.5":                                        {"saml:edupersonprimaryaffiliation", false},
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.8":                                        {"saml:edupersonprimaryorgunitdn", false},
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.6":                                        {"saml:edupersonprincipalname", false},
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.9":                                        {"saml:edupersonscopedaffiliation", true},
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.10":                                       {"saml:edupersontargetedid", true},
	"urn:oid:2.5.4.42":                                                        {"saml:givenName", false},
	"urn:oid:2.5.4.4":                                                         {"saml:surname", false},
	"urn:oid:0.9.2342.19200300.100.1.3":                                       {"saml:mail", false},
	"urn:oid:0.9.2342.19200300.100.1.1":                                       {"saml:uid", false},
	"urn:oid:2.5.4.45":                                                        {"saml:x500UniqueIdentifier", false},
	"http://schemas.xmlsoap.org/claims/CommonName":                            {"saml:commonName", false},
	"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name":              {"saml:name", false},
	"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname":         {"saml:givenName", false},
	"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname":           {"saml:surname", false},
	"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress":      {"saml:mail", false},
	"http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid": {"saml:primaryGroupSID", false},
}

// addAttributes adds the condition keys of an assertion's attributes. It copies
// the keys that are there, since only those stay with the session.
func addAttributes(keys map[string][]string, assertion *saml.Assertion) (all map[string][]string, multi map[string]bool) {
	all, multi = map[string][]string{}, map[string]bool{}
	for k, v := range keys {
		all[k] = v
	}
	for name, values := range assertion.Attributes {
		known, ok := samlKeys[name]
		if !ok || len(values) == 0 {
			continue
		}
		if !known.multi {
			values = values[:1]
		}
		all[known.key], multi[known.key] = values, known.multi
	}
	return all, multi
}
