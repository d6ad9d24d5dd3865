package store

import (
	"strings"
	"time"
)

// Passkey is a WebAuthn credential of a user.
type Passkey struct {
	// ID is the credential ID in base64url without padding, unique in the pool.
	ID string
	// RelyingParty is the relying party ID that the credential belongs to.
	RelyingParty string
	// Name is what lists show.
	Name string
	// PublicKey is a COSE key (RFC 9052, section 7).
	PublicKey []byte
	// Attestation is the format of the attestation statement, such as none.
	Attestation string
	// AAGUID identifies the authenticator's model, as a UUID.
	AAGUID string
	// Attachment is platform, cross-platform or empty, Transports are such as
	// internal, hybrid, usb.
	Attachment string
	Transports []string
	// Flags are those of the authenticator data at registration.
	Flags byte
	// SignCount is the last signature counter seen; authenticators without one
	// have 0.
	SignCount uint32
	// Created and Used are when the credential was registered and last used
	// (zero: never).
	Created, Used time.Time
}

const passkeyColumns = "credential_id, rp_id, name, public_key, attestation, aaguid, attachment, transports, flags, sign_count, created, used"

func scanPasskey(s scanner) (*Passkey, error) {
	p := &Passkey{}
	var transports string
	var flags, count, created, used int64
	err := s.Scan(&p.ID, &p.RelyingParty, &p.Name, &p.PublicKey, &p.Attestation, &p.AAGUID, &p.Attachment, &transports, &flags, &count, &created, &used)
	p.Transports, p.Flags, p.SignCount = strings.Fields(transports), byte(flags), uint32(count)
	p.Created, p.Used = fromMillis(created), fromMillis(used)
	return p, err
}

// InsertPasskey adds a passkey and sets Created. It returns ErrConflict when
// somebody in the pool has the credential.
func (tx *Tx) InsertPasskey(u *User, p *Passkey) error {
	p.Created = tx.now
	_, err := tx.exec("INSERT INTO webauthn_credentials (pool_id, sub, "+passkeyColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		u.PoolID, u.Sub, p.ID, p.RelyingParty, p.Name, p.PublicKey, p.Attestation, p.AAGUID, p.Attachment,
		strings.Join(p.Transports, " "), int64(p.Flags), int64(p.SignCount), millis(p.Created), millis(p.Used))
	return err
}

// Passkeys returns up to limit passkeys of the user whose IDs come after the
// given one, in the order of their IDs.
func (tx *Tx) Passkeys(u *User, after string, limit int) ([]*Passkey, error) {
	return all(tx, scanPasskey, "SELECT "+passkeyColumns+" FROM webauthn_credentials WHERE pool_id = ? AND sub = ? AND credential_id > ?"+
		" ORDER BY credential_id LIMIT ?", u.PoolID, u.Sub, after, limit)
}

// Passkey returns the user's passkey with the ID, or ErrNotFound.
func (tx *Tx) Passkey(u *User, id string) (*Passkey, error) {
	return one(tx, scanPasskey, "SELECT "+passkeyColumns+" FROM webauthn_credentials WHERE pool_id = ? AND sub = ? AND credential_id = ?", u.PoolID, u.Sub, id)
}

// PasskeyUsed records a sign-in with the passkey, whose signature counter was
// count.
func (tx *Tx) PasskeyUsed(u *User, p *Passkey, count uint32) error {
	p.SignCount, p.Used = count, tx.now
	return tx.execOne("UPDATE webauthn_credentials SET sign_count = ?, used = ? WHERE pool_id = ? AND sub = ? AND credential_id = ?",
		int64(p.SignCount), millis(p.Used), u.PoolID, u.Sub, p.ID)
}

// DeletePasskey deletes the user's passkey with the ID, or returns ErrNotFound.
func (tx *Tx) DeletePasskey(u *User, id string) error {
	return tx.execOne("DELETE FROM webauthn_credentials WHERE pool_id = ? AND sub = ? AND credential_id = ?", u.PoolID, u.Sub, id)
}

// PasskeyTaken tells whether anybody in the pool has the credential.
func (tx *Tx) PasskeyTaken(poolID, id string) (bool, error) {
	n, err := one(tx, scalar[int64], "SELECT COUNT(*) FROM webauthn_credentials WHERE pool_id = ? AND credential_id = ?", poolID, id)
	return n > 0, err
}
