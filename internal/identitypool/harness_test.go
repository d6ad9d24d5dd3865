package identitypool

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/aws/smithy-go"
	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/oidc"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
	"github.com/poolhouse-id/poolhouse/internal/token"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const (
	account  = "123456789012"
	region   = "eu-west-3"
	userPool = "cognito-idp.eu-west-3.amazonaws.com/eu-west-3_AbCdEfGhI"
	// ownName is the same user pool by its own issuer.
	ownName  = "localhost:7665/eu-west-3_AbCdEfGhI"
	client   = "4h57k3ecpvsv6rq9dhlcpsgc1a"
	authRole = "arn:aws:iam::123456789012:role/service-role/authenticated"
	guestRol = "arn:aws:iam::123456789012:role/guest"
	saml     = "arn:aws:iam::123456789012:saml-provider/corp"
	oidcARN  = "arn:aws:iam::123456789012:oidc-provider/idp.example.com/tenant"
	oidcName = "idp.example.com/tenant"
	devName  = "login.example.app"
)

var start = time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)

// bed is a service on an empty store with fakes around it.
type bed struct {
	t     testing.TB
	s     *Service
	db    *store.DB
	clock *clock.Fixed
	users *fakeUserPools
	roles *fakeRoles
	ctx   context.Context
}

func newBed(t testing.TB) *bed {
	t.Helper()
	return newBedOn(t, store.Config{})
}

func newBedOn(t testing.TB, cfg store.Config) *bed {
	t.Helper()
	clk := clock.NewFixed(start)
	cfg.Clock = clk
	db := storetest.Open(t, cfg)
	b := &bed{t: t, db: db, clock: clk, users: &fakeUserPools{}, roles: &fakeRoles{}}
	b.s = New(Config{
		Store: db, Clock: b.clock, UserPools: b.users, Roles: b.roles,
		Keys: fakeKeys{b.clock}, OIDC: fakeProviders{b.users}, Tokens: fakeProviders{b.users}, SAML: fakeProviders{b.users}, Public: fakePublic{b.users},
	})
	b.ctx = as(account, region)
	return b
}

func as(account, region string) context.Context {
	return awswire.WithCall(context.Background(), &awswire.Call{Account: account, Region: region})
}

// claims are the claims of a token that fakes accept.
type claims map[string]any

// jwt makes a token in the form of a JWT whose third part is the word
// "signed", which stands for a good signature.
func jwt(c claims) string {
	payload, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	return "e30." + base64.RawURLEncoding.EncodeToString(payload) + ".signed"
}

// idToken is a good token of the user pool.
func idToken(sub string, more ...claims) string {
	c := claims{"iss": "https://" + userPool, "sub": sub, "aud": client, "exp": start.Add(time.Hour).Unix(), "token_use": "id"}
	for _, m := range more {
		maps.Copy(c, m)
	}
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return jwt(c)
}

func logins(tokens ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(tokens); i += 2 {
		m[tokens[i]] = tokens[i+1]
	}
	return m
}

// fakeVerify is what all fakes do with a token.
func fakeVerify(issuer, jwt string) (*Claims, error) {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return nil, ErrMalformed
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, ErrMalformed
	}
	var all map[string]any
	if err := json.Unmarshal(payload, &all); err != nil {
		return nil, ErrMalformed
	}
	if all["iss"] != issuer {
		return nil, ErrIssuer
	}
	if parts[2] != "signed" {
		return nil, ErrSignature
	}
	c := &Claims{Issuer: issuer, All: all}
	c.Subject, _ = all["sub"].(string)
	if aud, ok := all["aud"].(string); ok {
		c.Audience = []string{aud}
	}
	if exp, ok := all["exp"].(float64); ok {
		c.Expires = time.Unix(int64(exp), 0)
	}
	return c, nil
}

// fakeUserPools knows every user pool in the region; users in revoked are
// signed out.
type fakeUserPools struct {
	mu      sync.Mutex
	revoked map[string]bool
	down    bool
}

func (f *fakeUserPools) revoke(sub string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.revoked == nil {
		f.revoked = map[string]bool{}
	}
	f.revoked[sub] = true
}

func (f *fakeUserPools) ProviderName(name string) (string, bool) {
	host, pool, ok := strings.Cut(name, "/")
	if !ok || !strings.HasPrefix(pool, region+"_") || strings.ContainsAny(pool, ":/") {
		return "", false
	}
	provider := "cognito-idp." + region + ".amazonaws.com"
	return provider + "/" + pool, host == provider || host == "localhost:7665"
}

