package userpool_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
)

func (e *poolEnv) createClient(t testing.TB, poolID *string, changes ...func(*cognito.CreateUserPoolClientInput)) *newops.UserPoolClientType {
	t.Helper()
	out, err := e.CreateUserPoolClient(e.ctx, clientInput(poolID, changes...))
	if err != nil {
		t.Fatalf("CreateUserPoolClient: %v", err)
	}
	return out.UserPoolClient
}

func clientInput(poolID *string, changes ...func(*cognito.CreateUserPoolClientInput)) *cognito.CreateUserPoolClientInput {
	in := &cognito.CreateUserPoolClientInput{UserPoolId: poolID, ClientName: aws.String("app")}
	for _, change := range changes {
		change(in)
	}
	return in
}

func (e *poolEnv) describeClient(t testing.TB, c *newops.UserPoolClientType) *newops.UserPoolClientType {
	t.Helper()
	out, err := e.DescribeUserPoolClient(e.ctx, &cognito.DescribeUserPoolClientInput{UserPoolId: c.UserPoolId, ClientId: c.ClientId})
	if err != nil {
		t.Fatalf("DescribeUserPoolClient: %v", err)
	}
	return out.UserPoolClient
}

// TestCreateClientDefaults compares the whole answer with the one that AWS
// gives to a call with a name only.
func TestCreateClientDefaults(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	c := e.createClient(t, p.Id)
	var got, want map[string]any
	if err := json.Unmarshal([]byte(wire(t, c)), &got); err != nil {
		t.Fatal(err)
	}
	defaults := fmt.Sprintf(`{
		"UserPoolId": %q, "ClientName": "app", "ClientId": %q, "LastModifiedDate": 1772600767, "CreationDate": 1772600767,
		"RefreshTokenValidity": 30, "TokenValidityUnits": {}, "AllowedOAuthFlowsUserPoolClient": false,
		"EnableTokenRevocation": true, "EnablePropagateAdditionalUserContextData": false, "AuthSessionValidity": 3, "ClientType": "REGULAR"
	}`, *p.Id, *c.ClientId)
	if err := json.Unmarshal([]byte(defaults), &want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("answer\n%v\nwant\n%v", got, want)
	}
	if !regexp.MustCompile(`^[0-9a-z]{26}$`).MatchString(*c.ClientId) {
		t.Errorf("ClientId %s", *c.ClientId)
	}
	if described := e.describeClient(t, c); wire(t, described) != wire(t, c) {
		t.Errorf("DescribeUserPoolClient differs: %s", wire(t, described))
	}
}

// everyClientMember sets every member to something else than its default.
func everyClientMember(in *cognito.CreateUserPoolClientInput) {
	in.AccessTokenValidity, in.IdTokenValidity, in.RefreshTokenValidity = aws.Int32(30), aws.Int32(2), 86400
	in.TokenValidityUnits = &types.TokenValidityUnitsType{
		AccessToken: types.TimeUnitsTypeMinutes, IdToken: types.TimeUnitsTypeHours, RefreshToken: types.TimeUnitsTypeSeconds,
	}
	in.AllowedOAuthFlows = []types.OAuthFlowType{types.OAuthFlowTypeCode, types.OAuthFlowTypeImplicit}
	in.AllowedOAuthFlowsUserPoolClient = true
	in.AllowedOAuthScopes = []string{"openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"}
	in.AnalyticsConfiguration = &types.AnalyticsConfigurationType{
		ApplicationId: aws.String("abc"), ExternalId: aws.String("x"), RoleArn: aws.String("arn:aws:iam::123456789012:role/pinpoint"), UserDataShared: true,
	}
	in.AuthSessionValidity = aws.Int32(15)
	in.CallbackURLs = []string{"https://example.com/a?b=c", "http://localhost:3000", "http://127.0.0.1/x", "http://[::1]:8080/", "myapp://example", "com.example.app:/cb"}
	in.DefaultRedirectURI = aws.String("myapp://example")
	in.EnablePropagateAdditionalUserContextData, in.EnableTokenRevocation = aws.Bool(true), aws.Bool(false)
	in.ExplicitAuthFlows = []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserSrpAuth}
	in.GenerateSecret = true
	in.LogoutURLs = []string{"https://example.com/out"}
	in.PreventUserExistenceErrors = types.PreventUserExistenceErrorTypesEnabled
	in.ReadAttributes, in.WriteAttributes = []string{"email", "email_verified", "custom:size"}, []string{"email", "custom:size"}
	in.RefreshTokenRotation = &types.RefreshTokenRotationType{Feature: types.FeatureTypeEnabled, RetryGracePeriodSeconds: aws.Int32(10)}
	in.SupportedIdentityProviders = []string{"COGNITO"}
}

