package identitypool

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// access lists the permissions that a signed operation needs (Service
// Authorization Reference, "Actions, resources, and condition keys for Amazon
// Cognito Identity"): actions on a pool have its ARN and tags, the others "*".
func (s *Service) access(ctx context.Context, operation string, in any) ([]awswire.Access, error) {
	call := awswire.CallOf(ctx)
	a := awswire.Access{Action: "cognito-identity:" + operation, Resource: "*", Keys: map[string][]string{}}
	poolID := ""
	switch in := in.(type) {
	case *cognitoidentity.CreateIdentityPoolInput:
		requestTags(a.Keys, in.IdentityPoolTags)
	case *cognitoidentity.ListIdentityPoolsInput, *cognitoidentity.DeleteIdentitiesInput, *cognitoidentity.SetPrincipalTagAttributeMapInput:
	case *cognitoidentity.DescribeIdentityInput:
		return s.identityAccess(ctx, a, aws.ToString(in.IdentityId))
	case *cognitoidentity.SetIdentityPoolRolesInput:
		return append([]awswire.Access{a}, passRoles(in)...), nil
	case *cognitoidentity.TagResourceInput:
		a.Resource, poolID = taggedPool(call, in.ResourceArn)
		requestTags(a.Keys, in.Tags)
	case *cognitoidentity.UntagResourceInput:
		a.Resource, poolID = taggedPool(call, in.ResourceArn)
		a.Keys["aws:TagKeys"] = in.TagKeys
	case *cognitoidentity.ListTagsForResourceInput:
		a.Resource, poolID = taggedPool(call, in.ResourceArn)
	case *cognitoidentity.DeleteIdentityPoolInput:
		poolID = aws.ToString(in.IdentityPoolId)
	case *cognitoidentity.DescribeIdentityPoolInput:
		poolID = aws.ToString(in.IdentityPoolId)
	case *cognitoidentity.UpdateIdentityPoolInput:
		poolID = aws.ToString(in.IdentityPoolId)
	case *cognitoidentity.GetIdentityPoolRolesInput:
		poolID = aws.ToString(in.IdentityPoolId)
	case *cognitoidentity.GetPrincipalTagAttributeMapInput:
		poolID = aws.ToString(in.IdentityPoolId)
	case *cognitoidentity.ListIdentitiesInput:
		poolID = aws.ToString(in.IdentityPoolId)
	case *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput:
		poolID = aws.ToString(in.IdentityPoolId)
	case *cognitoidentity.LookupDeveloperIdentityInput:
		poolID = aws.ToString(in.IdentityPoolId)
	case *cognitoidentity.MergeDeveloperIdentitiesInput:
		poolID = aws.ToString(in.IdentityPoolId)
	case *cognitoidentity.UnlinkDeveloperIdentityInput:
		poolID = aws.ToString(in.IdentityPoolId)
	}
	if poolID == "" {
		return []awswire.Access{a}, nil
	}
	if a.Resource == "*" {
		a.Resource = poolARN(call.Region, call.Account, poolID)
	}
	return []awswire.Access{a}, s.resourceTags(ctx, a.Keys, poolID)
}

// taggedPool is the resource of a tagging operation and the pool that it is, if
// it is one of the caller's.
func taggedPool(call *awswire.Call, arn *string) (resource, poolID string) {
	id, err := poolIDOf(call, aws.ToString(arn))
	if err != nil {
		return aws.ToString(arn), ""
	}
	return aws.ToString(arn), id
}

func requestTags(keys map[string][]string, tags map[string]string) {
	if len(tags) == 0 {
		return
	}
	for key, value := range tags {
		keys["aws:RequestTag/"+key] = []string{value}
	}
	keys["aws:TagKeys"] = slices.Sorted(maps.Keys(tags))
}

// resourceTags adds the tags of the pool, if the caller has it.
func (s *Service) resourceTags(ctx context.Context, keys map[string][]string, poolID string) error {
	p, err := s.viewPool(ctx, poolID)
	var missing *types.ResourceNotFoundException
	if errors.As(err, &missing) {
		return nil
	}
	if err != nil {
		return err
	}
	for key, value := range p.Tags {
		keys["aws:ResourceTag/"+key] = []string{value}
	}
	return nil
}

// identityAccess adds the key cognito-identity:IdentityPoolArn, the pool of the
// identity.
func (s *Service) identityAccess(ctx context.Context, a awswire.Access, id string) ([]awswire.Access, error) {
	call := awswire.CallOf(ctx)
	err := s.store.View(ctx, func(tx *store.Tx) error {
		i, err := tx.Identity(id)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		a.Keys["cognito-identity:IdentityPoolArn"] = []string{poolARN(call.Region, call.Account, i.PoolID)}
		return nil
	})
	return []awswire.Access{a}, err
}

// passRoles are the roles that the caller must be allowed to pass to the
// service.
func passRoles(in *cognitoidentity.SetIdentityPoolRolesInput) []awswire.Access {
	var out []awswire.Access
	for _, arn := range rolesOf(in) {
		out = append(out, awswire.Access{
			Action: "iam:PassRole", Resource: arn,
			Keys:   map[string][]string{"iam:PassedToService": {identityProvider}},
			Denied: notAuthorized(roleForbidden, arn),
		})
	}
	return out
}
