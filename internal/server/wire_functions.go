package server

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/trigger"
	"github.com/poolhouse-id/poolhouse/internal/trigger/functions"
)

// AWSEndpoint stands for AWS's own endpoint in LambdaEndpoint, KMSEndpoint and
// SNSEndpoint.
const AWSEndpoint = "aws"

// wireFunctions makes what runs the pools' functions: local ones first, then
// those of the Lambda API.
func (s *Server) wireFunctions(v *services) (*trigger.Runner, *trigger.Sender, error) {
	kms, err := functions.NewKMS(s.store.Derive("data keys of sender functions", 32))
	if err != nil {
		return nil, nil, err
	}
	var keys trigger.DataKeys = kms
	if s.cfg.KMSEndpoint != "" {
		cfg, err := s.awsConfig(s.cfg.KMSEndpoint)
		if err != nil {
			return nil, nil, fmt.Errorf("KMS endpoint: %w", err)
		}
		kms, keys = nil, trigger.NewKMS(cfg, serviceURL(s.cfg.KMSEndpoint))
	}
	var chain trigger.Chain
	if s.cfg.Invoker != nil {
		chain = append(chain, s.cfg.Invoker)
	}
	if len(s.cfg.Functions) > 0 {
		env := map[string]string{"AWS_ENDPOINT_URL": s.publicURL, "AWS_REGION": s.region, "AWS_DEFAULT_REGION": s.region}
		v.functions, err = functions.Start(functions.Config{Functions: s.cfg.Functions, Env: env, AccountKeys: !s.strict, KMS: kms, Log: s.log})
		if err != nil {
			return nil, nil, err
		}
		chain = append(chain, v.functions)
	}
	if s.cfg.LambdaEndpoint != "" {
		cfg, err := s.awsConfig(s.cfg.LambdaEndpoint)
		if err != nil {
			return nil, nil, fmt.Errorf("the Lambda endpoint: %w", err)
		}
		chain = append(chain, trigger.NewLambda(cfg, serviceURL(s.cfg.LambdaEndpoint)))
	}
	runner := trigger.New(trigger.Config{Invoker: chain, Log: s.log})
	return runner, &trigger.Sender{Runner: runner, Keys: keys}, nil
}

// sms is the transport of text messages; nil means the development inbox.
func (s *Server) sms() (deliver.Transport, error) {
	switch {
	case s.cfg.SMSWebhook != nil:
		return s.cfg.SMSWebhook, nil
	case s.cfg.SNSEndpoint != "":
		cfg, err := s.awsConfig(s.cfg.SNSEndpoint)
		if err != nil {
			return nil, fmt.Errorf("SNS endpoint: %w", err)
		}
		return deliver.NewSNS(cfg, serviceURL(s.cfg.SNSEndpoint)), nil
	}
	return nil, nil
}

func serviceURL(endpoint string) string {
	if endpoint == AWSEndpoint {
		return ""
	}
	return endpoint
}

// credentialsTimeout bounds the look for credentials at the start.
const credentialsTimeout = 10 * time.Second

// awsConfig is the machine's AWS configuration, with its credentials. What is on
// the same machine, such as an emulator, does without: it gets test/test.
func (s *Server) awsConfig(endpoint string) (aws.Config, error) {
	ctx, cancel := context.WithTimeout(context.Background(), credentialsTimeout)
	defer cancel()
	cfg, err := config.LoadDefaultConfig(ctx, config.WithDefaultRegion(s.region))
	if err != nil {
		return cfg, err
	}
	if onThisMachine(endpoint) {
		quick, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if _, err := cfg.Credentials.Retrieve(quick); err != nil {
			cfg.Credentials = awscredentials.NewStaticCredentialsProvider("test", "test", "")
		}
		return cfg, nil
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return cfg, fmt.Errorf("there are no AWS credentials: %w", err)
	}
	return cfg, nil
}

func onThisMachine(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
