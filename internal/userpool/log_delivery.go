package userpool

// Operations: SetLogDeliveryConfiguration, GetLogDeliveryConfiguration.

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	logSourceTwice       = "Only one log configuration per event source is allowed: %s"
	logLevelOfSource     = "The log level %s is not valid for the event source %s"
	logOneDestination    = "Exactly one destination is required for the event source %s"
	logNotificationsTo   = "The event source userNotification can be sent to CloudWatch Logs only"
	logBadDestination    = "%s is not a valid destination for logs"
	logForeignLogGroup   = "The log group %s must be in the account and Region of the user pool"
	logUserActivity      = "User Activity Log Export"
	logLevelNotification = types.LogLevelError
	logLevelAuthEvents   = types.LogLevelInfo
)

// SetLogDeliveryConfiguration says where a pool's logs go: errors of messages
// to users, and, with the tier PLUS, events of sign-in. It replaces what was
// configured; an empty list ends the delivery. Errors:
// InvalidParameterException, FeatureUnavailableInTierException,
// ResourceNotFoundException.
func (s *Service) SetLogDeliveryConfiguration(ctx context.Context, in *cognito.SetLogDeliveryConfigurationInput) (*cognito.SetLogDeliveryConfigurationOutput, error) {
	doc := &types.LogDeliveryConfigurationType{UserPoolId: in.UserPoolId, LogConfigurations: in.LogConfigurations}
	if doc.LogConfigurations == nil {
		doc.LogConfigurations = []types.LogConfigurationType{}
	}
	body, err := awswire.EncodeJSON(doc)
	if err != nil {
		return nil, err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		p, err := s.pool(ctx, tx, aws.ToString(in.UserPoolId))
		if err != nil {
			return err
		}
		if err := p.checkLogs(doc.LogConfigurations); err != nil {
			return err
		}
		return tx.SetLogDelivery(p.ID, string(body))
	})
	if err != nil {
		return nil, err
	}
	return &cognito.SetLogDeliveryConfigurationOutput{LogDeliveryConfiguration: doc}, nil
}

func (p *pool) checkLogs(configurations []types.LogConfigurationType) error {
	for i := range configurations {
		c := &configurations[i]
		if slices.ContainsFunc(configurations[:i], func(o types.LogConfigurationType) bool { return o.EventSource == c.EventSource }) {
			return invalidParameter(logSourceTwice, c.EventSource)
		}
		if err := p.checkLog(c); err != nil {
			return err
		}
	}
	return nil
}

// checkLog checks one event source: its level, and that it has a destination
// that it can go to.
func (p *pool) checkLog(c *types.LogConfigurationType) error {
	authEvents := c.EventSource == types.EventSourceNameUserAuthEvents
	level := logLevelNotification
	if authEvents {
		level = logLevelAuthEvents
		if tierRank[p.Doc.UserPoolTier] < tierRank[types.UserPoolTierTypePlus] {
			return tierLacks(tierFeatures, p.Doc.UserPoolTier, logUserActivity)
		}
	}
	if c.LogLevel != level {
		return invalidParameter(logLevelOfSource, c.LogLevel, c.EventSource)
	}
	destinations := 0
	for _, given := range []bool{c.CloudWatchLogsConfiguration != nil, c.FirehoseConfiguration != nil, c.S3Configuration != nil} {
		if given {
			destinations++
		}
	}
	if destinations != 1 {
		return invalidParameter(logOneDestination, c.EventSource)
	}
	if !authEvents && c.CloudWatchLogsConfiguration == nil {
		return invalidParameter(logNotificationsTo)
	}
	return p.checkLogDestination(c)
}

func (p *pool) checkLogDestination(c *types.LogConfigurationType) error {
	var destination, service, resource string
	switch {
	case c.CloudWatchLogsConfiguration != nil:
		destination, service, resource = aws.ToString(c.CloudWatchLogsConfiguration.LogGroupArn), "logs", "log-group:"
	case c.FirehoseConfiguration != nil:
		destination, service, resource = aws.ToString(c.FirehoseConfiguration.StreamArn), "firehose", "deliverystream/"
	default:
		destination, service = aws.ToString(c.S3Configuration.BucketArn), "s3"
	}
	arn := arnParts(destination)
	if arn.service != service || !strings.HasPrefix(arn.resource, resource) || len(arn.resource) == len(resource) {
		return invalidParameter(logBadDestination, destination)
	}
	if service == "logs" && (arn.account != p.Account || arn.region != p.Region) {
		return invalidParameter(logForeignLogGroup, destination)
	}
	return nil
}

// GetLogDeliveryConfiguration returns where a pool's logs go. Errors:
// ResourceNotFoundException.
func (s *Service) GetLogDeliveryConfiguration(ctx context.Context, in *cognito.GetLogDeliveryConfigurationInput) (*cognito.GetLogDeliveryConfigurationOutput, error) {
	var doc *types.LogDeliveryConfigurationType
	err := s.store.View(ctx, func(tx *store.Tx) error {
		p, err := s.pool(ctx, tx, aws.ToString(in.UserPoolId))
		if err != nil {
			return err
		}
		doc, err = logDelivery(tx, p.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &cognito.GetLogDeliveryConfigurationOutput{LogDeliveryConfiguration: doc}, nil
}

// logDelivery returns where the pool's logs go, without configurations if that
// has not been set.
func logDelivery(tx *store.Tx, poolID string) (*types.LogDeliveryConfigurationType, error) {
	doc := &types.LogDeliveryConfigurationType{UserPoolId: &poolID, LogConfigurations: []types.LogConfigurationType{}}
	body, err := tx.LogDelivery(poolID)
	if errors.Is(err, store.ErrNotFound) {
		return doc, nil
	}
	if err != nil {
		return nil, err
	}
	return doc, awswire.DecodeJSON([]byte(body), doc)
}

// checkLogsTier refuses to lower the tier of a pool that exports events of
// sign-in.
func checkLogsTier(tx *store.Tx, before, p *pool) error {
	if tierRank[p.Doc.UserPoolTier] >= tierRank[before.Doc.UserPoolTier] {
		return nil
	}
	doc, err := logDelivery(tx, p.ID)
	if err != nil {
		return err
	}
	for _, c := range doc.LogConfigurations {
		if c.EventSource == types.EventSourceNameUserAuthEvents && tierRank[p.Doc.UserPoolTier] < tierRank[types.UserPoolTierTypePlus] {
			return tierChangeNotAllowed(p.Doc.UserPoolTier, []string{logUserActivity})
		}
	}
	return nil
}
