// Package compromised tells whether a password is in a list of publicly known
// ones.
//
// The list is a file in the form in which "Have I Been Pwned" offers its
// passwords ordered by hash: lines of the SHA-1 of a password in hexadecimal,
// a colon and a number, sorted by the hash.
//
//	000000005AD76BD555C1D6D771DE417A4B87E4B4:10
//
// It has about 40 GB, so that it is searched where it is: a look-up reads some
// dozens of short pieces of the file.
package compromised

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // the form of the list, not a protection
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
)

const (
	hashLength = 2 * sha1.Size
	// maxLine is more than a line has: a hash, a colon, a number, an end.
	maxLine = 128
)

// List is an open list. It is safe for concurrent use.
type List struct {
	file *os.File
	size int64
}

// Open opens a list and looks at its first and its last line.
func Open(path string) (*List, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	l := &List{file, info.Size()}
	first, _, err := l.line(0)
	if err == nil {
		var last []byte
		if last, _, err = l.line(l.size - 1); err == nil && bytes.Compare(first, last) > 0 {
			err = fmt.Errorf("%s is not sorted", path)
		}
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return l, nil
}

// Close closes the list.
func (l *List) Close() error { return l.file.Close() }

// Has tells whether the password is in the list.
func (l *List) Has(password string) (bool, error) {
	sum := sha1.Sum([]byte(password)) //nolint:gosec // the form of the list
	want := []byte(hex.EncodeToString(sum[:]))
	// The line, if it is there, begins in [low, high).
	for low, high := int64(0), l.size; low < high; {
		middle := low + (high-low)/2
		hash, at, err := l.line(middle)
		if err != nil {
			return false, err
		}
		switch order := bytes.Compare(hash, want); {
		case order == 0:
			return true, nil
		case order > 0:
			high = at.begin
		default:
			low = at.end
		}
	}
	return false, nil
}

// span is where a line is, with its end.
type span struct{ begin, end int64 }

// line returns the hash, in lower case, of the line that the byte at the offset
// belongs to.
func (l *List) line(offset int64) (hash []byte, at span, err error) {
	from := max(0, offset-maxLine)
	piece := make([]byte, 2*maxLine)
	n, err := l.file.ReadAt(piece, from)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, at, err
	}
	piece = piece[:n]
	here := int(offset - from)
	if here >= n {
		return nil, at, l.malformed(offset)
	}
	begin := bytes.LastIndexByte(piece[:here], '\n') + 1
	if begin == 0 && from > 0 {
		return nil, at, l.malformed(offset)
	}
	end := len(piece)
	if i := bytes.IndexByte(piece[here:], '\n'); i >= 0 {
		end = here + i + 1
	} else if from+int64(n) < l.size {
		return nil, at, l.malformed(offset)
	}
	text := bytes.TrimRight(piece[begin:end], "\r\n")
	hash, _, _ = bytes.Cut(text, []byte(":"))
	if _, err := hex.Decode(make([]byte, sha1.Size), hash); err != nil || len(hash) != hashLength {
		return nil, at, l.malformed(offset)
	}
	return bytes.ToLower(hash), span{from + int64(begin), from + int64(end)}, nil
}

func (l *List) malformed(offset int64) error {
	return fmt.Errorf("%s is not a sorted list of SHA-1 hashes (byte %d)", l.file.Name(), offset)
}
