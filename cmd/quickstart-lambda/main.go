// Command quickstart-lambda is the quickstart as an AWS Lambda function for the
// runtime provided.al2023:
//
//	GOOS=linux GOARCH=arm64 go build -tags lambda.norpc -o bootstrap ./cmd/quickstart-lambda
//	zip function.zip bootstrap
//
// The environment variables EmailAddress and password name the user; instead of
// password, PasswordSecret may name a Secrets Manager secret. The event may
// override EmailAddress and ask for a clean-up:
//
//	{"emailAddress": "me@example.com", "cleanup": true}
//
// The answer is the report. The function needs the right to make all of the
// resources, and 30 seconds.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/poolhouse-id/poolhouse/quickstart"
)

// Event is the function's input.
type Event struct {
	EmailAddress string `json:"emailAddress"`
	Cleanup      bool   `json:"cleanup"`
}

func main() { lambda.Start(handle) }

// cleanUpReserve is the part of the function's time that is left for the
// clean-up.
const cleanUpReserve = 5 * time.Second

func handle(ctx context.Context, event Event) (*quickstart.Report, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("AWS configuration: %w", err)
	}
	password, err := readPassword(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if event.EmailAddress == "" {
		event.EmailAddress = os.Getenv("EmailAddress")
	}
	runCtx, cancel := reserve(ctx, event.Cleanup)
	defer cancel()
	report, err := quickstart.Run(runCtx, quickstart.Config{
		AWS: cfg, Email: event.EmailAddress, Password: password,
		Progress: func(s quickstart.Step) { slog.InfoContext(ctx, s.String()) },
	})
	if event.Cleanup && report != nil {
		// A step's error stands alone where it can: its type is the answer's errorType.
		if left := quickstart.Cleanup(ctx, cfg, report); left != nil {
			err = errors.Join(err, left)
		}
	}
	if err != nil {
		return nil, err
	}
	return report, nil
}

// reserve keeps time for the clean-up before Lambda ends the function.
func reserve(ctx context.Context, cleanup bool) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok || !cleanup {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-cleanUpReserve))
}

func readPassword(ctx context.Context, cfg aws.Config) (string, error) {
	if id := os.Getenv("PasswordSecret"); id != "" {
		return quickstart.SecretPassword(ctx, cfg, id)
	}
	return os.Getenv("password"), nil
}
