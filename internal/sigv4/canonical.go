package sigv4

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// appendCanonical appends the canonical request
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html,
// step 1). It reports false when the request cannot be the signed one.
func appendCanonical(b []byte, s *Signature, r *http.Request, payloadHash []byte, s3 bool) ([]byte, bool) {
	b = append(b, r.Method...)
	b = append(b, '\n')
	if s3 {
		b = append(b, cmp.Or(r.URL.EscapedPath(), "/")...)
	} else {
		b = appendPath(b, r.URL.EscapedPath())
	}
	b = append(b, '\n')
	b, ok := appendQuery(b, r.URL.RawQuery, s.Presigned)
	if !ok {
		return b, false
	}
	b = append(b, '\n')
	if b, ok = appendHeaders(b, s, r); !ok {
		return b, false
	}
	b = append(b, '\n')
	for i, name := range s.SignedHeaders {
		if i > 0 {
			b = append(b, ';')
		}
		b = append(b, name...)
	}
	b = append(b, '\n')
	return append(b, payloadHash...), true
}

// appendPath appends the path as it stands on the wire, normalized and encoded
// once more (so "%20" becomes "%2520"), as all services but S3 have it.
func appendPath(b []byte, path string) []byte {
	if path == "" || path == "/" {
		return append(b, '/')
	}
	var segments []string
	for segment := range strings.SplitSeq(path, "/") {
		switch segment {
		case "", ".":
		case "..":
			segments = segments[:max(0, len(segments)-1)]
		default:
			segments = append(segments, segment)
		}
	}
	for _, segment := range segments {
		b = append(b, '/')
		b = appendEscaped(b, segment)
	}
	// A path that ends in a slash or a dot segment names a directory.
	if last := path[strings.LastIndexByte(path, '/')+1:]; len(segments) == 0 || last == "" || last == "." || last == ".." {
		b = append(b, '/')
	}
	return b
}

// appendQuery appends the parameters, encoded alike and sorted by name and
// value; of a presigned request all but the signature.
func appendQuery(b []byte, raw string, presigned bool) ([]byte, bool) {
	if raw == "" {
		return b, true
	}
	type param struct{ name, value []byte }
	params := make([]param, 0, 1+strings.Count(raw, "&"))
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		if part == "" || presigned && name == "X-Amz-Signature" {
			continue
		}
		n, ok1 := appendRecoded(nil, name)
		v, ok2 := appendRecoded(nil, value)
		if !ok1 || !ok2 {
			return b, false
		}
		params = append(params, param{n, v})
	}
	slices.SortFunc(params, func(x, y param) int {
		if c := bytes.Compare(x.name, y.name); c != 0 {
			return c
		}
		return bytes.Compare(x.value, y.value)
	})
	for i, p := range params {
		if i > 0 {
			b = append(b, '&')
		}
		b = append(b, p.name...)
		b = append(b, '=')
		b = append(b, p.value...)
	}
	return b, true
}

// appendHeaders appends a line for each signed header. The names must be in
// lower case, sorted and different, and every X-Amz header among them.
func appendHeaders(b []byte, s *Signature, r *http.Request) ([]byte, bool) {
	for i, name := range s.SignedHeaders {
		if i > 0 && name <= s.SignedHeaders[i-1] {
			return b, false
		}
		b = append(b, name...)
		b = append(b, ':')
		var ok bool
		if b, ok = appendHeader(b, r, name); !ok {
			return b, false
		}
		b = append(b, '\n')
	}
	for key := range r.Header {
		if !isAmzHeader(key) {
			continue
		}
		if _, signed := slices.BinarySearch(s.SignedHeaders, strings.ToLower(key)); !signed {
			return b, false
		}
	}
	return b, true
}

// isAmzHeader reports whether a header must be signed.
func isAmzHeader(key string) bool {
	const prefix = "x-amz-"
	return len(key) > len(prefix) && strings.EqualFold(key[:len(prefix)], prefix) && !strings.EqualFold(key, "x-amz-cf-id")
}

func appendHeader(b []byte, r *http.Request, name string) ([]byte, bool) {
	switch {
	case name == "host" || name == ":authority":
		return appendTrimmed(b, r.Host), true
	case name == "content-length" && r.ContentLength >= 0:
		return strconv.AppendInt(b, r.ContentLength, 10), true
	case strings.ToLower(name) != name:
		return b, false
	}
	values := r.Header[http.CanonicalHeaderKey(name)]
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendTrimmed(b, v)
	}
	return b, len(values) > 0
}

// appendTrimmed appends a header's value without blanks around it and with
// runs of blanks inside it as one.
func appendTrimmed(b []byte, v string) []byte {
	v = strings.Trim(v, " \t")
	if !strings.Contains(v, "  ") {
		return append(b, v...)
	}
	for i := range len(v) {
		if v[i] != ' ' || v[i-1] != ' ' {
			b = append(b, v[i])
		}
	}
	return b
}

// unreserved marks the characters that percent-encoding leaves alone (RFC
// 3986, section 2.3).
var unreserved = func() (set [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~") {
		set[c] = true
	}
	return set
}()

func appendEscaped(b []byte, text string) []byte {
	for i := range len(text) {
		b = appendEscapedByte(b, text[i])
	}
	return b
}

func appendEscapedByte(b []byte, c byte) []byte {
	if unreserved[c] {
		return append(b, c)
	}
	const digits = "0123456789ABCDEF"
	return append(b, '%', digits[c>>4], digits[c&15])
}

// appendRecoded decodes a name or value of a query, where "+" is a blank, and
// encodes it in the one canonical way. It reports false for broken escapes.
func appendRecoded(b []byte, text string) ([]byte, bool) {
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch c {
		case '+':
			c = ' '
		case '%':
			if i+2 >= len(text) {
				return b, false
			}
			var raw [1]byte
			if _, err := hex.Decode(raw[:], []byte(text[i+1:i+3])); err != nil {
				return b, false
			}
			c = raw[0]
			i += 2
		}
		b = appendEscapedByte(b, c)
	}
	return b, true
}
