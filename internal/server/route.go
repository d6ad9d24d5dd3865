package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

// Limits of request bodies. The largest documents that the APIs take are SAML
// metadata in IAM (10 million characters) and branding assets in cognito-idp;
// nothing that an unsigned caller sends comes near either.
const (
	maxUnsignedBody = 1 << 20
	maxSignedBody   = 16 << 20
)

// request is an AWS request on its way to a handler.
type request struct {
	http   *http.Request
	table  *awswire.Table
	format awswire.Format
	// operation is the name that the caller gave, known or not.
	operation string
	body      []byte
	form      url.Values
	call      *awswire.Call
}

// route finds out which service and operation a request is for, and reads its
// body. The error is answered in the form of the request's table and format,
// which are set also then.
func (s *Server) route(w http.ResponseWriter, r *http.Request, req *request) error {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return s.routeJSON(w, r, req, target)
	}
	return s.routeQuery(w, r, req)
}

func (s *Server) routeJSON(w http.ResponseWriter, r *http.Request, req *request, target string) error {
	prefix, operation, _ := strings.Cut(target, ".")
	req.format = awswire.JSON
	req.table = s.byTarget[prefix]
	if req.table == nil {
		req.table = s.byTarget[awswire.CognitoIDP.Target]
		return awswire.Errorf("UnknownOperationException", "")
	}
	req.operation = operation
	if r.Method != http.MethodPost {
		return awswire.Errorf("UnknownOperationException", "")
	}
	if _, known := req.table.Operations[operation]; !known {
		return awswire.Errorf("UnknownOperationException", "")
	}
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/x-amz-json-1.1" {
		return awswire.Errorf("UnknownOperationException", "")
	}
	return s.readBody(w, r, req)
}

func (s *Server) routeQuery(w http.ResponseWriter, r *http.Request, req *request) error {
	req.format = awswire.XML
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		req.format = awswire.QueryJSON
	}
	req.table = s.byName[awswire.STS.Name]
	if t := s.byName[scopeService(r)]; t != nil && t.Service.Target == "" {
		req.table = t
	}
	switch r.Method {
	case http.MethodGet:
		form, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return awswire.Errorf("MalformedQueryString", "The query string is malformed")
		}
		req.form = form
	case http.MethodPost:
		if err := s.readForm(w, r, req); err != nil {
			return err
		}
	default:
		return &awswire.Error{Code: "UnsupportedHttpMethod", Message: "The HTTP method " + printable(r.Method) + " is not supported", Status: http.StatusMethodNotAllowed}
	}
	return s.routeAction(req)
}

func (s *Server) readForm(w http.ResponseWriter, r *http.Request, req *request) error {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/x-www-form-urlencoded" {
		return awswire.Errorf("UnsupportedMediaType", "The content type must be application/x-www-form-urlencoded")
	}
	if err := s.readBody(w, r, req); err != nil {
		return err
	}
	form, err := url.ParseQuery(string(req.body))
	if err != nil {
		return awswire.Errorf("MalformedQueryString", "The request body is not a valid form")
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return awswire.Errorf("MalformedQueryString", "The query string is malformed")
	}
	for k, v := range query {
		if _, dup := form[k]; !dup {
			form[k] = v
		}
	}
	req.form = form
	return nil
}

// routeAction chooses between the Query services: by Version, else by the
// credential scope, else by which of them has the action.
func (s *Server) routeAction(req *request) error {
	req.operation = req.form.Get("Action")
	version := req.form.Get("Version")
	if req.operation == "" {
		return awswire.Errorf("MissingAction", "Action is missing")
	}
	if version != "" {
		table := s.byVersion[version]
		if table == nil {
			return noSuchVersion(req.operation, version)
		}
		req.table = table
	} else if _, here := req.table.Operations[req.operation]; !here {
		for _, t := range s.byVersion {
			if _, there := t.Operations[req.operation]; there {
				req.table = t
			}
		}
	}
	if _, known := req.table.Operations[req.operation]; !known {
		return noSuchVersion(req.operation, req.table.Service.Version)
	}
	return nil
}

func noSuchVersion(action, version string) error {
	return awswire.Errorf("InvalidAction", "Could not find operation %s for version %s", printable(action), printable(version))
}

// scopeService returns the service of the credential scope, "" without one.
// It only routes; the signature's verification checks the scope.
func scopeService(r *http.Request) string {
	credential := r.URL.Query().Get("X-Amz-Credential")
	if _, after, ok := strings.Cut(r.Header.Get("Authorization"), "Credential="); ok {
		credential, _, _ = strings.Cut(after, ",")
	}
	parts := strings.Split(credential, "/")
	if len(parts) < 5 {
		return ""
	}
	return parts[len(parts)-2]
}

func (s *Server) readBody(w http.ResponseWriter, r *http.Request, req *request) error {
	limit := int64(maxUnsignedBody)
	if r.Header.Get("Authorization") != "" {
		limit = maxSignedBody
	}
	tooLarge := &awswire.Error{
		Code:    "RequestEntityTooLargeException",
		Message: fmt.Sprintf("The request body is larger than %d bytes", limit),
		Status:  http.StatusRequestEntityTooLarge,
	}
	if r.ContentLength > limit {
		return tooLarge
	}
	var buf bytes.Buffer
	if r.ContentLength > 0 {
		buf.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err := buf.ReadFrom(http.MaxBytesReader(w, r.Body, limit))
	if big := (*http.MaxBytesError)(nil); errors.As(err, &big) {
		return tooLarge
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return awswire.Errorf("IncompleteBody", "The request body ended before its length")
	}
	req.body = buf.Bytes()
	return nil
}

// printable bounds and cleans what a caller sent before it is repeated.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return -1
		}
		return r
	}, s)
	if len(s) > 128 {
		s = strings.ToValidUTF8(s[:128], "") + "..."
	}
	return s
}
