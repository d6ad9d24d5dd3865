package trigger

import (
	"context"
	"unicode/utf8"

	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

// The longest messages, in characters (Developer Guide, "Custom message Lambda
// trigger").
const (
	maxSMS     = 140
	maxEmail   = 20000
	maxSubject = 140
)

// linkPlaceholder stands for a confirmation link in messages.
const linkPlaceholder = "{##Click Here##}"

type customMessageRequest struct {
	UserAttributes    map[string]string `json:"userAttributes"`
	CodeParameter     string            `json:"codeParameter"`
	LinkParameter     string            `json:"linkParameter"`
	UsernameParameter *string           `json:"usernameParameter"`
	ClientMetadata    map[string]string `json:"clientMetadata,omitempty"`
}

type customMessageResponse struct {
	SMSMessage   *string `json:"smsMessage"`
	EmailMessage *string `json:"emailMessage"`
	EmailSubject *string `json:"emailSubject"`
}

// CustomMessage implements userpool.Triggers (Developer Guide, "Custom message
// Lambda trigger"). usernameParameter is set for invitations only.
func (r *Runner) CustomMessage(ctx context.Context, e *userpool.TriggerEvent) (userpool.CustomMessageResponse, error) {
	request := customMessageRequest{
		UserAttributes: attributes(e), CodeParameter: e.CodeParameter, LinkParameter: linkPlaceholder, ClientMetadata: e.ClientMetadata,
	}
	if e.Source == "CustomMessage_AdminCreateUser" {
		request.UsernameParameter = &e.UsernameParameter
	}
	var response customMessageResponse
	_, err := r.run(ctx, customMessage, e, request, customMessageResponse{}, &response)
	if err != nil {
		return userpool.CustomMessageResponse{}, err
	}
	m := userpool.CustomMessageResponse{
		SMSMessage: value(response.SMSMessage), EmailMessage: value(response.EmailMessage), EmailSubject: value(response.EmailSubject),
	}
	if longer(m.SMSMessage, maxSMS) || longer(m.EmailMessage, maxEmail) || longer(m.EmailSubject, maxSubject) {
		return userpool.CustomMessageResponse{}, errUnrecognized()
	}
	return m, nil
}

func longer(s string, n int) bool { return len(s) > n && utf8.RuneCountInString(s) > n }
