// Package deliver sends e-mail and text messages to users.
//
// A service writes a message with [Deliverer.Enqueue] in the transaction that
// makes the code in it, so that a crash loses neither. Where a [Transport] for
// the channel is configured, such as [SMTP], a worker ([Deliverer.Run]) sends
// the message, tries again with growing pauses, and gives up when the message
// has expired, the transport refuses it for good, or [MaxAttempts] tries have
// failed. Where there is none the message goes to the development inbox, at
// once and for good:
//
//	d := deliver.New(deliver.Config{Store: db, Log: log, InboxURL: "http://127.0.0.1:7665/_poolhouse/inbox"})
//	go d.Run(ctx)
//	err := db.Update(ctx, func(tx *store.Tx) error { return d.Enqueue(tx, &store.Message{...}) })
//
// [Deliverer.Inbox] lists what is in the inbox, what waits and what was given
// up. Sent messages are deleted. Messages and codes are never logged: the log
// says where to find them.
package deliver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// The channels.
const (
	Email = "EMAIL"
	SMS   = "SMS"
	// Function is a message that a function of the pool's owner delivers.
	Function = "FUNCTION"
	// Topic is a message to the topic of an account.
	Topic = "TOPIC"
)

// MaxAttempts is how often a message is tried.
const MaxAttempts = 12

const (
	// defaultKeep is how many messages the inbox keeps.
	defaultKeep = 1000
	// pruneEvery is how many messages are added between two prunings.
	pruneEvery = 100
	pruneBatch = 500
	// claimBatch is how many messages are sent at a time.
	claimBatch = 8
	// lease is how long a worker has for a batch before another one takes over.
	lease = 2 * time.Minute
	// sendTimeout bounds one try.
	sendTimeout = 30 * time.Second
	// pollEvery is how often the worker looks for messages that others left.
	pollEvery = 2 * time.Second
)

// Transport sends the messages of one channel. It must be safe for concurrent
// use. Send may be called twice for a message when a node stops at the wrong
// moment; the message's ID is the same.
type Transport interface {
	// Send hands the message over for delivery. An error wrapped with Permanent
	// means that it is useless to try again.
	Send(ctx context.Context, m *store.Message) error
}

// Checker is a Transport that knows beforehand what it cannot send.
type Checker interface {
	// Check tells why it is useless to send the message; nil when it is not.
	Check(m *store.Message) error
}

// ErrUndeliverable is in the errors of Enqueue for a message that its transport
// cannot send whatever happens, such as one from an address that is none.
var ErrUndeliverable = errors.New("the message cannot be delivered")

// Permanent marks an error of a transport as one that another try does not
// mend.
func Permanent(err error) error { return permanent{err} }

type permanent struct{ error }

// Unwrap gives the error that was marked.
func (p permanent) Unwrap() error { return p.error }

// IsPermanent tells whether Permanent marked the error.
func IsPermanent(err error) bool { return errors.As(err, &permanent{}) }

// Config says how messages leave.
type Config struct {
	// Store keeps the messages.
	Store *store.DB
	// Email, SMS, Function and Topic are the transports; nil means the development
	// inbox.
	Email, SMS, Function, Topic Transport
	// Failed, if not nil, is told of a message that is given up, in the transaction
	// that gives it up; Error says why.
	Failed func(tx *store.Tx, m *store.Message) error
	// InboxURL is where the inbox is served, for the log.
	InboxURL string
	// Keep is how many messages that are not waiting are kept; 0 means 1000.
	Keep int
	// Log takes where messages went and failures; nil means that it is dropped.
	Log *slog.Logger
}

// Deliverer delivers messages. It is safe for concurrent use.
type Deliverer struct {
	store      *store.DB
	transports map[string]Transport
	gaveUp     func(tx *store.Tx, m *store.Message) error
	inboxURL   string
	keep       int
	log        *slog.Logger
	wake       chan struct{}
	prune      chan struct{}
	added      atomic.Int64
}

