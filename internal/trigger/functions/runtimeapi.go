package functions

import (
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/poolhouse-id/poolhouse/internal/trigger"
)

// maxPayload is the largest answer of a function ("Lambda quotas": 6 MB).
const maxPayload = 6 << 20

// ServeHTTP is the Runtime API of all processes, each below a path that nobody
// else knows, and KMS for them.
func (h *Host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	i := h.instance(token)
	if i == nil {
		runtimeError(w, http.StatusForbidden, "Forbidden", "no such runtime")
		return
	}
	if (rest == "kms" || rest == "kms/") && h.cfg.KMS != nil {
		h.cfg.KMS.ServeHTTP(w, r)
		return
	}
	rest, ok := strings.CutPrefix(rest, "2018-06-01/runtime/")
	if !ok {
		runtimeError(w, http.StatusNotFound, "NotFound", "no such resource")
		return
	}
	switch parts := strings.Split(rest, "/"); {
	case r.Method == http.MethodGet && rest == "invocation/next":
		i.next(w, r)
	case r.Method == http.MethodPost && rest == "init/error":
		i.reportInit(w, r)
	case r.Method == http.MethodPost && len(parts) == 3 && parts[0] == "invocation" && (parts[2] == "response" || parts[2] == "error"):
		i.answer(w, r, parts[1], parts[2] == "error")
	default:
		runtimeError(w, http.StatusNotFound, "NotFound", "no such resource")
	}
}

// next waits for an invocation and hands it to the process.
func (i *instance) next(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	if !i.asked {
		i.asked = true
		close(i.first)
	}
	i.mu.Unlock()
	select {
	case inv := <-i.work:
		head := w.Header()
		head.Set("Content-Type", "application/json")
		head.Set("Lambda-Runtime-Aws-Request-Id", inv.id)
		head.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(inv.deadline.UnixMilli(), 10))
		head.Set("Lambda-Runtime-Invoked-Function-Arn", inv.arn)
		head.Set("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=0")
		// A process that is gone shows by its end.
		_, _ = w.Write(inv.payload)
	case <-r.Context().Done():
	case <-i.exited:
	case <-i.function.host.ctx.Done():
		runtimeError(w, http.StatusInternalServerError, "Closing", "the host stops")
	}
}

// answer takes the result of the current invocation.
func (i *instance) answer(w http.ResponseWriter, r *http.Request, id string, failed bool) {
	payload, ok := readPayload(w, r)
	i.mu.Lock()
	defer i.mu.Unlock()
	switch {
	case i.current == nil || i.current.id != id:
		runtimeError(w, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
		return
	case !ok:
		payload, failed = failure("Function.ResponseSizeTooLarge", id, "Response payload size exceeded maximum allowed payload size (6291556 bytes).").Payload, true
	}
	i.current = nil
	i.result <- &trigger.Output{Payload: payload, Failed: failed}
	if ok {
		accepted(w)
	} else {
		runtimeError(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "the payload is too large")
	}
}

func (i *instance) reportInit(w http.ResponseWriter, r *http.Request) {
	payload, ok := readPayload(w, r)
	if !ok {
		runtimeError(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "the payload is too large")
		return
	}
	select {
	case i.initError <- payload:
	default:
	}
	accepted(w)
}

func readPayload(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
	return b, err == nil
}

func accepted(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`+"\n")
}

func runtimeError(w http.ResponseWriter, status int, kind, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"errorMessage":"`+text+`","errorType":"`+kind+`"}`+"\n")
}
