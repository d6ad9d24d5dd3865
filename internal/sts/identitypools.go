package sts

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/policy"
)

// cognitoProvider is the built-in provider of identity pools, in trust policies
// and as the prefix of its condition keys.
const cognitoProvider = "cognito-identity.amazonaws.com"

// CognitoSession is the name of the sessions of identity pools' identities.
const CognitoSession = "CognitoIdentityCredentials"

// IdentitySession is the role session that an identity of an identity pool is
// to get.
type IdentitySession struct {
	// RoleARN is the role to assume.
	RoleARN string
	// PoolID, IdentityID and AMR are the values of the condition keys
	// cognito-identity.amazonaws.com:aud, :sub and :amr.
	PoolID, IdentityID string
	AMR                []string
	// Name is the session's name; empty means CognitoSession.
	Name string
	// Duration is how long the session lasts; zero means an hour.
	Duration time.Duration
	// Tags are session tags; the trust policy must then allow sts:TagSession.
	Tags map[string]string
	// Policy is an inline session policy and PolicyARNs are managed ones.
	Policy     string
	PolicyARNs []string
}

// ErrRoleRefused means that the role does not exist or that its trust policy
// does not let the identity assume it.
var ErrRoleRefused = errors.New("the role cannot be assumed")

// AssumeForIdentity gives an identity that the caller has authenticated
// credentials of a role, as AssumeRoleWithWebIdentity with the identity's
// OpenID token would. The error is ErrRoleRefused when the role does not exist
// or its trust policy refuses.
func (s *Service) AssumeForIdentity(ctx context.Context, in *IdentitySession) (*types.Credentials, error) {
	if _, err := roleAccount(in.RoleARN); err != nil {
		return nil, ErrRoleRefused
	}
	keys := cognitoKeys(in.PoolID, in.IdentityID, in.AMR)
	a := &assumption{
		action: "sts:AssumeRoleWithWebIdentity", roleARN: in.RoleARN, sessionName: in.Name,
		request: anonymous(awswire.CallOf(ctx), cognitoProvider), keys: keys,
		tags: in.Tags, policy: in.Policy, policyARNs: in.PolicyARNs, provider: cognitoProvider, sessionKeys: keys,
	}
	if a.sessionName == "" {
		a.sessionName = CognitoSession
	}
	seconds := int32(defaultDuration / time.Second)
	if in.Duration > 0 {
		seconds = int32(in.Duration / time.Second)
	}
	a.duration = &seconds
	got, err := s.assume(ctx, a, func(string, policy.Decision) error { return ErrRoleRefused })
	if err != nil {
		return nil, err
	}
	return got.credentials.Credentials, nil
}

func cognitoKeys(aud, sub string, amr []string) map[string][]string {
	return map[string][]string{cognitoProvider + ":aud": {aud}, cognitoProvider + ":sub": {sub}, cognitoProvider + ":amr": amr}
}
