package gotest

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
	"github.com/poolhouse-id/poolhouse/quickstart"
)

// A server that is killed in the middle of a load of sign-ups has, after its
// restart, every user whose sign-up was acknowledged.
func TestKilledServerLosesNoUser(t *testing.T) {
	t.Parallel()
	for name, args := range map[string]func(t *testing.T) []string{
		"sqlite": func(t *testing.T) []string { return []string{"--data", t.TempDir()} },
		"postgres": func(t *testing.T) []string {
			return []string{"--data", t.TempDir(), "--database", storetest.Postgres(t)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := args(t)
			p := serve(t, args...)
			poolID, clientID := createPool(t, p)
			acknowledged := signUpUntilKilled(t, p, clientID)
			if len(acknowledged) == 0 {
				t.Fatal("no sign-up was acknowledged before the kill")
			}
			p = serve(t, args...)
			pools := cognitoidentityprovider.NewFromConfig(p.config())
			for _, username := range acknowledged {
				if _, err := pools.AdminGetUser(t.Context(), &cognitoidentityprovider.AdminGetUserInput{UserPoolId: &poolID, Username: &username}); err != nil {
					t.Errorf("%s is lost: %v", username, err)
				}
			}
			t.Logf("%d acknowledged sign-ups", len(acknowledged))
		})
	}
}

func createPool(t *testing.T, p *process) (poolID, clientID string) {
	t.Helper()
	pools := cognitoidentityprovider.NewFromConfig(p.config())
	pool, err := pools.CreateUserPool(t.Context(), &cognitoidentityprovider.CreateUserPoolInput{PoolName: aws.String("test")})
	if err != nil {
		t.Fatal(err)
	}
	client, err := pools.CreateUserPoolClient(t.Context(), &cognitoidentityprovider.CreateUserPoolClientInput{
		UserPoolId: pool.UserPool.Id, ClientName: aws.String("test"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return *pool.UserPool.Id, *client.UserPoolClient.ClientId
}

// signUpUntilKilled signs users up from several connections, kills the server
// under the load, and returns the names whose sign-up was answered.
func signUpUntilKilled(t *testing.T, p *process, clientID string) (acknowledged []string) {
	const callers, before = 8, 40
	var mu sync.Mutex
	var count atomic.Int64
	var wg sync.WaitGroup
	enough := make(chan struct{})
	for caller := range callers {
		pools := cognitoidentityprovider.NewFromConfig(p.config())
		wg.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("user-%d-%d", caller, i)
				_, err := pools.SignUp(t.Context(), &cognitoidentityprovider.SignUpInput{ClientId: &clientID, Username: &name, Password: aws.String(password)})
				if err != nil {
					return // the server is gone
				}
				mu.Lock()
				acknowledged = append(acknowledged, name)
				mu.Unlock()
				if count.Add(1) == before {
					close(enough)
				}
			}
		})
	}
	select {
	case <-enough:
	case <-time.After(time.Minute):
	}
	p.kill()
	wg.Wait()
	return acknowledged
}

// The chain works when each call goes to another of two nodes on one database.
func TestTwoNodes(t *testing.T) {
	t.Parallel()
	database, data := storetest.Postgres(t), t.TempDir()
	nodes := []*process{
		serve(t, "--database", database, "--data", data, "--public-url", "http://pool.test"),
		serve(t, "--database", database, "--data", data, "--public-url", "http://pool.test"),
	}
	turns := &alternate{nodes: nodes}
	cfg := nodes[0].config()
	cfg.HTTPClient = turns
	report, err := quickstart.Run(t.Context(), quickstart.Config{AWS: cfg, Email: email, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	if report.CallerUserID != report.RoleID+":CognitoIdentityCredentials" {
		t.Errorf("the caller is %s", report.CallerUserID)
	}
	if turns.count < 13 {
		t.Errorf("only %d calls", turns.count)
	}
	// A wrong password counts on every node: the sixth try is locked out
	// wherever it goes.
	pools := cognitoidentityprovider.NewFromConfig(cfg)
	var last error
	for range 7 {
		_, last = pools.AdminInitiateAuth(t.Context(), &cognitoidentityprovider.AdminInitiateAuthInput{
			UserPoolId: &report.UserPoolID, ClientId: &report.ClientID, AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth,
			AuthParameters: map[string]string{"USERNAME": email, "PASSWORD": "Wrong-horse-7"},
		})
	}
	var refused *types.NotAuthorizedException
	if !errors.As(last, &refused) || refused.ErrorMessage() != "Password attempts exceeded" {
		t.Errorf("the seventh wrong password: %v", last)
	}
	if err := quickstart.Cleanup(t.Context(), cfg, report); err != nil {
		t.Error(err)
	}
}

// alternate sends each request to the next node. The Host header stays that of
// the signature.
type alternate struct {
	nodes []*process
	count int
}

// Do implements aws.HTTPClient.
func (a *alternate) Do(r *http.Request) (*http.Response, error) {
	r.Host = r.URL.Host
	r.URL.Host = a.nodes[a.count%len(a.nodes)].addr
	a.count++
	return http.DefaultClient.Do(r)
}
