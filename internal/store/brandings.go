package store

import "time"

// UICustomization is the look of the classic hosted pages of an app client, or
// of all of a pool's.
type UICustomization struct {
	PoolID string
	// Target is the client's ID or ALL.
	Target string
	// CSS and CSSVersion are nil without a style sheet.
	CSS, CSSVersion *string
	// Image is the logo; without one ImageVersion is nil.
	Image             []byte
	ImageVersion      *string
	Created, Modified time.Time
}

// AllClients is the Target for the clients that have none of their own.
const AllClients = "ALL"

// PutUICustomization writes a customization, of which it sets Modified, and
// Created when it is new.
func (tx *Tx) PutUICustomization(u *UICustomization) error {
	if u.Modified = tx.now; u.Created.IsZero() {
		u.Created = tx.now
	}
	var client *string
	if u.Target != AllClients {
		client = &u.Target
	}
	_, err := tx.exec("INSERT INTO ui_customizations (pool_id, target, client_id, css, css_version, image, image_version, created, modified)"+
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (pool_id, target) DO UPDATE SET css = excluded.css, css_version = excluded.css_version,"+
		" image = excluded.image, image_version = excluded.image_version, modified = excluded.modified",
		u.PoolID, u.Target, client, u.CSS, u.CSSVersion, u.Image, u.ImageVersion, millis(u.Created), millis(u.Modified))
	return err
}

// UICustomization returns the target's customization, or ErrNotFound.
func (tx *Tx) UICustomization(poolID, target string) (*UICustomization, error) {
	return one(tx, func(s scanner) (*UICustomization, error) {
		var (
			u                 UICustomization
			created, modified int64
		)
		err := s.Scan(&u.PoolID, &u.Target, &u.CSS, &u.CSSVersion, &u.Image, &u.ImageVersion, &created, &modified)
		u.Created, u.Modified = fromMillis(created), fromMillis(modified)
		return &u, err
	}, "SELECT pool_id, target, css, css_version, image, image_version, created, modified FROM ui_customizations WHERE pool_id = ? AND target = ?", poolID, target)
}

// DeleteUICustomization deletes the target's customization, if there is one.
func (tx *Tx) DeleteUICustomization(poolID, target string) error {
	_, err := tx.exec("DELETE FROM ui_customizations WHERE pool_id = ? AND target = ?", poolID, target)
	return err
}

// Branding is a style of managed login.
type Branding struct {
	ID, PoolID, ClientID string
	// Provided tells that the style is the one that the service provides.
	Provided bool
	// Settings is a JSON object, or nil without settings of its own.
	Settings *string
	// Version is 1 at first and one more after every update.
	Version           int64
	Created, Modified time.Time
}

const brandingColumns = "id, pool_id, client_id, provided, settings, version, created, modified"

func scanBranding(s scanner) (*Branding, error) {
	var (
		b                           Branding
		provided, created, modified int64
	)
	err := s.Scan(&b.ID, &b.PoolID, &b.ClientID, &provided, &b.Settings, &b.Version, &created, &modified)
	b.Provided, b.Created, b.Modified = provided != 0, fromMillis(created), fromMillis(modified)
	return &b, err
}

// InsertBranding adds a style, of which it sets Version, Created and Modified.
// The error is ErrConflict when the client has one.
func (tx *Tx) InsertBranding(b *Branding) error {
	b.Version, b.Created, b.Modified = 1, tx.now, tx.now
	_, err := tx.exec("INSERT INTO managed_login_brandings ("+brandingColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		b.ID, b.PoolID, b.ClientID, bit(b.Provided), b.Settings, b.Version, millis(b.Created), millis(b.Modified))
	return err
}

// Branding returns the style with the ID, or ErrNotFound.
func (tx *Tx) Branding(id string) (*Branding, error) {
	return one(tx, scanBranding, "SELECT "+brandingColumns+" FROM managed_login_brandings WHERE id = ?", id)
}

// BrandingOfClient returns the client's style, or ErrNotFound.
func (tx *Tx) BrandingOfClient(clientID string) (*Branding, error) {
	return one(tx, scanBranding, "SELECT "+brandingColumns+" FROM managed_login_brandings WHERE client_id = ?", clientID)
}

// CountBrandings returns how many styles the pool has.
func (tx *Tx) CountBrandings(poolID string) (int, error) {
	return one(tx, scalar[int], "SELECT COUNT(*) FROM managed_login_brandings WHERE pool_id = ?", poolID)
}

// UpdateBranding writes the style's Provided and Settings, and sets its Version
// and Modified. The error is ErrNotFound when the style is not there at the
// version that was read.
func (tx *Tx) UpdateBranding(b *Branding) error {
	err := tx.execOne("UPDATE managed_login_brandings SET provided = ?, settings = ?, version = version + 1, modified = ? WHERE id = ? AND version = ?",
		bit(b.Provided), b.Settings, millis(tx.now), b.ID, b.Version)
	if err == nil {
		b.Version++
		b.Modified = tx.now
	}
	return err
}

// DeleteBranding deletes a style with its assets, or returns ErrNotFound.
func (tx *Tx) DeleteBranding(id string) error {
	return tx.execOne("DELETE FROM managed_login_brandings WHERE id = ?", id)
}

// Asset is an image of a style.
type Asset struct {
	BrandingID, Category, ColorMode string
	// ResourceID tells assets of the same category and mode apart; it may be
	// empty.
	ResourceID string
	Extension  string
	Content    []byte
}

// PutAsset adds an asset, or replaces the one of its category, mode and
// resource.
func (tx *Tx) PutAsset(a *Asset) error {
	_, err := tx.exec("INSERT INTO managed_login_assets (branding_id, category, color_mode, resource_id, extension, content) VALUES (?, ?, ?, ?, ?, ?)"+
		" ON CONFLICT (branding_id, category, color_mode, resource_id) DO UPDATE SET extension = excluded.extension, content = excluded.content",
		a.BrandingID, a.Category, a.ColorMode, a.ResourceID, a.Extension, a.Content)
	return err
}

// Assets returns up to limit assets of the style.
func (tx *Tx) Assets(brandingID string, limit int) ([]*Asset, error) {
	return all(tx, func(s scanner) (*Asset, error) {
		var a Asset
		return &a, s.Scan(&a.BrandingID, &a.Category, &a.ColorMode, &a.ResourceID, &a.Extension, &a.Content)
	}, "SELECT branding_id, category, color_mode, resource_id, extension, content FROM managed_login_assets"+
		" WHERE branding_id = ? ORDER BY category, color_mode, resource_id LIMIT ?", brandingID, limit)
}

// DeleteAssets deletes the style's assets.
func (tx *Tx) DeleteAssets(brandingID string) error {
	_, err := tx.exec("DELETE FROM managed_login_assets WHERE branding_id = ?", brandingID)
	return err
}
