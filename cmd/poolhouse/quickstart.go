package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/poolhouse-id/poolhouse/internal/server"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/quickstart"
)

type quickstartCommand struct {
	Endpoint string `env:"POOLHOUSE_ENDPOINT" placeholder:"URL" xor:"where" help:"Run against the server at this URL, with the ambient AWS credentials or test/test. Without --endpoint and --aws an embedded server is started for the run."`
	AWS      bool   `xor:"where" help:"Run against AWS with the ambient credentials."`
	Region   string `env:"AWS_REGION" default:"ap-northeast-1" help:"Region (${default})."`

	Email          string `env:"EmailAddress" placeholder:"ADDRESS" help:"E-mail address of the user to sign up. Embedded runs have a default."`
	Password       string `env:"password" placeholder:"PASSWORD" help:"The user's password; better given in the environment. Embedded runs make one."`
	PasswordSecret string `placeholder:"SECRET-ID" help:"Take the password from this AWS Secrets Manager secret (plain text, or JSON with a member 'password')."`

	Cleanup bool   `help:"Delete everything that the run made, also after a failure."`
	Report  string `placeholder:"FILE" help:"Write the report as JSON to this file ('-' is standard output)."`
}

// Run runs the chain and prints a line for each step.
func (c *quickstartCommand) Run(ctx context.Context, s streams) (err error) {
	password, err := c.password(ctx)
	if err != nil {
		return err
	}
	cfg, stop, err := c.target(ctx, s)
	if err != nil {
		return err
	}
	defer stop()
	progress := s.out
	if c.Report == "-" {
		progress = s.err
	}
	report, err := quickstart.Run(ctx, quickstart.Config{
		AWS: cfg, Email: c.email(), Password: password,
		Progress: func(step quickstart.Step) { fmt.Fprintln(progress, step) },
	})
	if err == nil {
		fmt.Fprintf(progress, "\nThe user's credentials are %s (%s).\n", report.CallerARN, report.CallerUserID)
	}
	if report != nil {
		err = errors.Join(err, c.write(s, report), c.cleanUp(ctx, cfg, report, progress))
	}
	return err
}

func (c *quickstartCommand) embedded() bool { return c.Endpoint == "" && !c.AWS }

func (c *quickstartCommand) email() string {
	if c.Email == "" && c.embedded() {
		return "user@example.com"
	}
	return c.Email
}

// target returns the SDK's configuration of the place to run against, and what
// ends it.
func (c *quickstartCommand) target(ctx context.Context, s streams) (aws.Config, func(), error) {
	opts := []func(*config.LoadOptions) error{config.WithRegion(c.Region)}
	stop := func() {}
	switch {
	case c.embedded():
		url, end, err := startEmbedded(ctx, c.Region)
		if err != nil {
			return aws.Config{}, nil, err
		}
		stop = end
		fmt.Fprintf(s.err, "Started an embedded server at %s.\n", url)
		opts = append(opts, config.WithBaseEndpoint(url), testCredentials())
	case c.Endpoint != "":
		opts = append(opts, config.WithBaseEndpoint(c.Endpoint))
		if os.Getenv("AWS_ACCESS_KEY_ID") == "" && os.Getenv("AWS_PROFILE") == "" {
			opts = append(opts, testCredentials())
		}
	}
	cfg, err := config.LoadDefaultConfig(ctx, opts...)
	return cfg, stop, err
}

func testCredentials() func(*config.LoadOptions) error {
	return config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("test", "test", ""))
}

// startEmbedded runs a server on a free loopback port that keeps nothing.
func startEmbedded(ctx context.Context, region string) (url string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	url = "http://" + l.Addr().String()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	srv, err := server.New(ctx, server.Config{
		Store: store.Config{}, Account: defaultAccount, Region: region, PublicURL: url,
		Development: true, Log: log, Version: buildVersion(),
	})
	if err != nil {
		return "", nil, errors.Join(err, l.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		serveHTTP(ctx, l, srv, log) //nolint:errcheck // it ends with the run
	}()
	return url, func() { cancel(); <-done; srv.Close() }, nil
}

func (c *quickstartCommand) write(s streams, report *quickstart.Report) error {
	if c.Report == "" {
		return nil
	}
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if c.Report == "-" {
		_, err = s.out.Write(text)
		return err
	}
	return os.WriteFile(c.Report, text, 0o600)
}

// cleanUpTime bounds the clean-up, which runs also when the run was interrupted.
const cleanUpTime = time.Minute

func (c *quickstartCommand) cleanUp(ctx context.Context, cfg aws.Config, report *quickstart.Report, progress io.Writer) error {
	if !c.Cleanup {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpTime)
	defer cancel()
	if err := quickstart.Cleanup(ctx, cfg, report); err != nil {
		return err
	}
	fmt.Fprintln(progress, "Cleaned up.")
	return nil
}
