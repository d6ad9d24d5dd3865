package gotest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	identity "github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// What administrators do with identity pools and identities.
func TestIdentityPoolAdministration(t *testing.T) {
	t.Parallel()
	h := newHouse(t, serve(t, "--data", ":memory:"))
	for name, f := range map[string]func(*house){
		"settings": poolSettings, "tags": poolTags, "identities": identityLists, "deletions": identityDeletions,
		"roles": poolRoles, "permissions": poolPermissions,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(h.in(t))
		})
	}
	// Alone on the server, so that the list of pools is known.
	t.Run("list of pools", func(t *testing.T) {
		t.Parallel()
		poolLists(newHouse(t, serve(t, "--data", ":memory:")))
	})
}

// Every member that is set is shown, and an update resets what it leaves out.
func poolSettings(h *house) {
	t, ctx := h.t, h.t.Context()
	in := &cognitoidentity.CreateIdentityPoolInput{
		IdentityPoolName: aws.String("My pool"), AllowUnauthenticatedIdentities: true, AllowClassicFlow: aws.Bool(true),
		CognitoIdentityProviders: []identity.CognitoIdentityProvider{
			{ProviderName: &h.provider, ClientId: &h.client, ServerSideTokenCheck: aws.Bool(true)},
			{ProviderName: &h.provider, ClientId: aws.String(h.newClient()), ServerSideTokenCheck: aws.Bool(false)},
		},
		DeveloperProviderName:   aws.String(developer),
		SupportedLoginProviders: map[string]string{"accounts.google.com": "app", "api.twitter.com": "key;secret"},
		IdentityPoolTags:        map[string]string{"team": "red"},
	}
	made := must(h.pools.CreateIdentityPool(ctx, in))(h, "CreateIdentityPool")
	want := &cognitoidentity.DescribeIdentityPoolOutput{
		IdentityPoolId: made.IdentityPoolId, IdentityPoolName: in.IdentityPoolName, AllowUnauthenticatedIdentities: true, AllowClassicFlow: in.AllowClassicFlow,
		CognitoIdentityProviders: in.CognitoIdentityProviders, DeveloperProviderName: in.DeveloperProviderName,
		SupportedLoginProviders: in.SupportedLoginProviders, IdentityPoolTags: in.IdentityPoolTags,
	}
	describe := func() *cognitoidentity.DescribeIdentityPoolOutput {
		return must(h.pools.DescribeIdentityPool(ctx, &cognitoidentity.DescribeIdentityPoolInput{IdentityPoolId: made.IdentityPoolId}))(h, "DescribeIdentityPool")
	}
	same := func(want, got *cognitoidentity.DescribeIdentityPoolOutput) {
		t.Helper()
		if d := cmp.Diff(want, got, cmpopts.IgnoreUnexported(cognitoidentity.DescribeIdentityPoolOutput{}, identity.CognitoIdentityProvider{}),
			cmpopts.IgnoreFields(cognitoidentity.DescribeIdentityPoolOutput{}, "ResultMetadata")); d != "" {
			t.Error(d)
		}
	}
	same(want, describe())
	must(h.pools.UpdateIdentityPool(ctx, &cognitoidentity.UpdateIdentityPoolInput{IdentityPoolId: made.IdentityPoolId, IdentityPoolName: aws.String("Other")}))(h, "UpdateIdentityPool")
	same(&cognitoidentity.DescribeIdentityPoolOutput{
		IdentityPoolId: made.IdentityPoolId, IdentityPoolName: aws.String("Other"), DeveloperProviderName: in.DeveloperProviderName, IdentityPoolTags: in.IdentityPoolTags,
	}, describe())
	_, err := h.pools.UpdateIdentityPool(ctx, &cognitoidentity.UpdateIdentityPoolInput{
		IdentityPoolId: made.IdentityPoolId, IdentityPoolName: aws.String("Other"), DeveloperProviderName: aws.String("another"),
	})
	refused(t, err, "InvalidParameterException", "The developer provider name of an identity pool cannot be changed.")
	for name, c := range map[string]struct {
		change        func(*cognitoidentity.CreateIdentityPoolInput)
		code, message string
	}{
		"user pool in no such form": {func(in *cognitoidentity.CreateIdentityPoolInput) {
			in.CognitoIdentityProviders = []identity.CognitoIdentityProvider{{ProviderName: aws.String("https://" + h.provider), ClientId: &h.client}}
		}, "InvalidParameterException", "Invalid Cognito Identity Provider"},
		"unknown public provider": {func(in *cognitoidentity.CreateIdentityPoolInput) {
			in.SupportedLoginProviders = map[string]string{"example.com": "app"}
		}, "InvalidParameterException", "Invalid login provider: example.com"},
		"OIDC provider that IAM does not have": {func(in *cognitoidentity.CreateIdentityPoolInput) {
			in.OpenIdConnectProviderARNs = []string{"arn:aws:iam::" + account + ":oidc-provider/idp.example.com"}
		}, "InvalidParameterException", "Invalid OpenID Connect provider: arn:aws:iam::" + account + ":oidc-provider/idp.example.com"},
		"SAML provider that IAM does not have": {func(in *cognitoidentity.CreateIdentityPoolInput) {
			in.SamlProviderARNs = []string{"arn:aws:iam::" + account + ":saml-provider/corp"}
		}, "InvalidParameterException", "Invalid SAML provider: arn:aws:iam::" + account + ":saml-provider/corp"},
		"more than 50 clients": {func(in *cognitoidentity.CreateIdentityPoolInput) {
			for i := range 51 {
				in.CognitoIdentityProviders = append(in.CognitoIdentityProviders, identity.CognitoIdentityProvider{ProviderName: &h.provider, ClientId: aws.String(fmt.Sprint("client", i))})
			}
		}, "LimitExceededException", "Exceeded the maximum number of Cognito Identity Providers: 50"},
		"name": {func(in *cognitoidentity.CreateIdentityPoolInput) { in.IdentityPoolName = aws.String("a/b") }, "ValidationException",
			`1 validation error detected: Value 'a/b' at 'identityPoolName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w\s+=,.@-]+`},
	} {
		bad := &cognitoidentity.CreateIdentityPoolInput{IdentityPoolName: aws.String("test")}
		c.change(bad)
		_, err := h.pools.CreateIdentityPool(ctx, bad)
		t.Run(name, func(t *testing.T) { refused(t, err, c.code, c.message) })
	}
	must(h.pools.DeleteIdentityPool(ctx, &cognitoidentity.DeleteIdentityPoolInput{IdentityPoolId: made.IdentityPoolId}))(h, "DeleteIdentityPool")
	_, err = h.pools.DescribeIdentityPool(ctx, &cognitoidentity.DescribeIdentityPoolInput{IdentityPoolId: made.IdentityPoolId})
	refused(t, err, "ResourceNotFoundException", "IdentityPool '"+*made.IdentityPoolId+"' not found.")
}

