package store

import "time"

// IdentityProvider is an identity provider of a user pool.
type IdentityProvider struct {
	PoolID, Name string
	// Type is SAML, OIDC or the name of a social provider.
	Type string
	// Body is the provider as wire JSON without its secrets, in the form that
	// package userpool gives it.
	Body string
	// Secrets is in clear; the database has it sealed.
	Secrets []byte
	// Metadata is a SAML provider's document.
	Metadata string
	// Identifiers are by what else the provider is found, in any order.
	Identifiers []string
	// Version is 1 at first and one more after every update.
	Version           int64
	Created, Modified time.Time
}

const (
	identityProviderTable   = "identity_providers"
	identityProviderColumns = "pool_id, name, type, body, secrets, metadata, version, created, modified"
)

func (tx *Tx) scanIdentityProvider(s scanner) (*IdentityProvider, error) {
	var (
		p                 IdentityProvider
		sealed            []byte
		created, modified int64
	)
	if err := s.Scan(&p.PoolID, &p.Name, &p.Type, &p.Body, &sealed, &p.Metadata, &p.Version, &created, &modified); err != nil {
		return nil, err
	}
	p.Created, p.Modified = fromMillis(created), fromMillis(modified)
	var err error
	p.Secrets, err = tx.unseal(identityProviderTable, "secrets", p.PoolID+"/"+p.Name, sealed)
	return &p, err
}

// InsertIdentityProvider adds a provider, of which it sets Version, Created and
// Modified. The error is ErrConflict when the pool has one of that name, or one
// that is found by one of the identifiers.
func (tx *Tx) InsertIdentityProvider(p *IdentityProvider) error {
	p.Version, p.Created, p.Modified = 1, tx.now, tx.now
	_, err := tx.exec("INSERT INTO identity_providers ("+identityProviderColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		p.PoolID, p.Name, p.Type, p.Body, tx.sealIdentityProvider(p), p.Metadata, p.Version, millis(p.Created), millis(p.Modified))
	if err != nil {
		return err
	}
	return tx.insertIdentifiers(p)
}

func (tx *Tx) sealIdentityProvider(p *IdentityProvider) []byte {
	return tx.seal(identityProviderTable, "secrets", p.PoolID+"/"+p.Name, p.Secrets)
}

func (tx *Tx) insertIdentifiers(p *IdentityProvider) error {
	for _, id := range p.Identifiers {
		_, err := tx.exec("INSERT INTO identity_provider_identifiers (pool_id, identifier, name) VALUES (?, ?, ?)", p.PoolID, id, p.Name)
		if err != nil {
			return err
		}
	}
	return nil
}

// IdentityProvider returns the pool's provider of that name, without its
// Identifiers, or ErrNotFound.
func (tx *Tx) IdentityProvider(poolID, name string) (*IdentityProvider, error) {
	return one(tx, tx.scanIdentityProvider,
		"SELECT "+identityProviderColumns+" FROM identity_providers WHERE pool_id = ? AND name = ?", poolID, name)
}

// IdentityProviderNamed returns the name of the provider that has the
// identifier, or ErrNotFound.
func (tx *Tx) IdentityProviderNamed(poolID, identifier string) (string, error) {
	return one(tx, scalar[string], "SELECT name FROM identity_provider_identifiers WHERE pool_id = ? AND identifier = ?", poolID, identifier)
}

// IdentityProviders returns up to limit providers of the pool in the order of
// their names, beginning after the name given.
func (tx *Tx) IdentityProviders(poolID, after string, limit int) ([]*IdentityProvider, error) {
	return all(tx, tx.scanIdentityProvider, "SELECT "+identityProviderColumns+
		" FROM identity_providers WHERE pool_id = ? AND name > ? ORDER BY name LIMIT ?", poolID, after, limit)
}

// SAMLProviders returns up to limit SAML providers of any pool, beginning after
// the one given.
func (tx *Tx) SAMLProviders(poolID, name string, limit int) ([]*IdentityProvider, error) {
	return all(tx, tx.scanIdentityProvider, "SELECT "+identityProviderColumns+
		" FROM identity_providers WHERE (pool_id, name) > (?, ?) AND type = 'SAML' ORDER BY pool_id, name LIMIT ?", poolID, name, limit)
}

// CountIdentityProviders returns how many providers the pool has.
func (tx *Tx) CountIdentityProviders(poolID string) (int, error) {
	return one(tx, scalar[int], "SELECT COUNT(*) FROM identity_providers WHERE pool_id = ?", poolID)
}

// UpdateIdentityProvider writes the provider's Body, Secrets, Metadata and
// Identifiers, and sets its Version and Modified. The error is ErrNotFound when
// the provider is not there at the version that was read, and ErrConflict when
// another one has one of the identifiers.
func (tx *Tx) UpdateIdentityProvider(p *IdentityProvider) error {
	err := tx.execOne("UPDATE identity_providers SET body = ?, secrets = ?, metadata = ?, version = version + 1, modified = ?"+
		" WHERE pool_id = ? AND name = ? AND version = ?",
		p.Body, tx.sealIdentityProvider(p), p.Metadata, millis(tx.now), p.PoolID, p.Name, p.Version)
	if err != nil {
		return err
	}
	p.Version++
	p.Modified = tx.now
	if _, err := tx.exec("DELETE FROM identity_provider_identifiers WHERE pool_id = ? AND name = ?", p.PoolID, p.Name); err != nil {
		return err
	}
	return tx.insertIdentifiers(p)
}

