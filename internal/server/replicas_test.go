package server_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idpapi "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/server"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

const (
	secondary      = "eu-west-1"
	multiRegionKey = "arn:aws:kms:" + region + ":" + account + ":key/mrk-0123456789abcdef0123456789abcdef"
)

// replicated is a pool with a client and a user, and its clients in two regions.
type replicated struct {
	*fixture
	// here signs for the primary region, there for the secondary; away is an
	// application whose endpoint is the secondary region's.
	here, there, away *idpapi.Client
	pool, client      *string
}

func (f *fixture) pools(region, path string) *idpapi.Client {
	cfg := f.config("test", "test", "")
	cfg.Region, cfg.BaseEndpoint = region, aws.String(f.url+path)
	return idpapi.NewFromConfig(cfg)
}

func newReplicated(t *testing.T, f *fixture, changes ...func(*idpapi.CreateUserPoolInput)) *replicated {
	t.Helper()
	r := &replicated{fixture: f, here: f.pools(region, ""), there: f.pools(secondary, ""), away: f.pools(secondary, "/"+secondary)}
	in := &idpapi.CreateUserPoolInput{
		PoolName:         aws.String("replicated"),
		KeyConfiguration: &types.KeyConfigurationType{KeyType: types.EncryptionKeyTypeCustomerManagedKey, KmsKeyArn: aws.String(multiRegionKey)},
	}
	for _, change := range changes {
		change(in)
	}
	pool, err := r.here.CreateUserPool(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	r.pool = pool.UserPool.Id
	client, err := r.here.CreateUserPoolClient(t.Context(), &idpapi.CreateUserPoolClientInput{
		UserPoolId: r.pool, ClientName: aws.String("web"), ExplicitAuthFlows: []types.ExplicitAuthFlowsType{
			types.ExplicitAuthFlowsTypeAllowUserPasswordAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth, types.ExplicitAuthFlowsTypeAllowAdminUserPasswordAuth,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.client = client.UserPoolClient.ClientId
	r.user(t, "jane", true)
	return r
}

func (r *replicated) user(t *testing.T, name string, permanent bool) {
	t.Helper()
	if _, err := r.here.AdminCreateUser(t.Context(), &idpapi.AdminCreateUserInput{UserPoolId: r.pool, Username: &name, MessageAction: types.MessageActionTypeSuppress, TemporaryPassword: aws.String(password)}); err != nil {
		t.Fatal(err)
	}
	if permanent {
		if _, err := r.here.AdminSetUserPassword(t.Context(), &idpapi.AdminSetUserPasswordInput{UserPoolId: r.pool, Username: &name, Password: aws.String(password), Permanent: true}); err != nil {
			t.Fatal(err)
		}
	}
}

func (r *replicated) replicate(t *testing.T, status types.UpdateReplicaStatusType) {
	t.Helper()
	if _, err := r.here.CreateUserPoolReplica(t.Context(), &idpapi.CreateUserPoolReplicaInput{UserPoolId: r.pool, RegionName: aws.String(secondary)}); err != nil {
		t.Fatal(err)
	}
	r.set(t, status)
}

func (r *replicated) set(t *testing.T, status types.UpdateReplicaStatusType) {
	t.Helper()
	out, err := r.there.UpdateUserPoolReplica(t.Context(), &idpapi.UpdateUserPoolReplicaInput{UserPoolId: r.pool, RegionName: aws.String(secondary), Status: status})
	if err != nil || string(out.UserPoolReplica.Status) != string(status) {
		t.Fatalf("UpdateUserPoolReplica: %+v, %v", out, err)
	}
}

func (r *replicated) signIn(t *testing.T, c *idpapi.Client, name string) (*idpapi.InitiateAuthOutput, error) {
	return c.InitiateAuth(t.Context(), &idpapi.InitiateAuthInput{
		ClientId: r.client, AuthFlow: types.AuthFlowTypeUserPasswordAuth, AuthParameters: map[string]string{"USERNAME": name, "PASSWORD": password},
	})
}

// A replica from its creation to its end, on both databases.
func TestReplicas(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		r := newReplicated(t, start(t, func(c *server.Config) { c.Store = cfg }))
		arn := "arn:aws:cognito-idp:" + secondary + ":" + account + ":userpool/" + *r.pool
		made, err := r.here.CreateUserPoolReplica(t.Context(), &idpapi.CreateUserPoolReplicaInput{
			UserPoolId: r.pool, RegionName: aws.String(secondary), UserPoolTags: map[string]string{"side": "second"},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := made.UserPoolReplica; *got.RegionName != secondary || got.Role != types.ReplicaRoleTypeSecondary || got.Status != types.ReplicaStatusTypeCreating || *got.UserPoolArn != arn {
			t.Errorf("the replica is %+v", got)
		}
		for _, c := range []*idpapi.Client{r.here, r.there} {
			list, err := c.ListUserPoolReplicas(t.Context(), &idpapi.ListUserPoolReplicasInput{UserPoolId: r.pool})
			if err != nil || len(list.UserPoolReplicas) != 2 || list.UserPoolReplicas[0].Role != types.ReplicaRoleTypePrimary || *list.UserPoolReplicas[0].RegionName != region ||
				list.UserPoolReplicas[0].Status != types.ReplicaStatusTypeActive || list.UserPoolReplicas[1].Status != types.ReplicaStatusTypeInactive {
				t.Errorf("ListUserPoolReplicas: %+v, %v", list, err)
			}
		}
		pools, err := r.there.ListUserPools(t.Context(), &idpapi.ListUserPoolsInput{MaxResults: aws.Int32(10)})
		if err != nil || len(pools.UserPools) != 1 || *pools.UserPools[0].Id != *r.pool || !slices.Equal(pools.UserPools[0].ReplicaRegions, []string{secondary}) {
			t.Errorf("ListUserPools: %+v, %v", pools, err)
		}
		described, err := r.there.DescribeUserPool(t.Context(), &idpapi.DescribeUserPoolInput{UserPoolId: r.pool})
		if err != nil || *described.UserPool.Arn != arn || described.UserPool.UserPoolTags["side"] != "second" || described.UserPool.EstimatedNumberOfUsers != 1 {
			t.Errorf("DescribeUserPool: %+v, %v", described, err)
		}
		_, err = r.signIn(t, r.away, "jane")
		wantCode(t, "sign-in at an inactive replica", err, "OperationNotEnabledException", "The replica of the user pool in "+secondary+" is not active.")
		r.set(t, types.UpdateReplicaStatusTypeActive)
		if _, err := r.signIn(t, r.away, "jane"); err != nil {
			t.Error(err)
		}
		remove := &idpapi.DeleteUserPoolReplicaInput{UserPoolId: r.pool, RegionName: aws.String(secondary)}
		_, err = r.here.DeleteUserPoolReplica(t.Context(), remove)
		wantCode(t, "deleting an active replica", err, "InvalidParameterException", "INACTIVE")
		_, err = r.here.DeleteUserPool(t.Context(), &idpapi.DeleteUserPoolInput{UserPoolId: r.pool})
		wantCode(t, "deleting a pool with replicas", err, "InvalidParameterException", "It has replicas")
		r.set(t, types.UpdateReplicaStatusTypeInactive)
		_, err = r.there.DeleteUserPoolReplica(t.Context(), remove)
		wantCode(t, "deleting in the secondary", err, "OperationNotEnabledException", "DeleteUserPoolReplica")
		gone, err := r.here.DeleteUserPoolReplica(t.Context(), remove)
		if err != nil || gone.UserPoolReplica.Status != types.ReplicaStatusTypeDeleting {
			t.Errorf("DeleteUserPoolReplica: %+v, %v", gone, err)
		}
		_, err = r.here.DeleteUserPoolReplica(t.Context(), remove)
		wantCode(t, "deleting again", err, "ResourceNotFoundException", "does not have a replica in "+secondary)
		_, err = r.there.DescribeUserPool(t.Context(), &idpapi.DescribeUserPoolInput{UserPoolId: r.pool})
		wantCode(t, "a replica that is gone", err, "ResourceNotFoundException", "does not exist")
		_, err = r.signIn(t, r.away, "jane")
		wantCode(t, "sign-in where there is no replica", err, "ResourceNotFoundException", "User pool client "+*r.client+" does not exist.")
		if _, err := r.here.DeleteUserPool(t.Context(), &idpapi.DeleteUserPoolInput{UserPoolId: r.pool}); err != nil {
			t.Error(err)
		}
	})
}

// What a pool must have to be replicated, and what it must keep.
func TestReplicaRefusals(t *testing.T) {
	t.Parallel()
	r := newReplicated(t, start(t))
	create := func(pool *string, in string, tags map[string]string) error {
		_, err := r.here.CreateUserPoolReplica(t.Context(), &idpapi.CreateUserPoolReplicaInput{UserPoolId: pool, RegionName: &in, UserPoolTags: tags})
		return err
	}
	plain := newReplicated(t, r.fixture, func(in *idpapi.CreateUserPoolInput) { in.KeyConfiguration = nil })
	lite := newReplicated(t, r.fixture, func(in *idpapi.CreateUserPoolInput) { in.UserPoolTier = types.UserPoolTierTypeLite })
	wantCode(t, "no key", create(plain.pool, secondary, nil), "InvalidParameterException", "multi-Region customer managed key")
	wantCode(t, "LITE", create(lite.pool, secondary, nil), "FeatureUnavailableInTierException", "Multi-Region Replication")
	wantCode(t, "own region", create(r.pool, region, nil), "InvalidParameterException", "primary Region")
	wantCode(t, "no region", create(r.pool, "nowhere", nil), "InvalidParameterException", "nowhere is not a valid Region.")
	wantCode(t, "short region", create(r.pool, "eu-1", nil), "InvalidParameterException", "")
	wantCode(t, "reserved tag", create(r.pool, secondary, map[string]string{"aws:a": "b"}), "UserPoolTaggingException", "aws:a")
	wantCode(t, "no pool", create(aws.String(region+"_nobody000"), secondary, nil), "ResourceNotFoundException", "")
	for what, body := range map[string]map[string]any{
		"Member must have length greater than or equal to 5": {"UserPoolId": *r.pool, "RegionName": "eu-1", "Status": "ACTIVE"},
		"Member must satisfy enum value set":                 {"UserPoolId": *r.pool, "RegionName": secondary, "Status": "CREATING"},
		"Member must not be null":                            {"UserPoolId": *r.pool, "RegionName": secondary},
	} {
		r.call(t, awswire.Signed, "UpdateUserPoolReplica", body).wantError(t, 400, "InvalidParameterException", what)
	}
	_, err := r.here.UpdateUserPoolReplica(t.Context(), &idpapi.UpdateUserPoolReplicaInput{UserPoolId: r.pool, RegionName: aws.String(secondary), Status: types.UpdateReplicaStatusTypeActive})
	wantCode(t, "no replica", err, "ResourceNotFoundException", "does not have a replica")
	r.replicate(t, types.UpdateReplicaStatusTypeActive)
	wantCode(t, "a second", create(r.pool, secondary, nil), "InvalidParameterException", "already has a replica in "+secondary)
	wantCode(t, "a third", create(r.pool, "us-west-2", nil), "LimitExceededException", "more than 1 replicas")
	_, err = r.there.CreateUserPoolReplica(t.Context(), &idpapi.CreateUserPoolReplicaInput{UserPoolId: r.pool, RegionName: aws.String("us-west-2")})
	wantCode(t, "from the secondary", err, "OperationNotEnabledException", "CreateUserPoolReplica")
	_, err = r.here.UpdateUserPoolReplica(t.Context(), &idpapi.UpdateUserPoolReplicaInput{UserPoolId: r.pool, RegionName: aws.String(region), Status: types.UpdateReplicaStatusTypeInactive})
	wantCode(t, "the primary", err, "InvalidParameterException", "primary replica")
	_, err = r.here.ListUserPoolReplicas(t.Context(), &idpapi.ListUserPoolReplicasInput{UserPoolId: r.pool, NextToken: aws.String("bad")})
	wantCode(t, "a bad token", err, "InvalidParameterException", "NextToken")
	_, err = r.here.UpdateUserPool(t.Context(), &idpapi.UpdateUserPoolInput{UserPoolId: r.pool, KeyConfiguration: &types.KeyConfigurationType{KeyType: types.EncryptionKeyTypeAwsOwnedKey}})
	wantCode(t, "without the key", err, "InvalidParameterException", "must be a multi-Region")
	_, err = r.here.UpdateUserPool(t.Context(), &idpapi.UpdateUserPoolInput{UserPoolId: r.pool, UserPoolTier: types.UserPoolTierTypeLite})
	wantCode(t, "in LITE", err, "TierChangeNotAllowedException", "Multi-Region Replication")
}

// A replica reads and signs in, and writes no user.
func TestReplicaOperations(t *testing.T) {
	t.Parallel()
	r := newReplicated(t, start(t))
	r.user(t, "newcomer", false)
	r.replicate(t, types.UpdateReplicaStatusTypeActive)
	in, err := r.signIn(t, r.away, "jane")
	if err != nil {
		t.Fatal(err)
	}
	tokens := in.AuthenticationResult
	for name, c := range map[string]*idpapi.Client{"the primary": r.here, "the replica": r.away} {
		if user, err := c.GetUser(t.Context(), &idpapi.GetUserInput{AccessToken: tokens.AccessToken}); err != nil || *user.Username != "jane" {
			t.Errorf("GetUser in %s: %+v, %v", name, user, err)
		}
		if _, err := c.InitiateAuth(t.Context(), &idpapi.InitiateAuthInput{ClientId: r.client, AuthFlow: types.AuthFlowTypeRefreshTokenAuth, AuthParameters: map[string]string{"REFRESH_TOKEN": *tokens.RefreshToken}}); err != nil {
			t.Errorf("refresh in %s: %v", name, err)
		}
	}
	if _, err := r.there.AdminGetUser(t.Context(), &idpapi.AdminGetUserInput{UserPoolId: r.pool, Username: aws.String("jane")}); err != nil {
		t.Error(err)
	}
	if list, err := r.there.ListUsers(t.Context(), &idpapi.ListUsersInput{UserPoolId: r.pool}); err != nil || len(list.Users) != 2 {
		t.Errorf("ListUsers: %v, %v", list, err)
	}
	if _, err := r.there.AdminInitiateAuth(t.Context(), &idpapi.AdminInitiateAuthInput{
		UserPoolId: r.pool, ClientId: r.client, AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth, AuthParameters: map[string]string{"USERNAME": "jane", "PASSWORD": password},
	}); err != nil {
		t.Errorf("AdminInitiateAuth: %v", err)
	}
	refused := func(name string, err error) {
		t.Helper()
		wantCode(t, name, err, "OperationNotEnabledException", name+" is not enabled in the secondary Region "+secondary)
	}
	_, err = r.away.SignUp(t.Context(), &idpapi.SignUpInput{ClientId: r.client, Username: aws.String("joe"), Password: aws.String(password)})
	refused("SignUp", err)
	_, err = r.away.ForgotPassword(t.Context(), &idpapi.ForgotPasswordInput{ClientId: r.client, Username: aws.String("jane")})
	refused("ForgotPassword", err)
	_, err = r.away.ChangePassword(t.Context(), &idpapi.ChangePasswordInput{AccessToken: tokens.AccessToken, PreviousPassword: aws.String(password), ProposedPassword: aws.String(password + "1")})
	refused("ChangePassword", err)
	_, err = r.away.UpdateUserAttributes(t.Context(), &idpapi.UpdateUserAttributesInput{AccessToken: tokens.AccessToken, UserAttributes: []types.AttributeType{{Name: aws.String("name"), Value: aws.String("J")}}})
	refused("UpdateUserAttributes", err)
	_, err = r.away.GetUserAttributeVerificationCode(t.Context(), &idpapi.GetUserAttributeVerificationCodeInput{AccessToken: tokens.AccessToken, AttributeName: aws.String("email")})
	refused("GetUserAttributeVerificationCode", err)
	_, err = r.there.AdminCreateUser(t.Context(), &idpapi.AdminCreateUserInput{UserPoolId: r.pool, Username: aws.String("joe")})
	refused("AdminCreateUser", err)
	_, err = r.there.CreateUserPoolClient(t.Context(), &idpapi.CreateUserPoolClientInput{UserPoolId: r.pool, ClientName: aws.String("c")})
	refused("CreateUserPoolClient", err)
	_, err = r.there.DeleteUserPool(t.Context(), &idpapi.DeleteUserPoolInput{UserPoolId: r.pool})
	refused("DeleteUserPool", err)
	challenge, err := r.signIn(t, r.away, "newcomer")
	if err != nil || challenge.ChallengeName != types.ChallengeNameTypeNewPasswordRequired {
		t.Fatalf("%+v, %v", challenge, err)
	}
	answer := &idpapi.RespondToAuthChallengeInput{
		ClientId: r.client, ChallengeName: challenge.ChallengeName, Session: challenge.Session,
		ChallengeResponses: map[string]string{"USERNAME": "newcomer", "NEW_PASSWORD": password + "9"},
	}
	_, err = r.away.RespondToAuthChallenge(t.Context(), answer)
	wantCode(t, "a new password at a replica", err, "OperationNotEnabledException", "NEW_PASSWORD_REQUIRED")
	if _, err := r.here.RespondToAuthChallenge(t.Context(), answer); err != nil {
		t.Errorf("the session in the primary region: %v", err)
	}
	if _, err := r.away.GlobalSignOut(t.Context(), &idpapi.GlobalSignOutInput{AccessToken: tokens.AccessToken}); err != nil {
		t.Error(err)
	}
	_, err = r.here.GetUser(t.Context(), &idpapi.GetUserInput{AccessToken: tokens.AccessToken})
	wantCode(t, "a token that was signed out at the replica", err, "NotAuthorizedException", "revoked")
}

// A replica has messages, functions and tags of its own, and inherits the rest.
func TestReplicaSettings(t *testing.T) {
	t.Parallel()
	r := newReplicated(t, start(t))
	r.replicate(t, types.UpdateReplicaStatusTypeActive)
	function := "arn:aws:lambda:" + secondary + ":" + account + ":function:f"
	update := &idpapi.UpdateUserPoolInput{
		UserPoolId: r.pool, UserPoolTags: map[string]string{"a": "b"},
		LambdaConfig: &types.LambdaConfigType{PreSignUp: &function}, EmailConfiguration: &types.EmailConfigurationType{ReplyToEmailAddress: aws.String("r@example.com")},
		UserPoolTier: types.UserPoolTierTypeEssentials,
	}
	if _, err := r.there.UpdateUserPool(t.Context(), update); err != nil {
		t.Fatal(err)
	}
	there, err := r.there.DescribeUserPool(t.Context(), &idpapi.DescribeUserPoolInput{UserPoolId: r.pool})
	if err != nil {
		t.Fatal(err)
	}
	here, err := r.here.DescribeUserPool(t.Context(), &idpapi.DescribeUserPoolInput{UserPoolId: r.pool})
	if err != nil {
		t.Fatal(err)
	}
	if aws.ToString(there.UserPool.LambdaConfig.PreSignUp) != function || there.UserPool.UserPoolTags["a"] != "b" || aws.ToString(there.UserPool.EmailConfiguration.ReplyToEmailAddress) != "r@example.com" {
		t.Errorf("the replica is %+v", there.UserPool)
	}
	if here.UserPool.LambdaConfig.PreSignUp != nil || len(here.UserPool.UserPoolTags) != 0 || here.UserPool.EmailConfiguration.ReplyToEmailAddress != nil {
		t.Errorf("the primary is %+v", here.UserPool)
	}
	_, err = r.there.UpdateUserPool(t.Context(), &idpapi.UpdateUserPoolInput{UserPoolId: r.pool, MfaConfiguration: types.UserPoolMfaTypeOptional})
	wantCode(t, "MFA", err, "InvalidParameterException", "MfaConfiguration cannot be changed in a secondary Region")
	_, err = r.there.UpdateUserPool(t.Context(), &idpapi.UpdateUserPoolInput{UserPoolId: r.pool, IssuerConfiguration: &types.IssuerConfigurationType{Type: types.IssuerTypeUpdated}})
	wantCode(t, "issuer", err, "InvalidParameterException", "IssuerConfiguration cannot be changed")
	_, err = r.there.UpdateUserPool(t.Context(), &idpapi.UpdateUserPoolInput{UserPoolId: r.pool, LambdaConfig: &types.LambdaConfigType{PreSignUp: aws.String("arn:aws:lambda:" + region + ":" + account + ":function:f")}})
	wantCode(t, "a function of the primary region", err, "InvalidParameterException", "Cross-region")
	if _, err := r.there.TagResource(t.Context(), &idpapi.TagResourceInput{ResourceArn: there.UserPool.Arn, Tags: map[string]string{"c": "d"}}); err != nil {
		t.Fatal(err)
	}
	tags, err := r.there.ListTagsForResource(t.Context(), &idpapi.ListTagsForResourceInput{ResourceArn: there.UserPool.Arn})
	if err != nil || tags.Tags["c"] != "d" || tags.Tags["a"] != "b" {
		t.Errorf("tags: %v, %v", tags, err)
	}
	if _, err := r.here.UpdateUserPool(t.Context(), &idpapi.UpdateUserPoolInput{UserPoolId: r.pool, PoolName: aws.String("renamed")}); err != nil {
		t.Fatal(err)
	}
	if there, err = r.there.DescribeUserPool(t.Context(), &idpapi.DescribeUserPoolInput{UserPoolId: r.pool}); err != nil || *there.UserPool.Name != "renamed" {
		t.Errorf("the replica inherits %+v, %v", there, err)
	}
	_, err = r.there.SetLogDeliveryConfiguration(t.Context(), &idpapi.SetLogDeliveryConfigurationInput{UserPoolId: r.pool, LogConfigurations: []types.LogConfigurationType{}})
	wantCode(t, "log export of a replica", err, "OperationNotEnabledException", "SetLogDeliveryConfiguration")
}

// An unsigned call's region is that of its address.
func TestRegionOfUnsignedCalls(t *testing.T) {
	t.Parallel()
	r := newReplicated(t, start(t))
	r.replicate(t, types.UpdateReplicaStatusTypeActive)
	body, err := json.Marshal(map[string]any{"ClientId": *r.client, "Username": "joe", "Password": password})
	if err != nil {
		t.Fatal(err)
	}
	signUp := func(host, path string) answer {
		q := r.newRequest(http.MethodPost, string(body), "X-Amz-Target", idp+"SignUp", "Content-Type", jsonType)
		q.Host, q.URL.Path = host, path
		return r.do(q)
	}
	signUp("cognito-idp."+secondary+".amazonaws.com", "/").wantError(t, 400, "OperationNotEnabledException", "SignUp")
	signUp("localhost", "/"+secondary+"/").wantError(t, 400, "OperationNotEnabledException", "SignUp")
	signUp("cognito-idp.us-west-2.localhost", "/").wantError(t, 400, "ResourceNotFoundException", "does not exist")
	if a := signUp("localhost", "/"); a.StatusCode != http.StatusOK {
		t.Errorf("no region: %s", a.body)
	}
	// A signature says the region itself.
	if _, err := r.pools(region, "/"+secondary).AdminInitiateAuth(t.Context(), &idpapi.AdminInitiateAuthInput{
		UserPoolId: r.pool, ClientId: r.client, AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth, AuthParameters: map[string]string{"USERNAME": "jane", "PASSWORD": password},
	}); err != nil {
		t.Error(err)
	}
	_, err = r.pools("us-west-2", "/"+secondary).DescribeUserPool(t.Context(), &idpapi.DescribeUserPoolInput{UserPoolId: r.pool})
	wantCode(t, "signed for a third region", err, "ResourceNotFoundException", "")
	if a := signUp("localhost", "/nowhere/"); a.StatusCode != http.StatusNotFound {
		t.Errorf("a path that is no region: %d", a.StatusCode)
	}
}

// A replica takes the permission for it and that to make pools in the region.
func TestReplicaPermissions(t *testing.T) {
	t.Parallel()
	r := newReplicated(t, start(t))
	users := iam.NewFromConfig(r.config("test", "test", ""))
	if _, err := users.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("ops")}); err != nil {
		t.Fatal(err)
	}
	key, err := users.CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: aws.String("ops")})
	if err != nil {
		t.Fatal(err)
	}
	pools := idpapi.NewFromConfig(r.config(*key.AccessKey.AccessKeyId, *key.AccessKey.SecretAccessKey, ""))
	try := func(actions string) error {
		t.Helper()
		if _, err := users.PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{UserName: aws.String("ops"), PolicyName: aws.String("p"), PolicyDocument: aws.String(
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[` + actions + `],"Resource":"*"}]}`)}); err != nil {
			t.Fatal(err)
		}
		_, err := pools.CreateUserPoolReplica(t.Context(), &idpapi.CreateUserPoolReplicaInput{UserPoolId: r.pool, RegionName: aws.String(secondary)})
		return err
	}
	wantCode(t, "without CreateUserPool", try(`"cognito-idp:CreateUserPoolReplica"`), "AccessDeniedException", "cognito-idp:CreateUserPool ")
	if err := try(`"cognito-idp:CreateUserPoolReplica","cognito-idp:CreateUserPool"`); err != nil {
		t.Error(err)
	}
}
