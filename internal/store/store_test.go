package store

import (
	"context"
	"testing"
)

func TestOpen(t *testing.T) {
	db, err := Open(context.Background(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(context.Background(), func(tx *Tx) error {
		_, err := tx.exec("INSERT INTO data_keys (id, wrapped, created) VALUES (?, ?, ?)", 7, []byte{1, 2}, 3)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = db.View(context.Background(), func(tx *Tx) error {
		b, err := one(tx, scalar[[]byte], "SELECT wrapped FROM data_keys WHERE id = ?", 7)
		if string(b) != "\x01\x02" {
			t.Error(b)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
