package identitypool

import (
	"strings"

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
	return aws.String(s.store.SealToken(pagePurpose, []byte(scope+"\n"+after)))
}

// openPage returns the key after which the page begins: "" without a token.
// A token of another list is refused with InvalidParameterException.
func (s *Service) openPage(scope string, token *string) (after string, err error) {
	if token == nil {
		return "", nil
	}
	payload, err := s.store.OpenToken(pagePurpose, *token)
	if err != nil {
		return "", invalidParameter(invalidNextToken)
	}
	of, after, _ := strings.Cut(string(payload), "\n")
	if of != scope {
		return "", invalidParameter(invalidNextToken)
	}
	return after, nil
}
