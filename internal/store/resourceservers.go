package store

// ResourceServer is a resource server of a user pool.
type ResourceServer struct {
	PoolID, Identifier string
	// Body is the resource server as wire JSON, in the form that package
	// userpool gives it.
	Body string
}

func scanResourceServer(s scanner) (*ResourceServer, error) {
	var r ResourceServer
	return &r, s.Scan(&r.PoolID, &r.Identifier, &r.Body)
}

// InsertResourceServer adds a resource server. The error is ErrConflict when the
// pool has one of that identifier.
func (tx *Tx) InsertResourceServer(r *ResourceServer) error {
	_, err := tx.exec("INSERT INTO resource_servers (pool_id, identifier, body) VALUES (?, ?, ?)", r.PoolID, r.Identifier, r.Body)
	return err
}

// ResourceServer returns the pool's resource server of that identifier, or
// ErrNotFound.
func (tx *Tx) ResourceServer(poolID, identifier string) (*ResourceServer, error) {
	return one(tx, scanResourceServer, "SELECT pool_id, identifier, body FROM resource_servers WHERE pool_id = ? AND identifier = ?", poolID, identifier)
}

// ResourceServers returns up to limit resource servers of the pool in the order
// of their identifiers, beginning after the one given.
func (tx *Tx) ResourceServers(poolID, after string, limit int) ([]*ResourceServer, error) {
	return all(tx, scanResourceServer,
		"SELECT pool_id, identifier, body FROM resource_servers WHERE pool_id = ? AND identifier > ? ORDER BY identifier LIMIT ?", poolID, after, limit)
}

// CountResourceServers returns how many resource servers the pool has.
func (tx *Tx) CountResourceServers(poolID string) (int, error) {
	return one(tx, scalar[int], "SELECT COUNT(*) FROM resource_servers WHERE pool_id = ?", poolID)
}

// UpdateResourceServer writes the resource server's Body, or returns
// ErrNotFound.
func (tx *Tx) UpdateResourceServer(r *ResourceServer) error {
	return tx.execOne("UPDATE resource_servers SET body = ? WHERE pool_id = ? AND identifier = ?", r.Body, r.PoolID, r.Identifier)
}

// DeleteResourceServer deletes a resource server, or returns ErrNotFound.
func (tx *Tx) DeleteResourceServer(poolID, identifier string) error {
	return tx.execOne("DELETE FROM resource_servers WHERE pool_id = ? AND identifier = ?", poolID, identifier)
}
