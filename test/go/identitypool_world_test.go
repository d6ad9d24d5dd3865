package gotest

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	identity "github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

const (
	account = "123456789012"
	cognito = "cognito-identity.amazonaws.com"
	// wrongRole is the answer to everything that is wrong with a role.
	wrongRole   = "Invalid identity pool configuration. Check assigned IAM roles for this pool."
	otherToken  = "Token is not from a supported provider of this identity pool."
	otherLogins = "Logins don't match. Please include at least one valid login for this identity or identity pool."
	badToken    = "Invalid login token. Not a valid OpenId Connect identity token."
	unverified  = "Invalid login token. Couldn't verify signed token."
	otherIssuer = "Invalid login token. Issuer doesn't match providerName"
)

// house is a running server with clients of its four services and, for the
// tests of identity pools, a user pool.
type house struct {
	*process
	t     *testing.T
	users *cognitoidentityprovider.Client
	pools *cognitoidentity.Client
	iam   *iam.Client
	sts   *sts.Client
	// userPool and client are of the user pool, provider is its name in identity
	// pools.
	userPool, client, provider string
	names                      *atomic.Int64
}

func newHouse(t *testing.T, p *process) *house {
	t.Helper()
	cfg := p.config()
	h := &house{
		process: p, t: t, users: cognitoidentityprovider.NewFromConfig(cfg), pools: cognitoidentity.NewFromConfig(cfg),
		iam: iam.NewFromConfig(cfg), sts: sts.NewFromConfig(cfg), names: &atomic.Int64{},
	}
	return h.withUserPool()
}

// in is the same house for a subtest.
func (h *house) in(t *testing.T) *house {
	c := *h
	c.t = t
	return &c
}

// must is the answer of a call that must succeed: must(call)(h, "call").
func must[T any](v T, err error) func(h *house, what string) T {
	return func(h *house, what string) T {
		h.t.Helper()
		if err != nil {
			h.t.Fatalf("%s: %v", what, err)
		}
		return v
	}
}

func (h *house) unique(name string) string { return fmt.Sprintf("%s-%d", name, h.names.Add(1)) }

// withUserPool is the same house with another user pool.
func (h *house) withUserPool() *house {
	h.t.Helper()
	c := *h
	pool := must(h.users.CreateUserPool(h.t.Context(), &cognitoidentityprovider.CreateUserPoolInput{
		PoolName: aws.String("test"),
		Schema:   []types.SchemaAttributeType{{Name: aws.String("department"), AttributeDataType: types.AttributeDataTypeString, Mutable: aws.Bool(true)}},
	}))(h, "CreateUserPool")
	c.userPool = *pool.UserPool.Id
	c.provider = "cognito-idp." + region + ".amazonaws.com/" + c.userPool
	c.client = c.newClient()
	return &c
}

func (h *house) newClient() string {
	h.t.Helper()
	out := must(h.users.CreateUserPoolClient(h.t.Context(), &cognitoidentityprovider.CreateUserPoolClientInput{
		UserPoolId: &h.userPool, ClientName: aws.String("test"), ReadAttributes: []string{"custom:department"},
		ExplicitAuthFlows: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowAdminUserPasswordAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth},
	}))(h, "CreateUserPoolClient")
	return *out.UserPoolClient.ClientId
}

// user makes a user with a permanent password and attributes in pairs.
func (h *house) user(name string, attributes ...string) string {
	h.t.Helper()
	name = h.unique(name)
	in := &cognitoidentityprovider.AdminCreateUserInput{UserPoolId: &h.userPool, Username: &name, MessageAction: types.MessageActionTypeSuppress}
	for i := 0; i < len(attributes); i += 2 {
		in.UserAttributes = append(in.UserAttributes, types.AttributeType{Name: &attributes[i], Value: &attributes[i+1]})
	}
	must(h.users.AdminCreateUser(h.t.Context(), in))(h, "AdminCreateUser")
	must(h.users.AdminSetUserPassword(h.t.Context(), &cognitoidentityprovider.AdminSetUserPasswordInput{
		UserPoolId: &h.userPool, Username: &name, Password: aws.String(password), Permanent: true,
	}))(h, "AdminSetUserPassword")
	return name
}

