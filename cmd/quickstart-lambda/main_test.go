package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolhouse-id/poolhouse/pooltest"
	"github.com/poolhouse-id/poolhouse/quickstart"
)

const (
	email    = "user@example.com"
	password = "Correct-horse-7"
	// apiVersion is the path of the Lambda runtime API.
	apiVersion = "/2018-06-01/runtime"
)

// bootstrap is the path of the function, built once for the runtime as the
// package's documentation says.
var bootstrap string

func TestMain(m *testing.M) { os.Exit(build(m)) }

func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "quickstart-lambda-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	bootstrap = filepath.Join(dir, "bootstrap")
	if out, err := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", bootstrap, ".").CombinedOutput(); err != nil {
		panic(fmt.Sprintf("go build: %v\n%s", err, out))
	}
	return m.Run()
}

// invocation is an event for the function and what it answers.
type invocation struct {
	event   string
	timeout time.Duration

	report  []byte
	failure *failure
	// handed is when the function got it, took how long it needed.
	handed time.Time
	took   time.Duration
}

// failure is the body that a function posts to .../error.
type failure struct {
	ErrorType    string `json:"errorType"`
	ErrorMessage string `json:"errorMessage"`
}

// runtimeAPI is the side of the Lambda service: it hands out the invocations
// in their order, and takes one answer for each.
type runtimeAPI struct {
	t       *testing.T
	mu      sync.Mutex
	next    int
	waiting []*invocation
	done    chan struct{}
}

func (a *runtimeAPI) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+apiVersion+"/invocation/next", a.serveNext)
	mux.HandleFunc("POST "+apiVersion+"/invocation/{id}/response", func(w http.ResponseWriter, r *http.Request) {
		a.answered(w, r, func(i *invocation, body []byte) error { i.report = body; return nil })
	})
	mux.HandleFunc("POST "+apiVersion+"/invocation/{id}/error", func(w http.ResponseWriter, r *http.Request) {
		a.answered(w, r, func(i *invocation, body []byte) error {
			i.failure = &failure{}
			return json.Unmarshal(body, i.failure)
		})
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		a.t.Errorf("the function called %s %s", r.Method, r.URL.Path)
		http.NotFound(w, r)
	})
	return mux
}

// serveNext blocks when there is nothing more to do, as the service does.
func (a *runtimeAPI) serveNext(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	n := a.next
	a.next++
	if n < len(a.waiting) {
		a.waiting[n].handed = time.Now()
	}
	a.mu.Unlock()
	if n >= len(a.waiting) {
		<-r.Context().Done()
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Lambda-Runtime-Aws-Request-Id", "request-"+strconv.Itoa(n))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:ap-northeast-1:123456789012:function:quickstart")
	h.Set("Lambda-Runtime-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0")
	h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(a.waiting[n].timeout).UnixMilli(), 10))
	io.WriteString(w, a.waiting[n].event) //nolint:errcheck // the function ended
}

func (a *runtimeAPI) answered(w http.ResponseWriter, r *http.Request, take func(*invocation, []byte) error) {
	n, err := strconv.Atoi(strings.TrimPrefix(r.PathValue("id"), "request-"))
	if err != nil || n < 0 || n >= len(a.waiting) {
		a.t.Errorf("an answer to the unknown request %q", r.PathValue("id"))
		http.NotFound(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting[n].took = time.Since(a.waiting[n].handed)
	if err == nil {
		err = take(a.waiting[n], body)
	}
	if err != nil {
		a.t.Errorf("the answer of request %d: %v", n, err)
	}
	w.WriteHeader(http.StatusAccepted)
	if n == len(a.waiting)-1 {
		close(a.done)
	}
}

// run runs the function until it has answered every invocation, and returns
// its log.
func run(t *testing.T, srv *pooltest.Server, env []string, invocations ...*invocation) (log string) {
	t.Helper()
	for _, i := range invocations {
		if i.timeout == 0 {
			i.timeout = 30 * time.Second
		}
	}
	api := &runtimeAPI{t: t, waiting: invocations, done: make(chan struct{})}
	service := httptest.NewServer(api.handler())
	defer service.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, bootstrap)
	cmd.Env = append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(service.URL, "http://"),
		"AWS_LAMBDA_FUNCTION_NAME=quickstart", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128", "_HANDLER=bootstrap",
		"AWS_ENDPOINT_URL=" + srv.URL, "AWS_REGION=" + srv.Region,
		"AWS_ACCESS_KEY_ID=" + srv.Credentials().AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + srv.Credentials().SecretAccessKey,
		"AWS_MAX_ATTEMPTS=1", "AWS_EC2_METADATA_DISABLED=true", "HOME=" + t.TempDir(),
	}, env...)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-api.done:
		cancel()
		<-ended
	case err := <-ended:
		t.Fatalf("the function ended: %v\n%s", err, out.String())
	case <-time.After(time.Minute):
		cancel()
		<-ended
		t.Fatalf("the function does not answer\n%s", out.String())
	}
	return out.String()
}

// decode reads the report of an invocation that must have succeeded.
func (i *invocation) decode(t *testing.T) *quickstart.Report {
	t.Helper()
	if i.failure != nil {
		t.Fatalf("it failed: %+v", i.failure)
	}
	var report quickstart.Report
	if err := json.Unmarshal(i.report, &report); err != nil {
		t.Fatalf("%v in %s", err, i.report)
	}
	return &report
}

