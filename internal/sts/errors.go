package sts

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

const (
	msgRootAssumes   = "Roles may not be assumed by root accounts."
	msgMaxSession    = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
	msgChained       = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
	msgDuplicateTags = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
	msgTransitive    = "The specified transitive tag key must be included in the requested tags."
	msgInherited     = "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session."
	msgSessionOnly   = "Cannot call %s with session credentials"
	msgBadMFA        = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
	msgNoProvider    = "No OpenIDConnect provider found in your account for %s"
	msgAudience      = "Incorrect token audience"
	msgNoKey         = "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"
	msgNotJWT        = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
	msgSignature     = "The signature of the web identity token could not be verified."
	msgExpired       = "Token expired: current date/time %d must be before the expiration date/time %d"
	msgNotAuthorized = "Not authorized to perform sts:%s"
	msgPlaintext     = "The plaintext of the session policies has more than 2048 characters."
	msgPackedTags    = "Packed size of session tags consumes %d%% of allotted space."
	msgPackedPolicy  = "Packed policy consumes %d%% of allotted space, please use smaller policy."
	msgNoPolicy      = "Policy %s does not exist or is not attachable."
	msgSourceFixed   = "The source identity of a session cannot be changed."
)

func validationError(format string, args ...any) error {
	return awswire.Errorf("ValidationError", format, args...)
}

func invalidParameter(message string) error {
	return &awswire.Error{Code: "InvalidParameterValue", Message: message, Status: 400}
}

func accessDenied(format string, args ...any) error {
	return &awswire.Error{Code: "AccessDenied", Message: fmt.Sprintf(format, args...), Status: 403}
}

func malformedPolicy(message string) error {
	return &types.MalformedPolicyDocumentException{Message: &message}
}

func invalidToken(format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	return &types.InvalidIdentityTokenException{Message: &message}
}

func packedTooLarge(format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	return &types.PackedPolicyTooLargeException{Message: &message}
}

func tokenExpired(format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	return &types.ExpiredTokenException{Message: &message}
}
