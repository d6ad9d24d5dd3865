// Operations: GetUserPoolSessionConfiguration,
// SetUserPoolSessionConfiguration, GetUserPoolClientSessionConfiguration,
// SetUserPoolClientSessionConfiguration.

package userpool

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgSessionsOff        = "Session tracking is not enabled for the user pool."
	msgSessionsIncomplete = "UserSessionTracking and TokenSession are required."
	msgMaxSessions        = "MaxPerUser must be between 1 and 100."
	msgSSOMinutes         = "MaxValidityMinutes must be between 0 and 129600."

	maxMaxSessions    = 100
	defaultSSOMinutes = 60
	maxSSOMinutes     = 129600
)

// SetUserPoolSessionConfiguration sets whether the pool tracks sessions, and
// how many each user may have. Errors: FeatureUnavailableInTierException in
// LITE pools, InvalidParameterException, ResourceNotFoundException.
func (s *Service) SetUserPoolSessionConfiguration(ctx context.Context, in *newops.SetUserPoolSessionConfigurationInput) (*newops.SetUserPoolSessionConfigurationOutput, error) {
	if in.UserSessionTracking == "" || in.TokenSession == nil || in.TokenSession.MaxPerUser == nil {
		return nil, invalidParameter(msgSessionsIncomplete)
	}
	if n := *in.TokenSession.MaxPerUser; n < 1 || n > maxMaxSessions {
		return nil, invalidParameter(msgMaxSessions)
	}
	err := s.changePool(ctx, aws.ToString(in.UserPoolId), func(_ *store.Tx, p *pool) (*pool, error) {
		if err := p.checkSessionTier(); err != nil {
			return nil, err
		}
		c := p.clone(p.Doc)
		c.Sessions = &newops.GetUserPoolSessionConfigurationOutput{UserSessionTracking: in.UserSessionTracking, TokenSession: in.TokenSession}
		return c, nil
	})
	if err != nil {
		return nil, err
	}
	return &newops.SetUserPoolSessionConfigurationOutput{
		UserPoolId: in.UserPoolId, UserSessionTracking: in.UserSessionTracking, TokenSession: in.TokenSession,
	}, nil
}

func (p *pool) checkSessionTier() error {
	if p.Doc.UserPoolTier == types.UserPoolTierTypeLite {
		return tierLacks(tierFeatures, p.Doc.UserPoolTier, sessionTracking)
	}
	return nil
}

// GetUserPoolSessionConfiguration returns what
// SetUserPoolSessionConfiguration set, or that a new pool tracks no sessions.
// Errors: ResourceNotFoundException.
func (s *Service) GetUserPoolSessionConfiguration(ctx context.Context, in *newops.GetUserPoolSessionConfigurationInput) (*newops.GetUserPoolSessionConfigurationOutput, error) {
	out := &newops.GetUserPoolSessionConfigurationOutput{UserPoolId: in.UserPoolId, UserSessionTracking: newops.UserSessionTrackingTypeDisabled}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		p, err := s.pool(ctx, tx, aws.ToString(in.UserPoolId))
		if err != nil {
			return err
		}
		if p.Sessions != nil {
			out.UserSessionTracking = p.Sessions.UserSessionTracking
		}
		out.TokenSession = &newops.UserPoolTokenSessionConfigType{MaxPerUser: aws.Int32(int32(p.maxSessions()))}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// SetUserPoolClientSessionConfiguration sets for how long an app client reuses
// single sign-ons. Errors: OperationNotEnabledException while the pool tracks
// no sessions, FeatureUnavailableInTierException in LITE pools,
// InvalidParameterException, ResourceNotFoundException.
func (s *Service) SetUserPoolClientSessionConfiguration(ctx context.Context, in *newops.SetUserPoolClientSessionConfigurationInput) (*newops.SetUserPoolClientSessionConfigurationOutput, error) {
	if in.SSOSession == nil || in.SSOSession.MaxValidityMinutes == nil ||
		*in.SSOSession.MaxValidityMinutes < 0 || *in.SSOSession.MaxValidityMinutes > maxSSOMinutes {
		return nil, invalidParameter(msgSSOMinutes)
	}
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		c, p, err := s.clientOfPool(ctx, tx, aws.ToString(in.UserPoolId), aws.ToString(in.ClientId))
		if err != nil {
			return err
		}
		if err := p.checkSessionTier(); err != nil {
			return err
		}
		if !p.tracksSessions() {
			return operationNotEnabled(msgSessionsOff)
		}
		return tx.SetClientSSOMinutes(c.ID, int64(*in.SSOSession.MaxValidityMinutes))
	})
	if err != nil {
		return nil, err
	}
	return &newops.SetUserPoolClientSessionConfigurationOutput{UserPoolId: in.UserPoolId, ClientId: in.ClientId, SSOSession: in.SSOSession}, nil
}

// GetUserPoolClientSessionConfiguration returns what
// SetUserPoolClientSessionConfiguration set, or an hour. Errors:
// ResourceNotFoundException.
func (s *Service) GetUserPoolClientSessionConfiguration(ctx context.Context, in *newops.GetUserPoolClientSessionConfigurationInput) (*newops.GetUserPoolClientSessionConfigurationOutput, error) {
	var minutes int64
	err := s.store.View(ctx, func(tx *store.Tx) error {
		c, _, err := s.clientOfPool(ctx, tx, aws.ToString(in.UserPoolId), aws.ToString(in.ClientId))
		if err != nil {
			return err
		}
		minutes, err = tx.ClientSSOMinutes(c.ID, defaultSSOMinutes)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &newops.GetUserPoolClientSessionConfigurationOutput{
		UserPoolId: in.UserPoolId, ClientId: in.ClientId,
		SSOSession: &newops.ClientSSOSessionConfigType{MaxValidityMinutes: aws.Int32(int32(minutes))},
	}, nil
}
