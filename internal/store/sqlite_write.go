package store

// Transactions that write to SQLite share commits, since each commit waits for
// the disk. Who gets the writing connection runs its function in the
// transaction that is open on it, if there is one, and hands the connection to
// the next who waits; who finds nobody waiting commits for all. Nobody returns
// before the commit is on disk, also not with an error, which may rest on what
// an earlier function of the same transaction wrote. A function that fails is
// undone alone, by a savepoint; the first one by the transaction, since a
// savepoint keeps a copy of every page that changes.

// maxGroup bounds how many functions share a commit, and so how long the first
// of them waits.
const maxGroup = 64

// liteWriter is the connection that writes, with the group of functions whose
// transaction is open on it.
type liteWriter struct {
	liteSession
	group *group
}

// group is functions that share a transaction.
type group struct {
	size int
	// done is closed when the transaction has ended, with err.
	done chan struct{}
	err  error
}

// update implements backend.
func (l *lite) update(tx *Tx, _ int, f func(*Tx) error) error {
	l.waiting.Add(1)
	w := <-l.writer
	l.waiting.Add(-1)
	g, err := l.join(w, tx, f)
	if g == nil {
		return err
	}
	<-g.done
	if g.err != nil {
		return g.err
	}
	return err
}

// join runs f in the group's transaction, and ends it when nobody waits. It
// hands the writer on in any case.
func (l *lite) join(w *liteWriter, tx *Tx, f func(*Tx) error) (*group, error) {
	defer func() { l.writer <- w }()
	// Nobody else may be there to commit for a group that waits.
	defer func() {
		if w.group != nil && (l.waiting.Load() == 0 || w.group.size >= maxGroup) {
			w.commit()
		}
	}()
	if err := tx.ctx.Err(); err != nil {
		return nil, err
	}
	if w.group == nil {
		if err := w.run("BEGIN IMMEDIATE"); err != nil {
			return nil, err
		}
		w.group = &group{done: make(chan struct{})}
	}
	g := w.group
	if g.size++; g.size == 1 {
		return g, w.first(tx, f)
	}
	return g, w.member(tx, f)
}

// first runs f alone in its transaction, and ends that when f fails.
func (w *liteWriter) first(tx *Tx, f func(*Tx) error) (err error) {
	ok := false
	defer func() {
		if !ok {
			w.abort(nil)
		}
	}()
	tx.start(w)
	if err := f(tx); err != nil {
		return err
	}
	ok = true
	return nil
}

// member runs f between savepoints and undoes it when it fails.
func (w *liteWriter) member(tx *Tx, f func(*Tx) error) (err error) {
	if err := w.run("SAVEPOINT member"); err != nil {
		w.abort(err)
		return err
	}
	ok := false
	defer func() {
		if !ok {
			w.undo()
		}
	}()
	tx.start(w)
	if err := f(tx); err != nil {
		return err
	}
	if err := w.run("RELEASE member"); err != nil {
		return err
	}
	ok = true
	return nil
}

// undo undoes the last member. Some errors, such as a full disk, have ended
// the whole transaction already.
func (w *liteWriter) undo() {
	err := w.run("ROLLBACK TO member")
	if err == nil {
		err = w.run("RELEASE member")
	}
	if err != nil {
		w.abort(err)
	}
}

// commit ends the group's transaction.
func (w *liteWriter) commit() {
	g := w.group
	if err := w.run("COMMIT"); err != nil {
		w.abort(err)
		return
	}
	w.group = nil
	close(g.done)
}

// abort fails every member of the group, whose error is err if they have none
// of their own.
func (w *liteWriter) abort(err error) {
	g := w.group
	w.rollBack()
	w.group, g.err = nil, err
	close(g.done)
}
