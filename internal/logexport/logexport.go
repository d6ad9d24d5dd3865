// Package logexport delivers the logs that user pools export: errors of messages
// to users, and events of sign-in.
//
// A service writes a record with [Queue.Enqueue] in the transaction of what it
// is about, so that a crash loses neither. A worker ([Queue.Run]) of any node
// hands the records over, those for one destination together and in their
// order, to an [Exporter]:
//
//   - [Logs] speaks the API of Amazon CloudWatch Logs, for log groups;
//   - [Webhook] posts them to an HTTP server, for every destination;
//   - [File] appends them to files, for every destination.
//
// What fails is tried again with growing pauses for [MaxAge], and then given
// up. A record may come twice when a node stops at the wrong moment.
package logexport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// MaxAge is how long a record is tried.
const MaxAge = 24 * time.Hour

const (
	// claimBatch is how many records are delivered at a time.
	claimBatch = 200
	// lease is how long a worker has for a batch before another one takes over.
	lease = 2 * time.Minute
	// exportTimeout bounds one try.
	exportTimeout = 30 * time.Second
	// pollEvery is how often the worker looks for records that others left.
	pollEvery = 2 * time.Second
)

// Destination is where records go, by the parts of its ARN.
type Destination struct {
	ARN string
	// Service is logs, firehose or s3; Region and Account are empty for s3.
	Service, Region, Account string
	// Name is that of the log group, the delivery stream or the bucket.
	Name string
}

// ParseDestination reads the ARN of a log group, a delivery stream or a bucket.
func ParseDestination(arn string) (Destination, error) {
	f := strings.SplitN(arn, ":", 6)
	if len(f) != 6 {
		return Destination{}, fmt.Errorf("%q is not an ARN", arn)
	}
	d := Destination{ARN: arn, Service: f[2], Region: f[3], Account: f[4], Name: f[5]}
	d.Name = strings.TrimPrefix(d.Name, map[string]string{"logs": "log-group:", "firehose": "deliverystream/"}[d.Service])
	if d.Service == "logs" {
		d.Name = strings.TrimSuffix(d.Name, ":*")
	}
	return d, nil
}

// Exporter hands records over to a destination, all or none of them. It must be
// safe for concurrent use.
type Exporter interface {
	// Export returns nil when the destination has the records. An error wrapped
	// with Permanent means that it is useless to try again.
	Export(ctx context.Context, to Destination, records []*store.LogRecord) error
}

// Permanent marks an error as one that another try does not mend.
func Permanent(err error) error { return permanent{err} }

type permanent struct{ error }

// Unwrap gives the error that was marked.
func (p permanent) Unwrap() error { return p.error }

// IsPermanent tells whether Permanent marked the error.
func IsPermanent(err error) bool { return errors.As(err, &permanent{}) }

// Config says where records go.
type Config struct {
	// Store keeps the records that wait.
	Store *store.DB
	// Groups takes what goes to log groups, Other all the rest, and what goes to
	// log groups too without Groups. Nil means that it is dropped.
	Groups, Other Exporter
	// Log takes failures; nil means that they are dropped.
	Log *slog.Logger
}

// Queue is the records that wait. It is safe for concurrent use.
type Queue struct {
	store         *store.DB
	groups, other Exporter
	log           *slog.Logger
	wake          chan struct{}
}

// New makes a Queue.
func New(cfg Config) *Queue {
	q := &Queue{store: cfg.Store, groups: cfg.Groups, other: cfg.Other, log: cfg.Log, wake: make(chan struct{}, 1)}
	if q.groups == nil {
		q.groups = q.other
	}
	if q.log == nil {
		q.log = slog.New(slog.DiscardHandler)
	}
	return q
}

// exporter is where a destination's records go, nil for nowhere.
func (q *Queue) exporter(d Destination) Exporter {
	if d.Service == "logs" {
		return q.groups
	}
	return q.other
}

// Enqueue adds a record, of which the caller gives PoolID, Destination and Body,
// in the transaction.
func (q *Queue) Enqueue(tx *store.Tx, r *store.LogRecord) error {
	d, err := ParseDestination(r.Destination)
	if err != nil || q.exporter(d) == nil {
		return err
	}
	tx.OnCommit(func() {
		select {
		case q.wake <- struct{}{}:
		default:
		}
	})
	return tx.InsertLogRecord(r)
}

// Run delivers until ctx is done.
func (q *Queue) Run(ctx context.Context) {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		if err := q.Flush(ctx); err != nil && ctx.Err() == nil {
			q.log.ErrorContext(ctx, "log export", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-q.wake:
		case <-ticker.C:
		}
	}
}

// Flush tries every record that is due once.
func (q *Queue) Flush(ctx context.Context) error {
	for {
		due := false
		err := q.store.View(ctx, func(tx *store.Tx) (err error) {
			due, err = tx.LogRecordsDue()
			return err
		})
		if err != nil || !due {
			return err
		}
		var batch []*store.LogRecord
		err = q.store.Update(ctx, func(tx *store.Tx) (err error) {
			batch, err = tx.ClaimLogRecords(claimBatch, lease)
			return err
		})
		if err != nil {
			return err
		}
		for _, records := range byDestination(batch) {
			if err := q.try(ctx, records); err != nil {
				return err
			}
		}
	}
}

// byDestination splits a batch, in the order in which destinations come first.
func byDestination(batch []*store.LogRecord) (parts [][]*store.LogRecord) {
	at := map[string]int{}
	for _, r := range batch {
		i, ok := at[r.Destination]
		if !ok {
			i = len(parts)
			at[r.Destination], parts = i, append(parts, nil)
		}
		parts[i] = append(parts[i], r)
	}
	return parts
}

// try hands records of one destination over, and writes down what came of it.
func (q *Queue) try(ctx context.Context, records []*store.LogRecord) error {
	failed := q.export(ctx, records)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	given := 0
	err := q.store.Update(ctx, func(tx *store.Tx) error {
		given = 0
		for _, r := range records {
			var err error
			due := tx.Now().Add(pause(r.Attempts))
			switch {
			case failed == nil:
				err = tx.DeleteLogRecord(r.ID)
			case IsPermanent(failed) || due.After(r.Created.Add(MaxAge)):
				given++
				err = tx.DeleteLogRecord(r.ID)
			default:
				err = tx.PostponeLogRecord(r, due)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && failed != nil {
		q.log.Warn("logs not delivered", "destination", records[0].Destination, "records", len(records), "given up", given, "error", failed)
	}
	return err
}

func (q *Queue) export(ctx context.Context, records []*store.LogRecord) error {
	d, err := ParseDestination(records[0].Destination)
	if err != nil {
		return Permanent(err)
	}
	to := q.exporter(d)
	if to == nil {
		return Permanent(errors.New("nothing exports to this destination any more"))
	}
	ctx, cancel := context.WithTimeout(ctx, exportTimeout)
	defer cancel()
	return to.Export(ctx, d, records)
}

// pause is how long to wait after the n-th try: 1 s, doubling up to 10 min.
func pause(n int64) time.Duration {
	return min(time.Second<<min(n-1, 20), 10*time.Minute)
}
