package trigger

import (
	"context"

	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

type preAuthenticationRequest struct {
	UserAttributes map[string]string `json:"userAttributes"`
	ValidationData map[string]string `json:"validationData"`
	UserNotFound   bool              `json:"userNotFound"`
}

// PreAuthentication implements userpool.Triggers (Developer Guide, "Pre
// authentication Lambda trigger").
func (r *Runner) PreAuthentication(ctx context.Context, e *userpool.TriggerEvent) error {
	request := preAuthenticationRequest{attributes(e), e.ValidationData, e.UserNotFound}
	_, err := r.run(ctx, preAuthentication, e, request, struct{}{}, &struct{}{})
	return err
}

type postAuthenticationRequest struct {
	UserAttributes map[string]string `json:"userAttributes"`
	NewDeviceUsed  bool              `json:"newDeviceUsed"`
	ClientMetadata map[string]string `json:"clientMetadata,omitempty"`
}

// PostAuthentication implements userpool.Triggers (Developer Guide, "Post
// authentication Lambda trigger").
func (r *Runner) PostAuthentication(ctx context.Context, e *userpool.TriggerEvent) error {
	request := postAuthenticationRequest{attributes(e), e.NewDeviceUsed, e.ClientMetadata}
	_, err := r.run(ctx, postAuthentication, e, request, struct{}{}, &struct{}{})
	return err
}
