package store

import "context"

// backend runs transactions on one kind of database.
type backend interface {
	// view and update run f once in a transaction, of which they set the session,
	// and end it: view reads one consistent state; update commits, unless f fails,
	// and returns when the commit is durable. attempt counts from 1.
	view(tx *Tx, attempt int, f func(*Tx) error) error
	update(tx *Tx, attempt int, f func(*Tx) error) error
	close() error
}

// session is a connection in a transaction. Its errors are the driver's.
type session interface {
	// exec runs a statement and returns how many rows it changed.
	exec(ctx context.Context, query string, args []any) (int64, error)
	query(ctx context.Context, query string, args []any) (cursor, error)
	// later runs a statement at the latest before the commit. Its error comes
	// with that of what follows.
	later(ctx context.Context, query string, args []any) error
}

// cursor walks over the rows of a result.
type cursor interface {
	scanner
	Next() bool
	// Close ends the walk and returns the error that ended it early.
	Close() error
}
