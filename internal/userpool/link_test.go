package userpool_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

func providerUser(provider, attribute, value string) *types.ProviderUserIdentifierType {
	return &types.ProviderUserIdentifierType{ProviderName: &provider, ProviderAttributeName: &attribute, ProviderAttributeValue: &value}
}

func (e *poolEnv) linkUser(poolID *string, destination, source *types.ProviderUserIdentifierType) error {
	_, err := e.AdminLinkProviderForUser(e.ctx, &cognito.AdminLinkProviderForUserInput{UserPoolId: poolID, DestinationUser: destination, SourceUser: source})
	return err
}

func (e *poolEnv) disableProvider(poolID *string, user *types.ProviderUserIdentifierType) error {
	_, err := e.AdminDisableProviderForUser(e.ctx, &cognito.AdminDisableProviderForUserInput{UserPoolId: poolID, User: user})
	return err
}

// identities is the attribute of that name, "" if the user has none.
func (e *poolEnv) identities(t testing.TB, poolID *string, username string) string {
	t.Helper()
	out, err := e.AdminGetUser(e.ctx, &cognito.AdminGetUserInput{UserPoolId: poolID, Username: &username})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range out.UserAttributes {
		if *a.Name == "identities" {
			return *a.Value
		}
	}
	return ""
}

