package identitypool

// Operations: TagResource, UntagResource, ListTagsForResource.

import (
	"context"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const invalidARN = "Invalid resource ARN: %s"

// poolIDOf returns the ID of the identity pool with the ARN, which must be of
// the caller's account and region.
func poolIDOf(call *awswire.Call, arn string) (string, error) {
	prefix := poolARN(call.Region, call.Account, "")
	if id, ok := strings.CutPrefix(arn, prefix); ok && id != "" {
		return id, nil
	}
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) == 6 && parts[0] == "arn" && parts[2] == "cognito-identity" {
		if id, ok := strings.CutPrefix(parts[5], "identitypool/"); ok && id != "" {
			return "", notFound(poolNotFound, id)
		}
	}
	return "", invalidParameter(invalidARN, arn)
}

// TagResource sets tags of an identity pool, which may have 50. Errors:
// InvalidParameterException, ResourceNotFoundException.
func (s *Service) TagResource(ctx context.Context, in *cognitoidentity.TagResourceInput) (*cognitoidentity.TagResourceOutput, error) {
	err := s.changeTags(ctx, aws.ToString(in.ResourceArn), func(tags map[string]string) error {
		maps.Copy(tags, in.Tags)
		return checkTags(tags)
	})
	if err != nil {
		return nil, err
	}
	return &cognitoidentity.TagResourceOutput{}, nil
}

// UntagResource removes tags of an identity pool; keys that it does not have
// are passed over.
func (s *Service) UntagResource(ctx context.Context, in *cognitoidentity.UntagResourceInput) (*cognitoidentity.UntagResourceOutput, error) {
	err := s.changeTags(ctx, aws.ToString(in.ResourceArn), func(tags map[string]string) error {
		for _, key := range in.TagKeys {
			delete(tags, key)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &cognitoidentity.UntagResourceOutput{}, nil
}

func (s *Service) changeTags(ctx context.Context, arn string, f func(map[string]string) error) error {
	call := awswire.CallOf(ctx)
	id, err := poolIDOf(call, arn)
	if err != nil {
		return err
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		_, err := s.change(tx, call, id, func(p *pool) error {
			if p.Tags == nil {
				p.Tags = map[string]string{}
			}
			return f(p.Tags)
		})
		return err
	})
}

// ListTagsForResource returns the tags of an identity pool.
func (s *Service) ListTagsForResource(ctx context.Context, in *cognitoidentity.ListTagsForResourceInput) (*cognitoidentity.ListTagsForResourceOutput, error) {
	id, err := poolIDOf(awswire.CallOf(ctx), aws.ToString(in.ResourceArn))
	if err != nil {
		return nil, err
	}
	p, err := s.viewPool(ctx, id)
	if err != nil {
		return nil, err
	}
	tags := p.Tags
	if tags == nil {
		tags = map[string]string{}
	}
	return &cognitoidentity.ListTagsForResourceOutput{Tags: tags}, nil
}
