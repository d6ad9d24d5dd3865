package server

import (
	"context"
	"errors"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/iam"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
	"github.com/poolhouse-id/poolhouse/policy"
)

// userPoolsService is the principal as which user pools assume roles.
const userPoolsService = "cognito-idp.amazonaws.com"

// poolRoles is what user pools need of IAM.
type poolRoles struct {
	server *Server
	iam    *iam.Service
}

// CheckRole implements userpool.Roles. Outside of strict mode a role that there
// is not is taken for one that would do.
func (r poolRoles) CheckRole(ctx context.Context, use *userpool.RoleUse) error {
	role, trust, _, err := r.iam.Role(ctx, use.RoleARN)
	if errors.Is(err, store.ErrNotFound) {
		if r.server.strict {
			return userpool.ErrRoleTrust
		}
		return nil
	}
	if err != nil {
		return err
	}
	call := *awswire.CallOf(ctx)
	assume := &policy.Request{
		Action: "sts:AssumeRole", Resource: use.RoleARN,
		Principal: policy.Principal{Kind: policy.Service, Service: userPoolsService},
	}
	assume.Context.Set("aws:SourceAccount", use.Account)
	assume.Context.Set("aws:SourceArn", use.PoolARN)
	assume.Context.Set("aws:PrincipalIsAWSService", "true")
	if use.ExternalID != "" {
		assume.Context.Set("sts:ExternalId", use.ExternalID)
	}
	if !policy.EvaluateTrust(assume, &policy.Inputs{Resource: trust}).Allowed {
		return userpool.ErrRoleTrust
	}
	// The pool acts as a session of the role.
	call.Principal = awswire.Principal{
		Kind: awswire.AssumedRole, Account: use.Account, Name: role.Name, SessionName: "CognitoIdentityProvider", Temporary: true, IssuedAt: call.Time,
		ARN: "arn:aws:sts::" + use.Account + ":assumed-role/" + role.Name + "/CognitoIdentityProvider", IssuerARN: use.RoleARN, IssuerID: role.ID,
		UserID: role.ID + ":CognitoIdentityProvider",
	}
	req, in, err := r.iam.Evaluation(ctx, &call)
	if errors.Is(err, store.ErrNotFound) {
		return userpool.ErrRoleTrust
	}
	if err != nil {
		return err
	}
	req.Action, req.Resource = use.Action, "*"
	if !policy.Evaluate(req, in).Allowed {
		return userpool.ErrRoleAccess
	}
	return nil
}
