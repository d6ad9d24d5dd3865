package store

import (
	"fmt"
	"time"
)

// ImportJob is a job that adds users to a user pool from an uploaded file.
type ImportJob struct {
	// ID is that of the API, such as import-a1B2c3D4e5.
	ID, PoolID, Name, RoleARN string
	// Algorithm is a PasswordHashingAlgorithmType or empty.
	Algorithm string
	// Status is a types.UserImportJobStatusType, Message what ended the job.
	Status, Message             string
	Created, Started, Completed time.Time
	Imported, Skipped, Failed   int64
	// Upload names the complete file, Uploading the one that comes in; either may
	// be empty. Size is the complete file's number of bytes.
	Upload, Uploading string
	Size              int64
	// Chunk is the number of bytes of every chunk of the file but the last.
	Chunk int64
	// Position and Line are the byte and the line at which the next row begins.
	Position, Line int64
	// Worker holds the job until Lease.
	Worker string
	Lease  time.Time
	// ClearAt is when the job's file and log are to be looked at again for what
	// can be deleted; zero when there is nothing left.
	ClearAt time.Time
}

const importColumns = "id, pool_id, name, role_arn, algorithm, status, message, created, started, completed, imported, skipped, failed," +
	" upload, uploading, size, chunk, position, line, worker, lease, clear_at"

func scanImportJob(s scanner) (*ImportJob, error) {
	j := &ImportJob{}
	var created, started, completed, lease, clearAt int64
	err := s.Scan(&j.ID, &j.PoolID, &j.Name, &j.RoleARN, &j.Algorithm, &j.Status, &j.Message, &created, &started, &completed,
		&j.Imported, &j.Skipped, &j.Failed, &j.Upload, &j.Uploading, &j.Size, &j.Chunk, &j.Position, &j.Line, &j.Worker, &lease, &clearAt)
	j.Created, j.Started, j.Completed = fromMillis(created), fromMillis(started), fromMillis(completed)
	j.Lease, j.ClearAt = fromMillis(lease), fromMillis(clearAt)
	return j, err
}

// InsertImportJob adds a job and sets its Created. It returns ErrConflict when
// the ID is taken.
func (tx *Tx) InsertImportJob(j *ImportJob) error {
	j.Created = tx.now
	_, err := tx.exec("INSERT INTO import_jobs ("+importColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		j.ID, j.PoolID, j.Name, j.RoleARN, j.Algorithm, j.Status, j.Message, millis(j.Created), millis(j.Started), millis(j.Completed),
		j.Imported, j.Skipped, j.Failed, j.Upload, j.Uploading, j.Size, j.Chunk, j.Position, j.Line, j.Worker, millis(j.Lease), millis(j.ClearAt))
	return err
}

// UpdateImportJob writes what may change of a job.
func (tx *Tx) UpdateImportJob(j *ImportJob) error {
	return tx.execOne("UPDATE import_jobs SET status = ?, message = ?, started = ?, completed = ?, imported = ?, skipped = ?, failed = ?,"+
		" upload = ?, uploading = ?, size = ?, chunk = ?, position = ?, line = ?, worker = ?, lease = ?, clear_at = ? WHERE id = ?",
		j.Status, j.Message, millis(j.Started), millis(j.Completed), j.Imported, j.Skipped, j.Failed,
		j.Upload, j.Uploading, j.Size, j.Chunk, j.Position, j.Line, j.Worker, millis(j.Lease), millis(j.ClearAt), j.ID)
}

// ImportJob returns the job, or ErrNotFound.
func (tx *Tx) ImportJob(id string) (*ImportJob, error) {
	return one(tx, scanImportJob, "SELECT "+importColumns+" FROM import_jobs WHERE id = ?", id)
}

// ImportJobs returns up to limit jobs of the pool that are older than the given
// one, the newest first. A zero time begins with the newest.
func (tx *Tx) ImportJobs(poolID string, created time.Time, id string, limit int) ([]*ImportJob, error) {
	query, args := "SELECT "+importColumns+" FROM import_jobs WHERE pool_id = ?", []any{poolID}
	if !created.IsZero() {
		query += " AND (created < ? OR created = ? AND id < ?)"
		args = append(args, millis(created), millis(created), id)
	}
	return all(tx, scanImportJob, query+" ORDER BY created DESC, id DESC LIMIT ?", append(args, limit)...)
}

