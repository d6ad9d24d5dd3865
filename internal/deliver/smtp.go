package deliver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strconv"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// SMTP sends e-mail through a mail server.
type SMTP struct {
	// Host and Port are the server's; port 0 means 587, or 465 for ImplicitTLS.
	Host string
	Port int
	// Username and Password authenticate; none when both are empty.
	Username, Password string
	// From is the sender of messages whose pool names none.
	From string
	// ImplicitTLS begins with TLS instead of STARTTLS.
	ImplicitTLS bool
	// Plain does without TLS, for servers on the same machine. Without it a
	// server that offers no TLS is refused.
	Plain bool
	// TLS is for servers with certificates of their own; nil means the system's
	// authorities.
	TLS *tls.Config
}

// ParseSMTP reads a server's URL:
//
//	smtp://user:password@mail.example.com:587?from=no-reply@example.com
//	smtps://mail.example.com?from=no-reply@example.com
//	smtp://localhost:25?from=no-reply@example.com&tls=none
//
// smtp is STARTTLS, smtps implicit TLS, tls=none neither.
func ParseSMTP(text string) (*SMTP, error) {
	u, err := url.Parse(text)
	if err != nil {
		// url.Error quotes the URL, which holds a password.
		return nil, errors.New("the SMTP URL cannot be parsed")
	}
	s := &SMTP{Host: u.Hostname(), Username: u.User.Username(), From: u.Query().Get("from"), ImplicitTLS: u.Scheme == "smtps"}
	s.Password, _ = u.User.Password()
	if u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, fmt.Errorf("the scheme of the SMTP URL is %q instead of smtp or smtps", u.Scheme)
	}
	if s.Host == "" {
		return nil, errors.New("the SMTP URL has no host")
	}
	if p := u.Port(); p != "" {
		if s.Port, err = strconv.Atoi(p); err != nil || s.Port < 1 || s.Port > 65535 {
			return nil, fmt.Errorf("the SMTP URL has the port %q", p)
		}
	}
	switch v := u.Query().Get("tls"); v {
	case "", "starttls":
	case "none":
		s.Plain = true
	default:
		return nil, fmt.Errorf("the SMTP URL has tls=%q: none or starttls", v)
	}
	if s.Plain && s.ImplicitTLS {
		return nil, errors.New("smtps cannot be without TLS")
	}
	if _, err := mail.ParseAddress(s.From); err != nil {
		return nil, fmt.Errorf("the SMTP URL needs from=<address>: %w", err)
	}
	return s, nil
}

// Check implements Checker: sender and destination must be addresses.
func (s *SMTP) Check(m *store.Message) error {
	_, err := s.compose(m)
	return err
}

// Send implements Transport.
func (s *SMTP) Send(ctx context.Context, m *store.Message) error {
	msg, err := s.compose(m)
	if err != nil {
		return Permanent(err)
	}
	client, err := gomail.NewClient(s.Host, s.options()...)
	if err != nil {
		return err
	}
	err = client.DialAndSendWithContext(ctx, msg)
	var refused *gomail.SendError
	if errors.As(err, &refused) && !refused.IsTemp() && refused.ErrorCode() >= 500 {
		return Permanent(err)
	}
	return err
}

func (s *SMTP) options() []gomail.Option {
	opts := []gomail.Option{gomail.WithTimeout(sendTimeout)}
	switch {
	case s.ImplicitTLS:
		opts = append(opts, gomail.WithSSLPort(false))
	case s.Plain:
		opts = append(opts, gomail.WithTLSPortPolicy(gomail.NoTLS))
	default:
		opts = append(opts, gomail.WithTLSPortPolicy(gomail.TLSMandatory))
	}
	if s.Port != 0 {
		opts = append(opts, gomail.WithPort(s.Port))
	}
	if s.TLS != nil {
		opts = append(opts, gomail.WithTLSConfig(s.TLS))
	}
	if s.Username != "" || s.Password != "" {
		auth := gomail.SMTPAuthAutoDiscover
		if s.Plain {
			auth = gomail.SMTPAuthPlainNoEnc
		}
		opts = append(opts, gomail.WithSMTPAuth(auth), gomail.WithUsername(s.Username), gomail.WithPassword(s.Password))
	}
	return opts
}

// compose makes the e-mail, as HTML like Cognito's. Its message id is that of
// the message, so that a second copy can be told.
func (s *SMTP) compose(m *store.Message) (*gomail.Msg, error) {
	msg := gomail.NewMsg()
	from := m.Sender
	if from == "" {
		from = s.From
	}
	if err := msg.From(from); err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	if err := msg.To(m.Destination); err != nil {
		return nil, fmt.Errorf("destination: %w", err)
	}
	if m.ReplyTo != "" {
		if err := msg.ReplyTo(m.ReplyTo); err != nil {
			return nil, fmt.Errorf("reply-to: %w", err)
		}
	}
	msg.Subject(strings.NewReplacer("\r", " ", "\n", " ").Replace(m.Subject))
	msg.SetDateWithValue(m.Created)
	msg.SetMessageIDWithValue(m.ID + "@poolhouse")
	msg.SetBodyString(gomail.TypeTextHTML, m.Body)
	return msg, nil
}
