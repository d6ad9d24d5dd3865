package newops

import (
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// ClientTypeType tells app clients that registered themselves from others.
type ClientTypeType string

// The types of app clients.
const (
	ClientTypeTypeDcr     ClientTypeType = "DCR"
	ClientTypeTypeRegular ClientTypeType = "REGULAR"
)

// Values returns every ClientTypeType.
func (ClientTypeType) Values() []ClientTypeType {
	return []ClientTypeType{ClientTypeTypeDcr, ClientTypeTypeRegular}
}

// ResourceServerManagedByType says who manages a resource server.
type ResourceServerManagedByType string

// ResourceServerManagedByTypeCognito marks a resource server that is not the
// caller's own.
const ResourceServerManagedByTypeCognito ResourceServerManagedByType = "COGNITO"

// Values returns every ResourceServerManagedByType.
func (ResourceServerManagedByType) Values() []ResourceServerManagedByType {
	return []ResourceServerManagedByType{ResourceServerManagedByTypeCognito}
}

// DcrConfigurationType is a user pool's dynamic client registration (RFC 7591).
type DcrConfigurationType struct {
	// EnableStatus is ENABLED when it is absent from a given configuration.
	EnableStatus            types.StatusType
	OpenDcrEnabled          *bool
	AuthenticatedGrantTypes []types.OAuthFlowType
	OpenDcrGrantTypes       []types.OAuthFlowType
	AllowedScopes           []string
}

// AcrLevelConfigType names a level of authentication.
type AcrLevelConfigType struct {
	AcrValue *string
}

// CreateUserPoolInput adds members to the SDK's input of CreateUserPool.
type CreateUserPoolInput struct {
	cognito.CreateUserPoolInput
	DcrConfiguration *DcrConfigurationType
	AcrConfiguration map[string]AcrLevelConfigType
}

// UpdateUserPoolInput adds members to the SDK's input of UpdateUserPool.
type UpdateUserPoolInput struct {
	cognito.UpdateUserPoolInput
	DcrConfiguration *DcrConfigurationType
	AcrConfiguration map[string]AcrLevelConfigType
}

// UserPoolType adds members to the SDK's user pool.
type UserPoolType struct {
	types.UserPoolType
	DcrConfiguration *DcrConfigurationType
	AcrConfiguration map[string]AcrLevelConfigType
}

// CreateUserPoolOutput is the output of CreateUserPool.
type CreateUserPoolOutput struct{ UserPool *UserPoolType }

// DescribeUserPoolOutput is the output of DescribeUserPool.
type DescribeUserPoolOutput struct{ UserPool *UserPoolType }

// ListUserPoolClientsInput adds members to the SDK's input of
// ListUserPoolClients.
type ListUserPoolClientsInput struct {
	cognito.ListUserPoolClientsInput
	ClientType ClientTypeType
}

// UserPoolClientType adds members to the SDK's app client.
type UserPoolClientType struct {
	types.UserPoolClientType
	ClientType ClientTypeType
}

// CreateUserPoolClientOutput is the output of CreateUserPoolClient.
type CreateUserPoolClientOutput struct{ UserPoolClient *UserPoolClientType }

// DescribeUserPoolClientOutput is the output of DescribeUserPoolClient.
type DescribeUserPoolClientOutput struct{ UserPoolClient *UserPoolClientType }

// UpdateUserPoolClientOutput is the output of UpdateUserPoolClient.
type UpdateUserPoolClientOutput struct{ UserPoolClient *UserPoolClientType }

// CreateIdentityProviderInput adds members to the SDK's input of
// CreateIdentityProvider.
type CreateIdentityProviderInput struct {
	cognito.CreateIdentityProviderInput
	AcrMapping map[string]string
}

// UpdateIdentityProviderInput adds members to the SDK's input of
// UpdateIdentityProvider.
type UpdateIdentityProviderInput struct {
	cognito.UpdateIdentityProviderInput
	AcrMapping map[string]string
}

// IdentityProviderType adds members to the SDK's identity provider.
type IdentityProviderType struct {
	types.IdentityProviderType
	AcrMapping map[string]string
}

// CreateIdentityProviderOutput is the output of CreateIdentityProvider.
type CreateIdentityProviderOutput struct{ IdentityProvider *IdentityProviderType }

// DescribeIdentityProviderOutput is the output of DescribeIdentityProvider.
type DescribeIdentityProviderOutput struct{ IdentityProvider *IdentityProviderType }

// UpdateIdentityProviderOutput is the output of UpdateIdentityProvider.
type UpdateIdentityProviderOutput struct{ IdentityProvider *IdentityProviderType }

// GetIdentityProviderByIdentifierOutput is the output of
// GetIdentityProviderByIdentifier.
type GetIdentityProviderByIdentifierOutput struct{ IdentityProvider *IdentityProviderType }

// ResourceServerType adds members to the SDK's resource server.
type ResourceServerType struct {
	types.ResourceServerType
	ManagedBy ResourceServerManagedByType
}

// CreateResourceServerOutput is the output of CreateResourceServer.
type CreateResourceServerOutput struct{ ResourceServer *ResourceServerType }

// DescribeResourceServerOutput is the output of DescribeResourceServer.
type DescribeResourceServerOutput struct{ ResourceServer *ResourceServerType }

// UpdateResourceServerOutput is the output of UpdateResourceServer.
type UpdateResourceServerOutput struct{ ResourceServer *ResourceServerType }

// ListResourceServersOutput is the output of ListResourceServers.
type ListResourceServersOutput struct {
	ResourceServers []ResourceServerType
	NextToken       *string
}

// RespondToAuthChallengeOutput adds members to the SDK's output of
// RespondToAuthChallenge.
type RespondToAuthChallengeOutput struct {
	cognito.RespondToAuthChallengeOutput
	AvailableChallenges []types.ChallengeNameType
}

// AdminRespondToAuthChallengeOutput adds members to the SDK's output of
// AdminRespondToAuthChallenge.
type AdminRespondToAuthChallengeOutput struct {
	cognito.AdminRespondToAuthChallengeOutput
	AvailableChallenges []types.ChallengeNameType
}

// RevokeTokenInput adds members to the SDK's input of RevokeToken.
type RevokeTokenInput struct {
	cognito.RevokeTokenInput
	RevokeAssociatedSessions RevokeAssociatedSessionsType
}

// PasswordHashingAlgorithmType says how the passwords were hashed that an
// import job brings along.
type PasswordHashingAlgorithmType string

// The algorithms of imported password hashes.
const (
	PasswordHashingAlgorithmTypeArgon2id     PasswordHashingAlgorithmType = "ARGON2ID"
	PasswordHashingAlgorithmTypeBcrypt       PasswordHashingAlgorithmType = "BCRYPT"
	PasswordHashingAlgorithmTypePbkdf2Sha256 PasswordHashingAlgorithmType = "PBKDF2_SHA256"
	PasswordHashingAlgorithmTypeScrypt       PasswordHashingAlgorithmType = "SCRYPT"
)

// Values returns every PasswordHashingAlgorithmType.
func (PasswordHashingAlgorithmType) Values() []PasswordHashingAlgorithmType {
	return []PasswordHashingAlgorithmType{
		PasswordHashingAlgorithmTypeArgon2id, PasswordHashingAlgorithmTypeBcrypt,
		PasswordHashingAlgorithmTypePbkdf2Sha256, PasswordHashingAlgorithmTypeScrypt,
	}
}

// CreateUserImportJobInput adds members to the SDK's input of
// CreateUserImportJob.
type CreateUserImportJobInput struct {
	cognito.CreateUserImportJobInput
	PasswordHashingAlgorithm PasswordHashingAlgorithmType
}

// UserImportJobType adds members to the SDK's import job.
type UserImportJobType struct {
	types.UserImportJobType
	PasswordHashingAlgorithm PasswordHashingAlgorithmType
}

// CreateUserImportJobOutput is the output of CreateUserImportJob.
type CreateUserImportJobOutput struct{ UserImportJob *UserImportJobType }

// DescribeUserImportJobOutput is the output of DescribeUserImportJob.
type DescribeUserImportJobOutput struct{ UserImportJob *UserImportJobType }

// StartUserImportJobOutput is the output of StartUserImportJob.
type StartUserImportJobOutput struct{ UserImportJob *UserImportJobType }

// StopUserImportJobOutput is the output of StopUserImportJob.
type StopUserImportJobOutput struct{ UserImportJob *UserImportJobType }

// ListUserImportJobsOutput is the output of ListUserImportJobs.
type ListUserImportJobsOutput struct {
	UserImportJobs  []UserImportJobType
	PaginationToken *string
}
