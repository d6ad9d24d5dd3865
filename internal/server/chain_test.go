package server_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	pooltypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/poolhouse-id/poolhouse/internal/server"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
	"github.com/poolhouse-id/poolhouse/quickstart"
)

const (
	email    = "user@example.com"
	password = "Correct-horse-7"
)

func wantCode(t *testing.T, what string, err error, code, message string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code || !strings.Contains(api.ErrorMessage(), message) {
		t.Errorf("%s: got %v, want %s: %s", what, err, code, message)
	}
}

func TestChain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		f := start(t, func(c *server.Config) { c.Store = cfg })
		report, err := quickstart.Run(t.Context(), quickstart.Config{AWS: f.config("test", "test", ""), Email: email, Password: password})
		if err != nil {
			t.Fatal(err)
		}
		if want := "arn:aws:sts::" + account + ":assumed-role/" + quickstart.DefaultRole + "/CognitoIdentityCredentials"; report.CallerARN != want {
			t.Errorf("the caller is %s, want %s", report.CallerARN, want)
		}
		if want := report.RoleID + ":CognitoIdentityCredentials"; report.CallerUserID != want {
			t.Errorf("the user id is %s, want %s", report.CallerUserID, want)
		}
		if err := quickstart.Cleanup(t.Context(), f.config("test", "test", ""), report); err != nil {
			t.Error(err)
		}
	})
}

