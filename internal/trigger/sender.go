package trigger

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/trigger/esdk"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

// senderTries is how often a sender function is given a message: Lambda tries
// an event that a function failed on twice more ("Asynchronous invocation" in the
// Lambda Developer Guide).
const senderTries = 3

// DataKeys makes data keys under KMS keys. It is safe for concurrent use.
type DataKeys interface {
	// GenerateDataKey makes a 256-bit key (KMS API, GenerateDataKey).
	GenerateDataKey(ctx context.Context, keyARN string, encryptionContext map[string]string) (*esdk.DataKey, error)
}

// Sender hands messages to the functions of CustomEmailSender and
// CustomSMSSender. It is the transport of the channel deliver.Function, so that a
// crash loses no message and a function that is not reached gets it later.
type Sender struct {
	// Runner reaches the functions.
	Runner *Runner
	// Keys encrypts the codes.
	Keys DataKeys
}

var _ deliver.Transport = (*Sender)(nil)

type senderRequest struct {
	Type           string            `json:"type"`
	Code           *string           `json:"code"`
	ClientMetadata map[string]string `json:"clientMetadata"`
	UserAttributes map[string]string `json:"userAttributes"`
}

// Send implements deliver.Transport (Developer Guide, "Custom sender Lambda
// triggers").
func (s *Sender) Send(ctx context.Context, m *store.Message) error {
	var in userpool.SenderMessage
	if err := json.Unmarshal([]byte(m.Body), &in); err != nil {
		return deliver.Permanent(fmt.Errorf("the message for a sender function cannot be read: %w", err))
	}
	code, err := s.encrypt(ctx, &in)
	if err != nil {
		return fmt.Errorf("encrypt the code under %s: %w", in.KMSKeyID, err)
	}
	e := newEvent("1", &in.Event, senderRequest{
		Type: in.RequestType, Code: code, ClientMetadata: in.Event.ClientMetadata, UserAttributes: attributes(&in.Event),
	}, nil)
	payload, err := e.encode()
	if err != nil {
		return deliver.Permanent(err)
	}
	err = s.Runner.invoker.Post(ctx, in.Function, payload)
	var failed *InvokeError
	if errors.As(err, &failed) && !failed.Retry || err != nil && m.Attempts >= senderTries {
		return deliver.Permanent(err)
	}
	return err
}

func (s *Sender) encrypt(ctx context.Context, in *userpool.SenderMessage) (*string, error) {
	if in.Code == "" {
		return nil, nil
	}
	generate := func(encryptionContext map[string]string) (*esdk.DataKey, error) {
		return s.Keys.GenerateDataKey(ctx, in.KMSKeyID, encryptionContext)
	}
	message, err := esdk.Encrypt([]byte(in.Code), map[string]string{"userpool-id": in.Event.PoolID}, generate)
	if err != nil {
		return nil, err
	}
	text := base64.StdEncoding.EncodeToString(message)
	return &text, nil
}
