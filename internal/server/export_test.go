package server

import (
	"context"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

// Tables are the operation tables of the four services.
func (s *Server) Tables() []*awswire.Table { return s.services.tables() }

// Purge does what the workers of user pools do from time to time.
func (s *Server) Purge(ctx context.Context) error { return s.services.userPools.Purge(ctx) }
