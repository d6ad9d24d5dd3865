package iam

// CreateDelegationRequest, GetDelegationRequest, ListDelegationRequests,
// UpdateDelegationRequest, AssociateDelegationRequest,
// AcceptDelegationRequest, RejectDelegationRequest, SendDelegationToken,
// GetHumanReadableSummary

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

// Delegation requests are made by partners that AWS has onboarded, from policy
// templates that AWS has registered for them ("Temporary delegation", IAM User
// Guide). No account of this server is one, so CreateDelegationRequest is
// refused as on AWS, no request exists, and the other operations answer that.
const (
	msgNotOnboarded      = "User: %s is not authorized to perform: iam:CreateDelegationRequest"
	msgDelegationUnknown = "The delegation request %s cannot be found."
	msgSummaryEntity     = "Invalid entity ARN: %s is not a delegation request."
)

func noDelegation(id *string) error { return noSuchEntity(msgDelegationUnknown, deref(id)) }

// CreateDelegationRequest answers AccessDenied.
func (s *Service) CreateDelegationRequest(ctx context.Context, _ *iam.CreateDelegationRequestInput) (*iam.CreateDelegationRequestOutput, error) {
	return nil, accessDenied(msgNotOnboarded, awswire.CallOf(ctx).Principal.ARN)
}

// GetDelegationRequest answers NoSuchEntity.
func (s *Service) GetDelegationRequest(_ context.Context, in *iam.GetDelegationRequestInput) (*iam.GetDelegationRequestOutput, error) {
	return nil, noDelegation(in.DelegationRequestId)
}

// ListDelegationRequests lists the requests that the account's principals own:
// none.
func (s *Service) ListDelegationRequests(ctx context.Context, in *iam.ListDelegationRequestsInput) (*iam.ListDelegationRequestsOutput, error) {
	if _, err := s.page(ctx, in.Marker, in.MaxItems); err != nil {
		return nil, err
	}
	return &iam.ListDelegationRequestsOutput{DelegationRequests: []types.DelegationRequest{}}, nil
}

// UpdateDelegationRequest answers NoSuchEntity.
func (s *Service) UpdateDelegationRequest(_ context.Context, in *iam.UpdateDelegationRequestInput) (*iam.UpdateDelegationRequestOutput, error) {
	return nil, noDelegation(in.DelegationRequestId)
}

// AssociateDelegationRequest answers NoSuchEntity.
func (s *Service) AssociateDelegationRequest(_ context.Context, in *iam.AssociateDelegationRequestInput) (*iam.AssociateDelegationRequestOutput, error) {
	return nil, noDelegation(in.DelegationRequestId)
}

// AcceptDelegationRequest answers NoSuchEntity.
func (s *Service) AcceptDelegationRequest(_ context.Context, in *iam.AcceptDelegationRequestInput) (*iam.AcceptDelegationRequestOutput, error) {
	return nil, noDelegation(in.DelegationRequestId)
}

// RejectDelegationRequest answers NoSuchEntity.
func (s *Service) RejectDelegationRequest(_ context.Context, in *iam.RejectDelegationRequestInput) (*iam.RejectDelegationRequestOutput, error) {
	return nil, noDelegation(in.DelegationRequestId)
}

// SendDelegationToken answers NoSuchEntity.
func (s *Service) SendDelegationToken(_ context.Context, in *iam.SendDelegationTokenInput) (*iam.SendDelegationTokenOutput, error) {
	return nil, noDelegation(in.DelegationRequestId)
}

// GetHumanReadableSummary answers NoSuchEntity for the ARN of a delegation
// request, the one kind of entity that has a summary, and InvalidInput for
// others.
func (s *Service) GetHumanReadableSummary(_ context.Context, in *iam.GetHumanReadableSummaryInput) (*iam.GetHumanReadableSummaryOutput, error) {
	parts := strings.SplitN(deref(in.EntityArn), ":", 6)
	if len(parts) == 6 && parts[2] == "iam" {
		if id, ok := strings.CutPrefix(parts[5], "delegation-request/"); ok {
			return nil, noDelegation(&id)
		}
	}
	return nil, invalidInput(msgSummaryEntity, deref(in.EntityArn))
}
