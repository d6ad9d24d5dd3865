package quickstart_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	identitytypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/pooltest"
	"github.com/poolhouse-id/poolhouse/quickstart"
)

const (
	email    = "jane@example.com"
	password = "Correct-horse-7"
)

// operations are the thirteen calls in their order.
var operations = []string{
	"CreateUserPool", "CreateUserPoolClient", "SignUp", "AdminConfirmSignUp", "CreateIdentityPool", "CreatePolicy", "CreateRole",
	"AttachRolePolicy", "SetIdentityPoolRoles", "AdminInitiateAuth", "GetId", "GetCredentialsForIdentity", "GetCallerIdentity",
}

func config(s *pooltest.Server) quickstart.Config {
	return quickstart.Config{AWS: s.Config(), Email: email, Password: password}
}

func TestRun(t *testing.T) {
	t.Parallel()
	s := pooltest.Start(t, pooltest.Region(quickstart.DefaultRegion))
	cfg := config(s)
	cfg.AWS.Region = ""
	var progress []quickstart.Step
	cfg.Progress = func(step quickstart.Step) { progress = append(progress, step) }
	report, err := quickstart.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if len(progress) != len(operations) || len(report.Steps) != len(operations) {
		t.Fatalf("%d steps were shown and %d reported", len(progress), len(report.Steps))
	}
	for i, want := range operations {
		if got := progress[i]; got.Operation != want || got.Number != i+1 || got.Failed || got.Attempts != 1 || got != report.Steps[i] {
			t.Errorf("step %d is %+v, reported as %+v", i+1, got, report.Steps[i])
		}
	}
	if report.Region != quickstart.DefaultRegion || report.CallerARN != "arn:aws:sts::123456789012:assumed-role/userpool-authorized-role/CognitoIdentityCredentials" ||
		report.CallerUserID != report.RoleID+":CognitoIdentityCredentials" || report.Account != "123456789012" ||
		!report.Expiration.After(time.Now()) {
		t.Errorf("the report is %+v", report)
	}
	checkMade(t, s, report)
}

// checkMade looks at what the run made with the defaults.
func checkMade(t *testing.T, s *pooltest.Server, report *quickstart.Report) {
	t.Helper()
	users, identities, roles := cognitoidentityprovider.NewFromConfig(s.Config()), cognitoidentity.NewFromConfig(s.Config()), iam.NewFromConfig(s.Config())
	pool, err := users.DescribeUserPool(t.Context(), &cognitoidentityprovider.DescribeUserPoolInput{UserPoolId: &report.UserPoolID})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(*pool.UserPool.Name, pool.UserPool.UsernameAttributes, pool.UserPool.AutoVerifiedAttributes); got != "test[email] [email]" {
		t.Errorf("the user pool is %s", got)
	}
	client, err := users.DescribeUserPoolClient(t.Context(), &cognitoidentityprovider.DescribeUserPoolClientInput{UserPoolId: &report.UserPoolID, ClientId: &report.ClientID})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(*client.UserPoolClient.ClientName, client.UserPoolClient.ExplicitAuthFlows); !strings.HasPrefix(got, "test[") || strings.Count(got, "ALLOW_") != 4 {
		t.Errorf("the client is %s", got)
	}
	identityPool, err := identities.DescribeIdentityPool(t.Context(), &cognitoidentity.DescribeIdentityPoolInput{IdentityPoolId: &report.IdentityPoolID})
	if err != nil {
		t.Fatal(err)
	}
	provider := identityPool.CognitoIdentityProviders[0]
	if *provider.ProviderName != "cognito-idp."+s.Region+".amazonaws.com/"+report.UserPoolID || *provider.ClientId != report.ClientID ||
		aws.ToBool(provider.ServerSideTokenCheck) || identityPool.AllowUnauthenticatedIdentities || !aws.ToBool(identityPool.AllowClassicFlow) {
		t.Errorf("the identity pool is %+v, %+v", identityPool, provider)
	}
	role, err := roles.GetRole(t.Context(), &iam.GetRoleInput{RoleName: &report.RoleName})
	if err != nil {
		t.Fatal(err)
	}
	if *role.Role.Path != "/service-role/" || *role.Role.Arn != report.RoleARN {
		t.Errorf("the role is %s", *role.Role.Arn)
	}
}

// A second run in one account takes other names where they are unique.
func TestRunTwice(t *testing.T) {
	t.Parallel()
	s := pooltest.Start(t)
	first, err := quickstart.Run(t.Context(), config(s))
	if err != nil {
		t.Fatal(err)
	}
	second, err := quickstart.Run(t.Context(), config(s))
	if err != nil {
		t.Fatal(err)
	}
	if first.RoleName != quickstart.DefaultRole || !strings.HasPrefix(second.RoleName, quickstart.DefaultRole+"-") {
		t.Errorf("the roles are %s and %s", first.RoleName, second.RoleName)
	}
	if first.PolicyARN == second.PolicyARN || first.UserPoolID == second.UserPoolID {
		t.Errorf("the runs share resources: %+v %+v", first, second)
	}
	if err := quickstart.Cleanup(t.Context(), s.Config(), second); err != nil {
		t.Error(err)
	}
	checkMade(t, s, first)
}

