package server

import "github.com/poolhouse-id/poolhouse/internal/awswire"

// Tables are the operation tables of the four services.
func (s *Server) Tables() []*awswire.Table { return s.services.tables() }
