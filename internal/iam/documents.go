package iam

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/policy"
)

func malformedPolicy(message string) error {
	return &types.MalformedPolicyDocumentException{Message: &message}
}

func policyNotAttachable(message string) error {
	return &types.PolicyNotAttachableException{Message: &message}
}

// wireSyntax turns the policy package's refusal of a document into
// MalformedPolicyDocument.
func wireSyntax(err error) error {
	var syntax *policy.SyntaxError
	if errors.As(err, &syntax) {
		return malformedPolicy(syntax.Message)
	}
	return err
}

// validateIdentity checks a managed or inline policy as it is saved.
func validateIdentity(document string) error { return wireSyntax(policy.ValidateIdentity(document)) }

// validateTrust checks a role's trust policy as it is saved, but not that its
// principals exist.
func validateTrust(document string) error { return wireSyntax(policy.ValidateTrust(document)) }
