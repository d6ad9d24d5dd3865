package userpool

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	// importBatch is how many rows a transaction imports.
	importBatch = 500
	// importTries is how often a batch is tried in which a name is taken just then.
	importTries = 5
	// importLease is how long a worker that says nothing keeps a job.
	importLease = 30 * time.Second
	// importPause is how often workers look for jobs of other nodes.
	importPause = time.Second
)

const (
	importTooManyUsers = "The CSV file has more than %d users."
	importNoPool       = "The user pool has been deleted."
	importUnreadable   = "The CSV file cannot be read."
	importNoRows       = "The CSV file has no users."
)

// imports is what the service needs for import jobs.
type imports struct {
	// most is how many rows a file may have, bytes its size.
	most, bytes int64
	// woken has something in it when a job was started here.
	woken chan struct{}
}

func newImports(most int, bytes int64) imports {
	if most <= 0 {
		most = DefaultMaxImportUsers
	}
	if bytes <= 0 {
		bytes = DefaultMaxImportBytes
	}
	return imports{int64(most), bytes, make(chan struct{}, 1)}
}

func (i *imports) wake() {
	select {
	case i.woken <- struct{}{}:
	default:
	}
}

// RunImports works on import jobs, of whatever node, until ctx is done.
func (s *Service) RunImports(ctx context.Context) {
	ticker := time.NewTicker(importPause)
	defer ticker.Stop()
	for {
		if err := s.Import(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "user import", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-s.imports.woken:
		case <-ticker.C:
		}
	}
}

// Import works on started import jobs that no other worker holds until there
// are none. When it is interrupted, a later call, on any node, goes on with the
// row that comes next.
func (s *Service) Import(ctx context.Context) error {
	worker := s.ids.UUID()
	for {
		var j *store.ImportJob
		free := false
		err := s.store.View(ctx, func(tx *store.Tx) (err error) {
			free, err = tx.ImportJobWaits()
			return err
		})
		if err != nil || !free {
			return err
		}
		err = s.store.Update(ctx, func(tx *store.Tx) (err error) {
			j, err = tx.ClaimImportJob(worker, importLease)
			return err
		})
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.importFile(ctx, j); err != nil {
			return fmt.Errorf("job %s: %w", j.ID, err)
		}
	}
}

// errNotOurs means that another worker has the job.
var errNotOurs = errors.New("userpool: another worker has the import job")

// importFile works on a job until it has ended.
func (s *Service) importFile(ctx context.Context, j *store.ImportJob) error {
	run := &importRun{s: s, job: j}
	err := run.begin(ctx)
	for more := true; err == nil && more; {
		more, err = run.step(ctx)
	}
	if errors.Is(err, errNotOurs) {
		return nil
	}
	return err
}

// importRun is a worker's work on a job.
type importRun struct {
	s       *Service
	job     *store.ImportJob
	pool    *pool
	columns []string
	rows    *importRows
}

// begin reads the header and goes to the row that comes next.
func (r *importRun) begin(ctx context.Context) error {
	s, j := r.s, r.job
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		r.pool, err = s.anyPool(tx, j.PoolID)
		return err
	})
	var gone *types.ResourceNotFoundException
	if errors.As(err, &gone) {
		return r.end(ctx, types.UserImportJobStatusTypeFailed, importNoPool)
	}
	if err != nil {
		return err
	}
	head := s.importRows(ctx, j, 0, 1)
	header, err := head.next()
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, io.EOF) || err == nil && header.tooLong {
		return r.end(ctx, types.UserImportJobStatusTypeFailed, importUnreadable)
	}
	if err != nil {
		return err
	}
	if r.columns, err = r.pool.importHeader(header.text, j.Algorithm != ""); err != nil {
		return r.end(ctx, types.UserImportJobStatusTypeFailed, err.Error())
	}
	if r.rows = head; j.Position > 0 {
		r.rows = s.importRows(ctx, j, j.Position, j.Line)
	}
	return nil
}