func customSize(in *newops.CreateUserPoolInput) {
	in.Schema = []types.SchemaAttributeType{
		{Name: aws.String("size"), AttributeDataType: types.AttributeDataTypeNumber, Mutable: aws.Bool(false)},
		{Name: aws.String("rank"), AttributeDataType: types.AttributeDataTypeNumber, DeveloperOnlyAttribute: aws.Bool(true)},
		{Name: aws.String("email"), Required: aws.Bool(true)},
	}
}

func TestCreateClientEveryMember(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t, customSize)
	in := clientInput(p.Id, everyClientMember)
	if err := awswire.Validate(awswire.CognitoIDP, "CreateUserPoolClient", in); err != nil {
		t.Fatalf("the input of this test: %v", err)
	}
	c := e.createClient(t, p.Id, everyClientMember)
	given, shown := reflect.ValueOf(*in), reflect.ValueOf(c.UserPoolClientType)
	for i := range given.NumField() {
		f := given.Type().Field(i)
		switch {
		case !f.IsExported() || f.Name == "GenerateSecret" || f.Name == "ClientSecret":
		case given.Field(i).IsZero():
			t.Errorf("the test gives no %s", f.Name)
		case !reflect.DeepEqual(given.Field(i).Interface(), reflect.Indirect(shown.FieldByName(f.Name)).Interface()) &&
			!reflect.DeepEqual(given.Field(i).Interface(), shown.FieldByName(f.Name).Interface()):
			t.Errorf("%s is %v, want %v", f.Name, shown.FieldByName(f.Name), given.Field(i))
		}
	}
	if !regexp.MustCompile(`^[0-9a-z]{52}$`).MatchString(*c.ClientSecret) {
		t.Errorf("a secret of %d characters", len(*c.ClientSecret))
	}
	if described := e.describeClient(t, c); wire(t, described) != wire(t, c) {
		t.Errorf("DescribeUserPoolClient differs:\n%s\n%s", wire(t, described), wire(t, c))
	}

	// An update that omits everything resets it, but for name and secret.
	e.clock.Advance(time.Minute)
	out, err := e.UpdateUserPoolClient(e.ctx, &cognito.UpdateUserPoolClientInput{UserPoolId: p.Id, ClientId: c.ClientId})
	if err != nil {
		t.Fatal(err)
	}
	want := e.createClient(t, p.Id)
	want.ClientId, want.ClientSecret, want.CreationDate = c.ClientId, c.ClientSecret, c.CreationDate
	if wire(t, out.UserPoolClient) != wire(t, want) {
		t.Errorf("after the update\n%s\nwant\n%s", wire(t, out.UserPoolClient), wire(t, want))
	}
	if described := e.describeClient(t, c); wire(t, described) != wire(t, want) {
		t.Errorf("after the update\n%s\nwant\n%s", wire(t, described), wire(t, want))
	}
}