// group makes a group with a role and puts the user into it.
func (h *house) group(user, role string, precedence int32) {
	h.t.Helper()
	name := h.unique("group")
	must(h.users.CreateGroup(h.t.Context(), &cognitoidentityprovider.CreateGroupInput{
		UserPoolId: &h.userPool, GroupName: &name, RoleArn: &role, Precedence: &precedence,
	}))(h, "CreateGroup")
	must(h.users.AdminAddUserToGroup(h.t.Context(), &cognitoidentityprovider.AdminAddUserToGroupInput{
		UserPoolId: &h.userPool, GroupName: &name, Username: &user,
	}))(h, "AdminAddUserToGroup")
}

func (h *house) signIn(user string) *types.AuthenticationResultType {
	h.t.Helper()
	out := must(h.users.AdminInitiateAuth(h.t.Context(), &cognitoidentityprovider.AdminInitiateAuthInput{
		UserPoolId: &h.userPool, ClientId: &h.client, AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": user, "PASSWORD": password},
	}))(h, "AdminInitiateAuth")
	return out.AuthenticationResult
}

// logins are the Logins of a user of the user pool, who signs in.
func (h *house) logins(user string) map[string]string {
	h.t.Helper()
	return map[string]string{h.provider: *h.signIn(user).IdToken}
}

// identityPool makes an identity pool for the user pool, with guests.
func (h *house) identityPool(change ...func(*cognitoidentity.CreateIdentityPoolInput)) string {
	h.t.Helper()
	in := &cognitoidentity.CreateIdentityPoolInput{
		IdentityPoolName: aws.String("test"), AllowUnauthenticatedIdentities: true,
		CognitoIdentityProviders: []identity.CognitoIdentityProvider{{ProviderName: &h.provider, ClientId: &h.client}},
	}
	for _, c := range change {
		c(in)
	}
	out := must(h.pools.CreateIdentityPool(h.t.Context(), in))(h, "CreateIdentityPool")
	return *out.IdentityPoolId
}

// trust is a trust policy for identities of a pool with one of the values of
// amr.
func trust(pool string, amr ...string) string {
	statement := map[string]any{
		"Effect": "Allow", "Principal": map[string]string{"Federated": cognito},
		"Action": []string{"sts:AssumeRoleWithWebIdentity", "sts:TagSession"},
		"Condition": map[string]any{
			"StringEquals": map[string]string{cognito + ":aud": pool}, "ForAnyValue:StringLike": map[string][]string{cognito + ":amr": amr},
		},
	}
	return policyOf(statement)
}

func policyOf(statements ...any) string {
	b, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
	if err != nil {
		panic(err)
	}
	return string(b)
}

func allow(actions ...string) map[string]any {
	return map[string]any{"Effect": "Allow", "Action": actions, "Resource": "*"}
}

// role makes a role with a trust policy and, unless it is empty, an inline
// policy, and returns its ARN.
func (h *house) role(name, trust, policy string) string {
	h.t.Helper()
	name = h.unique(name)
	out := must(h.iam.CreateRole(h.t.Context(), &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust}))(h, "CreateRole")
	if policy != "" {
		must(h.iam.PutRolePolicy(h.t.Context(), &iam.PutRolePolicyInput{RoleName: &name, PolicyName: aws.String("p"), PolicyDocument: &policy}))(h, "PutRolePolicy")
	}
	return *out.Role.Arn
}

// setRoles sets a pool's roles; empty ones are left out.
func (h *house) setRoles(pool, authenticated, unauthenticated string, mappings map[string]identity.RoleMapping) {
	h.t.Helper()
	roles := map[string]string{}
	if authenticated != "" {
		roles["authenticated"] = authenticated
	}
	if unauthenticated != "" {
		roles["unauthenticated"] = unauthenticated
	}
	must(h.pools.SetIdentityPoolRoles(h.t.Context(), &cognitoidentity.SetIdentityPoolRolesInput{
		IdentityPoolId: &pool, Roles: roles, RoleMappings: mappings,
	}))(h, "SetIdentityPoolRoles")
}

// anyRole gives a pool one role for everybody, which may do anything.
func (h *house) anyRole(pool string) string {
	h.t.Helper()
	role := h.role("any", trust(pool, "authenticated", "unauthenticated"), policyOf(allow("*")))
	h.setRoles(pool, role, role, nil)
	return role
}

