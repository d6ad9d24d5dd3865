package userpool

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

func invalidParameter(format string, args ...any) error {
	return &types.InvalidParameterException{Message: text(format, args)}
}

func notAuthorized(format string, args ...any) error {
	return &types.NotAuthorizedException{Message: text(format, args)}
}

func notFound(format string, args ...any) error {
	return &types.ResourceNotFoundException{Message: text(format, args)}
}

func limitExceeded(format string, args ...any) error {
	return &types.LimitExceededException{Message: text(format, args)}
}

func tierLacks(format string, args ...any) error {
	return &types.FeatureUnavailableInTierException{Message: text(format, args)}
}

func text(format string, args []any) *string {
	s := format
	if len(args) > 0 {
		s = fmt.Sprintf(format, args...)
	}
	return &s
}
