package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

func TestDeviceRecord(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		clk := clock.NewFixed(time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC))
		cfg.Clock = clk
		db := storetest.Open(t, cfg)
		u, other := newUser(1), newUser(2)
		verifier := []byte(strings.Repeat("v", 384))
		d := &store.Device{Key: "us-east-1_1", GroupKey: "-group", Name: "nul \x00 \U0010ffff", Salt: []byte{0, 1}, Remembered: true, LastIP: "2001:db8::1"}
		inTx(t, db, func(tx *store.Tx) error { return errors.Join(tx.InsertUser(u), tx.InsertDevice(u, d, verifier)) })
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			return tx.InsertDevice(u, &store.Device{Key: d.Key, Salt: []byte{1}}, verifier)
		})
		if !errors.Is(err, store.ErrConflict) {
			t.Errorf("a second device with the key: %v", err)
		}
		created := clk.Now()
		clk.Advance(time.Minute)
		inTx(t, db, func(tx *store.Tx) error {
			got, err := tx.Device(u, d.Key)
			if err != nil {
				return err
			}
			if got.Name != d.Name || got.GroupKey != d.GroupKey || !got.Remembered || got.LastIP != d.LastIP || string(got.Salt) != string(d.Salt) ||
				!got.Created.Equal(created) || !got.Modified.Equal(created) || !got.Authenticated.Equal(created) {
				t.Errorf("%+v", got)
			}
			if _, err := tx.Device(other, d.Key); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("another user's device: %v", err)
			}
			return errors.Join(tx.SetDeviceRemembered(u, got, false), tx.DeviceAuthenticated(u, got, "192.0.2.1"))
		})
		if _, err := db.RotateDataKey(t.Context()); err != nil {
			t.Fatal(err)
		}
		inTx(t, db, func(tx *store.Tx) error {
			got, err := tx.Device(u, d.Key)
			if err != nil {
				return err
			}
			plain, err := tx.DeviceVerifier(u, got)
			if string(plain) != string(verifier) || got.Remembered || got.LastIP != "192.0.2.1" || !got.Created.Equal(created) ||
				!got.Modified.Equal(clk.Now()) || !got.Authenticated.Equal(clk.Now()) {
				t.Errorf("%+v", got)
			}
			// The verifier opens in its own row only.
			if _, err := tx.DeviceVerifier(other, got); err == nil {
				t.Error("the verifier opens for another user")
			}
			return err
		})
		inTx(t, db, func(tx *store.Tx) error { return tx.DeleteDevice(u, d.Key) })
		for name, change := range map[string]func(*store.Tx) error{
			"delete":        func(tx *store.Tx) error { return tx.DeleteDevice(u, d.Key) },
			"remember":      func(tx *store.Tx) error { return tx.SetDeviceRemembered(u, d, true) },
			"authenticated": func(tx *store.Tx) error { return tx.DeviceAuthenticated(u, d, "") },
		} {
			if err := db.Update(t.Context(), change); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s a device that is gone: %v", name, err)
			}
		}
	})
}

func TestDeviceLists(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		clk := clock.NewFixed(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
		cfg.Clock = clk
		db := storetest.Open(t, cfg)
		u, other := newUser(1), newUser(2)
		inTx(t, db, func(tx *store.Tx) error { return errors.Join(tx.InsertUser(u), tx.InsertUser(other)) })
		for n := range 7 {
			clk.Advance(time.Second)
			inTx(t, db, func(tx *store.Tx) error {
				return errors.Join(
					tx.InsertDevice(u, &store.Device{Key: fmt.Sprintf("k_%d", 9-n), Salt: []byte{1}}, []byte("v")),
					tx.InsertDevice(other, &store.Device{Key: fmt.Sprintf("k_%d", n), Salt: []byte{1}}, []byte("v")))
			})
		}
		keys := func(after string, limit int, remembered ...bool) (out []string) {
			inTx(t, db, func(tx *store.Tx) error {
				found, err := tx.Devices(u, len(remembered) > 0, after, limit)
				for _, d := range found {
					out = append(out, d.Key)
				}
				return err
			})
			return out
		}
		if got := keys("", 3); !slices.Equal(got, []string{"k_3", "k_4", "k_5"}) {
			t.Errorf("%v", got)
		}
		inTx(t, db, func(tx *store.Tx) error { return tx.SetDeviceRemembered(u, &store.Device{Key: "k_8"}, true) })
		if got := keys("", 10, true); !slices.Equal(got, []string{"k_8"}) {
			t.Errorf("remembered: %v", got)
		}
		if got := keys("k_5", 10); !slices.Equal(got, []string{"k_6", "k_7", "k_8", "k_9"}) {
			t.Errorf("%v", got)
		}
		inTx(t, db, func(tx *store.Tx) error {
			idle, err := tx.IdleDevices(u, 5, 10)
			if !slices.Equal(idle, []string{"k_8", "k_9"}) {
				t.Errorf("idle %v", idle)
			}
			return err
		})
		inTx(t, db, func(tx *store.Tx) error { return tx.DeleteUser(u) })
		if got := keys("", 10); len(got) != 0 {
			t.Errorf("devices of a deleted user: %v", got)
		}
	})
}

