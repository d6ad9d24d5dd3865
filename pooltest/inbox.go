package pooltest

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/server"
)

// Inbox has the e-mails and text messages that the server would have sent.
type Inbox struct{ server *server.Server }

// Message is an e-mail or a text message to a user.
type Message struct {
	// UserPoolID and Username say whom it is about.
	UserPoolID, Username string
	// Channel is EMAIL or SMS, Destination the address or telephone number.
	Channel, Destination string
	// Purpose is the event that sent it: the suffix of the CustomMessage
	// trigger's source, such as SignUp, ResendCode, ForgotPassword or
	// AdminCreateUser.
	Purpose string
	// Subject is empty in text messages. The body of an e-mail is HTML.
	Subject, Body string
	// Sent is the server's time when it was sent.
	Sent time.Time
}

// codeForm is a number of 6 or 8 digits that stands alone.
var codeForm = regexp.MustCompile(`(?:^|[^0-9A-Za-z])([0-9]{6}|[0-9]{8})(?:[^0-9A-Za-z]|$)`)

// Code returns the code in the message, "" if it has none. The temporary
// password of an invitation is not a code: it is in the body.
func (m Message) Code() string {
	if m.Purpose == "AdminCreateUser" {
		return ""
	}
	if found := codeForm.FindStringSubmatch(m.Body); found != nil {
		return found[1]
	}
	return ""
}

// Messages returns the newest messages to the destination, or to everybody if
// it is "": at most 1000, the newest first.
func (b *Inbox) Messages(ctx context.Context, destination string) ([]Message, error) {
	found, err := b.server.Inbox(ctx, deliver.Filter{Destination: destination, Limit: 1000})
	if err != nil {
		return nil, err
	}
	out := make([]Message, len(found))
	for i, m := range found {
		out[i] = Message{
			UserPoolID: m.PoolID, Username: m.Username, Channel: m.Channel, Destination: m.Destination,
			Purpose: m.Purpose, Subject: m.Subject, Body: m.Body, Sent: m.Created,
		}
	}
	return out, nil
}

// Clear deletes every message, so that a later wait does not find an old one.
func (b *Inbox) Clear(ctx context.Context) error { return b.server.ClearInbox(ctx) }

const (
	// waitTime bounds waits whose context has no deadline.
	waitTime  = 5 * time.Second
	waitPause = 10 * time.Millisecond
)

// WaitForMessage returns the newest message to the destination and waits for
// one if there is none, for five seconds unless the context has a deadline. A
// call that sends a message has put it here when it returns: only messages of
// calls that others make need the wait.
func (b *Inbox) WaitForMessage(ctx context.Context, destination string) (Message, error) {
	return b.wait(ctx, destination, "message", func(Message) bool { return true })
}

// Code returns the newest code that was sent to the destination. It waits like
// WaitForMessage.
func (b *Inbox) Code(ctx context.Context, destination string) (string, error) {
	m, err := b.wait(ctx, destination, "code", func(m Message) bool { return m.Code() != "" })
	return m.Code(), err
}

func (b *Inbox) wait(ctx context.Context, destination, what string, match func(Message) bool) (Message, error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, waitTime)
		defer cancel()
	}
	for {
		messages, err := b.Messages(ctx, destination)
		for _, m := range messages {
			if match(m) {
				return m, nil
			}
		}
		if err != nil && ctx.Err() == nil {
			return Message{}, err
		}
		select {
		case <-ctx.Done():
			return Message{}, fmt.Errorf("pooltest: no %s for %q in the inbox: %w", what, destination, ctx.Err())
		case <-time.After(waitPause):
		}
	}
}
