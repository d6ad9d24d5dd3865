package awswire

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/google/go-cmp/cmp"
)

func parseForm(t testing.TB, s string) url.Values {
	t.Helper()
	form, err := url.ParseQuery(s)
	if err != nil {
		t.Fatal(err)
	}
	return form
}

func TestDecodeQuery(t *testing.T) {
	t.Parallel()
	for form, want := range map[string]any{
		"": &iam.CreateRoleInput{},
		"Action=CreateRole&Version=2010-05-08&RoleName=a+b%26": &iam.CreateRoleInput{RoleName: aws.String("a b&")},
		"rolename=a&X.member.1=b":                              &iam.CreateRoleInput{},
		"RoleName=":                                            &iam.CreateRoleInput{RoleName: aws.String("")},
		"RoleName=a&RoleName=b":                                &iam.CreateRoleInput{RoleName: aws.String("a")},
		"Tags=":                                                &iam.CreateRoleInput{Tags: []iamtypes.Tag{}},
		"Tags.member.2.Key=b&Tags.member.1.Key=a&Tags.member.1.Value=": &iam.CreateRoleInput{Tags: []iamtypes.Tag{
			{Key: aws.String("a"), Value: aws.String("")}, {Key: aws.String("b")}}},
		"MaxSessionDuration=3600":   &iam.CreateRoleInput{MaxSessionDuration: aws.Int32(3600)},
		"SetAsDefault=true":         &iam.CreatePolicyVersionInput{SetAsDefault: true},
		"PolicyArns.member.1.arn=x": &sts.AssumeRoleInput{PolicyArns: []ststypes.PolicyDescriptorType{{Arn: aws.String("x")}}},
		"PolicyArns.member.1.Arn=x": &sts.AssumeRoleInput{PolicyArns: []ststypes.PolicyDescriptorType{{}}},
		"ContextEntries.member.1.ContextKeyValues.member.2=b&ContextEntries.member.1.ContextKeyValues.member.1=a": &iam.SimulateCustomPolicyInput{
			ContextEntries: []iamtypes.ContextEntry{{ContextKeyValues: []string{"a", "b"}}}},
		"PolicyExclusionList.member.1.PolicyArn=x": &iam.SimulatePrincipalPolicyInput{
			PolicyExclusionList: []iamtypes.PolicyIdentifier{&iamtypes.PolicyIdentifierMemberPolicyArn{Value: "x"}}},
		"ReplacementValues.entry.1.key=k&ReplacementValues.entry.1.value.Values.member.1=v": &iam.AcquireRoleInput{
			ReplacementValues: map[string]iamtypes.ReplacementValueEntry{"k": {Values: []string{"v"}}}},
	} {
		got := newLike(want)
		if err := DecodeQuery(parseForm(t, form), got); err != nil {
			t.Errorf("%s: %v", form, err)
		} else if diff := cmp.Diff(want, got, sameOutput...); diff != "" {
			t.Errorf("%s:\n%s", form, diff)
		}
	}
}

