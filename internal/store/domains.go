package store

import "time"

// Domain is a domain of a user pool's.
type Domain struct {
	// Region is that of a prefix domain, and empty for a custom domain.
	Region string
	// Name is the prefix or the custom domain.
	Name   string
	PoolID string
	// Body is the domain as wire JSON, in the form that package userpool gives
	// it.
	Body string
	// Version is 1 at first and one more after every update.
	Version           int64
	Created, Modified time.Time
}

const domainColumns = "region, domain, pool_id, body, version, created, modified"

func scanDomain(s scanner) (*Domain, error) {
	var (
		d                 Domain
		created, modified int64
	)
	err := s.Scan(&d.Region, &d.Name, &d.PoolID, &d.Body, &d.Version, &created, &modified)
	d.Created, d.Modified = fromMillis(created), fromMillis(modified)
	return &d, err
}

// InsertDomain adds a domain, of which it sets Version, Created and Modified.
// The error is ErrConflict when a pool has it.
func (tx *Tx) InsertDomain(d *Domain) error {
	d.Version, d.Created, d.Modified = 1, tx.now, tx.now
	_, err := tx.exec("INSERT INTO user_pool_domains ("+domainColumns+") VALUES (?, ?, ?, ?, ?, ?, ?)",
		d.Region, d.Name, d.PoolID, d.Body, d.Version, millis(d.Created), millis(d.Modified))
	return err
}

// Domain returns the domain, or ErrNotFound: a prefix in its region, or a custom
// domain in the region "".
func (tx *Tx) Domain(region, name string) (*Domain, error) {
	return one(tx, scanDomain, "SELECT "+domainColumns+" FROM user_pool_domains WHERE region = ? AND domain = ?", region, name)
}

// DomainsOfPool returns up to limit domains of the pool.
func (tx *Tx) DomainsOfPool(poolID string, limit int) ([]*Domain, error) {
	return all(tx, scanDomain, "SELECT "+domainColumns+" FROM user_pool_domains WHERE pool_id = ? ORDER BY region, domain LIMIT ?", poolID, limit)
}

// CountCustomDomains returns how many custom domains the account's pools in the
// region have.
func (tx *Tx) CountCustomDomains(account, region string) (int, error) {
	return one(tx, scalar[int], `SELECT COUNT(*) FROM user_pools p JOIN user_pool_domains d ON d.pool_id = p.id
		WHERE p.account = ? AND p.region = ? AND d.region = ''`, account, region)
}

// UpdateDomain writes the domain's Body, and sets its Version and Modified. The
// error is ErrNotFound when the domain is not there at the version that was
// read.
func (tx *Tx) UpdateDomain(d *Domain) error {
	err := tx.execOne("UPDATE user_pool_domains SET body = ?, version = version + 1, modified = ? WHERE region = ? AND domain = ? AND version = ?",
		d.Body, millis(tx.now), d.Region, d.Name, d.Version)
	if err == nil {
		d.Version++
		d.Modified = tx.now
	}
	return err
}

// DeleteDomain deletes a domain, or returns ErrNotFound.
func (tx *Tx) DeleteDomain(d *Domain) error {
	return tx.execOne("DELETE FROM user_pool_domains WHERE region = ? AND domain = ?", d.Region, d.Name)
}

// LogDelivery returns where the pool's logs go as wire JSON, or ErrNotFound.
func (tx *Tx) LogDelivery(poolID string) (string, error) {
	return one(tx, scalar[string], "SELECT body FROM log_deliveries WHERE pool_id = ?", poolID)
}

// SetLogDelivery writes where the pool's logs go.
func (tx *Tx) SetLogDelivery(poolID, body string) error {
	_, err := tx.exec("INSERT INTO log_deliveries (pool_id, body) VALUES (?, ?) ON CONFLICT (pool_id) DO UPDATE SET body = excluded.body", poolID, body)
	return err
}
