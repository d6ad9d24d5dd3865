package trigger

import (
	"bytes"
	"encoding/json"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

// event is what a function gets (Developer Guide, "User pool Lambda trigger
// event").
type event struct {
	Version       string        `json:"version"`
	TriggerSource string        `json:"triggerSource"`
	Region        string        `json:"region"`
	UserPoolID    string        `json:"userPoolId"`
	UserName      string        `json:"userName"`
	CallerContext callerContext `json:"callerContext"`
	Request       any           `json:"request"`
	Response      any           `json:"response,omitempty"`
}

type callerContext struct {
	AWSSDKVersion string `json:"awsSdkVersion"`
	ClientID      string `json:"clientId"`
}

// unknownSDK is the awsSdkVersion of callers that did not say theirs.
const unknownSDK = "aws-sdk-unknown-unknown"

func newEvent(version string, e *userpool.TriggerEvent, request, response any) *event {
	return &event{
		Version: version, TriggerSource: e.Source, Region: e.Region, UserPoolID: e.PoolID, UserName: e.UserName,
		CallerContext: callerContext{AWSSDKVersion: unknownSDK, ClientID: e.ClientID}, Request: request, Response: response,
	}
}

// encode writes the event as it is, without escapes for HTML.
func (e *event) encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(e)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// trigger is one member of a pool's LambdaConfig.
type trigger struct {
	// name is in the texts of errors.
	name     string
	function func(*types.LambdaConfigType) string
}

// plain is a trigger whose member is the function's ARN.
func plain(name string, member func(*types.LambdaConfigType) *string) trigger {
	return trigger{name: name, function: func(l *types.LambdaConfigType) string {
		if l == nil {
			return ""
		}
		return aws.ToString(member(l))
	}}
}

var (
	preSignUp           = plain("PreSignUp", func(l *types.LambdaConfigType) *string { return l.PreSignUp })
	postConfirmation    = plain("PostConfirmation", func(l *types.LambdaConfigType) *string { return l.PostConfirmation })
	preAuthentication   = plain("PreAuthentication", func(l *types.LambdaConfigType) *string { return l.PreAuthentication })
	postAuthentication  = plain("PostAuthentication", func(l *types.LambdaConfigType) *string { return l.PostAuthentication })
	customMessage       = plain("CustomMessage", func(l *types.LambdaConfigType) *string { return l.CustomMessage })
	userMigration       = plain("UserMigration", func(l *types.LambdaConfigType) *string { return l.UserMigration })
	defineAuthChallenge = plain("DefineAuthChallenge", func(l *types.LambdaConfigType) *string { return l.DefineAuthChallenge })
	createAuthChallenge = plain("CreateAuthChallenge", func(l *types.LambdaConfigType) *string { return l.CreateAuthChallenge })
	verifyAuthChallenge = plain("VerifyAuthChallengeResponse", func(l *types.LambdaConfigType) *string { return l.VerifyAuthChallengeResponse })
	inboundFederation   = plain("InboundFederation", func(l *types.LambdaConfigType) *string {
		if l.InboundFederation == nil {
			return nil
		}
		return l.InboundFederation.LambdaArn
	})
	// preTokenGeneration has two members, of which the one with a version wins; in
	// a valid pool both name the same function.
	preTokenGeneration = plain("PreTokenGeneration", func(l *types.LambdaConfigType) *string {
		if l.PreTokenGenerationConfig != nil && l.PreTokenGenerationConfig.LambdaArn != nil {
			return l.PreTokenGenerationConfig.LambdaArn
		}
		return l.PreTokenGeneration
	})
)

// version is the version member of the trigger's event: 1, but for
// PreTokenGeneration the one that the pool chose.
func (t trigger) version(l *types.LambdaConfigType) string {
	if t.name != preTokenGenerationName || l == nil || l.PreTokenGenerationConfig == nil {
		return "1"
	}
	switch l.PreTokenGenerationConfig.LambdaVersion {
	case types.PreTokenGenerationLambdaVersionTypeV20:
		return "2"
	case types.PreTokenGenerationLambdaVersionTypeV30:
		return "3"
	}
	return "1"
}

const preTokenGenerationName = "PreTokenGeneration"

// attributes is never null in an event.
func attributes(e *userpool.TriggerEvent) map[string]string {
	if e.UserAttributes == nil {
		return map[string]string{}
	}
	return e.UserAttributes
}

// givenAttributes leaves out what a user does not have before it is added.
func givenAttributes(e *userpool.TriggerEvent) map[string]string {
	given := maps.Clone(attributes(e))
	delete(given, "sub")
	delete(given, "cognito:user_status")
	return given
}

// list is never null in an event.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
