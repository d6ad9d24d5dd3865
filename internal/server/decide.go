package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/poolhouse-id/poolhouse/decision"
	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/iam"
	"github.com/poolhouse-id/poolhouse/internal/sigv4"
	"github.com/poolhouse-id/poolhouse/policy"
)

// The decision point for other servers: see package decision, which documents
// both paths.

// decideAction is the permission that askers need.
const decideAction = "poolhouse:Decide"

// maxQuestion bounds a question: a resource policy, headers and keys.
const maxQuestion = 1 << 20

// serveDecide answers a signed question.
func (s *Server) serveDecide(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxQuestion))
	if err != nil {
		writeRefusal(w, &awswire.Error{Code: "RequestEntityTooLarge", Message: "The question is too large", Status: http.StatusRequestEntityTooLarge})
		return
	}
	if err := s.admitAsker(r, body); err != nil {
		s.refuseQuestion(w, r, err)
		return
	}
	var q decision.Question
	if err := json.Unmarshal(body, &q); err != nil {
		writeRefusal(w, &awswire.Error{Code: "MalformedInput", Message: "The question is not of the documented form", Status: http.StatusBadRequest})
		return
	}
	a, err := s.decide(r.Context(), s.newCall(r), &q)
	if err != nil {
		s.refuseQuestion(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, a)
}

// admitAsker verifies who asks, and that they may.
func (s *Server) admitAsker(r *http.Request, body []byte) error {
	call := s.newCall(r)
	call.Service, call.Operation = decision.Service, "Decide"
	req := &request{http: r, body: body, call: call, operation: call.Operation, table: askers}
	ctx := awswire.WithCall(r.Context(), call)
	if err := s.authenticate(ctx, req); err != nil {
		return err
	}
	return s.services.iam.Authorize(ctx, call, []awswire.Access{{Action: decideAction, Resource: "*"}})
}

// askers is the table of the one operation that other servers call.
var askers = &awswire.Table{
	Service:    &awswire.Service{Name: decision.Service},
	Operations: map[string]awswire.Operation{"Decide": {Auth: awswire.Signed}},
}

func writeRefusal(w http.ResponseWriter, e *awswire.Error) {
	writeJSON(w, e.Status, decision.Error{Code: e.Code, Message: e.Message, Status: e.Status})
}

func (s *Server) refuseQuestion(w http.ResponseWriter, r *http.Request, err error) {
	var e *awswire.Error
	var syntax *policy.SyntaxError
	switch {
	case errors.As(err, &syntax):
		e = &awswire.Error{Code: "MalformedPolicyDocument", Message: syntax.Message, Status: http.StatusBadRequest}
	case !errors.As(err, &e):
		s.log.ErrorContext(r.Context(), "decide", "error", err)
		e = &awswire.Error{Code: "InternalFailure", Message: "The server encountered an internal error.", Status: http.StatusInternalServerError}
	}
	if e.Status == 0 {
		e.Status = http.StatusBadRequest
	}
	writeRefusal(w, e)
}

// serveAuthorize answers a gateway that forwards the head of a request.
func (s *Server) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	q := decision.Ask(r, r.Header.Get("X-Poolhouse-Service"), r.Header.Get("X-Poolhouse-Action"), r.Header.Get("X-Poolhouse-Resource"))
	if q.Service == "" || q.Action == "" || q.Resource == "" {
		writeRefusal(w, &awswire.Error{Code: "MissingParameter", Message: "The headers X-Poolhouse-Service, X-Poolhouse-Action and X-Poolhouse-Resource are required", Status: http.StatusBadRequest})
		return
	}
	q.Request.Method = firstOf(r.Header.Get("X-Original-Method"), r.Method)
	q.Request.URI = firstOf(r.Header.Get("X-Original-URI"), strings.TrimPrefix(q.Request.URI, "/_poolhouse/authorize"), "/")
	if address := s.clientAddress(r); s.cfg.TrustProxy && address.IsValid() {
		q.Keys = map[string][]string{"aws:SourceIp": {address.String()}}
	}
	a, err := s.decide(r.Context(), s.newCall(r), q)
	switch {
	case err != nil:
		s.refuseQuestion(w, r, err)
	case a.Allowed:
		h := w.Header()
		h.Set("X-Poolhouse-Principal-Arn", a.Principal.ARN)
		h.Set("X-Poolhouse-Account", a.Principal.Account)
		h.Set("X-Poolhouse-User-Id", a.Principal.UserID)
		w.WriteHeader(http.StatusOK)
	case a.Principal == nil:
		writeJSON(w, http.StatusUnauthorized, a.Error)
	default:
		writeJSON(w, http.StatusForbidden, a.Error)
	}
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// decide verifies the signature of the request in question and decides. It
// knows only keys that Poolhouse issued, in development too.
func (s *Server) decide(ctx context.Context, call *awswire.Call, q *decision.Question) (*decision.Answer, error) {
	r, err := httpRequestOf(q)
	if err != nil {
		return refusedAnswer(&sigv4.Error{Kind: sigv4.Incomplete, Message: "The request in question is malformed."}), nil
	}
	sig, err := s.verifyForeign(ctx, r, q, call)
	var fault *sigv4.Error
	if errors.As(err, &fault) {
		return refusedAnswer(fault), nil
	}
	if err != nil {
		return nil, err
	}
	call.Service, call.Operation, call.Region, call.Account = q.Service, q.Action, sig.Region, call.Principal.Account
	p := &call.Principal
	verdict, err := s.services.iam.Decide(ctx, call, &iam.Question{
		Action: q.Action, Resource: q.Resource, Keys: q.Keys, ResourcePolicy: q.ResourcePolicy, ResourceAccount: q.ResourceAccount,
	})
	if errors.As(err, &fault) {
		return refusedAnswer(fault), nil
	}
	if err != nil {
		return nil, err
	}
	a := &decision.Answer{Allowed: verdict.Allowed, Principal: &decision.Principal{ARN: p.ARN, Account: p.Account, UserID: p.UserID}}
	if !a.Allowed {
		encoded, err := s.services.sts.EncodeAuthorizationMessage(p.Account, verdict.Details)
		if err != nil {
			return nil, err
		}
		a.Error = &decision.Error{Code: "AccessDenied", Message: verdict.Message, Status: http.StatusForbidden, EncodedMessage: encoded}
	}
	return a, nil
}

