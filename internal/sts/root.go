package sts

// AssumeRoot

import (
	"context"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/policy"
)

// rootTaskDuration is how long sessions of AssumeRoot last, and at most (STS API
// Reference, AssumeRoot).
const rootTaskDuration = 15 * time.Minute

const (
	msgRootTarget   = "%s is not an account id or the ARN of an account's root user."
	msgRootDuration = "The requested DurationSeconds exceeds the maximum of 900 seconds."
)

var rootTarget = regexp.MustCompile(`^(?:arn:aws:iam::)?([0-9]{12})(?::root)?$`)

// AssumeRoot gives principals of the account that manages the organization a
// session of another account's root user, for one privileged task. The caller's
// policies must allow it, and the task's feature be on
// (EnableOrganizationsRootCredentialsManagement and
// EnableOrganizationsRootSessions of IAM).
func (s *Service) AssumeRoot(ctx context.Context, in *sts.AssumeRootInput) (*sts.AssumeRootOutput, error) {
	call := awswire.CallOf(ctx)
	target := deref(in.TargetPrincipal)
	m := rootTarget.FindStringSubmatch(target)
	if m == nil || strings.HasPrefix(target, "arn:") != strings.HasSuffix(target, ":root") {
		return nil, validationError(msgRootTarget, target)
	}
	task := ""
	if in.TaskPolicyArn != nil {
		task = deref(in.TaskPolicyArn.Arn)
	}
	if err := s.mayAssumeRoot(ctx, call, m[1], task); err != nil {
		return nil, err
	}
	duration := rootTaskDuration
	if in.DurationSeconds != nil && *in.DurationSeconds > 0 {
		duration = time.Duration(*in.DurationSeconds) * time.Second
	}
	if duration > rootTaskDuration {
		return nil, validationError(msgRootDuration)
	}
	got, err := s.begin(session{
		Kind: awswire.Root, Account: m[1], PolicyARNs: []string{task}, SourceIdentity: call.Principal.SourceIdentity,
	}, duration, in.MinimumSessionTokenSize)
	if err != nil {
		return nil, err
	}
	out := &sts.AssumeRootOutput{Credentials: got.Credentials, SessionTokenSize: &got.size, SessionTokenUtilization: &got.utilization}
	if call.Principal.SourceIdentity != "" {
		out.SourceIdentity = &call.Principal.SourceIdentity
	}
	return out, nil
}

// mayAssumeRoot asks the caller's policies and what the organization has
// switched on. Within an organization no policy of the root user is needed.
func (s *Service) mayAssumeRoot(ctx context.Context, call *awswire.Call, account, task string) error {
	target := "arn:aws:iam::" + account + ":root"
	a := &assumption{}
	if err := s.byCaller(ctx, a, call); err != nil {
		return err
	}
	a.request.Action, a.request.Resource = "sts:AssumeRoot", target
	a.request.Context.Set("sts:TaskPolicyArn", task)
	a.inputs.ResourceAccount = call.Principal.Account
	if d := policy.Evaluate(a.request, &a.inputs); !d.Allowed {
		return accessDenied("%s", policy.DenialMessage(call.Principal.ARN, "sts:AssumeRoot", target, d))
	}
	on, err := s.iam.RootTask(ctx, call.Principal.Account, task)
	if err == nil && (!on || account == call.Principal.Account) {
		err = accessDenied("User: %s is not authorized to perform: sts:AssumeRoot on resource: %s", call.Principal.ARN, target)
	}
	return err
}
