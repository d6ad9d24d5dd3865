package main

// What the additions do not say of the newest operations: errors, bounds and
// whether they are unsigned, from their API reference pages and the published
// JavaScript clients.

// newErrors are the declared errors of operations.
var newErrors = map[string]map[string][]string{
	"cognito-idp": {
		"AdminDeleteSoftwareToken":              {"InternalErrorException", "InvalidParameterException", "NotAuthorizedException", "OperationNotEnabledException", "ResourceNotFoundException", "TooManyRequestsException", "UserNotConfirmedException", "UserNotFoundException"},
		"AdminGetUserAuthFactors":               {"InternalErrorException", "InvalidParameterException", "NotAuthorizedException", "OperationNotEnabledException", "ResourceNotFoundException", "TooManyRequestsException", "UserNotFoundException"},
		"AdminListUserSessions":                 {"InternalErrorException", "InvalidParameterException", "NotAuthorizedException", "OperationNotEnabledException", "ResourceNotFoundException", "TooManyRequestsException", "UserNotFoundException"},
		"AdminRevokeUserSession":                {"InternalErrorException", "InvalidParameterException", "NotAuthorizedException", "OperationNotEnabledException", "ResourceNotFoundException", "TooManyRequestsException", "UserNotFoundException"},
		"CreateUserPoolReplica":                 {"FeatureUnavailableInTierException", "InternalErrorException", "InvalidParameterException", "LimitExceededException", "NotAuthorizedException", "OperationNotEnabledException", "ResourceNotFoundException", "TooManyRequestsException", "UserPoolTaggingException"},
		"DeleteUserPoolReplica":                 {"InternalErrorException", "InvalidParameterException", "NotAuthorizedException", "OperationNotEnabledException", "ResourceNotFoundException", "TooManyRequestsException"},
		"DescribeTermsByClient":                 {"InternalErrorException", "InvalidParameterException", "NotAuthorizedException", "OperationNotEnabledException", "ResourceNotFoundException", "TooManyRequestsException"},
		"GetClientToken":                        {"ForbiddenException", "InternalErrorException", "InvalidParameterException", "NotAuthorizedException", "OperationNotEnabledException", "ResourceNotFoundException", "TooManyRequestsException"},
		"GetProvisionedLimit":                   {"InternalErrorException", "InvalidParameterException", "NotAuthorizedException", "ResourceNotFoundException", "TooManyRequestsException"},
		"GetUserPoolClientSessionConfiguration": {"InternalErrorException", "InvalidParameterException", "NotAuthorizedException", "OperationNotEnabledException", "ResourceNotFoundException", "TooManyRequestsException"},
		"GetUserPoolSessionConfiguration":       {"InternalErrorException", "InvalidParameterException", "NotAuthorizedException", "OperationNotEnabledException", "ResourceNotFoundException", "TooManyRequestsException"},
		"ListUserPoolReplicas":                  {"InternalErrorException", "InvalidParameterException", "NotAuthorizedException", "OperationNotEnabledException", "ResourceNotFoundException", "TooManyRequestsException"},
		"ListUserSessions":                      {"ForbiddenException", "InternalErrorException", "InvalidParameterException", "NotAuthorizedException", "OperationNotEnabledException", "PasswordResetRequiredException", "ResourceNotFoundException", "TooManyRequestsException", "UserNotConfirmedException", "UserNotFoundException"},
		"RevokeUserSession":                     {"ForbiddenException", "InternalErrorException", "InvalidParameterException", "NotAuthorizedException", "OperationNotEnabledException", "PasswordResetRequiredException", "ResourceNotFoundException", "TooManyRequestsException", "UserNotConfirmedException", "UserNotFoundException"},
		"SetUserPoolClientSessionConfiguration": {"ConcurrentModificationException", "FeatureUnavailableInTierException", "InternalErrorException", "InvalidParameterException", "NotAuthorizedException", "OperationNotEnabledException", "ResourceNotFoundException", "TooManyRequestsException"},
		"SetUserPoolSessionConfiguration":       {"ConcurrentModificationException", "FeatureUnavailableInTierException", "InternalErrorException", "InvalidParameterException", "NotAuthorizedException", "OperationNotEnabledException", "ResourceNotFoundException", "TooManyRequestsException"},
		"UpdateProvisionedLimit":                {"InternalErrorException", "InvalidParameterException", "NotAuthorizedException", "ResourceNotFoundException", "ServiceQuotaExceededException", "TooManyRequestsException"},
		"UpdateUserPoolReplica":                 {"InternalErrorException", "InvalidParameterException", "NotAuthorizedException", "OperationNotEnabledException", "ResourceNotFoundException", "TooManyRequestsException"},
	},
	"iam": {
		"AcquireRole":            {"ConcurrentModificationException", "EntityAlreadyExistsException", "InvalidInputException", "LimitExceededException", "MalformedPolicyDocumentException", "NameConflictException", "NoSuchEntityException", "RoleModifiedException", "RoleTemplateDisabledException", "ServiceFailureException"},
		"GetAccountProperties":   {"InvalidInputException", "ServiceFailureException"},
		"GetRoleTemplateVersion": {"InvalidInputException", "NoSuchEntityException", "ServiceFailureException"},
		"PutAccountProperties":   {"ConcurrentModificationException", "InvalidInputException", "ServiceFailureException"},
	},
	"sts": {
		"GetScopedCredentials": {"InsufficientSessionLifetimeException", "InvalidSubjectCredentialsException", "MalformedPolicyDocumentException", "PackedPolicyTooLargeException"},
	},
}

