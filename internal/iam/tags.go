package iam

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// maxTags is how many tags a resource may have.
const maxTags = 50

const (
	msgDuplicateTags       = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
	msgDuplicatePolicyTags = "Duplicate tag keys found."
	msgTooManyTags         = "The number of tags has reached the maximum limit."
	msgReservedTag         = "Tag keys that begin with aws: are reserved for system use."
)

// checkTags returns an error for keys that occur twice, which is told with the
// text duplicate, or that are reserved.
func checkTags(tags []types.Tag, duplicate string) error {
	seen := map[string]bool{}
	for _, t := range tags {
		key := strings.ToLower(deref(t.Key))
		if seen[key] {
			return invalidInput("%s", duplicate)
		}
		if strings.HasPrefix(key, "aws:") {
			return invalidInput("%s", msgReservedTag)
		}
		seen[key] = true
	}
	if len(tags) > maxTags {
		return limitExceeded("%s", msgTooManyTags)
	}
	return nil
}

// putTags checks tags and adds them to those that the resource has.
func putTags(tx *store.Tx, resourceID string, tags []types.Tag, duplicate string) error {
	if err := checkTags(tags, duplicate); err != nil {
		return err
	}
	if err := tx.PutIAMTags(resourceID, mapSlice(tags, func(t types.Tag) store.IAMTag {
		return store.IAMTag{Key: deref(t.Key), Value: deref(t.Value)}
	})); err != nil || len(tags) == 0 {
		return err
	}
	all, err := tx.IAMTags(resourceID)
	if err == nil && len(all) > maxTags {
		return limitExceeded("%s", msgTooManyTags)
	}
	return err
}

// tagsOf returns the resource's tags, nil when it has none.
func tagsOf(tx *store.Tx, resourceID string) ([]types.Tag, error) {
	tags, err := tx.IAMTags(resourceID)
	if err != nil || len(tags) == 0 {
		return nil, err
	}
	return wireTags(tags), nil
}

func wireTags(tags []store.IAMTag) []types.Tag {
	return mapSlice(tags, func(t store.IAMTag) types.Tag { return types.Tag{Key: &t.Key, Value: &t.Value} })
}

// resolve finds the unique id of a resource within a transaction.
type resolve func(tx *store.Tx, account string) (id string, err error)

func (s *Service) tag(ctx context.Context, find resolve, tags []types.Tag, duplicate string) error {
	return s.update(ctx, func(tx *store.Tx, account string) error {
		id, err := find(tx, account)
		if err != nil {
			return err
		}
		return putTags(tx, id, tags, duplicate)
	})
}

func (s *Service) untag(ctx context.Context, find resolve, keys []string) error {
	return s.update(ctx, func(tx *store.Tx, account string) error {
		id, err := find(tx, account)
		if err != nil {
			return err
		}
		return tx.DeleteIAMTags(id, keys)
	})
}

// listTags returns one page of the resource's tags.
func (s *Service) listTags(ctx context.Context, find resolve, marker *string, maxItems *int32) (tags []types.Tag, next *string, truncated bool, err error) {
	p, err := s.page(ctx, marker, maxItems)
	if err != nil {
		return nil, nil, false, err
	}
	var all []store.IAMTag
	err = s.view(ctx, func(tx *store.Tx, account string) error {
		id, err := find(tx, account)
		if err != nil {
			return err
		}
		all, err = tx.IAMTags(id)
		return err
	})
	if err != nil {
		return nil, nil, false, err
	}
	all, next, truncated = window(p, all, func(t store.IAMTag) string { return strings.ToLower(t.Key) })
	return wireTags(all), next, truncated, nil
}

// ofEntity resolves an entity by its name.
func ofEntity(kind store.IAMKind, name *string) resolve {
	return func(tx *store.Tx, account string) (string, error) {
		e, err := entity(tx, account, kind, name)
		return e.ID, err
	}
}
