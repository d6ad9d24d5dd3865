package sts

import (
	"testing"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/saml"
	"github.com/poolhouse-id/poolhouse/policy"
)

// trusted tells whether a condition of a trust policy holds for the keys.
func trusted(a *assumption, condition string) bool {
	req := &policy.Request{Action: "sts:AssumeRoleWithWebIdentity", Principal: policy.Principal{Kind: policy.Federated, Providers: []string{"p"}}}
	a.setContext(&req.Context, nil)
	return policy.EvaluateTrust(req, &policy.Inputs{Resource: policy.MustParse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"p"},
		"Action":"sts:AssumeRoleWithWebIdentity","Condition":` + condition + `}]}`)}).Allowed
}

// Trust policies may ask for the claims that are a provider's own, and for no
// others.
func TestProviderClaims(t *testing.T) {
	t.Parallel()
	claims := map[string]any{
		"sub": "repo:a/b", "repository": "a/b", "ref": "refs/heads/main", "project_id": float64(22), "ref_protected": true, "user_login": "joe", "pipeline_slug": "deploy",
		"google/organization_number": "42", "secret": "x",
	}
	for _, c := range []struct {
		host, condition string
		want            bool
	}{
		{"token.actions.githubusercontent.com", `{"StringEquals":{"token.actions.githubusercontent.com:repository":"a/b"},"StringLike":{"token.actions.githubusercontent.com:ref":"refs/heads/*"}}`, true},
		{"token.actions.githubusercontent.com", `{"StringEquals":{"token.actions.githubusercontent.com:repository":"a/c"}}`, false},
		{"token.actions.githubusercontent.com/corp", `{"StringEquals":{"token.actions.githubusercontent.com/corp:repository":"a/b"}}`, true},
		{"token.actions.corp.ghe.com", `{"StringEquals":{"token.actions.corp.ghe.com:repository":"a/b"}}`, true},
		{"gitlab.com", `{"StringEquals":{"gitlab.com:project_id":"22","gitlab.com:user_login":"joe"},"Bool":{"gitlab.com:ref_protected":"true"}}`, true},
		{"agent.x.buildkite.dev", `{"StringEquals":{"agent.x.buildkite.dev:pipeline_slug":"deploy"}}`, true},
		{"accounts.google.com", `{"StringEquals":{"accounts.google.com:google/organization_number":"42"}}`, true},
		{"id.example.com", `{"StringEquals":{"id.example.com:repository":"a/b"}}`, false},
		{"token.actions.githubusercontent.com", `{"StringEquals":{"token.actions.githubusercontent.com:secret":"x"}}`, false},
	} {
		w := &webIdentity{host: c.host, claims: claims, audience: "aud"}
		if got := trusted(&assumption{keys: w.keys()}, c.condition); got != c.want {
			t.Errorf("%s: %s is %v", c.host, c.condition, got)
		}
	}
}

// Trust policies may ask for the attributes of an assertion.
func TestSAMLAttributes(t *testing.T) {
	t.Parallel()
	a := &assumption{keys: map[string][]string{"saml:iss": {"idp"}}, caller: &awswire.Principal{}}
	before := a.keys
	a.keys, a.multiKeys = addAttributes(a.keys, &saml.Assertion{Attributes: map[string][]string{
		"urn:oid:1.3.6.1.4.1.5923.1.1.1.1": {"staff"}, "urn:oid:0.9.2342.19200300.100.1.3": {"a@example.com", "b@example.com"}, "other": {"x"}, "urn:oid:2.5.4.4": nil,
	}})
	for condition, want := range map[string]bool{
		`{"ForAnyValue:StringEquals":{"saml:edupersonaffiliation":"staff"}}`: true,
		`{"ForAnyValue:StringEquals":{"saml:edupersonaffiliation":"guest"}}`: false,
		`{"StringEquals":{"saml:edupersonaffiliation":"staff"}}`:             false,
		`{"StringEquals":{"saml:mail":"a@example.com","saml:iss":"idp"}}`:    true,
		`{"Null":{"saml:surname":"true"}}`:                                   true,
	} {
		if got := trusted(a, condition); got != want {
			t.Errorf("%s is %v", condition, got)
		}
	}
	if len(before) != 1 {
		t.Errorf("the session keeps %v", before)
	}
}
