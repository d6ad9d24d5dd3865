package pooltest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	identitytypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
	"github.com/poolhouse-id/poolhouse/pooltest"
	"github.com/poolhouse-id/poolhouse/quickstart"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const password = "Correct-horse-7"

// emailPool signs users up by their e-mail addresses.
var emailPool = pooltest.Pool{
	Settings: cognitoidentityprovider.CreateUserPoolInput{
		UsernameAttributes:     []types.UsernameAttributeType{types.UsernameAttributeTypeEmail},
		AutoVerifiedAttributes: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail},
	},
	Clients: []pooltest.Client{{Name: "web"}},
}

func users(s *pooltest.Server) *cognitoidentityprovider.Client {
	return cognitoidentityprovider.NewFromConfig(s.Config())
}

func signIn(ctx context.Context, s *pooltest.Server, clientID, username, password string) (*types.AuthenticationResultType, error) {
	out, err := users(s).InitiateAuth(ctx, &cognitoidentityprovider.InitiateAuthInput{
		AuthFlow: types.AuthFlowTypeUserPasswordAuth, ClientId: &clientID,
		AuthParameters: map[string]string{"USERNAME": username, "PASSWORD": password},
	})
	if err != nil {
		return nil, err
	}
	return out.AuthenticationResult, nil
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

func TestSeed(t *testing.T) {
	t.Parallel()
	s := pooltest.Start(t, pooltest.Region("eu-west-3"))
	pool := s.MustSeed(t, pooltest.Pool{
		Settings: cognitoidentityprovider.CreateUserPoolInput{
			PoolName: aws.String("people"),
			Schema:   []types.SchemaAttributeType{{Name: aws.String("team"), AttributeDataType: types.AttributeDataTypeString, Mutable: aws.Bool(true)}},
		},
		Clients: []pooltest.Client{
			{Name: "web"},
			{Name: "backend", Settings: cognitoidentityprovider.CreateUserPoolClientInput{
				GenerateSecret: true, ExplicitAuthFlows: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserSrpAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth},
			}},
		},
		Users: []pooltest.User{
			{Username: "jane", Password: password, Attributes: map[string]string{"email": "jane@example.com", "email_verified": "true", "custom:team": "red"}},
			{Username: "joe"},
		},
	})
	if !strings.HasPrefix(pool.ID, "eu-west-3_") || pool.Provider != "cognito-idp.eu-west-3.amazonaws.com/"+pool.ID {
		t.Errorf("pool %s, provider %s", pool.ID, pool.Provider)
	}
	if want := "arn:aws:cognito-idp:eu-west-3:123456789012:userpool/" + pool.ID; pool.ARN != want {
		t.Errorf("ARN %s, want %s", pool.ARN, want)
	}
	if pool.Clients["web"].Secret != "" || pool.Clients["backend"].Secret == "" {
		t.Errorf("secrets of %v", pool.Clients)
	}
	for name, want := range map[string]types.UserStatusType{"jane": types.UserStatusTypeConfirmed, "joe": types.UserStatusTypeForceChangePassword} {
		got, err := users(s).AdminGetUser(t.Context(), &cognitoidentityprovider.AdminGetUserInput{UserPoolId: &pool.ID, Username: &name})
		if err != nil {
			t.Fatal(err)
		}
		if got.UserStatus != want || aws.ToString(got.Username) != pool.Users[name].Username {
			t.Errorf("%s is %s, %s, want %s", name, *got.Username, got.UserStatus, want)
		}
		attributes := map[string]string{}
		for _, a := range got.UserAttributes {
			attributes[*a.Name] = *a.Value
		}
		if attributes["sub"] != pool.Users[name].Sub || pool.Users[name].Sub == "" {
			t.Errorf("sub of %s is %q, seeded %q", name, attributes["sub"], pool.Users[name].Sub)
		}
		if name == "jane" && (attributes["custom:team"] != "red" || attributes["email_verified"] != "true") {
			t.Errorf("attributes of jane: %v", attributes)
		}
	}
	if _, err := signIn(t.Context(), s, pool.Clients["web"].ID, "jane", password); err != nil {
		t.Error(err)
	}
	_, err := signIn(t.Context(), s, pool.Clients["web"].ID, "jane", "Wrong-horse-7")
	wantCode(t, err, "NotAuthorizedException")
	if sent, err := s.Inbox.Messages(t.Context(), ""); err != nil || len(sent) != 0 {
		t.Errorf("the seed sent %v, %v", sent, err)
	}
}

