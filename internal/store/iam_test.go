package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

const iamAccount = "123456789012"

func update(t *testing.T, db *store.DB, f func(*store.Tx) error) {
	t.Helper()
	if err := db.Update(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

func wantErr(t *testing.T, db *store.DB, want error, f func(*store.Tx) error) {
	t.Helper()
	if err := db.Update(context.Background(), f); !errors.Is(err, want) {
		t.Fatalf("error %v, want %v", err, want)
	}
}

func TestIAMEntities(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		made := time.UnixMilli(1700000000123).UTC()
		role := store.IAMEntity{ID: "AROA1", Account: iamAccount, Kind: store.IAMRole, Name: "Admin", Path: "/a/", Trust: "{}", MaxSession: 3600, Created: made}
		update(t, db, func(tx *store.Tx) error { return tx.InsertIAMEntity(role) })
		wantErr(t, db, store.ErrConflict, func(tx *store.Tx) error {
			return tx.InsertIAMEntity(store.IAMEntity{ID: "AROA2", Account: iamAccount, Kind: store.IAMRole, Name: "aDMIN", Path: "/", Created: made})
		})
		update(t, db, func(tx *store.Tx) error {
			for _, e := range []store.IAMEntity{
				{ID: "AIDA1", Account: iamAccount, Kind: store.IAMUser, Name: "admin", Path: "/", Created: made},
				{ID: "AROA3", Account: "999999999999", Kind: store.IAMRole, Name: "admin", Path: "/", Created: made},
				{ID: "AROA4", Account: iamAccount, Kind: store.IAMRole, Name: "Beta", Path: "/b/c/", Created: made},
				{ID: "AGPA1", Account: iamAccount, Kind: store.IAMGroup, Name: "g", Path: "/", Created: made},
			} {
				if err := tx.InsertIAMEntity(e); err != nil {
					return err
				}
			}
			return nil
		})
		update(t, db, func(tx *store.Tx) error {
			got, err := tx.IAMEntity(iamAccount, store.IAMRole, "ADMIN")
			if err != nil || got != role || got.ARN() != "arn:aws:iam::123456789012:role/a/Admin" {
				t.Errorf("%+v %v", got, err)
			}
			list, err := tx.ListIAMEntities(iamAccount, store.IAMRole, "/", "admin", 10)
			if err != nil || len(list) != 1 || list[0].ID != "AROA4" {
				t.Errorf("%+v %v", list, err)
			}
			list, err = tx.ListIAMEntities(iamAccount, store.IAMRole, "/a/", "", 10)
			if err != nil || len(list) != 1 || list[0].ID != "AROA1" {
				t.Errorf("%+v %v", list, err)
			}
			if n, err := tx.CountIAMEntities(iamAccount, store.IAMRole); n != 2 || err != nil {
				t.Errorf("%d %v", n, err)
			}
			return nil
		})
		update(t, db, func(tx *store.Tx) error {
			if err := tx.AddIAMMember("AGPA1", "AIDA1"); err != nil {
				return err
			}
			if err := tx.AddIAMMember("AGPA1", "AIDA1"); err != nil {
				return err
			}
			m, err := tx.IAMMembers("AGPA1", "", 5)
			if len(m) != 1 || m[0].Name != "admin" {
				t.Errorf("%+v", m)
			}
			if err != nil {
				return err
			}
			c, err := tx.IAMContainers("AIDA1", "", 5)
			if len(c) != 1 || c[0].Name != "g" {
				t.Errorf("%+v", c)
			}
			return err
		})
		update(t, db, func(tx *store.Tx) error { return tx.DeleteIAMEntity("AIDA1") })
		wantErr(t, db, store.ErrNotFound, func(tx *store.Tx) error { return tx.RemoveIAMMember("AGPA1", "AIDA1") })
		wantErr(t, db, store.ErrNotFound, func(tx *store.Tx) error { return tx.DeleteIAMEntity("AIDA1") })
		update(t, db, func(tx *store.Tx) error { return tx.TouchIAMEntity("AROA1", "eu-west-1", made.Add(time.Hour)) })
		update(t, db, func(tx *store.Tx) error { return tx.TouchIAMEntity("AROA1", "us-east-1", made) })
		update(t, db, func(tx *store.Tx) error {
			e, err := tx.IAMEntityByID("AROA1")
			if !e.LastUsed.Equal(made.Add(time.Hour)) || e.LastUsedRegion != "eu-west-1" {
				t.Errorf("last used %v %q", e.LastUsed, e.LastUsedRegion)
			}
			return err
		})
	})
}

