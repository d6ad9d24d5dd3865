package iam

// AssociateDelegationRequest, UpdateDelegationRequest, AcceptDelegationRequest,
// RejectDelegationRequest, SendDelegationToken

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgDelegationState = "The delegation request is in state %s; the operation needs it in state %s."
	msgDelegationOwner = "Only the owner of the delegation request may send its token."
)

// DelegationEvent is what is published to a request's notification channel when
// the request reaches another state.
type DelegationEvent struct {
	DelegationRequestID string    `json:"delegationRequestId"`
	RequestorWorkflowID string    `json:"requestorWorkflowId"`
	State               string    `json:"state"`
	OwnerAccountID      string    `json:"ownerAccountId,omitempty"`
	Notes               string    `json:"notes,omitempty"`
	UpdatedTime         time.Time `json:"updatedTime"`
	// ExchangeToken is what GetDelegatedAccessToken takes, in the state FINALIZED.
	ExchangeToken string `json:"exchangeToken,omitempty"`
}

// Notify publishes an event to a topic, as part of the transaction. It is of no
// use after expires.
type Notify func(tx *store.Tx, topic, message string, expires time.Time) error

// move brings a request that is in one of the states from into another one and
// tells its requestor. change sets what else changes.
func (s *Service) move(ctx context.Context, id *string, to types.StateType, change func(d *delegation, p *awswire.Principal) error, from ...types.StateType) error {
	call := awswire.CallOf(ctx)
	return s.store.Update(ctx, func(tx *store.Tx) error {
		d, err := s.delegation(tx, call.Account, deref(id))
		if err != nil {
			return err
		}
		if !slices.Contains(from, types.StateType(d.State)) {
			return invalidInput(msgDelegationState, d.State, statesText(from))
		}
		if err := change(d, &call.Principal); err != nil {
			return err
		}
		d.State, d.Updated, d.Expires = string(to), tx.Now(), tx.Now().Add(delegationLife)
		if to == types.StateTypeFinalized {
			d.body.Sent = tx.Now().Unix()
		}
		if err := d.encode(); err != nil {
			return err
		}
		if err := tx.UpdateIAMDelegation(d.IAMDelegation); err != nil {
			return err
		}
		return s.tell(tx, d)
	})
}

func statesText(states []types.StateType) string {
	return strings.Join(mapSlice(states, func(t types.StateType) string { return string(t) }), " or ")
}

// tell publishes the request's state to its notification channel.
func (s *Service) tell(tx *store.Tx, d *delegation) error {
	if s.notify == nil {
		return nil
	}
	event := DelegationEvent{
		DelegationRequestID: d.ID, RequestorWorkflowID: d.WorkflowID, State: d.State, OwnerAccountID: d.OwnerAccount, UpdatedTime: d.Updated.UTC(),
		Notes: d.body.Notes,
	}
	expires := d.Expires
	switch types.StateType(d.State) {
	case types.StateTypeRejected:
		event.Notes = d.body.RejectionReason
	case types.StateTypeFinalized:
		event.ExchangeToken = s.store.SealToken(exchangePurpose, []byte(d.ID))
		expires = d.ends()
	}
	text, err := json.Marshal(event)
	if err != nil {
		return err
	}
	return s.notify(tx, d.body.Topic, string(text), expires)
}

// ends is when the delegated access ends.
func (d *delegation) ends() time.Time {
	return time.Unix(d.body.Sent, 0).Add(time.Duration(d.body.Seconds) * time.Second)
}

// AssociateDelegationRequest makes the caller the owner of a request that
// nobody owns.
func (s *Service) AssociateDelegationRequest(ctx context.Context, in *iam.AssociateDelegationRequestInput) (*iam.AssociateDelegationRequestOutput, error) {
	err := s.move(ctx, in.DelegationRequestId, types.StateTypeAssigned, func(d *delegation, p *awswire.Principal) error {
		d.OwnerAccount, d.OwnerID = p.Account, p.ARN
		return nil
	}, types.StateTypeUnassigned)
	if err != nil {
		return nil, err
	}
	return &iam.AssociateDelegationRequestOutput{}, nil
}

