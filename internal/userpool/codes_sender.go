package userpool

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// SenderMessage is the body, as JSON, of a message of the channel
// deliver.Function: what the function of CustomEmailSender or CustomSMSSender is
// to be told (Developer Guide, "Custom sender Lambda triggers").
type SenderMessage struct {
	// Function is the ARN of the function, KMSKeyID that of the key under which
	// it gets the code.
	Function, KMSKeyID string
	// RequestType is customEmailSenderRequestV1 or customSMSSenderRequestV1.
	RequestType string
	// Code is a code or a temporary password; empty for messages without one.
	Code string
	// Event says whom it is for; its Functions are left out.
	Event TriggerEvent
}

// sender returns the message for the pool's sender function of the channel; nil
// when it has none and the message is sent as it is.
func (p *pool) sender(channel, code string, m message) *SenderMessage {
	l := p.Doc.LambdaConfig
	if l == nil || m.trigger == nil {
		return nil
	}
	out := &SenderMessage{KMSKeyID: aws.ToString(l.KMSKeyID), Code: code, Event: *m.trigger}
	out.Event.Functions = nil
	switch {
	case channel == deliver.Email && l.CustomEmailSender != nil:
		out.Function, out.RequestType = aws.ToString(l.CustomEmailSender.LambdaArn), "customEmailSenderRequestV1"
		out.Event.Source = "CustomEmailSender_" + m.event
	case channel == deliver.SMS && l.CustomSMSSender != nil:
		out.Function, out.RequestType = aws.ToString(l.CustomSMSSender.LambdaArn), "customSMSSenderRequestV1"
		out.Event.Source = "CustomSMSSender_" + m.event
	default:
		return nil
	}
	return out
}

const msgUndeliverable = "The message cannot be delivered."

// undeliverable answers for a message that its transport can never send, and
// passes on every other error.
func undeliverable(err error) error {
	if errors.Is(err, deliver.ErrUndeliverable) {
		return &types.CodeDeliveryFailureException{Message: aws.String(msgUndeliverable)}
	}
	return err
}

// enqueueForSender puts the message for a sender function into the outbox.
func (s *Service) enqueueForSender(tx *store.Tx, in *SenderMessage, to destination, event string, expires time.Time) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return s.deliver.Enqueue(tx, &store.Message{
		PoolID: in.Event.PoolID, Username: in.Event.UserName, Channel: deliver.Function, Purpose: event, Destination: to.value,
		Body: string(body), Expires: expires,
	})
}