func TestIAMPoliciesAndGrants(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		now := time.UnixMilli(1700000000000).UTC()
		p := store.IAMPolicy{ID: "ANPA1", Account: iamAccount, ARN: "arn:aws:iam::123456789012:policy/x/P", Name: "P", Path: "/x/", DefaultVersion: 1, LastVersion: 1, Created: now, Updated: now}
		update(t, db, func(tx *store.Tx) error {
			if err := tx.InsertIAMPolicy(p); err != nil {
				return err
			}
			for i, doc := range []string{"one", "two"} {
				if err := tx.InsertIAMPolicyVersion(p.ID, store.IAMPolicyVersion{Version: int64(i + 1), Document: doc, Created: now}); err != nil {
					return err
				}
			}
			for _, e := range []store.IAMEntity{
				{ID: "AIDA1", Account: iamAccount, Kind: store.IAMUser, Name: "u", Path: "/", Boundary: p.ARN, Created: now},
				{ID: "AGPA1", Account: iamAccount, Kind: store.IAMGroup, Name: "g", Path: "/", Created: now},
			} {
				if err := tx.InsertIAMEntity(e); err != nil {
					return err
				}
			}
			if err := tx.AddIAMMember("AGPA1", "AIDA1"); err != nil {
				return err
			}
			for _, a := range []store.IAMAttachment{
				{EntityID: "AGPA1", PolicyARN: p.ARN, Account: iamAccount, Created: now},
				{EntityID: "AGPA1", PolicyARN: p.ARN, Account: iamAccount, Created: now},
				{EntityID: "AIDA1", PolicyARN: "arn:aws:iam::aws:policy/A", Account: iamAccount, Created: now},
			} {
				if err := tx.PutIAMAttachment(a); err != nil {
					return err
				}
			}
			return tx.PutIAMInlinePolicy(store.IAMInlinePolicy{EntityID: "AIDA1", Name: "in", Document: "three"})
		})
		wantErr(t, db, store.ErrConflict, func(tx *store.Tx) error {
			return tx.InsertIAMPolicy(store.IAMPolicy{ID: "ANPA2", Account: iamAccount, ARN: "arn:other", Name: "p", Path: "/", Created: now})
		})
		docs := func(want ...string) {
			t.Helper()
			update(t, db, func(tx *store.Tx) error {
				grants, err := tx.IAMGrants("AIDA1")
				got := map[string]bool{}
				for _, g := range grants {
					got[g.EntityID+g.PolicyARN+g.Name+g.Document] = true
				}
				for _, w := range want {
					if !got[w] {
						t.Errorf("no grant %q in %v", w, got)
					}
				}
				if len(got) != len(want) {
					t.Errorf("grants %v", got)
				}
				return err
			})
		}
		docs("AIDA1inthree", "AGPA1"+p.ARN+"one", "AIDA1arn:aws:iam::aws:policy/A")
		p.DefaultVersion, p.LastVersion = 2, 2
		update(t, db, func(tx *store.Tx) error { return tx.UpdateIAMPolicy(p) })
		docs("AIDA1inthree", "AGPA1"+p.ARN+"two", "AIDA1arn:aws:iam::aws:policy/A")
		update(t, db, func(tx *store.Tx) error { return tx.RemoveIAMMember("AGPA1", "AIDA1") })
		docs("AIDA1inthree", "AIDA1arn:aws:iam::aws:policy/A")
		update(t, db, func(tx *store.Tx) error {
			got, err := tx.IAMPolicy(p.ARN)
			if got.Attachments != 1 || got.Boundaries != 1 {
				t.Errorf("%+v", got)
			}
			for f, want := range map[store.IAMPolicyFilter]int{{}: 1, {Attached: true}: 1, {Boundary: true}: 1, {Permissions: true}: 1, {PathPrefix: "/x/"}: 1, {PathPrefix: "/y/"}: 0} {
				list, err := tx.ListIAMPolicies(iamAccount, f, "", 5)
				if err != nil || len(list) != want {
					t.Errorf("%+v: %d %v", f, len(list), err)
				}
			}
			for _, boundary := range []bool{false, true} {
				kind := map[bool]store.IAMKind{false: store.IAMGroup, true: store.IAMUser}[boundary]
				list, err := tx.ListIAMPolicyEntities(iamAccount, p.ARN, boundary, kind, "/", "", 5)
				if err != nil || len(list) != 1 {
					t.Errorf("%v: %+v %v", boundary, list, err)
				}
			}
			return err
		})
		wantErr(t, db, store.ErrNotFound, func(tx *store.Tx) error { return tx.DeleteIAMAttachment("AIDA1", p.ARN) })
		wantErr(t, db, store.ErrNotFound, func(tx *store.Tx) error { return tx.DeleteIAMInlinePolicy("AIDA1", "IN") })
	})
}

