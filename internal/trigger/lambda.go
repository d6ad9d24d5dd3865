package trigger

import (
	"context"
	"errors"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"
)

// Lambda calls functions by the Invoke operation of the Lambda API: AWS's own,
// or that of SAM CLI or an emulator.
type Lambda struct {
	client *lambda.Client
}

// NewLambda makes a Lambda. The configuration's credentials must be allowed
// lambda:InvokeFunction; endpoint is the API's URL, empty for AWS.
func NewLambda(cfg aws.Config, endpoint string) *Lambda {
	return &Lambda{lambda.NewFromConfig(cfg, func(o *lambda.Options) {
		// Runner tries again, as often as Cognito does.
		o.RetryMaxAttempts = 1
		if endpoint != "" {
			o.BaseEndpoint = &endpoint
		}
	})}
}

// Invoke implements Invoker.
func (l *Lambda) Invoke(ctx context.Context, arn string, payload []byte) (*Output, error) {
	out, err := l.invoke(ctx, arn, payload, types.InvocationTypeRequestResponse)
	if err != nil {
		return nil, err
	}
	return &Output{Payload: out.Payload, Failed: aws.ToString(out.FunctionError) != ""}, nil
}

// Post implements Invoker.
func (l *Lambda) Post(ctx context.Context, arn string, payload []byte) error {
	_, err := l.invoke(ctx, arn, payload, types.InvocationTypeEvent)
	return err
}

func (l *Lambda) invoke(ctx context.Context, arn string, payload []byte, how types.InvocationType) (*lambda.InvokeOutput, error) {
	region := func(o *lambda.Options) {
		// A function is called in its own region.
		if r := arnRegion(arn); r != "" {
			o.Region = r
		}
	}
	out, err := l.client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &arn, InvocationType: how, Payload: payload}, region)
	if err != nil {
		return nil, invokeError(err)
	}
	return out, nil
}

func invokeError(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	failed := &InvokeError{Code: "ServiceException", Retry: true, Err: err}
	var response *awshttp.ResponseError
	if errors.As(err, &response) && response.HTTPStatusCode() != 0 {
		status := response.HTTPStatusCode()
		failed.Retry = status >= http.StatusInternalServerError || status == http.StatusTooManyRequests
	}
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() != "" {
		failed.Code = api.ErrorCode()
	}
	return failed
}
