package server_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idpapi "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/poolhouse-id/poolhouse/internal/server"
)

// A pool sends text messages with a role that trusts it, by its external id,
// and may publish.
func TestSMSRoles(t *testing.T) {
	t.Parallel()
	f := start(t)
	roles, pools := iam.NewFromConfig(f.config("test", "test", "")), f.pools(region, "")
	role := func(name, trust, permissions string) string {
		t.Helper()
		made, err := roles.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust})
		if err != nil {
			t.Fatal(err)
		}
		if permissions != "" {
			if _, err := roles.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: &name, PolicyName: aws.String("p"), PolicyDocument: &permissions}); err != nil {
				t.Fatal(err)
			}
		}
		return *made.Role.Arn
	}
	trust := func(service, condition string) string {
		return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":"sts:AssumeRole"` + condition + `}}`
	}
	allow := func(action string) string {
		return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"` + action + `","Resource":"*"}}`
	}
	const cognito = "cognito-idp.amazonaws.com"
	external := `,"Condition":{"StringEquals":{"sts:ExternalId":"x","aws:SourceAccount":"` + account + `"},"ArnLike":{"aws:SourceArn":"arn:aws:cognito-idp:*:` + account + `:userpool/*"}}`
	good := role("good", trust(cognito, external), allow("sns:Publish"))
	mute := role("mute", trust(cognito, ""), allow("sns:Subscribe"))
	foreign := role("foreign", trust("lambda.amazonaws.com", ""), allow("*"))
	elsewhere := role("elsewhere", trust(cognito, `,"Condition":{"StringEquals":{"aws:SourceAccount":"999999999999"}}`), allow("*"))
	eums := role("eums", trust(cognito, ""), allow("sms-voice:SendTextMessage"))
	sns := func(role, id string) *types.SmsConfigurationType {
		return &types.SmsConfigurationType{SnsCallerArn: &role, ExternalId: &id}
	}
	const noTrust, noAccess = "InvalidSmsRoleTrustRelationshipException", "InvalidSmsRoleAccessPolicyException"
	pool, err := pools.CreateUserPool(t.Context(), &idpapi.CreateUserPoolInput{PoolName: aws.String("p"), SmsConfiguration: sns(good, "x")})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		sms        *types.SmsConfigurationType
		code, text string
	}{
		"another external id":    {sns(good, "y"), noTrust, "Role does not have a trust relationship allowing Cognito to assume the role"},
		"another service":        {sns(foreign, "x"), noTrust, ""},
		"for another account":    {sns(elsewhere, "x"), noTrust, ""},
		"without permission":     {sns(mute, "x"), noAccess, "Role does not have permission to publish with SNS"},
		"of another SMS service": {sns(eums, "x"), noAccess, ""},
		"good":                   {sns(good, "x"), "", ""},
		"gone, in development":   {sns(strings.Replace(good, "good", "gone", 1), "x"), "", ""},
	} {
		_, create := pools.CreateUserPool(t.Context(), &idpapi.CreateUserPoolInput{PoolName: aws.String("p"), SmsConfiguration: c.sms})
		_, update := pools.UpdateUserPool(t.Context(), &idpapi.UpdateUserPoolInput{UserPoolId: pool.UserPool.Id, SmsConfiguration: c.sms})
		_, mfa := pools.SetUserPoolMfaConfig(t.Context(), &idpapi.SetUserPoolMfaConfigInput{
			UserPoolId: pool.UserPool.Id, MfaConfiguration: types.UserPoolMfaTypeOptional, SmsMfaConfiguration: &types.SmsMfaConfigType{SmsConfiguration: c.sms},
		})
		for operation, err := range map[string]error{"CreateUserPool": create, "UpdateUserPool": update, "SetUserPoolMfaConfig": mfa} {
			if c.code != "" {
				wantCode(t, operation+": "+name, err, c.code, c.text)
			} else if err != nil {
				t.Errorf("%s: %s: %v", operation, name, err)
			}
		}
	}
}

// A strict server knows every role.
func TestSMSRoleIsMissing(t *testing.T) {
	t.Parallel()
	f := start(t, func(c *server.Config) {
		c.Strict, c.RootAccessKeyID, c.RootSecretAccessKey = true, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	})
	pools := idpapi.NewFromConfig(f.config("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""))
	_, err := pools.CreateUserPool(t.Context(), &idpapi.CreateUserPoolInput{PoolName: aws.String("p"), SmsConfiguration: &types.SmsConfigurationType{
		SnsCallerArn: aws.String("arn:aws:iam::" + account + ":role/gone"), ExternalId: aws.String("x"),
	}})
	wantCode(t, "CreateUserPool", err, "InvalidSmsRoleTrustRelationshipException", "trust relationship")
}