// CountImportJobs returns how many jobs the pool has.
func (tx *Tx) CountImportJobs(poolID string) (int64, error) {
	return one(tx, scalar[int64], "SELECT COUNT(*) FROM import_jobs WHERE pool_id = ?", poolID)
}

// importActive are the states of jobs that a worker is to take.
const importActive = "('Pending', 'InProgress', 'Stopping')"

// ImportRuns tells whether a job of the pool is started and has not ended.
func (tx *Tx) ImportRuns(poolID string) (bool, error) {
	n, err := one(tx, scalar[int64], "SELECT COUNT(*) FROM import_jobs WHERE pool_id = ? AND status IN "+importActive, poolID)
	return n > 0, err
}

// ImportRunsIn tells whether a job of any pool of the account and region is
// started and has not ended.
func (tx *Tx) ImportRunsIn(account, region string) (bool, error) {
	n, err := one(tx, scalar[int64], "SELECT COUNT(*) FROM import_jobs j JOIN user_pools p ON p.id = j.pool_id"+
		" WHERE j.status IN "+importActive+" AND p.account = ? AND p.region = ?", account, region)
	return n > 0, err
}

// ImportJobWaits tells whether there is a started job that no worker holds.
func (tx *Tx) ImportJobWaits() (bool, error) {
	ids, err := all(tx, scalar[string], "SELECT id FROM import_jobs WHERE status IN "+importActive+" AND lease <= ? LIMIT 1", millis(tx.now))
	return len(ids) > 0, err
}

// ClaimImportJob gives the worker, for the lease, a started job that no other
// worker holds. It returns ErrNotFound when there is none.
func (tx *Tx) ClaimImportJob(worker string, lease time.Duration) (*ImportJob, error) {
	j, err := one(tx, scanImportJob, "SELECT "+importColumns+" FROM import_jobs WHERE status IN "+importActive+
		" AND lease <= ? ORDER BY lease, id LIMIT 1", millis(tx.now))
	if err != nil {
		return nil, err
	}
	held := j.Lease
	j.Worker, j.Lease = worker, tx.now.Add(lease)
	return j, tx.execOne("UPDATE import_jobs SET worker = ?, lease = ? WHERE id = ? AND lease = ?", worker, millis(j.Lease), j.ID, millis(held))
}

func chunkRow(jobID, upload string, seq int64) string {
	return fmt.Sprintf("%s/%s/%d", jobID, upload, seq)
}

// InsertImportChunk adds a chunk of an uploaded file; seq counts from 0.
func (tx *Tx) InsertImportChunk(jobID, upload string, seq int64, data []byte) error {
	_, err := tx.exec("INSERT INTO import_chunks (job_id, upload, seq, data) VALUES (?, ?, ?, ?)",
		jobID, upload, seq, tx.seal("import_chunks", "data", chunkRow(jobID, upload, seq), data))
	return err
}

// ImportChunk returns a chunk of an uploaded file, or ErrNotFound.
func (tx *Tx) ImportChunk(jobID, upload string, seq int64) ([]byte, error) {
	sealed, err := one(tx, scalar[[]byte], "SELECT data FROM import_chunks WHERE job_id = ? AND upload = ? AND seq = ?", jobID, upload, seq)
	if err != nil {
		return nil, err
	}
	return tx.unseal("import_chunks", "data", chunkRow(jobID, upload, seq), sealed)
}

// DeleteImportChunks deletes up to limit chunks of the job's files but those
// of the two uploads to keep, and returns how many it deleted.
func (tx *Tx) DeleteImportChunks(jobID, keep, keepToo string, limit int) (int64, error) {
	return tx.exec("DELETE FROM import_chunks WHERE (job_id, upload, seq) IN (SELECT job_id, upload, seq FROM import_chunks"+
		" WHERE job_id = ? AND upload <> ? AND upload <> ? ORDER BY job_id, upload, seq LIMIT ?)", jobID, keep, keepToo, limit)
}

// ImportLogBlock is what became of a batch of rows: text lines of which the
// first is about the line Line of the file.
type ImportLogBlock struct {
	Line int64
	Body string
}