// UpdateDelegationRequest leaves a request, with notes, to somebody who may
// accept it.
func (s *Service) UpdateDelegationRequest(ctx context.Context, in *iam.UpdateDelegationRequestInput) (*iam.UpdateDelegationRequestOutput, error) {
	err := s.move(ctx, in.DelegationRequestId, types.StateTypePendingApproval, func(d *delegation, _ *awswire.Principal) error {
		d.body.Notes = deref(in.Notes)
		return nil
	}, types.StateTypeAssigned, types.StateTypePendingApproval)
	if err != nil {
		return nil, err
	}
	return &iam.UpdateDelegationRequestOutput{}, nil
}

// AcceptDelegationRequest grants a request with the permissions that the caller
// has, as far as the request wants them.
func (s *Service) AcceptDelegationRequest(ctx context.Context, in *iam.AcceptDelegationRequestInput) (*iam.AcceptDelegationRequestOutput, error) {
	err := s.move(ctx, in.DelegationRequestId, types.StateTypeAccepted, func(d *delegation, p *awswire.Principal) error {
		approver := *p
		approver.AccessKeyID = ""
		d.body.Approver = &approver
		return nil
	}, types.StateTypeAssigned, types.StateTypePendingApproval)
	if err != nil {
		return nil, err
	}
	return &iam.AcceptDelegationRequestOutput{}, nil
}

// RejectDelegationRequest refuses a request for good, also one that is accepted
// and whose token was not sent yet.
func (s *Service) RejectDelegationRequest(ctx context.Context, in *iam.RejectDelegationRequestInput) (*iam.RejectDelegationRequestOutput, error) {
	err := s.move(ctx, in.DelegationRequestId, types.StateTypeRejected, func(d *delegation, _ *awswire.Principal) error {
		d.body.RejectionReason = deref(in.Notes)
		return nil
	}, types.StateTypeAssigned, types.StateTypePendingApproval, types.StateTypeAccepted)
	if err != nil {
		return nil, err
	}
	return &iam.RejectDelegationRequestOutput{}, nil
}

// SendDelegationToken sends the exchange token of an accepted request to its
// requestor, with which the time of the access begins.
func (s *Service) SendDelegationToken(ctx context.Context, in *iam.SendDelegationTokenInput) (*iam.SendDelegationTokenOutput, error) {
	err := s.move(ctx, in.DelegationRequestId, types.StateTypeFinalized, func(d *delegation, p *awswire.Principal) error {
		if d.body.OnlySendByOwner && d.OwnerID != p.ARN {
			return accessDenied(msgDelegationOwner)
		}
		return nil
	}, types.StateTypeAccepted)
	if err != nil {
		return nil, err
	}
	return &iam.SendDelegationTokenOutput{}, nil
}

// exchangePurpose is what exchange tokens are sealed for.
const exchangePurpose = "delegation exchange 1"

// Delegated returns what an exchange token gives the account that it was sent
// to: the sessions of who accepted the request, limited to the policy, until
// ends. The error is store.ErrNotFound for a token that gives nothing (any
// more).
func (s *Service) Delegated(ctx context.Context, account, token string) (approver awswire.Principal, document string, ends time.Time, err error) {
	id, err := s.store.OpenToken(exchangePurpose, token)
	if err != nil {
		return approver, "", ends, store.ErrNotFound
	}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		row, err := tx.IAMDelegation(string(id))
		if err != nil {
			return err
		}
		d, err := readDelegation(tx, row)
		if err != nil {
			return err
		}
		if d.Requestor != account || row.State != string(types.StateTypeFinalized) || d.body.Approver == nil || !tx.Now().Before(d.ends()) {
			return store.ErrNotFound
		}
		approver, document, ends = *d.body.Approver, d.body.Policy, d.ends()
		if approver.IssuerID == "" {
			return nil
		}
		_, err = s.snapshot(tx, approver.Account, approver.IssuerID)
		return err
	})
	return approver, document, ends, err
}
