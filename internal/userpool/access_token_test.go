package userpool_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolhouse-id/poolhouse/internal/token"
)

func TestAccessTokenRefused(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	r := s.tokens()
	if err := s.getUser(*r.AccessToken); err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(*r.AccessToken, ".")
	b64 := base64.RawURLEncoding.EncodeToString
	claims, err := json.Marshal(map[string]any{"iss": "http://x/" + s.pool, "sub": s.sub, "exp": 9999999999, "token_use": "access", "scope": "aws.cognito.signin.user.admin"})
	if err != nil {
		t.Fatal(err)
	}
	keys := token.New(token.Config{Store: s.db, Clock: s.clock, Reservoir: sharedReservoir()})
	sign := func(owner, use string, claims any) string {
		text, err := keys.Sign(s.ctx, owner, use, claims)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for name, text := range map[string]string{
		"nonsense": "x", "empty claims": "a.e30.c", "ID token": *r.IdToken, "refresh token": *r.RefreshToken,
		"changed":           parts[0] + "." + b64(claims) + "." + parts[2],
		"alg none":          b64([]byte(`{"alg":"none"}`)) + "." + b64(claims) + ".",
		"unknown pool":      parts[0] + "." + b64([]byte(`{"iss":"http://x/us-east-1_nothere00"}`)) + "." + parts[2],
		"long pool":         parts[0] + "." + b64([]byte(`{"iss":"http://x/`+strings.Repeat("a", 99)+`"}`)) + "." + parts[2],
		"other pool's key":  sign(token.UserPool("us-east-1_other0000"), token.UseAccess, json.RawMessage(claims)),
		"ID key":            sign(token.UserPool(s.pool), token.UseID, json.RawMessage(claims)),
		"use is not access": sign(token.UserPool(s.pool), token.UseAccess, map[string]any{"iss": "x/" + s.pool, "exp": 9999999999, "token_use": "id"}),
	} {
		if err := s.getUser(text); err == nil {
			t.Errorf("%s was accepted", name)
		} else {
			t.Log(name)
			refused(t, err, "NotAuthorizedException", "Invalid Access Token")
		}
	}
	narrow := sign(token.UserPool(s.pool), token.UseAccess, map[string]any{"iss": "x/" + s.pool, "exp": 9999999999, "token_use": "access", "scope": "openid"})
	refused(t, s.getUser(narrow), "NotAuthorizedException", "Access Token does not have required scopes")
	s.clock.Advance(time.Hour)
	refused(t, s.getUser(*r.AccessToken), "NotAuthorizedException", "Access Token has expired")
}

func TestDisabledUserEndsAccess(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	r := s.tokens()
	if _, err := s.AdminDisableUser(s.ctx, &cognito.AdminDisableUserInput{UserPoolId: &s.pool, Username: &s.sub}); err != nil {
		t.Fatal(err)
	}
	refused(t, s.getUser(*r.AccessToken), "NotAuthorizedException", "User is disabled.")
	if _, err := s.AdminEnableUser(s.ctx, &cognito.AdminEnableUserInput{UserPoolId: &s.pool, Username: &s.sub}); err != nil {
		t.Fatal(err)
	}
	refused(t, s.getUser(*r.AccessToken), "NotAuthorizedException", "Access Token has been revoked")
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	doc, err := s.Discovery(s.ctx, s.pool)
	if err != nil {
		t.Fatal(err)
	}
	var d map[string]any
	if err := json.Unmarshal(doc, &d); err != nil {
		t.Fatal(err)
	}
	issuer := "http://localhost:7665/" + s.pool
	if d["issuer"] != issuer || d["jwks_uri"] != issuer+"/.well-known/jwks.json" {
		t.Errorf("%s", doc)
	}
	for _, get := range []func() ([]byte, error){
		func() ([]byte, error) { return s.Discovery(s.ctx, "us-east-1_nothere00") },
		func() ([]byte, error) { return s.JWKS(s.ctx, "us-east-1_nothere00") },
	} {
		_, err := get()
		refused(t, err, "ResourceNotFoundException", "User pool us-east-1_nothere00 does not exist.")
	}
}

func FuzzAccessToken(f *testing.F) {
	s := newSignInWorld(f)
	r := s.tokens()
	f.Add(*r.AccessToken)
	f.Add(*r.IdToken)
	f.Add("a.e30.c")
	f.Fuzz(func(t *testing.T, text string) {
		if err := s.getUser(text); err == nil && text != *r.AccessToken {
			t.Errorf("%q was accepted", text)
		}
	})
}

func FuzzRefreshToken(f *testing.F) {
	s := newSignInWorld(f)
	r := s.tokens()
	f.Add(*r.RefreshToken)
	f.Add("....")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := s.refresh(text); err == nil && text != *r.RefreshToken {
			t.Errorf("%q was accepted", text)
		}
	})
}
