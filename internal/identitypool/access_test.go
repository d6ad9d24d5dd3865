package identitypool

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

func TestAccess(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.create(func(in *cognitoidentity.CreateIdentityPoolInput) {
		in.IdentityPoolTags, in.AllowUnauthenticatedIdentities = map[string]string{"team": "a"}, true
	})
	guest := b.getID(pool, nil)
	arn := "arn:aws:cognito-identity:eu-west-3:123456789012:identitypool/" + pool
	tags := map[string][]string{"aws:ResourceTag/team": {"a"}}
	onPool := func(operation string) []awswire.Access {
		return []awswire.Access{{Action: "cognito-identity:" + operation, Resource: arn, Keys: tags}}
	}
	onAll := func(operation string, keys map[string][]string) []awswire.Access {
		return []awswire.Access{{Action: "cognito-identity:" + operation, Resource: "*", Keys: keys}}
	}
	pass := func(arn string) awswire.Access {
		return awswire.Access{Action: "iam:PassRole", Resource: arn, Keys: map[string][]string{"iam:PassedToService": {"cognito-identity.amazonaws.com"}}}
	}
	for operation, c := range map[string]struct {
		in   any
		want []awswire.Access
	}{
		"CreateIdentityPool": {&cognitoidentity.CreateIdentityPoolInput{IdentityPoolTags: map[string]string{"k": "v", "a": ""}},
			onAll("CreateIdentityPool", map[string][]string{"aws:RequestTag/k": {"v"}, "aws:RequestTag/a": {""}, "aws:TagKeys": {"a", "k"}})},
		"DeleteIdentities":                   {&cognitoidentity.DeleteIdentitiesInput{}, onAll("DeleteIdentities", nil)},
		"DeleteIdentityPool":                 {&cognitoidentity.DeleteIdentityPoolInput{IdentityPoolId: &pool}, onPool("DeleteIdentityPool")},
		"DescribeIdentity":                   {&cognitoidentity.DescribeIdentityInput{IdentityId: &guest}, onAll("DescribeIdentity", map[string][]string{"cognito-identity:IdentityPoolArn": {arn}})},
		"DescribeIdentityPool":               {&cognitoidentity.DescribeIdentityPoolInput{IdentityPoolId: &pool}, onPool("DescribeIdentityPool")},
		"GetIdentityPoolRoles":               {&cognitoidentity.GetIdentityPoolRolesInput{IdentityPoolId: &pool}, onPool("GetIdentityPoolRoles")},
		"GetOpenIdTokenForDeveloperIdentity": {&cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput{IdentityPoolId: &pool}, onPool("GetOpenIdTokenForDeveloperIdentity")},
		"GetPrincipalTagAttributeMap":        {&cognitoidentity.GetPrincipalTagAttributeMapInput{IdentityPoolId: &pool}, onPool("GetPrincipalTagAttributeMap")},
		"ListIdentities":                     {&cognitoidentity.ListIdentitiesInput{IdentityPoolId: &pool}, onPool("ListIdentities")},
		"ListIdentityPools":                  {&cognitoidentity.ListIdentityPoolsInput{}, onAll("ListIdentityPools", nil)},
		"ListTagsForResource":                {&cognitoidentity.ListTagsForResourceInput{ResourceArn: &arn}, onPool("ListTagsForResource")},
		"LookupDeveloperIdentity":            {&cognitoidentity.LookupDeveloperIdentityInput{IdentityPoolId: &pool}, onPool("LookupDeveloperIdentity")},
		"MergeDeveloperIdentities":           {&cognitoidentity.MergeDeveloperIdentitiesInput{IdentityPoolId: &pool}, onPool("MergeDeveloperIdentities")},
		"SetPrincipalTagAttributeMap":        {&cognitoidentity.SetPrincipalTagAttributeMapInput{IdentityPoolId: &pool}, onAll("SetPrincipalTagAttributeMap", nil)},
		"UnlinkDeveloperIdentity":            {&cognitoidentity.UnlinkDeveloperIdentityInput{IdentityPoolId: &pool}, onPool("UnlinkDeveloperIdentity")},
		"UpdateIdentityPool":                 {&cognitoidentity.UpdateIdentityPoolInput{IdentityPoolId: &pool}, onPool("UpdateIdentityPool")},
		"TagResource": {&cognitoidentity.TagResourceInput{ResourceArn: &arn, Tags: map[string]string{"k": "v"}},
			[]awswire.Access{{Action: "cognito-identity:TagResource", Resource: arn, Keys: map[string][]string{"aws:ResourceTag/team": {"a"}, "aws:RequestTag/k": {"v"}, "aws:TagKeys": {"k"}}}}},
		"UntagResource": {&cognitoidentity.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"k"}},
			[]awswire.Access{{Action: "cognito-identity:UntagResource", Resource: arn, Keys: map[string][]string{"aws:ResourceTag/team": {"a"}, "aws:TagKeys": {"k"}}}}},
		"SetIdentityPoolRoles": {&cognitoidentity.SetIdentityPoolRolesInput{
			IdentityPoolId: &pool, Roles: map[string]string{"authenticated": role("a"), "unauthenticated": role("b")},
			RoleMappings: map[string]types.RoleMapping{"x": rules(deny, rule("c", "Equals", "v", "a"), rule("c", "Equals", "w", "c"))},
		}, append(onAll("SetIdentityPoolRoles", nil), pass(role("a")), pass(role("b")), pass(role("c")))},
	} {
		t.Run(operation, func(t *testing.T) {
			got, err := b.s.Table().Access(b.ctx, operation, c.in)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range got {
				if a.Action == "iam:PassRole" {
					refusal(t, a.Denied, "NotAuthorizedException", "Access to Role '"+a.Resource+"' is forbidden.")
				}
			}
			if d := cmp.Diff(c.want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(awswire.Access{}, "Denied")); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestAccessOfUnknownPools: the resource is the caller's ARN, and no tags of
// another account's pool leak into the decision.
func TestAccessOfUnknownPools(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.create(func(in *cognitoidentity.CreateIdentityPoolInput) {
		in.IdentityPoolTags = map[string]string{"team": "a"}
	})
	for _, ctx := range []context.Context{as("999999999999", region), as(account, "us-east-1")} {
		call := awswire.CallOf(ctx)
		got, err := b.s.Table().Access(ctx, "DescribeIdentityPool", &cognitoidentity.DescribeIdentityPoolInput{IdentityPoolId: &pool})
		want := []awswire.Access{{Action: "cognito-identity:DescribeIdentityPool", Resource: poolARN(call.Region, call.Account, pool)}}
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
			t.Error(d)
		}
	}
	got, err := b.s.Table().Access(b.ctx, "TagResource", &cognitoidentity.TagResourceInput{ResourceArn: ptr("nonsense")})
	if err != nil || len(got) != 1 || got[0].Resource != "nonsense" {
		t.Errorf("%v, %v", got, err)
	}
}

// TestTable: every operation of the service is built, and the unsigned ones are
// public.
func TestTable(t *testing.T) {
	t.Parallel()
	operations := newBed(t).s.Table().Operations
	if len(operations) != 23 {
		t.Errorf("%d operations, want 23", len(operations))
	}
	public := map[string]bool{"GetId": true, "GetCredentialsForIdentity": true, "GetOpenIdToken": true, "UnlinkIdentity": true}
	for name, o := range operations {
		if o.Handler == nil {
			t.Errorf("%s is not built", name)
		}
		if got := o.Auth == awswire.Public; got != public[name] {
			t.Errorf("%s public: %v", name, got)
		}
	}
}

func TestTags(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pool := b.create(nil)
	arn := poolARN(region, account, pool)
	list := func() map[string]string {
		t.Helper()
		out, err := b.s.ListTagsForResource(b.ctx, &cognitoidentity.ListTagsForResourceInput{ResourceArn: &arn})
		if err != nil {
			t.Fatal(err)
		}
		return out.Tags
	}
	tag := func(arn string, tags map[string]string) error {
		_, err := b.s.TagResource(b.ctx, &cognitoidentity.TagResourceInput{ResourceArn: &arn, Tags: tags})
		return err
	}
	if got := list(); got == nil || len(got) != 0 {
		t.Errorf("tags of a new pool %v", got)
	}
	if err := tag(arn, map[string]string{"a": "1", "b": ""}); err != nil {
		t.Fatal(err)
	}
	if err := tag(arn, map[string]string{"a": "2", "c": "3"}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]string{"a": "2", "b": "", "c": "3"}, list()); d != "" {
		t.Error(d)
	}
	if _, err := b.s.UntagResource(b.ctx, &cognitoidentity.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"a", "x"}}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]string{"b": "", "c": "3"}, list()); d != "" {
		t.Error(d)
	}
	many := map[string]string{}
	for i := range 49 {
		many["k"+string(rune('0'+i))] = ""
	}
	refusal(t, tag(arn, many), "InvalidParameterException", "The number of tags has reached the maximum limit: 50")
	refusal(t, tag(arn, map[string]string{"aws:x": ""}), "InvalidParameterException", "Tag keys must not begin with aws: aws:x")
	refusal(t, tag("arn:aws:s3:::bucket-of-20-chars", nil), "InvalidParameterException", "Invalid resource ARN: arn:aws:s3:::bucket-of-20-chars")
	refusal(t, tag(poolARN(region, "999999999999", pool), nil), "ResourceNotFoundException", "IdentityPool '"+pool+"' not found.")
	refusal(t, tag(poolARN("us-east-1", account, pool), nil), "ResourceNotFoundException", "IdentityPool '"+pool+"' not found.")
	refusal(t, tag(arn+"0", nil), "ResourceNotFoundException", "IdentityPool '"+pool+"0' not found.")
	if d := cmp.Diff(map[string]string{"b": "", "c": "3"}, list()); d != "" {
		t.Errorf("a refused call changed the tags: %s", d)
	}
}
