package sts

// GetDelegatedAccessToken

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

const msgTradeInToken = "The trade-in token provided in the request has expired and can no longer be exchanged for credentials."

// GetDelegatedAccessToken exchanges the token that a finalized delegation
// request sends to an onboarded partner. This server has no such partners (see
// CreateDelegationRequest of IAM), so no token that it is given is good.
func (s *Service) GetDelegatedAccessToken(context.Context, *sts.GetDelegatedAccessTokenInput) (*sts.GetDelegatedAccessTokenOutput, error) {
	message := msgTradeInToken
	return nil, &types.ExpiredTradeInTokenException{Message: &message}
}
