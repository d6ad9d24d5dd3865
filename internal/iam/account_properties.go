package iam

// GetAccountProperties, PutAccountProperties

import (
	"context"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgPropertyKey       = "Invalid property key: %s is not of the form Namespace/PropertyName."
	msgPropertyNamespace = "All properties must belong to the same namespace."
	msgPropertyLimit     = "Cannot exceed quota for AccountProperties: %d"

	// maxProperties bounds how many properties an account has.
	maxProperties = 100
)

// GetAccountProperties returns the account's properties.
func (s *Service) GetAccountProperties(ctx context.Context, _ *iam.GetAccountPropertiesInput) (*iam.GetAccountPropertiesOutput, error) {
	out := &iam.GetAccountPropertiesOutput{Properties: map[string]string{}}
	err := s.view(ctx, func(tx *store.Tx, account string) error {
		set, _, err := loadSettings(tx, account)
		maps.Copy(out.Properties, set.Properties)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// PutAccountProperties sets properties of one namespace and leaves the others.
func (s *Service) PutAccountProperties(ctx context.Context, in *iam.PutAccountPropertiesInput) (*iam.PutAccountPropertiesOutput, error) {
	if err := checkProperties(in.Properties); err != nil {
		return nil, err
	}
	err := s.update(ctx, func(tx *store.Tx, account string) error {
		return changeSettings(tx, account, func(set *settings) error {
			if set.Properties == nil {
				set.Properties = map[string]string{}
			}
			maps.Copy(set.Properties, in.Properties)
			if len(set.Properties) > maxProperties {
				return invalidInput(msgPropertyLimit, maxProperties)
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return &iam.PutAccountPropertiesOutput{}, nil
}

// checkProperties holds keys to their form: exactly one slash, neither first
// nor last, and one namespace for all.
func checkProperties(properties map[string]string) error {
	namespace := ""
	for key := range properties {
		space, name, ok := strings.Cut(key, "/")
		if !ok || space == "" || name == "" || strings.Contains(name, "/") {
			return invalidInput(msgPropertyKey, key)
		}
		if namespace != "" && space != namespace {
			return invalidInput(msgPropertyNamespace)
		}
		namespace = space
	}
	return nil
}
