package iam

// GetContextKeysForCustomPolicy, GetContextKeysForPrincipalPolicy

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/poolhouse-id/poolhouse/policy"
)

// GetContextKeysForCustomPolicy lists the condition keys that documents use.
func (s *Service) GetContextKeysForCustomPolicy(_ context.Context, in *iam.GetContextKeysForCustomPolicyInput) (*iam.GetContextKeysForCustomPolicyOutput, error) {
	list, err := documents("PolicyInputList", in.PolicyInputList)
	if err != nil {
		return nil, err
	}
	return &iam.GetContextKeysForCustomPolicyOutput{ContextKeyNames: contextKeys(list)}, nil
}

// GetContextKeysForPrincipalPolicy lists the condition keys that the policies
// of a user, group or role, and further documents, use.
func (s *Service) GetContextKeysForPrincipalPolicy(ctx context.Context, in *iam.GetContextKeysForPrincipalPolicyInput) (*iam.GetContextKeysForPrincipalPolicyOutput, error) {
	sim := &simulation{}
	if err := s.source(ctx, sim, deref(in.PolicySourceArn), nil); err != nil {
		return nil, err
	}
	list, err := documents("PolicyInputList", in.PolicyInputList)
	if err != nil {
		return nil, err
	}
	return &iam.GetContextKeysForPrincipalPolicyOutput{ContextKeyNames: contextKeys(append(sim.inputs.Identity, list...))}, nil
}

// contextKeys returns the keys of all policies, each once whatever its case.
func contextKeys(list []*policy.Policy) []string {
	keys := []string{}
	for _, p := range list {
		for _, k := range p.ContextKeys() {
			if !slices.ContainsFunc(keys, func(have string) bool { return strings.EqualFold(have, k) }) {
				keys = append(keys, k)
			}
		}
	}
	return keys
}
