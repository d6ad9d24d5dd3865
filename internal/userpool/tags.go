package userpool

// Operations: TagResource, UntagResource, ListTagsForResource.

import (
	"context"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// maxTags is how many tags a pool may have (API Reference, TagResource).
const maxTags = 50

const (
	tooManyTags = "A user pool cannot have more than %d tags."
	reservedTag = "Tag keys cannot begin with aws: - %s"
	invalidARN  = "Invalid user pool ARN: %s"
)

// TagResource adds tags to a user pool or changes the values of those it has.
// Errors: InvalidParameterException, ResourceNotFoundException.
func (s *Service) TagResource(ctx context.Context, in *cognito.TagResourceInput) (*cognito.TagResourceOutput, error) {
	err := s.changeTags(ctx, in.ResourceArn, func(tags map[string]string) error {
		maps.Copy(tags, in.Tags)
		return checkTags(tags)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.TagResourceOutput{}, nil
}

// UntagResource removes tags from a user pool; keys that it does not have are
// ignored. Errors: InvalidParameterException, ResourceNotFoundException.
func (s *Service) UntagResource(ctx context.Context, in *cognito.UntagResourceInput) (*cognito.UntagResourceOutput, error) {
	err := s.changeTags(ctx, in.ResourceArn, func(tags map[string]string) error {
		for _, key := range in.TagKeys {
			delete(tags, key)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &cognito.UntagResourceOutput{}, nil
}

// ListTagsForResource returns a user pool's tags. Errors:
// InvalidParameterException, ResourceNotFoundException.
func (s *Service) ListTagsForResource(ctx context.Context, in *cognito.ListTagsForResourceInput) (*cognito.ListTagsForResourceOutput, error) {
	id, err := poolOfARN(ctx, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	var p *pool
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		p, err = s.pool(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &cognito.ListTagsForResourceOutput{Tags: p.Doc.UserPoolTags}, nil
}

// changeTags writes what change makes of a copy of a pool's tags.
func (s *Service) changeTags(ctx context.Context, resource *string, change func(map[string]string) error) error {
	id, err := poolOfARN(ctx, resource)
	if err != nil {
		return err
	}
	return s.changePool(ctx, id, func(_ *store.Tx, p *pool) (*pool, error) {
		doc := *p.Doc
		doc.UserPoolTags = maps.Clone(doc.UserPoolTags)
		return p.clone(&doc), change(doc.UserPoolTags)
	})
}

// poolOfARN returns the ID of the pool that an ARN names. A pool of another
// account or region does not exist for the caller.
func poolOfARN(ctx context.Context, resource *string) (string, error) {
	a := arnParts(aws.ToString(resource))
	id, ok := strings.CutPrefix(a.resource, "userpool/")
	if a.service != "cognito-idp" || !ok || id == "" {
		return "", invalidParameter(invalidARN, aws.ToString(resource))
	}
	if call := awswire.CallOf(ctx); a.account != call.Account || a.region != call.Region {
		return "", notFound(poolNotFound, id)
	}
	return id, nil
}

// checkTags checks a pool's tags as a whole.
func checkTags(tags map[string]string) error {
	if problem := tagProblem(tags); problem != nil {
		return invalidParameter("%s", *problem)
	}
	return nil
}

// checkPoolTags does so for tags that come with a pool, for which there is an
// error of its own.
func checkPoolTags(tags map[string]string) error {
	if problem := tagProblem(tags); problem != nil {
		return &types.UserPoolTaggingException{Message: problem}
	}
	return nil
}

func tagProblem(tags map[string]string) *string {
	if len(tags) > maxTags {
		return text(tooManyTags, []any{maxTags})
	}
	for key := range tags {
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			return text(reservedTag, []any{key})
		}
	}
	return nil
}
