package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"sync"
)

// Verifier verifies signatures and remembers the signing keys that it derived.
// The zero value is ready for use and safe for concurrent use.
type Verifier struct {
	keys keyCache
}

// buffers hold canonical requests while they are hashed.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

func putBuffer(buf *[]byte) {
	if cap(*buf) <= 64<<10 {
		buffers.Put(buf)
	}
}

// Verify reports whether r with the given body was signed with the secret
// access key; it answers [ErrMismatch] when not. Call [Signature.Check] before.
// It reads body only, never r.Body.
func (v *Verifier) Verify(s *Signature, r *http.Request, body []byte, secret string) error {
	payload := sha256.Sum256(body)
	if !declaredHashMatches(r, payload) {
		return ErrMismatch
	}
	var hash [2 * sha256.Size]byte
	hex.Encode(hash[:], payload[:])
	return v.verify(s, r, hash[:], false, secret)
}

// VerifyHashed is Verify for a verifier that does not see the body: payloadHash
// is the last line of the canonical request, which is the body's hash in lower
// case hexadecimal or, for S3, what the request declares instead, such as
// UNSIGNED-PAYLOAD. Whoever sees the body must compare it with the hash. With s3
// the path is taken as Amazon S3 does: as it stands, neither normalized nor
// encoded again.
func (v *Verifier) VerifyHashed(s *Signature, r *http.Request, payloadHash string, s3 bool, secret string) error {
	return v.verify(s, r, []byte(payloadHash), s3, secret)
}

func (v *Verifier) verify(s *Signature, r *http.Request, payloadHash []byte, s3 bool, secret string) error {
	buf := buffers.Get().(*[]byte)
	defer putBuffer(buf)
	canonical, ok := appendCanonical((*buf)[:0], s, r, payloadHash, s3)
	*buf = canonical[:0]
	if !ok {
		return ErrMismatch
	}
	hash := sha256.Sum256(canonical)
	key, cached := v.keys.get(s, secret)
	if !cached {
		key = signingKey(s, secret)
	}
	text := appendStringToSign(canonical[:0], s, hash)
	mac := hmacSHA256(key[:], text)
	*buf = text[:0]
	var want [2 * sha256.Size]byte
	hex.Encode(want[:], mac[:])
	if subtle.ConstantTimeCompare(want[:], []byte(s.signature)) != 1 {
		return ErrMismatch
	}
	// Keys of failed attempts are not kept: whoever knows a key id could ask for
	// any number of scopes.
	if !cached {
		v.keys.put(s, secret, key)
	}
	return nil
}

// declaredHashMatches reports whether the X-Amz-Content-Sha256 header, which
// some clients send, is the hash of the body.
func declaredHashMatches(r *http.Request, payload [sha256.Size]byte) bool {
	for _, declared := range r.Header["X-Amz-Content-Sha256"] {
		if declared != hex.EncodeToString(payload[:]) {
			return false
		}
	}
	return true
}

func appendStringToSign(b []byte, s *Signature, canonicalHash [sha256.Size]byte) []byte {
	b = append(b, algorithm+"\n"...)
	b = s.Time.AppendFormat(b, timeFormat)
	b = append(b, '\n')
	for _, part := range []string{s.date, s.Region, s.Service} {
		b = append(b, part...)
		b = append(b, '/')
	}
	b = append(b, terminator...)
	b = append(b, '\n')
	return hex.AppendEncode(b, canonicalHash[:])
}

func signingKey(s *Signature, secret string) [sha256.Size]byte {
	key := hmacSHA256([]byte("AWS4"+secret), []byte(s.date))
	for _, part := range []string{s.Region, s.Service, terminator} {
		key = hmacSHA256(key[:], []byte(part))
	}
	return key
}

func hmacSHA256(key, text []byte) (mac [sha256.Size]byte) {
	h := hmac.New(sha256.New, key)
	h.Write(text)
	h.Sum(mac[:0])
	return mac
}
