package server

import (
	"context"
	"net/http"
	"strconv"

	"github.com/poolhouse-id/poolhouse/internal/deliver"
)

// serveInbox lists the messages that were not sent to anybody, the newest
// first, as {"messages": [...]}. The query selects: id, destination,
// userPoolId, username, limit.
func (s *Server) serveInbox(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	limit := 0
	if text := q.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			writeJSON(w, http.StatusBadRequest, map[string]string{"message": "The limit is not a positive number."})
			return
		}
		limit = n
	}
	messages, err := s.services.deliver.Inbox(r.Context(), deliver.Filter{
		ID: q.Get("id"), Destination: q.Get("destination"), PoolID: q.Get("userPoolId"), Username: q.Get("username"), Limit: limit,
	})
	if err != nil {
		s.log.ErrorContext(r.Context(), "inbox", "error", err)
		writeJSON(w, http.StatusInternalServerError, map[string]string{"message": "The inbox cannot be read; see the log."})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"messages": messages})
}

// Inbox returns the messages of the inbox, for programs that hold the server.
func (s *Server) Inbox(ctx context.Context, f deliver.Filter) ([]deliver.InboxMessage, error) {
	return s.services.deliver.Inbox(ctx, f)
}

// ClearInbox deletes every message, those that wait to be sent too.
func (s *Server) ClearInbox(ctx context.Context) error { return s.services.deliver.ClearInbox(ctx) }
