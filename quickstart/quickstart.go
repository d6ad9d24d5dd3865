// Package quickstart runs the chain that gives a user of an application AWS
// credentials: thirteen calls that make a user pool with a client and a user,
// an identity pool, an IAM policy and a role, sign the user in and exchange the
// ID token for credentials of the role.
//
// The calls, in order: CreateUserPool, CreateUserPoolClient, SignUp,
// AdminConfirmSignUp, CreateIdentityPool, CreatePolicy, CreateRole,
// AttachRolePolicy, SetIdentityPoolRoles, AdminInitiateAuth, GetId,
// GetCredentialsForIdentity, and GetCallerIdentity with the credentials that
// came out. The chain ends with
//
//	arn:aws:sts::<account>:assumed-role/<role>/CognitoIdentityCredentials
//
// It is written on the official SDK's clients, so it runs against AWS and
// against Poolhouse alike; only the [aws.Config] differs:
//
//	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(quickstart.DefaultRegion))
//	report, err := quickstart.Run(ctx, quickstart.Config{AWS: cfg, Email: "me@example.com", Password: password})
//	fmt.Println(report.CallerARN)
//	err = quickstart.Cleanup(ctx, cfg, report)
//
// The caller needs the right to make all of these resources. The user pool's
// password policy applies to the password. Run takes about a second on
// Poolhouse and fits into the 30 seconds of a small Lambda function on AWS,
// where IAM's changes take some seconds to be seen everywhere: instead of a
// fixed pause, a step that AWS refuses meanwhile is tried again, with growing
// pauses and a bound ([Config.Settle]).
package quickstart

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// The defaults of [Config].
const (
	DefaultRegion       = "ap-northeast-1"
	DefaultUserPool     = "test"
	DefaultClient       = "test"
	DefaultIdentityPool = "test"
	DefaultPath         = "/service-role/"
	DefaultPolicy       = "userpool-authorized-policy"
	DefaultRole         = "userpool-authorized-role"
	DefaultSettle       = 20 * time.Second
)

// Config is the input of [Run]. AWS, Email and Password are required; what is
// empty of the others takes its default.
type Config struct {
	// AWS has the credentials, the region and, for Poolhouse, the endpoint. An
	// empty region means DefaultRegion.
	AWS aws.Config
	// Email is the user's e-mail address and username, Password the password.
	// Neither is logged or reported.
	Email, Password string
	// UserPool, Client and IdentityPool are the names of what is made.
	UserPool, Client, IdentityPool string
	// Path, Policy and Role name the IAM resources. When the account has a policy
	// or role of that name, a suffix is added, so that a second run does not
	// collide with the first.
	Path, Policy, Role string
	// Settle bounds how long one step is tried again while AWS's earlier changes
	// spread. Less than zero means not at all.
	Settle time.Duration
	// Progress is called after each step; nil means that nobody listens.
	Progress func(Step)
}

// LogValue leaves out the user's name and password.
func (c Config) LogValue() slog.Value {
	return slog.GroupValue(slog.String("region", c.AWS.Region), slog.String("userPool", c.UserPool), slog.String("role", c.Role))
}

// String leaves out the user's name and password, as do all forms of printing.
func (c Config) String() string { return "quickstart.Config{" + c.AWS.Region + "}" }

// GoString is String.
func (c Config) GoString() string { return c.String() }

func (c *Config) setDefaults() error {
	if c.Email == "" || c.Password == "" {
		return errors.New("quickstart: the e-mail address and the password are required")
	}
	if c.AWS.Region == "" {
		c.AWS.Region = DefaultRegion
	}
	for _, d := range []struct {
		value *string
		def   string
	}{
		{&c.UserPool, DefaultUserPool}, {&c.Client, DefaultClient}, {&c.IdentityPool, DefaultIdentityPool},
		{&c.Path, DefaultPath}, {&c.Policy, DefaultPolicy}, {&c.Role, DefaultRole},
	} {
		if *d.value == "" {
			*d.value = d.def
		}
	}
	if c.Settle == 0 {
		c.Settle = DefaultSettle
	}
	if c.Progress == nil {
		c.Progress = func(Step) {}
	}
	return nil
}

// runner is one run: the configuration, the clients and the report that grows.
type runner struct {
	cfg     Config
	clients clients
	report  *Report
	// secrets of the run, which the report leaves out
	idToken     string
	credentials aws.Credentials
}

// Run makes the thirteen calls. The report says what was made, also when a
// step fails: the error is then a [*StepError], and [Cleanup] takes the report.
func Run(ctx context.Context, cfg Config) (*Report, error) {
	if err := cfg.setDefaults(); err != nil {
		return nil, err
	}
	r := &runner{cfg: cfg, clients: newClients(cfg.AWS), report: &Report{Region: cfg.AWS.Region}}
	for i, s := range r.steps() {
		if err := r.step(ctx, i+1, s); err != nil {
			return r.report, err
		}
	}
	return r.report, nil
}

// stepFunc makes one call and returns a short text about its result.
type stepFunc struct {
	service, operation string
	run                func(context.Context) (string, error)
}

func (r *runner) steps() []stepFunc {
	return []stepFunc{
		{"cognito-idp", "CreateUserPool", r.createUserPool},
		{"cognito-idp", "CreateUserPoolClient", r.createUserPoolClient},
		{"cognito-idp", "SignUp", r.signUp},
		{"cognito-idp", "AdminConfirmSignUp", r.adminConfirmSignUp},
		{"cognito-identity", "CreateIdentityPool", r.createIdentityPool},
		{"iam", "CreatePolicy", r.createPolicy},
		{"iam", "CreateRole", r.createRole},
		{"iam", "AttachRolePolicy", r.attachRolePolicy},
		{"cognito-identity", "SetIdentityPoolRoles", r.setIdentityPoolRoles},
		{"cognito-idp", "AdminInitiateAuth", r.adminInitiateAuth},
		{"cognito-identity", "GetId", r.getID},
		{"cognito-identity", "GetCredentialsForIdentity", r.getCredentialsForIdentity},
		{"sts", "GetCallerIdentity", r.getCallerIdentity},
	}
}

func (r *runner) step(ctx context.Context, number int, s stepFunc) error {
	start := time.Now()
	result, attempts, err := r.settle(ctx, s)
	step := Step{
		Number: number, Service: s.service, Operation: s.operation, Result: result,
		Attempts: attempts, Took: time.Since(start), Failed: err != nil,
	}
	r.report.Steps = append(r.report.Steps, step)
	r.cfg.Progress(step)
	if err != nil {
		return &StepError{Number: number, Service: s.service, Operation: s.operation, Err: err}
	}
	return nil
}

// Pauses between attempts start at firstPause and double up to maxPause.
const (
	firstPause = 200 * time.Millisecond
	maxPause   = 2 * time.Second
)

// settle runs the step, again and again while its error is one that goes away
// when earlier changes have spread.
func (r *runner) settle(ctx context.Context, s stepFunc) (result string, attempts int, err error) {
	deadline := time.Now().Add(r.cfg.Settle)
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		attempts++
		result, err = s.run(ctx)
		if err == nil || !settling(err) || time.Now().Add(pause).After(deadline) {
			return result, attempts, err
		}
		select {
		case <-ctx.Done():
			return "", attempts, err
		case <-time.After(pause):
		}
	}
}

// unique adds a suffix to a name that is taken.
func unique(name string) string {
	return fmt.Sprintf("%s-%s", name, rand.Text()[:8])
}
