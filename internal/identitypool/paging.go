package identitypool

import (
	"github.com/aws/aws-sdk-go-v2/aws"
)

const invalidNextToken = "Invalid NextToken."

// maxPage is the largest and the default page of all lists (QueryLimit).
const maxPage = 60

func pageSize(maxResults *int32) int {
	if n := int(aws.ToInt32(maxResults)); n >= 1 && n <= maxPage {
		return n
	}
	return maxPage
}

const pagePurpose = "cognito-identity page 1"

// nextPage is the token with which the list of the scope goes on after the key.
func (s *Service) nextPage(scope, after string) *string {
	return aws.String(s.store.SealPage(pagePurpose, scope, after))
}

// openPage returns the key after which the page begins: "" without a token.
// A token of another list is refused with InvalidParameterException.
func (s *Service) openPage(scope string, token *string) (after string, err error) {
	if token == nil {
		return "", nil
	}
	if after, err = s.store.OpenPage(pagePurpose, scope, *token); err != nil {
		return "", invalidParameter(invalidNextToken)
	}
	return after, nil
}
