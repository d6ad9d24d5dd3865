package awswire

import (
	"net/http"
	"strconv"
	"sync"
)

// Format is how answers look.
type Format int

const (
	// JSON is AWS JSON 1.1, the format of the Cognito services.
	JSON Format = iota
	// XML is the format of AWS Query services.
	XML
	// QueryJSON is what AWS Query services answer to Accept: application/json.
	QueryJSON
)

// FormatOf returns the format of svc's answers to a request with this Accept
// header.
func FormatOf(svc *Service, accept string) Format {
	switch {
	case svc.Target != "":
		return JSON
	case accept == "application/json":
		return QueryJSON
	}
	return XML
}

// contentType returns the Content-Type header of answers.
func (f Format) contentType() string {
	switch f {
	case XML:
		return "text/xml"
	case QueryJSON:
		return "application/json"
	}
	return "application/x-amz-json-1.1"
}

// maxPooledBuffer is the capacity above which a buffer is not kept.
const maxPooledBuffer = 64 << 10

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 2048); return &b }}

// withBuffer calls f with an empty buffer and keeps what f returns for later
// calls.
func withBuffer(f func(dst []byte) []byte) {
	b := buffers.Get().(*[]byte)
	if used := f((*b)[:0]); cap(used) <= maxPooledBuffer {
		*b = used
	}
	buffers.Put(b)
}

// WriteResult writes an operation's output with status 200, its headers
// (Content-Type, Content-Length, x-amzn-RequestId) and body. It writes nothing
// and returns an error if out cannot be encoded, which is a fault of the
// server's own; an error of the connection is returned too.
func WriteResult(w http.ResponseWriter, svc *Service, format Format, operation, requestID string, out any) (err error) {
	withBuffer(func(dst []byte) []byte {
		switch format {
		case XML:
			dst, err = AppendXML(dst, svc, operation, requestID, out)
		case QueryJSON:
			dst, err = AppendQueryJSON(dst, svc, operation, requestID, out)
		default:
			dst, err = AppendJSON(dst, out)
		}
		if err == nil {
			setHeaders(w.Header(), format, requestID, len(dst))
			_, err = w.Write(dst)
		}
		return dst
	})
	return err
}

func setHeaders(h http.Header, format Format, requestID string, length int) {
	h.Set("Content-Type", format.contentType())
	h.Set("Content-Length", strconv.Itoa(length))
	h.Set("X-Amzn-Requestid", requestID)
}

// WriteError writes err as svc answers it and returns the HTTP status. It takes
// an [*Error] or an error of the SDK's types in err's chain; anything else is
// answered as the service's internal error, and nothing of it is told to the
// caller. A JSON service also gets the headers x-amzn-ErrorType and
// x-amzn-ErrorMessage.
func WriteError(w http.ResponseWriter, svc *Service, format Format, requestID string, err error) (status int) {
	f := faultOf(svc, err)
	withBuffer(func(dst []byte) []byte {
		switch format {
		case XML:
			dst = f.appendXML(dst, svc, requestID)
		case QueryJSON:
			dst = f.appendQueryJSON(dst, requestID)
		default:
			dst = f.appendJSON(dst)
			w.Header().Set("X-Amzn-Errortype", headerText(f.code)+":")
			if f.message != "" {
				w.Header().Set("X-Amzn-Errormessage", headerText(f.message))
			}
		}
		setHeaders(w.Header(), format, requestID, len(dst))
		w.WriteHeader(f.status)
		_, _ = w.Write(dst)
		return dst
	})
	return f.status
}

// maxHeaderText bounds the header that repeats an error's message.
const maxHeaderText = 1024

// headerText makes a text fit for a header: control characters become blanks,
// characters beyond ASCII question marks, and what is too long is cut off.
func headerText(s string) string {
	clean := make([]byte, 0, min(len(s), maxHeaderText))
	for _, r := range s {
		if len(clean) == maxHeaderText {
			break
		}
		switch {
		case r < ' ' || r == 0x7f:
			clean = append(clean, ' ')
		case r > '~':
			clean = append(clean, '?')
		default:
			clean = append(clean, byte(r))
		}
	}
	return string(clean)
}
