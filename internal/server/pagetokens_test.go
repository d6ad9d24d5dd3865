package server_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idpapi "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

// Every list of user pools refuses tokens that are none, and tokens of other
// lists and of other pools.
func TestPageTokens(t *testing.T) {
	t.Parallel()
	r := newReplicated(t, start(t), func(in *idpapi.CreateUserPoolInput) {
		in.UserPoolTier, in.UserPoolAddOns = types.UserPoolTierTypePlus, &types.UserPoolAddOnsType{AdvancedSecurityMode: types.AdvancedSecurityModeTypeAudit}
	})
	other := newReplicated(t, r.fixture)
	if a := r.call(t, awswire.Signed, "SetUserPoolSessionConfiguration", map[string]any{"UserPoolId": *r.pool, "UserSessionTracking": "ENABLED", "TokenSession": map[string]any{"MaxPerUser": 20}}); a.StatusCode != http.StatusOK {
		t.Fatal(a.body)
	}
	in, err := r.signIn(t, r.here, "jane")
	if err != nil {
		t.Fatal(err)
	}
	// Tokens of a list of the pool, and of the users of another one.
	for _, group := range []string{"a", "b"} {
		if _, err := r.here.CreateGroup(t.Context(), &idpapi.CreateGroupInput{UserPoolId: r.pool, GroupName: &group}); err != nil {
			t.Fatal(err)
		}
	}
	groups, err := r.here.ListGroups(t.Context(), &idpapi.ListGroupsInput{UserPoolId: r.pool, Limit: aws.Int32(1)})
	if err != nil || groups.NextToken == nil {
		t.Fatalf("%+v, %v", groups, err)
	}
	other.user(t, "joe", true)
	users, err := r.here.ListUsers(t.Context(), &idpapi.ListUsersInput{UserPoolId: other.pool, Limit: aws.Int32(1)})
	if err != nil || users.PaginationToken == nil {
		t.Fatalf("%+v, %v", users, err)
	}
	tokens := map[string]string{"no token": "bm9uZQ==", "another list": *groups.NextToken, "another pool": *users.PaginationToken}
	members := map[string]any{
		"UserPoolId": *r.pool, "Username": "jane", "GroupName": "a", "AccessToken": *in.AuthenticationResult.AccessToken, "ClientId": *r.client,
	}
	lists := 0
	for _, table := range r.srv.Tables() {
		if table.Service != awswire.CognitoIDP {
			continue
		}
		for name, op := range table.Operations {
			member := ""
			for _, m := range []string{"NextToken", "PaginationToken"} {
				if _, ok := op.Handler.In.FieldByName(m); ok {
					member = m
				}
			}
			if member == "" {
				continue
			}
			lists++
			body := map[string]any{}
			for m, value := range members {
				if _, ok := op.Handler.In.FieldByName(m); ok {
					body[m] = value
				}
			}
			for _, m := range []string{"Limit", "MaxResults"} {
				if f, ok := op.Handler.In.FieldByName(m); ok && f.Type.Elem().Kind() == reflect.Int32 {
					body[m] = 1
				}
			}
			if a := r.call(t, op.Auth, name, body); a.StatusCode != http.StatusOK {
				t.Errorf("%s without a token: %s", name, a.body)
				continue
			}
			for what, token := range tokens {
				if name == "ListGroups" && what == "another list" {
					continue
				}
				body[member] = token
				if a := r.call(t, op.Auth, name, body); a.StatusCode != http.StatusBadRequest || !strings.Contains(a.body, `"InvalidParameterException"`) {
					t.Errorf("%s with the token of %s: %d %s", name, what, a.StatusCode, a.body)
				}
			}
		}
	}
	if lists < 15 {
		t.Errorf("only %d lists", lists)
	}
}

// call calls an operation of user pools, signed if it takes a signature.
func (f *fixture) call(t *testing.T, auth awswire.Auth, operation string, body map[string]any) answer {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r := f.newRequest(http.MethodPost, string(text), "X-Amz-Target", idp+operation, "Content-Type", jsonType)
	if auth == awswire.Signed {
		sign(t, r, string(text), "cognito-idp", region, "test", "test", time.Now())
	}
	return f.do(r)
}
