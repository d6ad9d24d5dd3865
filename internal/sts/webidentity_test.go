package sts_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	iamapi "github.com/aws/aws-sdk-go-v2/service/iam"
	stsapi "github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/oidc"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/sts"
	"github.com/poolhouse-id/poolhouse/internal/token"
)

const (
	cognito    = "cognito-identity.amazonaws.com"
	poolIssuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_abc"
)

// tokens knows identity pools' tokens and those of one user pool as its own,
// and no other issuer answers.
type tokens struct{ keys *token.Keys }

func (v *tokens) Own(ctx context.Context, issuer, jwt string) (map[string]any, bool, error) {
	owner := map[string]string{"https://" + cognito: token.IdentityPools, poolIssuer: token.UserPool("us-east-1_abc")}[issuer]
	if owner == "" {
		return nil, false, nil
	}
	claims, err := v.keys.Verify(ctx, owner, "", jwt)
	return claims, true, err
}

func (v *tokens) Foreign(context.Context, string, string) (map[string]any, error) {
	return nil, oidc.ErrUnavailable
}

func (f *fixture) sign(owner, use string, claims map[string]any) string {
	f.t.Helper()
	return must(f.keys.Sign(context.Background(), owner, use, claims))(f.t)
}

func (f *fixture) webIdentity(role, jwt string, change ...func(*stsapi.AssumeRoleWithWebIdentityInput)) (*stsapi.AssumeRoleWithWebIdentityOutput, error) {
	in := &stsapi.AssumeRoleWithWebIdentityInput{RoleArn: &role, RoleSessionName: p("web"), WebIdentityToken: &jwt}
	for _, c := range change {
		c(in)
	}
	ctx := awswire.WithCall(context.Background(), &awswire.Call{Service: "sts", Operation: "AssumeRoleWithWebIdentity", Account: account, Region: "us-east-1", Time: f.clock.Now()})
	return f.AssumeRoleWithWebIdentity(ctx, in)
}