func (f *fakeUserPools) VerifyToken(_ context.Context, provider, token string) (*Claims, error) {
	if strings.HasSuffix(provider, "_gone") {
		return nil, ErrUnknownProvider
	}
	if f.down {
		return nil, errors.New("disk on fire")
	}
	return fakeVerify("https://"+provider, token)
}

func (f *fakeUserPools) CheckUser(_ context.Context, _ string, c *Claims) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.revoked[c.Subject] {
		return ErrRevoked
	}
	return nil
}

type fakeProviders struct{ users *fakeUserPools }

func (fakeProviders) OIDCProvider(_ context.Context, acct, issuer string) (string, []string, error) {
	if acct != account || issuer != "https://"+oidcName {
		return "", nil, store.ErrNotFound
	}
	return oidcARN, []string{"app", "app2"}, nil
}

func (fakeProviders) SAMLProviderExists(_ context.Context, acct, arn string) (bool, error) {
	return acct == account && arn == saml, nil
}

// Verify implements Tokens; expired tokens come with their claims.
func (f fakeProviders) Verify(_ context.Context, issuer, jwt string) (token.Claims, error) {
	if f.users.down {
		return nil, fmt.Errorf("503: %w", oidc.ErrUnavailable)
	}
	c, err := fakeVerify(issuer, jwt)
	switch {
	case errors.Is(err, ErrMalformed):
		return nil, token.ErrMalformed
	case errors.Is(err, ErrIssuer):
		return nil, token.ErrIssuer
	case err != nil:
		return nil, token.ErrSignature
	case !c.Expires.After(start):
		return c.All, &token.ExpiredError{Expired: c.Expires, Now: start}
	}
	return c.All, nil
}

// VerifySAML takes "<name id>" or "<name id>|<role>", and "late" for an expired
// response.
func (fakeProviders) VerifySAML(_ context.Context, _, _, response string) (*Claims, error) {
	if response == "late" {
		return nil, ErrExpired
	}
	name, role, _ := strings.Cut(response, "|")
	return &Claims{Subject: name, All: map[string]any{samlRoleAttribute: []any{role}}}, nil
}

type fakePublic struct{ users *fakeUserPools }

func (f fakePublic) Verify(_ context.Context, provider string, apps []string, token string) (*Claims, error) {
	if f.users.down {
		return nil, ErrUnavailable
	}
	c, err := fakeVerify("https://"+provider, token)
	if err == nil && !slices.Contains(apps, c.Audience[0]) {
		return nil, ErrAudience
	}
	return c, err
}

// fakeRoles gives credentials of every role but those in refuse.
type fakeRoles struct {
	mu       sync.Mutex
	refuse   map[string]bool
	broken   bool
	invalid  bool
	sessions []Session
}

func (f *fakeRoles) AssumeRole(_ context.Context, s *Session) (*RoleCredentials, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken {
		return nil, errors.New("no database")
	}
	if f.invalid {
		return nil, &awswire.Error{Code: "PackedPolicyTooLarge", Message: "too large", Status: 400}
	}
	if f.refuse[s.RoleARN] {
		return nil, fmt.Errorf("trust policy: %w", ErrRoleRefused)
	}
	f.sessions = append(f.sessions, *s)
	return &RoleCredentials{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: "secret", SessionToken: "token", Expiration: start.Add(s.Duration)}, nil
}

func (f *fakeRoles) last() Session {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sessions[len(f.sessions)-1]
}

// fakeKeys signs with an HMAC.
type fakeKeys struct{ clock clock.Clock }

