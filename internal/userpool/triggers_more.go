package userpool

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// ChallengeTriggers are the triggers of custom authentication (Developer Guide,
// "Custom authentication challenge Lambda triggers").
type ChallengeTriggers interface {
	// DefineAuthChallenge decides what comes next, given e.Session.
	DefineAuthChallenge(ctx context.Context, e *TriggerEvent) (DefineAuthChallengeResponse, error)
	// CreateAuthChallenge makes the challenge e.ChallengeName, given e.Session.
	CreateAuthChallenge(ctx context.Context, e *TriggerEvent) (CreateAuthChallengeResponse, error)
	// VerifyAuthChallengeResponse tells whether e.ChallengeAnswer is right, given
	// e.PrivateParameters.
	VerifyAuthChallengeResponse(ctx context.Context, e *TriggerEvent) (correct bool, err error)
}

// ChallengeResult is a challenge that the user has answered.
type ChallengeResult struct {
	// Name is a ChallengeNameType; SRP_A for the start of SRP.
	Name string `json:"challengeName"`
	// Result tells whether the answer was right.
	Result bool `json:"challengeResult"`
	// Metadata is CreateAuthChallenge's; nil for challenges of the pool's own.
	Metadata *string `json:"challengeMetadata"`
}

// DefineAuthChallengeResponse is the answer of a DefineAuthChallenge function.
type DefineAuthChallengeResponse struct {
	ChallengeName                   string
	IssueTokens, FailAuthentication bool
}

// CreateAuthChallengeResponse is the answer of a CreateAuthChallenge function.
type CreateAuthChallengeResponse struct {
	PublicParameters, PrivateParameters map[string]string
	// Metadata is nil when the function gave none.
	Metadata *string
}

// TokenTriggers is the trigger of making tokens (Developer Guide, "Pre token
// generation Lambda trigger").
type TokenTriggers interface {
	// PreTokenGeneration may change claims, groups and scopes, given e.Groups,
	// e.Roles, e.PreferredRole and e.Scopes. Nil changes nothing.
	PreTokenGeneration(ctx context.Context, e *TriggerEvent) (*TokenOverrides, error)
}

// TokenOverrides is the answer of a PreTokenGeneration function.
type TokenOverrides struct {
	// ID and Access are the changes of the two tokens; version 1 of the event
	// changes the ID token alone.
	ID, Access ClaimOverrides
	// AddScopes and SuppressScopes change the access token's scopes.
	AddScopes, SuppressScopes []string
	// Groups replaces the groups of both tokens; nil leaves them.
	Groups *GroupOverrides
}

// ClaimOverrides changes the claims of one token. What is both added and
// suppressed is suppressed.
type ClaimOverrides struct {
	// Add holds JSON values by claim name; strings only in version 1.
	Add      map[string]json.RawMessage
	Suppress []string
}

// GroupOverrides replaces the claims cognito:groups, cognito:roles and
// cognito:preferred_role; what is empty is left out.
type GroupOverrides struct {
	Groups, Roles []string
	PreferredRole string
}

// MigrationTriggers is the trigger that brings users along from elsewhere
// (Developer Guide, "Migrate user Lambda trigger").
type MigrationTriggers interface {
	// UserMigration is asked for a user that the pool does not have: at sign-in
	// with e.Password, or when the password was forgotten. The attributes are nil
	// when the function knows no such user either.
	UserMigration(ctx context.Context, e *TriggerEvent) (UserMigrationResponse, error)
}

// UserMigrationResponse is the answer of a UserMigration function.
type UserMigrationResponse struct {
	UserAttributes map[string]string
	// FinalUserStatus is empty, CONFIRMED or RESET_REQUIRED, which empty means.
	FinalUserStatus string
	// MessageAction is empty or SUPPRESS.
	MessageAction string
	// DesiredDeliveryMediums are of the invitation: EMAIL, SMS; without one SMS.
	DesiredDeliveryMediums           []types.DeliveryMediumType
	ForceAliasCreation, EnableSMSMFA bool
}

// FederationTriggers is the trigger of signing in through another identity
// provider (Developer Guide, "Inbound federation Lambda trigger").
type FederationTriggers interface {
	// InboundFederation may change what a provider said about a user, given
	// e.Provider. Nil means that it stays as it is; otherwise the answer replaces
	// all of the provider's attributes.
	InboundFederation(ctx context.Context, e *TriggerEvent) (map[string]string, error)
}

// ProviderEvent is what an identity provider said about a user.
type ProviderEvent struct {
	// Name is the provider's name in the pool.
	Name string `json:"providerName"`
	// Type is an IdentityProviderTypeType: OIDC, SAML, Google, ...
	Type string `json:"providerType"`
	// Attributes holds by their kind what came in: tokenResponse, idToken and
	// userInfo, or samlResponse.
	Attributes map[string]map[string]string `json:"attributes"`
}

// DefineAuthChallenge implements Triggers.
func (NoTriggers) DefineAuthChallenge(context.Context, *TriggerEvent) (DefineAuthChallengeResponse, error) {
	return DefineAuthChallengeResponse{FailAuthentication: true}, nil
}

// CreateAuthChallenge implements Triggers.
func (NoTriggers) CreateAuthChallenge(context.Context, *TriggerEvent) (CreateAuthChallengeResponse, error) {
	return CreateAuthChallengeResponse{}, nil
}

// VerifyAuthChallengeResponse implements Triggers.
func (NoTriggers) VerifyAuthChallengeResponse(context.Context, *TriggerEvent) (bool, error) {
	return false, nil
}

// PreTokenGeneration implements Triggers.
func (NoTriggers) PreTokenGeneration(context.Context, *TriggerEvent) (*TokenOverrides, error) {
	return nil, nil
}

// UserMigration implements Triggers.
func (NoTriggers) UserMigration(context.Context, *TriggerEvent) (UserMigrationResponse, error) {
	return UserMigrationResponse{}, nil
}

// InboundFederation implements Triggers.
func (NoTriggers) InboundFederation(context.Context, *TriggerEvent) (map[string]string, error) {
	return nil, nil
}
