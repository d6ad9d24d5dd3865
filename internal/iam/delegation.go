package iam

// CreateDelegationRequest, GetDelegationRequest, ListDelegationRequests

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// A delegation request asks the owner of another account for temporary access
// ("Temporary delegation", IAM User Guide). AWS lets onboarded partners make
// them from templates that it has registered; here every account may, from a
// managed policy as template, and nothing is given before somebody in the asked
// account has accepted and sent the token.
const (
	msgDelegationUnknown  = "The delegation request %s cannot be found."
	msgDelegationWorkflow = "A delegation request with workflow id %s already exists."
	msgDelegationTopic    = "The notification channel %s is not an SNS topic of account %s."
)

// Lifetimes of a request in its states ("Understanding the Request Lifecycle",
// IAM User Guide); delegationKept is how long an expired one is shown.
const (
	unassignedLife = 24 * time.Hour
	delegationLife = 7 * 24 * time.Hour
	delegationKept = 30 * 24 * time.Hour
	pruneBatch     = 500
)

// delegationBody is what is kept of a request beyond its row's columns.
type delegationBody struct {
	Description     string
	Message         string `json:",omitempty"`
	Topic           string
	RedirectURL     string `json:",omitempty"`
	OnlySendByOwner bool   `json:",omitempty"`
	// Seconds is how long the delegated sessions last together.
	Seconds    int32
	Template   string
	Parameters []types.PolicyParameter `json:",omitempty"`
	// Policy is the template with its parameters filled in.
	Policy          string
	Notes           string `json:",omitempty"`
	RejectionReason string `json:",omitempty"`
	// Approver is who accepted, as it was then: its sessions are what is
	// delegated.
	Approver *awswire.Principal `json:",omitempty"`
	// Sent is when the token was sent, in Unix seconds.
	Sent int64 `json:",omitempty"`
}

// delegation is a request with its body.
type delegation struct {
	store.IAMDelegation
	body delegationBody
}

func noDelegation(id string) error { return noSuchEntity(msgDelegationUnknown, id) }

// loadDelegation returns a request in its state of now, or store.ErrNotFound.
func loadDelegation(tx *store.Tx, id string) (*delegation, error) {
	row, err := tx.IAMDelegation(id)
	if err != nil {
		return nil, err
	}
	return readDelegation(tx, row)
}

func readDelegation(tx *store.Tx, row store.IAMDelegation) (*delegation, error) {
	d := &delegation{IAMDelegation: row}
	if !tx.Now().Before(d.Expires) {
		d.State = string(types.StateTypeExpired)
	}
	return d, json.Unmarshal([]byte(row.Body), &d.body)
}

