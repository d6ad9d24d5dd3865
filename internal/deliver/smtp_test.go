package deliver_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

func TestParseSMTP(t *testing.T) {
	t.Parallel()
	got, err := deliver.ParseSMTP("smtp://me:p%40ss@mail.example.com:2525?from=no-reply%40example.com")
	if err != nil || got.Host != "mail.example.com" || got.Port != 2525 || got.Username != "me" || got.Password != "p@ss" || got.From != "no-reply@example.com" || got.Plain || got.ImplicitTLS {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = deliver.ParseSMTP("smtps://mail.example.com?from=Us%20%3Ca@example.com%3E"); err != nil || !got.ImplicitTLS || got.Port != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = deliver.ParseSMTP("smtp://localhost:25?from=a@example.com&tls=none"); err != nil || !got.Plain {
		t.Errorf("%+v, %v", got, err)
	}
	for url, want := range map[string]string{
		"http://x?from=a@b.de":                   "scheme",
		"smtp://?from=a@b.de":                    "no host",
		"smtp://x:0?from=a@b.de":                 "port",
		"smtp://x:99999?from=a@b.de":             "port",
		"smtp://x":                               "from=<address>",
		"smtp://x?from=nobody":                   "from=<address>",
		"smtp://x?from=a@b.de&tls=maybe":         "tls=",
		"smtps://x?from=a@b.de&tls=none":         "without TLS",
		"smtp://u:secret word@x\x00?from=a@b.de": "cannot be parsed",
	} {
		_, err := deliver.ParseSMTP(url)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", url, err)
		}
	}
}

// mailServer is an SMTP server that keeps what it is told.
type mailServer struct {
	port int
	// refusal answers RCPT instead of 250.
	refusal string
	// tls is for STARTTLS; nil offers none.
	tls *tls.Config

	mu       sync.Mutex
	messages []string
	commands []string
}

func newMailServer(t *testing.T, refusal string) *mailServer {
	t.Helper()
	return startMailServer(t, &mailServer{refusal: refusal})
}

func startMailServer(t *testing.T, s *mailServer) *mailServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s.port = l.Addr().(*net.TCPAddr).Port
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	return s
}

func (s *mailServer) serve(conn net.Conn) {
	defer func() { conn.Close() }()
	in := bufio.NewReader(conn)
	say := func(line string) { fmt.Fprintf(conn, "%s\r\n", line) }
	say("220 test ESMTP")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		s.mu.Lock()
		s.commands = append(s.commands, line)
		s.mu.Unlock()
		switch verb, _, _ := strings.Cut(line, " "); strings.ToUpper(verb) {
		case "EHLO":
			say("250-test")
			if _, secure := conn.(*tls.Conn); s.tls != nil && !secure {
				say("250-STARTTLS")
			}
			say("250 AUTH PLAIN LOGIN")
		case "STARTTLS":
			say("220 go")
			conn = tls.Server(conn, s.tls)
			in = bufio.NewReader(conn)
		case "AUTH":
			say("235 ok")
		case "RCPT":
			if s.refusal != "" {
				say(s.refusal)
				continue
			}
			say("250 ok")
		case "DATA":
			say("354 go")
			var body strings.Builder
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				body.WriteString(line)
			}
			s.mu.Lock()
			s.messages = append(s.messages, body.String())
			s.mu.Unlock()
			say("250 queued")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func TestSMTPSend(t *testing.T) {
	t.Parallel()
	server := newMailServer(t, "")
	smtp := &deliver.SMTP{Host: "127.0.0.1", Port: server.port, From: "Us <us@example.com>", Plain: true, Username: "me", Password: "pw"}
	m := mail("jane@example.com", "Your code is <b>123456</b>")
	m.ID, m.Subject, m.ReplyTo, m.Created = "id1", "Hëllo\r\nBcc: eve@example.com", "help@example.com", time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	if err := smtp.Send(t.Context(), &m); err != nil {
		t.Fatal(err)
	}
	if len(server.messages) != 1 {
		t.Fatalf("%d messages", len(server.messages))
	}
	got := server.messages[0]
	for _, want := range []string{
		"From: \"Us\" <us@example.com>", "To: <jane@example.com>", "Reply-To: <help@example.com>", "Message-ID: <id1@poolhouse>",
		"Content-Type: text/html; charset=UTF-8", "<b>123456</b>", "Date: Fri, 02 Jan 2026 03:04:05",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the message has no %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "\nBcc:") {
		t.Errorf("a subject made a header:\n%s", got)
	}
	if commands := strings.Join(server.commands, "\n"); !strings.Contains(commands, "AUTH PLAIN") || !strings.Contains(commands, "RCPT TO:<jane@example.com>") {
		t.Errorf("commands:\n%s", commands)
	}
}

// selfSigned is a certificate of 127.0.0.1, and the authorities that trust it.
func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, trusted
}

