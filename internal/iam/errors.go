package iam

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

func text(format string, args []any) *string {
	s := fmt.Sprintf(format, args...)
	return &s
}

func noSuchEntity(format string, args ...any) error {
	return &types.NoSuchEntityException{Message: text(format, args)}
}

func alreadyExists(format string, args ...any) error {
	return &types.EntityAlreadyExistsException{Message: text(format, args)}
}

func deleteConflict(format string, args ...any) error {
	return &types.DeleteConflictException{Message: text(format, args)}
}

func limitExceeded(format string, args ...any) error {
	return &types.LimitExceededException{Message: text(format, args)}
}

func invalidInput(format string, args ...any) error {
	return &types.InvalidInputException{Message: text(format, args)}
}

func unmodifiable(format string, args ...any) error {
	return &types.UnmodifiableEntityException{Message: text(format, args)}
}

func validationError(format string, args ...any) error {
	return awswire.Errorf("ValidationError", format, args...)
}

func accessDenied(format string, args ...any) error {
	return &awswire.Error{Code: "AccessDenied", Message: fmt.Sprintf(format, args...), Status: 403}
}