func poolsOf(t *testing.T, cfg aws.Config) int {
	t.Helper()
	out, err := cognitoidentityprovider.NewFromConfig(cfg).ListUserPools(t.Context(),
		&cognitoidentityprovider.ListUserPoolsInput{MaxResults: aws.Int32(60)})
	if err != nil {
		t.Fatal(err)
	}
	return len(out.UserPools)
}

// One function instance answers several events, each with its own report.
func TestFunctionReports(t *testing.T) {
	t.Parallel()
	srv := pooltest.Start(t, pooltest.Region("ap-northeast-1"), pooltest.Strict())
	first, second := &invocation{event: `{}`}, &invocation{event: `{"emailAddress":"other@example.com","cleanup":true}`}
	log := run(t, srv, []string{"EmailAddress=" + email, "password=" + password}, first, second)
	for n, i := range []*invocation{first, second} {
		report := i.decode(t)
		want := "arn:aws:sts::123456789012:assumed-role/" + report.RoleName + "/CognitoIdentityCredentials"
		if report.CallerARN != want || report.CallerUserID != report.RoleID+":CognitoIdentityCredentials" || len(report.Steps) != 13 {
			t.Errorf("invocation %d: %s", n, i.report)
		}
		if report.Region != "ap-northeast-1" {
			t.Errorf("invocation %d ran in %s", n, report.Region)
		}
	}
	if first.decode(t).UserPoolID == second.decode(t).UserPoolID {
		t.Error("both runs have one pool")
	}
	if n := poolsOf(t, srv.Config()); n != 1 {
		t.Errorf("%d pools are left, want that of the first run alone", n)
	}
	for what, text := range map[string]string{"log": log, "first report": string(first.report), "second report": string(second.report)} {
		if strings.Contains(text, password) || strings.Contains(text, srv.Credentials().SecretAccessKey) {
			t.Errorf("a secret is in the %s", what)
		}
	}
	if !strings.Contains(log, "13/13") {
		t.Errorf("the steps are not in the log:\n%s", log)
	}
}

func TestFunctionFails(t *testing.T) {
	t.Parallel()
	srv := pooltest.Start(t)
	account := 100000000000
	for name, c := range map[string]struct {
		env     []string
		event   string
		kind    string
		message string
	}{
		"a password against the policy": {
			[]string{"EmailAddress=" + email, "password=secret-but-weak"}, `{"cleanup":true}`,
			"StepError", "step 3 of 13, cognito-idp SignUp",
		},
		"no password": {
			[]string{"EmailAddress=" + email}, `{}`, "errorString", "the e-mail address and the password are required",
		},
		"no e-mail address": {
			[]string{"password=" + password}, `{}`, "errorString", "the e-mail address and the password are required",
		},
		"an event that is no object": {
			[]string{"EmailAddress=" + email, "password=" + password}, `[]`, "UnmarshalTypeError", "cannot unmarshal array",
		},
		"a secret that there is not": {
			[]string{"EmailAddress=" + email, "PasswordSecret=quickstart"}, `{}`, "", "the secret quickstart",
		},
	} {
		account++
		cfg := srv.ConfigFor(aws.Credentials{AccessKeyID: strconv.Itoa(account), SecretAccessKey: "test"})
		env := append([]string{"AWS_ACCESS_KEY_ID=" + strconv.Itoa(account)}, c.env...)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := &invocation{event: c.event}
			log := run(t, srv, env, i)
			if i.failure == nil {
				t.Fatalf("it answered %s", i.report)
			}
			if !strings.Contains(i.failure.ErrorMessage, c.message) || i.failure.ErrorType == "" || !strings.Contains(i.failure.ErrorType, c.kind) {
				t.Errorf("%+v, want the type %q and %q", i.failure, c.kind, c.message)
			}
			if strings.Contains(log+i.failure.ErrorMessage, "secret-but-weak") || strings.Contains(log+i.failure.ErrorMessage, password) {
				t.Errorf("the password is shown: %s\n%s", i.failure.ErrorMessage, log)
			}
			if n := poolsOf(t, cfg); n != 0 {
				t.Errorf("%d pools are left", n)
			}
		})
	}
}

// The function's deadline, which the runtime API names in a header, ends a run
// in time for its clean-up.
func TestFunctionKeepsItsDeadline(t *testing.T) {
	t.Parallel()
	// Roles settle after an hour only: the run waits until its time is up.
	srv := pooltest.Start(t, pooltest.PropagationDelay(time.Hour))
	i := &invocation{event: `{"cleanup":true}`, timeout: cleanUpReserve + 3*time.Second}
	run(t, srv, []string{"EmailAddress=" + email, "password=" + password}, i)
	if i.took > i.timeout || i.took < i.timeout-cleanUpReserve-time.Second {
		t.Errorf("it took %v of %v", i.took, i.timeout)
	}
	// A slow machine may not come as far as step 12.
	if i.failure == nil || i.failure.ErrorType != "StepError" || !strings.Contains(i.failure.ErrorMessage, "GetCredentialsForIdentity") && !strings.Contains(i.failure.ErrorMessage, "deadline exceeded") {
		t.Errorf("got %+v, %s", i.failure, i.report)
	}
	if n := poolsOf(t, srv.Config()); n != 0 {
		t.Errorf("%d pools are left", n)
	}
}
