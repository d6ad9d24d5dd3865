package sigv4

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	// timeFormat is ISO 8601's basic format without fractions, always in UTC.
	timeFormat = "20060102T150405Z"
)

// Signature is what a request says about its own authentication. Nothing of
// it is true before [Verifier.Verify] succeeds.
type Signature struct {
	// AccessKeyID names the key; it may be anything but empty.
	AccessKeyID string
	// Region and Service are those of the credential scope.
	Region, Service string
	// SignedHeaders are the names of the signed headers as listed.
	SignedHeaders []string
	// SecurityToken is the session token of temporary credentials, else empty.
	SecurityToken string
	// Presigned tells the query form from the header form.
	Presigned bool
	// Time is when the request was signed, in whole seconds, UTC.
	Time time.Time
	// Expires is X-Amz-Expires as sent, for the log; empty in the header form.
	Expires string

	date, terminator string // of the credential scope
	signature        string
}

// Parse reads the signature of a request. It returns nil and no error for a
// request that is not signed, and an [*Error] of kind Incomplete for a
// signature in a wrong form.
func Parse(r *http.Request) (*Signature, error) {
	header, inHeader := r.Header["Authorization"]
	query, err := authQuery(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	switch {
	case inHeader && query != nil:
		return nil, incomplete("The request must not be signed both in the Authorization header and in the query string.")
	case inHeader && len(header) != 1:
		return nil, incomplete("The request must not have more than one Authorization header.")
	case inHeader:
		return parseHeader(r.Header, header[0])
	case query != nil:
		return parseQuery(query)
	}
	return nil, nil
}

func incomplete(format string, args ...any) *Error {
	return &Error{Kind: Incomplete, Message: fmt.Sprintf(format, args...)}
}

// parseHeader reads the header form: the algorithm, then key=value pairs
// between commas or blanks.
func parseHeader(h http.Header, value string) (*Signature, error) {
	name, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
	params := map[string]string{}
	for _, pair := range strings.FieldsFunc(rest, func(c rune) bool { return c == ',' || c == ' ' }) {
		k, v, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, incomplete("Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '%s'.", hashed(value))
		}
		if _, twice := params[k]; twice {
			return nil, incomplete("Authorization header has more than one '%s' parameter.", k)
		}
		params[k] = v
	}
	dates := h["X-Amz-Date"]
	if len(dates) == 0 {
		dates = h["Date"]
	}
	var missing strings.Builder
	for _, k := range []string{"Credential", "Signature", "SignedHeaders"} {
		if params[k] == "" {
			fmt.Fprintf(&missing, "Authorization header requires '%s' parameter. ", k)
		}
	}
	if len(dates) == 0 {
		missing.WriteString("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
	}
	if missing.Len() > 0 {
		return nil, incomplete("%s(Hashed with SHA-256 and encoded with Base64) Authorization=%s", missing.String(), hashed(value))
	}
	tokens := h["X-Amz-Security-Token"]
	if len(tokens) > 1 {
		return nil, incomplete("The request must not have more than one X-Amz-Security-Token header.")
	}
	s := &Signature{
		SignedHeaders: strings.Split(params["SignedHeaders"], ";"),
		SecurityToken: strings.Join(tokens, ""),
		signature:     params["Signature"],
	}
	return s, s.fill(name, params["Credential"], strings.Join(dates, ","))
}

// hashed is how AWS quotes an Authorization header, which may hold secrets.
func hashed(header string) string {
	sum := sha256.Sum256([]byte(header))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// authQuery returns the X-Amz parameters of a query string, or nil when it
// has none that belongs to a signature.
func authQuery(raw string) (map[string]string, error) {
	if !strings.Contains(raw, "X-Amz-") {
		return nil, nil
	}
	params, signed := map[string]string{}, false
	for part := range strings.SplitSeq(raw, "&") {
		k, v, _ := strings.Cut(part, "=")
		if !strings.HasPrefix(k, "X-Amz-") {
			continue
		}
		v, err := url.QueryUnescape(v)
		if err != nil {
			return nil, incomplete("AWS query-string parameter '%s' is not percent-encoded.", k)
		}
		if _, twice := params[k]; twice {
			return nil, incomplete("AWS query-string parameter '%s' must not be repeated.", k)
		}
		params[k] = v
		signed = signed || k == "X-Amz-Algorithm" || k == "X-Amz-Credential" || k == "X-Amz-Signature"
	}
	if !signed {
		return nil, nil
	}
	return params, nil
}

func parseQuery(params map[string]string) (*Signature, error) {
	var missing strings.Builder
	for _, k := range []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"} {
		if params[k] == "" {
			fmt.Fprintf(&missing, "AWS query-string parameters must include '%s'. ", k)
		}
	}
	if missing.Len() > 0 {
		return nil, incomplete("%sRe-examine the query-string parameters.", missing.String())
	}
	s := &Signature{
		SignedHeaders: strings.Split(params["X-Amz-SignedHeaders"], ";"),
		SecurityToken: params["X-Amz-Security-Token"],
		Presigned:     true,
		Expires:       params["X-Amz-Expires"],
		signature:     params["X-Amz-Signature"],
	}
	return s, s.fill(params["X-Amz-Algorithm"], params["X-Amz-Credential"], params["X-Amz-Date"])
}

// fill checks and stores what both forms have, in AWS's order: date, host,
// algorithm, credential.
func (s *Signature) fill(name, credential, date string) error {
	var ok bool
	if s.Time, ok = parseTime(date, !s.Presigned); !ok {
		return incomplete("Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601", date)
	}
	if !slices.Contains(s.SignedHeaders, "host") && !slices.Contains(s.SignedHeaders, ":authority") {
		return &Error{Mismatch, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."}
	}
	if name != algorithm {
		return incomplete("Unsupported AWS 'algorithm': '%s' (only AWS4-HMAC-SHA256 for now). ", name)
	}
	parts := strings.Split(credential, "/")
	if len(parts) != 5 || parts[0] == "" {
		return incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '%s'", credential)
	}
	s.AccessKeyID, s.date, s.Region, s.Service, s.terminator = parts[0], parts[1], parts[2], parts[3], parts[4]
	return nil
}

// parseTime reads the basic format and, when it may come from a Date header,
// the format of HTTP dates.
func parseTime(text string, httpDate bool) (time.Time, bool) {
	// time.Parse accepts fractions of seconds that are not in the layout.
	if len(text) == len(timeFormat) {
		t, err := time.Parse(timeFormat, text)
		return t, err == nil
	}
	if !httpDate {
		return time.Time{}, false
	}
	t, err := http.ParseTime(text)
	return t.UTC(), err == nil
}

// validRegion reports whether a region has the form of AWS's: lower-case
// letters, digits and hyphens. Which regions exist is not known here.
func validRegion(region string) bool {
	return region != "" && len(region) <= 63 && strings.Trim(region, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// Check compares the time of the signature with now, and its scope with the
// service that the request goes to (its signing name, such as "cognito-idp").
// Errors are of kind Mismatch. Any well-formed region will do, since clients
// sign for the region of their configuration.
func (s *Signature) Check(service string, now time.Time, skew time.Duration) error {
	now = now.UTC().Truncate(time.Second)
	at, minutes := s.Time.Format(timeFormat), int(skew/time.Minute)
	if earliest := now.Add(-skew); s.Time.Before(earliest) {
		return mismatch("Signature expired: %s is now earlier than %s (%s - %d min.)",
			at, earliest.Format(timeFormat), now.Format(timeFormat), minutes)
	}
	if latest := now.Add(skew); s.Time.After(latest) {
		return mismatch("Signature not yet current: %s is still later than %s (%s + %d min.)",
			at, latest.Format(timeFormat), now.Format(timeFormat), minutes)
	}
	var faults strings.Builder
	if !validRegion(s.Region) {
		faults.WriteString("Credential should be scoped to a valid region. ")
	}
	if s.Service != service {
		fmt.Fprintf(&faults, "Credential should be scoped to correct service: '%s'. ", service)
	}
	if s.terminator != terminator {
		fmt.Fprintf(&faults, "Credential should be scoped with a valid terminator: '%s', not '%s'. ", terminator, s.terminator)
	}
	if s.date != at[:8] {
		fmt.Fprintf(&faults, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s', from '%s'.", s.date, at[:8], at)
	}
	if faults.Len() > 0 {
		return &Error{Mismatch, faults.String()}
	}
	return nil
}

func mismatch(format string, args ...any) *Error {
	return &Error{Mismatch, fmt.Sprintf(format, args...)}
}