// clientRefusals are what CreateUserPoolClient refuses of inputs that satisfy
// the model.
var clientRefusals = map[string]struct {
	change        func(*cognito.CreateUserPoolClientInput)
	code, message string
}{
	"mixed flows": {func(in *cognito.CreateUserPoolClientInput) {
		in.ExplicitAuthFlows = []types.ExplicitAuthFlowsType{"ALLOW_REFRESH_TOKEN_AUTH", "ADMIN_NO_SRP_AUTH"}
	}, "InvalidParameterException", "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names."},
	"no refresh": {func(in *cognito.CreateUserPoolClientInput) {
		in.ExplicitAuthFlows = []types.ExplicitAuthFlowsType{"ALLOW_USER_SRP_AUTH"}
	}, "InvalidParameterException", "REFRESH_TOKEN_AUTH should always be allowed."},
	"no refresh, rotation off": {func(in *cognito.CreateUserPoolClientInput) {
		in.ExplicitAuthFlows = []types.ExplicitAuthFlowsType{"ALLOW_USER_SRP_AUTH"}
		in.RefreshTokenRotation = &types.RefreshTokenRotationType{Feature: types.FeatureTypeDisabled}
	}, "InvalidParameterException", "REFRESH_TOKEN_AUTH should always be allowed."},
	"refresh with rotation": {func(in *cognito.CreateUserPoolClientInput) {
		in.ExplicitAuthFlows = []types.ExplicitAuthFlowsType{"ALLOW_REFRESH_TOKEN_AUTH"}
		in.RefreshTokenRotation = &types.RefreshTokenRotationType{Feature: types.FeatureTypeEnabled}
	}, "InvalidParameterException", "ALLOW_REFRESH_TOKEN_AUTH cannot be used when refresh token rotation is enabled."},
	"access token too short": {func(in *cognito.CreateUserPoolClientInput) {
		in.AccessTokenValidity, in.TokenValidityUnits = aws.Int32(299), &types.TokenValidityUnitsType{AccessToken: "seconds"}
	}, "InvalidParameterException", "Invalid range for token validity."},
	"access token too long": {func(in *cognito.CreateUserPoolClientInput) { in.AccessTokenValidity = aws.Int32(25) },
		"InvalidParameterException", "Invalid range for token validity."},
	"ID token too long": {func(in *cognito.CreateUserPoolClientInput) {
		in.IdTokenValidity, in.TokenValidityUnits = aws.Int32(2), &types.TokenValidityUnitsType{IdToken: "days"}
	}, "InvalidParameterException", "Invalid range for token validity."},
	"refresh token too short": {func(in *cognito.CreateUserPoolClientInput) {
		in.RefreshTokenValidity, in.TokenValidityUnits = 59, &types.TokenValidityUnitsType{RefreshToken: "minutes"}
	}, "InvalidParameterException", "Invalid range for token validity."},
	"refresh token too long": {func(in *cognito.CreateUserPoolClientInput) { in.RefreshTokenValidity = 3651 },
		"InvalidParameterException", "Invalid range for token validity."},
	"refresh token overflows": {func(in *cognito.CreateUserPoolClientInput) { in.RefreshTokenValidity = 640512 }, // 2^64 ns and some hours, three times
		"InvalidParameterException", "Invalid range for token validity."},
	"unknown unit": {func(in *cognito.CreateUserPoolClientInput) {
		in.TokenValidityUnits = &types.TokenValidityUnitsType{RefreshToken: "years", AccessToken: "years"}
		in.AccessTokenValidity = aws.Int32(1)
	}, "InvalidParameterException", "Invalid range for token validity."},
	"access outlives refresh": {func(in *cognito.CreateUserPoolClientInput) {
		in.AccessTokenValidity, in.RefreshTokenValidity = aws.Int32(2), 1
		in.TokenValidityUnits = &types.TokenValidityUnitsType{RefreshToken: "hours"}
	}, "InvalidParameterException", "Access and Id Token expiration times must be less than or equal to refresh token expiration times."},
	"unknown read attribute": {func(in *cognito.CreateUserPoolClientInput) { in.ReadAttributes = []string{"custom:none"} },
		"InvalidParameterException", "Invalid read attributes specified while creating a client"},
	"unknown write attribute": {func(in *cognito.CreateUserPoolClientInput) { in.WriteAttributes = []string{"email", "custom:none"} },
		"InvalidParameterException", "Invalid write attributes specified while creating a client"},
	"write without required": {func(in *cognito.CreateUserPoolClientInput) { in.WriteAttributes = []string{"name"} },
		"InvalidParameterException", "Invalid write attributes specified while creating a client"},
	"write verified": {func(in *cognito.CreateUserPoolClientInput) { in.WriteAttributes = []string{"email", "email_verified"} },
		"InvalidParameterException", "Invalid write attributes specified while creating a client"},
	"write for developers": {func(in *cognito.CreateUserPoolClientInput) { in.WriteAttributes = []string{"email", "dev:custom:rank"} },
		"InvalidParameterException", "Invalid write attributes specified while creating a client"},
	"unknown provider": {func(in *cognito.CreateUserPoolClientInput) {
		in.SupportedIdentityProviders = []string{"COGNITO", "Google"}
	},
		"InvalidParameterException", "The provider Google does not exist for User Pool ..."},
	"http": {func(in *cognito.CreateUserPoolClientInput) { in.CallbackURLs = []string{"http://example.com"} },
		"InvalidParameterException", "http://example.com cannot use the HTTP protocol."},
	"http to a host like localhost": {func(in *cognito.CreateUserPoolClientInput) { in.LogoutURLs = []string{"http://localhost.example.com"} },
		"InvalidParameterException", "http://localhost.example.com cannot use the HTTP protocol."},
	"fragment": {func(in *cognito.CreateUserPoolClientInput) { in.CallbackURLs = []string{"https://example.com/#a"} },
		"InvalidParameterException", "https://example.com/#a cannot use fragment"},
	"empty fragment": {func(in *cognito.CreateUserPoolClientInput) { in.CallbackURLs = []string{"https://example.com/#"} },
		"InvalidParameterException", "https://example.com/# cannot use fragment"},
	"relative": {func(in *cognito.CreateUserPoolClientInput) { in.CallbackURLs = []string{"/callback"} },
		"InvalidParameterException", "/callback is not a valid URI."},
	"no host": {func(in *cognito.CreateUserPoolClientInput) { in.CallbackURLs = []string{"https:///x"} },
		"InvalidParameterException", "https:///x is not a valid URI."},
	"script": {func(in *cognito.CreateUserPoolClientInput) { in.CallbackURLs = []string{"JavaScript:alert(1)"} },
		"InvalidParameterException", "JavaScript:alert(1) is not a valid URI."},
	"default redirect elsewhere": {func(in *cognito.CreateUserPoolClientInput) {
		in.CallbackURLs, in.DefaultRedirectURI = []string{"https://example.com"}, aws.String("https://example.com/")
	}, "InvalidParameterException", "The default redirect URI https://example.com/ is not in the callback URIs list."},
	"OAuth without flows": {func(in *cognito.CreateUserPoolClientInput) {
		in.AllowedOAuthFlowsUserPoolClient, in.AllowedOAuthScopes = true, []string{"openid"}
	}, "InvalidParameterException", "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows."},
	"OAuth without scopes": {func(in *cognito.CreateUserPoolClientInput) {
		in.AllowedOAuthFlowsUserPoolClient, in.AllowedOAuthFlows = true, []types.OAuthFlowType{"code"}
	}, "InvalidParameterException", "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows."},
	"OAuth without callback": {func(in *cognito.CreateUserPoolClientInput) {
		in.AllowedOAuthFlowsUserPoolClient, in.AllowedOAuthFlows, in.AllowedOAuthScopes = true, []types.OAuthFlowType{"code"}, []string{"openid"}
	}, "InvalidOAuthFlowException", "CallbackUrls can not be empty when code flow or implicit flow is selected"},
	"unknown scope": {func(in *cognito.CreateUserPoolClientInput) { in.AllowedOAuthScopes = []string{"openid", "api/read"} },
		"ScopeDoesNotExistException", "Invalid scope requested: api/read"},
	"client credentials with code": {func(in *cognito.CreateUserPoolClientInput) {
		in.AllowedOAuthFlows = []types.OAuthFlowType{"client_credentials", "code"}
	}, "InvalidOAuthFlowException", "client_credentials flow can not be selected along with code flow or implicit flow."},
	"client credentials without secret": {func(in *cognito.CreateUserPoolClientInput) {
		in.AllowedOAuthFlows = []types.OAuthFlowType{"client_credentials"}
	}, "InvalidOAuthFlowException", "client_credentials flow can not be selected if client does not have a client secret."},
	"client credentials with a user's scope": {func(in *cognito.CreateUserPoolClientInput) {
		in.GenerateSecret, in.AllowedOAuthFlows, in.AllowedOAuthScopes = true, []types.OAuthFlowType{"client_credentials"}, []string{"openid"}
	}, "InvalidOAuthFlowException", "openid is not supported with client_credentials flow"},
	"analytics with both": {func(in *cognito.CreateUserPoolClientInput) {
		in.AnalyticsConfiguration = &types.AnalyticsConfigurationType{ApplicationArn: aws.String("arn"), ApplicationId: aws.String("a")}
	}, "InvalidParameterException", "Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid"},
	"analytics with half": {func(in *cognito.CreateUserPoolClientInput) {
		in.AnalyticsConfiguration = &types.AnalyticsConfigurationType{ApplicationId: aws.String("a"), ExternalId: aws.String("b")}
	}, "InvalidParameterException", "Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid"},
	"analytics with nothing": {func(in *cognito.CreateUserPoolClientInput) {
		in.AnalyticsConfiguration = &types.AnalyticsConfigurationType{}
	},
		"InvalidParameterException", "Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid"},
	"role of another account": {func(in *cognito.CreateUserPoolClientInput) {
		in.AnalyticsConfiguration = &types.AnalyticsConfigurationType{ApplicationId: aws.String("a"), ExternalId: aws.String("b"), RoleArn: aws.String("arn:aws:iam::210987654321:role/r")}
	}, "InvalidParameterException", "Cross-account pass role is not allowed."},
	"user context without secret": {func(in *cognito.CreateUserPoolClientInput) {
		in.EnablePropagateAdditionalUserContextData = aws.Bool(true)
	}, "InvalidParameterException", "EnablePropagateAdditionalUserContextData can be true only for an app client that has a client secret."},
	"secret generated and given": {func(in *cognito.CreateUserPoolClientInput) {
		in.GenerateSecret, in.ClientSecret = true, aws.String("abcdefghijklmnopqrstuvwxyz")
	}, "InvalidParameterException", "ClientSecret cannot be given when GenerateSecret is true."},
	"no such pool": {func(in *cognito.CreateUserPoolClientInput) { in.UserPoolId = aws.String("eu-west-1_A") },
		"ResourceNotFoundException", "User pool eu-west-1_A does not exist."},
}

