package awswire

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
)

func TestDecodeJSON(t *testing.T) {
	t.Parallel()
	type signUp = cognitoidentityprovider.SignUpInput
	for name, tt := range map[string]struct {
		body string
		want signUp
	}{
		"nothing":              {"", signUp{}},
		"blanks":               {" \n", signUp{}},
		"empty object":         {"{}", signUp{}},
		"blanks around":        {" {\"Username\":\"a\"} \n", signUp{Username: aws.String("a")}},
		"null":                 {`{"Username":null,"UserAttributes":null}`, signUp{}},
		"unknown members":      {`{"X":{"Y":[1,{}]},"Username":"a"}`, signUp{Username: aws.String("a")}},
		"case counts":          {`{"username":"a"}`, signUp{}},
		"last of twice":        {`{"Username":"a","Username":"b"}`, signUp{Username: aws.String("b")}},
		"null after a value":   {`{"Username":"a","Username":null}`, signUp{}},
		"shorter after longer": {`{"UserAttributes":[{"Name":"a"},{"Name":"b"}],"UserAttributes":[{}]}`, signUp{UserAttributes: []types.AttributeType{{}}}},
		"escapes":              {`{"User\u006eame":"\u0061\ud83c\udfe0\n"}`, signUp{Username: aws.String("a🏠\n")}},
		"empty list":           {`{"UserAttributes":[]}`, signUp{UserAttributes: []types.AttributeType{}}},
		"empty map":            {`{"ClientMetadata":{}}`, signUp{ClientMetadata: map[string]string{}}},
		"null in a map":        {`{"ClientMetadata":{"a":null,"b":"c"}}`, signUp{ClientMetadata: map[string]string{"b": "c"}}},
		"empty string":         {`{"Username":""}`, signUp{Username: aws.String("")}},
	} {
		var got signUp
		if err := DecodeJSON([]byte(tt.body), &got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(tt.want, got, sameOutput...); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestDecodeJSONRefuses(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{`:                          "",
		`{"Username"`:                "",
		`{"Username":}`:              "",
		`{"Username":"a"`:            "",
		`{"Username":"a",}`:          "",
		`{"Username":"a"} x`:         "",
		`{} {}`:                      "",
		`x`:                          "",
		`null`:                       "",
		`[]`:                         "",
		`"a"`:                        "",
		`{"UserAttributes":[}`:       "",
		`{"UserAttributes":[{}`:      "",
		"{\"Username\":\"\xff\"}":    "",
		`{"Username":"\ud800"}`:      "",
		"{\"\xff\":1}":               "",
		`{"X":[[[`:                   "",
		`{"Username":1}`:             "NUMBER_VALUE can not be converted to a String",
		`{"Username":true}`:          "TRUE_VALUE can not be converted to a String",
		`{"Username":false}`:         "FALSE_VALUE can not be converted to a String",
		`{"Username":{}}`:            "Start of structure or map found where not expected.",
		`{"Username":[]}`:            "Start of list found where not expected",
		`{"UserAttributes":"a"}`:     "Expected list or null",
		`{"UserAttributes":{}}`:      "Start of structure or map found where not expected.",
		`{"UserAttributes":["a"]}`:   "Expected null",
		`{"UserAttributes":[null]}`:  "Lists must not contain null",
		`{"ClientMetadata":"a"}`:     "Expected map or null",
		`{"ClientMetadata":[]}`:      "Start of list found where not expected",
		`{"ClientMetadata":{"a":1}}`: "NUMBER_VALUE can not be converted to a String",
		`{"AnalyticsMetadata":3}`:    "Expected null",
		`{"X":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`: "",
	} {
		err := DecodeJSON([]byte(body), &cognitoidentityprovider.SignUpInput{})
		var own *Error
		if !errors.As(err, &own) || own.Code != "SerializationException" || own.Message != want {
			t.Errorf("%.60q: %v, want %q", body, err, want)
		}
		if status, _ := StatusOf(CognitoIDP, err); status != http.StatusBadRequest {
			t.Errorf("%.60q: status %d", body, status)
		}
	}
}

func TestDecodeJSONScalars(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]int32{
		`{"Limit":7}`: 7, `{"Limit":-1}`: -1, `{"Limit":7.9}`: 7, `{"Limit":1e1}`: 10, `{"Limit":-2147483648}`: -1 << 31,
	} {
		var in cognitoidentityprovider.ListUsersInput
		if err := DecodeJSON([]byte(body), &in); err != nil || aws.ToInt32(in.Limit) != want {
			t.Errorf("%s: %v, %v", body, in.Limit, err)
		}
	}
	for _, body := range []string{`{"Limit":2147483648}`, `{"Limit":1e400}`, `{"Limit":"7"}`, `{"Limit":9223372036854775808}`} {
		if err := DecodeJSON([]byte(body), &cognitoidentityprovider.ListUsersInput{}); err == nil {
			t.Errorf("%s is taken", body)
		}
	}
	var image cognitoidentityprovider.SetUICustomizationInput
	if err := DecodeJSON([]byte(`{"ImageFile":"AAE="}`), &image); err != nil || string(image.ImageFile) != "\x00\x01" {
		t.Errorf("blob: %q, %v", image.ImageFile, err)
	}
	if err := DecodeJSON([]byte(`{"ImageFile":"*"}`), &image); err == nil {
		t.Error("a blob that is no base64 is taken")
	}
}

func TestDecodeJSONTimes(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]time.Time{
		`{"LastModifiedDate":1709290123}`:       time.Unix(1709290123, 0),
		`{"LastModifiedDate":1709290123.456}`:   time.UnixMilli(1709290123456),
		`{"LastModifiedDate":1.709290123456E9}`: time.UnixMilli(1709290123456),
		`{"LastModifiedDate":-1.5}`:             time.UnixMilli(-1500),
	} {
		var got types.GroupType
		if err := DecodeJSON([]byte(body), &got); err != nil || !got.LastModifiedDate.Equal(want) {
			t.Errorf("%s: %v, %v", body, got.LastModifiedDate, err)
		}
	}
	for _, body := range []string{`{"LastModifiedDate":1e300}`, `{"LastModifiedDate":"2024-01-01T00:00:00Z"}`, `{"LastModifiedDate":-1e12}`} {
		if err := DecodeJSON([]byte(body), &types.GroupType{}); err == nil {
			t.Errorf("%s is taken", body)
		}
	}
}

func TestDecodeJSONDocuments(t *testing.T) {
	t.Parallel()
	var in cognitoidentityprovider.CreateManagedLoginBrandingInput
	const settings = `{"a":[1,2.5,"x",null,true,{"b":{}}],"big":12345678901234567890}`
	if err := DecodeJSON([]byte(`{"Settings":`+settings+`}`), &in); err != nil {
		t.Fatal(err)
	}
	text, err := in.Settings.MarshalSmithyDocument()
	if err != nil || string(text) != settings {
		t.Errorf("%s, %v", text, err)
	}
	deep := `{"Settings":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`
	if err := DecodeJSON([]byte(deep), &in); err != errTooDeep {
		t.Errorf("deep document: %v", err)
	}
	for _, body := range []string{`{"Settings":[}`, `{"Settings":[1`, `{"Settings":{"a":}}`} {
		if err := DecodeJSON([]byte(body), &in); err != errNotJSON {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestEncodeJSON(t *testing.T) {
	t.Parallel()
	for want, out := range map[string]any{
		`{}`:                         &cognitoidentityprovider.SignUpInput{},
		`{"UserConfirmed":false}`:    &cognitoidentityprovider.SignUpOutput{},
		`{"Groups":[]}`:              &cognitoidentityprovider.ListGroupsOutput{Groups: []types.GroupType{}},
		`{"ChallengeParameters":{}}`: &cognitoidentityprovider.InitiateAuthOutput{ChallengeParameters: map[string]string{}},
		`{"ChallengeParameters":{"a":"<&>\n","b":"�"}}`: &cognitoidentityprovider.InitiateAuthOutput{
			ChallengeParameters: map[string]string{"b": "\xff", "a": "<&>\n"}},
		`{"Group":{"CreationDate":1709290123.456,"LastModifiedDate":1709290123.05,"Precedence":0}}`: &cognitoidentityprovider.GetGroupOutput{
			Group: &types.GroupType{
				CreationDate: aws.Time(time.UnixMilli(1709290123456)), LastModifiedDate: aws.Time(time.UnixMilli(1709290123050)),
				Precedence: aws.Int32(0),
			}},
	} {
		got, err := EncodeJSON(out)
		if diff := cmp.Diff(jsonValue(t, []byte(want)), jsonValue(t, got)); err != nil || diff != "" {
			t.Errorf("%s, %v\n%s", got, err, diff)
		}
	}
	var none *cognitoidentityprovider.SignUpOutput
	if got, err := EncodeJSON(none); err != nil || string(got) != "{}" {
		t.Errorf("nil: %s, %v", got, err)
	}
}

func TestAppendEpoch(t *testing.T) {
	t.Parallel()
	for ms, want := range map[int64]string{
		0: "0", 1000: "1", 1709290123456: "1709290123.456", 1709290123400: "1709290123.4", 1709290123050: "1709290123.05",
		1: "0.001", -1: "-0.001", -1500: "-1.5",
	} {
		if got := string(appendEpoch(nil, time.UnixMilli(ms))); got != want {
			t.Errorf("%d: %s, want %s", ms, got, want)
		}
	}
}

// TestEmbeddedStructs pins that members of an embedded struct are the outer
// struct's own.
func TestEmbeddedStructs(t *testing.T) {
	t.Parallel()
	const body = `{"ClientId":"c","RevokeAssociatedSessions":"LINKED","Token":"t"}`
	var in newops.RevokeTokenInput
	if err := DecodeJSON([]byte(body), &in); err != nil {
		t.Fatal(err)
	}
	if aws.ToString(in.Token) != "t" || in.RevokeAssociatedSessions != newops.RevokeAssociatedSessionsTypeLinked {
		t.Errorf("%+v", in)
	}
	got, err := EncodeJSON(&in)
	if diff := cmp.Diff(jsonValue(t, []byte(body)), jsonValue(t, got)); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// TestJSONKeepsDocuments pins that only Query answers encode policy documents.
func TestJSONKeepsDocuments(t *testing.T) {
	t.Parallel()
	out := &iam.GetRolePolicyOutput{PolicyDocument: aws.String(`{"a": 1}`)}
	got, err := EncodeJSON(out)
	if want := `{"PolicyDocument":"{\"a\": 1}"}`; err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
	got, err = EncodeQueryJSON(IAM, "GetRolePolicy", "id", out)
	if want := `"PolicyDocument":"%7B%22a%22%3A%201%7D"`; err != nil || !strings.Contains(string(got), want) {
		t.Errorf("%s, %v", got, err)
	}
}

func FuzzDecodeJSON(f *testing.F) {
	for _, body := range []string{
		`{"Username":"a","UserAttributes":[{"Name":"x","Value":null}],"ClientMetadata":{"a":"b"}}`,
		`{"Settings":{"a":[1,{"b":null}]},"Limit":1.5e3}`, `{"Username":`, "{\"\\ud800\":[[", "",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for operation, in := range map[string]any{
			"SignUp": &cognitoidentityprovider.SignUpInput{}, "CreateManagedLoginBranding": &cognitoidentityprovider.CreateManagedLoginBrandingInput{},
			"CreateUserPool": &newops.CreateUserPoolInput{}, "ListUsers": &cognitoidentityprovider.ListUsersInput{},
		} {
			err := DecodeJSON(body, in)
			var own *Error
			if err != nil && !errors.As(err, &own) {
				t.Fatalf("%T: %v", err, err)
			}
			if err != nil {
				continue
			}
			_ = Validate(CognitoIDP, operation, in)
			if _, err := EncodeJSON(in); err != nil {
				t.Fatalf("%q is decoded and not encoded: %v", body, err)
			}
		}
	})
}
