package awswire

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// jsonValue parses JSON for comparing.
func jsonValue(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v in %q", err, data)
	}
	return v
}

// TestRequestFixtures decodes every request that the SDK keeps as a fixture
// and has the SDK write it again.
func TestRequestFixtures(t *testing.T) {
	t.Parallel()
	for _, svc := range allServices {
		files := fixtures(t, svc, "request_snapshot", ".request.snap")
		if len(files) < 11 {
			t.Fatalf("%s: %d fixtures", svc.Name, len(files))
		}
		for _, file := range files {
			operation := strings.TrimSuffix(filepath.Base(file), ".request.snap")
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, _, body := splitFixture(t, data)
			checkRequest(t, svc, operation, body)
		}
	}
}

func checkRequest(t *testing.T, svc *Service, operation string, body []byte) {
	t.Helper()
	inType, _, ok := sdkTypes(svc, operation)
	if !ok {
		t.Fatalf("the SDK has a fixture of %s and no method", operation)
	}
	in := reflect.New(inType)
	var form url.Values
	var err error
	if svc.Target != "" {
		err = DecodeJSON(body, in.Interface())
	} else {
		form, _ = url.ParseQuery(string(body))
		err = DecodeQuery(form, in.Interface())
	}
	if err != nil {
		t.Fatalf("%s: %v", operation, err)
	}
	var sent []byte
	_, _ = invoke(svc, operation, in.Interface(), func(r *http.Request) *http.Response {
		sent, _ = io.ReadAll(r.Body)
		return &http.Response{StatusCode: 500, Body: http.NoBody}
	})
	if form != nil {
		got, _ := url.ParseQuery(string(sent))
		if diff := cmp.Diff(form, got); diff != "" {
			t.Errorf("%s: request differs:\n%s", operation, diff)
		}
	} else if diff := cmp.Diff(jsonValue(t, body), jsonValue(t, sent)); diff != "" {
		t.Errorf("%s: request differs:\n%s", operation, diff)
	}
}

// TestResponseFixtures has the SDK decode every answer that it keeps as a
// fixture, and encodes it again.
func TestResponseFixtures(t *testing.T) {
	t.Parallel()
	for _, svc := range []*Service{CognitoIDP, CognitoIdentity} {
		files := fixtures(t, svc, "response_snapshot", ".response.snap")
		if len(files) < 23 {
			t.Fatalf("%s: %d fixtures", svc.Name, len(files))
		}
		for _, file := range files {
			operation := strings.TrimSuffix(filepath.Base(file), ".response.snap")
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			checkResponse(t, svc, operation, data)
		}
	}
}

func checkResponse(t *testing.T, svc *Service, operation string, data []byte) {
	t.Helper()
	_, header, body := splitFixture(t, data)
	inType, _, _ := sdkTypes(svc, operation)
	out, err := invokeUnchecked(svc, operation, inType, func(*http.Request) *http.Response {
		return &http.Response{StatusCode: 200, Header: header, Body: io.NopCloser(bytes.NewReader(body))}
	})
	if err != nil {
		t.Fatalf("%s: %v", operation, err)
	}
	got, err := EncodeJSON(out)
	if err != nil {
		t.Fatalf("%s: %v", operation, err)
	}
	if diff := cmp.Diff(jsonValue(t, body), jsonValue(t, got)); diff != "" {
		t.Errorf("%s: answer differs:\n%s", operation, diff)
	}
}