func TestCreateClientRefusals(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t, customSize)
	for name, tt := range clientRefusals {
		_, err := e.CreateUserPoolClient(e.ctx, clientInput(p.Id, tt.change))
		t.Run(name, func(t *testing.T) { wantError(t, err, tt.code, tt.message) })
	}
	out, err := e.ListUserPoolClients(e.ctx, &newops.ListUserPoolClientsInput{ListUserPoolClientsInput: cognito.ListUserPoolClientsInput{UserPoolId: p.Id}})
	if err != nil || len(out.UserPoolClients) != 0 {
		t.Errorf("a refused client exists: %v, %v", out, err)
	}
}

// TestClientGrants checks OAuth settings that are accepted at their limits.
func TestClientGrants(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	for name, change := range map[string]func(*cognito.CreateUserPoolClientInput){
		"legacy flows": func(in *cognito.CreateUserPoolClientInput) {
			in.ExplicitAuthFlows = []types.ExplicitAuthFlowsType{"ADMIN_NO_SRP_AUTH", "USER_PASSWORD_AUTH"}
		},
		"rotation without flows": func(in *cognito.CreateUserPoolClientInput) {
			in.RefreshTokenRotation = &types.RefreshTokenRotationType{Feature: "ENABLED"}
		},
		"flows without OAuth": func(in *cognito.CreateUserPoolClientInput) { in.AllowedOAuthFlows = []types.OAuthFlowType{"code"} },
		"shortest and longest life": func(in *cognito.CreateUserPoolClientInput) {
			in.AccessTokenValidity, in.IdTokenValidity, in.RefreshTokenValidity = aws.Int32(5), aws.Int32(24), 3650
			in.TokenValidityUnits = &types.TokenValidityUnitsType{AccessToken: "minutes"}
		},
		"same lives": func(in *cognito.CreateUserPoolClientInput) {
			in.RefreshTokenValidity, in.TokenValidityUnits = 60, &types.TokenValidityUnitsType{RefreshToken: "minutes"}
		},
		"a given secret": func(in *cognito.CreateUserPoolClientInput) {
			in.ClientSecret = aws.String("abcdefghijklmnopqrstuvwxyz")
		},
		"analytics": func(in *cognito.CreateUserPoolClientInput) {
			in.AnalyticsConfiguration = &types.AnalyticsConfigurationType{ApplicationArn: aws.String("arn:aws:mobiletargeting:us-east-1:123456789012:apps/1")}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := e.createClient(t, p.Id, change)
			if described := e.describeClient(t, c); wire(t, described) != wire(t, c) {
				t.Errorf("shown as %s", wire(t, described))
			}
		})
	}
}

