package awswire

// Service is what distinguishes one AWS service on the wire.
type Service struct {
	// Name is the signing name and IAM action prefix, such as "cognito-idp".
	Name string
	// Target is the X-Amz-Target prefix of a JSON service, empty for Query.
	Target string
	// Version and Namespace belong to a Query service.
	Version, Namespace string
	// Global services have no regions of their own.
	Global bool
	// ValidationCode is the error code of broken constraints, AccessDeniedCode
	// that of refused authorization.
	ValidationCode, AccessDeniedCode string
	// InternalCode is the error code of a fault of the server's own.
	InternalCode string
}

// The four services.
var (
	CognitoIDP = &Service{
		Name: "cognito-idp", Target: "AWSCognitoIdentityProviderService",
		ValidationCode: "InvalidParameterException", AccessDeniedCode: "AccessDeniedException",
		InternalCode: "InternalErrorException",
	}
	CognitoIdentity = &Service{
		Name: "cognito-identity", Target: "AWSCognitoIdentityService",
		ValidationCode: "ValidationException", AccessDeniedCode: "AccessDeniedException",
		InternalCode: "InternalErrorException",
	}
	IAM = &Service{
		Name: "iam", Version: "2010-05-08", Namespace: "https://iam.amazonaws.com/doc/2010-05-08/", Global: true,
		ValidationCode: "ValidationError", AccessDeniedCode: "AccessDenied",
		InternalCode: "ServiceFailure",
	}
	STS = &Service{
		Name: "sts", Version: "2011-06-15", Namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
		ValidationCode: "ValidationError", AccessDeniedCode: "AccessDenied",
		InternalCode: "InternalFailure",
	}
)
