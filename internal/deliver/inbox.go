package deliver

import (
	"context"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// maxListed is the greatest number of messages in one answer.
const maxListed = 1000

// Filter selects messages of the inbox.
type Filter struct {
	// ID, Destination, PoolID and Username select by equality unless empty.
	ID, Destination, PoolID, Username string
	// Limit is the greatest number of messages, 100 when it is 0.
	Limit int
}

// InboxMessage is a message as the inbox shows it, with its JSON members.
type InboxMessage struct {
	ID string `json:"id"`
	// State is INBOX, QUEUED (not sent yet) or FAILED (given up).
	State       string    `json:"state"`
	Created     time.Time `json:"created"`
	PoolID      string    `json:"userPoolId"`
	Username    string    `json:"username"`
	Channel     string    `json:"channel"`
	Purpose     string    `json:"purpose"`
	From        string    `json:"from,omitempty"`
	ReplyTo     string    `json:"replyTo,omitempty"`
	Destination string    `json:"destination"`
	Subject     string    `json:"subject,omitempty"`
	Body        string    `json:"body"`
	Attempts    int64     `json:"attempts,omitempty"`
	Error       string    `json:"error,omitempty"`
}

// Inbox returns the messages that the filter selects, the newest first: those
// of the inbox and those of the outbox that are not sent.
func (d *Deliverer) Inbox(ctx context.Context, f Filter) ([]InboxMessage, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 100
	}
	var found []*store.Message
	err := d.store.View(ctx, func(tx *store.Tx) (err error) {
		found, err = tx.Messages(store.MessageQuery{
			ID: f.ID, Destination: f.Destination, PoolID: f.PoolID, Username: f.Username, Limit: min(limit, maxListed),
		})
		return err
	})
	out := make([]InboxMessage, len(found))
	for i, m := range found {
		out[i] = InboxMessage{
			ID: m.ID, State: string(m.State), Created: m.Created, PoolID: m.PoolID, Username: m.Username, Channel: m.Channel,
			Purpose: m.Purpose, From: m.Sender, ReplyTo: m.ReplyTo, Destination: m.Destination, Subject: m.Subject, Body: m.Body,
			Attempts: m.Attempts, Error: m.Error,
		}
	}
	return out, err
}

// ClearInbox deletes every message, those that wait to be sent too.
func (d *Deliverer) ClearInbox(ctx context.Context) error {
	return d.store.Update(ctx, (*store.Tx).DeleteMessages)
}
