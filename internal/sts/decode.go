package sts

// DecodeAuthorizationMessage

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

// messagePurpose is what the encoded authorization messages for an account are
// sealed for; the number is that of their form.
const messagePurpose = "authorization message 1 "

// maxEncodedMessage is how long an encoded message may be (STS API Reference,
// DecodeAuthorizationMessage).
const maxEncodedMessage = 10240

const msgInvalidMessage = "The encoded authorization message is invalid."

// EncodeAuthorizationMessage encodes the JSON text of a refused decision so
// that callers of the account with the permission can decode it. It is
// empty when the message would be too long to be decoded.
func (s *Service) EncodeAuthorizationMessage(account string, text []byte) (string, error) {
	if len(text) > maxPayload {
		return "", nil
	}
	packed, err := deflate(text)
	if err != nil {
		return "", err
	}
	encoded := s.store.SealToken(messagePurpose+account, packed)
	if len(encoded) > maxEncodedMessage {
		return "", nil
	}
	return encoded, nil
}

// DecodeAuthorizationMessage returns the JSON text that an encoded denial of a
// caller of the account holds.
func (s *Service) DecodeAuthorizationMessage(ctx context.Context, in *sts.DecodeAuthorizationMessageInput) (*sts.DecodeAuthorizationMessageOutput, error) {
	packed, err := s.store.OpenToken(messagePurpose+awswire.CallOf(ctx).Account, deref(in.EncodedMessage))
	if err != nil {
		message := msgInvalidMessage
		return nil, &types.InvalidAuthorizationMessageException{Message: &message}
	}
	text, err := inflate(packed)
	if err != nil {
		return nil, err
	}
	decoded := string(text)
	return &sts.DecodeAuthorizationMessageOutput{DecodedMessage: &decoded}, nil
}