func cognitoTrust(actions string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"` + cognito + `"},"Action":` + actions + `,
		"Condition":{"StringEquals":{"` + cognito + `:aud":"us-east-1:pool"},"ForAnyValue:StringLike":{"` + cognito + `:amr":"authenticated"}}}]}`
}

const webOnly = `"sts:AssumeRoleWithWebIdentity"`

func TestWebIdentityOfIdentityPool(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	role := f.role(account, "web", cognitoTrust(webOnly))
	claims := func(change ...any) map[string]any {
		c := map[string]any{"iss": "https://" + cognito, "aud": "us-east-1:pool", "sub": "us-east-1:identity", "amr": []string{"authenticated", "x"},
			"exp": f.clock.Now().Add(time.Minute).Unix(), "iat": f.clock.Now().Unix()}
		for i := 0; i < len(change); i += 2 {
			c[change[i].(string)] = change[i+1]
		}
		return c
	}
	jwt := f.sign(token.IdentityPools, token.UseOpenID, claims())
	out := must(f.webIdentity(*role.Arn, jwt))(t)
	if *out.SubjectFromWebIdentityToken != "us-east-1:identity" || *out.Audience != "us-east-1:pool" || *out.Provider != "https://"+cognito ||
		*out.AssumedRoleUser.AssumedRoleId != *role.RoleId+":web" {
		t.Errorf("%+v", out)
	}
	pr := f.open(out.Credentials)
	if pr.FederatedProvider != cognito || pr.SessionKeys[cognito+":sub"][0] != "us-east-1:identity" || len(pr.SessionKeys[cognito+":amr"]) != 2 {
		t.Errorf("%+v", pr)
	}
	denied := "Not authorized to perform sts:AssumeRoleWithWebIdentity"
	for _, c := range []struct {
		name, role, jwt, code, message string
	}{
		{"other pool", *role.Arn, f.sign(token.IdentityPools, token.UseOpenID, claims("aud", "us-east-1:other")), "AccessDenied", denied},
		{"guest", *role.Arn, f.sign(token.IdentityPools, token.UseOpenID, claims("amr", []string{"unauthenticated"})), "AccessDenied", denied},
		{"no amr", *role.Arn, f.sign(token.IdentityPools, token.UseOpenID, claims("amr", []string{})), "AccessDenied", denied},
		{"no such role", *role.Arn + "x", jwt, "AccessDenied", denied},
		{"changed", *role.Arn, jwt[:len(jwt)-8] + "AAAAAAAA", "InvalidIdentityToken", "The signature of the web identity token could not be verified."},
		{"another issuer's key", *role.Arn, f.sign(token.UserPool("us-east-1_abc"), token.UseID, claims()), "InvalidIdentityToken", "The signature of the web identity token could not be verified."},
		{"no token", *role.Arn, "abcd", "InvalidIdentityToken", "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"},
		{"no subject", *role.Arn, f.sign(token.IdentityPools, token.UseOpenID, claims("sub", "")), "InvalidIdentityToken", "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"},
		{"tags not allowed", *role.Arn, f.sign(token.IdentityPools, token.UseOpenID, claims("https://aws.amazon.com/tags", map[string]any{"principal_tags": map[string][]string{"a": {"b"}}})),
			"AccessDenied", "Not authorized to perform sts:TagSession"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := f.webIdentity(c.role, c.jwt)
			refused(t, err, c.code, c.message)
		})
	}
	now := f.clock.Advance(time.Minute)
	_, err := f.webIdentity(*role.Arn, jwt)
	refused(t, err, "ExpiredTokenException", fmt.Sprintf("Token expired: current date/time %d must be before the expiration date/time %d", now.Unix(), now.Unix()))
}

func TestWebIdentityTags(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	role := f.role(account, "web", cognitoTrust(`["sts:AssumeRoleWithWebIdentity","sts:TagSession","sts:SetSourceIdentity"]`))
	jwt := f.sign(token.IdentityPools, token.UseOpenID, map[string]any{
		"iss": "https://" + cognito, "aud": "us-east-1:pool", "sub": "s", "amr": []string{"authenticated"}, "exp": f.clock.Now().Add(time.Minute).Unix(),
		"https://aws.amazon.com/tags":            map[string]any{"principal_tags": map[string][]string{"Team": {"red"}}, "transitive_tag_keys": []string{"Team"}},
		"https://aws.amazon.com/source_identity": "me",
	})
	out := must(f.webIdentity(*role.Arn, jwt))(t)
	pr := f.open(out.Credentials)
	if pr.SessionTags["Team"] != "red" || fmt.Sprint(pr.TransitiveTagKeys) != "[Team]" || pr.SourceIdentity != "me" || *out.SourceIdentity != "me" {
		t.Errorf("%+v", pr)
	}
}

// provider registers an OpenID Connect provider of the account.
func (f *fixture) provider(url string, clientIDs ...string) string {
	f.t.Helper()
	arn := "arn:aws:iam::" + account + ":oidc-provider/" + strings.TrimPrefix(url, "https://")
	err := f.db.Update(context.Background(), func(tx *store.Tx) error {
		return tx.InsertIAMObject(store.IAMObject{ID: arn, Account: account, Kind: "oidc-provider", Name: strings.TrimPrefix(url, "https://"),
			Body: `{"ClientIDs":["` + strings.Join(clientIDs, `","`) + `"]}`})
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return arn
}

func TestWebIdentityOfUserPool(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	arn := "arn:aws:iam::" + account + ":oidc-provider/" + strings.TrimPrefix(poolIssuer, "https://")
	role := *f.role(account, "web", fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":%q},"Action":"sts:AssumeRoleWithWebIdentity",
		"Condition":{"StringEquals":{%q:"client"}}}]}`, arn, strings.TrimPrefix(poolIssuer, "https://")+":aud")).Arn
	jwt := func(aud string) string {
		return f.sign(token.UserPool("us-east-1_abc"), token.UseID, map[string]any{"iss": poolIssuer, "aud": aud, "sub": "s", "exp": f.clock.Now().Add(time.Minute).Unix()})
	}
	_, err := f.webIdentity(role, jwt("client"))
	refused(t, err, "InvalidIdentityToken", "No OpenIDConnect provider found in your account for "+poolIssuer)
	f.provider(poolIssuer, "client", "other")
	out := must(f.webIdentity(role, jwt("client")))(t)
	if pr := f.open(out.Credentials); pr.FederatedProvider != arn || pr.SessionKeys != nil {
		t.Errorf("%+v", pr)
	}
	_, err = f.webIdentity(role, jwt("third"))
	refused(t, err, "InvalidIdentityToken", "Incorrect token audience")
	_, err = f.webIdentity(role, jwt("other"))
	refused(t, err, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
	_, err = f.webIdentity(role, jwt("client"), func(in *stsapi.AssumeRoleWithWebIdentityInput) { in.DurationSeconds = p[int32](3601) })
	refused(t, err, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	f.provider("https://unreachable.example.com", "client")
	foreign := f.sign(token.UserPool("us-east-1_abc"), token.UseID, map[string]any{"iss": "https://unreachable.example.com", "aud": "client", "sub": "s", "exp": f.clock.Now().Add(time.Minute).Unix()})
	_, err = f.webIdentity(role, foreign)
	refused(t, err, "InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements")
}

func TestAssumeForIdentity(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	role := f.role(account, "userpool-authorized-role", cognitoTrust(webOnly), func(in *iamapi.CreateRoleInput) { in.Path = p("/service-role/") })
	ctx := awswire.WithCall(context.Background(), &awswire.Call{Service: "cognito-identity", Account: account, Region: "us-east-1", Time: f.clock.Now()})
	in := &sts.IdentitySession{RoleARN: *role.Arn, PoolID: "us-east-1:pool", IdentityID: "us-east-1:me", AMR: []string{"authenticated", "cognito-idp.us-east-1.amazonaws.com/p"}}
	c := must(f.AssumeForIdentity(ctx, in))(t)
	pr := f.open(c)
	if pr.ARN != "arn:aws:sts::"+account+":assumed-role/userpool-authorized-role/CognitoIdentityCredentials" || pr.UserID != *role.RoleId+":CognitoIdentityCredentials" ||
		!c.Expiration.Equal(f.clock.Now().Add(time.Hour)) {
		t.Errorf("%+v", pr)
	}
	for name, change := range map[string]func(*sts.IdentitySession){
		"guest":       func(s *sts.IdentitySession) { s.AMR = []string{"unauthenticated"} },
		"other pool":  func(s *sts.IdentitySession) { s.PoolID = "us-east-1:other" },
		"no role":     func(s *sts.IdentitySession) { s.RoleARN += "x" },
		"no ARN":      func(s *sts.IdentitySession) { s.RoleARN = "x" },
		"tags denied": func(s *sts.IdentitySession) { s.Tags = map[string]string{"a": "b"} },
	} {
		bad := *in
		change(&bad)
		if _, err := f.AssumeForIdentity(ctx, &bad); !errors.Is(err, sts.ErrRoleRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
