package trigger

import (
	"context"

	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

type inboundFederationResponse struct {
	UserAttributesToMap map[string]string `json:"userAttributesToMap"`
}

// InboundFederation implements userpool.Triggers (Developer Guide, "Inbound
// federation Lambda trigger"). An empty userAttributesToMap leaves everything
// as it was.
func (r *Runner) InboundFederation(ctx context.Context, e *userpool.TriggerEvent) (map[string]string, error) {
	var request userpool.ProviderEvent
	if e.Provider != nil {
		request = *e.Provider
	}
	var response inboundFederationResponse
	_, err := r.run(ctx, inboundFederation, e, request, inboundFederationResponse{UserAttributesToMap: map[string]string{}}, &response)
	if err != nil || len(response.UserAttributesToMap) == 0 {
		return nil, err
	}
	return response.UserAttributesToMap, nil
}
