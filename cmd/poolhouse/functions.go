package main

import (
	"errors"
	"fmt"
	"net/url"

	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/server"
	"github.com/poolhouse-id/poolhouse/internal/trigger/functions"
)

// functionFlags say where the Lambda functions of user pools run and how text
// messages leave.
type functionFlags struct {
	Functions      string `env:"POOLHOUSE_FUNCTIONS" placeholder:"FILE" help:"File of Lambda functions that this server runs itself as processes, as triggers of user pools (functions.yaml)."`
	LambdaEndpoint string `env:"POOLHOUSE_LAMBDA_ENDPOINT" placeholder:"URL" help:"Lambda API that runs all other functions: the URL of SAM CLI or an emulator, or 'aws'. Calls are signed with the credentials of the machine's AWS configuration. Without it such functions are not reached, and what needs them is refused."`
	KMSEndpoint    string `env:"POOLHOUSE_KMS_ENDPOINT" placeholder:"URL" help:"KMS API that encrypts codes for functions that send messages: a URL, or 'aws'. Without it only the functions of --functions can decrypt them."`

	SMSWebhook       string `env:"POOLHOUSE_SMS_WEBHOOK" placeholder:"URL" help:"Where text messages are posted as JSON. Without it or --sms-sns-endpoint, they go to the development inbox."`
	SMSWebhookSecret string `env:"POOLHOUSE_SMS_WEBHOOK_SECRET" placeholder:"SECRET" help:"Secret that signs what is posted (HMAC-SHA256); better given in the environment."`
	SMSSNSEndpoint   string `env:"POOLHOUSE_SMS_SNS_ENDPOINT" name:"sms-sns-endpoint" placeholder:"URL" help:"SNS API that sends text messages by Publish: a URL, or 'aws'."`
}

// apply adds what the flags say to the server's configuration.
func (f functionFlags) apply(cfg *server.Config) (err error) {
	for flag, endpoint := range map[string]string{
		"--lambda-endpoint": f.LambdaEndpoint, "--kms-endpoint": f.KMSEndpoint, "--sms-sns-endpoint": f.SMSSNSEndpoint,
	} {
		if err := checkEndpoint(endpoint); err != nil {
			return fmt.Errorf("%s: %w", flag, err)
		}
	}
	cfg.LambdaEndpoint, cfg.KMSEndpoint, cfg.SNSEndpoint = f.LambdaEndpoint, f.KMSEndpoint, f.SMSSNSEndpoint
	if f.Functions != "" {
		if cfg.Functions, err = functions.Read(f.Functions); err != nil {
			return fmt.Errorf("--functions: %w", err)
		}
	}
	switch {
	case f.SMSWebhook != "" && f.SMSSNSEndpoint != "":
		return errors.New("text messages leave either by --sms-webhook or by --sms-sns-endpoint")
	case f.SMSWebhook == "" && f.SMSWebhookSecret != "":
		return errors.New("--sms-webhook-secret needs --sms-webhook")
	case f.SMSWebhook != "":
		if cfg.SMSWebhook, err = deliver.ParseWebhook(f.SMSWebhook, f.SMSWebhookSecret); err != nil {
			return fmt.Errorf("--sms-webhook: %w", err)
		}
	}
	return nil
}

// checkEndpoint takes a URL, "aws" or nothing.
func checkEndpoint(endpoint string) error {
	if endpoint == "" || endpoint == server.AWSEndpoint {
		return nil
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%q is neither an http or https URL nor %s", endpoint, server.AWSEndpoint)
	}
	return nil
}
