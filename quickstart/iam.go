package quickstart

// IAM: CreatePolicy, CreateRole, AttachRolePolicy.

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

const identityService = "cognito-identity.amazonaws.com"

type statement struct {
	Effect    string         `json:"Effect"`
	Principal map[string]any `json:"Principal,omitempty"`
	Action    string         `json:"Action"`
	Resource  string         `json:"Resource,omitempty"`
	Condition map[string]any `json:"Condition,omitempty"`
}

func document(s statement) (*string, error) {
	b, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []statement{s}})
	return aws.String(string(b)), err
}

func (r *runner) createPolicy(ctx context.Context) (string, error) {
	doc, err := document(statement{Effect: "Allow", Action: "*", Resource: "*"})
	if err != nil {
		return "", err
	}
	out, err := withUniqueName(r.cfg.Policy, func(name string) (*iam.CreatePolicyOutput, error) {
		return r.clients.iam.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: &name, Path: &r.cfg.Path, PolicyDocument: doc})
	})
	if err != nil {
		return "", err
	}
	r.report.PolicyARN = aws.ToString(out.Policy.Arn)
	return r.report.PolicyARN, nil
}

// createRole makes a role that only signed-in identities of the identity pool
// can assume.
func (r *runner) createRole(ctx context.Context) (string, error) {
	doc, err := document(statement{
		Effect:    "Allow",
		Principal: map[string]any{"Federated": identityService},
		Action:    "sts:AssumeRoleWithWebIdentity",
		Condition: map[string]any{
			"StringEquals":           map[string]string{identityService + ":aud": r.report.IdentityPoolID},
			"ForAnyValue:StringLike": map[string]string{identityService + ":amr": "authenticated"},
		},
	})
	if err != nil {
		return "", err
	}
	out, err := withUniqueName(r.cfg.Role, func(name string) (*iam.CreateRoleOutput, error) {
		return r.clients.iam.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, Path: &r.cfg.Path, AssumeRolePolicyDocument: doc})
	})
	if err != nil {
		return "", err
	}
	r.report.RoleName = aws.ToString(out.Role.RoleName)
	r.report.RoleARN = aws.ToString(out.Role.Arn)
	r.report.RoleID = aws.ToString(out.Role.RoleId)
	return r.report.RoleARN, nil
}

func (r *runner) attachRolePolicy(ctx context.Context) (string, error) {
	_, err := r.clients.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{
		RoleName: &r.report.RoleName, PolicyArn: &r.report.PolicyARN,
	})
	r.report.PolicyAttached = err == nil
	return "attached", err
}

// withUniqueName makes something under the name, or under the name with a
// suffix when the account has one already.
func withUniqueName[T any](name string, create func(name string) (T, error)) (T, error) {
	out, err := create(name)
	var exists *types.EntityAlreadyExistsException
	if errors.As(err, &exists) {
		return create(unique(name))
	}
	return out, err
}
