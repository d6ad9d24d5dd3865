package userpool_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/saml/samltest"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

// providerInput is an input that creates a provider.
func providerInput(poolID *string, of types.IdentityProviderTypeType, name string, details map[string]string) *newops.CreateIdentityProviderInput {
	return &newops.CreateIdentityProviderInput{CreateIdentityProviderInput: cognito.CreateIdentityProviderInput{
		UserPoolId: poolID, ProviderType: of, ProviderName: &name, ProviderDetails: details,
	}}
}

func (e *poolEnv) createProvider(in *newops.CreateIdentityProviderInput) error {
	_, err := e.CreateIdentityProvider(e.ctx, in)
	return err
}

func (e *poolEnv) describeProvider(t testing.TB, poolID *string, name string) *newops.IdentityProviderType {
	t.Helper()
	out, err := e.DescribeIdentityProvider(e.ctx, &cognito.DescribeIdentityProviderInput{UserPoolId: poolID, ProviderName: &name})
	if err != nil {
		t.Fatal(err)
	}
	return out.IdentityProvider
}

var appleKey = sync.OnceValue(func() string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(der)
})

func google() map[string]string {
	return map[string]string{"client_id": "id", "client_secret": "hush", "authorize_scopes": "email openid"}
}

func oidcDetails() map[string]string {
	return map[string]string{
		"client_id": "id", "client_secret": "hush", "attributes_request_method": "GET", "oidc_issuer": "https://idp.example.com", "authorize_scopes": "openid",
		"authorize_url": "https://idp.example.com/a", "token_url": "https://idp.example.com/t", "attributes_url": "https://idp.example.com/u", "jwks_uri": "https://idp.example.com/k",
	}
}

func apple() map[string]string {
	return map[string]string{"client_id": "id", "team_id": "team", "key_id": "key", "private_key": appleKey(), "authorize_scopes": "email name"}
}

// samlDetails are those of a provider that tests made.
func samlDetails(t testing.TB) map[string]string {
	return map[string]string{"MetadataFile": samltest.New(t, "https://idp.example.com").Metadata}
}

// TestSocialProviders checks what the API shows of each type of provider.
func TestSocialProviders(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	for _, c := range []struct {
		of       types.IdentityProviderTypeType
		given    map[string]string
		details  map[string]string
		username string
	}{
		{types.IdentityProviderTypeTypeGoogle, google(), map[string]string{
			"client_id": "id", "client_secret": "hush", "authorize_scopes": "email openid",
			"attributes_url": "https://people.googleapis.com/v1/people/me?personFields=", "attributes_url_add_attributes": "true",
			"authorize_url": "https://accounts.google.com/o/oauth2/v2/auth", "oidc_issuer": "https://accounts.google.com",
			"token_request_method": "POST", "token_url": "https://www.googleapis.com/oauth2/v4/token",
		}, "sub"},
		{types.IdentityProviderTypeTypeFacebook, map[string]string{"client_id": "id", "client_secret": "hush", "authorize_scopes": "public_profile, email", "api_version": "v19.0"}, map[string]string{
			"api_version": "v19.0", "client_id": "id", "client_secret": "hush", "authorize_scopes": "public_profile, email",
			"attributes_url": "https://graph.facebook.com/v19.0/me?fields=", "attributes_url_add_attributes": "true",
			"authorize_url": "https://www.facebook.com/v19.0/dialog/oauth", "token_request_method": "GET", "token_url": "https://graph.facebook.com/v19.0/oauth/access_token",
		}, "id"},
		{types.IdentityProviderTypeTypeLoginWithAmazon, map[string]string{"client_id": "id", "client_secret": "hush", "authorize_scopes": "profile"}, map[string]string{
			"client_id": "id", "client_secret": "hush", "authorize_scopes": "profile", "attributes_url": "https://api.amazon.com/user/profile",
			"attributes_url_add_attributes": "false", "authorize_url": "https://www.amazon.com/ap/oa", "token_request_method": "POST", "token_url": "https://api.amazon.com/auth/o2/token",
		}, "user_id"},
		// The private key is never shown.
		{types.IdentityProviderTypeTypeSignInWithApple, apple(), map[string]string{
			"client_id": "id", "team_id": "team", "key_id": "key", "authorize_scopes": "email name", "attributes_url_add_attributes": "false",
			"authorize_url": "https://appleid.apple.com/auth/authorize", "oidc_issuer": "https://appleid.apple.com",
			"token_request_method": "POST", "token_url": "https://appleid.apple.com/auth/token",
		}, "sub"},
		{types.IdentityProviderTypeTypeOidc, oidcDetails(), func() map[string]string {
			d := oidcDetails()
			d["attributes_url_add_attributes"] = "false"
			return d
		}(), "sub"},
	} {
		name := string(c.of)
		if c.of == types.IdentityProviderTypeTypeOidc {
			name = "Partner"
		}
		in := providerInput(p.Id, c.of, name, c.given)
		in.AttributeMapping = map[string]string{"email": "mail"}
		out, err := e.CreateIdentityProvider(e.ctx, in)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := e.describeProvider(t, p.Id, name)
		if !maps.Equal(got.ProviderDetails, c.details) || wire(t, got) != wire(t, out.IdentityProvider) {
			t.Errorf("%s: details\n%v, want\n%v", name, got.ProviderDetails, c.details)
		}
		if !maps.Equal(got.AttributeMapping, map[string]string{"email": "mail", "username": c.username}) || *got.ProviderName != name || got.ProviderType != c.of ||
			got.IdpIdentifiers == nil || len(got.IdpIdentifiers) != 0 || !got.CreationDate.Equal(e.clock.Now()) {
			t.Errorf("%s: %s", name, wire(t, got))
		}
	}
}

