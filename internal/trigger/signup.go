package trigger

import (
	"context"

	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

type preSignUpRequest struct {
	UserAttributes map[string]string `json:"userAttributes"`
	ValidationData map[string]string `json:"validationData"`
	ClientMetadata map[string]string `json:"clientMetadata,omitempty"`
}

type preSignUpResponse struct {
	AutoConfirmUser bool `json:"autoConfirmUser"`
	AutoVerifyEmail bool `json:"autoVerifyEmail"`
	AutoVerifyPhone bool `json:"autoVerifyPhone"`
}

// PreSignUp implements userpool.Triggers (Developer Guide, "Pre sign-up Lambda
// trigger"). Its triggerSource is PreSignUp_SignUp, PreSignUp_AdminCreateUser or
// PreSignUp_ExternalProvider.
func (r *Runner) PreSignUp(ctx context.Context, e *userpool.TriggerEvent) (userpool.PreSignUpResponse, error) {
	request := preSignUpRequest{givenAttributes(e), e.ValidationData, e.ClientMetadata}
	var response preSignUpResponse
	_, err := r.run(ctx, preSignUp, e, request, preSignUpResponse{}, &response)
	return userpool.PreSignUpResponse(response), err
}

type attributesRequest struct {
	UserAttributes map[string]string `json:"userAttributes"`
	ClientMetadata map[string]string `json:"clientMetadata,omitempty"`
}

// PostConfirmation implements userpool.Triggers (Developer Guide, "Post
// confirmation Lambda trigger"). Its triggerSource is
// PostConfirmation_ConfirmSignUp or PostConfirmation_ConfirmForgotPassword.
func (r *Runner) PostConfirmation(ctx context.Context, e *userpool.TriggerEvent) error {
	_, err := r.run(ctx, postConfirmation, e, attributesRequest{attributes(e), e.ClientMetadata}, struct{}{}, &struct{}{})
	return err
}
