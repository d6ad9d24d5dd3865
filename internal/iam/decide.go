package iam

import (
	"context"
	"errors"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/sigv4"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/policy"
)

// Question is what another server asks about one of its own calls.
type Question struct {
	// Action and Resource are what the caller wants to do and to what.
	Action, Resource string
	// Keys are the condition keys of the other server's service.
	Keys map[string][]string
	// ResourcePolicy is the policy of the resource, if it has one, and
	// ResourceAccount the account that the resource belongs to; empty means the
	// caller's.
	ResourcePolicy, ResourceAccount string
}

// Verdict is the answer to a question.
type Verdict struct {
	Allowed bool
	// Message is AWS's text of a denial, and Details the JSON object that
	// DecodeAuthorizationMessage shows of it.
	Message string
	Details []byte
}

// Decide decides whether the verified caller may do what the question asks, as
// Authorize does for calls of this server: with the caller's policies, boundary
// and session policies, and the resource's policy. The errors are
// sigv4.ErrUnknownKey when the caller's user or role is gone and a
// *policy.SyntaxError for a bad resource policy.
func (s *Service) Decide(ctx context.Context, call *awswire.Call, q *Question) (v Verdict, err error) {
	p := &call.Principal
	var resource *policy.Policy
	if q.ResourcePolicy != "" {
		if resource, err = policy.Parse(q.ResourcePolicy); err != nil {
			return v, &policy.SyntaxError{Message: err.Error()}
		}
	}
	req, in, err := s.Evaluation(ctx, call)
	if errors.Is(err, store.ErrNotFound) {
		err = sigv4.ErrUnknownKey
	}
	if err != nil {
		return v, err
	}
	s.noteUse(call)
	if p.Kind == awswire.Root {
		in.Identity = []*policy.Policy{everything}
	}
	req.Action, req.Resource = q.Action, q.Resource
	in.Resource, in.ResourceAccount = resource, q.ResourceAccount
	SetKeys(&req.Context, q.Keys)
	d := policy.Evaluate(req, in)
	if d.Allowed {
		return Verdict{Allowed: true}, nil
	}
	details, err := detailsOf(p, req, d)
	return Verdict{Message: policy.DenialMessage(p.ARN, q.Action, q.Resource, d), Details: details}, err
}
