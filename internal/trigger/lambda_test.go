package trigger_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/poolhouse-id/poolhouse/internal/trigger"
)

// lambdaAPI is a Lambda API with one answer.
type lambdaAPI struct {
	status  int
	headers map[string]string
	body    string
	// request is the last one.
	request *http.Request
	payload string
}

func (l *lambdaAPI) start(t *testing.T) *trigger.Lambda {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		payload, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		l.request, l.payload = r, string(payload)
		for name, value := range l.headers {
			w.Header().Set(name, value)
		}
		w.WriteHeader(l.status)
		io.WriteString(w, l.body)
	}))
	t.Cleanup(s.Close)
	return trigger.NewLambda(aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", "")}, s.URL)
}

func TestLambdaInvoke(t *testing.T) {
	t.Parallel()
	api := &lambdaAPI{status: http.StatusOK, body: `{"response":{}}`}
	out, err := api.start(t).Invoke(t.Context(), *arn("sign-up"), []byte(`{"version":"1"}`))
	if err != nil || out.Failed || string(out.Payload) != `{"response":{}}` {
		t.Fatalf("answer %+v, %v", out, err)
	}
	if api.payload != `{"version":"1"}` || !strings.HasSuffix(api.request.URL.Path, ":function:sign-up/invocations") {
		t.Errorf("request %s with %s", api.request.URL.Path, api.payload)
	}
	if got := api.request.Header.Get("Authorization"); !strings.Contains(got, "/eu-west-1/lambda/aws4_request") {
		t.Errorf("the call is not signed for the function's region: %s", got)
	}
	if got := api.request.Header.Get("X-Amz-Invocation-Type"); got != "RequestResponse" {
		t.Errorf("invocation type %q", got)
	}
}

func TestLambdaFunctionError(t *testing.T) {
	t.Parallel()
	api := &lambdaAPI{status: http.StatusOK, headers: map[string]string{"X-Amz-Function-Error": "Unhandled"}, body: `{"errorMessage":"no"}`}
	out, err := api.start(t).Invoke(t.Context(), *arn("sign-up"), []byte(`{}`))
	if err != nil || !out.Failed || string(out.Payload) != `{"errorMessage":"no"}` {
		t.Fatalf("answer %+v, %v", out, err)
	}
}

func TestLambdaPost(t *testing.T) {
	t.Parallel()
	api := &lambdaAPI{status: http.StatusAccepted}
	if err := api.start(t).Post(t.Context(), *arn("sender"), []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	if got := api.request.Header.Get("X-Amz-Invocation-Type"); got != "Event" {
		t.Errorf("invocation type %q", got)
	}
}

func TestLambdaRefuses(t *testing.T) {
	t.Parallel()
	for code, c := range map[string]struct {
		status int
		retry  bool
	}{
		"AccessDeniedException":       {http.StatusForbidden, false},
		"ResourceNotFoundException":   {http.StatusNotFound, false},
		"TooManyRequestsException":    {http.StatusTooManyRequests, true},
		"ServiceException":            {http.StatusInternalServerError, true},
		"UnrecognizedClientException": {http.StatusForbidden, false},
	} {
		api := &lambdaAPI{status: c.status, headers: map[string]string{"X-Amzn-ErrorType": code}, body: `{"Message":"no"}`}
		_, err := api.start(t).Invoke(t.Context(), *arn("sign-up"), []byte(`{}`))
		var failed *trigger.InvokeError
		if !errors.As(err, &failed) || failed.Code != code || failed.Retry != c.retry {
			t.Errorf("%s: %v", code, err)
		}
	}
}

func TestLambdaOutOfReach(t *testing.T) {
	t.Parallel()
	l := trigger.NewLambda(aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")}, "http://127.0.0.1:1")
	_, err := l.Invoke(t.Context(), *arn("sign-up"), []byte(`{}`))
	var failed *trigger.InvokeError
	if !errors.As(err, &failed) || failed.Code != "ServiceException" || !failed.Retry {
		t.Errorf("without a server: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		// The server notices that a client is gone once it has read the body.
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	defer slow.Close()
	l = trigger.NewLambda(aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")}, slow.URL)
	if _, err := l.Invoke(ctx, *arn("sign-up"), []byte(`{}`)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("without an answer: %v", err)
	}
}