func TestDecodeQueryRefuses(t *testing.T) {
	t.Parallel()
	for form, in := range map[string]any{
		"Tags.member.999999999.Key=a":             &iam.CreateRoleInput{},
		"Tags.member.99999999999999999999.Key=a":  &iam.CreateRoleInput{},
		"Tags.member.2.Key=a":                     &iam.CreateRoleInput{},
		"Tags.member.1.Key=a&Tags.member.3.Key=b": &iam.CreateRoleInput{},
		"Tags.member.0.Key=a":                     &iam.CreateRoleInput{},
		"Tags.member.-1.Key=a":                    &iam.CreateRoleInput{},
		"Tags.member.01.Key=a":                    &iam.CreateRoleInput{},
		"Tags.member.+1.Key=a":                    &iam.CreateRoleInput{},
		"Tags.member.x.Key=a":                     &iam.CreateRoleInput{},
		"Tags.member=a":                           &iam.CreateRoleInput{},
		"Tags.1.Key=a":                            &iam.CreateRoleInput{},
		"Tags=a":                                  &iam.CreateRoleInput{},
		"Tags.member.1=a":                         &iam.CreateRoleInput{},
		"Tags.member.1.Key.member.1=a":            &iam.CreateRoleInput{},
		"RoleName.member.1=a":                     &iam.CreateRoleInput{},
		"RoleName.x=a":                            &iam.CreateRoleInput{},
		"MaxSessionDuration=abc":                  &iam.CreateRoleInput{},
		"MaxSessionDuration=":                     &iam.CreateRoleInput{},
		"MaxSessionDuration=99999999999":          &iam.CreateRoleInput{},
		"MaxSessionDuration=1.5":                  &iam.CreateRoleInput{},
		"RoleName=%FF":                            &iam.CreateRoleInput{},
		"SetAsDefault=yes":                        &iam.CreatePolicyVersionInput{},
		"SetAsDefault=":                           &iam.CreatePolicyVersionInput{},
		"PolicyExclusionList.member.1.X=x":        &iam.SimulatePrincipalPolicyInput{},
		"PolicyExclusionList.member.1.PolicyArn=x&PolicyExclusionList.member.1.PolicyType=y": &iam.SimulatePrincipalPolicyInput{},
		"ReplacementValues.entry.1.key=k":                                                     &iam.AcquireRoleInput{},
		"ReplacementValues.entry.1.value.Values.member.1=v":                                   &iam.AcquireRoleInput{},
		"ReplacementValues.entry.1.key=%FF&ReplacementValues.entry.1.value.Values.member.1=v": &iam.AcquireRoleInput{},
		"ReplacementValues.entry.1=v":                                                         &iam.AcquireRoleInput{},
	} {
		err := DecodeQuery(parseForm(t, form), in)
		var own *Error
		if !errors.As(err, &own) || own.Code != "MalformedInput" || own.Message == "" {
			t.Errorf("%s: %v", form, err)
		}
		if status, _ := StatusOf(IAM, err); status != http.StatusBadRequest {
			t.Errorf("%s: status %d", form, status)
		}
	}
}

// TestDecodeQueryScalars covers the kinds of members that no input of the two
// services has.
func TestDecodeQueryScalars(t *testing.T) {
	t.Parallel()
	type input struct {
		When *time.Time
		Blob []byte
	}
	for form, want := range map[string]input{
		"When=2025-03-06T12:24:58Z":                  {When: aws.Time(time.Date(2025, 3, 6, 12, 24, 58, 0, time.UTC))},
		"When=2025-03-06T12:24:58.359Z":              {When: aws.Time(time.Date(2025, 3, 6, 12, 24, 58, 359e6, time.UTC))},
		"When=2025-03-06T13:24:58%2B01:00&Blob=AAE=": {When: aws.Time(time.Date(2025, 3, 6, 12, 24, 58, 0, time.UTC)), Blob: []byte{0, 1}},
		"Blob=": {Blob: []byte{}},
	} {
		var got input
		if err := DecodeQuery(parseForm(t, form), &got); err != nil || !cmp.Equal(got, want) {
			t.Errorf("%s: %+v, %v", form, got, err)
		}
	}
	for _, form := range []string{"When=", "When=yesterday", "When=1741263898", "Blob=*"} {
		if err := DecodeQuery(parseForm(t, form), &input{}); err == nil {
			t.Errorf("%s is taken", form)
		}
	}
}

// TestQueryIndexAllocates pins that a list's index costs nothing.
func TestQueryIndexAllocates(t *testing.T) {
	form := parseForm(t, "Tags.member.2147483647.Key=a")
	bytes := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = DecodeQuery(form, &iam.CreateRoleInput{})
		}
	}).AllocedBytesPerOp()
	if bytes > 10_000 {
		t.Errorf("%d bytes", bytes)
	}
}

func FuzzDecodeQuery(f *testing.F) {
	for _, form := range []string{
		"RoleName=a&Tags.member.1.Key=k&Tags.member.1.Value=v", "Tags=", "Tags.member.999999999.Key=",
		"PolicyExclusionList.member.1.PolicyArn=x", "ReplacementValues.entry.1.key=k&ReplacementValues.entry.1.value.Values.member.1=v",
		"ContextEntries.member.1.ContextKeyValues.member.1=a", "Tags.member.1..=&.=&..member.1=",
	} {
		f.Add(form)
	}
	f.Fuzz(func(t *testing.T, text string) {
		form, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		for operation, in := range map[string]any{
			"CreateRole": &iam.CreateRoleInput{}, "AcquireRole": &iam.AcquireRoleInput{},
			"SimulatePrincipalPolicy": &iam.SimulatePrincipalPolicyInput{},
		} {
			err := DecodeQuery(form, in)
			var own *Error
			if err != nil && !errors.As(err, &own) {
				t.Fatalf("%T: %v", err, err)
			}
			if err == nil {
				_ = Validate(IAM, operation, in)
			}
		}
	})
}
