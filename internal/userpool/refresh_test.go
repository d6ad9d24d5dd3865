package userpool_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
)

func TestRefresh(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	first := s.tokens()
	s.clock.Advance(10 * time.Minute)
	for _, flow := range []types.AuthFlowType{types.AuthFlowTypeRefreshToken, types.AuthFlowTypeRefreshTokenAuth} {
		public, err := s.initiate(flow, "REFRESH_TOKEN", *first.RefreshToken)
		if err != nil {
			t.Fatal(err)
		}
		admin, err := s.adminInitiate(flow, "REFRESH_TOKEN", *first.RefreshToken)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []*types.AuthenticationResultType{public.AuthenticationResult, admin.AuthenticationResult} {
			if r.RefreshToken != nil || r.ExpiresIn != 3600 {
				t.Errorf("%+v", r)
			}
			old, id, access := s.claims(*first.IdToken), s.claims(*r.IdToken), s.claims(*r.AccessToken)
			if id["auth_time"] != old["auth_time"] || id["origin_jti"] != old["origin_jti"] || access["origin_jti"] != old["origin_jti"] {
				t.Errorf("%v after %v", id, old)
			}
			if id["jti"] == old["jti"] || id["iat"] != float64(s.clock.Now().Unix()) || access["scope"] != "aws.cognito.signin.user.admin" {
				t.Errorf("%v %v", id, access)
			}
		}
	}
}

