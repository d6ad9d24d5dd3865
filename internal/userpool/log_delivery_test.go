package userpool_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
)

const logGroup = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/vendedlogs/users"

func notifications() types.LogConfigurationType {
	return types.LogConfigurationType{LogLevel: "ERROR", EventSource: "userNotification", CloudWatchLogsConfiguration: &types.CloudWatchLogsConfigurationType{LogGroupArn: aws.String(logGroup)}}
}

func authEvents() types.LogConfigurationType {
	return types.LogConfigurationType{LogLevel: "INFO", EventSource: "userAuthEvents", S3Configuration: &types.S3ConfigurationType{BucketArn: aws.String("arn:aws:s3:::events")}}
}

func plus(in *newops.CreateUserPoolInput) { in.UserPoolTier = types.UserPoolTierTypePlus }

func (e *poolEnv) setLogs(poolID *string, list ...types.LogConfigurationType) error {
	_, err := e.SetLogDeliveryConfiguration(e.ctx, &cognito.SetLogDeliveryConfigurationInput{UserPoolId: poolID, LogConfigurations: list})
	return err
}

func TestLogDelivery(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t, plus)
	get := func() string {
		t.Helper()
		out, err := e.GetLogDeliveryConfiguration(e.ctx, &cognito.GetLogDeliveryConfigurationInput{UserPoolId: p.Id})
		if err != nil {
			t.Fatal(err)
		}
		return wire(t, out.LogDeliveryConfiguration)
	}
	empty := fmt.Sprintf(`{"LogConfigurations":[],"UserPoolId":%q}`, *p.Id)
	if got := get(); got != empty {
		t.Errorf("at first %s, want %s", got, empty)
	}
	firehose := authEvents()
	firehose.S3Configuration, firehose.FirehoseConfiguration = nil, &types.FirehoseConfigurationType{StreamArn: aws.String("arn:aws:firehose:eu-west-1:123456789012:deliverystream/events")}
	logs := authEvents()
	logs.S3Configuration, logs.CloudWatchLogsConfiguration = nil, notifications().CloudWatchLogsConfiguration
	for _, list := range [][]types.LogConfigurationType{{firehose}, {logs, notifications()}, {notifications(), authEvents()}} {
		if err := e.setLogs(p.Id, list...); err != nil {
			t.Fatal(err)
		}
	}
	want := fmt.Sprintf(`{"LogConfigurations":[{"EventSource":"userNotification","LogLevel":"ERROR","CloudWatchLogsConfiguration":{"LogGroupArn":%q}},`+
		`{"EventSource":"userAuthEvents","LogLevel":"INFO","S3Configuration":{"BucketArn":"arn:aws:s3:::events"}}],"UserPoolId":%q}`, logGroup, *p.Id)
	if got := get(); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
	_, err := e.UpdateUserPool(e.ctx, updateInput(p.Id, func(in *newops.UpdateUserPoolInput) { in.UserPoolTier = types.UserPoolTierTypeEssentials }))
	wantError(t, err, "TierChangeNotAllowedException", "The user pool cannot be moved to the ESSENTIALS pricing tier while these features are in use: User Activity Log Export")
	if err := e.setLogs(p.Id); err != nil || get() != empty {
		t.Errorf("after the end %s, %v", get(), err)
	}
}

func TestLogDeliveryRefusals(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p, essentials := e.create(t, plus), e.create(t)
	wantError(t, e.setLogs(essentials.Id, authEvents()), "FeatureUnavailableInTierException",
		"The following features need to be disabled for the ESSENTIALS pricing tier configured: User Activity Log Export")
	if err := e.setLogs(essentials.Id, notifications()); err != nil {
		t.Errorf("notifications without PLUS: %v", err)
	}
	change := func(c types.LogConfigurationType, f func(*types.LogConfigurationType)) types.LogConfigurationType {
		f(&c)
		return c
	}
	group := func(arn string) types.LogConfigurationType {
		return change(notifications(), func(c *types.LogConfigurationType) {
			c.CloudWatchLogsConfiguration = &types.CloudWatchLogsConfigurationType{LogGroupArn: &arn}
		})
	}
	for _, c := range []struct {
		list    []types.LogConfigurationType
		message string
	}{
		{[]types.LogConfigurationType{notifications(), notifications()}, "Only one log configuration per event source is allowed: userNotification"},
		{[]types.LogConfigurationType{change(notifications(), func(c *types.LogConfigurationType) { c.LogLevel = "INFO" })}, "The log level INFO is not valid for the event source userNotification"},
		{[]types.LogConfigurationType{change(authEvents(), func(c *types.LogConfigurationType) { c.LogLevel = "ERROR" })}, "The log level ERROR is not valid for the event source userAuthEvents"},
		{[]types.LogConfigurationType{change(authEvents(), func(c *types.LogConfigurationType) { c.S3Configuration = nil })}, "Exactly one destination is required for the event source userAuthEvents"},
		{[]types.LogConfigurationType{change(authEvents(), func(c *types.LogConfigurationType) {
			c.CloudWatchLogsConfiguration = notifications().CloudWatchLogsConfiguration
		})}, "Exactly one destination is required for the event source userAuthEvents"},
		{[]types.LogConfigurationType{change(notifications(), func(c *types.LogConfigurationType) {
			c.CloudWatchLogsConfiguration, c.S3Configuration = nil, authEvents().S3Configuration
		})}, "The event source userNotification can be sent to CloudWatch Logs only"},
		{[]types.LogConfigurationType{group("arn:aws:s3:::events")}, "arn:aws:s3:::events is not a valid destination for logs"},
		{[]types.LogConfigurationType{group("arn:aws:logs:eu-west-1:123456789012:log-group:")}, "arn:aws:logs:eu-west-1:123456789012:log-group: is not a valid destination for logs"},
		{[]types.LogConfigurationType{group("arn:aws:logs:eu-west-1:210987654321:log-group:a")}, "The log group arn:aws:logs:eu-west-1:210987654321:log-group:a must be in the account and Region of the user pool"},
		{[]types.LogConfigurationType{group("arn:aws:logs:us-east-1:123456789012:log-group:a")}, "The log group arn:aws:logs:us-east-1:123456789012:log-group:a must be in the account and Region of the user pool"},
		{[]types.LogConfigurationType{change(authEvents(), func(c *types.LogConfigurationType) { c.S3Configuration = &types.S3ConfigurationType{} })}, " is not a valid destination for logs"},
	} {
		wantError(t, e.setLogs(p.Id, c.list...), "InvalidParameterException", c.message)
	}
	wantError(t, e.setLogs(aws.String("eu-west-1_A")), "ResourceNotFoundException", "User pool eu-west-1_A does not exist.")
	_, err := e.GetLogDeliveryConfiguration(e.ctx, &cognito.GetLogDeliveryConfigurationInput{UserPoolId: aws.String("eu-west-1_A")})
	wantError(t, err, "ResourceNotFoundException", "User pool eu-west-1_A does not exist.")
}
