package store

import "context"

type keyring struct{}

func (db *DB) unlock(ctx context.Context, cfg Config) error { return nil }