func TestRunRequires(t *testing.T) {
	t.Parallel()
	for _, cfg := range []quickstart.Config{{Email: email}, {Password: password}} {
		report, err := quickstart.Run(t.Context(), cfg)
		if report != nil || err == nil || !strings.Contains(err.Error(), "required") {
			t.Errorf("%v, %v", report, err)
		}
	}
}

// Where a change needs time to be known, the step is tried again.
func TestRunSettles(t *testing.T) {
	t.Parallel()
	s := pooltest.Start(t, pooltest.PropagationDelay(30*time.Minute))
	cfg := config(s)
	cfg.AWS.HTTPClient = &afterRefusal{next: cfg.AWS.HTTPClient, do: func() { s.AdvanceClock(31 * time.Minute) }}
	report, err := quickstart.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range report.Steps {
		want := 1
		if step.Operation == "GetCredentialsForIdentity" {
			want = 2
		}
		if step.Attempts != want {
			t.Errorf("%s: %d attempts", step, step.Attempts)
		}
	}
	if line := report.Steps[11].String(); !strings.Contains(line, "(2 attempts)") || !strings.Contains(line, "12/13 ok") {
		t.Errorf("the progress line %q does not tell the attempts", line)
	}
}

// afterRefusal does something when the server refuses a call.
type afterRefusal struct {
	next aws.HTTPClient
	do   func()
}

func (a *afterRefusal) Do(r *http.Request) (*http.Response, error) {
	res, err := a.next.Do(r)
	if err == nil && res.StatusCode == http.StatusBadRequest {
		a.do()
	}
	return res, err
}

func TestRunGivesUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settle time.Duration
		enough func(attempts int) bool
	}{
		"after the bound": {500 * time.Millisecond, func(n int) bool { return n == 2 }},
		"at once":         {-1, func(n int) bool { return n == 1 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := pooltest.Start(t, pooltest.PropagationDelay(time.Hour))
			cfg := config(s)
			cfg.Settle = c.settle
			report, err := quickstart.Run(t.Context(), cfg)
			var step *quickstart.StepError
			if !errors.As(err, &step) || step.Number != 12 || step.Service != "cognito-identity" || step.Operation != "GetCredentialsForIdentity" {
				t.Fatalf("got %v", err)
			}
			var cause *identitytypes.InvalidIdentityPoolConfigurationException
			if !errors.As(err, &cause) || !strings.HasPrefix(err.Error(), "step 12 of 13, cognito-identity GetCredentialsForIdentity: ") {
				t.Errorf("got %v", err)
			}
			last := report.Steps[len(report.Steps)-1]
			if len(report.Steps) != 12 || !last.Failed || !c.enough(last.Attempts) || !strings.Contains(last.String(), "FAILED") {
				t.Errorf("the last step is %s after %d attempts", last, last.Attempts)
			}
			if report.IdentityID == "" || report.AccessKeyID != "" {
				t.Errorf("the report is %+v", report)
			}
		})
	}
}

// An error that time does not mend is not tried again.
func TestRunDoesNotRepeatRefusals(t *testing.T) {
	t.Parallel()
	s := pooltest.Start(t)
	cfg := config(s)
	cfg.Password = "short"
	report, err := quickstart.Run(t.Context(), cfg)
	var cause *types.InvalidPasswordException
	var step *quickstart.StepError
	if !errors.As(err, &cause) || !errors.As(err, &step) || step.Number != 3 {
		t.Fatalf("got %v", err)
	}
	if last := report.Steps[len(report.Steps)-1]; last.Attempts != 1 {
		t.Errorf("%d attempts", last.Attempts)
	}
}

// A run that is ended while it waits ends at once and still reports.
func TestRunIsCancelled(t *testing.T) {
	t.Parallel()
	s := pooltest.Start(t, pooltest.PropagationDelay(time.Hour))
	ctx, cancel := context.WithCancel(t.Context())
	cfg := config(s)
	cfg.Progress = func(step quickstart.Step) {
		if step.Number == 11 {
			time.AfterFunc(100*time.Millisecond, cancel)
		}
	}
	began := time.Now()
	report, err := quickstart.Run(ctx, cfg)
	if err == nil || time.Since(began) > quickstart.DefaultSettle/2 {
		t.Errorf("%v after %v", err, time.Since(began))
	}
	if err := quickstart.Cleanup(t.Context(), s.Config(), report); err != nil {
		t.Error(err)
	}
	wantNothing(t, s.Config())
}

