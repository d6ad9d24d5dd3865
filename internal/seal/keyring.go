package seal

import (
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"

	"github.com/poolhouse-id/poolhouse/internal/ids"
)

var (
	// ErrUnknownKey means that the value was sealed with a data key that the
	// keyring does not hold, as after a rotation by another process. A forged
	// value can cause it too.
	ErrUnknownKey = errors.New("sealed with an unknown data key")
	// ErrTampered means that the value is not one that was sealed with this
	// associated data (or purpose), or was changed since.
	ErrTampered = errors.New("sealed value is not authentic")
)

// FirstNamedKey is the lowest id of the data keys with a name. They seal only
// what they are named for: none of them becomes the current key of a keyring.
const FirstNamedKey uint32 = 1 << 31

// DataKey is a key that a [Keyring] seals with. Make one with [NewDataKey], get
// it back with [MasterKey.Unwrap]. It prints as a placeholder in every format.
type DataKey struct {
	id uint32
	// key is behind two pointers because fmt, which follows one, prints the
	// fields of structs that hold a DataKey in an unexported field.
	key *secret
}

type secret struct{ b *[keySize]byte }

func newSecret(b []byte) *secret { return &secret{(*[keySize]byte)(b)} }

func (s *secret) bytes() []byte { return s.b[:] }

// NewDataKey returns a random data key. Ids start at 1; the next key's id is
// higher than all before.
func NewDataKey(id uint32, random ids.Source) DataKey {
	return DataKey{id: id, key: newSecret(random.Bytes(keySize))}
}

// ID returns the id that tells the key from the others of its store.
func (k DataKey) ID() uint32 { return k.id }

// String returns a placeholder.
func (DataKey) String() string { return redacted }

// Format writes a placeholder for every verb.
func (DataKey) Format(s fmt.State, _ rune) { io.WriteString(s, redacted) }

// LogValue returns a placeholder.
func (DataKey) LogValue() slog.Value { return slog.StringValue(redacted) }

// keys are the keys for the different uses of one data key.
type keys struct {
	data          DataKey
	values, token *xaes
}

func newKeys(k DataKey) *keys {
	return &keys{
		data:   k,
		values: newXAES(expand(k.key.bytes(), "poolhouse data key: values", keySize)),
		token:  newXAES(expand(k.key.bytes(), "poolhouse data key: tokens", keySize)),
	}
}

// ring is an immutable state of a keyring.
type ring struct {
	byID            map[uint32]*keys
	oldest, current *keys
}

// Keyring seals with the newest of its data keys and opens with any. It is
// safe for concurrent use.
type Keyring struct {
	random ids.Source
	state  atomic.Pointer[ring]
}

// NewKeyring returns a keyring of the given data keys, in any order. There
// must be at least one, and ids must differ.
func NewKeyring(random ids.Source, dataKeys ...DataKey) (*Keyring, error) {
	if len(dataKeys) == 0 {
		return nil, errors.New("a keyring needs a data key")
	}
	r := &Keyring{random: random}
	r.state.Store(&ring{})
	if err := r.Add(dataKeys...); err != nil {
		return nil, err
	}
	return r, nil
}

// Add adds data keys. From then on the one with the highest id seals. Adding a
// key that is there already does nothing; another key under the same id is an
// error and adds none.
func (r *Keyring) Add(dataKeys ...DataKey) error {
	for {
		old := r.state.Load()
		next, err := old.with(dataKeys)
		if err != nil {
			return err
		}
		if r.state.CompareAndSwap(old, next) {
			return nil
		}
	}
}

func (old *ring) with(dataKeys []DataKey) (*ring, error) {
	next := &ring{make(map[uint32]*keys), old.oldest, old.current}
	for id, k := range old.byID {
		next.byID[id] = k
	}
	for _, k := range dataKeys {
		if known := next.byID[k.id]; known == nil {
			next.byID[k.id] = newKeys(k)
		} else if subtle.ConstantTimeCompare(known.data.key.bytes(), k.key.bytes()) != 1 {
			return nil, fmt.Errorf("two data keys have the id %d", k.id)
		}
		if k.id >= FirstNamedKey {
			continue
		}
		if next.oldest == nil || k.id < next.oldest.data.id {
			next.oldest = next.byID[k.id]
		}
		if next.current == nil || k.id > next.current.data.id {
			next.current = next.byID[k.id]
		}
	}
	return next, nil
}

