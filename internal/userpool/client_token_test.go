package userpool_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

const machineSecret = "0123456789abcdefghijklmnop"

// machineWorld is a world with a resource server "api" and a client for
// GetClientToken, which may read and write there.
func machineWorld(t *testing.T, scopes ...string) *signInWorld {
	t.Helper()
	s := &signInWorld{world: newWorld(t)}
	s.pool = s.world.pool(nil)
	_, err := s.CreateResourceServer(s.ctx, &cognito.CreateResourceServerInput{
		UserPoolId: &s.pool, Identifier: aws.String("api"), Name: aws.String("api"), Scopes: []types.ResourceServerScopeType{
			{ScopeName: aws.String("read"), ScopeDescription: aws.String("r")}, {ScopeName: aws.String("write"), ScopeDescription: aws.String("w")},
			{ScopeName: aws.String("admin"), ScopeDescription: aws.String("a")},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.client = s.world.client(s.pool, machineClient(scopes...))
	return s
}

func machineClient(scopes ...string) func(*cognito.CreateUserPoolClientInput) {
	return func(in *cognito.CreateUserPoolClientInput) {
		in.ExplicitAuthFlows = []types.ExplicitAuthFlowsType{"ALLOW_CLIENT_TOKEN_AUTH"}
		in.ClientSecret, in.AllowedOAuthScopes = aws.String(machineSecret), scopes
	}
}

func (s *signInWorld) clientToken(secret string, scopes ...string) (*types.ClientAuthenticationResultType, error) {
	out, err := s.GetClientToken(s.ctx, &cognito.GetClientTokenInput{ClientId: &s.client, Secret: &secret, Scopes: scopes})
	if err != nil {
		return nil, err
	}
	return out.ClientAuthenticationResult, nil
}

func TestGetClientToken(t *testing.T) {
	t.Parallel()
	s := machineWorld(t, "openid", "api/read", "api/write")
	r, err := s.clientToken(machineSecret)
	if err != nil {
		t.Fatal(err)
	}
	if r.ExpiresIn != 3600 || *r.TokenType != "Bearer" {
		t.Errorf("%s", wire(t, r))
	}
	claims := s.claims(*r.AccessToken)
	now := float64(s.clock.Now().Unix())
	want := map[string]any{
		"sub": s.client, "client_id": s.client, "token_use": "access", "scope": "api/read api/write", "version": 2.0,
		"iat": now, "auth_time": now, "exp": now + 3600, "iss": "http://localhost:7665/" + s.pool,
	}
	for name, value := range want {
		if claims[name] != value {
			t.Errorf("%s: %v, want %v", name, claims[name], value)
		}
	}
	for _, name := range []string{"username", "origin_jti", "cognito:groups", "device_key"} {
		if v, ok := claims[name]; ok {
			t.Errorf("%s: %v", name, v)
		}
	}
	if r, err = s.clientToken(machineSecret, "api/write", "api/write"); err != nil {
		t.Fatal(err)
	}
	if scope := s.claims(*r.AccessToken)["scope"]; scope != "api/write" {
		t.Errorf("scope %v", scope)
	}
	// It is nobody's token.
	refused(t, s.getUser(*r.AccessToken), "NotAuthorizedException", "Access Token does not have required scopes")
	// A second secret works as well.
	added, err := s.AddUserPoolClientSecret(s.ctx, &cognito.AddUserPoolClientSecretInput{UserPoolId: &s.pool, ClientId: &s.client})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.clientToken(*added.ClientSecretDescriptor.ClientSecretValue); err != nil {
		t.Error(err)
	}
}

func TestGetClientTokenRefused(t *testing.T) {
	t.Parallel()
	s := machineWorld(t, "openid", "api/read")
	_, err := s.clientToken(machineSecret + "x")
	refused(t, err, "NotAuthorizedException", "Unable to verify client secret for client "+s.client)
	_, err = s.clientToken("")
	refused(t, err, "NotAuthorizedException", "Client "+s.client+" is configured with secret but client secret was not received")
	for _, scope := range []string{"api/admin", "api/none", "other/read", "openid", "aws.cognito.signin.user.admin", ""} {
		_, err := s.clientToken(machineSecret, "api/read", scope)
		refused(t, err, "InvalidParameterException", "Invalid scope requested: "+scope)
	}
	own := s.client
	s.client = "none"
	_, err = s.clientToken(machineSecret)
	refused(t, err, "ResourceNotFoundException", "User pool client none does not exist.")
	for name, change := range map[string]func(*cognito.CreateUserPoolClientInput){
		"no secret": nil,
		"users":     func(in *cognito.CreateUserPoolClientInput) { in.ClientSecret = aws.String(machineSecret) },
	} {
		s.client = s.world.client(s.pool, change)
		if _, err = s.clientToken(machineSecret); err == nil {
			t.Fatal(name)
		}
		refused(t, err, "InvalidParameterException", "ALLOW_CLIENT_TOKEN_AUTH is not enabled for the client.")
	}
	for _, scopes := range [][]string{nil, {"openid"}} {
		s.client = s.world.client(s.pool, machineClient(scopes...))
		_, err = s.clientToken(machineSecret)
		refused(t, err, "InvalidParameterException", "The client has no scopes.")
	}
	// No user signs in with such a client.
	s.client = own
	_, err = s.password("nobody", goodPassword)
	refused(t, err, "InvalidParameterException", "USER_PASSWORD_AUTH flow not enabled for this client")
	// Scopes go with their resource server.
	if _, err := s.DeleteResourceServer(s.ctx, &cognito.DeleteResourceServerInput{UserPoolId: &s.pool, Identifier: aws.String("api")}); err != nil {
		t.Fatal(err)
	}
	_, err = s.clientToken(machineSecret)
	refused(t, err, "InvalidParameterException", "The client has no scopes.")
}

func TestClientTokenFlowStandsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := w.pool(nil)
	in := &cognito.CreateUserPoolClientInput{
		UserPoolId: &pool, ClientName: aws.String("c"), GenerateSecret: true,
		ExplicitAuthFlows: []types.ExplicitAuthFlowsType{"ALLOW_CLIENT_TOKEN_AUTH", types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth},
	}
	_, err := w.CreateUserPoolClient(w.ctx, in)
	refused(t, err, "InvalidParameterException", "ALLOW_CLIENT_TOKEN_AUTH cannot be used with other auth flows.")
	in.ExplicitAuthFlows, in.GenerateSecret = in.ExplicitAuthFlows[:1], false
	_, err = w.CreateUserPoolClient(w.ctx, in)
	refused(t, err, "InvalidParameterException", "ALLOW_CLIENT_TOKEN_AUTH requires a client secret.")
	in.GenerateSecret = true
	out, err := w.CreateUserPoolClient(w.ctx, in)
	if err != nil || !slices.Equal(out.UserPoolClient.ExplicitAuthFlows, in.ExplicitAuthFlows) {
		t.Errorf("%v, %v", out, err)
	}
}

// machineTriggers adds a claim and a scope.
type machineTriggers struct {
	userpool.NoTriggers
	event *userpool.TriggerEvent
}

func (m *machineTriggers) PreTokenGeneration(_ context.Context, e *userpool.TriggerEvent) (*userpool.TokenOverrides, error) {
	m.event = e
	return &userpool.TokenOverrides{
		Access:    userpool.ClaimOverrides{Add: map[string]json.RawMessage{"tenant": json.RawMessage(`"t1"`), "client_id": json.RawMessage(`"x"`)}},
		AddScopes: []string{"extra"}, SuppressScopes: []string{"api/write"},
	}, nil
}

func TestGetClientTokenTrigger(t *testing.T) {
	t.Parallel()
	s := machineWorld(t, "api/read", "api/write")
	triggers := &machineTriggers{}
	s.withTriggers(triggers)
	version := func(v types.PreTokenGenerationLambdaVersionType) {
		t.Helper()
		update := &newops.UpdateUserPoolInput{}
		update.UserPoolId = &s.pool
		update.LambdaConfig = &types.LambdaConfigType{PreTokenGenerationConfig: &types.PreTokenGenerationVersionConfigType{
			LambdaArn: aws.String("arn:aws:lambda:us-east-1:123456789012:function:f"), LambdaVersion: v,
		}}
		if _, err := s.UpdateUserPool(s.ctx, update); err != nil {
			t.Fatal(err)
		}
		s.clock.Advance(time.Second)
	}
	version(types.PreTokenGenerationLambdaVersionTypeV20)
	if r, err := s.clientToken(machineSecret); err != nil || triggers.event != nil || s.claims(*r.AccessToken)["tenant"] != nil {
		t.Errorf("version 2 ran: %v", err)
	}
	version(types.PreTokenGenerationLambdaVersionTypeV30)
	r, err := s.clientToken(machineSecret)
	if err != nil {
		t.Fatal(err)
	}
	claims := s.claims(*r.AccessToken)
	if claims["tenant"] != "t1" || claims["client_id"] != s.client || claims["scope"] != "api/read extra" {
		t.Errorf("%v", claims)
	}
	if e := triggers.event; e.Source != "TokenGeneration_ClientCredentials" || e.ClientID != s.client || !slices.Equal(e.Scopes, []string{"api/read", "api/write"}) {
		t.Errorf("%+v", e)
	}
}