// failing answers one operation with a fault of the server instead of sending
// it.
type failing struct {
	operation string
	next      aws.HTTPClient
}

func (f *failing) Do(r *http.Request) (*http.Response, error) {
	operation := r.Header.Get("X-Amz-Target")
	if operation == "" {
		form, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(form))
		operation, _, _ = strings.Cut(string(form), "&")
	}
	if !strings.HasSuffix(operation, "."+f.operation) && operation != "Action="+f.operation {
		return f.next.Do(r)
	}
	return &http.Response{
		StatusCode: http.StatusInternalServerError, Header: http.Header{"X-Amzn-Errortype": {"InternalErrorException"}},
		Body: io.NopCloser(strings.NewReader(`{"message":"out of order"}`)), Request: r,
	}, nil
}

// Wherever a run fails, what it made can be cleaned up.
func TestCleanupAfterEachStep(t *testing.T) {
	t.Parallel()
	s := pooltest.Start(t)
	for i, operation := range operations {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			account := s.ConfigFor(aws.Credentials{AccessKeyID: fmt.Sprint(100000000000 + i), SecretAccessKey: "test"})
			cfg := quickstart.Config{AWS: account, Email: email, Password: password}
			cfg.AWS.HTTPClient = &failing{operation, cfg.AWS.HTTPClient}
			report, err := quickstart.Run(t.Context(), cfg)
			var step *quickstart.StepError
			if !errors.As(err, &step) || step.Number != i+1 || step.Operation != operation {
				t.Fatalf("got %v", err)
			}
			if err := quickstart.Cleanup(t.Context(), account, report); err != nil {
				t.Error(err)
			}
			wantNothing(t, account)
		})
	}
}

// wantNothing checks that the account is empty.
func wantNothing(t *testing.T, cfg aws.Config) {
	t.Helper()
	pools, err := cognitoidentityprovider.NewFromConfig(cfg).ListUserPools(t.Context(), &cognitoidentityprovider.ListUserPoolsInput{MaxResults: aws.Int32(60)})
	if err != nil || len(pools.UserPools) != 0 {
		t.Errorf("user pools: %v, %v", pools, err)
	}
	identityPools, err := cognitoidentity.NewFromConfig(cfg).ListIdentityPools(t.Context(), &cognitoidentity.ListIdentityPoolsInput{MaxResults: aws.Int32(60)})
	if err != nil || len(identityPools.IdentityPools) != 0 {
		t.Errorf("identity pools: %v, %v", identityPools, err)
	}
	roles, err := iam.NewFromConfig(cfg).ListRoles(t.Context(), &iam.ListRolesInput{})
	if err != nil || len(roles.Roles) != 0 {
		t.Errorf("roles: %v, %v", roles, err)
	}
	policies, err := iam.NewFromConfig(cfg).ListPolicies(t.Context(), &iam.ListPoliciesInput{Scope: iamtypes.PolicyScopeTypeLocal})
	if err != nil || len(policies.Policies) != 0 {
		t.Errorf("policies: %v, %v", policies, err)
	}
}

// What cannot be deleted is said, and the rest is deleted.
func TestCleanupGoesOn(t *testing.T) {
	t.Parallel()
	s := pooltest.Start(t)
	report, err := quickstart.Run(t.Context(), config(s))
	if err != nil {
		t.Fatal(err)
	}
	_, err = iam.NewFromConfig(s.Config()).PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{
		RoleName: &report.RoleName, PolicyName: aws.String("kept"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	err = quickstart.Cleanup(t.Context(), s.Config(), report)
	var conflict *iamtypes.DeleteConflictException
	if !errors.As(err, &conflict) || !strings.Contains(err.Error(), "DeleteRole") {
		t.Errorf("got %v", err)
	}
	if _, err := iam.NewFromConfig(s.Config()).DeleteRolePolicy(t.Context(), &iam.DeleteRolePolicyInput{RoleName: &report.RoleName, PolicyName: aws.String("kept")}); err != nil {
		t.Fatal(err)
	}
	if err := quickstart.Cleanup(t.Context(), s.Config(), report); err != nil {
		t.Error(err)
	}
	wantNothing(t, s.Config())
}

// Neither the configuration nor the report shows the user's password.
func TestSecretsAreNotShown(t *testing.T) {
	t.Parallel()
	s := pooltest.Start(t)
	cfg := config(s)
	report, err := quickstart.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("run", "config", cfg)
	asJSON, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprint(cfg), fmt.Sprintf("%v %+v %#v %s", cfg, cfg, cfg, cfg), log.String(), string(asJSON), fmt.Sprintf("%+v", report)} {
		if strings.Contains(text, password) || strings.Contains(text, email) {
			t.Errorf("shown: %s", text)
		}
	}
}