func TestUpdateClientRefusals(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p, other := e.create(t, customSize), e.create(t)
	c := e.createClient(t, p.Id, everyClientMember)
	before := wire(t, e.describeClient(t, c))
	missing := "User pool client " + *c.ClientId + " does not exist."
	for name, tt := range map[string]struct {
		in            cognito.UpdateUserPoolClientInput
		code, message string
	}{
		"client of another pool": {cognito.UpdateUserPoolClientInput{UserPoolId: other.Id, ClientId: c.ClientId}, "ResourceNotFoundException", missing},
		"no such pool":           {cognito.UpdateUserPoolClientInput{UserPoolId: aws.String("eu-west-1_A"), ClientId: c.ClientId}, "ResourceNotFoundException", "User pool eu-west-1_A does not exist."},
		"no such client":         {cognito.UpdateUserPoolClientInput{UserPoolId: p.Id, ClientId: aws.String("none")}, "ResourceNotFoundException", "User pool client none does not exist."},
		"unknown attribute":      {cognito.UpdateUserPoolClientInput{UserPoolId: p.Id, ClientId: c.ClientId, WriteAttributes: []string{"name"}}, "InvalidParameterException", "Invalid write attributes specified while updating a client"},
		"no refresh":             {cognito.UpdateUserPoolClientInput{UserPoolId: p.Id, ClientId: c.ClientId, ExplicitAuthFlows: []types.ExplicitAuthFlowsType{"ALLOW_CUSTOM_AUTH"}}, "InvalidParameterException", "REFRESH_TOKEN_AUTH should always be allowed."},
	} {
		_, err := e.UpdateUserPoolClient(e.ctx, &tt.in)
		t.Run(name, func(t *testing.T) { wantError(t, err, tt.code, tt.message) })
	}
	if after := wire(t, e.describeClient(t, c)); after != before {
		t.Errorf("a refused update changed the client to %s", after)
	}
	_, err := e.DescribeUserPoolClient(e.ctx, &cognito.DescribeUserPoolClientInput{UserPoolId: other.Id, ClientId: c.ClientId})
	wantError(t, err, "ResourceNotFoundException", missing)
	_, err = e.DeleteUserPoolClient(e.ctx, &cognito.DeleteUserPoolClientInput{UserPoolId: other.Id, ClientId: c.ClientId})
	wantError(t, err, "ResourceNotFoundException", missing)
}

