package server_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/pquerna/otp/totp"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

// script runs files of calls by the Go SDK against a server, and remembers what
// each operation answered. A line is a call and what it must answer:
//
//	@ann CreateUser UserName=bob Tags=[{"Key":"a","Value":"b"}] => ID=User.UserId
//	CreateUser UserName=bob ! EntityAlreadyExists
//
// Without @ the account's root calls. ${ID} stands for a value that was taken
// from an answer, or given by the test; ${totp:SEED:30} for the code of a device
// 30 seconds ahead. Other lines are directives: "actor NAME KEY SECRET TOKEN"
// gives a caller credentials, and "clock 24h" advances the clock.
type script struct {
	*fixture
	values map[string]string
	actors map[string]aws.Config
	// answered has, by operation, the codes of its errors and "" for success.
	answered map[string]map[string]bool
}

func newScript(f *fixture, values map[string]string) *script {
	s := &script{fixture: f, values: values, actors: map[string]aws.Config{"": f.config("test", "test", ""), "other": f.config("111122223333", "test", "")}, answered: map[string]map[string]bool{}}
	return s
}

func (s *script) run(file string) {
	s.t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		s.t.Fatal(err)
	}
	for i, line := range strings.Split(string(text), "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			s.line(fmt.Sprintf("%s:%d", file, i+1), line)
		}
	}
}

func (s *script) line(at, line string) {
	s.t.Helper()
	line, code, _ := strings.Cut(line, " ! ")
	line, takes, _ := strings.Cut(line, " => ")
	words := strings.Fields(line)
	who := ""
	if name, ok := strings.CutPrefix(words[0], "@"); ok {
		who, words = name, words[1:]
	}
	switch words[0] {
	case "actor":
		words = append(words, "")
		s.actors[words[1]] = s.config(s.fill(words[2]), s.fill(words[3]), s.fill(words[4]))
		return
	case "clock":
		d, err := time.ParseDuration(words[1])
		if err != nil {
			s.t.Fatal(err)
		}
		s.clock.Advance(d)
		return
	}
	out, err := s.call(who, words[0], words[1:])
	got := ""
	if err != nil {
		var api smithy.APIError
		if !errors.As(err, &api) {
			s.t.Fatalf("%s: %v", at, err)
		}
		got = api.ErrorCode()
	}
	if code = strings.TrimSpace(code); got != code {
		s.t.Errorf("%s: %s answers %q, want %q: %v", at, words[0], got, code, err)
		return
	}
	if s.answered[words[0]] == nil {
		s.answered[words[0]] = map[string]bool{}
	}
	s.answered[words[0]][got] = true
	for _, take := range strings.Fields(takes) {
		name, path, _ := strings.Cut(take, "=")
		s.values[name] = pick(reflect.ValueOf(out), path)
		if s.values[name] == "" {
			s.t.Errorf("%s: %s has no %s", at, words[0], path)
		}
	}
}

// pick follows a path of members and indexes.
func pick(v reflect.Value, path string) string {
	for _, name := range strings.Split(path, ".") {
		for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		switch v.Kind() {
		case reflect.Struct:
			v = v.FieldByName(name)
		case reflect.Slice:
			if v.Len() == 0 {
				return ""
			}
			v = v.Index(0)
		default:
			return ""
		}
	}
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch {
	case !v.IsValid():
		return ""
	case v.Kind() == reflect.Slice:
		return string(v.Bytes())
	}
	return fmt.Sprint(v)
}

var variable = regexp.MustCompile(`\$\{([^}]+)\}`)

func (s *script) fill(text string) string {
	return variable.ReplaceAllStringFunc(text, func(m string) string {
		name := m[2 : len(m)-1]
		if rest, ok := strings.CutPrefix(name, "totp:"); ok {
			seed, ahead, _ := strings.Cut(rest, ":")
			d, err := time.ParseDuration(ahead + "s")
			if err != nil {
				s.t.Fatal(err)
			}
			code, err := totp.GenerateCode(s.values[seed], s.clock.Now().Add(d))
			if err != nil {
				s.t.Fatal(err)
			}
			return code
		}
		if rest, ok := strings.CutPrefix(name, "last4:"); ok {
			return s.values[rest][len(s.values[rest])-4:]
		}
		v, ok := s.values[name]
		if !ok {
			s.t.Fatalf("nothing is called %s", name)
		}
		return v
	})
}

// call calls the operation of the SDK's client of IAM or STS.
func (s *script) call(who, operation string, members []string) (any, error) {
	s.t.Helper()
	cfg, ok := s.actors[who]
	if !ok {
		s.t.Fatalf("nobody is called %s", who)
	}
	if operation == "GetScopedCredentials" {
		return s.scopedCredentials(cfg, members)
	}
	method := reflect.ValueOf(iam.NewFromConfig(cfg)).MethodByName(operation)
	if !method.IsValid() {
		method = reflect.ValueOf(sts.NewFromConfig(cfg)).MethodByName(operation)
	}
	if !method.IsValid() {
		s.t.Fatalf("the SDK has no %s", operation)
	}
	in := reflect.New(method.Type().In(1).Elem())
	for _, m := range members {
		s.set(in.Elem(), m)
	}
	out := method.Call([]reflect.Value{reflect.ValueOf(context.WithoutCancel(s.t.Context())), in})
	if err, failed := out[1].Interface().(error); failed {
		return nil, err
	}
	return out[0].Interface(), nil
}