func TestPasskeyRecord(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		clk := clock.NewFixed(time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC))
		cfg.Clock = clk
		db := storetest.Open(t, cfg)
		u, other := newUser(1), newUser(2)
		k := &store.Passkey{
			ID: "abc-_", RelyingParty: "example.com", Name: "key", PublicKey: []byte{0, 255}, Attestation: "none",
			AAGUID: "00000000-0000-0000-0000-000000000000", Attachment: "platform", Transports: []string{"hybrid", "internal"},
			Flags: 0xff, SignCount: 1<<32 - 1,
		}
		inTx(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.InsertUser(u), tx.InsertUser(other), tx.InsertPasskey(u, k))
		})
		// A credential belongs to one user of the pool.
		for _, owner := range []*store.User{u, other} {
			if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.InsertPasskey(owner, k) }); !errors.Is(err, store.ErrConflict) {
				t.Errorf("the credential again: %v", err)
			}
		}
		created := clk.Now()
		clk.Advance(time.Minute)
		inTx(t, db, func(tx *store.Tx) error {
			got, err := tx.Passkey(u, k.ID)
			if err != nil {
				return err
			}
			if got.RelyingParty != k.RelyingParty || got.Name != k.Name || string(got.PublicKey) != string(k.PublicKey) || got.Attestation != k.Attestation ||
				got.AAGUID != k.AAGUID || got.Attachment != k.Attachment || !slices.Equal(got.Transports, k.Transports) || got.Flags != k.Flags ||
				got.SignCount != k.SignCount || !got.Created.Equal(created) || !got.Used.IsZero() {
				t.Errorf("%+v", got)
			}
			if err := tx.PasskeyUsed(u, got, 7); err != nil {
				return err
			}
			if got, err = tx.Passkey(u, k.ID); err == nil && (got.SignCount != 7 || !got.Used.Equal(clk.Now())) {
				t.Errorf("%+v", got)
			}
			taken, err2 := tx.PasskeyTaken(u.PoolID, k.ID)
			free, err3 := tx.PasskeyTaken("another pool", k.ID)
			if !taken || free {
				t.Errorf("taken %v, free %v", taken, free)
			}
			return errors.Join(err, err2, err3)
		})
		inTx(t, db, func(tx *store.Tx) error {
			if err := tx.DeletePasskey(other, k.ID); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("another user's passkey: %v", err)
			}
			for n := range 5 {
				more := *k
				more.ID, more.Transports = fmt.Sprintf("id%d", n), nil
				if err := tx.InsertPasskey(u, &more); err != nil {
					return err
				}
			}
			found, err := tx.Passkeys(u, "id1", 2)
			if len(found) != 2 || found[0].ID != "id2" || found[1].ID != "id3" || len(found[0].Transports) != 0 {
				t.Errorf("%+v", found)
			}
			return err
		})
		inTx(t, db, func(tx *store.Tx) error { return tx.DeleteUser(u) })
		inTx(t, db, func(tx *store.Tx) error {
			left, err := tx.Passkeys(u, "", 10)
			if len(left) != 0 {
				t.Errorf("passkeys of a deleted user: %d", len(left))
			}
			return err
		})
	})
}
