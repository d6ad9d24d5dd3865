package trigger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

const (
	msgFailed       = "%s failed with error %s."
	msgNotInvoked   = "%s invocation failed due to error %s."
	msgUnrecognized = "Unrecognizable lambda output"
	msgNotJSON      = "Invalid lambda function output : Invalid JSON"
	// codeTimeout stands where an error code would for a function that does not
	// answer in time.
	codeTimeout = "Socket timeout while invoking Lambda function"
)

// errUnrecognized is an answer that is JSON but not of the documented form.
func errUnrecognized() error {
	text := msgUnrecognized
	return &types.InvalidLambdaResponseException{Message: &text}
}

func errNotJSON() error {
	text := msgNotJSON
	return &types.InvalidLambdaResponseException{Message: &text}
}

// errFailed passes on what a function raised. The message is the function's:
// that is how functions talk to users.
func errFailed(trigger string, payload []byte) error {
	var raised struct {
		ErrorMessage string `json:"errorMessage"`
		ErrorType    string `json:"errorType"`
	}
	// Whatever cannot be read leaves the message empty.
	_ = json.Unmarshal(payload, &raised)
	if raised.ErrorMessage == "" {
		raised.ErrorMessage = raised.ErrorType
	}
	text := fmt.Sprintf(msgFailed, trigger, raised.ErrorMessage)
	return &types.UserLambdaValidationException{Message: &text}
}

func errNotInvoked(trigger string, err error) error {
	code := "ServiceException"
	var failed *InvokeError
	switch {
	case errors.As(err, &failed):
		code = failed.Code
	case errors.Is(err, context.DeadlineExceeded):
		code = codeTimeout
	}
	text := fmt.Sprintf(msgNotInvoked, trigger, code)
	return &types.UnexpectedLambdaException{Message: &text}
}