func TestSeedGroups(t *testing.T) {
	t.Parallel()
	s := pooltest.Start(t)
	pool := s.MustSeed(t, pooltest.Pool{
		Groups: []string{"empty", "admins"},
		Users: []pooltest.User{
			{Username: "jane", Groups: []string{"admins", "staff"}},
			{Username: "joe", Groups: []string{"staff"}},
		},
	})
	for group, want := range map[string]int{"empty": 0, "admins": 1, "staff": 2} {
		out, err := users(s).ListUsersInGroup(t.Context(), &cognitoidentityprovider.ListUsersInGroupInput{UserPoolId: &pool.ID, GroupName: &group})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Users) != want {
			t.Errorf("%s has %d users, want %d", group, len(out.Users), want)
		}
	}
	_, err := s.Seed(t.Context(), pooltest.Pool{Groups: []string{"a group"}})
	wantCode(t, err, "InvalidParameterException")
}

// What the API refuses, the seed refuses, and says which part it was.
func TestSeedRefuses(t *testing.T) {
	t.Parallel()
	s := pooltest.Start(t)
	for name, c := range map[string]struct {
		pool pooltest.Pool
		part string
		code string
	}{
		"pool": {
			pooltest.Pool{Settings: cognitoidentityprovider.CreateUserPoolInput{PoolName: aws.String("")}},
			`pool ""`, "InvalidParameterException",
		},
		"client": {
			pooltest.Pool{Clients: []pooltest.Client{{Name: "a/b"}}},
			`client "a/b"`, "InvalidParameterException",
		},
		"password": {
			pooltest.Pool{Users: []pooltest.User{{Username: "jane", Password: "short"}}},
			`user "jane"`, "InvalidPasswordException",
		},
		"attribute": {
			pooltest.Pool{Users: []pooltest.User{{Username: "jane", Attributes: map[string]string{"custom:unknown": "x"}}}},
			`user "jane"`, "InvalidParameterException",
		},
		"same user twice": {
			pooltest.Pool{Users: []pooltest.User{{Username: "jane"}, {Username: "jane"}}},
			`user "jane"`, "UsernameExistsException",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := s.Seed(t.Context(), c.pool)
			wantCode(t, err, c.code)
			if err == nil || !strings.Contains(err.Error(), c.part) {
				t.Errorf("%v does not name %s", err, c.part)
			}
		})
	}
	t.Run("same client twice", func(t *testing.T) {
		t.Parallel()
		_, err := s.Seed(t.Context(), pooltest.Pool{Clients: []pooltest.Client{{Name: "web"}, {Name: "web"}}})
		if err == nil || !strings.Contains(err.Error(), "given twice") {
			t.Errorf("got %v", err)
		}
	})
}

func TestInbox(t *testing.T) {
	t.Parallel()
	s := pooltest.Start(t)
	pool := s.MustSeed(t, emailPool)
	client, jane := pool.Clients["web"].ID, "jane@example.com"
	signUp := &cognitoidentityprovider.SignUpInput{ClientId: &client, Username: &jane, Password: aws.String(password)}
	if _, err := users(s).SignUp(t.Context(), signUp); err != nil {
		t.Fatal(err)
	}
	first, err := s.Inbox.WaitForMessage(t.Context(), jane)
	if err != nil {
		t.Fatal(err)
	}
	if first.UserPoolID != pool.ID || first.Channel != "EMAIL" || first.Destination != jane || first.Purpose != "SignUp" ||
		first.Subject == "" || first.Code() == "" || !strings.Contains(first.Body, first.Code()) || s.Now().Sub(first.Sent) > time.Minute {
		t.Errorf("the message is %+v", first)
	}

	if _, err := users(s).ResendConfirmationCode(t.Context(), &cognitoidentityprovider.ResendConfirmationCodeInput{ClientId: &client, Username: &jane}); err != nil {
		t.Fatal(err)
	}
	second, err := s.Inbox.WaitForMessage(t.Context(), jane)
	if err != nil || second.Purpose != "ResendCode" {
		t.Errorf("the newest message is %+v, %v", second, err)
	}
	code, err := s.Inbox.Code(t.Context(), jane)
	if err != nil || code != second.Code() {
		t.Errorf("the newest code is %s, %v; want %s", code, err, second.Code())
	}
	if all, err := s.Inbox.Messages(t.Context(), ""); err != nil || len(all) != 2 {
		t.Errorf("all messages: %v, %v", all, err)
	}

	if err := s.Inbox.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Inbox.Code(ctx, jane); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), jane) {
		t.Errorf("a code from the empty inbox: %v", err)
	}
}