func poolTags(h *house) {
	t, ctx := h.t, h.t.Context()
	pool := h.identityPool()
	arn := "arn:aws:cognito-identity:" + region + ":" + account + ":identitypool/" + pool
	tags := func() map[string]string {
		return must(h.pools.ListTagsForResource(ctx, &cognitoidentity.ListTagsForResourceInput{ResourceArn: &arn}))(h, "ListTagsForResource").Tags
	}
	must(h.pools.TagResource(ctx, &cognitoidentity.TagResourceInput{ResourceArn: &arn, Tags: map[string]string{"a": "1", "b": "2"}}))(h, "TagResource")
	must(h.pools.TagResource(ctx, &cognitoidentity.TagResourceInput{ResourceArn: &arn, Tags: map[string]string{"b": "3"}}))(h, "TagResource")
	if d := cmp.Diff(map[string]string{"a": "1", "b": "3"}, tags()); d != "" {
		t.Error(d)
	}
	must(h.pools.UntagResource(ctx, &cognitoidentity.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"a", "none"}}))(h, "UntagResource")
	if d := cmp.Diff(map[string]string{"b": "3"}, tags()); d != "" {
		t.Error(d)
	}
	many := map[string]string{}
	for i := range 50 {
		many[fmt.Sprint(i)] = ""
	}
	_, err := h.pools.TagResource(ctx, &cognitoidentity.TagResourceInput{ResourceArn: &arn, Tags: many})
	refused(t, err, "InvalidParameterException", "The number of tags has reached the maximum limit: 50")
	_, err = h.pools.TagResource(ctx, &cognitoidentity.TagResourceInput{ResourceArn: aws.String(arn + "0"), Tags: map[string]string{"a": ""}})
	refused(t, err, "ResourceNotFoundException", "IdentityPool '"+pool+"0' not found.")
}