// end ends the job with a state and the words for it, and returns errNotOurs.
func (r *importRun) end(ctx context.Context, status types.UserImportJobStatusType, message string) error {
	err := r.s.update(ctx, func(tx *store.Tx) error {
		j, err := r.ours(tx)
		if err != nil {
			return err
		}
		if j.Status == string(types.UserImportJobStatusTypeStopping) {
			status, message = types.UserImportJobStatusTypeStopped, importStopped
		}
		endImport(tx, j, status, message)
		return tx.UpdateImportJob(j)
	})
	if err == nil {
		err = errNotOurs
	}
	return err
}

// ours reads the job anew, which this worker must still hold.
func (r *importRun) ours(tx *store.Tx) (*store.ImportJob, error) {
	j, err := tx.ImportJob(r.job.ID)
	if errors.Is(err, store.ErrNotFound) || err == nil && (j.Worker != r.job.Worker || j.Position != r.job.Position) {
		return nil, errNotOurs
	}
	return j, err
}

// step imports a batch of rows. It tells whether there may be more.
func (r *importRun) step(ctx context.Context) (more bool, err error) {
	batch, last, err := r.batch()
	if err != nil {
		if errors.Is(err, store.ErrNotFound) {
			err = r.end(ctx, types.UserImportJobStatusTypeFailed, importUnreadable)
		}
		return false, err
	}
	position, line := r.rows.position, r.rows.line
	var after *store.ImportJob
	write := func(tx *store.Tx) error {
		j, err := r.ours(tx)
		if err != nil {
			return err
		}
		after = j
		if j.Status == string(types.UserImportJobStatusTypeStopping) {
			endImport(tx, j, types.UserImportJobStatusTypeStopped, importStopped)
			return tx.UpdateImportJob(j)
		}
		j.Status, j.Lease = string(types.UserImportJobStatusTypeInProgress), tx.Now().Add(importLease)
		if err := r.apply(tx, j, batch); err != nil {
			return err
		}
		if j.Position, j.Line = position, line; last && j.Completed.IsZero() {
			finishImport(tx, j)
		}
		return tx.UpdateImportJob(j)
	}
	// A name that somebody takes at the same time is found taken the next time.
	for range importTries {
		if err = r.s.update(ctx, write); !errors.Is(err, store.ErrConflict) {
			break
		}
	}
	if err != nil {
		return false, err
	}
	r.job = after
	return after.Completed.IsZero(), nil
}

// finishImport ends a job whose file has been read to its end.
func finishImport(tx *store.Tx, j *store.ImportJob) {
	switch {
	case j.Imported+j.Skipped+j.Failed == 0:
		endImport(tx, j, types.UserImportJobStatusTypeFailed, importNoRows)
	case j.Imported == 0:
		endImport(tx, j, types.UserImportJobStatusTypeFailed, importAllBad)
	default:
		endImport(tx, j, types.UserImportJobStatusTypeSucceeded, importSucceeded)
	}
}

// batch reads rows up to the size of a batch. last tells that the file ends
// with them. The subs of a batch begin alike, by chance, so that its rows are
// neighbours in the indexes: otherwise each would change pages of its own.
func (r *importRun) batch() (batch []*importedUser, last bool, err error) {
	beginning := r.s.ids.UUID()[:4]
	for len(batch) < importBatch {
		line := r.rows.line
		row, err := r.rows.next()
		if errors.Is(err, io.EOF) {
			return batch, true, nil
		}
		if err != nil {
			return nil, false, err
		}
		if row.text == "" && !row.tooLong {
			continue
		}
		u, err := (*importedUser)(nil), error(errRow(rowTooLong))
		if !row.tooLong {
			u, err = r.s.importRow(r.pool, newops.PasswordHashingAlgorithmType(r.job.Algorithm), r.columns, row.text)
		}
		if err != nil {
			if rowFault(err) == "" {
				return nil, false, err
			}
			u = &importedUser{fault: err}
		}
		if u.user != nil {
			r.pool.setSub(u.user, beginning+u.user.Sub[len(beginning):])
		}
		u.line = line
		batch = append(batch, u)
	}
	return batch, false, nil
}