// An invitation has a temporary password, not a code, also if it looks so.
func TestInvitationHasNoCode(t *testing.T) {
	t.Parallel()
	s := pooltest.Start(t)
	pool := s.MustSeed(t, emailPool)
	jane := "jane@example.com"
	if _, err := users(s).AdminCreateUser(t.Context(), &cognitoidentityprovider.AdminCreateUserInput{
		UserPoolId: &pool.ID, Username: &jane, TemporaryPassword: aws.String("Aa!-123456-x"),
		DesiredDeliveryMediums: []types.DeliveryMediumType{types.DeliveryMediumTypeEmail},
		UserAttributes:         []types.AttributeType{{Name: aws.String("email"), Value: &jane}},
	}); err != nil {
		t.Fatal(err)
	}
	m, err := s.Inbox.WaitForMessage(t.Context(), jane)
	if err != nil || m.Purpose != "AdminCreateUser" || !strings.Contains(m.Body, "Aa!-123456-x") || m.Code() != "" {
		t.Errorf("the invitation is %+v with code %q, %v", m, m.Code(), err)
	}
}

// A wait ends as soon as another program's call sends the message.
func TestInboxWaits(t *testing.T) {
	t.Parallel()
	s := pooltest.Start(t)
	pool := s.MustSeed(t, emailPool)
	jane := "jane@example.com"
	var wg sync.WaitGroup
	wg.Go(func() {
		time.Sleep(30 * time.Millisecond)
		_, err := users(s).SignUp(t.Context(), &cognitoidentityprovider.SignUpInput{
			ClientId: aws.String(pool.Clients["web"].ID), Username: &jane, Password: aws.String(password),
		})
		if err != nil {
			t.Error(err)
		}
	})
	if code, err := s.Inbox.Code(t.Context(), jane); err != nil || len(code) != 6 {
		t.Errorf("code %q, %v", code, err)
	}
	wg.Wait()
}

// Calls go on to verify however far the clock was moved, and what had a
// lifetime is over.
func TestAdvanceClock(t *testing.T) {
	t.Parallel()
	s := pooltest.Start(t)
	pool := s.MustSeed(t, pooltest.Pool{Clients: []pooltest.Client{{Name: "web"}}, Users: []pooltest.User{{Username: "jane", Password: password}}})
	signedIn, err := signIn(t.Context(), s, pool.Clients["web"].ID, "jane", password)
	if err != nil {
		t.Fatal(err)
	}
	before := s.Now()
	if after := s.AdvanceClock(31 * 24 * time.Hour); after.Sub(before) < 31*24*time.Hour || s.Now().Before(after) {
		t.Errorf("the clock went from %v to %v", before, after)
	}
	if _, err := users(s).ListUserPools(t.Context(), &cognitoidentityprovider.ListUserPoolsInput{MaxResults: aws.Int32(1)}); err != nil {
		t.Errorf("a signed call: %v", err)
	}
	_, err = users(s).GetUser(t.Context(), &cognitoidentityprovider.GetUserInput{AccessToken: signedIn.AccessToken})
	wantCode(t, err, "NotAuthorizedException")
	_, err = users(s).InitiateAuth(t.Context(), &cognitoidentityprovider.InitiateAuthInput{
		AuthFlow: types.AuthFlowTypeRefreshTokenAuth, ClientId: aws.String(pool.Clients["web"].ID),
		AuthParameters: map[string]string{"REFRESH_TOKEN": *signedIn.RefreshToken},
	})
	wantCode(t, err, "NotAuthorizedException")
}

