package awswire

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

var allServices = []*Service{CognitoIDP, CognitoIdentity, IAM, STS}

// answers is an HTTP client that answers every request itself.
type answers func(*http.Request) *http.Response

func (f answers) Do(r *http.Request) (*http.Response, error) { return f(r), nil }

// recorded makes answers of a handler.
func recorded(handle func(w http.ResponseWriter, r *http.Request)) answers {
	return func(r *http.Request) *http.Response {
		rec := httptest.NewRecorder()
		handle(rec, r)
		return rec.Result()
	}
}

// clientOf returns the SDK's client of a service on an HTTP client.
func clientOf(svc *Service, do answers) any {
	keys := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}, nil
	})
	cfg := aws.Config{
		Region: "us-east-1", Credentials: keys, HTTPClient: do, BaseEndpoint: aws.String("http://poolhouse.test"),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	}
	switch svc {
	case CognitoIDP:
		return cognitoidentityprovider.NewFromConfig(cfg)
	case CognitoIdentity:
		return cognitoidentity.NewFromConfig(cfg)
	case IAM:
		return iam.NewFromConfig(cfg)
	}
	return sts.NewFromConfig(cfg)
}

// invoke calls an operation of the SDK's client; in is a *Input of the SDK's.
func invoke(svc *Service, operation string, in any, do answers) (any, error) {
	m := reflect.ValueOf(clientOf(svc, do)).MethodByName(operation)
	out := m.Call([]reflect.Value{reflect.ValueOf(context.Background()), reflect.ValueOf(in)})
	err, _ := out[1].Interface().(error)
	return out[0].Interface(), err
}

// sdkTypes returns the SDK's own structs of an operation, or ok false if the
// SDK lacks it.
func sdkTypes(svc *Service, operation string) (in, out reflect.Type, ok bool) {
	m, ok := reflect.TypeOf(clientOf(svc, nil)).MethodByName(operation)
	if !ok {
		return nil, nil, false
	}
	return m.Type.In(2).Elem(), m.Type.Out(0).Elem(), true
}

// fixtures returns the SDK's fixtures of one kind, by name without suffix:
// requests are kept in request_snapshot, answers in response_snapshot.
func fixtures(t *testing.T, svc *Service, dir, suffix string) []string {
	t.Helper()
	module := reflect.TypeOf(clientOf(svc, nil)).Elem().PkgPath()
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(root)), dir, "*"+suffix))
	return files
}

// splitFixture separates a fixture's first line, headers and body.
func splitFixture(t *testing.T, data []byte) (first string, header http.Header, body []byte) {
	t.Helper()
	line, rest, _ := bytes.Cut(data, []byte("\n"))
	rest = bytes.TrimPrefix(rest, []byte("\n"))
	head, body, ok := bytes.Cut(rest, []byte("\n\n"))
	if !ok {
		t.Fatalf("no body in %q", data)
	}
	header = http.Header{}
	for l := range strings.SplitSeq(string(head), "\n") {
		name, value, _ := strings.Cut(l, ": ")
		header.Set(name, value)
	}
	return strings.TrimSpace(string(line)), header, body
}

func readAll(t *testing.T, r io.Reader) []byte {
	t.Helper()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