// Lists come in pages of a stable order.
func poolLists(h *house) {
	t, ctx := h.t, h.t.Context()
	var want []string
	for range 7 {
		want = append(want, h.identityPool())
	}
	slices.Sort(want)
	var got []string
	pages := cognitoidentity.NewListIdentityPoolsPaginator(h.pools, &cognitoidentity.ListIdentityPoolsInput{MaxResults: aws.Int32(3)})
	for n := 1; pages.HasMorePages(); n++ {
		page := must(pages.NextPage(ctx))(h, "ListIdentityPools")
		if n < 3 && len(page.IdentityPools) != 3 {
			t.Errorf("page %d has %d pools", n, len(page.IdentityPools))
		}
		for _, p := range page.IdentityPools {
			got = append(got, *p.IdentityPoolId)
			if *p.IdentityPoolName != "test" {
				t.Errorf("a pool is named %s", *p.IdentityPoolName)
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %v, want %v", got, want)
	}
	_, err := h.pools.ListIdentityPools(ctx, &cognitoidentity.ListIdentityPoolsInput{MaxResults: aws.Int32(61)})
	wantCode(t, err, "ValidationException")
	_, err = h.pools.ListIdentityPools(ctx, &cognitoidentity.ListIdentityPoolsInput{MaxResults: aws.Int32(1), NextToken: aws.String("x")})
	refused(t, err, "InvalidParameterException", "Invalid NextToken.")
}

func identityLists(h *house) {
	t, ctx := h.t, h.t.Context()
	pool := h.identityPool(func(in *cognitoidentity.CreateIdentityPoolInput) { in.DeveloperProviderName = aws.String(developer) })
	d := &developerHouse{house: h, pool: pool}
	var all []string
	for i := range 5 {
		id, _ := d.mustToken(fmt.Sprint("user-", i))
		all = append(all, id)
	}
	all = append(all, h.mustID(pool, nil))
	disabled := all[0]
	must(h.pools.MergeDeveloperIdentities(ctx, &cognitoidentity.MergeDeveloperIdentitiesInput{
		IdentityPoolId: &pool, DeveloperProviderName: aws.String(developer), SourceUserIdentifier: aws.String("user-0"), DestinationUserIdentifier: aws.String("user-1"),
	}))(h, "MergeDeveloperIdentities")
	slices.Sort(all)
	for _, hide := range []bool{false, true} {
		var got []string
		in := &cognitoidentity.ListIdentitiesInput{IdentityPoolId: &pool, MaxResults: aws.Int32(2), HideDisabled: hide}
		for {
			page := must(h.pools.ListIdentities(ctx, in))(h, "ListIdentities")
			for _, i := range page.Identities {
				got = append(got, *i.IdentityId)
				shown := must(h.pools.DescribeIdentity(ctx, &cognitoidentity.DescribeIdentityInput{IdentityId: i.IdentityId}))(h, "DescribeIdentity")
				if !slices.Equal(shown.Logins, i.Logins) || !shown.CreationDate.Equal(*i.CreationDate) || time.Since(*i.CreationDate).Abs() > time.Hour || shown.LastModifiedDate.Before(*shown.CreationDate) {
					t.Errorf("listed as %v, described as %v", i, shown)
				}
			}
			if in.NextToken = page.NextToken; in.NextToken == nil {
				break
			}
		}
		want := slices.Clone(all)
		if hide {
			want = slices.DeleteFunc(want, func(id string) bool { return id == disabled })
		}
		if !slices.Equal(got, want) {
			t.Errorf("HideDisabled %v: listed %v, want %v", hide, got, want)
		}
	}
	_, err := h.pools.ListIdentities(ctx, &cognitoidentity.ListIdentitiesInput{IdentityPoolId: aws.String(pool + "0"), MaxResults: aws.Int32(1)})
	refused(t, err, "ResourceNotFoundException", "IdentityPool '"+pool+"0' not found.")
}

// Identities are deleted each on its own; a login of a deleted one is new.
func identityDeletions(h *house) {
	t, ctx := h.t, h.t.Context()
	pool := h.identityPool()
	jane := h.logins(h.user("jane"))
	id, guest := h.mustID(pool, jane), h.mustID(pool, nil)
	none := region + ":00000000-0000-4000-8000-000000000000"
	elsewhere := cognitoidentity.NewFromConfig(configFor(h.url, "111122223333", "test", ""))
	out := must(elsewhere.DeleteIdentities(ctx, &cognitoidentity.DeleteIdentitiesInput{IdentityIdsToDelete: []string{guest}}))(h, "DeleteIdentities of another account")
	if len(out.UnprocessedIdentityIds) != 1 || out.UnprocessedIdentityIds[0].ErrorCode != identity.ErrorCodeAccessDenied {
		t.Errorf("another account: %v", out.UnprocessedIdentityIds)
	}
	out = must(h.pools.DeleteIdentities(ctx, &cognitoidentity.DeleteIdentitiesInput{IdentityIdsToDelete: []string{id, none, guest}}))(h, "DeleteIdentities")
	if len(out.UnprocessedIdentityIds) != 1 || *out.UnprocessedIdentityIds[0].IdentityId != none || out.UnprocessedIdentityIds[0].ErrorCode != identity.ErrorCodeAccessDenied {
		t.Errorf("unprocessed: %v", out.UnprocessedIdentityIds)
	}
	for _, gone := range []string{id, guest} {
		_, err := h.credentials(gone, nil)
		refused(t, err, "ResourceNotFoundException", "Identity '"+gone+"' not found.")
	}
	if again := h.mustID(pool, jane); again == id {
		t.Error("the login has its deleted identity")
	}
}

func poolRoles(h *house) {
	t, ctx := h.t, h.t.Context()
	pool := h.identityPool()
	get := func() *cognitoidentity.GetIdentityPoolRolesOutput {
		return must(h.pools.GetIdentityPoolRoles(ctx, &cognitoidentity.GetIdentityPoolRolesInput{IdentityPoolId: &pool}))(h, "GetIdentityPoolRoles")
	}
	if got := get(); got.Roles != nil || got.RoleMappings != nil {
		t.Errorf("never set: %v", got)
	}
	role := h.anyRole(pool)
	if got := get(); len(got.Roles) != 2 || got.Roles["authenticated"] != role {
		t.Errorf("set: %v", got.Roles)
	}
	h.setRoles(pool, role, "", nil)
	if got := get(); len(got.Roles) != 1 {
		t.Errorf("set again: %v", got.Roles)
	}
	guest := h.mustID(pool, nil)
	_, err := h.credentials(guest, nil)
	refused(t, err, "InvalidIdentityPoolConfigurationException", wrongRole)
	_, err = h.pools.SetIdentityPoolRoles(ctx, &cognitoidentity.SetIdentityPoolRolesInput{IdentityPoolId: &pool, Roles: map[string]string{"guest": role}})
	wantCode(t, err, "ValidationException")
	_, err = h.pools.SetIdentityPoolRoles(ctx, &cognitoidentity.SetIdentityPoolRolesInput{IdentityPoolId: &pool, Roles: map[string]string{}, RoleMappings: map[string]identity.RoleMapping{
		h.provider: {Type: identity.RoleMappingTypeToken, AmbiguousRoleResolution: identity.AmbiguousRoleResolutionTypeDeny},
	}})
	refused(t, err, "InvalidParameterException", "("+h.provider+") is not a valid RoleMapping ProviderName or is not a configured provider.")
	// A role that is deleted later cannot be assumed, nor by sessions that live.
	jane := h.logins(h.user("jane"))
	id := h.mustID(pool, jane)
	doomed := h.role("doomed", trust(pool, "authenticated"), "")
	h.setRoles(pool, doomed, "", nil)
	cfg := h.session(id, jane)
	name := doomed[len("arn:aws:iam::"+account+":role/"):]
	must(h.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: &name}))(h, "DeleteRole")
	_, err = h.credentials(id, jane)
	refused(t, err, "InvalidIdentityPoolConfigurationException", wrongRole)
	_, err = sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	wantCode(t, err, "InvalidClientTokenId")
}