// DeleteIdentityProvider deletes a provider with its identifiers and
// certificates, or returns ErrNotFound. What is linked to users stays.
func (tx *Tx) DeleteIdentityProvider(poolID, name string) error {
	if err := tx.execOne("DELETE FROM identity_providers WHERE pool_id = ? AND name = ?", poolID, name); err != nil {
		return err
	}
	_, err := tx.exec("DELETE FROM saml_certificates WHERE pool_id = ? AND provider = ?", poolID, name)
	return err
}

// SAMLCertificate is a key of a user pool's for SAML, with its certificate.
type SAMLCertificate struct {
	PoolID string
	// Provider is empty for the key that signs requests; otherwise it is the
	// provider that encrypts assertions for the key.
	Provider string
	// Serial is the certificate's serial number.
	Serial string
	// Certificate is DER in base64.
	Certificate string
	// Private is the private key in PKCS #8, in clear; the database has it sealed.
	Private []byte
	Created time.Time
}

// InsertSAMLCertificate adds a certificate, of which it sets Created.
func (tx *Tx) InsertSAMLCertificate(c *SAMLCertificate) error {
	c.Created = tx.now
	_, err := tx.exec("INSERT INTO saml_certificates (pool_id, provider, serial, certificate, private, created) VALUES (?, ?, ?, ?, ?, ?)",
		c.PoolID, c.Provider, c.Serial, c.Certificate, tx.seal("saml_certificates", "private", c.row(), c.Private), millis(c.Created))
	return err
}

func (c *SAMLCertificate) row() string { return c.PoolID + "/" + c.Provider + "/" + c.Serial }

// SAMLCertificates returns up to limit certificates, the newest first.
func (tx *Tx) SAMLCertificates(poolID, provider string, limit int) ([]*SAMLCertificate, error) {
	return all(tx, func(s scanner) (*SAMLCertificate, error) {
		var (
			c       SAMLCertificate
			sealed  []byte
			created int64
		)
		if err := s.Scan(&c.PoolID, &c.Provider, &c.Serial, &c.Certificate, &sealed, &created); err != nil {
			return nil, err
		}
		c.Created = fromMillis(created)
		var err error
		c.Private, err = tx.unseal("saml_certificates", "private", c.row(), sealed)
		return &c, err
	}, "SELECT pool_id, provider, serial, certificate, private, created FROM saml_certificates"+
		" WHERE pool_id = ? AND provider = ? ORDER BY created DESC, serial LIMIT ?", poolID, provider, limit)
}

// Link says that who is known to an identity provider by an attribute's value
// is a user of the pool.
type Link struct {
	PoolID string
	// Provider is the provider's name, Attribute the name of the attribute
	// (Cognito_Subject for the provider's own identifier of its users).
	Provider, Attribute, Value string
	// Sub is the user's.
	Sub     string
	Created time.Time
}

// InsertLink adds a link, of which it sets Created. The error is ErrConflict
// when the value is linked already.
func (tx *Tx) InsertLink(l *Link) error {
	l.Created = tx.now
	_, err := tx.exec("INSERT INTO user_links (pool_id, provider, attribute, value, sub, created) VALUES (?, ?, ?, ?, ?, ?)",
		l.PoolID, l.Provider, l.Attribute, indexable(l.Value), l.Sub, millis(l.Created))
	return err
}

// LinkedUser returns the user that the value is linked to, or ErrNotFound.
func (tx *Tx) LinkedUser(poolID, provider, attribute, value string) (*User, error) {
	return one(tx, scanUser, "SELECT "+userColumns+" FROM user_links l JOIN users u ON u.pool_id = l.pool_id AND u.sub = l.sub"+
		" WHERE l.pool_id = ? AND l.provider = ? AND l.attribute = ? AND l.value = ?", poolID, provider, attribute, indexable(value))
}

// CountLinks returns how many links the user has.
func (tx *Tx) CountLinks(poolID, sub string) (int, error) {
	return one(tx, scalar[int], "SELECT COUNT(*) FROM user_links WHERE pool_id = ? AND sub = ?", poolID, sub)
}

// DeleteLink deletes a link, or returns ErrNotFound.
func (tx *Tx) DeleteLink(poolID, provider, attribute, value string) error {
	return tx.execOne("DELETE FROM user_links WHERE pool_id = ? AND provider = ? AND attribute = ? AND value = ?",
		poolID, provider, attribute, indexable(value))
}

// RemovePassword leaves the user without a password. Former ones stay in the
// history.
func (tx *Tx) RemovePassword(u *User) error {
	u.Salt, u.verifier, u.Modified = nil, nil, tx.now
	return tx.execOne("UPDATE users SET salt = NULL, verifier = NULL, modified = ? WHERE pool_id = ? AND sub = ?", millis(tx.now), u.PoolID, u.Sub)
}