func (fakeKeys) mac(text string) string {
	m := hmac.New(sha256.New, []byte("test"))
	m.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

func (k fakeKeys) Sign(_ context.Context, owner, use string, claims any) (string, error) {
	if owner != token.IdentityPools || use != token.UseOpenID {
		return "", errors.New("other keys")
	}
	payload, err := json.Marshal(claims)
	text := "e30." + base64.RawURLEncoding.EncodeToString(payload)
	return text + "." + k.mac(text), err
}

func (k fakeKeys) Verify(_ context.Context, _, _, jwt string) (token.Claims, error) {
	i := strings.LastIndexByte(jwt, '.')
	if i < 0 || k.mac(jwt[:i]) != jwt[i+1:] {
		return nil, token.ErrSignature
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(jwt, ".")[1])
	if err != nil {
		return nil, token.ErrMalformed
	}
	var c token.Claims
	if err := json.Unmarshal(payload, &c); err != nil {
		return nil, token.ErrMalformed
	}
	if exp, now := c.Time("exp"), k.clock.Now(); !now.Before(exp) {
		return c, &token.ExpiredError{Expired: exp, Now: now}
	}
	return c, nil
}

func (fakeKeys) JWKS(context.Context, string, ...string) ([]byte, error) {
	return []byte(`{"keys":[]}`), nil
}

// create makes an identity pool with one user pool client, changed by f.
func (b *bed) create(f func(*cognitoidentity.CreateIdentityPoolInput)) string {
	b.t.Helper()
	in := &cognitoidentity.CreateIdentityPoolInput{
		IdentityPoolName: aws.String("test"),
		CognitoIdentityProviders: []types.CognitoIdentityProvider{
			{ProviderName: aws.String(userPool), ClientId: aws.String(client), ServerSideTokenCheck: aws.Bool(false)},
		},
	}
	if f != nil {
		f(in)
	}
	out, err := b.s.CreateIdentityPool(b.ctx, in)
	if err != nil {
		b.t.Fatal(err)
	}
	return *out.IdentityPoolId
}

// full makes a pool with every kind of provider, guests and both roles.
func (b *bed) full() string {
	b.t.Helper()
	id := b.create(func(in *cognitoidentity.CreateIdentityPoolInput) {
		in.AllowUnauthenticatedIdentities = true
		in.SupportedLoginProviders = map[string]string{providerGoogle: "g1;g2", providerFacebook: "fb"}
		in.OpenIdConnectProviderARNs = []string{oidcARN}
		in.SamlProviderARNs = []string{saml}
		in.DeveloperProviderName = aws.String(devName)
	})
	b.setRoles(id, map[string]string{roleAuthenticated: authRole, roleUnauthenticated: guestRol}, nil)
	return id
}

func (b *bed) setRoles(pool string, roles map[string]string, mappings map[string]types.RoleMapping) {
	b.t.Helper()
	_, err := b.s.SetIdentityPoolRoles(b.ctx, &cognitoidentity.SetIdentityPoolRolesInput{IdentityPoolId: &pool, Roles: roles, RoleMappings: mappings})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bed) getID(pool string, logins map[string]string) string {
	b.t.Helper()
	out, err := b.s.GetId(context.Background(), &cognitoidentity.GetIdInput{IdentityPoolId: &pool, Logins: logins})
	if err != nil {
		b.t.Fatal(err)
	}
	return *out.IdentityId
}

func (b *bed) tryID(pool string, logins map[string]string) error {
	_, err := b.s.GetId(context.Background(), &cognitoidentity.GetIdInput{IdentityPoolId: &pool, Logins: logins})
	return err
}

// credentials returns the identity that the credentials are of.
func (b *bed) credentials(identity string, logins map[string]string) string {
	b.t.Helper()
	out, err := b.s.GetCredentialsForIdentity(context.Background(), &cognitoidentity.GetCredentialsForIdentityInput{IdentityId: &identity, Logins: logins})
	if err != nil {
		b.t.Fatal(err)
	}
	return *out.IdentityId
}

func (b *bed) tryCredentials(identity string, logins map[string]string, custom ...string) error {
	in := &cognitoidentity.GetCredentialsForIdentityInput{IdentityId: &identity, Logins: logins}
	if len(custom) > 0 {
		in.CustomRoleArn = &custom[0]
	}
	_, err := b.s.GetCredentialsForIdentity(context.Background(), in)
	return err
}

func (b *bed) openID(identity string, logins map[string]string) (id, jwt string, err error) {
	out, err := b.s.GetOpenIdToken(context.Background(), &cognitoidentity.GetOpenIdTokenInput{IdentityId: &identity, Logins: logins})
	if err != nil {
		return "", "", err
	}
	return *out.IdentityId, *out.Token, nil
}

func (b *bed) describe(identity string) *cognitoidentity.DescribeIdentityOutput {
	b.t.Helper()
	out, err := b.s.DescribeIdentity(b.ctx, &cognitoidentity.DescribeIdentityInput{IdentityId: &identity})
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

// payload decodes the claims of a token.
func payload(t testing.TB, jwt string) map[string]any {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(strings.Split(jwt, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var c map[string]any
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// refusal checks that err is the error with the code and the message.
func refusal(t testing.TB, err error, code, message string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) {
		t.Fatalf("got %v, want %s: %s", err, code, message)
	}
	if api.ErrorCode() != code || api.ErrorMessage() != message {
		t.Errorf("got  %s: %s\nwant %s: %s", api.ErrorCode(), api.ErrorMessage(), code, message)
	}
}
