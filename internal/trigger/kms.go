package trigger

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/poolhouse-id/poolhouse/internal/trigger/esdk"
)

// KMS makes data keys by the KMS API.
type KMS struct {
	client *kms.Client
}

// NewKMS makes a KMS. The configuration's credentials must be allowed
// kms:GenerateDataKey; endpoint is the API's URL, empty for AWS.
func NewKMS(cfg aws.Config, endpoint string) *KMS {
	return &KMS{kms.NewFromConfig(cfg, func(o *kms.Options) {
		if endpoint != "" {
			o.BaseEndpoint = &endpoint
		}
	})}
}

// GenerateDataKey implements DataKeys.
func (k *KMS) GenerateDataKey(ctx context.Context, keyARN string, encryptionContext map[string]string) (*esdk.DataKey, error) {
	region := func(o *kms.Options) {
		if r := arnRegion(keyARN); r != "" {
			o.Region = r
		}
	}
	out, err := k.client.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{
		KeyId: &keyARN, KeySpec: types.DataKeySpecAes256, EncryptionContext: encryptionContext,
	}, region)
	if err != nil {
		return nil, err
	}
	if len(out.Plaintext) != 32 {
		return nil, fmt.Errorf("KMS answered with a key of %d bytes", len(out.Plaintext))
	}
	return &esdk.DataKey{Plaintext: out.Plaintext, Ciphertext: out.CiphertextBlob, KeyARN: aws.ToString(out.KeyId)}, nil
}
