package store

import (
	"errors"
	"time"
)

// LogRecord is a record of a log that a user pool exports, as long as it waits
// to be delivered.
type LogRecord struct {
	ID, PoolID string
	// Destination is the ARN of where it goes.
	Destination string
	// Body is the record as JSON.
	Body    string
	Created time.Time
	// Due is when the next try may begin.
	Due      time.Time
	Attempts int64

	body []byte
}

const logRecordColumns = "id, pool_id, destination, body, created, due, attempts"

func scanLogRecord(s scanner) (*LogRecord, error) {
	r := &LogRecord{}
	var created, due int64
	err := s.Scan(&r.ID, &r.PoolID, &r.Destination, &r.body, &created, &due, &r.Attempts)
	r.Created, r.Due = fromMillis(created), fromMillis(due)
	return r, err
}

// InsertLogRecord adds a record, of which it sets ID, Created and Due.
func (tx *Tx) InsertLogRecord(r *LogRecord) error {
	r.ID, r.Created, r.Due = tx.IDs().UUID(), tx.now, tx.now
	return tx.execLater("INSERT INTO log_records ("+logRecordColumns+") VALUES (?, ?, ?, ?, ?, ?, ?)",
		r.ID, r.PoolID, r.Destination, tx.seal("log_records", "body", r.ID, []byte(r.Body)), millis(r.Created), millis(r.Due), r.Attempts)
}

// LogRecordsDue tells whether a record is due.
func (tx *Tx) LogRecordsDue() (bool, error) {
	_, err := one(tx, scalar[string], "SELECT id FROM log_records WHERE due <= ? ORDER BY due, id LIMIT 1", millis(tx.now))
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// ClaimLogRecords returns up to limit records that are due, the one that has
// waited longest first, counts a try for each, and keeps other workers from them
// for the lease.
func (tx *Tx) ClaimLogRecords(limit int, lease time.Duration) ([]*LogRecord, error) {
	records, err := all(tx, scanLogRecord, "SELECT "+logRecordColumns+" FROM log_records WHERE due <= ? ORDER BY due, id LIMIT ?", millis(tx.now), limit)
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		r.Attempts++
		if err := tx.PostponeLogRecord(r, tx.now.Add(lease)); err != nil {
			return nil, err
		}
		body, err := tx.unseal("log_records", "body", r.ID, r.body)
		if err != nil {
			return nil, err
		}
		r.Body = string(body)
	}
	return records, nil
}

// PostponeLogRecord writes when the record is tried again, and its Attempts.
func (tx *Tx) PostponeLogRecord(r *LogRecord, due time.Time) error {
	r.Due = due
	return tx.execLater("UPDATE log_records SET due = ?, attempts = ? WHERE id = ?", millis(due), r.Attempts, r.ID)
}

// DeleteLogRecord deletes a record, if it is there.
func (tx *Tx) DeleteLogRecord(id string) error {
	return tx.execLater("DELETE FROM log_records WHERE id = ?", id)
}
