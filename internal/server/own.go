package server

import (
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

// Poolhouse's own paths. Health, metrics and the decision point answer always;
// the others exist only in development, where they are for this machine alone.
func (s *Server) ownPaths() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_poolhouse/health", s.serveHealth)
	mux.Handle("GET /_poolhouse/metrics", s.metrics.handler())
	mux.HandleFunc(logoPattern, s.serveLogo)
	mux.HandleFunc("POST /_poolhouse/decide", s.serveDecide)
	mux.HandleFunc(userpool.ImportPath, s.serveImport)
	mux.HandleFunc("GET "+userpool.FeedbackPath, s.serveFeedback)
	mux.HandleFunc("POST "+userpool.FeedbackPath, s.serveFeedback)
	mux.HandleFunc("/_poolhouse/authorize", s.serveAuthorize)
	mux.HandleFunc("/_poolhouse/authorize/", s.serveAuthorize)
	if s.development {
		mux.HandleFunc("GET /_poolhouse/inbox", s.local(s.serveInbox))
		mux.HandleFunc("GET /_poolhouse/clock", s.local(s.serveClock))
		mux.HandleFunc("POST /_poolhouse/clock", s.local(s.advanceClock))
		mux.HandleFunc("POST /_poolhouse/reset", s.local(s.serveReset))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { writeJSON(w, http.StatusNotFound, badRequest) })
	return mux
}

// local admits requests that were made to this machine by name, and by nobody's
// web page but this machine's: neither a page elsewhere nor a name that was
// made to point here reads the inbox or resets the server.
func (s *Server) local(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		if !s.ourHost(r.Host) || origin != "" && !loopbackOrigin(origin) {
			writeJSON(w, http.StatusForbidden, map[string]string{"message": "This path is only for programs on the server's machine."})
			return
		}
		next(w, r)
	}
}

func (s *Server) ourHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	host = strings.Trim(host, "[]")
	if loopbackHost(host) {
		return true
	}
	public, err := url.Parse(s.publicURL)
	return err == nil && strings.EqualFold(public.Hostname(), host)
}

func (s *Server) serveHealth(w http.ResponseWriter, r *http.Request) {
	if err := s.store.Ping(r.Context()); err != nil {
		s.log.ErrorContext(r.Context(), "health", "error", err)
		writeJSON(w, http.StatusServiceUnavailable, map[string]string{"status": "database unavailable", "version": s.version})
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"status": "ok", "version": s.version})
}

func (s *Server) serveClock(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"now": s.clock.Now().Format(time.RFC3339Nano)})
}

// advanceClock takes {"advance": "1h30m"}, a duration as time.ParseDuration
// reads it.
func (s *Server) advanceClock(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Advance string `json:"advance"`
	}
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1024)).Decode(&in)
	d, parseErr := time.ParseDuration(in.Advance)
	if err != nil || parseErr != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"message": `Send {"advance": "1h30m"}.`})
		return
	}
	if s.adjustable == nil {
		writeJSON(w, http.StatusConflict, map[string]string{"message": "This server's clock cannot be moved."})
		return
	}
	s.adjustable.Advance(d)
	s.serveClock(w, r)
}

func (s *Server) serveReset(w http.ResponseWriter, r *http.Request) {
	if err := s.Reset(r.Context()); err != nil {
		s.log.ErrorContext(r.Context(), "reset", "error", err)
		writeJSON(w, http.StatusInternalServerError, map[string]string{"message": "The reset failed; see the log."})
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"status": "reset"})
}

// badRequest is what AWS's regional host answers on a path that it does not
// have.
var badRequest = map[string]string{
	"code": "BadRequest", "message": "The server did not understand the operation that was requested.", "type": "client",
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) //nolint:errcheck // the client went away
}
