package sts

// GetSessionToken, GetFederationToken

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

// Durations of sessions of long-term keys (STS API Reference, GetSessionToken).
const (
	userDuration = 12 * time.Hour
	rootDuration = time.Hour
)

// lifetime is how long the session of a long-term key lasts: the root user's
// at most an hour, whatever was asked for.
func lifetime(p *awswire.Principal, seconds *int32) time.Duration {
	longest := userDuration
	if p.Kind == awswire.Root {
		longest = rootDuration
	}
	if seconds == nil {
		return longest
	}
	wanted := time.Duration(*seconds) * time.Second
	if p.Kind == awswire.Root {
		return min(wanted, longest)
	}
	return wanted
}

// GetSessionToken gives a user or the root user temporary credentials with the
// same permissions, and with an MFA code proof of that.
func (s *Service) GetSessionToken(ctx context.Context, in *sts.GetSessionTokenInput) (*sts.GetSessionTokenOutput, error) {
	p := &awswire.CallOf(ctx).Principal
	if p.Temporary {
		return nil, accessDenied(msgSessionOnly, "GetSessionToken")
	}
	one := session{Kind: p.Kind, Account: p.Account, IssuerID: p.IssuerID}
	if in.SerialNumber != nil || in.TokenCode != nil {
		at, err := s.checkMFA(ctx, p, deref(in.SerialNumber), deref(in.TokenCode))
		if err != nil {
			return nil, err
		}
		one.MFA = at
	}
	creds, err := s.begin(one, lifetime(p, in.DurationSeconds), in.MinimumSessionTokenSize)
	if err != nil {
		return nil, err
	}
	return &sts.GetSessionTokenOutput{Credentials: creds.Credentials, SessionTokenSize: &creds.size, SessionTokenUtilization: &creds.utilization}, nil
}

// GetFederationToken gives a user's broker credentials for somebody that IAM
// does not know. Their permissions are those of the user and of the session
// policies at once; without session policies there are none.
func (s *Service) GetFederationToken(ctx context.Context, in *sts.GetFederationTokenInput) (*sts.GetFederationTokenOutput, error) {
	p := &awswire.CallOf(ctx).Principal
	if p.Temporary {
		return nil, accessDenied(msgSessionOnly, "GetFederationToken")
	}
	tags, err := tagMap(in.Tags)
	if err != nil {
		return nil, err
	}
	arns, err := s.sessionPolicies(ctx, p.Account, in.Policy, in.PolicyArns)
	if err != nil {
		return nil, err
	}
	packed, err := packedSize(deref(in.Policy), arns, tags)
	if err != nil {
		return nil, err
	}
	if packed == nil {
		packed = new(int32)
	}
	creds, err := s.begin(session{
		Kind: awswire.FederatedUser, Account: p.Account, IssuerID: p.IssuerID, Name: deref(in.Name), Tags: tags, Policy: deref(in.Policy), PolicyARNs: arns,
	}, lifetime(p, in.DurationSeconds), in.MinimumSessionTokenSize)
	if err != nil {
		return nil, err
	}
	id, arn := p.Account+":"+deref(in.Name), federatedARN(p.Account, deref(in.Name))
	return &sts.GetFederationTokenOutput{
		Credentials: creds.Credentials, PackedPolicySize: packed, SessionTokenSize: &creds.size, SessionTokenUtilization: &creds.utilization,
		FederatedUser: &types.FederatedUser{FederatedUserId: &id, Arn: &arn},
	}, nil
}
