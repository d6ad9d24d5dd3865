package userpool

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

const (
	smsRoleTrust  = "Role does not have a trust relationship allowing Cognito to assume the role"
	smsRoleAccess = "Role does not have permission to publish with SNS"
)

var (
	// ErrRoleTrust means that there is no such role, or that its trust policy does
	// not let user pools assume it.
	ErrRoleTrust = errors.New("the role cannot be assumed")
	// ErrRoleAccess means that the role's policies do not allow the action.
	ErrRoleAccess = errors.New("the role may not do that")
)

// RoleUse is what a user pool wants of a role that it was given.
type RoleUse struct {
	// RoleARN is the role, of the pool's account.
	RoleARN string
	// ExternalID is the external id that the pool would assume it with.
	ExternalID string
	// Account, Region and PoolARN are the pool's.
	Account, Region, PoolARN string
	// Action is the IAM action that the pool needs, on every resource.
	Action string
}

// Roles knows the IAM roles that are given to user pools.
type Roles interface {
	// CheckRole returns nil, ErrRoleTrust or ErrRoleAccess.
	CheckRole(ctx context.Context, use *RoleUse) error
}

// smsRole is the role of an SMS configuration, with the action that it must
// allow.
func smsRole(c *types.SmsConfigurationType) (role, externalID, action string) {
	switch {
	case c == nil:
		return "", "", ""
	case c.EumsSms != nil:
		return aws.ToString(c.EumsSms.CallerArn), aws.ToString(c.EumsSms.ExternalId), "sms-voice:SendTextMessage"
	}
	return aws.ToString(c.SnsCallerArn), aws.ToString(c.ExternalId), "sns:Publish"
}

// checkSMSRole checks that the pool can send with the role of an SMS
// configuration. A role that is none of the account is refused elsewhere. It
// reads the store: call it outside of transactions. Errors:
// InvalidSmsRoleTrustRelationshipException, InvalidSmsRoleAccessPolicyException.
func (s *Service) checkSMSRole(ctx context.Context, poolID string, c *types.SmsConfigurationType) error {
	role, externalID, action := smsRole(c)
	call := awswire.CallOf(ctx)
	if a := arnParts(role); s.roles == nil || a.service != "iam" || a.account != call.Account || !strings.HasPrefix(a.resource, "role/") {
		return nil
	}
	err := s.roles.CheckRole(ctx, &RoleUse{
		RoleARN: role, ExternalID: externalID, Account: call.Account, Region: call.Region,
		PoolARN: poolARN(call.Region, call.Account, poolID), Action: action,
	})
	switch {
	case errors.Is(err, ErrRoleTrust):
		return &types.InvalidSmsRoleTrustRelationshipException{Message: aws.String(smsRoleTrust)}
	case errors.Is(err, ErrRoleAccess):
		return &types.InvalidSmsRoleAccessPolicyException{Message: aws.String(smsRoleAccess)}
	}
	return err
}
