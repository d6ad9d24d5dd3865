package awswire

import (
	"fmt"

	"github.com/aws/smithy-go"
)

// Error is an error of a service that the SDK has no type for, such as
// ValidationError or AccessDenied. It implements smithy.APIError, as the SDK's
// own error types do; handlers return either.
type Error struct {
	// Code is the code as it stands on the wire.
	Code string
	// Message is the text for the caller.
	Message string
	// Status is the HTTP status; 0 means the one that the service's model gives
	// to Code, and 400 if it has none.
	Status int
}

// Errorf makes an Error with the HTTP status that its code has.
func Errorf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Error implements error.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// ErrorCode implements smithy.APIError.
func (e *Error) ErrorCode() string { return e.Code }

// ErrorMessage implements smithy.APIError.
func (e *Error) ErrorMessage() string { return e.Message }

// ErrorFault implements smithy.APIError.
func (e *Error) ErrorFault() smithy.ErrorFault {
	if e.Status >= 500 {
		return smithy.FaultServer
	}
	return smithy.FaultClient
}
