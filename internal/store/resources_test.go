package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

// withPool opens a database with the pool p and its client c.
func withPool(t *testing.T, cfg store.Config) (*store.DB, *clock.Fixed) {
	t.Helper()
	c := clock.NewFixed(time.UnixMilli(1700000000123))
	cfg.Clock = c
	db := storetest.Open(t, cfg)
	update(t, db, func(tx *store.Tx) error {
		if err := tx.InsertUserPool(&store.UserPool{ID: "p", Account: iamAccount, Region: "eu-west-1"}); err != nil {
			return err
		}
		return tx.InsertClient(&store.Client{ID: "c", PoolID: "p"})
	})
	return db, c
}

func wantNotFound(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%s: %v, want ErrNotFound", what, err)
	}
}

func TestIdentityProviders(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db, c := withPool(t, cfg)
		provider := func(name string, identifiers ...string) *store.IdentityProvider {
			return &store.IdentityProvider{PoolID: "p", Name: name, Type: "OIDC", Body: "{}", Secrets: []byte(`{"a":"b"}`), Metadata: "m", Identifiers: identifiers}
		}
		update(t, db, func(tx *store.Tx) error {
			for _, p := range []*store.IdentityProvider{provider("b", "one"), provider("a", "two", "three"), provider("B")} {
				if err := tx.InsertIdentityProvider(p); err != nil {
					return err
				}
			}
			return nil
		})
		wantErr(t, db, store.ErrConflict, func(tx *store.Tx) error { return tx.InsertIdentityProvider(provider("a")) })
		wantErr(t, db, store.ErrConflict, func(tx *store.Tx) error { return tx.InsertIdentityProvider(provider("c", "one")) })
		c.Advance(time.Second)
		update(t, db, func(tx *store.Tx) error {
			var names []string
			list, err := tx.IdentityProviders("p", "B", 5)
			if err != nil {
				return err
			}
			for _, p := range list {
				names = append(names, p.Name)
			}
			if n, err := tx.CountIdentityProviders("p"); fmt.Sprint(names) != "[a b]" || n != 3 || err != nil {
				t.Errorf("after B %v, %d in all, %v", names, n, err)
			}
			p, err := tx.IdentityProvider("p", "a")
			if err != nil {
				return err
			}
			if string(p.Secrets) != `{"a":"b"}` || p.Metadata != "m" || p.Version != 1 || p.Identifiers != nil {
				t.Errorf("read %+v", p)
			}
			stale := *p
			p.Body, p.Secrets, p.Metadata, p.Identifiers = "{1}", []byte("{}"), "", []string{"three", "four"}
			if err := tx.UpdateIdentityProvider(p); err != nil {
				return err
			}
			got, err := tx.IdentityProvider("p", "a")
			if err != nil {
				return err
			}
			if got.Body != "{1}" || string(got.Secrets) != "{}" || got.Version != 2 || got.Modified.Sub(got.Created) != time.Second {
				t.Errorf("updated to %+v", got)
			}
			wantNotFound(t, "a stale update", tx.UpdateIdentityProvider(&stale))
			for id, want := range map[string]string{"three": "a", "four": "a", "one": "b", "two": ""} {
				name, err := tx.IdentityProviderNamed("p", id)
				if name != want || (want == "") != errors.Is(err, store.ErrNotFound) {
					t.Errorf("%s is %q, %v", id, name, err)
				}
			}
			return nil
		})
		update(t, db, func(tx *store.Tx) error {
			for i, provider := range []string{"", "a", ""} {
				err := tx.InsertSAMLCertificate(&store.SAMLCertificate{PoolID: "p", Provider: provider, Serial: fmt.Sprint(i), Certificate: "x", Private: []byte("key")})
				if err != nil {
					return err
				}
				c.Advance(time.Second)
			}
			return tx.DeleteIdentityProvider("p", "a")
		})
		c.Advance(time.Second)
		update(t, db, func(tx *store.Tx) error {
			if err := tx.InsertSAMLCertificate(&store.SAMLCertificate{PoolID: "p", Serial: "new", Certificate: "x", Private: []byte("key")}); err != nil {
				return err
			}
			rows, err := tx.SAMLCertificates("p", "", 5)
			if err != nil || len(rows) != 3 || rows[0].Serial != "new" || string(rows[0].Private) != "key" {
				t.Errorf("certificates %v, %v", rows, err)
			}
			if rows, err := tx.SAMLCertificates("p", "a", 5); err != nil || len(rows) != 0 {
				t.Errorf("certificates of a deleted provider: %v, %v", rows, err)
			}
			_, err = tx.IdentityProviderNamed("p", "three")
			wantNotFound(t, "an identifier of a deleted provider", err)
			wantNotFound(t, "deleting again", tx.DeleteIdentityProvider("p", "a"))
			return tx.DeleteUserPool("p")
		})
	})
}

