package userpool

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// maxPage is the largest and the default page of lists (QueryLimit).
const maxPage = 60

const invalidNextToken = "Invalid NextToken."

// page is what a request asks of a list.
type page struct {
	// list names the list among those of a pool: tokens are good for it alone.
	list   string
	poolID *string
	size   int
	token  *string
}

// listOfPool reads a page of a list of a pool: read gives up to n rows after a
// key, in the order of their keys. Errors: InvalidParameterException for a token
// of another list, ResourceNotFoundException.
func listOfPool[R any](ctx context.Context, s *Service, want page, read func(tx *store.Tx, poolID, after string, n int) ([]R, error), key func(R) string) (rows []R, next *string, err error) {
	scope := want.list + "/" + aws.ToString(want.poolID)
	err = s.store.View(ctx, func(tx *store.Tx) error {
		p, err := s.pool(ctx, tx, aws.ToString(want.poolID))
		if err != nil {
			return err
		}
		after, err := s.openPage(scope, want.token)
		if err != nil {
			return err
		}
		rows, err = read(tx, p.ID, after, want.size+1)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	rows, next = cutPage(s, scope, want.size, rows, key)
	return rows, next, nil
}

// cutPage cuts rows, of which one more than a page was read, to the page, and
// returns the token for the next, nil at the end.
func cutPage[R any](s *Service, scope string, size int, rows []R, key func(R) string) ([]R, *string) {
	if len(rows) <= size {
		return rows, nil
	}
	return rows[:size], s.nextPage(scope, key(rows[size-1]))
}

func pageSize(maxResults *int32) int {
	if n := int(aws.ToInt32(maxResults)); n >= 1 && n <= maxPage {
		return n
	}
	return maxPage
}

const pagePurpose = "cognito-idp page 1"

// nextPage is the token with which the list of the scope goes on after the key.
func (s *Service) nextPage(scope, after string) *string {
	return aws.String(s.store.SealPage(pagePurpose, scope, after))
}

// openPage returns the key after which the page begins: "" without a token. A
// token of another list is refused with InvalidParameterException.
func (s *Service) openPage(scope string, token *string) (after string, err error) {
	if token == nil {
		return "", nil
	}
	if after, err = s.store.OpenPage(pagePurpose, scope, *token); err != nil {
		return "", invalidParameter(invalidNextToken)
	}
	return after, nil
}
