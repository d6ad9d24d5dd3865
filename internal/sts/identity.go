package sts

// GetCallerIdentity, GetAccessKeyInfo

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/ids"
)

// GetCallerIdentity tells callers who they are. Nobody is refused it.
func (s *Service) GetCallerIdentity(ctx context.Context, _ *sts.GetCallerIdentityInput) (*sts.GetCallerIdentityOutput, error) {
	p := awswire.CallOf(ctx).Principal
	return &sts.GetCallerIdentityOutput{UserId: &p.UserID, Account: &p.Account, Arn: &p.ARN}, nil
}

// GetAccessKeyInfo returns the account that an access key id belongs to. It
// tells nothing of the key's state, or whether it exists.
func (s *Service) GetAccessKeyInfo(_ context.Context, in *sts.GetAccessKeyInfoInput) (*sts.GetAccessKeyInfoOutput, error) {
	account, ok := ids.AccessKeyAccount(deref(in.AccessKeyId))
	if !ok {
		return nil, validationError("Invalid access key id.")
	}
	return &sts.GetAccessKeyInfoOutput{Account: &account}, nil
}
