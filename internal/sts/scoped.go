package sts

// GetScopedCredentials

import (
	"context"
	"errors"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/policy"
)

// maxScopes is how many policies may be laid over a session (STS API Reference,
// GetScopedCredentials).
const maxScopes = 3

const (
	msgScopedNothing  = "At least one of Policy and DurationSeconds must be provided."
	msgScopedLongTerm = "GetScopedCredentials can be called with temporary security credentials only."
	msgScopedLifetime = "The requested DurationSeconds exceeds the remaining lifetime of the calling session."
	msgScopedCount    = "A session cannot have more than %d scope down policies."
	msgScopedPolicy   = "The plaintext of the scope down policy has more than %d characters."
	msgScopedToken    = "The session token of %d bytes exceeds the maximum of %d bytes."
)

// GetScopedCredentials gives the holder of a session credentials of the same
// session that may do less, or end sooner. The identity stays, and so do tags,
// source identity, the time of the session's begin and what it is limited by
// already; the policy is one more that must allow.
func (s *Service) GetScopedCredentials(ctx context.Context, in *newops.GetScopedCredentialsInput) (*newops.GetScopedCredentialsOutput, error) {
	p := &awswire.CallOf(ctx).Principal
	if !p.Temporary {
		return nil, &awswire.Error{Code: "InvalidSubjectCredentials", Message: msgScopedLongTerm}
	}
	one, err := s.scoped(p, in)
	if err != nil {
		return nil, err
	}
	got, err := s.issue(one, in.MinimumSessionTokenSize)
	if err != nil {
		return nil, err
	}
	if got.size > maxToken {
		return nil, packedTooLarge(msgScopedToken, got.size, maxToken)
	}
	s.log.InfoContext(ctx, "session scoped down", "principal", p.ARN, "key", *got.AccessKeyId, "description", deref(in.ScopedSessionDescription))
	count := int32(len(one.ScopeDown))
	out := &newops.GetScopedCredentialsOutput{
		Credentials: got.Credentials, SessionInfo: &newops.ScopedSession{ScopedSessionId: &p.UserID, Arn: &p.ARN},
		SessionTokenSize: &got.size, SessionTokenUtilization: &got.utilization, ScopedPoliciesCount: &count,
	}
	if p.SourceIdentity != "" {
		out.SourceIdentity = &p.SourceIdentity
	}
	return out, nil
}

// scoped is the caller's session with what the request takes away.
func (s *Service) scoped(p *awswire.Principal, in *newops.GetScopedCredentialsInput) (one session, err error) {
	if in.Policy == nil && in.DurationSeconds == nil {
		return one, validationError(msgScopedNothing)
	}
	one = sessionOf(p)
	if in.DurationSeconds != nil {
		ends := s.clock.Now().Add(time.Duration(*in.DurationSeconds) * time.Second).Unix()
		if ends > one.Expires {
			return one, &awswire.Error{Code: "InsufficientSessionLifetime", Message: msgScopedLifetime}
		}
		one.Expires = ends
	}
	if in.Policy == nil {
		return one, nil
	}
	if err := checkScope(*in.Policy); err != nil {
		return one, err
	}
	if len(one.ScopeDown) >= maxScopes {
		return one, accessDenied(msgScopedCount, maxScopes)
	}
	one.ScopeDown = append(one.ScopeDown[:len(one.ScopeDown):len(one.ScopeDown)], *in.Policy)
	return one, nil
}

// checkScope checks a policy as session policies are checked.
func checkScope(document string) error {
	var syntax *policy.SyntaxError
	if err := policy.ValidateSession(document); errors.As(err, &syntax) {
		return malformedPolicy(syntax.Message)
	} else if err != nil {
		return err
	}
	if len([]rune(document)) > maxPlaintext {
		return packedTooLarge(msgScopedPolicy, maxPlaintext)
	}
	return nil
}

// sessionOf is the session that a principal's token holds, without its key.
func sessionOf(p *awswire.Principal) session {
	one := session{
		Kind: p.Kind, Account: p.Account, IssuerID: p.IssuerID, SessionName: p.SessionName, Issued: p.IssuedAt.Unix(), Expires: p.ExpiresAt.Unix(),
		SourceIdentity: p.SourceIdentity, FederatedProvider: p.FederatedProvider, Tags: p.SessionTags, Transitive: p.TransitiveTagKeys,
		Policy: p.SessionPolicy, PolicyARNs: p.SessionPolicyARNs, Keys: p.SessionKeys, ScopeDown: p.ScopeDown, Delegation: p.Delegation,
	}
	if p.Kind == awswire.FederatedUser {
		one.Name = p.Name
	}
	if p.MFA {
		one.MFA = p.MFAAt.Unix()
	}
	return one
}
