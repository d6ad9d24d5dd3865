package server

import (
	"fmt"

	"github.com/poolhouse-id/poolhouse/internal/logexport"
)

// logExport makes what delivers the logs that user pools export.
func (s *Server) logExport() (*logexport.Queue, error) {
	cfg := logexport.Config{Store: s.store, Other: s.cfg.LogExport, Log: s.log}
	if s.cfg.LogsEndpoint != "" {
		keys, err := s.awsConfig(s.cfg.LogsEndpoint)
		if err != nil {
			return nil, fmt.Errorf("the logs endpoint: %w", err)
		}
		cfg.Groups = logexport.NewLogs(keys, serviceURL(s.cfg.LogsEndpoint))
	}
	return logexport.New(cfg), nil
}
