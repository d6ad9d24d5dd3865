package quickstart

// AWS Secrets Manager: GetSecretValue.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// SecretPassword reads a password from AWS Secrets Manager. The secret, named by
// its id or ARN, is the password itself or a JSON object with the password in
// its member "password". Errors never repeat the secret.
func SecretPassword(ctx context.Context, cfg aws.Config, secretID string) (string, error) {
	out, err := secretsmanager.NewFromConfig(cfg).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &secretID})
	if err != nil {
		return "", fmt.Errorf("the secret %s: %w", secretID, err)
	}
	text := aws.ToString(out.SecretString)
	if text == "" {
		return "", fmt.Errorf("the secret %s has no text", secretID)
	}
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &object) != nil {
		return text, nil
	}
	var password string
	if json.Unmarshal(object["password"], &password) != nil || password == "" {
		return "", errors.New("the secret " + secretID + ` is a JSON object without a text member "password"`)
	}
	return password, nil
}
