package iam

// EnableOutboundWebIdentityFederation, DisableOutboundWebIdentityFederation,
// GetOutboundWebIdentityFederationInfo

import (
	"context"
	"encoding/hex"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgOutboundOn  = "Outbound web identity federation is already enabled for this account."
	msgOutboundOff = "Outbound web identity federation is not enabled for this account."
)

// issuerOf is the issuer of the web identity tokens that STS gives the
// account's principals.
func (s *Service) issuerOf(account string) string {
	if s.tokenIssuer != nil {
		return s.tokenIssuer(account)
	}
	id := hex.EncodeToString(s.store.Derive("web identity issuer of "+account, 16))
	return "https://" + id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:] + ".tokens.sts.global.api.aws"
}

// TokenIssuer returns the issuer of the account's web identity tokens, and
// whether STS may issue any.
func (s *Service) TokenIssuer(ctx context.Context, account string) (issuer string, enabled bool, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		set, _, err := loadSettings(tx, account)
		enabled = set.WebIdentities
		return err
	})
	return s.issuerOf(account), enabled, err
}

func (s *Service) setOutbound(ctx context.Context, on bool, already error) error {
	return s.update(ctx, func(tx *store.Tx, account string) error {
		return changeSettings(tx, account, func(set *settings) error {
			if set.WebIdentities == on {
				return already
			}
			set.WebIdentities = on
			return nil
		})
	})
}

// EnableOutboundWebIdentityFederation lets the account's principals get web
// identity tokens.
func (s *Service) EnableOutboundWebIdentityFederation(ctx context.Context, _ *iam.EnableOutboundWebIdentityFederationInput) (*iam.EnableOutboundWebIdentityFederationOutput, error) {
	if err := s.setOutbound(ctx, true, &types.FeatureEnabledException{Message: ptrTo(msgOutboundOn)}); err != nil {
		return nil, err
	}
	issuer := s.issuerOf(awswire.CallOf(ctx).Account)
	return &iam.EnableOutboundWebIdentityFederationOutput{IssuerIdentifier: &issuer}, nil
}

// DisableOutboundWebIdentityFederation ends that.
func (s *Service) DisableOutboundWebIdentityFederation(ctx context.Context, _ *iam.DisableOutboundWebIdentityFederationInput) (*iam.DisableOutboundWebIdentityFederationOutput, error) {
	return &iam.DisableOutboundWebIdentityFederationOutput{}, s.setOutbound(ctx, false, &types.FeatureDisabledException{Message: ptrTo(msgOutboundOff)})
}

// GetOutboundWebIdentityFederationInfo tells the account's issuer.
func (s *Service) GetOutboundWebIdentityFederationInfo(ctx context.Context, _ *iam.GetOutboundWebIdentityFederationInfoInput) (*iam.GetOutboundWebIdentityFederationInfoOutput, error) {
	issuer, enabled, err := s.TokenIssuer(ctx, awswire.CallOf(ctx).Account)
	if err != nil {
		return nil, err
	}
	if !enabled {
		return nil, &types.FeatureDisabledException{Message: ptrTo(msgOutboundOff)}
	}
	return &iam.GetOutboundWebIdentityFederationInfoOutput{IssuerIdentifier: &issuer, JwtVendingEnabled: true}, nil
}