func refusedAnswer(e *sigv4.Error) *decision.Answer {
	code, message, status := e.Query()
	return &decision.Answer{Error: &decision.Error{Code: code, Message: message, Status: status}}
}

// verifyForeign verifies the signature of a request to another server and sets
// the call's principal.
func (s *Server) verifyForeign(ctx context.Context, r *http.Request, q *decision.Question, call *awswire.Call) (*sigv4.Signature, error) {
	sig, err := sigv4.Parse(r)
	if err == nil && sig == nil {
		err = sigv4.ErrMissingToken
	}
	if err != nil {
		return nil, err
	}
	s3 := q.Service == "s3"
	if err := sig.Check(q.Service, clock.System{}.Now(), foreignSkew(sig, s3)); err != nil {
		return nil, err
	}
	var secret string
	if sig.SecurityToken != "" {
		secret, call.Principal, err = s.services.credentials.session(ctx, sig.AccessKeyID, sig.SecurityToken)
	} else {
		secret, call.Principal, err = s.services.credentials.accessKey(ctx, sig.AccessKeyID)
	}
	if err != nil {
		return nil, err
	}
	call.Principal.AccessKeyID = sig.AccessKeyID
	return sig, s.verifier.VerifyHashed(sig, r, payloadHash(r, q, sig, s3), s3, secret)
}

// longestPresigned is how long a presigned URL to S3 may last (Amazon S3 User
// Guide, "Download and upload objects with presigned URLs").
const longestPresigned = 7 * 24 * time.Hour

// foreignSkew is how old a signature may be: in S3 a presigned URL says it
// itself, all else has 15 minutes.
func foreignSkew(sig *sigv4.Signature, s3 bool) time.Duration {
	if s3 && sig.Presigned {
		if d, err := time.ParseDuration(sig.Expires + "s"); err == nil && d > 0 && d <= longestPresigned {
			return d
		}
		return 0
	}
	return 15 * time.Minute
}

// payloadHash is the last line of the canonical request.
func payloadHash(r *http.Request, q *decision.Question, sig *sigv4.Signature, s3 bool) string {
	const emptyBody = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	declared := r.Header.Get("X-Amz-Content-Sha256")
	switch {
	case q.Request.PayloadHash != "" && declared != "" && declared != q.Request.PayloadHash:
		return "the declared hash is not that of the body"
	case declared != "":
		return declared
	case q.Request.PayloadHash != "":
		return q.Request.PayloadHash
	case s3 && sig.Presigned:
		return "UNSIGNED-PAYLOAD"
	}
	return emptyBody
}

// httpRequestOf rebuilds the request in question.
func httpRequestOf(q *decision.Question) (*http.Request, error) {
	u, err := url.ParseRequestURI(q.Request.URI)
	if err != nil || !strings.HasPrefix(q.Request.URI, "/") {
		return nil, errors.New("the URI is malformed")
	}
	header := http.Header{}
	for k, values := range q.Request.Header {
		for _, v := range values {
			header.Add(k, v)
		}
	}
	return &http.Request{
		Method: q.Request.Method, URL: u, Host: q.Request.Host, Header: header, ContentLength: q.Request.ContentLength,
		Body: io.NopCloser(bytes.NewReader(nil)),
	}, nil
}
