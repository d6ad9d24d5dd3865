package main

import (
	"fmt"

	"github.com/poolhouse-id/poolhouse/internal/server"
)

// iamFlags are about IAM.
type iamFlags struct {
	ManagedPolicies  []string `env:"POOLHOUSE_MANAGED_POLICIES" placeholder:"FILE" help:"Files, or directories of them, with AWS managed policies to add to the built-in ones or to replace them (docs/iam.md)."`
	TopicSNSEndpoint string   `env:"POOLHOUSE_TOPIC_SNS_ENDPOINT" name:"topic-sns-endpoint" placeholder:"URL" help:"SNS API that publishes the states of delegation requests to their topics: a URL, or 'aws'. Without it they go to the development inbox."`
}

// apply adds what the flags say to the server's configuration.
func (f iamFlags) apply(cfg *server.Config) error {
	if err := checkEndpoint(f.TopicSNSEndpoint); err != nil {
		return fmt.Errorf("--topic-sns-endpoint: %w", err)
	}
	cfg.ManagedPolicies, cfg.TopicEndpoint = f.ManagedPolicies, f.TopicSNSEndpoint
	return nil
}