// delegation returns a request that the account may know of: everybody's while
// no account is asked, later the asked account's.
func (s *Service) delegation(tx *store.Tx, account, id string) (*delegation, error) {
	d, err := loadDelegation(tx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && d.OwnerAccount != "" && d.OwnerAccount != account {
		return nil, noDelegation(id)
	}
	return d, err
}

// CreateDelegationRequest asks an account, or whichever will take the request
// on, for the permissions of a policy template.
func (s *Service) CreateDelegationRequest(ctx context.Context, in *iam.CreateDelegationRequestInput) (*iam.CreateDelegationRequestOutput, error) {
	account := awswire.CallOf(ctx).Account
	if !isTopicOf(deref(in.NotificationChannel), account) {
		return nil, invalidInput(msgDelegationTopic, deref(in.NotificationChannel), account)
	}
	var id string
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		document, err := s.delegatedPolicy(tx, account, in.Permissions)
		if err != nil {
			return err
		}
		n, err := tx.CountIAMDelegations(account)
		if err != nil {
			return err
		}
		if err := quota("DelegationRequestsPerAccount", n, s.quotas.DelegationRequests); err != nil {
			return err
		}
		d := newDelegation(tx, account, in, document)
		id = d.ID
		if err := d.encode(); err != nil {
			return err
		}
		if err := tx.InsertIAMDelegation(d.IAMDelegation); err != nil {
			return orTaken(err, alreadyExists(msgDelegationWorkflow, deref(in.RequestorWorkflowId)))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &iam.CreateDelegationRequestOutput{DelegationRequestId: &id}, nil
}

func newDelegation(tx *store.Tx, account string, in *iam.CreateDelegationRequestInput, document string) *delegation {
	return &delegation{
		store.IAMDelegation{
			ID: "dr-" + tx.IDs().UUID(), Requestor: account, WorkflowID: deref(in.RequestorWorkflowId), OwnerAccount: deref(in.OwnerAccountId),
			State: string(types.StateTypeUnassigned), Created: tx.Now(), Updated: tx.Now(), Expires: tx.Now().Add(unassignedLife),
		},
		delegationBody{
			Description: deref(in.Description), Message: deref(in.RequestMessage), Topic: deref(in.NotificationChannel), RedirectURL: deref(in.RedirectUrl),
			OnlySendByOwner: in.OnlySendByOwner, Seconds: deref(in.SessionDuration), Template: deref(in.Permissions.PolicyTemplateArn),
			Parameters: in.Permissions.Parameters, Policy: document,
		},
	}
}

func (d *delegation) encode() error {
	text, err := json.Marshal(&d.body)
	d.Body = string(text)
	return err
}

// isTopicOf tells whether text is the ARN of an SNS topic of the account.
func isTopicOf(text, account string) bool {
	parts := strings.Split(text, ":")
	return len(parts) == 6 && parts[0] == "arn" && parts[2] == "sns" && parts[3] != "" && parts[4] == account && parts[5] != ""
}

// GetDelegationRequest describes a request and, if that is asked for, tells
// whether the caller could grant what it wants.
func (s *Service) GetDelegationRequest(ctx context.Context, in *iam.GetDelegationRequestInput) (*iam.GetDelegationRequestOutput, error) {
	var d *delegation
	err := s.view(ctx, func(tx *store.Tx, account string) (err error) {
		d, err = s.delegation(tx, account, deref(in.DelegationRequestId))
		return err
	})
	if err != nil {
		return nil, err
	}
	shown := d.shown()
	out := &iam.GetDelegationRequestOutput{DelegationRequest: &shown}
	if in.DelegationPermissionCheck {
		out.PermissionCheckStatus = types.PermissionCheckStatusTypeComplete
		out.PermissionCheckResult, err = s.covers(ctx, d.body.Policy)
	}
	return out, err
}

// shown is the request in the form of the API.
func (d *delegation) shown() types.DelegationRequest {
	b := &d.body
	r := types.DelegationRequest{
		DelegationRequestId: &d.ID, RequestorId: &d.Requestor, RequestorName: &d.Requestor, Description: &b.Description, State: types.StateType(d.State),
		CreateDate: &d.Created, UpdatedTime: &d.Updated, ExpirationTime: &d.Expires, SessionDuration: &b.Seconds, OnlySendByOwner: b.OnlySendByOwner,
		PermissionPolicy: &b.Policy, Permissions: &types.DelegationPermission{PolicyTemplateArn: &b.Template, Parameters: b.Parameters},
		OwnerAccountId: nonEmpty(d.OwnerAccount), OwnerId: nonEmpty(d.OwnerID), RequestMessage: nonEmpty(b.Message), RedirectUrl: nonEmpty(b.RedirectURL),
		Notes: nonEmpty(b.Notes), RejectionReason: nonEmpty(b.RejectionReason), RolePermissionRestrictionArns: boundariesOf(b.Policy),
	}
	if b.Approver != nil {
		r.ApproverId = &b.Approver.ARN
	}
	return r
}

func nonEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// ListDelegationRequests lists the requests that the account's principals own.
func (s *Service) ListDelegationRequests(ctx context.Context, in *iam.ListDelegationRequestsInput) (*iam.ListDelegationRequestsOutput, error) {
	p, err := s.page(ctx, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	var list []*delegation
	err = s.view(ctx, func(tx *store.Tx, account string) error {
		rows, err := tx.IAMDelegations(account, deref(in.OwnerId), p.after, p.limit+1)
		if err != nil {
			return err
		}
		list = make([]*delegation, len(rows))
		for i, row := range rows {
			if list[i], err = readDelegation(tx, row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := &iam.ListDelegationRequestsOutput{}
	list, out.Marker, out.IsTruncated = cut(p, list, func(d *delegation) string { return d.ID })
	out.DelegationRequests = mapSlice(list, (*delegation).shown)
	return out, nil
}

// Purge deletes requests that expired long ago.
func (s *Service) Purge(ctx context.Context) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.PruneIAMDelegations(tx.Now().Add(-delegationKept), pruneBatch)
		return err
	})
}
