package newops

import (
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

// WebIdentityTokenSubjectModeType says which identity a web identity token has
// as its subject.
type WebIdentityTokenSubjectModeType string

// The subjects of a web identity token.
const (
	WebIdentityTokenSubjectModeTypeAwsIdentity    WebIdentityTokenSubjectModeType = "AWSIdentity"
	WebIdentityTokenSubjectModeTypeOriginIdentity WebIdentityTokenSubjectModeType = "OriginIdentity"
)

// Values returns every WebIdentityTokenSubjectModeType.
func (WebIdentityTokenSubjectModeType) Values() []WebIdentityTokenSubjectModeType {
	return []WebIdentityTokenSubjectModeType{
		WebIdentityTokenSubjectModeTypeAwsIdentity, WebIdentityTokenSubjectModeTypeOriginIdentity,
	}
}

// GetScopedCredentialsInput is the input of GetScopedCredentials. It needs
// Policy or DurationSeconds.
type GetScopedCredentialsInput struct {
	Policy *string
	// DurationSeconds is 1 to 129600.
	DurationSeconds *int32
	// MinimumSessionTokenSize is 0 to 4096 bytes.
	MinimumSessionTokenSize  *int32
	ScopedSessionDescription *string
}

// GetScopedCredentialsOutput is the output of GetScopedCredentials.
type GetScopedCredentialsOutput struct {
	Credentials *types.Credentials
	SessionInfo *ScopedSession
	// SessionTokenUtilization is a percentage, SessionTokenSize a number of bytes.
	SessionTokenUtilization *int32
	SessionTokenSize        *int32
	ScopedPoliciesCount     *int32
	SourceIdentity          *string
}

// ScopedSession names a session that GetScopedCredentials began.
type ScopedSession struct {
	ScopedSessionId, Arn *string
}

// GetWebIdentityTokenInput adds members to the SDK's input of
// GetWebIdentityToken.
type GetWebIdentityTokenInput struct {
	sts.GetWebIdentityTokenInput
	Scope       *string
	SubjectMode WebIdentityTokenSubjectModeType
}

// AssumeRoleWithSAMLOutput adds members to the SDK's output of
// AssumeRoleWithSAML.
type AssumeRoleWithSAMLOutput struct {
	sts.AssumeRoleWithSAMLOutput
	TrustedIdentityPropagationContext *TrustedIdentityPropagationContext
}

// AssumeRoleWithWebIdentityOutput adds members to the SDK's output of
// AssumeRoleWithWebIdentity.
type AssumeRoleWithWebIdentityOutput struct {
	sts.AssumeRoleWithWebIdentityOutput
	TrustedIdentityPropagationContext *TrustedIdentityPropagationContext
}

// TrustedIdentityPropagationContext is the identity of the end user on whose
// behalf a session acts.
type TrustedIdentityPropagationContext struct {
	OriginIdentity     *OriginIdentity
	TransactionContext *TransactionContext
}

// OriginIdentity is the end user of a TrustedIdentityPropagationContext.
type OriginIdentity struct {
	Subject, SubjectType, Issuer, FederatedProviderArn *string
}

// TransactionContext is what the identity provider said of the request.
type TransactionContext struct {
	IdentityProvider map[string]string
}