// apply imports the rows of a batch and writes what became of each to the log.
// A file with too many rows ends the job.
func (r *importRun) apply(tx *store.Tx, j *store.ImportJob, batch []*importedUser) error {
	names, err := importedNames(tx, r.pool, batch)
	if err != nil {
		return err
	}
	var log strings.Builder
	var imported []*importedUser
	for _, row := range batch {
		if j.Imported+j.Skipped+j.Failed >= r.s.imports.most {
			endImport(tx, j, types.UserImportJobStatusTypeFailed, fmt.Sprintf(importTooManyUsers, r.s.imports.most))
			break
		}
		outcome, reason := "SUCCEEDED", rowImported
		taken, err := false, row.fault
		if err == nil {
			taken, err = names.taken(row.user)
		}
		switch {
		case err != nil:
			outcome, reason = "FAILED", rowFault(err)
			j.Failed++
		case taken:
			outcome, reason = "SKIPPED", rowExists
			j.Skipped++
		default:
			names.add(row.user)
			imported = append(imported, row)
			j.Imported++
		}
		fmt.Fprintf(&log, "[%s] Line Number %d - %s\n", outcome, row.line, reason)
	}
	if err := insertImported(tx, r.pool, imported); err != nil || log.Len() == 0 {
		return err
	}
	return tx.InsertImportLog(j.ID, store.ImportLogBlock{Line: batch[0].line, Body: log.String()})
}

// importRows reads the lines of an uploaded file.
type importRows struct {
	lines *bufio.Reader
	// position and line are those of the line that comes next.
	position, line int64
}

// importLine is a line of an import file, without its end.
type importLine struct {
	text    string
	tooLong bool
}

// importRows reads the job's file from a position on.
func (s *Service) importRows(ctx context.Context, j *store.ImportJob, position, line int64) *importRows {
	chunks := &importChunks{ctx: ctx, db: s.store, job: j, next: position / j.Chunk, skip: position % j.Chunk}
	// The longest row is of characters of four bytes.
	return &importRows{bufio.NewReaderSize(chunks, 4*maxRowRunes+16), position, line}
}

// next returns the line that comes next, or io.EOF.
func (r *importRows) next() (importLine, error) {
	var out importLine
	text, err := r.lines.ReadSlice('\n')
	out.text = strings.TrimRight(string(text), "\r\n")
	for r.position += int64(len(text)); errors.Is(err, bufio.ErrBufferFull); r.position += int64(len(text)) {
		out.tooLong = true
		text, err = r.lines.ReadSlice('\n')
	}
	if errors.Is(err, io.EOF) && (out.text != "" || out.tooLong) {
		err = nil
	}
	r.line++
	return out, err
}

// importChunks reads a file from its chunks.
type importChunks struct {
	ctx        context.Context //nolint:containedctx // io.Reader has none
	db         *store.DB
	job        *store.ImportJob
	next, skip int64
	data       []byte
}

// Read implements io.Reader.
func (c *importChunks) Read(p []byte) (int, error) {
	for len(c.data) == 0 {
		if c.next*c.job.Chunk >= c.job.Size {
			return 0, io.EOF
		}
		err := c.db.View(c.ctx, func(tx *store.Tx) (err error) {
			c.data, err = tx.ImportChunk(c.job.ID, c.job.Upload, c.next)
			return err
		})
		if err != nil {
			return 0, err
		}
		c.data = c.data[min(c.skip, int64(len(c.data))):]
		c.next, c.skip = c.next+1, 0
	}
	n := copy(p, c.data)
	c.data = c.data[n:]
	return n, nil
}

// purgeImport clears away a part of what import jobs have left: the file of one
// that has ended or was not started in time, and the log of one that ended long
// ago. It tells whether there may be more.
func purgeImport(tx *store.Tx) (more bool, err error) {
	j, err := tx.ImportJobToClear()
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if j.Status == string(types.UserImportJobStatusTypeCreated) {
		endImport(tx, j, types.UserImportJobStatusTypeExpired, importExpired)
		return true, tx.UpdateImportJob(j)
	}
	if n, err := tx.DeleteImportChunks(j.ID, "", "", purgeBatch); err != nil || n > 0 {
		return true, err
	}
	gone := j.Completed.Add(importLogTime)
	if tx.Now().Before(gone) {
		j.ClearAt = gone
		return true, tx.UpdateImportJob(j)
	}
	if n, err := tx.DeleteImportLog(j.ID, purgeBatch); err != nil || n > 0 {
		return true, err
	}
	j.ClearAt = time.Time{}
	return true, tx.UpdateImportJob(j)
}
