package store

import "time"

// Device is a confirmed device of a user.
type Device struct {
	// Key is the device key, unique among the user's devices.
	Key string
	// GroupKey is the device group key that the verifier was made with.
	GroupKey string
	// Name is what the client called the device; it may be empty.
	Name string
	// Salt is the public salt of the SRP verifier, which DeviceVerifier reads.
	Salt []byte
	// Remembered tells whether the device may stand in for its user.
	Remembered bool
	// LastIP is the address that last signed in with the device.
	LastIP string
	// Created, Modified and Authenticated are when the device was confirmed, when
	// its record was changed, and when it last signed in.
	Created, Modified, Authenticated time.Time

	verifier []byte
}

const deviceColumns = "device_key, group_key, name, salt, verifier, remembered, last_ip, created, modified, authenticated"

func scanDevice(s scanner) (*Device, error) {
	d := &Device{}
	var remembered, created, modified, authenticated int64
	var name []byte
	err := s.Scan(&d.Key, &d.GroupKey, &name, &d.Salt, &d.verifier, &remembered, &d.LastIP, &created, &modified, &authenticated)
	d.Name, d.Remembered = string(name), remembered != 0
	d.Created, d.Modified, d.Authenticated = fromMillis(created), fromMillis(modified), fromMillis(authenticated)
	return d, err
}

func deviceRow(u *User, key string) string { return u.PoolID + "/" + u.Sub + "/" + key }

// InsertDevice adds a device with its SRP verifier and sets its times. It
// returns ErrConflict when the user has a device with the key.
func (tx *Tx) InsertDevice(u *User, d *Device, verifier []byte) error {
	d.Created, d.Modified, d.Authenticated = tx.now, tx.now, tx.now
	d.verifier = tx.seal("user_devices", "verifier", deviceRow(u, d.Key), verifier)
	_, err := tx.exec("INSERT INTO user_devices (pool_id, sub, "+deviceColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		u.PoolID, u.Sub, d.Key, d.GroupKey, []byte(d.Name), d.Salt, d.verifier, bit(d.Remembered), d.LastIP,
		millis(d.Created), millis(d.Modified), millis(d.Authenticated))
	return err
}

// Device returns the user's device with the key, or ErrNotFound.
func (tx *Tx) Device(u *User, key string) (*Device, error) {
	return one(tx, scanDevice, "SELECT "+deviceColumns+" FROM user_devices WHERE pool_id = ? AND sub = ? AND device_key = ?", u.PoolID, u.Sub, key)
}

// DeviceVerifier returns the device's SRP verifier (384 bytes, big-endian).
func (tx *Tx) DeviceVerifier(u *User, d *Device) ([]byte, error) {
	return tx.unseal("user_devices", "verifier", deviceRow(u, d.Key), d.verifier)
}

// Devices returns up to limit devices of the user whose keys come after the
// given one, in the order of their keys: all, or the remembered ones.
func (tx *Tx) Devices(u *User, remembered bool, after string, limit int) ([]*Device, error) {
	return all(tx, scanDevice, "SELECT "+deviceColumns+" FROM user_devices WHERE pool_id = ? AND sub = ? AND device_key > ? AND remembered >= ?"+
		" ORDER BY device_key LIMIT ?", u.PoolID, u.Sub, after, bit(remembered), limit)
}

// SetDeviceRemembered writes Remembered and sets Modified.
func (tx *Tx) SetDeviceRemembered(u *User, d *Device, remembered bool) error {
	d.Remembered, d.Modified = remembered, tx.now
	return tx.execOne("UPDATE user_devices SET remembered = ?, modified = ? WHERE pool_id = ? AND sub = ? AND device_key = ?",
		bit(d.Remembered), millis(d.Modified), u.PoolID, u.Sub, d.Key)
}

// DeviceAuthenticated records a sign-in with the device from an address.
func (tx *Tx) DeviceAuthenticated(u *User, d *Device, ip string) error {
	d.Authenticated, d.Modified, d.LastIP = tx.now, tx.now, ip
	return tx.execOne("UPDATE user_devices SET authenticated = ?, modified = ?, last_ip = ? WHERE pool_id = ? AND sub = ? AND device_key = ?",
		millis(d.Authenticated), millis(d.Modified), d.LastIP, u.PoolID, u.Sub, d.Key)
}

// DeleteDevice deletes the user's device with the key, or returns ErrNotFound.
func (tx *Tx) DeleteDevice(u *User, key string) error {
	return tx.execOne("DELETE FROM user_devices WHERE pool_id = ? AND sub = ? AND device_key = ?", u.PoolID, u.Sub, key)
}

// IdleDevices returns the keys of up to limit of the user's devices beyond the
// keep that signed in last.
func (tx *Tx) IdleDevices(u *User, keep, limit int) ([]string, error) {
	return all(tx, scalar[string], "SELECT device_key FROM user_devices WHERE pool_id = ? AND sub = ?"+
		" ORDER BY authenticated DESC, device_key DESC LIMIT ? OFFSET ?", u.PoolID, u.Sub, limit, keep)
}
