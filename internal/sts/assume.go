package sts

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/policy"
)

const (
	defaultDuration = time.Hour
	chainedDuration = time.Hour
)

// assumption is a role about to be assumed: what every AssumeRole operation
// puts into the common steps.
type assumption struct {
	action      string // sts:AssumeRole, sts:AssumeRoleWithWebIdentity, ...
	roleARN     string
	sessionName string
	duration    *int32
	caller      *awswire.Principal
	// request and inputs are the caller's side of the decision.
	request *policy.Request
	inputs  policy.Inputs
	// keys are condition keys of the request beyond the common ones.
	keys map[string][]string
	// multiKeys are those of keys that are multi-valued.
	multiKeys map[string]bool

	tags           map[string]string
	transitive     []string
	sourceIdentity string
	policy         string
	policyARNs     []string
	mfa            int64
	provider       string
	sessionKeys    map[string][]string
	minimumToken   *int32
}

// assumed is what an AssumeRole operation answers from.
type assumed struct {
	role        store.IAMEntity
	credentials *granted
	user        *types.AssumedRoleUser
	packed      *int32
}

// role finds the role; ok is false when there is none.
func (s *Service) role(ctx context.Context, arn string) (role store.IAMEntity, trust *policy.Policy, tags map[string]string, ok bool, err error) {
	role, trust, tags, err = s.iam.Role(ctx, arn)
	if errors.Is(err, store.ErrNotFound) {
		return role, nil, nil, false, nil
	}
	return role, trust, tags, err == nil, err
}

// refusal is the error of a trust decision.
type refusal func(action string, d policy.Decision) error

// assume decides and begins the session. denied makes the error of a refusal,
// for a role that does not exist too.
func (s *Service) assume(ctx context.Context, a *assumption, denied refusal) (*assumed, error) {
	role, trust, roleTags, ok, err := s.role(ctx, a.roleARN)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, denied(a.action, policy.Decision{CrossAccount: true})
	}
	if err := s.trusts(a, trust, roleTags, denied); err != nil {
		return nil, err
	}
	duration, err := a.length(role)
	if err != nil {
		return nil, err
	}
	packed, err := packedSize(a.policy, a.policyARNs, a.tags)
	if err != nil {
		return nil, err
	}
	creds, err := s.begin(session{
		Kind: awswire.AssumedRole, Account: role.Account, IssuerID: role.ID, SessionName: a.sessionName,
		MFA: a.mfa, SourceIdentity: a.sourceIdentity, FederatedProvider: a.provider, Tags: a.tags, Transitive: a.transitive,
		Policy: a.policy, PolicyARNs: a.policyARNs, Keys: a.sessionKeys,
	}, duration, a.minimumToken)
	if err != nil {
		return nil, err
	}
	id, arn := role.ID+":"+a.sessionName, sessionARN(role.Account, role.Name, a.sessionName)
	return &assumed{role: role, credentials: creds, packed: packed, user: &types.AssumedRoleUser{AssumedRoleId: &id, Arn: &arn}}, nil
}

// trusts evaluates the trust policy for the action and, where the request has
// tags or a source identity, for those.
func (s *Service) trusts(a *assumption, trust *policy.Policy, roleTags map[string]string, denied refusal) error {
	req, in := *a.request, a.inputs
	req.Resource, in.Resource = a.roleARN, trust
	req.Context = a.request.Context.Clone()
	a.setContext(&req.Context, roleTags)
	actions := []string{a.action}
	if len(a.tags) > 0 {
		actions = append(actions, "sts:TagSession")
	}
	if a.sourceIdentity != "" {
		actions = append(actions, "sts:SetSourceIdentity")
	}
	for _, action := range actions {
		req.Action = action
		if d := policy.EvaluateTrust(&req, &in); !d.Allowed {
			return denied(action, d)
		}
	}
	return nil
}

func (a *assumption) setContext(c *policy.Context, roleTags map[string]string) {
	c.Set("sts:RoleSessionName", a.sessionName)
	if a.sourceIdentity != "" {
		c.Set("sts:SourceIdentity", a.sourceIdentity)
	}
	if a.mfa != 0 {
		c.Set("aws:MultiFactorAuthPresent", "true")
		c.Set("aws:MultiFactorAuthAge", "0")
	}
	for k, v := range roleTags {
		c.Set("iam:ResourceTag/"+k, v)
		c.Set("aws:ResourceTag/"+k, v)
	}
	var keys []string
	for k, v := range a.tags {
		c.Set("aws:RequestTag/"+k, v)
		keys = append(keys, k)
	}
	if len(keys) > 0 {
		c.SetList("aws:TagKeys", keys...)
	}
	if len(a.transitive) > 0 {
		c.SetList("sts:TransitiveTagKeys", a.transitive...)
	}
	for k, values := range a.keys {
		if len(values) == 1 && !strings.HasSuffix(k, ":amr") && !a.multiKeys[k] {
			c.Set(k, values[0])
		} else {
			c.SetList(k, values...)
		}
	}
}

// length is how long the session lasts.
func (a *assumption) length(role store.IAMEntity) (time.Duration, error) {
	longest := time.Duration(role.MaxSession) * time.Second
	if a.duration == nil {
		return min(defaultDuration, longest), nil
	}
	wanted := time.Duration(*a.duration) * time.Second
	switch {
	case a.caller != nil && a.caller.Kind == awswire.AssumedRole && wanted > chainedDuration:
		return 0, validationError(msgChained)
	case wanted > longest:
		return 0, validationError(msgMaxSession)
	}
	return wanted, nil
}

// anonymous returns the request of an unsigned call by a federated principal.
func anonymous(call *awswire.Call, providers ...string) *policy.Request {
	req := &policy.Request{Principal: policy.Principal{Kind: policy.Federated, Providers: providers}}
	now := call.Time.UTC()
	req.Context.Set("aws:CurrentTime", now.Format(time.RFC3339))
	req.Context.Set("aws:EpochTime", strconv.FormatInt(now.Unix(), 10))
	req.Context.Set("aws:SecureTransport", strconv.FormatBool(call.Secure))
	req.Context.Set("aws:RequestedRegion", call.Region)
	req.Context.Set("aws:FederatedProvider", providers[0])
	if call.SourceIP.IsValid() {
		req.Context.Set("aws:SourceIp", call.SourceIP.Unmap().String())
	}
	if call.UserAgent != "" {
		req.Context.Set("aws:UserAgent", call.UserAgent)
	}
	return req
}