// CurrentKeyID returns the id of the data key that seals now.
func (r *Keyring) CurrentKeyID() uint32 { return r.state.Load().current.data.id }

// Sealed values are: version 1 ‖ key id (4 bytes, big endian) ‖ nonce ‖
// ciphertext and tag.
const (
	sealVersion = 1
	headSize    = 1 + 4
	// Overhead is how many bytes longer a sealed value is than its plaintext.
	Overhead = headSize + nonceSize + tagSize
)

// Seal encrypts plaintext. The associated data aad is not part of the result
// and must be the same for Open: it names the place where the value is kept.
func (r *Keyring) Seal(plaintext, aad []byte) []byte {
	k := r.state.Load().current
	return r.sealWith(k.values, k.data.id, plaintext, aad)
}

// SealWith is [Keyring.Seal] with the data key of an id, of which the keyring
// must hold it: the error is ErrUnknownKey otherwise.
func (r *Keyring) SealWith(id uint32, plaintext, aad []byte) ([]byte, error) {
	k := r.state.Load().byID[id]
	if k == nil {
		return nil, ErrUnknownKey
	}
	return r.sealWith(k.values, id, plaintext, aad), nil
}

// Holds tells whether the keyring has the data key of an id.
func (r *Keyring) Holds(id uint32) bool { return r.state.Load().byID[id] != nil }

func (r *Keyring) sealWith(x *xaes, id uint32, plaintext, aad []byte) []byte {
	out := make([]byte, 0, Overhead+len(plaintext))
	out = append(out, sealVersion)
	out = binary.BigEndian.AppendUint32(out, id)
	nonce := r.random.Bytes(nonceSize)
	out = append(out, nonce...)
	return x.seal(out, nonce, plaintext, aad)
}

// Open decrypts what Seal made. Its errors are [ErrUnknownKey] and
// [ErrTampered], which callers compare with errors.Is.
func (r *Keyring) Open(sealed, aad []byte) ([]byte, error) {
	k, err := r.find(sealed)
	if err != nil {
		return nil, err
	}
	return openWith(k.values, sealed, aad)
}

func (r *Keyring) find(sealed []byte) (*keys, error) {
	id, ok := KeyID(sealed)
	if !ok {
		return nil, ErrTampered
	}
	k := r.state.Load().byID[id]
	if k == nil {
		return nil, ErrUnknownKey
	}
	return k, nil
}

func openWith(x *xaes, sealed, aad []byte) ([]byte, error) {
	nonce, ciphertext := sealed[headSize:][:nonceSize], sealed[headSize+nonceSize:]
	plaintext, err := x.open(make([]byte, 0, len(ciphertext)-tagSize), nonce, ciphertext, aad)
	if err != nil {
		return nil, ErrTampered
	}
	return plaintext, nil
}

// KeyID returns the id of the data key that sealed a value, and whether it has
// the form of a sealed value. It finds the rows that are still to be sealed
// anew after a rotation.
func KeyID(sealed []byte) (id uint32, ok bool) {
	if len(sealed) < Overhead || sealed[0] != sealVersion {
		return 0, false
	}
	return binary.BigEndian.Uint32(sealed[1:]), true
}

// Derive returns n bytes (at most 8160) that only purpose and the data keys
// determine: the same on every node, after every restart and after every
// rotation. They come from the data key with the lowest id by HKDF-SHA-256
// (RFC 5869), so that key must be kept even when nothing is sealed with it
// any more. Use them as keys of HMACs whose results must stay, such as the
// pseudo salts of unknown users.
func (r *Keyring) Derive(purpose string, n int) []byte {
	k := r.state.Load().oldest
	return expand(k.data.key.bytes(), "poolhouse data key: derive: "+purpose, n)
}
