package server_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	identitytypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	pooltypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/server"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

// Two servers on one database that see a new user at once give one identity,
// and two guests that turn out to be one user become one.
func TestIdentitiesOnTwoNodes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		nodes := []*fixture{}
		for range 2 {
			nodes = append(nodes, start(t, func(c *server.Config) { c.Store, c.AWSIssuer = cfg, true }))
		}
		clients := []*cognitoidentity.Client{}
		for _, n := range nodes {
			clients = append(clients, cognitoidentity.NewFromConfig(n.config("test", "test", "")))
		}
		users := newUsers(t, nodes[0])
		pool, err := clients[1].CreateIdentityPool(t.Context(), &cognitoidentity.CreateIdentityPoolInput{
			IdentityPoolName: aws.String("test"), AllowUnauthenticatedIdentities: true,
			CognitoIdentityProviders: []identitytypes.CognitoIdentityProvider{{ProviderName: &users.provider, ClientId: &users.client}},
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			logins := users.logins(fmt.Sprint("user-", i))
			first := atOnce(t, func(n int) (string, error) {
				out, err := clients[n%2].GetId(t.Context(), &cognitoidentity.GetIdInput{IdentityPoolId: pool.IdentityPoolId, Logins: logins})
				if err != nil {
					return "", err
				}
				return *out.IdentityId, nil
			})
			// A guest at each node signs in at once as the next user.
			logins = users.logins(fmt.Sprint("guest-", i))
			merged := atOnce(t, func(n int) (string, error) {
				guest, err := clients[n%2].GetId(t.Context(), &cognitoidentity.GetIdInput{IdentityPoolId: pool.IdentityPoolId})
				if err != nil {
					return "", err
				}
				out, err := clients[n%2].GetOpenIdToken(t.Context(), &cognitoidentity.GetOpenIdTokenInput{IdentityId: guest.IdentityId, Logins: logins})
				if err != nil {
					return "", err
				}
				return *out.IdentityId, nil
			})
			if first == merged {
				t.Errorf("two users have the identity %s", first)
			}
		}
	})
}

// atOnce runs six calls at once, which must have one answer.
func atOnce(t *testing.T, call func(n int) (string, error)) string {
	t.Helper()
	var wg sync.WaitGroup
	ids, errs := make([]string, 6), make([]error, 6)
	for n := range ids {
		wg.Go(func() { ids[n], errs[n] = call(n) })
	}
	wg.Wait()
	for n := range ids {
		if errs[n] != nil || ids[n] != ids[0] {
			t.Errorf("call %d: %q, %v; want %q", n, ids[n], errs[n], ids[0])
		}
	}
	return ids[0]
}

// poolUsers signs users of one user pool in.
type poolUsers struct {
	t                      *testing.T
	api                    *cognitoidentityprovider.Client
	pool, client, provider string
}

func newUsers(t *testing.T, f *fixture) *poolUsers {
	t.Helper()
	u := &poolUsers{t: t, api: cognitoidentityprovider.NewFromConfig(f.config("test", "test", ""))}
	pool, err := u.api.CreateUserPool(t.Context(), &cognitoidentityprovider.CreateUserPoolInput{PoolName: aws.String("test")})
	if err != nil {
		t.Fatal(err)
	}
	u.pool = *pool.UserPool.Id
	u.provider = "cognito-idp." + region + ".amazonaws.com/" + u.pool
	client, err := u.api.CreateUserPoolClient(t.Context(), &cognitoidentityprovider.CreateUserPoolClientInput{
		UserPoolId: &u.pool, ClientName: aws.String("test"), ExplicitAuthFlows: []pooltypes.ExplicitAuthFlowsType{pooltypes.ExplicitAuthFlowsTypeAllowAdminUserPasswordAuth, pooltypes.ExplicitAuthFlowsTypeAllowRefreshTokenAuth},
	})
	if err != nil {
		t.Fatal(err)
	}
	u.client = *client.UserPoolClient.ClientId
	return u
}

// logins makes a user and returns its Logins.
func (u *poolUsers) logins(name string) map[string]string {
	u.t.Helper()
	_, err := u.api.AdminCreateUser(u.t.Context(), &cognitoidentityprovider.AdminCreateUserInput{UserPoolId: &u.pool, Username: &name, MessageAction: pooltypes.MessageActionTypeSuppress})
	if err == nil {
		_, err = u.api.AdminSetUserPassword(u.t.Context(), &cognitoidentityprovider.AdminSetUserPasswordInput{UserPoolId: &u.pool, Username: &name, Password: aws.String(password), Permanent: true})
	}
	if err != nil {
		u.t.Fatal(err)
	}
	out, err := u.api.AdminInitiateAuth(u.t.Context(), &cognitoidentityprovider.AdminInitiateAuthInput{
		UserPoolId: &u.pool, ClientId: &u.client, AuthFlow: pooltypes.AuthFlowTypeAdminUserPasswordAuth, AuthParameters: map[string]string{"USERNAME": name, "PASSWORD": password},
	})
	if err != nil {
		u.t.Fatal(err)
	}
	return map[string]string{u.provider: *out.AuthenticationResult.IdToken}
}