func TestReset(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]pooltest.Option{"default": nil, "strict": {pooltest.Strict()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := pooltest.Start(t, opts...)
			pool := s.MustSeed(t, emailPool)
			if _, err := users(s).SignUp(t.Context(), &cognitoidentityprovider.SignUpInput{
				ClientId: aws.String(pool.Clients["web"].ID), Username: aws.String("jane@example.com"), Password: aws.String(password),
			}); err != nil {
				t.Fatal(err)
			}
			if err := s.Reset(t.Context()); err != nil {
				t.Fatal(err)
			}
			_, err := users(s).DescribeUserPool(t.Context(), &cognitoidentityprovider.DescribeUserPoolInput{UserPoolId: &pool.ID})
			wantCode(t, err, "ResourceNotFoundException")
			if sent, err := s.Inbox.Messages(t.Context(), ""); err != nil || len(sent) != 0 {
				t.Errorf("messages after the reset: %v, %v", sent, err)
			}
			s.MustSeed(t, emailPool)
		})
	}
}

func TestStrict(t *testing.T) {
	t.Parallel()
	s := pooltest.Start(t, pooltest.Strict(), pooltest.Account("111122223333"))
	caller, err := sts.NewFromConfig(s.Config()).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil || *caller.Arn != "arn:aws:iam::111122223333:root" {
		t.Errorf("the root key: %v, %v", caller, err)
	}
	unknown := s.ConfigFor(aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"})
	_, err = sts.NewFromConfig(unknown).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	wantCode(t, err, "InvalidClientTokenId")
	forged := s.Credentials()
	forged.SecretAccessKey = "guessed"
	_, err = sts.NewFromConfig(s.ConfigFor(forged)).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	wantCode(t, err, "SignatureDoesNotMatch")
}

func TestIssuers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		opts   []pooltest.Option
		issuer func(s *pooltest.Server, poolID string) string
	}{
		"own": {nil, func(s *pooltest.Server, poolID string) string { return s.URL + "/" + poolID }},
		"AWS": {[]pooltest.Option{pooltest.AWSIssuer()}, func(_ *pooltest.Server, poolID string) string {
			return "https://cognito-idp.us-east-1.amazonaws.com/" + poolID
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := pooltest.Start(t, c.opts...)
			pool := s.MustSeed(t, emailPool)
			res, err := s.Client().Get(s.URL + "/" + pool.ID + "/.well-known/openid-configuration")
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if want := `"issuer":"` + c.issuer(s, pool.ID) + `"`; err != nil || !strings.Contains(string(body), want) {
				t.Errorf("%v: %s has no %s", err, body, want)
			}
		})
	}
}

func TestPropagationDelay(t *testing.T) {
	t.Parallel()
	s := pooltest.Start(t, pooltest.PropagationDelay(time.Hour))
	report, err := quickstart.Run(t.Context(), quickstart.Config{AWS: s.Config(), Email: "jane@example.com", Password: password, Settle: -1})
	var refused *identitytypes.InvalidIdentityPoolConfigurationException
	if !errors.As(err, &refused) {
		t.Fatalf("within the delay: %v", err)
	}
	s.AdvanceClock(time.Hour + time.Second)
	signedIn, err := users(s).AdminInitiateAuth(t.Context(), &cognitoidentityprovider.AdminInitiateAuthInput{
		UserPoolId: &report.UserPoolID, ClientId: &report.ClientID, AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": "jane@example.com", "PASSWORD": password},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = cognitoidentity.NewFromConfig(s.Config()).GetCredentialsForIdentity(t.Context(), &cognitoidentity.GetCredentialsForIdentityInput{
		IdentityId: &report.IdentityID,
		Logins:     map[string]string{"cognito-idp.us-east-1.amazonaws.com/" + report.UserPoolID: *signedIn.AuthenticationResult.IdToken},
	})
	if err != nil {
		t.Errorf("after the delay: %v", err)
	}
}

