package iam

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/policy"
)

var policyKinds = map[awswire.PrincipalKind]policy.PrincipalKind{
	awswire.Root: policy.Root, awswire.User: policy.User, awswire.AssumedRole: policy.RoleSession, awswire.FederatedUser: policy.FederatedUser,
}

// Evaluation returns what decides about the caller of a signed call: a request
// that has the caller and the global condition keys, and the policies of the
// caller. Action, resource and further keys are the asker's to add. The error
// is store.ErrNotFound when the user or role behind the caller is gone.
func (s *Service) Evaluation(ctx context.Context, call *awswire.Call) (*policy.Request, *policy.Inputs, error) {
	p := &call.Principal
	in := &policy.Inputs{}
	var tags map[string]string
	if p.IssuerID != "" || len(p.SessionPolicyARNs) > 0 {
		err := s.store.View(ctx, func(tx *store.Tx) error {
			*in = policy.Inputs{}
			snap, err := s.principalSnapshot(tx, p)
			if err != nil {
				return err
			}
			if snap != nil {
				in.Identity, in.Boundary, tags = snap.policies, snap.boundary, snap.tags
			}
			return s.sessionPolicies(tx, p, in)
		})
		if err != nil {
			return nil, nil, err
		}
	}
	if p.SessionPolicy != "" {
		in.Session = append(in.Session, s.cache.compile(p.SessionPolicy))
	}
	if p.Delegation != "" {
		in.ScopeDown = append(in.ScopeDown, s.cache.compile(p.Delegation))
	}
	for _, document := range p.ScopeDown {
		in.ScopeDown = append(in.ScopeDown, s.cache.compile(document))
	}
	if p.Kind == awswire.FederatedUser {
		in.SessionLimited = true
		if p.IssuerID == "" {
			in.Identity = []*policy.Policy{everything}
		}
	}
	req := &policy.Request{Principal: policy.Principal{
		Kind: policyKinds[p.Kind], ARN: p.ARN, IssuerARN: p.IssuerARN, Account: p.Account, UserID: p.UserID, IssuerID: p.IssuerID,
	}}
	setContext(&req.Context, call, tags)
	if id, root, ok := s.organizationIDs(); ok {
		req.Context.Set("aws:PrincipalOrgID", id)
		req.Context.SetList("aws:PrincipalOrgPaths", id+"/"+root+"/")
	}
	req.Principal.SetContext(&req.Context)
	return req, in, nil
}

// everything is the policy of a root user behind a federated one.
var everything = policy.MustParse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)

func (s *Service) principalSnapshot(tx *store.Tx, p *awswire.Principal) (*snapshot, error) {
	if p.IssuerID == "" {
		return nil, nil
	}
	return s.snapshot(tx, p.Account, p.IssuerID)
}

func (s *Service) sessionPolicies(tx *store.Tx, p *awswire.Principal, in *policy.Inputs) error {
	for _, arn := range p.SessionPolicyARNs {
		document, err := s.documentOf(tx, arn, "")
		if err != nil {
			return err
		}
		in.Session = append(in.Session, s.cache.compile(document))
	}
	return nil
}

// setContext sets the global condition keys (IAM User Guide, "AWS global
// condition context keys").
func setContext(c *policy.Context, call *awswire.Call, principalTags map[string]string) {
	p := &call.Principal
	now := call.Time.UTC()
	c.Set("aws:CurrentTime", now.Format(time.RFC3339))
	c.Set("aws:EpochTime", strconv.FormatInt(now.Unix(), 10))
	c.Set("aws:SecureTransport", strconv.FormatBool(call.Secure))
	c.Set("aws:ViaAWSService", "false")
	c.Set("aws:PrincipalIsAWSService", "false")
	if call.SourceIP.IsValid() {
		c.Set("aws:SourceIp", call.SourceIP.Unmap().String())
	}
	if call.UserAgent != "" {
		c.Set("aws:UserAgent", call.UserAgent)
	}
	region := call.Region
	if call.Service == awswire.IAM.Name {
		region = "us-east-1"
	}
	c.Set("aws:RequestedRegion", region)
	for k, v := range principalTags {
		c.Set("aws:PrincipalTag/"+k, v)
	}
	for k, v := range p.SessionTags {
		c.Set("aws:PrincipalTag/"+k, v)
	}
	if p.Temporary {
		c.Set("aws:TokenIssueTime", p.IssuedAt.UTC().Format(time.RFC3339))
		c.Set("aws:MultiFactorAuthPresent", strconv.FormatBool(p.MFA))
		if p.MFA {
			c.Set("aws:MultiFactorAuthAge", strconv.FormatInt(int64(now.Sub(p.MFAAt)/time.Second), 10))
		}
	}
	if p.FederatedProvider != "" {
		c.Set("aws:FederatedProvider", p.FederatedProvider)
	}
	if p.SourceIdentity != "" {
		c.Set("aws:SourceIdentity", p.SourceIdentity)
	}
	SetKeys(c, p.SessionKeys)
}

// SetKeys adds condition keys to a context, each as single-valued or
// multi-valued as the key is.
func SetKeys(c *policy.Context, keys map[string][]string) {
	for k, values := range keys {
		if len(values) == 1 && !multiValued(k) {
			c.Set(k, values[0])
		} else {
			c.SetList(k, values...)
		}
	}
}

func multiValued(key string) bool {
	key = strings.ToLower(key)
	switch key {
	case "aws:tagkeys", "sts:transitivetagkeys", "sts:identitytokenaudience", "iam:accountpropertynamespaces":
		return true
	}
	return strings.HasSuffix(key, ":amr") || strings.HasSuffix(key, ":groups") || strings.HasSuffix(key, ":roles")
}
