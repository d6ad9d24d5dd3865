package userpool

import "github.com/poolhouse-id/poolhouse/internal/awswire"

// Table is the service's operations: every one that AWS has is in it, and those
// that are built have a handler here.
func (s *Service) Table() *awswire.Table {
	return awswire.NewTable(awswire.CognitoIDP, map[string]*awswire.Handler{
	}, s.access)
}