func TestRefreshRefused(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	r := s.tokens()
	parts := strings.Split(*r.RefreshToken, ".")
	swapped := strings.Join([]string{parts[0], parts[1], parts[2], parts[3][1:] + parts[3][:1], parts[4]}, ".")
	moved := strings.Join([]string{parts[0], parts[1] + parts[2][:1], parts[2][1:] + parts[3][:1], parts[3][1:], parts[4]}, ".")
	for name, text := range map[string]string{
		"nonsense": "x", "dots": "....", "access token": *r.AccessToken, "cut": (*r.RefreshToken)[:len(*r.RefreshToken)-1],
		"changed": swapped, "other parts": moved, "other header": "eyJ." + strings.Join(parts[1:], "."), "no header": strings.Join(parts[1:], "."),
	} {
		if _, err := s.refresh(text); err == nil {
			t.Errorf("%s was accepted", name)
		} else {
			refused(t, err, "NotAuthorizedException", "Invalid Refresh Token")
		}
	}
	_, err := s.refresh("")
	refused(t, err, "InvalidParameterException", "Missing required parameter REFRESH_TOKEN")

	// Of another client of the pool, and of another pool.
	own := s.client
	s.client = s.world.client(s.pool, everyFlow)
	_, err = s.refresh(*r.RefreshToken)
	refused(t, err, "NotAuthorizedException", "Refresh Token has different Client.")
	s.client = s.world.client(s.world.pool(nil), everyFlow)
	_, err = s.refresh(*r.RefreshToken)
	refused(t, err, "NotAuthorizedException", "Invalid Refresh Token")
	s.client = own

	// Of a user who was disabled, and whose password must be reset.
	s.setStatus(types.UserStatusTypeResetRequired)
	_, err = s.refresh(*r.RefreshToken)
	refused(t, err, "PasswordResetRequiredException", "Password reset required for the user")
	s.setStatus(types.UserStatusTypeConfirmed)
	if _, err := s.refresh(*r.RefreshToken); err != nil {
		t.Error(err)
	}
	if _, err := s.AdminDisableUser(s.ctx, &cognito.AdminDisableUserInput{UserPoolId: &s.pool, Username: &s.sub}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.refresh(*r.RefreshToken); err == nil {
		t.Error("a disabled user's token was accepted")
	}
}

// Deletions take effect at once: of the user, the client and the pool.
func TestDeletionsEndTokens(t *testing.T) {
	t.Parallel()
	deleteUser := func(s *signInWorld) error {
		_, err := s.AdminDeleteUser(s.ctx, &cognito.AdminDeleteUserInput{UserPoolId: &s.pool, Username: &s.sub})
		return err
	}
	t.Run("user", func(t *testing.T) {
		t.Parallel()
		s := newSignInWorld(t)
		r := s.tokens()
		if err := deleteUser(s); err != nil {
			t.Fatal(err)
		}
		_, err := s.refresh(*r.RefreshToken)
		refused(t, err, "UserNotFoundException", "User does not exist.")
		refused(t, s.getUser(*r.AccessToken), "UserNotFoundException", "User does not exist.")
	})
	t.Run("user, hidden", func(t *testing.T) {
		t.Parallel()
		s := newSignInWorld(t, hideUsers)
		r := s.tokens()
		if err := deleteUser(s); err != nil {
			t.Fatal(err)
		}
		_, err := s.refresh(*r.RefreshToken)
		refused(t, err, "NotAuthorizedException", "Refresh Token has been revoked")
	})
	t.Run("client", func(t *testing.T) {
		t.Parallel()
		s := newSignInWorld(t)
		r := s.tokens()
		if _, err := s.DeleteUserPoolClient(s.ctx, &cognito.DeleteUserPoolClientInput{UserPoolId: &s.pool, ClientId: &s.client}); err != nil {
			t.Fatal(err)
		}
		_, err := s.refresh(*r.RefreshToken)
		refused(t, err, "ResourceNotFoundException", "User pool client "+s.client+" does not exist.")
		refused(t, s.getUser(*r.AccessToken), "NotAuthorizedException", "Access Token has been revoked")
	})
	t.Run("pool", func(t *testing.T) {
		t.Parallel()
		s := newSignInWorld(t)
		r := s.tokens()
		if _, err := s.DeleteUserPool(s.ctx, &cognito.DeleteUserPoolInput{UserPoolId: &s.pool}); err != nil {
			t.Fatal(err)
		}
		_, err := s.refresh(*r.RefreshToken)
		refused(t, err, "ResourceNotFoundException", "User pool client "+s.client+" does not exist.")
		if s.getUser(*r.AccessToken) == nil {
			t.Error("an access token survives its pool")
		}
		if _, err := s.JWKS(s.ctx, s.pool); err == nil {
			t.Error("keys survive their pool")
		}
	})
}

func (s *signInWorld) revoke(client, token string, secret *string) error {
	in := &newops.RevokeTokenInput{}
	in.ClientId, in.Token, in.ClientSecret = &client, &token, secret
	_, err := s.RevokeToken(s.ctx, in)
	return err
}

func TestRevokeToken(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	r, other := s.tokens(), s.tokens()
	later, err := s.refresh(*r.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, s.revoke(s.world.client(s.pool, everyFlow), *r.RefreshToken, nil), "UnauthorizedException", "Invalid client.")
	refused(t, s.revoke("nobody", *r.RefreshToken, nil), "UnauthorizedException", "Invalid client.")
	refused(t, s.revoke(s.client, *r.AccessToken, nil), "UnsupportedTokenTypeException", "Unsupported token type.")
	if _, err := s.refresh(*r.RefreshToken); err != nil {
		t.Fatal("refused revocations revoked:", err)
	}
	for range 2 {
		if err := s.revoke(s.client, *r.RefreshToken, nil); err != nil {
			t.Fatal(err)
		}
	}
	_, err = s.refresh(*r.RefreshToken)
	refused(t, err, "NotAuthorizedException", "Refresh Token has been revoked")
	for _, access := range []string{*r.AccessToken, *later.AccessToken} {
		refused(t, s.getUser(access), "NotAuthorizedException", "Access Token has been revoked")
	}
	if _, err := s.refresh(*other.RefreshToken); err != nil {
		t.Error("another sign-in was revoked too:", err)
	}
	if err := s.getUser(*other.AccessToken); err != nil {
		t.Error(err)
	}
	if err := s.revoke(s.client, "nonsense", nil); err != nil {
		t.Error("an invalid token counts as revoked:", err)
	}
}

func TestRevokeTokenOfConfidentialClient(t *testing.T) {
	t.Parallel()
	const secret = "abcdefghijklmnopqrstuvwxyz0123456789"
	s := newSignInWorld(t, func(in *cognito.CreateUserPoolClientInput) { in.ClientSecret = aws.String(secret) })
	out, err := s.initiate(types.AuthFlowTypeUserPasswordAuth, "USERNAME", jane, "PASSWORD", goodPassword, "SECRET_HASH", secretHash(secret, jane, s.client))
	if err != nil {
		t.Fatal(err)
	}
	token := *out.AuthenticationResult.RefreshToken
	refused(t, s.revoke(s.client, token, nil), "UnauthorizedException", "Invalid client.")
	refused(t, s.revoke(s.client, token, aws.String("wrong")), "UnauthorizedException", "Invalid client.")
	if err := s.revoke(s.client, token, aws.String(secret)); err != nil {
		t.Error(err)
	}
}

// Without token revocation tokens have no origin_jti and cannot be revoked one
// by one, yet a global sign-out ends them.
func TestRevocationOff(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t, func(in *cognito.CreateUserPoolClientInput) { in.EnableTokenRevocation = aws.Bool(false) })
	r := s.tokens()
	for _, text := range []string{*r.IdToken, *r.AccessToken} {
		if v, ok := s.claims(text)["origin_jti"]; ok {
			t.Errorf("origin_jti %v", v)
		}
	}
	refused(t, s.revoke(s.client, *r.RefreshToken, nil), "UnsupportedOperationException", "Token revocation is not enabled for the client.")
	if _, err := s.GlobalSignOut(s.ctx, &cognito.GlobalSignOutInput{AccessToken: r.AccessToken}); err != nil {
		t.Fatal(err)
	}
	refused(t, s.getUser(*r.AccessToken), "NotAuthorizedException", "Access Token has been revoked")
	_, err := s.refresh(*r.RefreshToken)
	refused(t, err, "NotAuthorizedException", "Refresh Token has been revoked")
}

