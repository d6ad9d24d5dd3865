package identitypool

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

var wire = cmp.Options{
	cmpopts.IgnoreUnexported(cognitoidentity.DescribeIdentityPoolOutput{}, types.CognitoIdentityProvider{}, types.RoleMapping{}, types.RulesConfigurationType{}, types.MappingRule{}),
	cmpopts.IgnoreFields(cognitoidentity.DescribeIdentityPoolOutput{}, "ResultMetadata"),
}

func TestCreateIdentityPool(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	out, err := b.s.CreateIdentityPool(b.ctx, &cognitoidentity.CreateIdentityPoolInput{
		IdentityPoolName: aws.String("test"), AllowClassicFlow: aws.Bool(true),
		CognitoIdentityProviders: []types.CognitoIdentityProvider{{ProviderName: aws.String(userPool), ClientId: aws.String(client)}},
		IdentityPoolTags:         map[string]string{"team": "a"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^eu-west-3:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(*out.IdentityPoolId) {
		t.Errorf("pool ID %s", *out.IdentityPoolId)
	}
	want := &cognitoidentity.DescribeIdentityPoolOutput{
		IdentityPoolId: out.IdentityPoolId, IdentityPoolName: aws.String("test"), AllowClassicFlow: aws.Bool(true),
		CognitoIdentityProviders: []types.CognitoIdentityProvider{
			{ProviderName: aws.String(userPool), ClientId: aws.String(client), ServerSideTokenCheck: aws.Bool(false)},
		},
		IdentityPoolTags: map[string]string{"team": "a"},
	}
	if d := cmp.Diff(want, (*cognitoidentity.DescribeIdentityPoolOutput)(out), wire); d != "" {
		t.Error(d)
	}
	described, err := b.s.DescribeIdentityPool(b.ctx, &cognitoidentity.DescribeIdentityPoolInput{IdentityPoolId: out.IdentityPoolId})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, described, wire); d != "" {
		t.Error(d)
	}
}

func TestCreateIdentityPoolRefuses(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	provider := func(name, client string) types.CognitoIdentityProvider {
		return types.CognitoIdentityProvider{ProviderName: &name, ClientId: &client}
	}
	many := make([]types.CognitoIdentityProvider, 51)
	for i := range many {
		many[i] = provider(userPool, fmt.Sprint("c", i))
	}
	tags := map[string]string{}
	for i := range 51 {
		tags[fmt.Sprint(i)] = ""
	}
	for name, c := range map[string]struct {
		in            cognitoidentity.CreateIdentityPoolInput
		code, message string
	}{
		"scheme":           {cognitoidentity.CreateIdentityPoolInput{CognitoIdentityProviders: []types.CognitoIdentityProvider{provider("https://"+userPool, client)}}, "InvalidParameterException", invalidUserPool},
		"bare pool":        {cognitoidentity.CreateIdentityPoolInput{CognitoIdentityProviders: []types.CognitoIdentityProvider{provider("eu-west-3_AbCdEfGhI", client)}}, "InvalidParameterException", invalidUserPool},
		"no provider":      {cognitoidentity.CreateIdentityPoolInput{CognitoIdentityProviders: []types.CognitoIdentityProvider{{ClientId: aws.String(client)}}}, "InvalidParameterException", invalidUserPool},
		"no client":        {cognitoidentity.CreateIdentityPoolInput{CognitoIdentityProviders: []types.CognitoIdentityProvider{{ProviderName: aws.String(userPool)}}}, "InvalidParameterException", invalidUserPool},
		"twice":            {cognitoidentity.CreateIdentityPoolInput{CognitoIdentityProviders: []types.CognitoIdentityProvider{provider(userPool, client), provider(ownName, client)}}, "InvalidParameterException", invalidUserPool},
		"51 clients":       {cognitoidentity.CreateIdentityPoolInput{CognitoIdentityProviders: many}, "LimitExceededException", "Exceeded the maximum number of Cognito Identity Providers: 50"},
		"unknown social":   {cognitoidentity.CreateIdentityPoolInput{SupportedLoginProviders: map[string]string{"example.com": "x"}}, "InvalidParameterException", "Invalid login provider: example.com"},
		"social developer": {cognitoidentity.CreateIdentityPoolInput{DeveloperProviderName: aws.String(providerGoogle)}, "InvalidParameterException", "Invalid developer provider name: accounts.google.com"},
		"OIDC missing":     {cognitoidentity.CreateIdentityPoolInput{OpenIdConnectProviderARNs: []string{oidcARN + "x"}}, "InvalidParameterException", "Invalid OpenID Connect provider: " + oidcARN + "x"},
		"OIDC foreign":     {cognitoidentity.CreateIdentityPoolInput{OpenIdConnectProviderARNs: []string{"arn:aws:iam::999999999999:oidc-provider/idp.example.com/tenant"}}, "InvalidParameterException", "Invalid OpenID Connect provider: arn:aws:iam::999999999999:oidc-provider/idp.example.com/tenant"},
		"OIDC twice":       {cognitoidentity.CreateIdentityPoolInput{OpenIdConnectProviderARNs: []string{oidcARN, oidcARN}}, "InvalidParameterException", "Duplicate provider: " + oidcARN},
		"SAML as OIDC":     {cognitoidentity.CreateIdentityPoolInput{OpenIdConnectProviderARNs: []string{saml}}, "InvalidParameterException", "Invalid OpenID Connect provider: " + saml},
		"SAML missing":     {cognitoidentity.CreateIdentityPoolInput{SamlProviderARNs: []string{saml + "x"}}, "InvalidParameterException", "Invalid SAML provider: " + saml + "x"},
		"51 tags":          {cognitoidentity.CreateIdentityPoolInput{IdentityPoolTags: tags}, "InvalidParameterException", "The number of tags has reached the maximum limit: 50"},
		"reserved tag":     {cognitoidentity.CreateIdentityPoolInput{IdentityPoolTags: map[string]string{"AWS:x": ""}}, "InvalidParameterException", "Tag keys must not begin with aws: AWS:x"},
	} {
		c.in.IdentityPoolName = aws.String("test")
		_, err := b.s.CreateIdentityPool(b.ctx, &c.in)
		t.Run(name, func(t *testing.T) { refusal(t, err, c.code, c.message) })
	}
}

func TestPoolsBelongToAccountAndRegion(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	id := b.create(nil)
	for name, ctx := range map[string]struct{ account, region string }{"account": {"999999999999", region}, "region": {account, "us-east-1"}} {
		t.Run(name, func(t *testing.T) {
			foreign := as(ctx.account, ctx.region)
			message := "IdentityPool '" + id + "' not found."
			_, err := b.s.DescribeIdentityPool(foreign, &cognitoidentity.DescribeIdentityPoolInput{IdentityPoolId: &id})
			refusal(t, err, "ResourceNotFoundException", message)
			_, err = b.s.UpdateIdentityPool(foreign, &cognitoidentity.UpdateIdentityPoolInput{IdentityPoolId: &id, IdentityPoolName: aws.String("x")})
			refusal(t, err, "ResourceNotFoundException", message)
			_, err = b.s.DeleteIdentityPool(foreign, &cognitoidentity.DeleteIdentityPoolInput{IdentityPoolId: &id})
			refusal(t, err, "ResourceNotFoundException", message)
			_, err = b.s.GetIdentityPoolRoles(foreign, &cognitoidentity.GetIdentityPoolRolesInput{IdentityPoolId: &id})
			refusal(t, err, "ResourceNotFoundException", message)
			_, err = b.s.SetIdentityPoolRoles(foreign, &cognitoidentity.SetIdentityPoolRolesInput{IdentityPoolId: &id})
			refusal(t, err, "ResourceNotFoundException", message)
			_, err = b.s.ListIdentities(foreign, &cognitoidentity.ListIdentitiesInput{IdentityPoolId: &id, MaxResults: aws.Int32(1)})
			refusal(t, err, "ResourceNotFoundException", message)
			list, err := b.s.ListIdentityPools(foreign, &cognitoidentity.ListIdentityPoolsInput{MaxResults: aws.Int32(60)})
			if err != nil || len(list.IdentityPools) != 0 {
				t.Errorf("lists %v, %v", list, err)
			}
		})
	}
}

func TestUpdateIdentityPool(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	id := b.full()
	_, err := b.s.TagResource(b.ctx, &cognitoidentity.TagResourceInput{ResourceArn: aws.String(poolARN(region, account, id)), Tags: map[string]string{"a": "b"}})
	if err != nil {
		t.Fatal(err)
	}
	out, err := b.s.UpdateIdentityPool(b.ctx, &cognitoidentity.UpdateIdentityPoolInput{IdentityPoolId: &id, IdentityPoolName: aws.String("new")})
	if err != nil {
		t.Fatal(err)
	}
	want := &cognitoidentity.DescribeIdentityPoolOutput{
		IdentityPoolId: &id, IdentityPoolName: aws.String("new"), DeveloperProviderName: aws.String(devName), IdentityPoolTags: map[string]string{"a": "b"},
	}
	if d := cmp.Diff(want, (*cognitoidentity.DescribeIdentityPoolOutput)(out), wire); d != "" {
		t.Error(d)
	}
	roles, err := b.s.GetIdentityPoolRoles(b.ctx, &cognitoidentity.GetIdentityPoolRolesInput{IdentityPoolId: &id})
	if err != nil || roles.Roles[roleAuthenticated] != authRole {
		t.Errorf("roles after update: %v, %v", roles, err)
	}
	refusal(t, b.tryID(id, logins(userPool, idToken("u"))), "NotAuthorizedException", unsupportedToken)
	_, err = b.s.UpdateIdentityPool(b.ctx, &cognitoidentity.UpdateIdentityPoolInput{IdentityPoolId: &id, IdentityPoolName: aws.String("new"), DeveloperProviderName: aws.String("other")})
	refusal(t, err, "InvalidParameterException", developerProviderIsFixed)
	_, err = b.s.UpdateIdentityPool(b.ctx, &cognitoidentity.UpdateIdentityPoolInput{IdentityPoolId: &id, IdentityPoolName: aws.String("new"), SamlProviderARNs: []string{"x"}})
	refusal(t, err, "InvalidParameterException", "Invalid SAML provider: x")
}

func TestListIdentityPools(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	var want []string
	for range 7 {
		want = append(want, b.create(nil))
	}
	slices.Sort(want)
	var got []string
	var next *string
	for pages := 0; ; pages++ {
		out, err := b.s.ListIdentityPools(b.ctx, &cognitoidentity.ListIdentityPoolsInput{MaxResults: aws.Int32(3), NextToken: next})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range out.IdentityPools {
			got = append(got, *p.IdentityPoolId)
		}
		if next = out.NextToken; next == nil {
			if pages != 2 {
				t.Errorf("%d pages, want 3", pages+1)
			}
			break
		}
		// A token is good for its own list only.
		_, err = b.s.ListIdentityPools(as("999999999999", region), &cognitoidentity.ListIdentityPoolsInput{MaxResults: aws.Int32(3), NextToken: next})
		refusal(t, err, "InvalidParameterException", invalidNextToken)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	_, err := b.s.ListIdentityPools(b.ctx, &cognitoidentity.ListIdentityPoolsInput{MaxResults: aws.Int32(3), NextToken: aws.String("forged")})
	refusal(t, err, "InvalidParameterException", invalidNextToken)
}

func TestPoolQuota(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	err := b.db.Update(b.ctx, func(tx *store.Tx) error {
		for i := range maxPools - 1 {
			p := store.IdentityPool{ID: fmt.Sprint(region, ":", i), Account: account, Region: region, Name: "n", Settings: "{}"}
			if err := tx.InsertIdentityPool(&p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	b.create(nil)
	_, err = b.s.CreateIdentityPool(b.ctx, &cognitoidentity.CreateIdentityPoolInput{IdentityPoolName: aws.String("one more")})
	refusal(t, err, "LimitExceededException", "Exceeded the maximum number of identity pools: 1000")
	if _, err := b.s.CreateIdentityPool(as(account, "us-east-1"), &cognitoidentity.CreateIdentityPoolInput{IdentityPoolName: aws.String("elsewhere")}); err != nil {
		t.Error(err)
	}
}

func TestDeleteIdentityPool(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	id, other := b.full(), b.full()
	user := b.getID(id, logins(userPool, idToken("u")))
	kept := b.getID(other, logins(userPool, idToken("u")))
	err := b.db.Update(b.ctx, func(tx *store.Tx) error {
		for i := range purgeBatch + 10 {
			if err := tx.InsertIdentity(&store.Identity{ID: fmt.Sprint(region, ":", i), PoolID: id}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.s.DeleteIdentityPool(b.ctx, &cognitoidentity.DeleteIdentityPoolInput{IdentityPoolId: &id}); err != nil {
		t.Fatal(err)
	}
	refusal(t, b.tryID(id, logins(userPool, idToken("u"))), "ResourceNotFoundException", "IdentityPool '"+id+"' not found.")
	refusal(t, b.tryID(id, nil), "ResourceNotFoundException", "IdentityPool '"+id+"' not found.")
	refusal(t, b.tryCredentials(user, logins(userPool, idToken("u"))), "ResourceNotFoundException", "Identity '"+user+"' not found.")
	_, err = b.s.DeleteIdentityPool(b.ctx, &cognitoidentity.DeleteIdentityPoolInput{IdentityPoolId: &id})
	refusal(t, err, "ResourceNotFoundException", "IdentityPool '"+id+"' not found.")

	left := func() int {
		var n int
		err := b.db.View(b.ctx, func(tx *store.Tx) error {
			rows, err := tx.Identities(id, "", 10000, false)
			n = len(rows)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if left() == 0 {
		t.Error("a big pool's identities went in one transaction")
	}
	if err := b.s.Purge(b.ctx); err != nil {
		t.Fatal(err)
	}
	if n := left(); n != 0 {
		t.Errorf("%d identities left after Purge", n)
	}
	if err := b.s.Purge(b.ctx); err != nil {
		t.Fatal(err)
	}
	if got := b.getID(other, logins(userPool, idToken("u"))); got != kept {
		t.Errorf("the other pool's identity is %s, was %s", got, kept)
	}
}
