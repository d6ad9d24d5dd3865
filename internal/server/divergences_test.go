package server_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/deliver"
)

// Differences from AWS that docs/divergences.md lists and that no package's own
// tests pin.

// Clients' analytics are kept and shown: there is no Pinpoint to publish to.
func TestSettingsWithoutEffect(t *testing.T) {
	t.Parallel()
	f := start(t)
	pools := cognitoidentityprovider.NewFromConfig(f.config("test", "test", ""))
	pool, err := pools.CreateUserPool(t.Context(), &cognitoidentityprovider.CreateUserPoolInput{PoolName: aws.String("test")})
	if err != nil {
		t.Fatal(err)
	}
	want := &types.AnalyticsConfigurationType{ApplicationArn: aws.String("arn:aws:mobiletargeting:us-east-1:" + account + ":apps/0123456789abcdef0123456789abcdef"), UserDataShared: true}
	made, err := pools.CreateUserPoolClient(t.Context(), &cognitoidentityprovider.CreateUserPoolClientInput{UserPoolId: pool.UserPool.Id, ClientName: aws.String("web"), AnalyticsConfiguration: want})
	if err != nil {
		t.Fatal(err)
	}
	if got := made.UserPoolClient.AnalyticsConfiguration; got == nil || aws.ToString(got.ApplicationArn) != *want.ApplicationArn || !got.UserDataShared {
		t.Errorf("the analytics are %+v", got)
	}
}

