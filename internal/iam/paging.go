package iam

import (
	"context"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// defaultPage and maxPage are IAM's MaxItems when absent and at most (IAM API
// Reference, any List operation).
const (
	defaultPage = 100
	maxPage     = 1000
)

// page is where a List operation stands: it returns items whose keys follow
// after. Its markers open only for the same operation and account.
type page struct {
	store   *store.DB
	purpose string
	after   string
	limit   int
}

func (s *Service) page(ctx context.Context, marker *string, maxItems *int32) (page, error) {
	call := awswire.CallOf(ctx)
	p := page{store: s.store, purpose: "iam marker " + call.Account + " " + call.Operation, limit: defaultPage}
	if maxItems != nil && *maxItems > 0 {
		p.limit = min(int(*maxItems), maxPage)
	}
	if marker != nil {
		after, err := s.store.OpenToken(p.purpose, *marker)
		if err != nil {
			return p, validationError("Invalid Marker.")
		}
		p.after = string(after)
	}
	return p, nil
}

// cut shortens items, which were asked for with one more than the page holds,
// and returns the marker of the next page, nil when there is none.
func cut[T any](p page, items []T, key func(T) string) (shown []T, marker *string, truncated bool) {
	if len(items) <= p.limit {
		return items, nil, false
	}
	items = items[:p.limit]
	m := p.store.SealToken(p.purpose, []byte(key(items[p.limit-1])))
	return items, &m, true
}

// window returns the items of a complete, sorted list that belong to the page.
func window[T any](p page, items []T, key func(T) string) (shown []T, marker *string, truncated bool) {
	for len(items) > 0 && key(items[0]) <= p.after && p.after != "" {
		items = items[1:]
	}
	return cut(p, items, key)
}

func mapSlice[A, B any](in []A, f func(A) B) []B {
	out := make([]B, len(in))
	for i, v := range in {
		out[i] = f(v)
	}
	return out
}
