package awswire

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"reflect"
	"testing"

	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

// invokeUnchecked calls an operation with an input whose members are all set,
// so that the client sends it.
func invokeUnchecked(svc *Service, operation string, inType reflect.Type, do answers) (any, error) {
	in := reflect.New(inType)
	fill(rand.New(rand.NewPCG(1, 1)), planOf(inType), in.Elem())
	return invoke(svc, operation, in.Interface(), do)
}

// TestSDKReadsOurAnswers has the SDK read an answer with every member set, of
// every operation, over HTTP.
func TestSDKReadsOurAnswers(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 7))
	for _, svc := range allServices {
		for _, op := range Operations(svc) {
			inType, outType, ok := sdkTypes(svc, op.Name)
			if !ok {
				continue
			}
			want := reflect.New(outType)
			fill(r, planOf(outType), want.Elem())
			got, err := invokeUnchecked(svc, op.Name, inType, recorded(func(w http.ResponseWriter, _ *http.Request) {
				if err := WriteResult(w, svc, FormatOf(svc, ""), op.Name, "req-1", want.Interface()); err != nil {
					t.Errorf("%s: %v", op.Name, err)
				}
			}))
			if err != nil {
				t.Errorf("%s: %v", op.Name, err)
				continue
			}
			decodeDocuments(planOf(outType), reflect.ValueOf(got).Elem())
			if diff := cmp.Diff(want.Interface(), got, sameOutput...); diff != "" {
				t.Errorf("%s: the client reads something else:\n%s", op.Name, diff)
			}
		}
	}
}

// TestWeReadSDKRequests has the SDK send a request with every member set, of
// every operation.
func TestWeReadSDKRequests(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(9, 9))
	for _, svc := range allServices {
		for _, op := range Operations(svc) {
			inType, _, ok := sdkTypes(svc, op.Name)
			if !ok {
				continue
			}
			want, got := reflect.New(inType), reflect.New(inType)
			fill(r, planOf(inType), want.Elem())
			_, _ = invoke(svc, op.Name, want.Interface(), recorded(func(w http.ResponseWriter, r *http.Request) {
				err := r.ParseForm()
				if svc.Target != "" {
					err = DecodeJSON(readAll(t, r.Body), got.Interface())
				} else if err == nil {
					err = DecodeQuery(r.PostForm, got.Interface())
				}
				if err != nil {
					t.Errorf("%s: %v", op.Name, err)
				}
			}))
			if diff := cmp.Diff(want.Interface(), got.Interface(), sameOutput...); diff != "" {
				t.Errorf("%s: we read something else:\n%s", op.Name, diff)
			}
		}
	}
}

// TestSDKReadsOurErrors has the SDK read every declared error of every
// operation.
func TestSDKReadsOurErrors(t *testing.T) {
	t.Parallel()
	for _, svc := range allServices {
		for _, op := range Operations(svc) {
			inType, _, ok := sdkTypes(svc, op.Name)
			if !ok {
				continue
			}
			for _, code := range op.Errors {
				sent := &Error{Code: code, Message: nasty}
				_, err := invokeUnchecked(svc, op.Name, inType, recorded(func(w http.ResponseWriter, _ *http.Request) {
					WriteError(w, svc, FormatOf(svc, ""), "req-1", sent)
				}))
				var api smithy.APIError
				if !errors.As(err, &api) || api.ErrorCode() != code || api.ErrorMessage() != nasty {
					t.Errorf("%s: %s arrives as %v", op.Name, code, err)
				}
			}
		}
	}
}
