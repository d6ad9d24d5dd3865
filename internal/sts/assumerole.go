package sts

// AssumeRole

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/sigv4"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/policy"
)

// AssumeRole gives a user or role session credentials of a role whose trust
// policy allows it, and, unless the trust policy names the caller itself, whose
// use the caller's own policies allow (STS API Reference, AssumeRole).
func (s *Service) AssumeRole(ctx context.Context, in *sts.AssumeRoleInput) (*sts.AssumeRoleOutput, error) {
	call := awswire.CallOf(ctx)
	if call.Principal.Kind == awswire.Root {
		return nil, accessDenied(msgRootAssumes)
	}
	account, err := roleAccount(deref(in.RoleArn))
	if err != nil {
		return nil, err
	}
	a := &assumption{
		action: "sts:AssumeRole", roleARN: deref(in.RoleArn), sessionName: deref(in.RoleSessionName), duration: in.DurationSeconds,
		caller: &call.Principal, keys: map[string][]string{}, policy: deref(in.Policy), minimumToken: in.MinimumSessionTokenSize,
	}
	if in.ExternalId != nil {
		a.keys["sts:ExternalId"] = []string{*in.ExternalId}
	}
	if err := s.describe(ctx, a, in, account); err != nil {
		return nil, err
	}
	if err := s.byCaller(ctx, a, call); err != nil {
		return nil, err
	}
	got, err := s.assume(ctx, a, func(action string, d policy.Decision) error {
		return accessDenied("%s", policy.DenialMessage(call.Principal.ARN, action, a.roleARN, d))
	})
	if err != nil {
		return nil, err
	}
	out := &sts.AssumeRoleOutput{
		Credentials: got.credentials.Credentials, AssumedRoleUser: got.user, PackedPolicySize: got.packed,
		SessionTokenSize: &got.credentials.size, SessionTokenUtilization: &got.credentials.utilization,
	}
	if a.sourceIdentity != "" {
		out.SourceIdentity = &a.sourceIdentity
	}
	return out, nil
}

// roleAccount returns the account in a role's ARN.
func roleAccount(arn string) (string, error) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "iam" || !strings.HasPrefix(parts[5], "role/") {
		return "", validationError("%s is invalid", arn)
	}
	return parts[4], nil
}

// describe takes tags, source identity and session policies from the input.
func (s *Service) describe(ctx context.Context, a *assumption, in *sts.AssumeRoleInput, account string) error {
	requested, err := tagMap(in.Tags)
	if err != nil {
		return err
	}
	if a.tags, a.transitive, err = sessionTags(requested, in.TransitiveTagKeys, a.caller); err != nil {
		return err
	}
	a.sourceIdentity = a.caller.SourceIdentity
	if in.SourceIdentity != nil {
		if a.sourceIdentity != "" && a.sourceIdentity != *in.SourceIdentity {
			return accessDenied(msgSourceFixed)
		}
		a.sourceIdentity = *in.SourceIdentity
	}
	a.policyARNs, err = s.sessionPolicies(ctx, account, in.Policy, in.PolicyArns)
	if err != nil || in.SerialNumber == nil {
		return err
	}
	a.mfa, err = s.checkMFA(ctx, a.caller, *in.SerialNumber, deref(in.TokenCode))
	return err
}

// byCaller takes the caller's side of the decision from IAM.
func (s *Service) byCaller(ctx context.Context, a *assumption, call *awswire.Call) error {
	req, inputs, err := s.iam.Evaluation(ctx, call)
	if errors.Is(err, store.ErrNotFound) {
		code, message, status := sigv4.ErrUnknownKey.Query()
		return &awswire.Error{Code: code, Message: message, Status: status}
	}
	if err != nil {
		return err
	}
	a.request, a.inputs = req, *inputs
	return nil
}

// checkMFA verifies a one-time code of the caller's device and returns the time.
func (s *Service) checkMFA(ctx context.Context, caller *awswire.Principal, serial, code string) (int64, error) {
	ok, err := s.iam.VerifyMFA(ctx, caller.Account, caller.IssuerID, serial, code)
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, accessDenied(msgBadMFA)
	}
	return s.clock.Now().Unix(), nil
}