func TestIAMKeysObjectsTags(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		now := time.UnixMilli(1700000000000).UTC()
		key := store.IAMAccessKey{ID: "AKIA1", Account: iamAccount, UserID: "AIDA1", Active: true, Secret: "s3cret", Created: now}
		obj := store.IAMObject{ID: "arn:x", Account: iamAccount, Kind: "k", Name: "n", OwnerID: "AIDA1", Body: `{"a":1}`, Secret: []byte("hidden"), Created: now}
		update(t, db, func(tx *store.Tx) error {
			if err := tx.InsertIAMAccessKey(key); err != nil {
				return err
			}
			if err := tx.InsertIAMObject(obj); err != nil {
				return err
			}
			return tx.PutIAMTags("AIDA1", []store.IAMTag{{Key: "Team", Value: "a"}, {Key: "team", Value: "b"}})
		})
		if _, err := db.RotateDataKey(context.Background()); err != nil {
			t.Fatal(err)
		}
		update(t, db, func(tx *store.Tx) error {
			if err := tx.TouchIAMAccessKey("AKIA1", "sts", "us-east-1", now); err != nil {
				return err
			}
			if err := tx.SetIAMAccessKeyActive("AKIA1", false); err != nil {
				return err
			}
			k, err := tx.IAMAccessKey("AKIA1")
			if k.Secret != "s3cret" || k.Active || k.LastUsedService != "sts" || !k.LastUsed.Equal(now) {
				t.Errorf("%+v", k)
			}
			if err != nil {
				return err
			}
			o, err := tx.IAMObject("arn:x")
			if string(o.Secret) != "hidden" || o.Body != obj.Body {
				t.Errorf("%+v", o)
			}
			if err != nil {
				return err
			}
			tags, err := tx.IAMTags("AIDA1")
			if len(tags) != 1 || tags[0] != (store.IAMTag{Key: "team", Value: "b"}) {
				t.Errorf("%+v", tags)
			}
			return err
		})
		wantErr(t, db, store.ErrConflict, func(tx *store.Tx) error { o := obj; o.ID = "arn:y"; return tx.InsertIAMObject(o) })
		wantErr(t, db, store.ErrConflict, func(tx *store.Tx) error { return tx.InsertIAMAccessKey(key) })
		wantErr(t, db, store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.IAMAccessKey("AKIA2"); return err })
	})
}

func TestIAMAccounts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		update(t, db, func(tx *store.Tx) error {
			a, err := tx.IAMAccount(iamAccount)
			if a != (store.IAMAccount{Account: iamAccount, Settings: "{}"}) {
				t.Errorf("%+v", a)
			}
			if err != nil {
				return err
			}
			if n, err := tx.IAMRevision(iamAccount); n != 0 || err != nil {
				t.Errorf("revision %d %v", n, err)
			}
			if err := tx.BumpIAMRevision(iamAccount); err != nil {
				return err
			}
			return tx.PutIAMAccount(store.IAMAccount{Account: iamAccount, Alias: "acme", Settings: `{"x":1}`})
		})
		update(t, db, func(tx *store.Tx) error {
			a, err := tx.IAMAccount(iamAccount)
			n, _ := tx.IAMRevision(iamAccount)
			if a.Alias != "acme" || a.Settings != `{"x":1}` || n != 2 {
				t.Errorf("%+v %d", a, n)
			}
			return err
		})
		wantErr(t, db, store.ErrConflict, func(tx *store.Tx) error {
			return tx.PutIAMAccount(store.IAMAccount{Account: "999999999999", Alias: "acme", Settings: "{}"})
		})
	})
}

func TestIAMDelegations(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		made := time.UnixMilli(1700000000123).UTC()
		row := func(id, workflow, owner string) store.IAMDelegation {
			return store.IAMDelegation{ID: id, Requestor: iamAccount, WorkflowID: workflow, OwnerAccount: "999999999999", OwnerID: owner, State: "ASSIGNED", Body: "{}",
				Created: made, Updated: made, Expires: made.Add(time.Hour)}
		}
		first := row("dr-1", "one", "me")
		update(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.InsertIAMDelegation(first), tx.InsertIAMDelegation(row("dr-2", "two", "")), tx.InsertIAMDelegation(row("dr-3", "three", "you")))
		})
		wantErr(t, db, store.ErrConflict, func(tx *store.Tx) error { return tx.InsertIAMDelegation(row("dr-4", "one", "")) })
		wantErr(t, db, store.ErrNotFound, func(tx *store.Tx) error { return tx.UpdateIAMDelegation(row("dr-5", "one", "")) })
		update(t, db, func(tx *store.Tx) error {
			if got, err := tx.IAMDelegation("dr-1"); err != nil || got != first {
				t.Errorf("%+v %v", got, err)
			}
			for _, c := range []struct {
				owner, after string
				want         int
			}{{"", "", 2}, {"", "dr-1", 1}, {"you", "", 1}, {"you", "dr-3", 0}, {"nobody", "", 0}} {
				if got, err := tx.IAMDelegations("999999999999", c.owner, c.after, 10); err != nil || len(got) != c.want {
					t.Errorf("%+v: %+v %v", c, got, err)
				}
			}
			if got, err := tx.IAMDelegations(iamAccount, "", "", 10); err != nil || len(got) != 0 {
				t.Errorf("%+v %v", got, err)
			}
			late := first
			late.State, late.Expires = "ACCEPTED", time.Now().Add(time.Hour)
			if err := tx.UpdateIAMDelegation(late); err != nil {
				return err
			}
			if n, err := tx.CountIAMDelegations(iamAccount); err != nil || n != 1 {
				t.Errorf("%d %v", n, err)
			}
			if n, err := tx.PruneIAMDelegations(time.Now(), 1); err != nil || n != 1 {
				t.Errorf("%d %v", n, err)
			}
			if n, err := tx.PruneIAMDelegations(time.Now(), 10); err != nil || n != 1 {
				t.Errorf("%d %v", n, err)
			}
			return nil
		})
	})
}
