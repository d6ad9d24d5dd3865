// Operations: SetRiskConfiguration, DescribeRiskConfiguration.

package userpool

import (
	"context"
	"net/netip"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgRiskEmpty      = "At least one of AccountTakeoverRiskConfiguration, CompromisedCredentialsRiskConfiguration and RiskExceptionConfiguration is required."
	msgRiskActions    = "Actions and their EventAction are required."
	msgRiskNotify     = "NotifyConfiguration is required when an action notifies users."
	msgRiskRange      = "%s is not a valid IP address range in CIDR notation."
	msgRiskRangeTwice = "%s is both in BlockedIPRangeList and in SkippedIPRangeList."
)

// SetRiskConfiguration sets what the pool, or one of its app clients, does about
// risks. It replaces the former configuration as a whole, and is accepted in
// every feature plan: the plan decides whether it is acted on. Errors:
// InvalidParameterException, ResourceNotFoundException.
func (s *Service) SetRiskConfiguration(ctx context.Context, in *cognito.SetRiskConfigurationInput) (*cognito.SetRiskConfigurationOutput, error) {
	r := &types.RiskConfigurationType{
		AccountTakeoverRiskConfiguration:        in.AccountTakeoverRiskConfiguration,
		CompromisedCredentialsRiskConfiguration: in.CompromisedCredentialsRiskConfiguration,
		RiskExceptionConfiguration:              in.RiskExceptionConfiguration,
	}
	if err := checkRisk(r); err != nil {
		return nil, err
	}
	body, err := awswire.EncodeJSON(r)
	if err != nil {
		return nil, err
	}
	row := &store.RiskConfiguration{Body: string(body)}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		if err := s.riskTarget(ctx, tx, in.UserPoolId, in.ClientId); err != nil {
			return err
		}
		return tx.PutRiskConfiguration(aws.ToString(in.UserPoolId), aws.ToString(in.ClientId), row)
	})
	if err != nil {
		return nil, err
	}
	r.UserPoolId, r.ClientId, r.LastModifiedDate = in.UserPoolId, in.ClientId, &row.Modified
	return &cognito.SetRiskConfigurationOutput{RiskConfiguration: r}, nil
}

// riskTarget checks that the pool, and the client if one is named, exist.
func (s *Service) riskTarget(ctx context.Context, tx *store.Tx, poolID, clientID *string) (err error) {
	if aws.ToString(clientID) == "" {
		_, err = s.pool(ctx, tx, aws.ToString(poolID))
	} else {
		_, _, err = s.clientOfPool(ctx, tx, aws.ToString(poolID), *clientID)
	}
	return err
}

// DescribeRiskConfiguration returns what SetRiskConfiguration set for the pool
// or the client, or an empty configuration. Errors: ResourceNotFoundException.
func (s *Service) DescribeRiskConfiguration(ctx context.Context, in *cognito.DescribeRiskConfigurationInput) (*cognito.DescribeRiskConfigurationOutput, error) {
	var row *store.RiskConfiguration
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if err := s.riskTarget(ctx, tx, in.UserPoolId, in.ClientId); err != nil {
			return err
		}
		row, err = tx.RiskConfiguration(aws.ToString(in.UserPoolId), aws.ToString(in.ClientId))
		return err
	})
	r := &types.RiskConfigurationType{}
	switch {
	case err == nil:
		if err := awswire.DecodeJSON([]byte(row.Body), r); err != nil {
			return nil, err
		}
		r.LastModifiedDate = &row.Modified
	case !isMissing(err):
		return nil, err
	}
	r.UserPoolId, r.ClientId = in.UserPoolId, in.ClientId
	return &cognito.DescribeRiskConfigurationOutput{RiskConfiguration: r}, nil
}

func checkRisk(r *types.RiskConfigurationType) error {
	t, c, x := r.AccountTakeoverRiskConfiguration, r.CompromisedCredentialsRiskConfiguration, r.RiskExceptionConfiguration
	if t == nil && c == nil && x == nil {
		return invalidParameter(msgRiskEmpty)
	}
	if c != nil && (c.Actions == nil || c.Actions.EventAction == "") {
		return invalidParameter(msgRiskActions)
	}
	if t != nil {
		if err := checkTakeover(t); err != nil {
			return err
		}
	}
	if x == nil {
		return nil
	}
	blocked := map[netip.Prefix]bool{}
	for _, text := range x.BlockedIPRangeList {
		p, err := parseRange(text)
		if err != nil {
			return err
		}
		blocked[p] = true
	}
	for _, text := range x.SkippedIPRangeList {
		p, err := parseRange(text)
		if err != nil {
			return err
		}
		if blocked[p] {
			return invalidParameter(msgRiskRangeTwice, text)
		}
	}
	return nil
}

func checkTakeover(t *types.AccountTakeoverRiskConfigurationType) error {
	if t.Actions == nil {
		return invalidParameter(msgRiskActions)
	}
	for _, a := range []*types.AccountTakeoverActionType{t.Actions.LowAction, t.Actions.MediumAction, t.Actions.HighAction} {
		switch {
		case a == nil:
		case a.EventAction == "":
			return invalidParameter(msgRiskActions)
		case a.Notify && t.NotifyConfiguration == nil:
			return invalidParameter(msgRiskNotify)
		}
	}
	return nil
}

// parseRange reads an address range in CIDR notation.
func parseRange(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, invalidParameter(msgRiskRange, text)
	}
	return p.Masked(), nil
}
