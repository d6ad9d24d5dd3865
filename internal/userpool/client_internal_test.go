package userpool

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

func clientOf(c types.UserPoolClientType) *client {
	return &client{Client: store.Client{ID: "id"}, Doc: &newops.UserPoolClientType{UserPoolClientType: c}}
}

func TestAllows(t *testing.T) {
	t.Parallel()
	rotating := &types.RefreshTokenRotationType{Feature: types.FeatureTypeEnabled}
	type flows = []types.ExplicitAuthFlowsType
	const (
		admin, custom, password = "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_USER_PASSWORD_AUTH"
		srp, refresh, choice    = "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_AUTH"
	)
	for name, tt := range map[string]struct {
		client types.UserPoolClientType
		want   flows
	}{
		"default":          {types.UserPoolClientType{}, flows{custom, srp, refresh}},
		"default rotating": {types.UserPoolClientType{RefreshTokenRotation: rotating}, flows{custom, srp}},
		"explicit":         {types.UserPoolClientType{ExplicitAuthFlows: flows{choice, refresh}}, flows{refresh, choice}},
		"admin of old":     {types.UserPoolClientType{ExplicitAuthFlows: flows{"ADMIN_NO_SRP_AUTH"}}, flows{admin, custom, srp, refresh}},
		"password of old":  {types.UserPoolClientType{ExplicitAuthFlows: flows{"USER_PASSWORD_AUTH"}}, flows{custom, password, srp, refresh}},
		"custom only":      {types.UserPoolClientType{ExplicitAuthFlows: flows{"CUSTOM_AUTH_FLOW_ONLY"}}, flows{custom, refresh}},
	} {
		var got flows
		for _, f := range (flows{admin, custom, password, srp, refresh, choice}) {
			if clientOf(tt.client).allows(f) {
				got = append(got, f)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s allows %v, want %v", name, got, tt.want)
		}
	}
}

func TestLives(t *testing.T) {
	t.Parallel()
	c := clientOf(types.UserPoolClientType{})
	if c.accessTokenLife() != time.Hour || c.idTokenLife() != time.Hour || c.refreshTokenLife() != 720*time.Hour || c.authSessionLife() != 3*time.Minute {
		t.Errorf("defaults %s, %s, %s, %s", c.accessTokenLife(), c.idTokenLife(), c.refreshTokenLife(), c.authSessionLife())
	}
	c = clientOf(types.UserPoolClientType{
		AccessTokenValidity: aws.Int32(2), IdTokenValidity: aws.Int32(400), RefreshTokenValidity: 2, AuthSessionValidity: aws.Int32(15),
		TokenValidityUnits: &types.TokenValidityUnitsType{IdToken: types.TimeUnitsTypeSeconds},
	})
	if c.accessTokenLife() != 2*time.Hour || c.idTokenLife() != 400*time.Second || c.refreshTokenLife() != 48*time.Hour || c.authSessionLife() != 15*time.Minute {
		t.Errorf("given %s, %s, %s, %s", c.accessTokenLife(), c.idTokenLife(), c.refreshTokenLife(), c.authSessionLife())
	}
}

func TestCheckSecretHash(t *testing.T) {
	t.Parallel()
	hash := func(secret, username, id string) string {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(username + id))
		return base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	c := clientOf(types.UserPoolClientType{})
	if err := checkSecretHash(c, "ann", ""); err != nil {
		t.Errorf("a public client: %v", err)
	}
	if err := checkSecretHash(c, "ann", hash("", "ann", "id")); err == nil {
		t.Error("a public client takes a hash")
	}
	c.secrets = []store.ClientSecret{{Secret: "one"}, {Secret: "two"}}
	for _, secret := range []string{"one", "two"} {
		if err := checkSecretHash(c, "ann", hash(secret, "ann", "id")); err != nil {
			t.Errorf("the hash with secret %s: %v", secret, err)
		}
	}
	for name, given := range map[string]string{
		"missing": "", "no base64": "*", "of another name": hash("one", "bob", "id"), "of another client": hash("one", "ann", "di"),
		"of another secret": hash("three", "ann", "id"), "cut": hash("one", "ann", "id")[:20],
	} {
		want := "NotAuthorizedException: Unable to verify secret hash for client id"
		if given == "" {
			want = "NotAuthorizedException: Client id is configured with secret but SECRET_HASH was not received"
		}
		if err := checkSecretHash(c, "ann", given); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

// TestCache checks that an entry is given only for its version and that the
// cache does not grow without bound.
func TestCache(t *testing.T) {
	t.Parallel()
	var c cache[int]
	c.put("a", 1, 10)
	if v, ok := c.get("a", 1); !ok || v != 10 {
		t.Errorf("got %d, %v", v, ok)
	}
	if _, ok := c.get("a", 2); ok {
		t.Error("an entry of another version was given")
	}
	for i := range 2 * maxCached {
		c.put(string(rune('A'+i)), 1, i)
	}
	if len(c.entries) != maxCached {
		t.Errorf("%d entries", len(c.entries))
	}
}