// newFederation is a pool with the providers Google, Partner (OIDC) and Corp
// (SAML), the users ann and bob, and gil, who signed up with Google.
func newFederation(t testing.TB) (*poolEnv, *string) {
	e := newPoolEnv(t)
	p := e.create(t)
	partner := providerInput(p.Id, "OIDC", "Partner", oidcDetails())
	partner.AttributeMapping = map[string]string{"email": "mail"}
	for _, err := range []error{
		e.createProvider(providerInput(p.Id, "Google", "Google", google())), e.createProvider(partner),
		e.createProvider(providerInput(p.Id, "SAML", "Corp", samlDetails(t))),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	e.addUsers(t, p.Id, "ann", "bob", "Google_gil")
	return e, p.Id
}

func TestLinkProvider(t *testing.T) {
	t.Parallel()
	e, pool := newFederation(t)
	ann := providerUser("Cognito", "", "ann")
	for _, source := range []*types.ProviderUserIdentifierType{
		providerUser("Google", "Cognito_Subject", "117"), providerUser("Partner", "email", "ann@example.com"), providerUser("Corp", "Cognito_Subject", "ann@corp"),
	} {
		if err := e.linkUser(pool, ann, source); err != nil {
			t.Fatal(err)
		}
	}
	ms := e.clock.Now().UnixMilli()
	want := fmt.Sprintf(`[{"userId":"117","providerName":"Google","providerType":"Google","issuer":null,"primary":false,"dateCreated":%d},`+
		`{"userId":"ann@example.com","providerName":"Partner","providerType":"OIDC","issuer":null,"primary":false,"dateCreated":%d},`+
		`{"userId":"ann@corp","providerName":"Corp","providerType":"SAML","issuer":"https://idp.example.com","primary":false,"dateCreated":%d}]`, ms, ms, ms)
	if got := e.identities(t, pool, "ann"); got != want {
		t.Errorf("identities\n%s, want\n%s", got, want)
	}
	// Sign-in through the provider finds the user.
	linked := func(provider, attribute, value string) (name string) {
		err := e.db.View(e.ctx, func(tx *store.Tx) error {
			u, err := tx.LinkedUser(*pool, provider, attribute, value)
			if err == nil {
				name = u.Username
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return name
	}
	if got := linked("Google", "Cognito_Subject", "117"); got != "ann" {
		t.Errorf("117 at Google is %q", got)
	}
	// A federated user is a destination, too, by its subject at its provider.
	if err := e.linkUser(pool, providerUser("Google", "ignored", "gil"), providerUser("Corp", "Cognito_Subject", "gil@corp")); err != nil {
		t.Fatal(err)
	}
	if got := linked("Corp", "Cognito_Subject", "gil@corp"); got != "Google_gil" {
		t.Errorf("gil@corp is %q", got)
	}
	// So is a linked one.
	if err := e.linkUser(pool, providerUser("Google", "Cognito_Subject", "117"), providerUser("Partner", "Cognito_Subject", "9")); err != nil {
		t.Fatal(err)
	}
	if got := linked("Partner", "Cognito_Subject", "9"); got != "ann" {
		t.Errorf("9 at Partner is %q", got)
	}
	long := strings.Repeat("x", 2000)
	if err := e.linkUser(pool, ann, providerUser("Corp", "Cognito_Subject", long)); err != nil || linked("Corp", "Cognito_Subject", long) != "ann" {
		t.Errorf("a long name: %v", err)
	}

	if err := e.disableProvider(pool, providerUser("Google", "Cognito_Subject", "117")); err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	if err := json.Unmarshal([]byte(e.identities(t, pool, "ann")), &list); err != nil || len(list) != 4 || list[0]["providerName"] != "Partner" {
		t.Errorf("identities %v, %v", list, err)
	}
	if got := linked("Google", "Cognito_Subject", "117"); got != "" {
		t.Errorf("117 at Google is still %q", got)
	}
	if err := e.linkUser(pool, providerUser("Cognito", "", "bob"), providerUser("Google", "Cognito_Subject", "117")); err != nil {
		t.Errorf("a link that was ended cannot be made anew: %v", err)
	}
	if _, err := e.AdminDeleteUser(e.ctx, &cognito.AdminDeleteUserInput{UserPoolId: pool, Username: aws.String("bob")}); err != nil {
		t.Fatal(err)
	}
	if err := e.linkUser(pool, ann, providerUser("Google", "Cognito_Subject", "117")); err != nil {
		t.Errorf("a link of a deleted user stays: %v", err)
	}
}

func TestDisableProvider(t *testing.T) {
	t.Parallel()
	e, pool := newFederation(t)
	// Who signed up with a provider is disabled.
	if err := e.disableProvider(pool, providerUser("Google", "Cognito_Subject", "gil")); err != nil {
		t.Fatal(err)
	}
	out, err := e.AdminGetUser(e.ctx, &cognito.AdminGetUserInput{UserPoolId: pool, Username: aws.String("Google_gil")})
	if err != nil || out.Enabled {
		t.Errorf("gil is %v, %v", out, err)
	}
	// A user of the pool itself loses the password.
	_, err = e.AdminSetUserPassword(e.ctx, &cognito.AdminSetUserPasswordInput{UserPoolId: pool, Username: aws.String("ann"), Password: aws.String(goodPassword), Permanent: true})
	if err != nil {
		t.Fatal(err)
	}
	client := e.createClient(t, pool, func(in *cognito.CreateUserPoolClientInput) {
		in.ExplicitAuthFlows = []types.ExplicitAuthFlowsType{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}
	})
	has := func() (yes bool) {
		err := e.db.View(e.ctx, func(tx *store.Tx) error {
			u, err := tx.UserByUsername(*pool, "ann")
			yes = err == nil && u.HasPassword()
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return yes
	}
	if !has() {
		t.Fatal("ann has no password")
	}
	if err := e.disableProvider(pool, providerUser("Cognito", "Cognito_Subject", "ann")); err != nil {
		t.Fatal(err)
	}
	if has() {
		t.Error("ann has the password still")
	}
	_, err = e.InitiateAuth(e.ctx, &cognito.InitiateAuthInput{ClientId: client.ClientId, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters: map[string]string{"USERNAME": "ann", "PASSWORD": goodPassword}})
	wantError(t, err, "NotAuthorizedException", "Incorrect username or password.")
}

func TestLinkRefusals(t *testing.T) {
	t.Parallel()
	e, pool := newFederation(t)
	ann, bob := providerUser("Cognito", "", "ann"), providerUser("Cognito", "", "bob")
	subject := func(value string) *types.ProviderUserIdentifierType {
		return providerUser("Google", "Cognito_Subject", value)
	}
	if err := e.linkUser(pool, ann, subject("1")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		destination, source *types.ProviderUserIdentifierType
		code, message       string
	}{
		{ann, subject("1"), "InvalidParameterException", "SourceUser is already linked to DestinationUser"},
		{bob, subject("1"), "AliasExistsException", "SourceUser is already linked to another user"},
		{ann, subject("gil"), "InvalidParameterException", "Merging is not currently supported, provide a SourceUser that has not been signed up in order to link"},
		{ann, bob, "InvalidParameterException", "Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, only as a DestinationUser"},
		{providerUser("Cognito", "", "cid"), subject("2"), "UserNotFoundException", "User does not exist."},
		{providerUser("Google", "Cognito_Subject", "2"), subject("3"), "UserNotFoundException", "User does not exist."},
		{providerUser("Facebook", "", "2"), subject("3"), "ResourceNotFoundException", "Identity provider Facebook does not exist."},
		{ann, providerUser("Facebook", "Cognito_Subject", "2"), "ResourceNotFoundException", "Identity provider Facebook does not exist."},
		{ann, providerUser("Google", "email", "a@example.com"), "InvalidParameterException", "Invalid SourceUser: ProviderAttributeName must be Cognito_Subject for Google"},
		{ann, providerUser("Partner", "name", "Ann"), "InvalidParameterException", "Invalid SourceUser: ProviderAttributeName name is not mapped to an attribute of the provider Partner"},
		{ann, providerUser("Partner", "", "Ann"), "InvalidParameterException", "Invalid SourceUser: ProviderAttributeName is required"},
		{ann, providerUser("Partner", "email", ""), "InvalidParameterException", "Invalid SourceUser: ProviderName and ProviderAttributeValue are required"},
		{ann, nil, "InvalidParameterException", "Invalid SourceUser: ProviderName and ProviderAttributeValue are required"},
		{nil, subject("2"), "InvalidParameterException", "Invalid DestinationUser: ProviderName and ProviderAttributeValue are required"},
	} {
		wantError(t, e.linkUser(pool, c.destination, c.source), c.code, c.message)
	}
	wantError(t, e.linkUser(aws.String("eu-west-1_A"), ann, subject("2")), "ResourceNotFoundException", "User pool eu-west-1_A does not exist.")
	for i := 2; i <= 6; i++ {
		err := e.linkUser(pool, ann, subject(fmt.Sprint(i)))
		if i < 6 && err != nil {
			t.Fatal(err)
		}
		if i == 6 {
			wantError(t, err, "LimitExceededException", "A user cannot have more than 5 linked identities.")
		}
	}

	for _, c := range []struct {
		user          *types.ProviderUserIdentifierType
		code, message string
	}{
		{subject("none"), "UserNotFoundException", "User does not exist."},
		{providerUser("Google", "email", "1"), "UserNotFoundException", "User does not exist."},
		{providerUser("Google", "", "1"), "InvalidParameterException", "Invalid User: ProviderAttributeName is required"},
		{providerUser("Cognito", "Cognito_Subject", "cid"), "UserNotFoundException", "User does not exist."},
		{providerUser("Cognito", "email", "ann"), "InvalidParameterException", "Invalid User: ProviderAttributeName must be Cognito_Subject for Cognito"},
		{providerUser("Facebook", "Cognito_Subject", "1"), "ResourceNotFoundException", "Identity provider Facebook does not exist."},
		{nil, "InvalidParameterException", "Invalid User: ProviderName and ProviderAttributeValue are required"},
	} {
		wantError(t, e.disableProvider(pool, c.user), c.code, c.message)
	}
	wantError(t, e.disableProvider(aws.String("eu-west-1_A"), subject("1")), "ResourceNotFoundException", "User pool eu-west-1_A does not exist.")
}
