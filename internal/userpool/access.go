package userpool

import (
	"context"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

func (s *Service) access(ctx context.Context, operation string, in any) ([]awswire.Access, error) {
	return []awswire.Access{{Action: "cognito-idp:" + operation, Resource: "*"}}, nil
}