// newErrorShapes are the errors that the models lack.
var newErrorShapes = map[string]map[string]*shape{
	"cognito-idp": {
		"OperationNotEnabledException":  exception("OperationNotEnabledException", 400),
		"ServiceQuotaExceededException": exception("ServiceQuotaExceededException", 400),
	},
	"iam": {
		"NameConflictException":         exception("NameConflict", 409),
		"RoleModifiedException":         exception("RoleModified", 409),
		"RoleTemplateDisabledException": exception("RoleTemplateDisabled", 400),
	},
	"sts": {
		"InsufficientSessionLifetimeException": exception("InsufficientSessionLifetime", 400),
		"InvalidContextAssertionException":     exception("InvalidContextAssertion", 400),
		"InvalidSubjectCredentialsException":   exception("InvalidSubjectCredentials", 400),
	},
}

// newValues are added values of enumerations.
var newValues = map[string]map[string][]string{
	"cognito-idp": {"ExplicitAuthFlowsType": {"ALLOW_CLIENT_TOKEN_AUTH"}},
}

// newUnsigned are the unsigned ones of the newest operations.
var newUnsigned = map[string]bool{"GetClientToken": true, "ListUserSessions": true, "RevokeUserSession": true}

// sameNamed maps members of added shapes to the model's shape of the members
// of the same name.
var sameNamed = map[string]map[string]string{
	"cognito-idp": {
		"NextToken": "PaginationKey", "UserPoolId": "UserPoolIdType", "TermsName": "TermsNameType",
		"CallerArn": "ArnType", "AccessToken": "TokenModelType", "UserPoolTags": "UserPoolTagsType",
		"ClientMetadata": "ClientMetadataType", "Scopes": "ScopeListType",
	},
	"iam": {"PolicyDocument": "policyDocumentType", "PolicyName": "policyNameType"},
}

// newConstraints are the documented bounds of added members.
var newConstraints = map[string]map[string]shape{
	"cognito-idp": {
		"ClientSSOSessionConfigType.MaxValidityMinutes": number(0, 129600),
		"CreateUserPoolReplicaRequest.RegionName":       region,
		"DeleteUserPoolReplicaRequest.RegionName":       region,
		"UpdateUserPoolReplicaRequest.RegionName":       region,
		"UserPoolTokenSessionConfigType.MaxPerUser":     number(1, 100),
	},
	"sts": {
		"GetScopedCredentialsRequest.DurationSeconds":              number(1, 129600),
		"GetScopedCredentialsRequest.ScopedSessionDescription":     {Type: "string", Max: new(256.0)},
		"GetScopedCredentialsRequest.MinimumSessionTokenSize":      number(0, 4096),
		"AssumeRoleRequest.MinimumSessionTokenSize":                number(0, 4096),
		"AssumeRoleWithSAMLRequest.MinimumSessionTokenSize":        number(0, 4096),
		"AssumeRoleWithWebIdentityRequest.MinimumSessionTokenSize": number(0, 4096),
		"AssumeRootRequest.MinimumSessionTokenSize":                number(0, 4096),
		"GetFederationTokenRequest.MinimumSessionTokenSize":        number(0, 4096),
		"GetSessionTokenRequest.MinimumSessionTokenSize":           number(0, 4096),
	},
}

// region bounds the names of regions.
var region = shape{Type: "string", Min: new(5.0), Max: new(32.0)}

func number(lo, hi float64) shape { return shape{Type: "integer", Min: &lo, Max: &hi} }

func exception(code string, status int) *shape {
	s := &shape{Type: "structure", Exception: true}
	s.Error = &struct {
		Code           string
		HTTPStatusCode int
	}{code, status}
	return s
}

// unenforced are shapes whose pattern the service does not check for every
// member of the shape: a custom domain has dots, which the pattern of prefixes
// has not.
var unenforced = map[string][]string{"cognito-idp": {"DomainType"}}
