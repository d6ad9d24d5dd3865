package store

import (
	"errors"
	"time"
)

// MessageState is what becomes of a message.
type MessageState string

const (
	// MessageQueued messages are to be sent.
	MessageQueued MessageState = "QUEUED"
	// MessageInbox messages stay for readers of the development inbox.
	MessageInbox MessageState = "INBOX"
	// MessageFailed messages were given up; Error says why.
	MessageFailed MessageState = "FAILED"
)

// Message is an e-mail or a text message to a user.
type Message struct {
	ID string
	// PoolID and Username say whom it is for.
	PoolID, Username string
	// Channel is EMAIL or SMS.
	Channel string
	// Purpose is the event that caused it, such as SignUp or ForgotPassword.
	Purpose string
	// Sender and ReplyTo are addresses or empty for the server's own.
	Sender, ReplyTo string
	// Destination is an e-mail address or a phone number.
	Destination   string
	Subject, Body string
	State         MessageState
	Created       time.Time
	// Expires is when sending it has no use any more.
	Expires time.Time
	// Due is when the next try may begin.
	Due      time.Time
	Attempts int64
	Error    string

	body []byte
}

const messageColumns = "id, pool_id, username, channel, purpose, sender, reply_to, destination, subject, body, state, created, expires, due, attempts, error"

func scanMessage(s scanner) (*Message, error) {
	m := &Message{}
	var created, expires, due int64
	err := s.Scan(&m.ID, &m.PoolID, &m.Username, &m.Channel, &m.Purpose, &m.Sender, &m.ReplyTo, &m.Destination, &m.Subject, &m.body,
		&m.State, &created, &expires, &due, &m.Attempts, &m.Error)
	m.Created, m.Expires, m.Due = fromMillis(created), fromMillis(expires), fromMillis(due)
	return m, err
}

// InsertMessage adds a message, of which it sets ID, Created and Due.
func (tx *Tx) InsertMessage(m *Message) error {
	m.ID, m.Created, m.Due = tx.IDs().UUID(), tx.now, tx.now
	return tx.execLater("INSERT INTO messages ("+messageColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		m.ID, m.PoolID, m.Username, m.Channel, m.Purpose, m.Sender, m.ReplyTo, m.Destination, m.Subject,
		tx.seal("messages", "body", m.ID, []byte(m.Body)), string(m.State), millis(m.Created), millis(m.Expires), millis(m.Due), m.Attempts, m.Error)
}

// MessagesDue tells whether a queued message is due.
func (tx *Tx) MessagesDue() (bool, error) {
	_, err := one(tx, scalar[string], "SELECT id FROM messages WHERE state = ? AND due <= ? ORDER BY due LIMIT 1", string(MessageQueued), millis(tx.now))
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// ClaimMessages returns up to limit queued messages that are due, counts a try for each, and keeps other workers from them for the lease.
func (tx *Tx) ClaimMessages(limit int, lease time.Duration) ([]*Message, error) {
	messages, err := all(tx, scanMessage, "SELECT "+messageColumns+" FROM messages WHERE state = ? AND due <= ? ORDER BY due LIMIT ?",
		string(MessageQueued), millis(tx.now), limit)
	if err != nil {
		return nil, err
	}
	for _, m := range messages {
		m.Attempts++
		m.Due = tx.now.Add(lease)
		if err := tx.execOne("UPDATE messages SET due = ?, attempts = ? WHERE id = ?", millis(m.Due), m.Attempts, m.ID); err != nil {
			return nil, err
		}
	}
	return tx.openBodies(messages)
}

func (tx *Tx) openBodies(messages []*Message) ([]*Message, error) {
	for _, m := range messages {
		body, err := tx.unseal("messages", "body", m.ID, m.body)
		if err != nil {
			return nil, err
		}
		m.Body = string(body)
	}
	return messages, nil
}

// UpdateMessage writes the message's State, Due and Error. A message that is
// gone already is no error.
func (tx *Tx) UpdateMessage(m *Message) error {
	_, err := tx.exec("UPDATE messages SET state = ?, due = ?, error = ? WHERE id = ?", string(m.State), millis(m.Due), m.Error, m.ID)
	return err
}

// DeleteMessage deletes a message, if it is there.
func (tx *Tx) DeleteMessage(id string) error {
	_, err := tx.exec("DELETE FROM messages WHERE id = ?", id)
	return err
}

// DeleteMessages deletes every message.
func (tx *Tx) DeleteMessages() error {
	_, err := tx.exec("DELETE FROM messages")
	return err
}

// MessageQuery selects messages of any state.
type MessageQuery struct {
	// ID, Destination, PoolID and Username select by equality unless empty.
	ID, Destination, PoolID, Username string
	// Limit is the greatest number of messages.
	Limit int
}

// Messages returns the messages that the query selects, the newest first.
func (tx *Tx) Messages(q MessageQuery) ([]*Message, error) {
	where, args := "", []any{}
	for _, f := range []struct{ column, value string }{
		{"id", q.ID}, {"destination", q.Destination}, {"pool_id", q.PoolID}, {"username", q.Username},
	} {
		if f.value == "" {
			continue
		}
		join := " AND "
		if where == "" {
			join = " WHERE "
		}
		where, args = where+join+f.column+" = ?", append(args, f.value)
	}
	messages, err := all(tx, scanMessage, "SELECT "+messageColumns+" FROM messages"+where+" ORDER BY created DESC, id DESC LIMIT ?", append(args, q.Limit)...)
	if err != nil {
		return nil, err
	}
	return tx.openBodies(messages)
}

// PruneMessages deletes all but the newest keep messages that are not queued,
// at most limit of them, and returns how many it deleted.
func (tx *Tx) PruneMessages(keep, limit int) (int64, error) {
	return tx.exec("DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE state <> ? ORDER BY created DESC, id DESC LIMIT ? OFFSET ?)",
		string(MessageQueued), limit, keep)
}
