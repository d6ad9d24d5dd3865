package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"runtime/debug"
	"time"

	"github.com/aws/smithy-go"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

// serveAWS answers a call of the AWS API: who calls, which operation, decode,
// constraints, permission, handler, and the answer or the error. Every
// operation takes this way.
func (s *Server) serveAWS(w http.ResponseWriter, r *http.Request) {
	req := &request{http: r, call: s.newCall(r)}
	ctx := awswire.WithCall(r.Context(), req.call)
	out, err := s.handle(ctx, w, req)
	s.answer(ctx, w, req, out, err)
}

func (s *Server) newCall(r *http.Request) *awswire.Call {
	return &awswire.Call{
		RequestID: s.ids.UUID(),
		Account:   s.account,
		Region:    s.region,
		Endpoint:  endpointRegion(r),
		SourceIP:  s.clientAddress(r),
		UserAgent: r.UserAgent(),
		Secure:    s.secure(r),
		Time:      s.clock.Now(),
	}
}

// handle runs the operation; a panic in it becomes an internal error.
func (s *Server) handle(ctx context.Context, w http.ResponseWriter, req *request) (out any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if err := s.route(w, req.http, req); err != nil {
		return nil, err
	}
	req.call.Service, req.call.Operation = req.table.Service.Name, req.operation
	if err := s.authenticate(ctx, req); err != nil {
		return nil, err
	}
	op := req.table.Operations[req.operation]
	if op.Handler == nil {
		return nil, awswire.NotBuilt(req.table.Service, req.operation)
	}
	in, err := s.decode(req, op.Handler)
	if err != nil {
		return nil, err
	}
	if throttle := req.table.Throttle; throttle != nil {
		if err := throttle(ctx, req.operation, in); err != nil {
			return nil, err
		}
	}
	if err := s.permit(ctx, req, op, in); err != nil {
		return nil, err
	}
	if err := s.faults.provoke(ctx, req.table.Service, req.operation); err != nil {
		return nil, err
	}
	return op.Handler.Call(ctx, in)
}

func (s *Server) decode(req *request, h *awswire.Handler) (in any, err error) {
	in = reflect.New(h.In).Interface()
	if req.format == awswire.JSON {
		err = awswire.DecodeJSON(req.body, in)
	} else {
		err = awswire.DecodeQuery(req.form, in)
	}
	if err != nil {
		return nil, err
	}
	return in, awswire.Validate(req.table.Service, req.operation, in)
}

// permit asks IAM whether the caller may do what a signed call does.
func (s *Server) permit(ctx context.Context, req *request, op awswire.Operation, in any) error {
	if op.Auth != awswire.Signed {
		return nil
	}
	accesses, err := req.table.Access(ctx, req.operation, in)
	if err != nil {
		return err
	}
	return s.services.iam.Authorize(ctx, req.call, accesses)
}

// answer writes the result or the error, the log line and the metrics.
func (s *Server) answer(ctx context.Context, w http.ResponseWriter, req *request, out any, err error) {
	svc := req.table.Service
	s.crossOrigin(w, req.http, svc)
	status := http.StatusOK
	if err == nil {
		err = awswire.WriteResult(w, svc, req.format, req.operation, req.call.RequestID, out)
	}
	code := ""
	if err != nil {
		status = awswire.WriteError(w, svc, req.format, req.call.RequestID, err)
		var api smithy.APIError
		if code = "InternalError"; errors.As(err, &api) {
			code = api.ErrorCode()
		}
	}
	took := s.clock.Now().Sub(req.call.Time)
	operation := req.operation
	if _, known := req.table.Operations[operation]; !known {
		operation = "unknown"
	}
	s.metrics.observe(svc.Name, operation, code, took)
	s.logCall(ctx, req, operation, status, code, took, err)
}

func (s *Server) logCall(ctx context.Context, req *request, operation string, status int, code string, took time.Duration, err error) {
	level := slog.LevelDebug
	attrs := []slog.Attr{
		slog.String("request", req.call.RequestID),
		slog.String("service", req.table.Service.Name),
		slog.String("operation", operation),
		slog.Int("status", status),
		slog.String("account", req.call.Account),
		slog.String("region", req.call.Region),
		slog.String("source", req.call.SourceIP.String()),
		slog.Duration("took", took),
	}
	if req.call.Principal.ARN != "" {
		attrs = append(attrs, slog.String("principal", req.call.Principal.ARN))
	}
	if code != "" {
		level = slog.LevelInfo
		attrs = append(attrs, slog.String("code", code))
	}
	if status >= 500 && status != http.StatusNotImplemented {
		level = slog.LevelError
		attrs = append(attrs, slog.Any("error", err))
	}
	s.log.LogAttrs(ctx, level, "call", attrs...)
}
