package store

import "time"

// Client is an app client of a user pool.
type Client struct {
	ID, PoolID string
	// Name is the client's name, which need not be unique.
	Name string
	// Body is the client as wire JSON, in the form that package userpool gives
	// it. Secrets are not in it.
	Body string
	// Version is 1 at first and one more after every update of the client or
	// its secrets.
	Version           int64
	Created, Modified time.Time
}

const clientColumns = "id, pool_id, name, body, version, created, modified"

func scanClient(s scanner) (*Client, error) {
	var (
		c                 Client
		created, modified int64
	)
	err := s.Scan(&c.ID, &c.PoolID, &c.Name, &c.Body, &c.Version, &created, &modified)
	c.Created, c.Modified = fromMillis(created), fromMillis(modified)
	return &c, err
}

// InsertClient adds a client, of which it sets Version, Created and Modified.
// The error is ErrConflict when the ID is taken.
func (tx *Tx) InsertClient(c *Client) error {
	c.Version, c.Created, c.Modified = 1, tx.now, tx.now
	_, err := tx.exec("INSERT INTO user_pool_clients ("+clientColumns+") VALUES (?, ?, ?, ?, ?, ?, ?)",
		c.ID, c.PoolID, c.Name, c.Body, c.Version, millis(c.Created), millis(c.Modified))
	return err
}

// Client returns the client with the ID, or ErrNotFound.
func (tx *Tx) Client(id string) (*Client, error) {
	return one(tx, scanClient, "SELECT "+clientColumns+" FROM user_pool_clients WHERE id = ?", id)
}

// ClientVersion is what tells whether a client or its pool has changed.
type ClientVersion struct {
	PoolID       string
	Client, Pool int64
}

func scanClientVersion(s scanner) (v ClientVersion, err error) {
	err = s.Scan(&v.PoolID, &v.Client, &v.Pool)
	return v, err
}

// ClientVersion returns the versions of the client with the ID and of its pool,
// or ErrNotFound.
func (tx *Tx) ClientVersion(id string) (ClientVersion, error) {
	return one(tx, scanClientVersion, `SELECT p.id, c.version, p.version
		FROM user_pool_clients c JOIN user_pools p ON p.id = c.pool_id WHERE c.id = ?`, id)
}

// UpdateClient writes the client's Name and Body, and sets its Version and
// Modified. The error is ErrNotFound when the client is not there at the
// version that was read.
func (tx *Tx) UpdateClient(c *Client) error {
	err := tx.execOne("UPDATE user_pool_clients SET name = ?, body = ?, version = version + 1, modified = ? WHERE id = ? AND version = ?",
		c.Name, c.Body, millis(tx.now), c.ID, c.Version)
	if err == nil {
		c.Version++
		c.Modified = tx.now
	}
	return err
}

// DeleteClient deletes a client with its secrets, or returns ErrNotFound.
func (tx *Tx) DeleteClient(id string) error {
	return tx.execOne("DELETE FROM user_pool_clients WHERE id = ?", id)
}

// Clients returns up to limit clients of the pool in the order of their IDs,
// beginning after the ID given.
func (tx *Tx) Clients(poolID, after string, limit int) ([]*Client, error) {
	return all(tx, scanClient, "SELECT "+clientColumns+" FROM user_pool_clients WHERE pool_id = ? AND id > ? ORDER BY id LIMIT ?",
		poolID, after, limit)
}

// CountClients returns how many clients the pool has.
func (tx *Tx) CountClients(poolID string) (int, error) {
	return one(tx, scalar[int], "SELECT COUNT(*) FROM user_pool_clients WHERE pool_id = ?", poolID)
}

// ClientSecret is a secret of an app client.
type ClientSecret struct {
	ClientID, ID string
	// Secret is the secret in clear; the database has it sealed.
	Secret  string
	Created time.Time
}

const clientSecretTable = "user_pool_client_secrets"

// InsertClientSecret adds a secret, of which it sets Created, and gives its
// client a new version.
func (tx *Tx) InsertClientSecret(s *ClientSecret) error {
	s.Created = tx.now
	sealed := tx.seal(clientSecretTable, "secret", s.ClientID+"/"+s.ID, []byte(s.Secret))
	_, err := tx.exec("INSERT INTO user_pool_client_secrets (client_id, id, secret, created) VALUES (?, ?, ?, ?)",
		s.ClientID, s.ID, sealed, millis(s.Created))
	if err != nil {
		return err
	}
	return tx.touchClient(s.ClientID)
}

// ClientSecrets returns the client's secrets, the oldest first.
func (tx *Tx) ClientSecrets(clientID string) ([]ClientSecret, error) {
	return all(tx, func(s scanner) (c ClientSecret, err error) {
		var (
			sealed  []byte
			created int64
		)
		if err := s.Scan(&c.ID, &sealed, &created); err != nil {
			return c, err
		}
		plain, err := tx.unseal(clientSecretTable, "secret", clientID+"/"+c.ID, sealed)
		c.ClientID, c.Secret, c.Created = clientID, string(plain), fromMillis(created)
		return c, err
	}, "SELECT id, secret, created FROM user_pool_client_secrets WHERE client_id = ? ORDER BY created, id", clientID)
}

// DeleteClientSecret deletes a secret and gives its client a new version. The
// error is ErrNotFound when the client has no such secret.
func (tx *Tx) DeleteClientSecret(clientID, id string) error {
	if err := tx.execOne("DELETE FROM user_pool_client_secrets WHERE client_id = ? AND id = ?", clientID, id); err != nil {
		return err
	}
	return tx.touchClient(clientID)
}

func (tx *Tx) touchClient(id string) error {
	return tx.execOne("UPDATE user_pool_clients SET version = version + 1 WHERE id = ?", id)
}