// New makes a Deliverer.
func New(cfg Config) *Deliverer {
	d := &Deliverer{
		store: cfg.Store, gaveUp: cfg.Failed, inboxURL: cfg.InboxURL, keep: cfg.Keep, log: cfg.Log, transports: map[string]Transport{},
		wake: make(chan struct{}, 1), prune: make(chan struct{}, 1),
	}
	if cfg.Email != nil {
		d.transports[Email] = cfg.Email
	}
	if cfg.SMS != nil {
		d.transports[SMS] = cfg.SMS
	}
	if cfg.Function != nil {
		d.transports[Function] = cfg.Function
	}
	if cfg.Topic != nil {
		d.transports[Topic] = cfg.Topic
	}
	if d.keep == 0 {
		d.keep = defaultKeep
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	return d
}

// Enqueue adds the message in the transaction. It sets all but what the caller
// gives: PoolID, Username, Channel, Purpose, Sender, ReplyTo, Destination,
// Subject, Body and Expires (zero: never). Errors: ErrUndeliverable.
func (d *Deliverer) Enqueue(tx *store.Tx, m *store.Message) error {
	m.State = store.MessageInbox
	if t := d.transports[m.Channel]; t != nil {
		if c, ok := t.(Checker); ok {
			if err := c.Check(m); err != nil {
				return fmt.Errorf("%w: %w", ErrUndeliverable, err)
			}
		}
		m.State = store.MessageQueued
	}
	if err := tx.InsertMessage(m); err != nil {
		return err
	}
	tx.OnCommit(func() { d.committed(m) })
	return nil
}

// committed follows the commit of a message.
func (d *Deliverer) committed(m *store.Message) {
	if m.State == store.MessageQueued {
		signal(d.wake)
	} else {
		d.log.Info("message in the development inbox", "channel", m.Channel, "purpose", m.Purpose, "pool", m.PoolID, "inbox", d.link(m))
	}
	if d.added.Add(1)%pruneEvery == 0 {
		signal(d.prune)
	}
}

func (d *Deliverer) link(m *store.Message) string {
	return d.inboxURL + "?id=" + url.QueryEscape(m.ID)
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Run sends queued messages and prunes the inbox until ctx is done. Several
// nodes may run it on one database.
func (d *Deliverer) Run(ctx context.Context) {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		if err := d.Flush(ctx); err != nil && ctx.Err() == nil {
			d.log.Error("messages could not be read", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-d.wake:
		case <-ticker.C:
		case <-d.prune:
			if err := d.pruneInbox(ctx); err != nil && ctx.Err() == nil {
				d.log.Error("the inbox could not be pruned", "error", err)
			}
		}
	}
}

// Flush tries every message that is due once.
func (d *Deliverer) Flush(ctx context.Context) error {
	if len(d.transports) == 0 {
		return nil
	}
	for {
		var batch []*store.Message
		var due bool
		if err := d.store.View(ctx, func(tx *store.Tx) (err error) {
			due, err = tx.MessagesDue()
			return err
		}); err != nil || !due {
			return err
		}
		err := d.store.Update(ctx, func(tx *store.Tx) (err error) {
			batch, err = tx.ClaimMessages(claimBatch, lease)
			return err
		})
		if err != nil || len(batch) == 0 {
			return err
		}
		var group errgroup.Group
		for _, m := range batch {
			group.Go(func() error { return d.try(ctx, m) })
		}
		if err := group.Wait(); err != nil {
			return err
		}
	}
}

// try sends a message and writes down what came of it.
func (d *Deliverer) try(ctx context.Context, m *store.Message) error {
	err := d.send(ctx, m)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return d.store.Update(ctx, func(tx *store.Tx) error {
		if err == nil {
			tx.OnCommit(func() {
				d.log.Info("message sent", "channel", m.Channel, "purpose", m.Purpose, "pool", m.PoolID, "message", m.ID)
			})
			return tx.DeleteMessage(m.ID)
		}
		m.Error = err.Error()
		m.Due = tx.Now().Add(pause(m.Attempts))
		expired := !m.Expires.IsZero() && m.Due.After(m.Expires)
		if IsPermanent(err) || expired || m.Attempts >= MaxAttempts {
			m.State = store.MessageFailed
		}
		if m.State == store.MessageFailed && d.gaveUp != nil {
			if err := d.gaveUp(tx, m); err != nil {
				return err
			}
		}
		tx.OnCommit(func() { d.failed(m) })
		return tx.UpdateMessage(m)
	})
}

func (d *Deliverer) send(ctx context.Context, m *store.Message) error {
	t := d.transports[m.Channel]
	if t == nil {
		return Permanent(errors.New("no transport is configured for " + m.Channel))
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	return t.Send(ctx, m)
}

func (d *Deliverer) failed(m *store.Message) {
	attrs := []any{"channel", m.Channel, "purpose", m.Purpose, "pool", m.PoolID, "error", m.Error, "attempts", m.Attempts, "inbox", d.link(m)}
	if m.State == store.MessageFailed {
		d.log.Error("message given up", attrs...)
		return
	}
	d.log.Warn("message not sent yet", append(attrs, "next", m.Due)...)
}

// pause is how long to wait after the n-th try: 1 s, doubling up to 10 min.
func pause(n int64) time.Duration {
	return min(time.Second<<min(n-1, 20), 10*time.Minute)
}

func (d *Deliverer) pruneInbox(ctx context.Context) error {
	for {
		var n int64
		err := d.store.Update(ctx, func(tx *store.Tx) (err error) {
			n, err = tx.PruneMessages(d.keep, pruneBatch)
			return err
		})
		if err != nil || n < pruneBatch {
			return err
		}
	}
}
