package server_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/poolhouse-id/poolhouse/internal/server"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// What is changed at one node acts on the next call at another, for users,
// their keys, roles, sessions and policies.
func TestIAMActsOnEveryNode(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		ctx := t.Context()
		a := start(t, func(c *server.Config) { c.Store = cfg })
		b := start(t, func(c *server.Config) { c.Store = cfg })
		admin := iam.NewFromConfig(a.config("test", "test", ""))
		must[*iam.CreateUserOutput](t)(admin.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("ann")}))
		key := must[*iam.CreateAccessKeyOutput](t)(admin.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: aws.String("ann")})).AccessKey
		pools := func(c aws.Config) error {
			_, err := cognitoidentityprovider.NewFromConfig(c).ListUserPools(ctx, &cognitoidentityprovider.ListUserPoolsInput{MaxResults: aws.Int32(1)})
			return err
		}
		ann := b.config(*key.AccessKeyId, *key.SecretAccessKey, "")
		wantCode(t, "without a policy", pools(ann), "AccessDeniedException", "because no identity-based policy allows the cognito-idp:ListUserPools action")
		a.put(admin, "ann", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)
		if err := pools(ann); err != nil {
			t.Error(err)
		}
		for _, active := range []iamtypes.StatusType{iamtypes.StatusTypeInactive, iamtypes.StatusTypeActive} {
			must[*iam.UpdateAccessKeyOutput](t)(admin.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: aws.String("ann"), AccessKeyId: key.AccessKeyId, Status: active}))
			if err := pools(ann); active == iamtypes.StatusTypeInactive {
				wantCode(t, "with an inactive key", err, "UnrecognizedClientException", "")
			} else if err != nil {
				t.Error(err)
			}
		}
		trust := aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + account + `"},"Action":"sts:AssumeRole"}]}`)
		role := must[*iam.CreateRoleOutput](t)(admin.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("work"), AssumeRolePolicyDocument: trust})).Role
		must[*iam.AttachRolePolicyOutput](t)(admin.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: role.RoleName, PolicyArn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")}))
		assume := func() (*sts.AssumeRoleOutput, error) {
			return sts.NewFromConfig(ann).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: role.Arn, RoleSessionName: aws.String("one")})
		}
		c := must[*sts.AssumeRoleOutput](t)(assume()).Credentials
		work := b.config(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)
		if err := pools(work); err != nil {
			t.Error(err)
		}
		must[*iam.PutRolePermissionsBoundaryOutput](t)(admin.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: role.RoleName, PermissionsBoundary: aws.String("arn:aws:iam::aws:policy/IAMReadOnlyAccess")}))
		wantCode(t, "with a boundary", pools(work), "AccessDeniedException", "because no permissions boundary allows the cognito-idp:ListUserPools action")
		must[*iam.DeleteRolePermissionsBoundaryOutput](t)(admin.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: role.RoleName}))
		must[*iam.UpdateAssumeRolePolicyOutput](t)(admin.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: role.RoleName,
			PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)}))
		_, err := assume()
		wantCode(t, "with another trust policy", err, "AccessDenied", "because no role trust policy allows the sts:AssumeRole action")
		must[*iam.DetachRolePolicyOutput](t)(admin.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: role.RoleName, PolicyArn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")}))
		must[*iam.DeleteRoleOutput](t)(admin.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: role.RoleName}))
		wantCode(t, "of a deleted role", pools(work), "UnrecognizedClientException", "")
		must[*iam.DeleteUserPolicyOutput](t)(admin.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: aws.String("ann"), PolicyName: aws.String("p")}))
		must[*iam.DeleteAccessKeyOutput](t)(admin.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: aws.String("ann"), AccessKeyId: key.AccessKeyId}))
		wantCode(t, "with a deleted key", pools(ann), "UnrecognizedClientException", "")
	})
}