func (s *script) set(in reflect.Value, member string) {
	s.t.Helper()
	name, value, _ := strings.Cut(member, "=")
	field := in.FieldByName(name)
	if !field.IsValid() {
		s.t.Fatalf("%s has no %s", in.Type(), name)
	}
	if t := field.Type(); t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.String {
		value = s.fill(value)
		field.Set(reflect.ValueOf(&value))
		return
	} else if t.Kind() == reflect.String {
		field.SetString(s.fill(value))
		return
	}
	if whole := variable.FindString(value); whole == value && whole != "" {
		value = s.fill(value)
	}
	value = variable.ReplaceAllStringFunc(value, func(m string) string {
		quoted, err := json.Marshal(s.fill(m))
		if err != nil {
			s.t.Fatal(err)
		}
		return strings.Trim(string(quoted), `"`)
	})
	if err := json.Unmarshal([]byte(value), field.Addr().Interface()); err != nil {
		s.t.Fatalf("%s: %v", member, err)
	}
}

// scopedCredentials calls GetScopedCredentials, which the SDK does not have, in
// the form that SDKs send.
func (s *script) scopedCredentials(cfg aws.Config, members []string) (any, error) {
	form := url.Values{"Action": {"GetScopedCredentials"}, "Version": {"2011-06-15"}}
	for _, m := range members {
		name, value, _ := strings.Cut(m, "=")
		form.Set(name, s.fill(value))
	}
	body := form.Encode()
	r := s.newRequest(http.MethodPost, body, "Content-Type", "application/x-www-form-urlencoded")
	creds, err := cfg.Credentials.Retrieve(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(s.t.Context(), creds, r, hex.EncodeToString(sum[:]), "sts", region, time.Now()); err != nil {
		s.t.Fatal(err)
	}
	a := s.do(r)
	var answer struct {
		Error struct{ Code, Message string }
		// GetScopedCredentialsResult is named as on the wire.
		GetScopedCredentialsResult struct {
			Credentials struct{ AccessKeyId, SecretAccessKey, SessionToken, Expiration string } //nolint:revive // as on the wire
			SessionInfo struct{ ScopedSessionId, Arn string }                                   //nolint:revive // as on the wire
		}
	}
	if err := xml.NewDecoder(bytes.NewReader([]byte(a.body))).Decode(&answer); err != nil {
		s.t.Fatal(err)
	}
	if a.StatusCode != http.StatusOK {
		return nil, &smithy.GenericAPIError{Code: answer.Error.Code, Message: answer.Error.Message}
	}
	return answer.GetScopedCredentialsResult, nil
}

// without checks that every operation that declares an error of a missing
// entity answers it for names that nobody has.
func (s *script) without(operations []awswire.OpInfo) {
	s.t.Helper()
	const arn = "arn:aws:iam::" + account + ":"
	byName := map[string]string{
		"UserName": "nobody", "GroupName": "nogroup", "RoleName": "norole", "InstanceProfileName": "noprofile", "PolicyName": "nopolicy", "PolicyArn": arn + "policy/none",
		"VersionId": "v1", "OpenIDConnectProviderArn": arn + "oidc-provider/none.example.com", "SAMLProviderArn": arn + "saml-provider/none", "SerialNumber": arn + "mfa/none",
		"ServerCertificateName": "nocert", "CertificateId": "NOCERTIFICATE00000000000", "SSHPublicKeyId": "APKANOSUCHKEY00000000", "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "JobId": "00000000-0000-0000-0000-000000000000",
		"ServiceSpecificCredentialId": "ACCANOSUCHCREDENTIAL0", "DelegationRequestId": "dr-0000000000000000", "DeletionTaskId": "task/aws-service-role/none.amazonaws.com/none/00000000-0000-0000-0000-000000000000",
		"EntityArn": arn + "delegation-request/dr-0000000000000000", "TemplateArn": "arn:aws:iam::aws:role-template/none.amazonaws.com/none:1", "PermissionsBoundary": arn + "policy/none",
		"Arn": arn + "user/nobody", "PolicySourceArn": arn + "user/nobody", "ClientID": "none", "PolicyDocument": s.values["ALLOW"], "AssumeRolePolicyDocument": s.values["TRUST"],
		"AuthenticationCode1": "123456", "AuthenticationCode2": "123456", "Password": "Correct-horse-7", "AccountAlias": "noalias", "ServiceName": "codecommit.amazonaws.com", "ServiceNamespace": "iam",
		"SSHPublicKeyBody": s.values["SSH"], "CertificateBody": s.values["CERT"], "NewUserName": "other", "Notes": "none", "Description": "none",
		"Status": "Active", "Encoding": "SSH", "ActionNames": `["iam:GetUser"]`, "Tags": `[{"Key":"a","Value":"b"}]`, "TagKeys": `["a"]`, "ThumbprintList": `["0123456789012345678901234567890123456789"]`, "ServiceNamespaces": `["iam"]`,
	}
	for _, op := range operations {
		if !contains(op.Errors, "NoSuchEntity") || unprovokedReason(op.Name, "NoSuchEntity") != "" || s.answered[op.Name]["NoSuchEntity"] {
			continue
		}
		var members []string
		for i := range op.In.NumField() {
			if value, ok := byName[op.In.Field(i).Name]; ok {
				members = append(members, op.In.Field(i).Name+"="+value)
			}
		}
		_, err := s.call("", op.Name, members)
		var api smithy.APIError
		if !errors.As(err, &api) || api.ErrorCode() != "NoSuchEntity" {
			s.t.Errorf("%s of what does not exist: %v", op.Name, err)
			continue
		}
		if s.answered[op.Name] == nil {
			s.answered[op.Name] = map[string]bool{}
		}
		s.answered[op.Name]["NoSuchEntity"] = true
	}
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}
