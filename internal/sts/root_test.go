package sts_test

import (
	"testing"
	"time"

	stsapi "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

const (
	auditTask  = "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"
	unlockTask = "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"
)

func (f *fixture) assumeRoot(pr awswire.Principal, target, task string, change ...func(*stsapi.AssumeRootInput)) (*stsapi.AssumeRootOutput, error) {
	in := &stsapi.AssumeRootInput{TargetPrincipal: &target, TaskPolicyArn: &types.PolicyDescriptorType{Arn: &task}}
	for _, c := range change {
		c(in)
	}
	return f.AssumeRoot(f.calling(pr, "AssumeRoot"), in)
}

func TestAssumeRoot(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.user(account, "alice", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRoot","Resource":"arn:aws:iam::`+other+`:root","Condition":{"StringEquals":{"sts:TaskPolicyArn":"`+auditTask+`"}}}]}`)
	bob := f.user(account, "bob", allowAll)
	stranger := f.user(other, "stranger", allowAll)
	root := "arn:aws:iam::" + other + ":root"
	denied := func(who awswire.Principal, target, reason string) string {
		return "User: " + who.ARN + " is not authorized to perform: sts:AssumeRoot on resource: " + target + reason
	}
	_, err := f.assumeRoot(alice, other, auditTask)
	refused(t, err, "AccessDenied", denied(alice, root, ""))
	must(f.iam.EnableOrganizationsRootCredentialsManagement(admin(account), nil))(t)
	for _, target := range []string{other, root} {
		out := must(f.assumeRoot(alice, target, auditTask))(t)
		pr := f.open(out.Credentials)
		if pr.Kind != awswire.Root || pr.ARN != root || pr.Account != other || !out.Credentials.Expiration.Equal(f.clock.Now().Add(15*time.Minute)) || *out.SessionTokenSize == 0 {
			t.Errorf("%+v %+v", out, pr)
		}
		if err := f.may(pr, "iam:GetAccountSummary", "*"); err != nil {
			t.Error(err)
		}
		refused(t, f.may(pr, "iam:CreateUser", "*"), "AccessDenied",
			"User: "+root+" is not authorized to perform: iam:CreateUser on resource: * because no session policy allows the iam:CreateUser action")
	}
	short := must(f.assumeRoot(alice, other, auditTask, func(in *stsapi.AssumeRootInput) { in.DurationSeconds = p[int32](60) }))(t)
	if !short.Credentials.Expiration.Equal(f.clock.Now().Add(time.Minute)) {
		t.Errorf("%+v", short)
	}
	for name, c := range map[string]struct {
		who                         awswire.Principal
		target, task, code, message string
		seconds                     int32
	}{
		"by condition":       {alice, other, unlockTask, "AccessDenied", denied(alice, root, " because no identity-based policy allows the sts:AssumeRoot action"), 0},
		"feature off":        {bob, other, unlockTask, "AccessDenied", denied(bob, root, ""), 0},
		"no task":            {bob, other, "arn:aws:iam::aws:policy/AdministratorAccess", "AccessDenied", denied(bob, root, ""), 0},
		"the own account":    {bob, account, auditTask, "AccessDenied", denied(bob, "arn:aws:iam::"+account+":root", ""), 0},
		"not the management": {stranger, account, auditTask, "AccessDenied", denied(stranger, "arn:aws:iam::"+account+":root", ""), 0},
		"no account":         {bob, "12345678901", auditTask, "ValidationError", "12345678901 is not an account id or the ARN of an account's root user.", 0},
		"a role":             {bob, "arn:aws:iam::" + other + ":role/r", auditTask, "ValidationError", "arn:aws:iam::" + other + ":role/r is not an account id or the ARN of an account's root user.", 0},
		"long":               {bob, other, auditTask, "ValidationError", "The requested DurationSeconds exceeds the maximum of 900 seconds.", 901},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := f.assumeRoot(c.who, c.target, c.task, func(in *stsapi.AssumeRootInput) {
				if c.seconds > 0 {
					in.DurationSeconds = &c.seconds
				}
			})
			refused(t, err, c.code, c.message)
		})
	}
}
