package main

import (
	"errors"

	"github.com/poolhouse-id/poolhouse/internal/server"
)

// userPoolFlags say what user pools may do.
type userPoolFlags struct {
	MaxImportUsers int   `env:"POOLHOUSE_MAX_IMPORT_USERS" default:"500000" placeholder:"N" help:"How many users the file of a user import job may have (${default}, AWS's quota)."`
	MaxImportBytes int64 `env:"POOLHOUSE_MAX_IMPORT_BYTES" default:"104857600" placeholder:"N" help:"How large in bytes the file of a user import job may be (${default}, AWS's quota)."`
}

// apply adds what the flags say to the server's configuration.
func (f userPoolFlags) apply(cfg *server.Config) error {
	if f.MaxImportUsers <= 0 || f.MaxImportBytes <= 0 {
		return errors.New("--max-import-users and --max-import-bytes must be greater than 0")
	}
	cfg.MaxImportUsers, cfg.MaxImportBytes = f.MaxImportUsers, f.MaxImportBytes
	return nil
}
