package main

import (
	"fmt"

	"github.com/poolhouse-id/poolhouse/internal/iam"
	"github.com/poolhouse-id/poolhouse/internal/server"
)

// iamFlags are about IAM.
type iamFlags struct {
	ManagedPolicies  []string       `env:"POOLHOUSE_MANAGED_POLICIES" placeholder:"FILE" help:"Files, or directories of them, with AWS managed policies to add to the built-in ones or to replace them (docs/iam.md)."`
	TopicSNSEndpoint string         `env:"POOLHOUSE_TOPIC_SNS_ENDPOINT" name:"topic-sns-endpoint" placeholder:"URL" help:"SNS API that publishes the states of delegation requests to their topics: a URL, or 'aws'. Without it they go to the development inbox."`
	IAMQuotas        map[string]int `name:"iam-quota" env:"POOLHOUSE_IAM_QUOTA" placeholder:"NAME=N" help:"Quotas of an account's IAM in the place of AWS's, several separated by ';', such as roles, policies, policy-size, trust-policy-size, attached-policies-per-role or access-keys-per-user (docs/iam.md)."`
}

// apply adds what the flags say to the server's configuration.
func (f iamFlags) apply(cfg *server.Config) (err error) {
	if err := checkEndpoint(f.TopicSNSEndpoint); err != nil {
		return fmt.Errorf("--topic-sns-endpoint: %w", err)
	}
	if cfg.IAMQuotas, err = iam.ParseQuotas(f.IAMQuotas); err != nil {
		return fmt.Errorf("--iam-quota: %w", err)
	}
	cfg.ManagedPolicies, cfg.TopicEndpoint = f.ManagedPolicies, f.TopicSNSEndpoint
	return nil
}