func (h *house) getID(pool string, logins map[string]string) (string, error) {
	out, err := h.pools.GetId(h.t.Context(), &cognitoidentity.GetIdInput{IdentityPoolId: &pool, Logins: logins})
	if err != nil {
		return "", err
	}
	return *out.IdentityId, nil
}

func (h *house) mustID(pool string, logins map[string]string) string {
	h.t.Helper()
	return must(h.getID(pool, logins))(h, "GetId")
}

func (h *house) credentials(id string, logins map[string]string, custom ...string) (*cognitoidentity.GetCredentialsForIdentityOutput, error) {
	in := &cognitoidentity.GetCredentialsForIdentityInput{IdentityId: &id, Logins: logins}
	if len(custom) > 0 {
		in.CustomRoleArn = &custom[0]
	}
	return h.pools.GetCredentialsForIdentity(h.t.Context(), in)
}

func (h *house) mustCredentials(id string, logins map[string]string, custom ...string) *cognitoidentity.GetCredentialsForIdentityOutput {
	h.t.Helper()
	return must(h.credentials(id, logins, custom...))(h, "GetCredentialsForIdentity")
}

// session is the configuration of the credentials of an identity.
func (h *house) session(id string, logins map[string]string, custom ...string) aws.Config {
	h.t.Helper()
	c := h.mustCredentials(id, logins, custom...).Credentials
	return configFor(h.url, *c.AccessKeyId, *c.SecretKey, *c.SessionToken)
}

// callerARN is what GetCallerIdentity says of credentials.
func (h *house) callerARN(cfg aws.Config) string {
	h.t.Helper()
	out := must(sts.NewFromConfig(cfg).GetCallerIdentity(h.t.Context(), &sts.GetCallerIdentityInput{}))(h, "GetCallerIdentity")
	return *out.Arn
}

// roleOf is the ARN of the role that an identity gets credentials of.
func (h *house) roleOf(id string, logins map[string]string, custom ...string) string {
	h.t.Helper()
	_, rest, _ := strings.Cut(h.callerARN(h.session(id, logins, custom...)), ":assumed-role/")
	name, _, _ := strings.Cut(rest, "/")
	return "arn:aws:iam::" + account + ":role/" + name
}

func (h *house) openID(id string, logins map[string]string) (string, error) {
	out, err := h.pools.GetOpenIdToken(h.t.Context(), &cognitoidentity.GetOpenIdTokenInput{IdentityId: &id, Logins: logins})
	if err != nil {
		return "", err
	}
	return *out.Token, nil
}

func (h *house) mustOpenID(id string, logins map[string]string) string {
	h.t.Helper()
	return must(h.openID(id, logins))(h, "GetOpenIdToken")
}

// assume exchanges a token at STS.
func (h *house) assume(role, token string, change ...func(*sts.AssumeRoleWithWebIdentityInput)) (*sts.AssumeRoleWithWebIdentityOutput, error) {
	in := &sts.AssumeRoleWithWebIdentityInput{RoleArn: &role, RoleSessionName: aws.String("app"), WebIdentityToken: &token}
	for _, c := range change {
		c(in)
	}
	return h.sts.AssumeRoleWithWebIdentity(h.t.Context(), in)
}

// advance moves the server's clock.
func (h *house) advance(d time.Duration) {
	h.t.Helper()
	res, err := http.Post(h.url+"/_poolhouse/clock", "application/json", strings.NewReader(fmt.Sprintf(`{"advance":%q}`, d)))
	if err != nil {
		h.t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		h.t.Fatalf("the clock answers %s", res.Status)
	}
}

// refused checks that a call was refused with the code and the text.
func refused(t *testing.T, err error, code, message string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code || api.ErrorMessage() != message {
		t.Errorf("got  %v\nwant %s: %s", err, code, message)
	}
}

// message is the text of a refusal.
func message(err error) string {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return ""
	}
	return api.ErrorMessage()
}

// claimsOf decodes a part of a JWT, 0 its header and 1 its claims.
func claimsOf(t *testing.T, jwt string, part int) map[string]any {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(strings.Split(jwt, ".")[part])
	if err != nil {
		t.Fatal(err)
	}
	var c map[string]any
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	return c
}
