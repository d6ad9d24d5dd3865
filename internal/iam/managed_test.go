package iam

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// Files add managed policies and replace built-in ones, in either form.
func TestManagedPoliciesOfFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("own.json", `[{"Path":"/service-role/","Name":"OurRole","Description":"Ours.","Version":3,"Document":`+allowAll+`},
		{"Name":"AWSDenyAll","Version":9,"Document":`+allowAll+`}]`)
	write("exported.json", `{"Policies":[{"PolicyName":"Exported","PolicyId":"ANPAX","Arn":"arn:aws:iam::aws:policy/job-function/Exported","Path":"/job-function/",
		"DefaultVersionId":"v2","AttachmentCount":1,"IsAttachable":true,"CreateDate":"2016-11-10T17:33:41+00:00","UpdateDate":"2017-11-10T17:33:41+00:00",
		"PolicyVersionList":[{"VersionId":"v1","IsDefaultVersion":false,"Document":{}},
		{"Document":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws-cn:s3:::x"}]},"VersionId":"v2","IsDefaultVersion":true}]}]}`)
	write("notes.txt", "not read")
	db, err := store.Open(context.Background(), store.Config{Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{Store: db, ManagedPolicies: []string{dir}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		check(t, s.Close())
		check(t, db.Close())
	})
	f := &fixture{Service: s, clock: clock.NewFixed(managedSince), t: t}
	ctx := f.as(account, rootOf(account, "AKIAROOT"))
	for arn, want := range map[string]string{
		managedPrefix + "service-role/OurRole": "v3 Ours. true", managedPrefix + "AWSDenyAll": "v9  true", managedPrefix + "job-function/Exported": "v2  true",
	} {
		got := must(s.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &arn}))(t).Policy
		text := *got.DefaultVersionId + " " + deref(got.Description) + " "
		if got.IsAttachable {
			text += "true"
		}
		if text != want || *got.Arn != arn {
			t.Errorf("%s: %s", arn, text)
		}
	}
	exported := managedPrefix + "job-function/Exported"
	version := must(s.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: &exported, VersionId: p("v2")}))(t)
	if got := must(s.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &exported}))(t).Policy; got.CreateDate.Year() != 2016 || got.UpdateDate.Year() != 2017 || version.PolicyVersion.Document == nil {
		t.Errorf("%+v", got)
	}
}

func TestManagedPoliciesOfFilesRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no JSON":    `x`,
		"no policy":  `[{"Name":"A","Document":{"Statement":[]}}]`,
		"no name":    `[{"Document":` + allowAll + `}]`,
		"bad path":   `[{"Name":"A","Path":"x","Document":` + allowAll + `}]`,
		"no version": `{"Policies":[{"PolicyName":"A","Path":"/","DefaultVersionId":"x"}]}`,
		"no default": `{"Policies":[{"PolicyName":"A","Path":"/","DefaultVersionId":"v1","PolicyVersionList":[]}]}`,
	} {
		file := filepath.Join(t.TempDir(), "p.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := New(Config{ManagedPolicies: []string{file}}); err == nil {
			t.Errorf("%s is read", name)
		}
	}
	if _, err := New(Config{ManagedPolicies: []string{filepath.Join(t.TempDir(), "none")}}); err == nil {
		t.Error("a missing file is read")
	}
}
