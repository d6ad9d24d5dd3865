package server

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/ids"
	"github.com/poolhouse-id/poolhouse/internal/sigv4"
)

// keyFinder finds the secrets and the principals of keys that Poolhouse
// issued. Both answer sigv4.ErrUnknownKey for others, and for those whose
// principal is gone; session answers sigv4.ErrTokenExpired for expired ones.
type keyFinder struct {
	accessKey func(ctx context.Context, id string) (secret string, p awswire.Principal, err error)
	session   func(ctx context.Context, id, token string) (secret string, p awswire.Principal, err error)
}

// skew is how far a signature's time may be from ours. STS is known to accept
// 15 minutes and IAM is taken to do the same; JSON services accept 5.
func skew(svc *awswire.Service) time.Duration {
	if svc.Target != "" {
		return 5 * time.Minute
	}
	return 15 * time.Minute
}

var accountForm = regexp.MustCompile(`^[0-9]{12}$`)

// authenticate verifies who signed the request and fills in the call. An
// operation that takes no signature ignores one.
//
// The age of a signature is measured with the machine's clock, as its signer
// does, also where a development server's clock was moved.
func (s *Server) authenticate(ctx context.Context, req *request) error {
	if req.table.Operations[req.operation].Auth != awswire.Signed {
		return nil
	}
	svc := req.table.Service
	sig, err := sigv4.Parse(req.http)
	if err == nil && sig == nil {
		err = sigv4.ErrMissingToken
	}
	if err == nil {
		err = sig.Check(svc.Name, clock.System{}.Now(), skew(svc))
	}
	if err != nil {
		return authError(svc, err)
	}
	secret, principal, err := s.lookUp(ctx, req, sig)
	if err == nil && secret != "" {
		err = s.verifier.Verify(sig, req.http, req.body, secret)
	}
	if err != nil {
		return authError(svc, err)
	}
	principal.AccessKeyID = sig.AccessKeyID
	req.call.Principal = principal
	req.call.Account = principal.Account
	req.call.Region = sig.Region
	return nil
}

// lookUp finds the secret of the key that signed. An empty secret without an
// error means an unknown key that is trusted as root of its account.
func (s *Server) lookUp(ctx context.Context, req *request, sig *sigv4.Signature) (string, awswire.Principal, error) {
	var secret string
	var p awswire.Principal
	var err error
	if sig.SecurityToken != "" {
		secret, p, err = s.services.credentials.session(ctx, sig.AccessKeyID, sig.SecurityToken)
	} else {
		secret, p, err = s.services.credentials.accessKey(ctx, sig.AccessKeyID)
	}
	if !errors.Is(err, sigv4.ErrUnknownKey) || !s.trusted(req, sig) {
		return secret, p, err
	}
	account := s.account
	if accountForm.MatchString(sig.AccessKeyID) {
		account = sig.AccessKeyID
	}
	return "", rootOf(account), nil
}

// trusted tells whether an unknown key may act as root: only in the loopback
// default. A key in AWS's form that names an account of this server is refused
// there too: it is a key that was deleted here, or a forged one of ours. A web
// page that was not loaded from this machine does not become root by calling
// its visitor's loopback address: browsers name the page in the Origin of every
// POST; a GET, which a mere image can cause, may only ask who it is.
func (s *Server) trusted(req *request, sig *sigv4.Signature) bool {
	r := req.http
	if s.strict || r.Method != http.MethodPost && req.operation != "GetCallerIdentity" {
		return false
	}
	if account, ok := ids.AccessKeyAccount(sig.AccessKeyID); ok && account == s.account {
		return false
	}
	origin := r.Header.Get("Origin")
	return origin == "" || loopbackOrigin(origin)
}

func loopbackOrigin(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && loopbackHost(u.Hostname())
}

// loopbackHost tells whether a host name means this machine.
func loopbackHost(host string) bool {
	host = strings.ToLower(host)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func rootOf(account string) awswire.Principal {
	arn := "arn:aws:iam::" + account + ":root"
	return awswire.Principal{Kind: awswire.Root, Account: account, ARN: arn, IssuerARN: arn, UserID: account}
}

// authError is the service's form of a fault of the signature or of the key.
func authError(svc *awswire.Service, err error) error {
	var e *sigv4.Error
	if !errors.As(err, &e) {
		return err
	}
	answer := e.Query
	if svc.Target != "" {
		answer = e.JSON
	}
	code, message, status := answer()
	return &awswire.Error{Code: code, Message: message, Status: status}
}
