package seal

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/poolhouse-id/poolhouse/internal/ids"
)

// redacted is how keys appear in logs and messages.
const redacted = "[redacted key]"

// ErrWrongMasterKey means that a data key was wrapped with another master key
// than the one at hand.
var ErrWrongMasterKey = errors.New("the master key is not the one that the data was sealed with")

// MasterKey wraps data keys. Make one with [LoadOrCreateMasterKey],
// [ParseMasterKey] or [NewMasterKey]; the zero value holds no key and its Wrap
// and Unwrap panic. It prints as a placeholder in every format.
type MasterKey struct {
	wrap *xaes
	// check tells master keys apart without revealing them.
	check [8]byte
}

// NewMasterKey returns a random master key, for stores that live as long as
// the process.
func NewMasterKey(random ids.Source) MasterKey { return newMasterKey(random.Bytes(keySize)) }

func newMasterKey(key []byte) MasterKey {
	m := MasterKey{wrap: newXAES(expand(key, "poolhouse master key: wrap", keySize))}
	copy(m.check[:], expand(key, "poolhouse master key: check", len(m.check)))
	return m
}

// ParseMasterKey reads a master key of 32 bytes as 64 hexadecimal digits or as
// base64 (standard or URL alphabet, padded or not); white space around it is
// ignored. Errors never repeat the text.
func ParseMasterKey(text string) (MasterKey, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return MasterKey{}, errors.New("the master key is empty")
	}
	key, err := decodeKey(text)
	if err != nil {
		return MasterKey{}, err
	}
	if len(key) != keySize {
		return MasterKey{}, fmt.Errorf("the master key has %d bytes instead of %d", len(key), keySize)
	}
	if bytes.Count(key, key[:1]) == len(key) {
		return MasterKey{}, errors.New("the master key is one byte repeated; make a random one")
	}
	return newMasterKey(key), nil
}

func decodeKey(text string) ([]byte, error) {
	if len(text) == hex.EncodedLen(keySize) {
		if key, err := hex.DecodeString(text); err == nil {
			return key, nil
		}
	}
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	key, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("the master key is neither base64 nor hexadecimal")
	}
	return key, nil
}

// LoadOrCreateMasterKey reads the master key from the file at path, in a form
// that [ParseMasterKey] reads, or creates the file with a random key and mode
// 0600 when there is none; of several processes that start at once, one
// creates it. It refuses a file that others than its owner may read or write.
func LoadOrCreateMasterKey(path string, random ids.Source) (key MasterKey, created bool, err error) {
	key, err = loadMasterKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, false, err
	}
	created, err = createMasterKey(path, random)
	if err != nil {
		return MasterKey{}, false, fmt.Errorf("create master key %s: %w", path, err)
	}
	key, err = loadMasterKey(path)
	return key, created, err
}

func loadMasterKey(path string) (MasterKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return MasterKey{}, fmt.Errorf("read master key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return MasterKey{}, fmt.Errorf("read master key: %w", err)
	}
	if !info.Mode().IsRegular() {
		return MasterKey{}, fmt.Errorf("master key %s is not a regular file", path)
	}
	// Windows has no such bits: its modes say only whether a file is read-only.
	if perm := info.Mode().Perm(); perm&0o077 != 0 && runtime.GOOS != "windows" {
		return MasterKey{}, fmt.Errorf("master key %s is accessible to other users (mode %04o); run: chmod 600 %[1]s", path, perm)
	}
	text, err := io.ReadAll(io.LimitReader(f, 1024))
	if err != nil {
		return MasterKey{}, fmt.Errorf("read master key: %w", err)
	}
	key, err := ParseMasterKey(string(text))
	if err != nil {
		return MasterKey{}, fmt.Errorf("master key %s: %w", path, err)
	}
	return key, nil
}

// createMasterKey writes a random key to path unless the file exists. The key
// is complete on disk before it gets its name, so that no crash and no other
// process sees half of it.
func createMasterKey(path string, random ids.Source) (created bool, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".master-key-*") // with mode 0600
	if err != nil {
		return false, err
	}
	defer os.Remove(f.Name())
	text := base64.StdEncoding.EncodeToString(random.Bytes(keySize)) + "\n"
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return false, err
	}
	// Unlike a rename, a link never replaces a file.
	if err := os.Link(f.Name(), path); errors.Is(err, fs.ErrExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	return true, syncDir(filepath.Dir(path))
}

// syncDir makes the names in dir durable where the system can.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Wrapped keys are: version 1 ‖ 8 bytes that tell the master key ‖ nonce ‖
// ciphertext and tag, with the id of the data key as associated data.
const (
	wrapVersion  = 1
	wrapOverhead = 1 + 8 + nonceSize + tagSize
)

// Wrap encrypts a data key (81 bytes). The result is bound to the key's id.
func (m MasterKey) Wrap(key DataKey, random ids.Source) []byte {
	out := make([]byte, 0, wrapOverhead+keySize)
	out = append(out, wrapVersion)
	out = append(out, m.check[:]...)
	nonce := random.Bytes(nonceSize)
	out = append(out, nonce...)
	return m.wrap.seal(out, nonce, key.key.bytes(), wrapAAD(key.id))
}

// Unwrap decrypts the data key that was wrapped with the same id. It answers
// [ErrWrongMasterKey] when another master key wrapped it and [ErrTampered]
// when it was changed or belongs to another id.
func (m MasterKey) Unwrap(id uint32, wrapped []byte) (DataKey, error) {
	if len(wrapped) != wrapOverhead+keySize || wrapped[0] != wrapVersion {
		return DataKey{}, fmt.Errorf("data key %d: %w", id, ErrTampered)
	}
	check, rest := wrapped[1:9], wrapped[9:]
	if subtle.ConstantTimeCompare(check, m.check[:]) != 1 {
		return DataKey{}, ErrWrongMasterKey
	}
	key, err := m.wrap.open(nil, rest[:nonceSize], rest[nonceSize:], wrapAAD(id))
	if err != nil {
		return DataKey{}, fmt.Errorf("data key %d: %w", id, ErrTampered)
	}
	return DataKey{id: id, key: newSecret(key)}, nil
}

func wrapAAD(id uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte("data key "), id)
}

// expand derives n bytes for one purpose from a uniformly random key.
func expand(key []byte, purpose string, n int) []byte {
	return must(hkdf.Expand(sha256.New, key, purpose, n))
}

// String returns a placeholder.
func (MasterKey) String() string { return redacted }

// Format writes a placeholder for every verb.
func (MasterKey) Format(s fmt.State, _ rune) { io.WriteString(s, redacted) }

// LogValue returns a placeholder.
func (MasterKey) LogValue() slog.Value { return slog.StringValue(redacted) }