func TestLinks(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db, _ := withPool(t, cfg)
		long := strings.Repeat("ä", 3000)
		link := func(value string) *store.Link {
			return &store.Link{PoolID: "p", Provider: "x", Attribute: "a", Value: value, Sub: "s"}
		}
		update(t, db, func(tx *store.Tx) error {
			if err := tx.InsertUser(&store.User{PoolID: "p", Sub: "s", Username: "u", UsernameKey: "u"}); err != nil {
				return err
			}
			for _, v := range []string{"1", long} {
				if err := tx.InsertLink(link(v)); err != nil {
					return err
				}
				if u, err := tx.LinkedUser("p", "x", "a", v); err != nil || u.Username != "u" {
					t.Errorf("linked to %v, %v", u, err)
				}
			}
			if n, err := tx.CountLinks("p", "s"); n != 2 || err != nil {
				t.Errorf("%d links, %v", n, err)
			}
			_, err := tx.LinkedUser("p", "x", "b", "1")
			wantNotFound(t, "another attribute", err)
			return nil
		})
		wantErr(t, db, store.ErrConflict, func(tx *store.Tx) error { return tx.InsertLink(link("1")) })
		update(t, db, func(tx *store.Tx) error {
			if err := tx.DeleteLink("p", "x", "a", "1"); err != nil {
				return err
			}
			wantNotFound(t, "deleting again", tx.DeleteLink("p", "x", "a", "1"))
			u, err := tx.UserBySub("p", "s")
			if err != nil {
				return err
			}
			if err := tx.SetPassword(u, []byte("salt"), []byte("verifier"), time.Time{}, 0); err != nil {
				return err
			}
			if err := tx.RemovePassword(u); err != nil {
				return err
			}
			if u, err = tx.UserBySub("p", "s"); err != nil || u.HasPassword() || len(u.Salt) != 0 {
				t.Errorf("without a password %+v, %v", u, err)
			}
			return tx.DeleteUser(u)
		})
		update(t, db, func(tx *store.Tx) error { return tx.InsertLink(link(long)) })
	})
}

