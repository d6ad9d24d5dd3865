package logexport

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// File appends records to files below a directory, a line of JSON each and a
// file a day (UTC):
//
//	<dir>/logs/<account>/<region>/<log group>/2026-11-24.jsonl
//	<dir>/firehose/<account>/<region>/<delivery stream>/2026-11-24.jsonl
//	<dir>/s3/<bucket>/2026-11-24.jsonl
//
// Names are escaped as in URLs, so that /aws/vendedlogs/a is
// %2Faws%2Fvendedlogs%2Fa; what is longer than 200 characters then is cut off
// there and ends in a hash of the name. Records are on the disk when Export returns.
// Removing old files is up to their owner.
type File struct {
	dir string
	mu  sync.Mutex
}

// NewFile makes a File.
func NewFile(dir string) *File { return &File{dir: dir} }

// Export implements Exporter.
func (f *File) Export(_ context.Context, to Destination, records []*store.LogRecord) error {
	days := map[string]*bytes.Buffer{}
	var order []string
	for _, r := range records {
		day := r.Created.UTC().Format("2006-01-02")
		if days[day] == nil {
			days[day], order = &bytes.Buffer{}, append(order, day)
		}
		days[day].WriteString(r.Body + "\n")
	}
	dir := filepath.Join(f.dir, segment(to.Service))
	for _, part := range []string{to.Account, to.Region, to.Name} {
		if part != "" {
			dir = filepath.Join(dir, segment(part))
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, day := range order {
		if err := appendFile(filepath.Join(dir, day+".jsonl"), days[day].Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// maxSegment is less than what file systems let a name have: 255 bytes.
const maxSegment = 200

// segment makes a name the name of one directory.
func segment(name string) string {
	if strings.Trim(name, ".") == "" {
		return strings.ReplaceAll(name, ".", "%2E")
	}
	escaped := url.PathEscape(name)
	if len(escaped) > maxSegment {
		sum := sha256.Sum256([]byte(name))
		return escaped[:maxSegment] + "-" + hex.EncodeToString(sum[:8])
	}
	return escaped
}

func appendFile(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Sync(), file.Close())
}
