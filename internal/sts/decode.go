package sts

// DecodeAuthorizationMessage

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

// MessagePurpose is what encoded authorization messages are sealed for (see
// store.DB.SealToken).
const MessagePurpose = "authorization message 1"

const msgInvalidMessage = "The encoded authorization message is invalid."

// DecodeAuthorizationMessage returns the JSON text that an encoded denial
// holds.
func (s *Service) DecodeAuthorizationMessage(_ context.Context, in *sts.DecodeAuthorizationMessageInput) (*sts.DecodeAuthorizationMessageOutput, error) {
	text, err := s.store.OpenToken(MessagePurpose, deref(in.EncodedMessage))
	if err != nil {
		message := msgInvalidMessage
		return nil, &types.InvalidAuthorizationMessageException{Message: &message}
	}
	decoded := string(text)
	return &sts.DecodeAuthorizationMessageOutput{DecodedMessage: &decoded}, nil
}