func TestDomains(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db, c := withPool(t, cfg)
		update(t, db, func(tx *store.Tx) error {
			for _, d := range []*store.Domain{{Region: "eu-west-1", Name: "a", PoolID: "p", Body: "{}"}, {Region: "us-east-1", Name: "a", PoolID: "p", Body: "{}"}, {Name: "a.example.com", PoolID: "p", Body: "{}"}} {
				if err := tx.InsertDomain(d); err != nil {
					return err
				}
			}
			return nil
		})
		wantErr(t, db, store.ErrConflict, func(tx *store.Tx) error {
			return tx.InsertDomain(&store.Domain{Region: "eu-west-1", Name: "a", PoolID: "p"})
		})
		c.Advance(time.Second)
		update(t, db, func(tx *store.Tx) error {
			if n, err := tx.CountCustomDomains(iamAccount, "eu-west-1"); n != 1 || err != nil {
				t.Errorf("%d custom domains, %v", n, err)
			}
			if list, err := tx.DomainsOfPool("p", 2); len(list) != 2 || err != nil || list[0].Name != "a.example.com" {
				t.Errorf("domains %v, %v", list, err)
			}
			d, err := tx.Domain("eu-west-1", "a")
			if err != nil {
				return err
			}
			stale := *d
			d.Body = "{1}"
			if err := tx.UpdateDomain(d); err != nil {
				return err
			}
			wantNotFound(t, "a stale update", tx.UpdateDomain(&stale))
			got, err := tx.Domain("eu-west-1", "a")
			if err != nil || *got != *d || got.Version != 2 || got.Modified.Sub(got.Created) != time.Second {
				t.Errorf("updated to %+v, %v", got, err)
			}
			if err := tx.DeleteDomain(d); err != nil {
				return err
			}
			wantNotFound(t, "deleting again", tx.DeleteDomain(d))
			if _, err := tx.Domain("us-east-1", "a"); err != nil {
				t.Errorf("the domain in another region: %v", err)
			}
			_, err = tx.LogDelivery("p")
			wantNotFound(t, "no log delivery", err)
			for _, body := range []string{"1", "2"} {
				if err := tx.SetLogDelivery("p", body); err != nil {
					return err
				}
				if got, err := tx.LogDelivery("p"); got != body || err != nil {
					t.Errorf("log delivery %s, %v", got, err)
				}
			}
			return nil
		})
	})
}

func TestResourceServersAndTerms(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db, c := withPool(t, cfg)
		update(t, db, func(tx *store.Tx) error {
			for _, id := range []string{"b", "a", "C"} {
				if err := tx.InsertResourceServer(&store.ResourceServer{PoolID: "p", Identifier: id, Body: "{}"}); err != nil {
					return err
				}
			}
			list, err := tx.ResourceServers("p", "C", 5)
			if n, countErr := tx.CountResourceServers("p"); err != nil || countErr != nil || n != 3 || len(list) != 2 || list[0].Identifier != "a" {
				t.Errorf("listed %v of %d, %v, %v", list, n, err, countErr)
			}
			r := &store.ResourceServer{PoolID: "p", Identifier: "a", Body: "{1}"}
			if err := tx.UpdateResourceServer(r); err != nil {
				return err
			}
			if got, err := tx.ResourceServer("p", "a"); err != nil || *got != *r {
				t.Errorf("updated to %v, %v", got, err)
			}
			if err := tx.DeleteResourceServer("p", "a"); err != nil {
				return err
			}
			wantNotFound(t, "deleting again", tx.DeleteResourceServer("p", "a"))
			wantNotFound(t, "updating a deleted one", tx.UpdateResourceServer(r))
			for _, id := range []string{"2", "1"} {
				if err := tx.InsertTerms(&store.Terms{ID: id, PoolID: "p", ClientID: "c", Name: "n" + id, Body: "{}"}); err != nil {
					return err
				}
			}
			return nil
		})
		wantErr(t, db, store.ErrConflict, func(tx *store.Tx) error {
			return tx.InsertResourceServer(&store.ResourceServer{PoolID: "p", Identifier: "b"})
		})
		wantErr(t, db, store.ErrConflict, func(tx *store.Tx) error {
			return tx.InsertTerms(&store.Terms{ID: "3", PoolID: "p", ClientID: "c", Name: "n1"})
		})
		c.Advance(time.Second)
		update(t, db, func(tx *store.Tx) error {
			terms, err := tx.TermsOfClient("c", "n1")
			if err != nil {
				return err
			}
			stale := *terms
			terms.Name, terms.Body = "n", "{1}"
			if err := tx.UpdateTerms(terms); err != nil {
				return err
			}
			wantNotFound(t, "a stale update", tx.UpdateTerms(&stale))
			if got, err := tx.Terms("1"); err != nil || *got != *terms || got.Version != 2 {
				t.Errorf("updated to %+v, %v", got, err)
			}
			if list, err := tx.TermsOfPool("p", "1", 5); err != nil || len(list) != 1 || list[0].ID != "2" {
				t.Errorf("listed %v, %v", list, err)
			}
			if err := tx.DeleteTerms("1"); err != nil {
				return err
			}
			wantNotFound(t, "deleting again", tx.DeleteTerms("1"))
			if err := tx.DeleteClient("c"); err != nil {
				return err
			}
			_, err = tx.Terms("2")
			wantNotFound(t, "terms of a deleted client", err)
			return nil
		})
	})
}

