package server_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

// common are the codes that every operation of a service may answer beside
// those that its model declares.
var common = map[string][]string{
	"cognito-idp":      {"InvalidParameterException", "SerializationException", "NotImplementedException", "AccessDeniedException", "NotAuthorizedException", "ResourceNotFoundException"},
	"cognito-identity": {"ValidationException", "InvalidParameterException", "SerializationException", "NotImplementedException", "AccessDeniedException"},
	"iam":              {"ValidationError", "MalformedInput", "NotImplemented", "AccessDenied", "InvalidInput"},
	"sts":              {"ValidationError", "MalformedInput", "NotImplemented", "AccessDenied", "InvalidParameterValue"},
}

// inputs makes hostile inputs of an operation as JSON values: missing, unknown,
// over-long, pattern-breaking and wrong-typed members.
func inputs(in reflect.Type) map[string]any {
	return map[string]any{
		"missing":          map[string]any{},
		"unknown ids":      fill(in, 0, sample),
		"empty texts":      fill(in, 0, func(string) any { return "" }),
		"over-long":        fill(in, 0, func(string) any { return strings.Repeat("x", 140000) }),
		"pattern-breaking": fill(in, 0, func(string) any { return "\u0000 \u2028'\"<&>%s\\" }),
		"wrong type":       fill(in, 0, func(string) any { return 12345 }),
		"nested":           fill(in, 0, func(string) any { return []any{map[string]any{}} }),
		"null":             fill(in, 0, func(string) any { return nil }),
	}
}

// sample is a well-formed value that means nothing to the server.
func sample(name string) any {
	switch {
	case name == "UserPoolId":
		return "us-east-1_AAAAAAAAA"
	case strings.HasSuffix(name, "IdentityPoolId"), name == "IdentityId":
		return "us-east-1:00000000-0000-4000-8000-000000000000"
	case strings.HasSuffix(name, "Arn"), strings.HasSuffix(name, "ARN"):
		return "arn:aws:iam::123456789012:role/nobody"
	case strings.Contains(name, "Document"), name == "Policy":
		return `{"Version":"2012-10-17","Statement":[]}`
	}
	return "nobody"
}

// fill makes a value for every member of a struct.
func fill(t reflect.Type, depth int, text func(name string) any) map[string]any {
	out := map[string]any{}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.IsExported() && f.Name != "ResultMetadata" {
			out[f.Name] = fillValue(f.Type, f.Name, depth, text)
		}
	}
	return out
}

func fillValue(t reflect.Type, name string, depth int, text func(name string) any) any {
	switch t.Kind() {
	case reflect.Pointer:
		return fillValue(t.Elem(), name, depth, text)
	case reflect.String:
		return text(name)
	case reflect.Bool:
		return true
	case reflect.Int32, reflect.Int64, reflect.Float64:
		return 1
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "AAAA"
		}
		return []any{fillValue(t.Elem(), name, depth, text)}
	case reflect.Map:
		return map[string]any{"key": fillValue(t.Elem(), name, depth, text)}
	case reflect.Struct:
		if t.PkgPath() == "time" {
			return 1
		}
		if depth < 3 {
			return fill(t, depth+1, text)
		}
	}
	return nil
}

// flatten writes a value as parameters of a Query request.
func flatten(form url.Values, prefix string, v any) {
	switch v := v.(type) {
	case nil:
	case map[string]any:
		for k, e := range v {
			flatten(form, strings.TrimPrefix(prefix+"."+k, "."), e)
		}
	case []any:
		for i, e := range v {
			flatten(form, fmt.Sprintf("%s.member.%d", prefix, i+1), e)
		}
	default:
		form.Set(prefix, fmt.Sprint(v))
	}
}

var xmlCode = regexp.MustCompile(`<Code>([^<]*)</Code>`)

// Whatever an operation is sent, it answers with success, with an error that
// its model declares or with one of the common ones: never with a fault of the
// server's own.
func TestHostileInputs(t *testing.T) {
	t.Parallel()
	f := start(t)
	for _, svc := range []*awswire.Service{awswire.CognitoIDP, awswire.CognitoIdentity, awswire.IAM, awswire.STS} {
		for _, op := range awswire.Operations(svc) {
			for kind, in := range inputs(op.In) {
				var a answer
				code := ""
				if svc.Target != "" {
					body, err := json.Marshal(in)
					if err != nil {
						t.Fatal(err)
					}
					a = f.signedJSON(svc.Name, svc.Target+"."+op.Name, string(body))
					code = strings.TrimSuffix(a.Header.Get("X-Amzn-Errortype"), ":")
				} else {
					form := url.Values{"Action": {op.Name}, "Version": {svc.Version}}
					flatten(form, "", in)
					a = f.signedForm(svc.Name, form.Encode())
					if m := xmlCode.FindStringSubmatch(a.body); m != nil {
						code = m[1]
					}
				}
				ok := a.StatusCode == 200 && code == "" || a.StatusCode < 500 || strings.HasPrefix(code, "NotImplemented")
				ok = ok && (code == "" || slices.Contains(op.Errors, code) || slices.Contains(common[svc.Name], code))
				if !ok {
					t.Errorf("%s %s, %s: %d %s", svc.Name, op.Name, kind, a.StatusCode, a.body[:min(400, len(a.body))])
				}
			}
		}
	}
}