// Data outlives the server where an option says where to keep it.
func TestKeptData(t *testing.T) {
	t.Parallel()
	for name, option := range map[string]func(t *testing.T) pooltest.Option{
		"directory":  func(t *testing.T) pooltest.Option { return pooltest.DataDir(t.TempDir()) },
		"PostgreSQL": func(t *testing.T) pooltest.Option { return pooltest.PostgreSQL(storetest.Postgres(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept := option(t)
			first, err := pooltest.New(t.Context(), kept, pooltest.Strict())
			if err != nil {
				t.Fatal(err)
			}
			pool := first.MustSeed(t, pooltest.Pool{Clients: []pooltest.Client{{Name: "web"}}, Users: []pooltest.User{{Username: "jane", Password: password}}})
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			second := pooltest.Start(t, kept, pooltest.Strict())
			if _, err := signIn(t.Context(), second, pool.Clients["web"].ID, "jane", password); err != nil {
				t.Error(err)
			}
			_, err = users(second).DescribeUserPool(t.Context(), &cognitoidentityprovider.DescribeUserPoolInput{UserPoolId: &pool.ID})
			if err != nil {
				t.Errorf("as root of the second server: %v", err)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		option pooltest.Option
		want   string
	}{
		"region":     {pooltest.Region("nowhere"), "region"},
		"account":    {pooltest.Account("12"), "12 digits"},
		"file":       {pooltest.DataDir(file), "data directory"},
		"PostgreSQL": {pooltest.PostgreSQL("postgres://x@127.0.0.1:1/x?connect_timeout=1"), "connect"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := pooltest.New(t.Context(), c.option)
			if err == nil {
				s.Close()
				t.Fatal("it started")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v does not say %q", err, c.want)
			}
		})
	}
}

// The log has refused calls and never what they carried.
func TestLog(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(lockedWriter{&mu, &out}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s := pooltest.Start(t, pooltest.Log(log))
	pool := s.MustSeed(t, pooltest.Pool{Clients: []pooltest.Client{{Name: "web"}}, Users: []pooltest.User{{Username: "jane", Password: password}}})
	if _, err := signIn(t.Context(), s, pool.Clients["web"].ID, "jane", password); err != nil {
		t.Fatal(err)
	}
	_, err := signIn(t.Context(), s, pool.Clients["web"].ID, "jane", "Wrong-horse-7")
	wantCode(t, err, "NotAuthorizedException")
	mu.Lock()
	defer mu.Unlock()
	text := out.String()
	if !strings.Contains(text, "code=NotAuthorizedException") || !strings.Contains(text, "operation=AdminSetUserPassword") {
		t.Errorf("lines are missing:\n%s", text)
	}
	if strings.Contains(text, "-horse-7") {
		t.Errorf("a password is in the log:\n%s", text)
	}
}

type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

func TestParallelServersShareNothing(t *testing.T) {
	t.Parallel()
	var pools [4]string
	servers := [4]*pooltest.Server{}
	var wg sync.WaitGroup
	for i := range servers {
		servers[i] = pooltest.Start(t)
		wg.Go(func() {
			made, err := servers[i].Seed(t.Context(), emailPool)
			if err != nil {
				t.Error(err)
				return
			}
			pools[i] = made.ID
		})
	}
	wg.Wait()
	for i, s := range servers {
		out, err := users(s).ListUserPools(t.Context(), &cognitoidentityprovider.ListUserPoolsInput{MaxResults: aws.Int32(60)})
		if err != nil || len(out.UserPools) != 1 || *out.UserPools[0].Id != pools[i] {
			t.Errorf("server %d has %v, %v; want %s", i, out, err, pools[i])
		}
	}
}

// Close ends everything that a server and its clients started. It runs alone:
// other tests' goroutines would be counted too.
func TestCloseLeavesNoGoroutines(t *testing.T) { //nolint:paralleltest // see above
	cycle := func() {
		s, err := pooltest.New(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		pool := s.MustSeed(t, emailPool)
		res, err := s.Client().Get(s.URL + "/" + pool.ID + "/.well-known/jwks.json")
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatal(res, err)
		}
		res.Body.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("a second time: %v", err)
		}
		if _, err := http.Get(s.URL); err == nil {
			t.Error("a closed server answers")
		}
	}
	cycle() // what lives once per process
	before := runtime.NumGoroutine()
	const cycles = 5
	for range cycles {
		cycle()
	}
	after := runtime.NumGoroutine()
	for deadline := time.Now().Add(5 * time.Second); after > before && time.Now().Before(deadline); after = runtime.NumGoroutine() {
		time.Sleep(10 * time.Millisecond)
	}
	if after > before {
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines became %d in %d cycles:\n%s", before, after, cycles, stacks[:runtime.Stack(stacks, true)])
	}
}

func TestCloseRemovesTemporaryData(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s, err := pooltest.New(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) == 0 {
		t.Errorf("no temporary data while it runs: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		s, err := pooltest.New(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