// Permissions of all four services by the tags of request, resource and
// principal, by source identity, and to pass a role.
func TestEnforcementByTags(t *testing.T) {
	t.Parallel()
	f := start(t)
	ctx := t.Context()
	admin := iam.NewFromConfig(f.config("test", "test", ""))
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + account + `"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}]}`
	role := must[*iam.CreateRoleOutput](t)(admin.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("work"), AssumeRolePolicyDocument: &trust})).Role
	passed := must[*iam.CreateRoleOutput](t)(admin.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("passed"), AssumeRolePolicyDocument: &trust, Tags: []iamtypes.Tag{{Key: aws.String("team"), Value: aws.String("red")}}})).Role
	boss := f.user(admin, "boss")
	f.put(admin, "boss", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:*","Resource":"*"}]}`)
	c := must[*sts.AssumeRoleOutput](t)(sts.NewFromConfig(boss).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: role.Arn, RoleSessionName: aws.String("one"), SourceIdentity: aws.String("joe"),
		Tags: []ststypes.Tag{{Key: aws.String("team"), Value: aws.String("red")}}})).Credentials
	work := f.config(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)
	may := func(action, condition string) {
		t.Helper()
		document := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":%s,"Resource":"*","Condition":%s}]}`, action, condition)
		must[*iam.PutRolePolicyOutput](t)(admin.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: role.RoleName, PolicyName: aws.String("p"), PolicyDocument: &document}))
	}
	users, identities, own := cognitoidentityprovider.NewFromConfig(work), cognitoidentity.NewFromConfig(work), iam.NewFromConfig(work)
	pool := func(ctx context.Context, tags map[string]string) (*string, error) {
		out, err := users.CreateUserPool(ctx, &cognitoidentityprovider.CreateUserPoolInput{PoolName: aws.String("p"), UserPoolTags: tags})
		if err != nil {
			return nil, err
		}
		return out.UserPool.Id, nil
	}
	identityPool := func(tags map[string]string) (*string, error) {
		out, err := identities.CreateIdentityPool(ctx, &cognitoidentity.CreateIdentityPoolInput{IdentityPoolName: aws.String("p"), AllowUnauthenticatedIdentities: true, IdentityPoolTags: tags})
		if err != nil {
			return nil, err
		}
		return out.IdentityPoolId, nil
	}
	user := func(name string, tags ...iamtypes.Tag) error {
		_, err := own.CreateUser(ctx, &iam.CreateUserInput{UserName: &name, Tags: tags})
		return err
	}
	tag := func(value string) iamtypes.Tag { return iamtypes.Tag{Key: aws.String("team"), Value: &value} }

	may(`"*"`, `{"StringEquals":{"aws:RequestTag/team":"${aws:PrincipalTag/team}"}}`)
	red := must[*string](t)(pool(ctx, map[string]string{"team": "red"}))
	_, err := pool(ctx, map[string]string{"team": "blue"})
	wantCode(t, "a pool with another tag", err, "AccessDeniedException", "cognito-idp:CreateUserPool")
	redIdentities := must[*string](t)(identityPool(map[string]string{"team": "red"}))
	_, err = identityPool(nil)
	wantCode(t, "an identity pool without a tag", err, "AccessDeniedException", "cognito-identity:CreateIdentityPool")
	if err := user("red", tag("red")); err != nil {
		t.Error(err)
	}
	wantCode(t, "a user with another tag", user("blue", tag("blue")), "AccessDenied", "iam:CreateUser")

	// Tags at creation are a permission of their own.
	may(`"iam:CreateUser"`, `{}`)
	wantCode(t, "a tag without the permission to tag", user("tagged", tag("red")), "AccessDenied", "iam:TagUser")

	// What is there is held to its tags.
	may(`"*"`, `{"StringEquals":{"aws:ResourceTag/team":"red"}}`)
	if _, err := users.DescribeUserPool(ctx, &cognitoidentityprovider.DescribeUserPoolInput{UserPoolId: red}); err != nil {
		t.Error(err)
	}
	if _, err := identities.DescribeIdentityPool(ctx, &cognitoidentity.DescribeIdentityPoolInput{IdentityPoolId: redIdentities}); err != nil {
		t.Error(err)
	}
	if _, err := own.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("red")}); err != nil {
		t.Error(err)
	}
	_, err = own.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("boss")})
	wantCode(t, "a user without the tag", err, "AccessDenied", "iam:GetUser")
	may(`"sts:AssumeRole"`, `{"StringEquals":{"aws:ResourceTag/team":"red"}}`)
	_, err = sts.NewFromConfig(work).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: passed.Arn, RoleSessionName: aws.String("one")})
	wantCode(t, "a source identity without the permission to hand it down", err, "AccessDenied", "sts:SetSourceIdentity on resource: "+*passed.Arn)
	may(`["sts:AssumeRole","sts:SetSourceIdentity"]`, `{"StringEquals":{"aws:ResourceTag/team":"red","aws:SourceIdentity":"joe"}}`)
	if _, err := sts.NewFromConfig(work).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: passed.Arn, RoleSessionName: aws.String("one")}); err != nil {
		t.Error(err)
	}

	// Giving an identity pool a role passes it.
	roles := &cognitoidentity.SetIdentityPoolRolesInput{IdentityPoolId: redIdentities, Roles: map[string]string{"unauthenticated": *passed.Arn}}
	may(`"cognito-identity:*"`, `{"StringEquals":{"aws:SourceIdentity":"joe"}}`)
	_, err = identities.SetIdentityPoolRoles(ctx, roles)
	wantCode(t, "without PassRole", err, "NotAuthorizedException", "Access to Role '"+*passed.Arn+"' is forbidden.")
	may(`["cognito-identity:*","iam:PassRole"]`, `{"StringEqualsIfExists":{"iam:PassedToService":"cognito-identity.amazonaws.com"}}`)
	if _, err := identities.SetIdentityPoolRoles(ctx, roles); err != nil {
		t.Error(err)
	}
	may(`["cognito-identity:*","iam:PassRole"]`, `{"StringEqualsIfExists":{"iam:PassedToService":"lambda.amazonaws.com"}}`)
	_, err = identities.SetIdentityPoolRoles(ctx, roles)
	wantCode(t, "PassRole to another service", err, "NotAuthorizedException", "Access to Role '"+*passed.Arn+"' is forbidden.")
}
