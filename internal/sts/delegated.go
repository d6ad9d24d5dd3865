package sts

// GetDelegatedAccessToken

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const msgTradeInToken = "The trade-in token provided in the request has expired and can no longer be exchanged for credentials."

// GetDelegatedAccessToken exchanges the token that the owner of a delegation
// request has sent (SendDelegationToken of IAM) for credentials of who accepted
// the request, limited to the policy that was asked for. They end when the
// delegated time does; until then the token can be exchanged again.
func (s *Service) GetDelegatedAccessToken(ctx context.Context, in *sts.GetDelegatedAccessTokenInput) (*sts.GetDelegatedAccessTokenOutput, error) {
	approver, document, ends, err := s.iam.Delegated(ctx, awswire.CallOf(ctx).Account, deref(in.TradeInToken))
	if errors.Is(err, store.ErrNotFound) {
		message := msgTradeInToken
		return nil, &types.ExpiredTradeInTokenException{Message: &message}
	}
	if err != nil {
		return nil, err
	}
	one := sessionOf(&approver)
	if approver.Delegation != "" {
		// Who has delegated access itself can give no more than that.
		one.ScopeDown = append(slices.Clone(one.ScopeDown), approver.Delegation)
	}
	one.Delegation, one.Issued, one.Expires = document, s.clock.Now().Unix(), ends.Unix()
	got, err := s.issue(one, nil)
	if err != nil {
		return nil, err
	}
	return &sts.GetDelegatedAccessTokenOutput{AssumedPrincipal: &approver.ARN, Credentials: got.Credentials}, nil
}
