package userpool

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// Triggers runs the Lambda functions of a pool's LambdaConfig (Developer Guide,
// "Customizing user pool workflows with Lambda triggers"). A method is called
// whether or not the pool has the function, outside of transactions, and
// returns an error for the caller: UserLambdaValidationException,
// UnexpectedLambdaException or InvalidLambdaResponseException.
type Triggers interface {
	// PreSignUp runs before a user is added.
	PreSignUp(ctx context.Context, e *TriggerEvent) (PreSignUpResponse, error)
	// PostConfirmation runs after a user was confirmed or reset the password.
	PostConfirmation(ctx context.Context, e *TriggerEvent) error
	// CustomMessage may change a message. What stays empty is not changed.
	CustomMessage(ctx context.Context, e *TriggerEvent) (CustomMessageResponse, error)

	SignInTriggers
	ChallengeTriggers
	TokenTriggers
	MigrationTriggers
	FederationTriggers
}

// TriggerEvent is what a trigger gets to know.
type TriggerEvent struct {
	// Source is the triggerSource, such as PreSignUp_SignUp.
	Source string
	// Functions is the pool's LambdaConfig.
	Functions *types.LambdaConfigType
	// Account, Region, PoolID and ClientID are where it happens; ClientID is
	// CLIENT_ID_NOT_APPLICABLE in operations of administrators.
	Account, Region, PoolID, ClientID string
	// UserName is the canonical username.
	UserName string
	// UserAttributes are the user's attributes, sub and cognito:user_status too.
	UserAttributes map[string]string
	// ValidationData and ClientMetadata are the caller's.
	ValidationData, ClientMetadata map[string]string
	// CodeParameter and UsernameParameter are the placeholders of messages.
	CodeParameter, UsernameParameter string
	// UserNotFound tells that UserName is nobody's.
	UserNotFound bool
	// NewDeviceUsed tells PostAuthentication that the sign-in is from a device
	// that the pool did not know.
	NewDeviceUsed bool
	// Session is what a custom authentication has seen so far, ChallengeName what
	// CreateAuthChallenge makes.
	Session       []ChallengeResult
	ChallengeName string
	// PrivateParameters are CreateAuthChallenge's, ChallengeAnswer the user's.
	PrivateParameters map[string]string
	ChallengeAnswer   string
	// Groups, Roles, PreferredRole and Scopes are what tokens would show.
	Groups, Roles, Scopes []string
	PreferredRole         string
	// Password is what a user to be migrated signs in with.
	Password string
	// Provider is what an identity provider said about the user.
	Provider *ProviderEvent
}

// PreSignUpResponse is the answer of a PreSignUp function.
type PreSignUpResponse struct {
	AutoConfirmUser, AutoVerifyEmail, AutoVerifyPhone bool
}

// CustomMessageResponse is the answer of a CustomMessage function.
type CustomMessageResponse struct {
	SMSMessage, EmailMessage, EmailSubject string
}

// noClient is the client of operations of administrators.
const noClient = "CLIENT_ID_NOT_APPLICABLE"

// NoTriggers does nothing at every trigger.
type NoTriggers struct{}

// PreSignUp implements Triggers.
func (NoTriggers) PreSignUp(context.Context, *TriggerEvent) (PreSignUpResponse, error) {
	return PreSignUpResponse{}, nil
}

// PostConfirmation implements Triggers.
func (NoTriggers) PostConfirmation(context.Context, *TriggerEvent) error { return nil }

// CustomMessage implements Triggers.
func (NoTriggers) CustomMessage(context.Context, *TriggerEvent) (CustomMessageResponse, error) {
	return CustomMessageResponse{}, nil
}