func TestGlobalSignOut(t *testing.T) {
	t.Parallel()
	for name, signOut := range map[string]func(*signInWorld, string) error{
		"by the user": func(s *signInWorld, access string) error {
			_, err := s.GlobalSignOut(s.ctx, &cognito.GlobalSignOutInput{AccessToken: &access})
			return err
		},
		"by an administrator": func(s *signInWorld, _ string) error {
			_, err := s.AdminUserGlobalSignOut(s.ctx, &cognito.AdminUserGlobalSignOutInput{UserPoolId: &s.pool, Username: aws.String(jane)})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSignInWorld(t)
			a, b := s.tokens(), s.tokens()
			if err := signOut(s, *a.AccessToken); err != nil {
				t.Fatal(err)
			}
			for _, r := range []*types.AuthenticationResultType{a, b} {
				refused(t, s.getUser(*r.AccessToken), "NotAuthorizedException", "Access Token has been revoked")
				_, err := s.refresh(*r.RefreshToken)
				refused(t, err, "NotAuthorizedException", "Refresh Token has been revoked")
			}
			// A new sign-in within the same second is not signed out.
			s.clock.Advance(time.Millisecond)
			after := s.tokens()
			if err := s.getUser(*after.AccessToken); err != nil {
				t.Error(err)
			}
			if _, err := s.refresh(*after.RefreshToken); err != nil {
				t.Error(err)
			}
		})
	}
	s := newSignInWorld(t)
	_, err := s.AdminUserGlobalSignOut(s.ctx, &cognito.AdminUserGlobalSignOutInput{UserPoolId: &s.pool, Username: aws.String("nobody")})
	refused(t, err, "UserNotFoundException", "User does not exist.")
	_, err = s.GlobalSignOut(s.ctx, &cognito.GlobalSignOutInput{AccessToken: aws.String("x")})
	refused(t, err, "NotAuthorizedException", "Invalid Access Token")
}

