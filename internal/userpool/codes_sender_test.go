package userpool_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/token"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

const sendersKey = "arn:aws:kms:us-east-1:123456789012:key/k"

// senderPool is emailPool with functions that send the messages.
func senderPool(in *newops.CreateUserPoolInput) {
	emailPool(in)
	in.LambdaConfig = &types.LambdaConfigType{
		KMSKeyID: aws.String(sendersKey),
		CustomEmailSender: &types.CustomEmailLambdaVersionConfigType{
			LambdaArn: aws.String("arn:aws:lambda:us-east-1:123456789012:function:email"), LambdaVersion: types.CustomEmailSenderLambdaVersionTypeV10,
		},
	}
}

// A message for a sender function carries the code, the user and the caller's
// metadata, and no text.
func TestSenderMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := w.client(w.pool(senderPool), nil)
	if _, err := w.SignUp(w.ctx, &cognito.SignUpInput{
		ClientId: &client, Username: aws.String("jane@example.com"), Password: aws.String(goodPassword), ClientMetadata: map[string]string{"k": "v"},
	}); err != nil {
		t.Fatal(err)
	}
	sent := w.messages()
	if len(sent) != 1 || sent[0].Channel != deliver.Function || sent[0].Destination != "jane@example.com" || sent[0].Subject != "" {
		t.Fatalf("messages %+v", sent)
	}
	var m userpool.SenderMessage
	if err := json.Unmarshal([]byte(sent[0].Body), &m); err != nil {
		t.Fatal(err)
	}
	if m.Function != "arn:aws:lambda:us-east-1:123456789012:function:email" || m.KMSKeyID != sendersKey || m.RequestType != "customEmailSenderRequestV1" {
		t.Errorf("message %+v", m)
	}
	if e := m.Event; e.Source != "CustomEmailSender_SignUp" || e.ClientID != client || e.ClientMetadata["k"] != "v" || e.UserAttributes["email"] != "jane@example.com" || e.Functions != nil {
		t.Errorf("event %+v", e)
	}
	if err := w.confirm(client, "jane@example.com", m.Code); err != nil {
		t.Errorf("the code %q: %v", m.Code, err)
	}
}

// unsendable refuses every message beforehand.
type unsendable struct{}

func (unsendable) Check(*store.Message) error { return errors.New("s3cret detail") }

func (unsendable) Send(context.Context, *store.Message) error { return nil }

// A message that can never be sent is an error for the caller, and nothing of
// the operation remains.
func TestCodeDeliveryFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Service = userpool.New(userpool.Config{
		Store: w.db, Clock: w.clock, Deliver: deliver.New(deliver.Config{Store: w.db, Email: unsendable{}}),
		Keys: token.New(token.Config{Store: w.db, Clock: w.clock, Reservoir: sharedReservoir()}),
	})
	pool := w.pool(emailPool)
	client := w.client(pool, nil)
	_, err := w.SignUp(w.ctx, &cognito.SignUpInput{ClientId: &client, Username: aws.String("jane@example.com"), Password: aws.String(goodPassword)})
	refused(t, err, "CodeDeliveryFailureException", "The message cannot be delivered.")
	_, err = w.AdminGetUser(w.ctx, &cognito.AdminGetUserInput{UserPoolId: &pool, Username: aws.String("jane@example.com")})
	refused(t, err, "UserNotFoundException", "User does not exist.")
}
