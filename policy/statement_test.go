package policy_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/poolhouse-id/poolhouse/policy"
)

func TestStatementTexts(t *testing.T) {
	t.Parallel()
	s := policy.MustParse(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["s3:Get*","S3:*"],"NotResource":"arn:aws:s3:::a/${aws:username}",
		"Condition":{"Bool":{"aws:SecureTransport":false},"StringLike":{"s3:prefix":["a","b"]}}},{"Effect":"Allow","NotAction":"*","Resource":"*"}]}`)
	first := s.Statement(0)
	if got := first.Actions(); !slices.Equal(got, []string{"s3:Get*", "S3:*"}) {
		t.Error(got)
	}
	if got := first.Resources(); !slices.Equal(got, []string{"arn:aws:s3:::a/${aws:username}"}) {
		t.Error(got)
	}
	var got []string
	first.Conditions(func(key string, values []string) bool {
		got = append(append(got, key), values...)
		return true
	})
	if !slices.Equal(got, []string{"aws:SecureTransport", "false", "s3:prefix", "a", "b"}) {
		t.Error(got)
	}
	s.Statement(1).Conditions(func(string, []string) bool { t.Error("no condition is there"); return true })
	first.Actions()[0] = "changed"
	if first.Actions()[0] != "s3:Get*" {
		t.Error("callers can change the policy")
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		document, want string
	}{
		{"{\"Version\":\"2012-10-17\",\n \"Statement\":]", "policy: line 2, column 14: not valid JSON, or a member that occurs twice"},
		{`{"Statement":{"Effect":"Allow","Action":"a:b"}} x`, "policy: line 1, column 49: not valid JSON, or a member that occurs twice"},
		{`[]`, "policy: line 1, column 1: the document is not an object"},
		{`{"Version":"2013","Statement":{}}`, `policy: line 1, column 12: unknown Version "2013"`},
		{`{"Statement":[]}`, "policy: line 1, column 14: the list of statements is empty"},
		{`{}`, "policy: line 1, column 1: no Statement"},
		{"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\"},\n{\"Effect\":\"allow\",\"Action\":\"*\"}]}", "policy: line 2, column 11: statement 2: Effect: neither Allow nor Deny"},
		{`{"Statement":{"Effect":"Allow"}}`, "policy: line 1, column 14: no Action"},
		{`{"Statement":{"Effect":"Allow","Action":"*","Condition":{"Str":{"a":"b"}}}}`, `policy: line 1, column 64: Condition: unknown operator "Str"`},
		{`{"Statement":{"Effect":"Allow","Action":"*","Principal":{"Robot":"b"}}}`, `policy: line 1, column 57: Principal: unknown type "Robot"`},
	} {
		_, err := policy.Parse(c.document)
		var p *policy.ParseError
		if !errors.As(err, &p) || err.Error() != c.want {
			t.Errorf("%s\n%v\nwant %s", c.document, err, c.want)
		}
	}
}

func TestParsePrincipal(t *testing.T) {
	t.Parallel()
	const account = "123456789012"
	for arn, want := range map[string]policy.Principal{
		"arn:aws:iam::123456789012:root":               {Kind: policy.Root, Account: account, UserID: account},
		"arn:aws:iam::123456789012:user/a/b":           {Kind: policy.User, Account: account},
		"arn:aws:sts::123456789012:federated-user/f":   {Kind: policy.FederatedUser, Account: account, UserID: account + ":f"},
		"arn:aws:sts::123456789012:assumed-role/r/one": {Kind: policy.RoleSession, Account: account, IssuerARN: "arn:aws:iam::123456789012:role/r"},
	} {
		want.ARN = arn
		got, err := policy.ParsePrincipal(arn)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %+v, %v", arn, got, err)
		}
	}
	for _, arn := range []string{"", "ann", "arn:aws:iam::1:root", "arn:aws:iam::123456789012:role/r", "arn:aws:iam::123456789012:user/", "arn:aws:sts::123456789012:assumed-role/r", "arn:aws:sts::123456789012:assumed-role/r/a/b", "arn:aws:s3::123456789012:user/x"} {
		if p, err := policy.ParsePrincipal(arn); err == nil {
			t.Errorf("%q is %+v", arn, p)
		}
	}
}