// An application that registers itself finds no endpoint, also where the pool
// allows it.
func TestNoRegistrationEndpoint(t *testing.T) {
	t.Parallel()
	f := start(t)
	a := f.signedJSON("cognito-idp", idp+"CreateUserPool", `{"PoolName":"test","DcrConfiguration":{"OpenDcrEnabled":true}}`)
	if a.StatusCode != http.StatusOK || !strings.Contains(a.body, `"EnableStatus":"Enabled"`) {
		t.Fatal(a.body)
	}
	r := f.newRequest(http.MethodPost, `{"redirect_uris":["https://example.com"]}`, "Content-Type", "application/json")
	r.URL.Path = "/oauth2/register"
	if a := f.do(r); a.StatusCode != http.StatusNotFound {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

// A domain of a pool has no pages and no endpoints of OAuth.
func TestDomainsHaveNoEndpoints(t *testing.T) {
	t.Parallel()
	f := start(t)
	pool := f.signedJSON("cognito-idp", idp+"CreateUserPool", `{"PoolName":"test"}`)
	var made struct{ UserPool struct{ Id string } }
	if err := json.Unmarshal([]byte(pool.body), &made); err != nil {
		t.Fatal(err)
	}
	a := f.signedJSON("cognito-idp", idp+"CreateUserPoolDomain", `{"UserPoolId":"`+made.UserPool.Id+`","Domain":"people"}`)
	if a.StatusCode != http.StatusOK {
		t.Fatal(a.body)
	}
	for _, path := range []string{"/login", "/logout", "/oauth2/authorize", "/oauth2/token", "/oauth2/userInfo", "/saml2/idpresponse"} {
		r := f.newRequest(http.MethodGet, "")
		r.Host, r.URL.Path = "people.auth."+region+".amazoncognito.com", path
		if a := f.do(r); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s answers %d %s", path, a.StatusCode, a.body)
		}
	}
}

// Sign-ins can ask for a level of authentication that the pool has; their tokens
// do not tell the one that was reached.
func TestLevelsOfSignIns(t *testing.T) {
	t.Parallel()
	r := newReplicated(t, start(t))
	if _, err := r.here.UpdateUserPoolClient(t.Context(), &cognitoidentityprovider.UpdateUserPoolClientInput{
		UserPoolId: r.pool, ClientId: r.client, ExplicitAuthFlows: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth},
	}); err != nil {
		t.Fatal(err)
	}
	signIn := func(params ...string) (*cognitoidentityprovider.InitiateAuthOutput, error) {
		all := map[string]string{"USERNAME": "jane", "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": password}
		for i := 0; i < len(params); i += 2 {
			all[params[i]] = params[i+1]
		}
		return r.here.InitiateAuth(t.Context(), &cognitoidentityprovider.InitiateAuthInput{ClientId: r.client, AuthFlow: types.AuthFlowTypeUserAuth, AuthParameters: all})
	}
	in, err := signIn("TARGET_ACR_VALUES", "urn:other urn:cognito:loa:1")
	if err != nil {
		t.Fatal(err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(*in.AuthenticationResult.IdToken, ".")[1])
	if err != nil || strings.Contains(string(payload), `"acr"`) || strings.Contains(string(payload), `"amr"`) {
		t.Errorf("the claims are %s, %v", payload, err)
	}
	_, err = signIn("TARGET_ACR_VALUES", "urn:other")
	wantCode(t, "an unknown level", err, "InvalidParameterException", "urn:other")
	_, err = signIn("ACCESS_TOKEN", *in.AuthenticationResult.AccessToken)
	wantCode(t, "a token without levels", err, "InvalidParameterException", "TARGET_ACR_VALUES is required")
}

// Every region is served by one server, also ones that AWS does not have.
func TestEveryRegionIsServed(t *testing.T) {
	t.Parallel()
	f := start(t)
	cfg := f.config("test", "test", "")
	cfg.Region = "mars-north-1"
	pool, err := cognitoidentityprovider.NewFromConfig(cfg).CreateUserPool(t.Context(), &cognitoidentityprovider.CreateUserPoolInput{PoolName: aws.String("test")})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(*pool.UserPool.Id, "mars-north-1_") {
		t.Errorf("the pool is %s", *pool.UserPool.Id)
	}
	here, err := cognitoidentity.NewFromConfig(f.config("test", "test", "")).ListIdentityPools(t.Context(), &cognitoidentity.ListIdentityPoolsInput{MaxResults: aws.Int32(1)})
	if err != nil || len(here.IdentityPools) != 0 {
		t.Errorf("%v, %v", here, err)
	}
}

// Messages stay in the server's inbox, whatever the pool's EmailConfiguration
// says about Amazon SES.
func TestMessagesDoNotLeaveByAWS(t *testing.T) {
	t.Parallel()
	f := start(t)
	pools := cognitoidentityprovider.NewFromConfig(f.config("test", "test", ""))
	pool, err := pools.CreateUserPool(t.Context(), &cognitoidentityprovider.CreateUserPoolInput{
		PoolName:               aws.String("test"),
		AutoVerifiedAttributes: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail},
		EmailConfiguration: &types.EmailConfigurationType{
			EmailSendingAccount: types.EmailSendingAccountTypeDeveloper,
			SourceArn:           aws.String("arn:aws:ses:us-east-1:" + account + ":identity/no-reply@example.com"),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	client, err := pools.CreateUserPoolClient(t.Context(), &cognitoidentityprovider.CreateUserPoolClientInput{UserPoolId: pool.UserPool.Id, ClientName: aws.String("web")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = pools.SignUp(t.Context(), &cognitoidentityprovider.SignUpInput{
		ClientId: client.UserPoolClient.ClientId, Username: aws.String("jane"), Password: aws.String("Correct-horse-7"),
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: aws.String("jane@example.com")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	messages, err := f.srv.Inbox(t.Context(), deliver.Filter{Destination: "jane@example.com"})
	if err != nil || len(messages) != 1 || messages[0].State != "INBOX" {
		t.Errorf("the inbox has %+v, %v", messages, err)
	}
}

// A pool that confirms with a link sends the code.
func TestLinksAreCodes(t *testing.T) {
	t.Parallel()
	f := start(t)
	pools := cognitoidentityprovider.NewFromConfig(f.config("test", "test", ""))
	pool, err := pools.CreateUserPool(t.Context(), &cognitoidentityprovider.CreateUserPoolInput{
		PoolName:               aws.String("test"),
		AutoVerifiedAttributes: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail},
		VerificationMessageTemplate: &types.VerificationMessageTemplateType{
			DefaultEmailOption: types.DefaultEmailOptionTypeConfirmWithLink, EmailMessageByLink: aws.String("Press {##here##}."), EmailMessage: aws.String("Type {####}."),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	client, err := pools.CreateUserPoolClient(t.Context(), &cognitoidentityprovider.CreateUserPoolClientInput{UserPoolId: pool.UserPool.Id, ClientName: aws.String("web")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = pools.SignUp(t.Context(), &cognitoidentityprovider.SignUpInput{
		ClientId: client.UserPoolClient.ClientId, Username: aws.String("jane"), Password: aws.String("Correct-horse-7"),
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: aws.String("jane@example.com")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	messages, err := f.srv.Inbox(t.Context(), deliver.Filter{Destination: "jane@example.com"})
	if err != nil || len(messages) != 1 || !strings.HasPrefix(messages[0].Body, "Type ") {
		t.Errorf("the inbox has %+v, %v", messages, err)
	}
}

// Bodies have limits of ours, which the error names.
func TestBodyLimits(t *testing.T) {
	t.Parallel()
	f := start(t)
	unsigned := f.newRequest(http.MethodPost, strings.Repeat(" ", 1<<20+1), "X-Amz-Target", idp+"SignUp", "Content-Type", jsonType)
	f.do(unsigned).wantError(t, http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", "larger than 1048576 bytes")
	// A body of unknown length is read to the limit only.
	chunked := f.newRequest(http.MethodPost, "", "X-Amz-Target", idp+"SignUp", "Content-Type", jsonType)
	chunked.Body, chunked.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat(" ", 2<<20))), -1
	f.do(chunked).wantError(t, http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", "larger than 1048576 bytes")
	signed := f.newRequest(http.MethodPost, strings.Repeat(" ", 16<<20+1), "X-Amz-Target", idp+"CreateUserPool", "Content-Type", jsonType, "Authorization", "AWS4-HMAC-SHA256 x")
	f.do(signed).wantError(t, http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", "larger than 16777216 bytes")
}

// An operation that is not built says so, with a status that SDKs do not retry.
func TestOperationsThatAreNotBuilt(t *testing.T) {
	t.Parallel()
	f := start(t)
	found := 0
	for _, table := range f.srv.Tables() {
		for name, op := range table.Operations {
			if op.Handler != nil || op.Auth == awswire.Signed || table.Service.Target == "" {
				continue
			}
			found++
			f.json(table.Service.Target+"."+name, "{}").wantError(t, http.StatusNotImplemented, "NotImplementedException", "The operation "+name+" of "+table.Service.Name+" is not supported by this server yet.")
		}
		for name, op := range table.Operations {
			if op.Handler == nil && table.Service.Target == "" {
				found++
				f.signedForm(table.Service.Name, "Action="+name+"&Version="+table.Service.Version).wantError(t, http.StatusNotImplemented, "NotImplemented", "The operation "+name)
				break
			}
		}
	}
	if found == 0 {
		t.Skip("every operation is built")
	}
}