// With STARTTLS nothing but the greeting goes in clear, and the server's
// certificate must be good.
func TestSMTPStartTLS(t *testing.T) {
	t.Parallel()
	certificate, trusted := selfSigned(t)
	server := startMailServer(t, &mailServer{tls: &tls.Config{Certificates: []tls.Certificate{certificate}}})
	smtp := &deliver.SMTP{
		Host: "127.0.0.1", Port: server.port, From: "us@example.com", Username: "me", Password: "pw",
		TLS: &tls.Config{RootCAs: trusted, ServerName: "127.0.0.1"},
	}
	m := mail("jane@example.com", "x")
	m.ID = "id2"
	if err := smtp.Send(t.Context(), &m); err != nil {
		t.Fatal(err)
	}
	if len(server.messages) != 1 || server.commands[1] != "STARTTLS" {
		t.Errorf("%d messages, commands %q", len(server.messages), server.commands)
	}
	smtp.TLS = nil
	var unknown x509.UnknownAuthorityError
	if err := smtp.Send(t.Context(), &m); !errors.As(err, &unknown) {
		t.Errorf("with a certificate that nobody trusts: %v", err)
	}
}

func TestSMTPRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		refusal, destination string
		plain, permanent     bool
	}{
		"no such mailbox": {"550 no such mailbox", "jane@example.com", true, true},
		"busy":            {"450 busy", "jane@example.com", true, false},
		"no TLS":          {"", "jane@example.com", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newMailServer(t, c.refusal)
			smtp := &deliver.SMTP{Host: "127.0.0.1", Port: server.port, From: "us@example.com", Plain: c.plain}
			b := newBox(t, store.Config{}, smtp)
			m := mail(c.destination, "x")
			b.enqueue(m)
			b.flush()
			got := b.list(deliver.Filter{})
			if len(got) != 1 || got[0].Error == "" || (got[0].State == "FAILED") != c.permanent {
				t.Errorf("message %+v", got)
			}
			if len(server.messages) != 0 {
				t.Error("it was sent")
			}
		})
	}
	err := (&deliver.SMTP{Host: "127.0.0.1", Port: 1, From: "us@example.com", Plain: true}).Send(t.Context(), &store.Message{Destination: "a@example.com"})
	var op *net.OpError
	if !errors.As(err, &op) {
		t.Errorf("without a server: %v", err)
	}
}

// What can never be sent is refused before it is kept.
func TestSMTPUndeliverable(t *testing.T) {
	t.Parallel()
	b := newBox(t, store.Config{}, &deliver.SMTP{Host: "127.0.0.1", Port: 1, From: "us@example.com", Plain: true})
	for name, m := range map[string]store.Message{
		"no address": {Channel: deliver.Email, Destination: "jane"},
		"no sender":  {Channel: deliver.Email, Destination: "jane@example.com", Sender: "nobody"},
		"no answer":  {Channel: deliver.Email, Destination: "jane@example.com", ReplyTo: "nobody"},
	} {
		err := b.db.Update(t.Context(), func(tx *store.Tx) error { return b.Enqueue(tx, &m) })
		if !errors.Is(err, deliver.ErrUndeliverable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := b.list(deliver.Filter{}); len(got) != 0 {
		t.Errorf("messages %+v", got)
	}
}
