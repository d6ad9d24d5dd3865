// Package seal encrypts what Poolhouse keeps secret at rest and the opaque
// strings that it hands to clients.
//
// # Keys
//
// One [MasterKey] of 32 bytes comes from the operator: a file that the first
// start creates ([LoadOrCreateMasterKey]) or a text in the environment
// ([ParseMasterKey]). It encrypts nothing but data keys. Data keys ([DataKey])
// are rows of the store, each with an id, wrapped by the master key, so that
// replacing the master key rewrites a few short rows and rotating the data key
// adds one.
//
//	master, created, err := seal.LoadOrCreateMasterKey(path, random)
//	key := seal.NewDataKey(1, random)
//	row := master.Wrap(key, random)       // what the store keeps under id 1
//	key, err = master.Unwrap(1, row)
//	ring, err := seal.NewKeyring(random, key)
//
// # Sealing
//
// A [Keyring] holds all data keys and seals with the one that has the highest
// id. [Keyring.Seal] is for values in rows: the associated data is the row's
// identity, so that a value copied to another row does not open.
// [Keyring.SealToken] is for strings that clients hold and give back: session
// strings, session tokens, pagination tokens. Values and tokens are encrypted
// under different keys, so that neither opens as the other whatever their
// associated data. [Keyring.Derive] makes long-lived keys for HMACs.
//
// When another process rotated the data key, Open and OpenToken answer
// [ErrUnknownKey]: load the new rows, [Keyring.Add] them, try again.
//
// # Algorithm
//
// Everything is AES-256-GCM with a 24-byte random nonce, in the form of
// XAES-256-GCM (C2SP, https://c2sp.org/XAES-256-GCM): half of the nonce derives
// the AES key of the one message, the other half is the GCM nonce. A plain
// 12-byte random nonce is safe for 2^32 messages of one key (NIST SP 800-38D,
// section 8.3), which a busy server's tokens exceed in days and which nodes
// that share a key cannot count together; the extended nonce is safe for 2^80.
// The price is one AES key schedule for each message, less than a microsecond.
package seal