func rotating(grace int32) func(*cognito.CreateUserPoolClientInput) {
	return func(in *cognito.CreateUserPoolClientInput) {
		in.ExplicitAuthFlows = []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserPasswordAuth}
		in.RefreshTokenRotation = &types.RefreshTokenRotationType{Feature: types.FeatureTypeEnabled, RetryGracePeriodSeconds: &grace}
	}
}

func (s *signInWorld) exchange(token string) (*types.AuthenticationResultType, error) {
	out, err := s.GetTokensFromRefreshToken(s.ctx, &cognito.GetTokensFromRefreshTokenInput{ClientId: &s.client, RefreshToken: &token})
	if err != nil {
		return nil, err
	}
	return out.AuthenticationResult, nil
}

func TestRefreshTokenRotation(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t, rotating(10))
	r := s.tokens()
	_, err := s.refresh(*r.RefreshToken)
	refused(t, err, "InvalidParameterException", "Auth flow not enabled for this client")
	next, err := s.exchange(*r.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	if next.RefreshToken == nil || *next.RefreshToken == *r.RefreshToken || s.claims(*next.IdToken)["origin_jti"] != s.claims(*r.IdToken)["origin_jti"] {
		t.Errorf("%+v", next)
	}
	s.clock.Advance(10*time.Second - 1)
	if _, err := s.exchange(*r.RefreshToken); err != nil {
		t.Error("within the grace period:", err)
	}
	s.clock.Advance(1)
	_, err = s.exchange(*r.RefreshToken)
	refused(t, err, "RefreshTokenReuseException", "Refresh token has already been used.")
	if _, err := s.exchange(*next.RefreshToken); err != nil {
		t.Error(err)
	}
	// The new tokens end when the first would have, and with its revocation.
	if err := s.revoke(s.client, *next.RefreshToken, nil); err != nil {
		t.Fatal(err)
	}
	refused(t, s.getUser(*r.AccessToken), "NotAuthorizedException", "Access Token has been revoked")

	s = newSignInWorld(t, rotating(0))
	r = s.tokens()
	if next, err = s.exchange(*r.RefreshToken); err != nil {
		t.Fatal(err)
	}
	_, err = s.exchange(*r.RefreshToken)
	refused(t, err, "RefreshTokenReuseException", "Refresh token has already been used.")
	s.clock.Advance(30*24*time.Hour - 1)
	if next, err = s.exchange(*next.RefreshToken); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(1)
	_, err = s.exchange(*next.RefreshToken)
	refused(t, err, "NotAuthorizedException", "Refresh Token has expired")
}

func TestGetTokensFromRefreshToken(t *testing.T) {
	t.Parallel()
	const secret = "abcdefghijklmnopqrstuvwxyz0123456789"
	s := newSignInWorld(t, func(in *cognito.CreateUserPoolClientInput) { in.ClientSecret = aws.String(secret) })
	out, err := s.initiate(types.AuthFlowTypeUserPasswordAuth, "USERNAME", jane, "PASSWORD", goodPassword, "SECRET_HASH", secretHash(secret, jane, s.client))
	if err != nil {
		t.Fatal(err)
	}
	token := out.AuthenticationResult.RefreshToken
	_, err = s.exchange(*token)
	refused(t, err, "NotAuthorizedException", "Client "+s.client+" is configured with secret but client secret was not received")
	_, err = s.GetTokensFromRefreshToken(s.ctx, &cognito.GetTokensFromRefreshTokenInput{ClientId: &s.client, RefreshToken: token, ClientSecret: aws.String("wrong")})
	refused(t, err, "NotAuthorizedException", "Unable to verify client secret for client "+s.client)
	got, err := s.GetTokensFromRefreshToken(s.ctx, &cognito.GetTokensFromRefreshTokenInput{ClientId: &s.client, RefreshToken: token, ClientSecret: aws.String(secret)})
	if err != nil || got.AuthenticationResult.RefreshToken != nil {
		t.Errorf("%+v %v", got, err)
	}
	_, err = s.exchange("x")
	if err == nil {
		t.Error("nonsense accepted")
	}
}