// An account sees nothing of another, and a region nothing of another's pools;
// IAM is the same in all regions.
func TestAccountsAndRegionsAreSeparate(t *testing.T) {
	t.Parallel()
	f := start(t)
	mine := f.config("test", "test", "")
	report, err := quickstart.Run(t.Context(), quickstart.Config{AWS: mine, Email: email, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	other := f.config("111122223333", "test", "")
	caller, err := sts.NewFromConfig(other).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil || *caller.Arn != "arn:aws:iam::111122223333:root" {
		t.Fatalf("12-digit key: %v, %v", caller, err)
	}
	elsewhere := mine.Copy()
	elsewhere.Region = "eu-west-1"
	for name, cfg := range map[string]aws.Config{"another account": other, "another region": elsewhere} {
		pools := cognitoidentityprovider.NewFromConfig(cfg)
		_, err := pools.DescribeUserPool(t.Context(), &cognitoidentityprovider.DescribeUserPoolInput{UserPoolId: &report.UserPoolID})
		wantCode(t, name+": DescribeUserPool", err, "ResourceNotFoundException", "User pool "+report.UserPoolID+" does not exist.")
		_, err = pools.AdminGetUser(t.Context(), &cognitoidentityprovider.AdminGetUserInput{UserPoolId: &report.UserPoolID, Username: aws.String(email)})
		wantCode(t, name+": AdminGetUser", err, "ResourceNotFoundException", "")
		list, err := pools.ListUserPools(t.Context(), &cognitoidentityprovider.ListUserPoolsInput{MaxResults: aws.Int32(60)})
		if err != nil || len(list.UserPools) != 0 {
			t.Errorf("%s: ListUserPools: %v, %v", name, list, err)
		}
		_, err = cognitoidentity.NewFromConfig(cfg).DescribeIdentityPool(t.Context(), &cognitoidentity.DescribeIdentityPoolInput{IdentityPoolId: &report.IdentityPoolID})
		wantCode(t, name+": DescribeIdentityPool", err, "ResourceNotFoundException", "")
	}
	role := &iam.GetRoleInput{RoleName: &report.RoleName}
	if _, err := iam.NewFromConfig(elsewhere).GetRole(t.Context(), role); err != nil {
		t.Errorf("the role from another region: %v", err)
	}
	_, err = iam.NewFromConfig(other).GetRole(t.Context(), role)
	wantCode(t, "GetRole in another account", err, "NoSuchEntity", "")
}

// The classic flow: an OpenID token of the identity pool, exchanged at STS.
func TestClassicFlow(t *testing.T) {
	t.Parallel()
	f := start(t)
	cfg := f.config("test", "test", "")
	report, err := quickstart.Run(t.Context(), quickstart.Config{AWS: cfg, Email: email, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	logins := map[string]string{"cognito-idp." + region + ".amazonaws.com/" + report.UserPoolID: f.idToken(report)}
	token, err := cognitoidentity.NewFromConfig(cfg).GetOpenIdToken(t.Context(), &cognitoidentity.GetOpenIdTokenInput{IdentityId: &report.IdentityID, Logins: logins})
	if err != nil {
		t.Fatal(err)
	}
	tokens := sts.NewFromConfig(cfg)
	in := &sts.AssumeRoleWithWebIdentityInput{RoleArn: &report.RoleARN, RoleSessionName: aws.String("app"), WebIdentityToken: token.Token}
	out, err := tokens.AssumeRoleWithWebIdentity(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if want := "arn:aws:sts::" + account + ":assumed-role/" + report.RoleName + "/app"; *out.AssumedRoleUser.Arn != want || *out.SubjectFromWebIdentityToken != report.IdentityID {
		t.Errorf("got %v, %s", *out.AssumedRoleUser, *out.SubjectFromWebIdentityToken)
	}
	session := f.config(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
	caller, err := sts.NewFromConfig(session).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil || *caller.Arn != *out.AssumedRoleUser.Arn {
		t.Errorf("the session is %v, %v", caller, err)
	}

	forged := *in
	forged.WebIdentityToken = aws.String(*token.Token + "x")
	_, err = tokens.AssumeRoleWithWebIdentity(t.Context(), &forged)
	wantCode(t, "forged token", err, "InvalidIdentityToken", "")
	foreign := *in
	foreign.WebIdentityToken = aws.String(f.idToken(report))
	_, err = tokens.AssumeRoleWithWebIdentity(t.Context(), &foreign)
	wantCode(t, "token of the user pool", err, "InvalidIdentityToken", "No OpenIDConnect provider found in your account for ")
	f.clock.Advance(11 * time.Minute)
	_, err = tokens.AssumeRoleWithWebIdentity(t.Context(), in)
	wantCode(t, "token after 11 minutes", err, "ExpiredTokenException", "Token expired: current date/time ")
	f.clock.Advance(time.Hour)
	_, err = sts.NewFromConfig(session).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	wantCode(t, "session after its hour", err, "ExpiredToken", "The security token included in the request is expired")
}

// idToken signs the quickstart's user in.
func (f *fixture) idToken(report *quickstart.Report) string {
	f.t.Helper()
	out, err := cognitoidentityprovider.NewFromConfig(f.config("test", "test", "")).AdminInitiateAuth(f.t.Context(), &cognitoidentityprovider.AdminInitiateAuthInput{
		UserPoolId: &report.UserPoolID, ClientId: &report.ClientID, AuthFlow: pooltypes.AuthFlowTypeAdminUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": email, "PASSWORD": password},
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return *out.AuthenticationResult.IdToken
}

// A presigned GetCallerIdentity, as Kubernetes uses it, works for 15 minutes.
func TestPresignedCallerIdentity(t *testing.T) {
	t.Parallel()
	f := start(t, func(c *server.Config) { c.RootAccessKeyID, c.RootSecretAccessKey = "AKIARZPUZDIKROOTROOT", "secret" })
	presigner := sts.NewPresignClient(sts.NewFromConfig(f.config("AKIARZPUZDIKROOTROOT", "secret", "")))
	signed, err := presigner.PresignGetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	get := func(url string) answer {
		r, err := http.NewRequestWithContext(t.Context(), signed.Method, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		return f.do(r)
	}
	if a := get(signed.URL); a.StatusCode != 200 || !strings.Contains(a.body, "<Arn>arn:aws:iam::"+account+":root</Arn>") {
		t.Errorf("presigned: %d %s", a.StatusCode, a.body)
	}
	get(strings.Replace(signed.URL, "GetCallerIdentity", "GetSessionToken", 1)).wantError(t, 403, "SignatureDoesNotMatch", "")
}

// Credentials of a role do what its policies allow, from the next call on after
// a change.
func TestPoliciesActAtOnce(t *testing.T) {
	t.Parallel()
	f := start(t)
	root := iam.NewFromConfig(f.config("test", "test", ""))
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + account + `:root"},"Action":"sts:AssumeRole"}]}`
	role, err := root.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("worker"), AssumeRolePolicyDocument: &trust})
	if err != nil {
		t.Fatal(err)
	}
	user := f.user(root, "alice")
	assume := &sts.AssumeRoleInput{RoleArn: role.Role.Arn, RoleSessionName: aws.String("session")}
	_, err = sts.NewFromConfig(user).AssumeRole(t.Context(), assume)
	wantCode(t, "AssumeRole without permission", err, "AccessDenied", "is not authorized to perform: sts:AssumeRole on resource: "+*role.Role.Arn)
	_, err = sts.NewFromConfig(f.config("test", "test", "")).AssumeRole(t.Context(), assume)
	wantCode(t, "AssumeRole by root", err, "AccessDenied", "Roles may not be assumed by root accounts.")
	f.put(root, "alice", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}`)
	got, err := sts.NewFromConfig(user).AssumeRole(t.Context(), assume)
	if err != nil {
		t.Fatal(err)
	}
	session := cognitoidentityprovider.NewFromConfig(f.config(*got.Credentials.AccessKeyId, *got.Credentials.SecretAccessKey, *got.Credentials.SessionToken))
	list := func() error {
		_, err := session.ListUserPools(t.Context(), &cognitoidentityprovider.ListUserPoolsInput{MaxResults: aws.Int32(1)})
		return err
	}
	wantCode(t, "before", list(), "AccessDeniedException", "because no identity-based policy allows the cognito-idp:ListUserPools action")
	policy := func(effect string) {
		_, err := root.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: aws.String("worker"), PolicyName: aws.String("p"),
			PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Action":"cognito-idp:List*","Resource":"*"}]}`)})
		if err != nil {
			t.Fatal(err)
		}
	}
	policy("Allow")
	if err := list(); err != nil {
		t.Errorf("allowed: %v", err)
	}
	policy("Deny")
	wantCode(t, "denied", list(), "AccessDeniedException", "with an explicit deny in an identity-based policy")
}

// user makes an IAM user with a key.
func (f *fixture) user(root *iam.Client, name string) aws.Config {
	f.t.Helper()
	if _, err := root.CreateUser(f.t.Context(), &iam.CreateUserInput{UserName: &name}); err != nil {
		f.t.Fatal(err)
	}
	key, err := root.CreateAccessKey(f.t.Context(), &iam.CreateAccessKeyInput{UserName: &name})
	if err != nil {
		f.t.Fatal(err)
	}
	return f.config(*key.AccessKey.AccessKeyId, *key.AccessKey.SecretAccessKey, "")
}

func (f *fixture) put(root *iam.Client, user, document string) {
	f.t.Helper()
	if _, err := root.PutUserPolicy(f.t.Context(), &iam.PutUserPolicyInput{UserName: &user, PolicyName: aws.String("p"), PolicyDocument: &document}); err != nil {
		f.t.Fatal(err)
	}
}
