package userpool

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/ids"
)

// newTokenID makes a jti or origin_jti: an RFC 9562 version 7 UUID, which
// begins with the time in milliseconds. Claims count seconds, which is too
// coarse to tell a token that was issued just before a global sign-out from one
// issued just after.
func newTokenID(source ids.Source, now time.Time) string {
	b := source.Bytes(16)
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(now.UnixMilli()))
	copy(b, ms[2:])
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// tokenIDTime is the time in an identifier that newTokenID made.
func tokenIDTime(id string) (time.Time, bool) {
	b, err := hex.DecodeString(strings.ReplaceAll(id, "-", ""))
	if err != nil || len(b) != 16 || b[6]>>4 != 7 {
		return time.Time{}, false
	}
	var ms [8]byte
	copy(ms[2:], b[:6])
	return time.UnixMilli(int64(binary.BigEndian.Uint64(ms[:]))).UTC(), true
}
