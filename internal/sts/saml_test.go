package sts_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	iamapi "github.com/aws/aws-sdk-go-v2/service/iam"
	stsapi "github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/saml/samltest"
)

const signIn = "https://signin.aws.amazon.com/saml"

func TestAssumeRoleWithSAML(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	idp := samltest.New(t, "https://idp.example.com/metadata")
	metadata := idp.Metadata + strings.Repeat(" ", 1000)
	provider := *must(f.iam.CreateSAMLProvider(admin(account), &iamapi.CreateSAMLProviderInput{Name: p("corp"), SAMLMetadataDocument: &metadata}))(t).SAMLProviderArn
	trust := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":%q},"Action":["sts:AssumeRoleWithSAML","sts:TagSession"],"Condition":{"StringEquals":{"SAML:aud":%q}}}]}`, provider, signIn)
	role := *f.role(account, "corp", trust, func(in *iamapi.CreateRoleInput) { in.MaxSessionDuration = p[int32](7200) }).Arn
	attributes := "https://aws.amazon.com/SAML/Attributes/"
	assertion := func(change ...func(*samltest.Assertion)) string {
		a := samltest.Assertion{
			Issuer: idp.EntityID, Subject: "alice", Audience: signIn, Recipient: signIn, IssuedAt: f.clock.Now(), NotOnOrAfter: f.clock.Now().Add(5 * time.Minute),
			Attributes: map[string][]string{attributes + "Role": {provider + "," + role}, attributes + "RoleSessionName": {"alice@example.com"}, attributes + "PrincipalTag:Team": {"red"}, attributes + "SessionDuration": {"7200"}},
		}
		for _, c := range change {
			c(&a)
		}
		return idp.Respond(a)
	}
	call := func(saml string, change ...func(*stsapi.AssumeRoleWithSAMLInput)) (*stsapi.AssumeRoleWithSAMLOutput, error) {
		in := &stsapi.AssumeRoleWithSAMLInput{RoleArn: &role, PrincipalArn: &provider, SAMLAssertion: &saml}
		for _, c := range change {
			c(in)
		}
		return f.AssumeRoleWithSAML(awswire.WithCall(context.Background(), &awswire.Call{Service: "sts", Account: account, Region: "us-east-1", Time: f.clock.Now()}), in)
	}
	out := must(call(assertion()))(t)
	if *out.AssumedRoleUser.Arn != "arn:aws:sts::"+account+":assumed-role/corp/alice@example.com" || *out.Subject != "alice" || *out.SubjectType != "persistent" ||
		*out.Issuer != idp.EntityID || *out.Audience != signIn || len(*out.NameQualifier) != 28 || !out.Credentials.Expiration.Equal(f.clock.Now().Add(2*time.Hour)) {
		t.Errorf("%+v", out)
	}
	if pr := f.open(out.Credentials); pr.FederatedProvider != provider || pr.SessionTags["Team"] != "red" || pr.SessionKeys["saml:sub"][0] != "alice" {
		t.Errorf("%+v", pr)
	}
	attribute := func(name string, values ...string) func(*samltest.Assertion) {
		return func(a *samltest.Assertion) { a.Attributes[attributes+name] = values }
	}
	for _, c := range []struct {
		name, saml    string
		change        func(*stsapi.AssumeRoleWithSAMLInput)
		code, message string
	}{
		{"role not offered", assertion(attribute("Role", provider+","+role+"x")), nil, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML"},
		{"no session name", assertion(attribute("RoleSessionName")), nil, "InvalidIdentityToken", "RoleSessionName is required in AuthnResponse"},
		{"bad session name", assertion(attribute("RoleSessionName", "a b")), nil, "InvalidIdentityToken", "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"},
		{"unsigned", assertion(func(a *samltest.Assertion) { a.Unsigned = true }), nil, "InvalidIdentityToken", "Response signature invalid"},
		{"other issuer", assertion(func(a *samltest.Assertion) { a.Issuer = "x" }), nil, "InvalidIdentityToken", "Issuer not present in specified provider"},
		{"old", assertion(func(a *samltest.Assertion) { a.IssuedAt = f.clock.Now().Add(-6 * time.Minute) }), nil, "ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance"},
		{"nonsense", "AAAA", nil, "InvalidIdentityToken", "Your request included an invalid SAML response"},
		{"other provider", assertion(), func(in *stsapi.AssumeRoleWithSAMLInput) { in.PrincipalArn = p(provider + "x") }, "InvalidIdentityToken", "Specified provider doesn't exist"},
		{"too long", assertion(), func(in *stsapi.AssumeRoleWithSAMLInput) { in.DurationSeconds = p[int32](7201) }, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."},
	} {
		t.Run(c.name, func(t *testing.T) {
			change := c.change
			if change == nil {
				change = func(*stsapi.AssumeRoleWithSAMLInput) {}
			}
			_, err := call(c.saml, change)
			refused(t, err, c.code, c.message)
		})
	}
	must(f.iam.UpdateAssumeRolePolicy(admin(account), &iamapi.UpdateAssumeRolePolicyInput{RoleName: p("corp"), PolicyDocument: p(strings.Replace(trust, signIn, "https://other", 1))}))(t)
	_, err := call(assertion())
	refused(t, err, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML")
}
