package server

import (
	"net/http"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

// Web pages call Cognito and STS directly, so their answers allow every
// origin, as AWS's do; IAM's do not. No cookie is involved: what a caller may
// do depends on the signature or token that the page itself holds.
const (
	allowedMethods = "GET, POST, OPTIONS"
	exposedHeaders = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"
	preflightAge   = "172800"
	defaultHeaders = "authorization,content-type,x-amz-date,x-amz-security-token,x-amz-target,x-amz-user-agent,x-amz-content-sha256,amz-sdk-invocation-id,amz-sdk-request,cache-control"
)

func (s *Server) crossOrigin(w http.ResponseWriter, r *http.Request, svc *awswire.Service) {
	if r.Header.Get("Origin") == "" || svc == awswire.IAM {
		return
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", exposedHeaders)
}

// preflight answers a browser's question whether a page may call.
func preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", allowedMethods)
	headers := r.Header.Get("Access-Control-Request-Headers")
	if headers == "" {
		headers = defaultHeaders
	}
	h.Set("Access-Control-Allow-Headers", headers)
	h.Set("Access-Control-Max-Age", preflightAge)
	h.Set("Vary", "Access-Control-Request-Headers")
	w.WriteHeader(http.StatusOK)
}
