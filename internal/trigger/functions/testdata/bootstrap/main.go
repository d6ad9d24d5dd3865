// The bootstrap is a Lambda function on the official runtime client. What it does
// is in its event.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do    string `json:"do"`
	Value string `json:"value"`
	Millis,
	Size int
}

var served int

func handle(ctx context.Context, e event) (any, error) {
	served++
	c, _ := lambdacontext.FromContext(ctx)
	deadline, _ := ctx.Deadline()
	switch e.Do {
	case "echo":
		return map[string]any{"value": e.Value, "pid": os.Getpid(), "served": served}, nil
	case "context":
		return map[string]any{"arn": c.InvokedFunctionArn, "id": c.AwsRequestID, "left": time.Until(deadline).Milliseconds(), "name": lambdacontext.FunctionName}, nil
	case "env":
		return os.Environ(), nil
	case "cwd":
		return os.Getwd()
	case "print":
		fmt.Println(e.Value)
		fmt.Fprintln(os.Stderr, strings.ToUpper(e.Value))
		return nil, nil
	case "raise":
		return nil, errors.New(e.Value)
	case "panic":
		panic(e.Value)
	case "exit":
		os.Exit(3)
	case "sleep":
		time.Sleep(time.Duration(e.Millis) * time.Millisecond)
		return map[string]any{"pid": os.Getpid()}, nil
	case "big":
		return strings.Repeat("x", e.Size), nil
	}
	return nil, fmt.Errorf("what is %q?", e.Do)
}

func main() {
	if os.Getenv("FAIL_TO_START") != "" {
		os.Exit(4)
	}
	lambda.Start(handle)
}