func TestListAndDeleteClients(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p, other := e.create(t), e.create(t)
	want := map[string]bool{}
	var last *newops.UserPoolClientType
	for range 3 {
		last = e.createClient(t, p.Id)
		want[*last.ClientId] = true
	}
	e.createClient(t, other.Id)
	list := func(poolID, token *string, of newops.ClientTypeType) (*cognito.ListUserPoolClientsOutput, error) {
		return e.ListUserPoolClients(e.ctx, &newops.ListUserPoolClientsInput{
			ListUserPoolClientsInput: cognito.ListUserPoolClientsInput{UserPoolId: poolID, MaxResults: aws.Int32(2), NextToken: token}, ClientType: of,
		})
	}
	first, err := list(p.Id, nil, newops.ClientTypeTypeRegular)
	if err != nil || len(first.UserPoolClients) != 2 || first.NextToken == nil {
		t.Fatalf("first page %v, %v", first, err)
	}
	second, err := list(p.Id, first.NextToken, "")
	if err != nil || len(second.UserPoolClients) != 1 || second.NextToken != nil {
		t.Fatalf("second page %v, %v", second, err)
	}
	for _, c := range append(first.UserPoolClients, second.UserPoolClients...) {
		if !want[*c.ClientId] || wire(t, &c) != fmt.Sprintf(`{"ClientId":%q,"ClientName":"app","UserPoolId":%q}`, *c.ClientId, *p.Id) {
			t.Errorf("description %s", wire(t, &c))
		}
		delete(want, *c.ClientId)
	}
	if registered, err := list(p.Id, nil, newops.ClientTypeTypeDcr); err != nil || len(registered.UserPoolClients) != 0 {
		t.Errorf("clients that registered themselves: %v, %v", registered, err)
	}
	_, err = list(other.Id, first.NextToken, "")
	wantError(t, err, "InvalidParameterException", "Invalid NextToken.")
	_, err = list(aws.String("eu-west-1_A"), nil, "")
	wantError(t, err, "ResourceNotFoundException", "User pool eu-west-1_A does not exist.")

	del := &cognito.DeleteUserPoolClientInput{UserPoolId: p.Id, ClientId: last.ClientId}
	if _, err := e.DeleteUserPoolClient(e.ctx, del); err != nil {
		t.Fatal(err)
	}
	_, err = e.DeleteUserPoolClient(e.ctx, del)
	wantError(t, err, "ResourceNotFoundException", "User pool client "+*last.ClientId+" does not exist.")
	_, err = e.DescribeUserPoolClient(e.ctx, &cognito.DescribeUserPoolClientInput{UserPoolId: p.Id, ClientId: last.ClientId})
	wantError(t, err, "ResourceNotFoundException", "User pool client "+*last.ClientId+" does not exist.")
}

// TestClientQuota checks that a pool has 1,000 clients at most.
func TestClientQuota(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	for range 1000 {
		e.createClient(t, p.Id)
	}
	_, err := e.CreateUserPoolClient(e.ctx, clientInput(p.Id))
	wantError(t, err, "LimitExceededException", "User pool "+*p.Id+" is limited to 1000 app clients.")
}
