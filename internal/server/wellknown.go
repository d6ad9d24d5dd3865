package server

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/poolhouse-id/poolhouse/internal/identitypool"
)

// cacheDocuments tells clients and proxies how long they may keep the
// documents: short enough that a rotated key is known before it signs.
const cacheDocuments = "public, max-age=300"

// serveWellKnown answers <issuer>/.well-known/... where issuer is a user pool's
// id, or that below [updatedIssuerPath]; it reports whether the path is one of those.
func (s *Server) serveWellKnown(w http.ResponseWriter, r *http.Request) bool {
	issuer, document, ok := strings.Cut(strings.TrimPrefix(s.issuerPath(r), "/"), "/.well-known/")
	if !ok || issuer == "" || strings.Contains(strings.TrimPrefix(issuer, updatedIssuerPath), "/") {
		return false
	}
	get := s.issuerDocument(issuer, document)
	if get == nil {
		return false
	}
	if r.Method == http.MethodOptions {
		preflight(w, r)
		return true
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		writeJSON(w, http.StatusMethodNotAllowed, badRequest)
		return true
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	doc, err := get(r.Context())
	if err != nil {
		s.answerDocumentError(w, r, err)
		return true
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", cacheDocuments)
	w.Write(doc) //nolint:errcheck // the client went away
	return true
}

// identityIssuerPath is where the documents of the identity pools' issuer are:
// the issuer itself, https://cognito-identity.amazonaws.com, is one for all.
const identityIssuerPath = "cognito-identity"

// issuerPath is the path of a request below the public URL: at the host of the
// identity pools' issuer, which is AWS's unless a resolver sends it here, the
// documents are at the root.
func (s *Server) issuerPath(r *http.Request) string {
	host, _, _ := strings.Cut(r.Host, ":")
	if host == strings.TrimPrefix(identitypool.Issuer, "https://") && strings.HasPrefix(r.URL.Path, "/.well-known/") {
		return "/" + identityIssuerPath + r.URL.Path
	}
	return r.URL.Path
}

// issuerDocument returns what makes the discovery document (OpenID Connect
// Discovery 1.0) or the key set (RFC 7517) of an issuer, nil for other names.
func (s *Server) issuerDocument(issuer, document string) func(context.Context) ([]byte, error) {
	if issuer == identityIssuerPath {
		switch document {
		case "openid-configuration":
			return s.services.identityPools.Discovery
		case "jwks.json", "jwks_uri":
			return s.services.identityPools.JWKS
		}
		return nil
	}
	if account, ok := strings.CutPrefix(issuer, accountIssuerPath); ok && accountForm.MatchString(account) {
		return s.accountDocument(account, document)
	}
	if pool, ok := strings.CutPrefix(issuer, updatedIssuerPath); ok {
		switch document {
		case "openid-configuration":
			return func(ctx context.Context) ([]byte, error) { return s.services.userPools.UpdatedDiscovery(ctx, pool) }
		case "jwks.json":
			return func(ctx context.Context) ([]byte, error) { return s.services.userPools.UpdatedJWKS(ctx, pool) }
		}
		return nil
	}
	switch document {
	case "openid-configuration":
		return func(ctx context.Context) ([]byte, error) { return s.services.userPools.Discovery(ctx, issuer) }
	case "jwks.json":
		return func(ctx context.Context) ([]byte, error) { return s.services.userPools.JWKS(ctx, issuer) }
	}
	return nil
}

func (s *Server) answerDocumentError(w http.ResponseWriter, r *http.Request, err error) {
	var api smithy.APIError
	if errors.As(err, &api) {
		writeJSON(w, http.StatusNotFound, map[string]string{"code": api.ErrorCode(), "message": api.ErrorMessage(), "type": "client"})
		return
	}
	s.log.ErrorContext(r.Context(), "issuer document", "path", printable(r.URL.Path), "error", err)
	writeJSON(w, http.StatusInternalServerError, map[string]string{"code": "InternalError", "message": "Internal error", "type": "server"})
}