// TestSecretsOfProvidersAreSealed looks for secrets in the database.
func TestSecretsOfProvidersAreSealed(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	if err := e.createProvider(providerInput(p.Id, types.IdentityProviderTypeTypeSignInWithApple, "SignInWithApple", apple())); err != nil {
		t.Fatal(err)
	}
	if err := e.createProvider(providerInput(p.Id, types.IdentityProviderTypeTypeGoogle, "Google", google())); err != nil {
		t.Fatal(err)
	}
	for name, secret := range map[string]string{"Google": "hush", "SignInWithApple": appleKey()} {
		err := e.db.View(e.ctx, func(tx *store.Tx) error {
			row, err := tx.IdentityProvider(*p.Id, name)
			if err != nil {
				return err
			}
			if strings.Contains(row.Body, secret) || !strings.Contains(string(row.Secrets), secret) {
				t.Errorf("%s: body %s", name, row.Body)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestProviderDetailsRefusals(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	without := func(d map[string]string, name string) map[string]string { delete(d, name); return d }
	with := func(d map[string]string, name, value string) map[string]string { d[name] = value; return d }
	social := "client_id, client_secret and authorize_scopes are all required idp details"
	rsaKey := func() string {
		key, _ := rsa.GenerateKey(rand.Reader, 2048)
		der, _ := x509.MarshalPKCS8PrivateKey(key)
		return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	}
	for _, c := range []struct {
		of      types.IdentityProviderTypeType
		name    string
		details map[string]string
		message string
	}{
		{"Google", "Google", nil, social},
		{"Google", "Google", without(google(), "client_id"), social},
		{"Facebook", "Facebook", without(google(), "client_secret"), social},
		{"LoginWithAmazon", "LoginWithAmazon", with(google(), "authorize_scopes", " "), social},
		{"Facebook", "Facebook", with(google(), "api_version", "19"), "Invalid value for api_version: 19"},
		{"Google", "Google", with(google(), "authorize_url", "javascript:alert(1)"), "Invalid value for authorize_url: javascript:alert(1)"},
		{"Google", "Google", with(google(), "token_request_method", "PUT"), "Invalid value for token_request_method: PUT"},
		{"Google", "Google", with(google(), "attributes_url_add_attributes", "yes"), "Invalid value for attributes_url_add_attributes: yes"},
		{"SignInWithApple", "SignInWithApple", without(apple(), "private_key"), "client_id, team_id, key_id, private_key and authorize_scopes are all required idp details"},
		{"SignInWithApple", "SignInWithApple", with(apple(), "private_key", "x"), "The private_key is not a valid PKCS #8 key of the P-256 curve."},
		{"SignInWithApple", "SignInWithApple", with(apple(), "private_key", rsaKey()), "The private_key is not a valid PKCS #8 key of the P-256 curve."},
		{"OIDC", "a", without(oidcDetails(), "oidc_issuer"), "client_id, attributes_request_method, oidc_issuer and authorize_scopes are all required idp details"},
		{"OIDC", "a", with(oidcDetails(), "oidc_issuer", "http://idp.example.com"), "Invalid value for oidc_issuer: http://idp.example.com"},
		{"OIDC", "a", with(oidcDetails(), "oidc_issuer", "https://user@idp.example.com"), "Invalid value for oidc_issuer: https://user@idp.example.com"},
		{"OIDC", "a", with(oidcDetails(), "attributes_request_method", "DELETE"), "Invalid value for attributes_request_method: DELETE"},
		{"SAML", "a", nil, "At least one of the MetadataURL or MetadataFile should be provided."},
		{"SAML", "a", with(samlDetails(t), "MetadataURL", "https://idp.example.com/m"), "Only one of the MetadataURL or MetadataFile should be provided."},
		{"SAML", "a", map[string]string{"MetadataURL": "ftp://idp.example.com/m"}, "Invalid value for MetadataURL: ftp://idp.example.com/m"},
		{"SAML", "a", map[string]string{"MetadataFile": "<x/>"}, "Unable to unmarshall metadata"},
		{"SAML", "a", map[string]string{"MetadataFile": "not XML"}, "Unable to unmarshall metadata"},
		{"SAML", "a", with(samlDetails(t), "IDPSignout", "yes"), "Invalid value for IDPSignout: yes"},
		{"SAML", "a", with(samlDetails(t), "IDPInit", "1"), "Invalid value for IDPInit: 1"},
		{"SAML", "a", with(samlDetails(t), "EncryptedResponses", ""), "Invalid value for EncryptedResponses: "},
		{"SAML", "a", with(samlDetails(t), "RequestSigningAlgorithm", "rsa-sha1"), "Invalid value for RequestSigningAlgorithm: rsa-sha1"},
		{"Google", "MyGoogle", google(), "Provider MyGoogle cannot be of type Google."},
		{"SAML", "Google", samlDetails(t), "Provider Google cannot be of type SAML."},
		{"OIDC", "Cognito", oidcDetails(), "Provider Cognito cannot be of type OIDC."},
	} {
		wantError(t, e.createProvider(providerInput(p.Id, c.of, c.name, c.details)), "InvalidParameterException", c.message)
	}
}

func TestProviderRefusals(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p, other := e.create(t, customSize), e.create(t)
	in := providerInput(p.Id, "OIDC", "first", oidcDetails())
	in.IdpIdentifiers = []string{"one", "example.com", "one"}
	if err := e.createProvider(in); err != nil {
		t.Fatal(err)
	}
	wantError(t, e.createProvider(providerInput(p.Id, "OIDC", "first", oidcDetails())), "DuplicateProviderException", "A provider with the name first already exists in this user pool.")
	if err := e.createProvider(providerInput(p.Id, "OIDC", "First", oidcDetails())); err != nil {
		t.Errorf("a name that differs in case: %v", err)
	}
	if err := e.createProvider(providerInput(other.Id, "OIDC", "first", oidcDetails())); err != nil {
		t.Errorf("the name in another pool: %v", err)
	}
	taken := providerInput(p.Id, "OIDC", "second", oidcDetails())
	taken.IdpIdentifiers = []string{"two", "example.com"}
	wantError(t, e.createProvider(taken), "InvalidParameterException", "The identifier example.com is already in use by an identity provider of this user pool.")
	for _, mapping := range []map[string]string{
		{"sub": "sub"}, {"custom:none": "x"}, {"rank": "x"}, {"custom:size": "x"}, {"identities": "x"}, {"email": ""},
	} {
		bad := providerInput(p.Id, "OIDC", "second", oidcDetails())
		bad.AttributeMapping = mapping
		name := slices.Collect(maps.Keys(mapping))[0]
		wantError(t, e.createProvider(bad), "InvalidParameterException", "AttributeMapping contains invalid mapping: ["+name+"]")
	}
	good := providerInput(p.Id, "OIDC", "second", oidcDetails())
	good.AttributeMapping = map[string]string{"email": "mail", "email_verified": "email_verified", "dev:custom:rank": "rank"}
	if err := e.createProvider(good); err != nil {
		t.Errorf("a mapping to attributes that there are: %v", err)
	}
	wantError(t, e.createProvider(providerInput(aws.String("eu-west-1_A"), "OIDC", "a", oidcDetails())), "ResourceNotFoundException", "User pool eu-west-1_A does not exist.")

	update := func(id *string, name string, change func(*newops.UpdateIdentityProviderInput)) error {
		in := &newops.UpdateIdentityProviderInput{UpdateIdentityProviderInput: cognito.UpdateIdentityProviderInput{UserPoolId: id, ProviderName: &name}}
		change(in)
		_, err := e.UpdateIdentityProvider(e.ctx, in)
		return err
	}
	nothing := func(*newops.UpdateIdentityProviderInput) {}
	wantError(t, update(p.Id, "third", nothing), "ResourceNotFoundException", "Identity provider third does not exist.")
	wantError(t, update(other.Id, "second", nothing), "ResourceNotFoundException", "Identity provider second does not exist.")
	wantError(t, update(p.Id, "COGNITO", nothing), "UnsupportedIdentityProviderException", "Identity provider COGNITO is not supported by this operation.")
	wantError(t, update(p.Id, "second", func(in *newops.UpdateIdentityProviderInput) { in.IdpIdentifiers = []string{"one"} }),
		"InvalidParameterException", "The identifier one is already in use by an identity provider of this user pool.")
	wantError(t, update(p.Id, "second", func(in *newops.UpdateIdentityProviderInput) {
		in.AttributeMapping = map[string]string{"custom:x": "x", "custom:a": "a"}
	}),
		"InvalidParameterException", "AttributeMapping contains invalid mapping: [custom:a, custom:x]")
	wantError(t, update(p.Id, "second", func(in *newops.UpdateIdentityProviderInput) {
		in.ProviderDetails = map[string]string{"client_id": "id"}
	}),
		"InvalidParameterException", "client_id, attributes_request_method, oidc_issuer and authorize_scopes are all required idp details")

	for name, call := range map[string]func(id, name *string) error{
		"Describe": func(id, name *string) error {
			_, err := e.DescribeIdentityProvider(e.ctx, &cognito.DescribeIdentityProviderInput{UserPoolId: id, ProviderName: name})
			return err
		},
		"Delete": func(id, name *string) error {
			_, err := e.DeleteIdentityProvider(e.ctx, &cognito.DeleteIdentityProviderInput{UserPoolId: id, ProviderName: name})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			wantError(t, call(p.Id, aws.String("FIRST")), "ResourceNotFoundException", "Identity provider FIRST does not exist.")
			wantError(t, call(aws.String("eu-west-1_A"), aws.String("first")), "ResourceNotFoundException", "User pool eu-west-1_A does not exist.")
		})
	}
	_, err := e.DeleteIdentityProvider(e.ctx, &cognito.DeleteIdentityProviderInput{UserPoolId: p.Id, ProviderName: aws.String("Cognito")})
	wantError(t, err, "UnsupportedIdentityProviderException", "Identity provider Cognito is not supported by this operation.")
	_, err = e.GetIdentityProviderByIdentifier(e.ctx, &cognito.GetIdentityProviderByIdentifierInput{UserPoolId: p.Id, IdpIdentifier: aws.String("three")})
	wantError(t, err, "ResourceNotFoundException", "Identity provider with identifier three does not exist.")
	_, err = e.GetIdentityProviderByIdentifier(e.ctx, &cognito.GetIdentityProviderByIdentifierInput{UserPoolId: other.Id, IdpIdentifier: aws.String("one")})
	wantError(t, err, "ResourceNotFoundException", "Identity provider with identifier one does not exist.")
	_, err = e.ListIdentityProviders(e.ctx, &cognito.ListIdentityProvidersInput{UserPoolId: p.Id, NextToken: aws.String("x")})
	wantError(t, err, "InvalidParameterException", "Invalid NextToken.")
}

func TestUpdateProvider(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	in := providerInput(p.Id, types.IdentityProviderTypeTypeSignInWithApple, "SignInWithApple", apple())
	in.IdpIdentifiers, in.AcrMapping = []string{"old", "kept"}, map[string]string{"mfa": "urn:mfa"}
	if err := e.createProvider(in); err != nil {
		t.Fatal(err)
	}
	e.clock.Advance(time.Minute)
	details := apple()
	delete(details, "private_key")
	details["team_id"] = "other team"
	out, err := e.UpdateIdentityProvider(e.ctx, &newops.UpdateIdentityProviderInput{UpdateIdentityProviderInput: cognito.UpdateIdentityProviderInput{
		UserPoolId: p.Id, ProviderName: aws.String("SignInWithApple"), ProviderDetails: details, IdpIdentifiers: []string{"kept", "new"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	got := out.IdentityProvider
	if got.ProviderDetails["team_id"] != "other team" || fmt.Sprint(got.IdpIdentifiers) != "[kept new]" || got.AcrMapping["mfa"] != "urn:mfa" ||
		got.AttributeMapping["username"] != "sub" || !got.LastModifiedDate.Equal(e.clock.Now()) || got.CreationDate.Equal(*got.LastModifiedDate) {
		t.Errorf("updated to %s", wire(t, got))
	}
	if wire(t, e.describeProvider(t, p.Id, "SignInWithApple")) != wire(t, got) {
		t.Error("the provider is not described as it was updated")
	}
	for id, found := range map[string]bool{"kept": true, "new": true, "old": false} {
		out, err := e.GetIdentityProviderByIdentifier(e.ctx, &cognito.GetIdentityProviderByIdentifierInput{UserPoolId: p.Id, IdpIdentifier: &id})
		if (err == nil) != found || found && wire(t, out.IdentityProvider) != wire(t, got) {
			t.Errorf("by the identifier %s: %v, %v", id, out, err)
		}
	}
	// The key that was not given anew is the old one.
	err = e.db.View(e.ctx, func(tx *store.Tx) error {
		row, err := tx.IdentityProvider(*p.Id, "SignInWithApple")
		if err != nil {
			return err
		}
		var secrets map[string]string
		if err := json.Unmarshal(row.Secrets, &secrets); err != nil || secrets["private_key"] != appleKey() {
			t.Errorf("secrets %v, %v", secrets, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestProvidersAndTheirPool checks what a provider changes in its pool: the
// attribute identities, what clients may support, and what they may not write.
func TestProvidersAndTheirPool(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t, customSize)
	e.addUsers(t, p.Id, "ann")
	before := len(p.SchemaAttributes)
	supported := func(in *cognito.CreateUserPoolClientInput) {
		in.SupportedIdentityProviders = []string{"COGNITO", "Google"}
	}
	_, err := e.CreateUserPoolClient(e.ctx, clientInput(p.Id, supported))
	wantError(t, err, "InvalidParameterException", "The provider Google does not exist for User Pool "+*p.Id+".")
	for _, in := range []*newops.CreateIdentityProviderInput{providerInput(p.Id, "Google", "Google", google()), providerInput(p.Id, "OIDC", "Other", oidcDetails())} {
		if err := e.createProvider(in); err != nil {
			t.Fatal(err)
		}
	}
	schema := e.describe(t, p.Id).SchemaAttributes
	if len(schema) != before+1 {
		t.Fatalf("%d attributes, want one more than %d", len(schema), before)
	}
	want := `{"AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Name":"identities","Required":false,"StringAttributeConstraints":{}}`
	if got := wire(t, &schema[20]); got != want {
		t.Errorf("after the standard attributes %s, want %s", got, want)
	}
	if c := e.createClient(t, p.Id, supported); len(c.SupportedIdentityProviders) != 2 {
		t.Errorf("supported %v", c.SupportedIdentityProviders)
	}
	_, err = e.CreateUserPoolClient(e.ctx, clientInput(p.Id, func(in *cognito.CreateUserPoolClientInput) { in.WriteAttributes = []string{"email", "identities"} }))
	wantError(t, err, "InvalidParameterException", "Invalid write attributes specified while creating a client")
	_, err = e.AdminUpdateUserAttributes(e.ctx, &cognito.AdminUpdateUserAttributesInput{UserPoolId: p.Id, Username: aws.String("ann"), UserAttributes: []types.AttributeType{
		{Name: aws.String("identities"), Value: aws.String("[]")},
	}})
	wantError(t, err, "InvalidParameterException", "Cannot modify the non-mutable attribute identities")
	_, err = e.AdminDeleteUserAttributes(e.ctx, &cognito.AdminDeleteUserAttributesInput{UserPoolId: p.Id, Username: aws.String("ann"), UserAttributeNames: []string{"identities"}})
	wantError(t, err, "InvalidParameterException", "Cannot modify the non-mutable attribute identities")

	var names []string
	var token *string
	for {
		out, err := e.ListIdentityProviders(e.ctx, &cognito.ListIdentityProvidersInput{UserPoolId: p.Id, MaxResults: aws.Int32(1), NextToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range out.Providers {
			names = append(names, *d.ProviderName+"/"+string(d.ProviderType))
		}
		if token = out.NextToken; token == nil {
			break
		}
	}
	if fmt.Sprint(names) != "[Google/Google Other/OIDC]" {
		t.Errorf("listed %v", names)
	}
	if _, err := e.DeleteIdentityProvider(e.ctx, &cognito.DeleteIdentityProviderInput{UserPoolId: p.Id, ProviderName: aws.String("Google")}); err != nil {
		t.Fatal(err)
	}
	_, err = e.CreateUserPoolClient(e.ctx, clientInput(p.Id, supported))
	wantError(t, err, "InvalidParameterException", "The provider Google does not exist for User Pool "+*p.Id+".")
	if _, err := e.DeleteUserPool(e.ctx, &cognito.DeleteUserPoolInput{UserPoolId: p.Id}); err != nil {
		t.Errorf("a pool with providers: %v", err)
	}
}

func TestProviderQuota(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	err := e.db.Update(e.ctx, func(tx *store.Tx) error {
		for i := range 300 {
			err := tx.InsertIdentityProvider(&store.IdentityProvider{PoolID: *p.Id, Name: fmt.Sprint("p", i), Type: "OIDC", Body: "{}", Secrets: []byte("{}")})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, e.createProvider(providerInput(p.Id, "OIDC", "more", oidcDetails())), "LimitExceededException", "User pool "+*p.Id+" is limited to 300 identity providers.")
}

// withServer lets the environment's service reach a server of the test.
func (e *poolEnv) withServer(t testing.TB, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	e.Service = userpool.New(userpool.Config{Store: e.db, Clock: e.clock, Transport: server.Client().Transport})
	return server
}

func TestDiscoveredProvider(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	var document string
	server := e.withServer(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/idp/.well-known/openid-configuration":
			fmt.Fprint(w, document)
		case "/redirects/.well-known/openid-configuration":
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		case "/large/.well-known/openid-configuration":
			w.Write(make([]byte, 2<<20)) //nolint:errcheck // the client gives up
		default:
			http.NotFound(w, r)
		}
	})
	create := func(issuer string) error {
		details := oidcDetails()
		for _, name := range []string{"authorize_url", "token_url", "attributes_url"} {
			delete(details, name)
		}
		details["oidc_issuer"] = issuer
		return e.createProvider(providerInput(p.Id, "OIDC", "Found", details))
	}
	address := server.URL + "/idp/.well-known/openid-configuration"
	for text, message := range map[string]string{
		"[]": "it is no JSON object",
		`{"authorization_endpoint":"https://a.example.com/a","token_endpoint":"javascript:x"}`: "token_endpoint",
		`{"authorization_endpoint":"https://a.example.com/a","token_endpoint":7}`:              "token_endpoint",
	} {
		document = text
		wantError(t, create(server.URL+"/idp"), "InvalidParameterException", "The well-known endpoint "+address+" does not describe an OpenID Connect provider: "+message)
	}
	for _, path := range []string{"/missing", "/redirects", "/large"} {
		wantError(t, create(server.URL+path), "InvalidParameterException", "Unable to contact well-known endpoint "+server.URL+path+"/.well-known/openid-configuration")
	}
	document = `{"authorization_endpoint":"https://a.example.com/a","token_endpoint":"https://a.example.com/t","userinfo_endpoint":"https://a.example.com/u","jwks_uri":"https://a.example.com/k"}`
	if err := create(server.URL + "/idp/"); err != nil {
		t.Fatal(err)
	}
	got := e.describeProvider(t, p.Id, "Found").ProviderDetails
	for name, want := range map[string]string{
		"authorize_url": "https://a.example.com/a", "token_url": "https://a.example.com/t", "attributes_url": "https://a.example.com/u",
		"jwks_uri": "https://idp.example.com/k", "oidc_issuer": server.URL + "/idp/",
	} {
		if got[name] != want {
			t.Errorf("%s is %s, want %s", name, got[name], want)
		}
	}
}

func TestSAMLProvider(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	metadata := samltest.New(t, "https://idp.example.com").Metadata
	answer := http.StatusOK
	server := e.withServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(answer)
		fmt.Fprint(w, metadata)
	})
	byURL := providerInput(p.Id, "SAML", "ByURL", map[string]string{"MetadataURL": server.URL, "IDPSignout": "true", "EncryptedResponses": "true", "RequestSigningAlgorithm": "rsa-sha256"})
	for status, code := range map[int]string{http.StatusNotFound: "404", http.StatusInternalServerError: "500"} {
		answer = status
		wantError(t, e.createProvider(byURL), "InvalidParameterException", "Non-ok status code "+code+" returned from remote metadata source "+server.URL)
	}
	answer = http.StatusOK
	if err := e.createProvider(byURL); err != nil {
		t.Fatal(err)
	}
	got := e.describeProvider(t, p.Id, "ByURL")
	if got.ProviderDetails["SSORedirectBindingURI"] == "" || got.ProviderDetails["MetadataFile"] != "" || got.AttributeMapping["username"] != "" {
		t.Errorf("described %s", wire(t, got))
	}
	first := checkCertificate(t, got.ProviderDetails["ActiveEncryptionCertificate"], *p.Id)
	if first.KeyUsage&x509.KeyUsageKeyEncipherment == 0 {
		t.Error("the certificate is not for encryption")
	}
	// An update with what was described leaves the certificate alone.
	out, err := e.UpdateIdentityProvider(e.ctx, &newops.UpdateIdentityProviderInput{UpdateIdentityProviderInput: cognito.UpdateIdentityProviderInput{
		UserPoolId: p.Id, ProviderName: aws.String("ByURL"), ProviderDetails: got.ProviderDetails,
	}})
	if err != nil || !maps.Equal(out.IdentityProvider.ProviderDetails, got.ProviderDetails) {
		t.Errorf("updated to %v, %v", out, err)
	}
	server.Close()
	unreachable := providerInput(p.Id, "SAML", "Unreachable", map[string]string{"MetadataURL": server.URL})
	wantError(t, e.createProvider(unreachable), "InvalidParameterException", "Unable to retrieve metadata from remote metadata source "+server.URL)

	if err := e.createProvider(providerInput(p.Id, "SAML", "ByFile", map[string]string{"MetadataFile": metadata})); err != nil {
		t.Fatal(err)
	}
	file := e.describeProvider(t, p.Id, "ByFile").ProviderDetails
	if file["MetadataFile"] != metadata || file["SSORedirectBindingURI"] != got.ProviderDetails["SSORedirectBindingURI"] ||
		file["ActiveEncryptionCertificate"] == got.ProviderDetails["ActiveEncryptionCertificate"] {
		t.Errorf("by file %v", file)
	}
	noRedirect := strings.ReplaceAll(metadata, "HTTP-Redirect", "HTTP-POST")
	wantError(t, e.createProvider(providerInput(p.Id, "SAML", "NoRedirect", map[string]string{"MetadataFile": noRedirect})),
		"InvalidParameterException", "No SingleSignOn Http redirect binding location found in metadata.")
	noKey := metadata[:strings.Index(metadata, "<KeyDescriptor")] + metadata[strings.LastIndex(metadata, "</KeyDescriptor>")+len("</KeyDescriptor>"):]
	wantError(t, e.createProvider(providerInput(p.Id, "SAML", "NoKey", map[string]string{"MetadataFile": noKey})),
		"InvalidParameterException", "No signing certificate found in metadata.")
}

// checkCertificate parses a certificate and checks that it is self-signed.
func checkCertificate(t testing.TB, text, poolID string) *x509.Certificate {
	t.Helper()
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatalf("certificate %q: %v", text, err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature); err != nil {
		t.Errorf("the certificate is not self-signed: %v", err)
	}
	if c.Subject.CommonName != poolID {
		t.Errorf("the certificate is of %s", c.Subject.CommonName)
	}
	return c
}

func TestSigningCertificate(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p, other := e.create(t), e.create(t)
	get := func(id *string) string {
		t.Helper()
		out, err := e.GetSigningCertificate(e.ctx, &cognito.GetSigningCertificateInput{UserPoolId: id})
		if err != nil {
			t.Fatal(err)
		}
		return *out.Certificate
	}
	first := get(p.Id)
	c := checkCertificate(t, first, *p.Id)
	now := e.clock.Now()
	if !c.NotBefore.Before(now) || c.NotAfter.Year() != now.Year()+10 || c.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		t.Errorf("valid from %v to %v for %v", c.NotBefore, c.NotAfter, c.KeyUsage)
	}
	if get(other.Id) == first {
		t.Error("two pools have the same certificate")
	}
	e.clock.Advance(364 * 24 * time.Hour)
	if get(p.Id) != first {
		t.Error("the certificate changed within a year")
	}
	e.clock.Advance(24 * time.Hour)
	second := get(p.Id)
	if second == first || get(p.Id) != second {
		t.Error("the certificate is not renewed after a year, once")
	}
	err := e.db.View(e.ctx, func(tx *store.Tx) error {
		rows, err := tx.SAMLCertificates(*p.Id, "", 10)
		if err != nil {
			return err
		}
		if len(rows) != 2 || rows[0].Certificate != second || rows[1].Certificate != first {
			t.Errorf("%d certificates are kept", len(rows))
		}
		key, err := x509.ParsePKCS8PrivateKey(rows[1].Private)
		if err != nil {
			return err
		}
		if private, ok := key.(*rsa.PrivateKey); !ok || !private.PublicKey.Equal(c.PublicKey) {
			t.Error("the private key is not the certificate's")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.GetSigningCertificate(e.ctx, &cognito.GetSigningCertificateInput{UserPoolId: aws.String("eu-west-1_A")})
	wantError(t, err, "ResourceNotFoundException", "User pool eu-west-1_A does not exist.")
}

// TestLoopbackProvider checks that a provider on the developer's own machine
// needs no certificate, and that details beyond the known ones are kept.
func TestLoopbackProvider(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	details := oidcDetails()
	details["oidc_issuer"], details["token_url"], details["x_hint"] = "http://localhost:8080/realms/a", "http://127.0.0.1:8080/t", "kept"
	if err := e.createProvider(providerInput(p.Id, "OIDC", "Local", details)); err != nil {
		t.Fatal(err)
	}
	if got := e.describeProvider(t, p.Id, "Local").ProviderDetails; got["oidc_issuer"] != details["oidc_issuer"] || got["x_hint"] != "kept" {
		t.Errorf("details %v", got)
	}
}