// InsertImportLog adds a block to the job's log.
func (tx *Tx) InsertImportLog(jobID string, b ImportLogBlock) error {
	_, err := tx.exec("INSERT INTO import_logs (job_id, line, body) VALUES (?, ?, ?)", jobID, b.Line, b.Body)
	return err
}

// ImportLog returns up to limit blocks of the job's log that come after the one
// of the line.
func (tx *Tx) ImportLog(jobID string, after int64, limit int) ([]ImportLogBlock, error) {
	return all(tx, func(s scanner) (b ImportLogBlock, err error) {
		err = s.Scan(&b.Line, &b.Body)
		return b, err
	}, "SELECT line, body FROM import_logs WHERE job_id = ? AND line > ? ORDER BY line LIMIT ?", jobID, after, limit)
}

// DeleteImportLog deletes up to limit blocks of the job's log, and returns how
// many it deleted.
func (tx *Tx) DeleteImportLog(jobID string, limit int) (int64, error) {
	return tx.exec("DELETE FROM import_logs WHERE job_id = ? AND line IN (SELECT line FROM import_logs WHERE job_id = ? ORDER BY line LIMIT ?)",
		jobID, jobID, limit)
}

// ImportJobToClear returns a job whose ClearAt has come, or ErrNotFound.
func (tx *Tx) ImportJobToClear() (*ImportJob, error) {
	return one(tx, scanImportJob, "SELECT "+importColumns+" FROM import_jobs WHERE clear_at > 0 AND clear_at <= ? ORDER BY clear_at LIMIT 1", millis(tx.now))
}

// DeleteImportsOfPool deletes a part of the import jobs of a deleted pool, of
// limit chunks and blocks at most, and tells whether there may be more.
func (tx *Tx) DeleteImportsOfPool(poolID string, limit int) (more bool, err error) {
	jobs, err := tx.ImportJobs(poolID, time.Time{}, "", 1)
	if err != nil || len(jobs) == 0 {
		return false, err
	}
	id := jobs[0].ID
	chunks, err := tx.DeleteImportChunks(id, "", "", limit)
	if err != nil {
		return false, err
	}
	blocks, err := tx.DeleteImportLog(id, limit)
	if err != nil || chunks > 0 || blocks > 0 {
		return true, err
	}
	return true, tx.execOne("DELETE FROM import_jobs WHERE id = ?", id)
}

// SetPasswordHash gives a user without a password the hash of another system,
// as text.
func (tx *Tx) SetPasswordHash(u *User, hash string) error {
	return tx.execLater("INSERT INTO user_password_hashes (pool_id, sub, hash) VALUES (?, ?, ?)",
		u.PoolID, u.Sub, tx.seal("user_password_hashes", "hash", verifierRow(u), []byte(hash)))
}

// PasswordHash returns the hash of another system that the user's password has,
// or "" for a user without one.
func (tx *Tx) PasswordHash(u *User) (string, error) {
	if u.HasPassword() {
		return "", nil
	}
	return tx.passwordHash("SELECT pool_id, sub, hash FROM user_password_hashes WHERE pool_id = ? AND sub = ?", u.PoolID, u.Sub)
}

// AnyPasswordHash returns the hash of some user of the pool, or "" when no user
// has one.
func (tx *Tx) AnyPasswordHash(poolID string) (string, error) {
	return tx.passwordHash("SELECT pool_id, sub, hash FROM user_password_hashes WHERE pool_id = ? ORDER BY sub LIMIT 1", poolID)
}

func (tx *Tx) passwordHash(query string, args ...any) (string, error) {
	type row struct {
		User
		sealed []byte
	}
	rows, err := all(tx, func(s scanner) (r row, err error) {
		err = s.Scan(&r.PoolID, &r.Sub, &r.sealed)
		return r, err
	}, query, args...)
	if err != nil || len(rows) == 0 {
		return "", err
	}
	hash, err := tx.unseal("user_password_hashes", "hash", verifierRow(&rows[0].User), rows[0].sealed)
	return string(hash), err
}

// deletePasswordHash takes the hash of another system from the user.
func (tx *Tx) deletePasswordHash(u *User) error {
	_, err := tx.exec("DELETE FROM user_password_hashes WHERE pool_id = ? AND sub = ?", u.PoolID, u.Sub)
	return err
}