// poolPermissions: administrators need the permissions that AWS asks for.
func poolPermissions(h *house) {
	t, ctx := h.t, h.t.Context()
	pool, other := h.identityPool(), h.identityPool()
	arn := "arn:aws:cognito-identity:" + region + ":" + account + ":identitypool/" + pool
	role := h.role("passed", trust(pool, "authenticated"), "")
	name := h.unique("admin")
	must(h.iam.CreateUser(ctx, &iam.CreateUserInput{UserName: &name}))(h, "CreateUser")
	key := must(h.iam.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: &name}))(h, "CreateAccessKey").AccessKey
	api := cognitoidentity.NewFromConfig(configFor(h.url, *key.AccessKeyId, *key.SecretAccessKey, ""))
	may := func(policy string) {
		t.Helper()
		must(h.iam.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: &name, PolicyName: aws.String("p"), PolicyDocument: &policy}))(h, "PutUserPolicy")
	}
	describe := func(pool string) error {
		_, err := api.DescribeIdentityPool(ctx, &cognitoidentity.DescribeIdentityPoolInput{IdentityPoolId: &pool})
		return err
	}
	set := func() error {
		_, err := api.SetIdentityPoolRoles(ctx, &cognitoidentity.SetIdentityPoolRolesInput{IdentityPoolId: &pool, Roles: map[string]string{"authenticated": role}})
		return err
	}
	refused(t, describe(pool), "AccessDeniedException", "User: arn:aws:iam::"+account+":user/"+name+" is not authorized to perform: cognito-identity:DescribeIdentityPool on resource: "+arn+" because no identity-based policy allows the cognito-identity:DescribeIdentityPool action")
	may(policyOf(map[string]any{"Effect": "Allow", "Action": "cognito-identity:Describe*", "Resource": arn}, allow("cognito-identity:SetIdentityPoolRoles")))
	if err := describe(pool); err != nil {
		t.Error(err)
	}
	wantCode(t, describe(other), "AccessDeniedException")
	refused(t, set(), "NotAuthorizedException", "Access to Role '"+role+"' is forbidden.")
	may(policyOf(allow("cognito-identity:SetIdentityPoolRoles"), map[string]any{"Effect": "Allow", "Action": "iam:PassRole", "Resource": role}))
	if err := set(); err != nil {
		t.Error(err)
	}
}