func TestBrandings(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db, c := withPool(t, cfg)
		text := "x"
		update(t, db, func(tx *store.Tx) error {
			if err := tx.InsertBranding(&store.Branding{ID: "b", PoolID: "p", ClientID: "c", Provided: true}); err != nil {
				return err
			}
			for _, a := range []*store.Asset{
				{BrandingID: "b", Category: "z", ColorMode: "LIGHT", Extension: "PNG", Content: []byte{0, 1}},
				{BrandingID: "b", Category: "a", ColorMode: "LIGHT", ResourceID: "r", Extension: "PNG", Content: []byte{1}},
				{BrandingID: "b", Category: "z", ColorMode: "LIGHT", Extension: "SVG", Content: []byte{2}},
			} {
				if err := tx.PutAsset(a); err != nil {
					return err
				}
			}
			for _, target := range []string{"c", store.AllClients} {
				if err := tx.PutUICustomization(&store.UICustomization{PoolID: "p", Target: target, CSS: &text}); err != nil {
					return err
				}
			}
			return nil
		})
		wantErr(t, db, store.ErrConflict, func(tx *store.Tx) error {
			return tx.InsertBranding(&store.Branding{ID: "d", PoolID: "p", ClientID: "c"})
		})
		c.Advance(time.Second)
		update(t, db, func(tx *store.Tx) error {
			list, err := tx.Assets("b", 5)
			if err != nil || len(list) != 2 || list[0].ResourceID != "r" || list[1].Extension != "SVG" || string(list[1].Content) != "\x02" {
				t.Errorf("assets %v, %v", list, err)
			}
			b, err := tx.BrandingOfClient("c")
			if err != nil {
				return err
			}
			if !b.Provided || b.Settings != nil {
				t.Errorf("read %+v", b)
			}
			stale := *b
			b.Provided, b.Settings = false, &text
			if err := tx.UpdateBranding(b); err != nil {
				return err
			}
			wantNotFound(t, "a stale update", tx.UpdateBranding(&stale))
			got, err := tx.Branding("b")
			if n, countErr := tx.CountBrandings("p"); err != nil || countErr != nil || n != 1 || got.Provided || *got.Settings != text || got.Version != 2 {
				t.Errorf("updated to %+v of %d, %v, %v", got, n, err, countErr)
			}
			u, err := tx.UICustomization("p", "c")
			if err != nil {
				return err
			}
			u.CSS, u.Image, u.ImageVersion = nil, []byte{7}, &text
			if err := tx.PutUICustomization(u); err != nil {
				return err
			}
			u, err = tx.UICustomization("p", "c")
			if err != nil || u.CSS != nil || string(u.Image) != "\x07" || *u.ImageVersion != text || u.Modified.Sub(u.Created) != time.Second {
				t.Errorf("customized to %+v, %v", u, err)
			}
			return tx.DeleteAssets("b")
		})
		update(t, db, func(tx *store.Tx) error {
			if list, err := tx.Assets("b", 5); err != nil || len(list) != 0 {
				t.Errorf("deleted assets %v, %v", list, err)
			}
			if err := tx.DeleteClient("c"); err != nil {
				return err
			}
			_, err := tx.Branding("b")
			wantNotFound(t, "the style of a deleted client", err)
			_, err = tx.UICustomization("p", "c")
			wantNotFound(t, "the look of a deleted client", err)
			if _, err = tx.UICustomization("p", store.AllClients); err != nil {
				t.Errorf("the look of all clients: %v", err)
			}
			if err := tx.DeleteUICustomization("p", store.AllClients); err != nil {
				return err
			}
			_, err = tx.UICustomization("p", store.AllClients)
			wantNotFound(t, "a deleted look", err)
			wantNotFound(t, "deleting a style that is gone", tx.DeleteBranding("b"))
			return nil
		})
	})
}
