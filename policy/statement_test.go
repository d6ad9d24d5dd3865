package policy_test

import (
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
