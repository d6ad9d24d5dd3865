package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

func TestIAMUses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		at := time.UnixMilli(1700000000123).UTC()
		subject := store.IAMSubject{Account: iamAccount, EntityID: "AIDA1"}
		uses := func(since time.Time) (list []store.IAMUse) {
			t.Helper()
			update(t, db, func(tx *store.Tx) (err error) {
				list, err = tx.IAMUses(subject, since)
				return err
			})
			return list
		}
		touch := func(u store.IAMUse) {
			t.Helper()
			update(t, db, func(tx *store.Tx) error { return tx.TouchIAMUse(u) })
		}
		use := store.IAMUse{EntityID: "AIDA1", Service: "iam", Region: "us-east-1", At: at}
		touch(use)
		if got := uses(time.UnixMilli(1)); len(got) != 0 {
			t.Errorf("uses of nobody: %+v", got)
		}
		update(t, db, func(tx *store.Tx) error {
			return tx.InsertIAMEntity(store.IAMEntity{ID: "AIDA1", Account: iamAccount, Kind: store.IAMUser, Name: "a", Path: "/", Created: at})
		})
		touch(use)
		earlier, later := use, use
		earlier.At, earlier.Region = at.Add(-time.Hour), "eu-west-1"
		later.At, later.Region = at.Add(time.Hour), "eu-central-1"
		touch(earlier)
		if got := uses(at); len(got) != 1 || got[0].Region != "us-east-1" || !got[0].At.Equal(at) || got[0].Users != 1 {
			t.Errorf("an earlier use counts: %+v", got)
		}
		touch(later)
		if got := uses(at); len(got) != 1 || got[0].Region != "eu-central-1" || !got[0].At.Equal(later.At) {
			t.Errorf("a later use does not count: %+v", got)
		}
		if got := uses(at.Add(2 * time.Hour)); len(got) != 0 {
			t.Errorf("a use before the time: %+v", got)
		}

		// One user's uses are bounded; known ones go on.
		update(t, db, func(tx *store.Tx) error {
			for i := range 2010 {
				if err := tx.TouchIAMUse(store.IAMUse{EntityID: "AIDA1", Service: "x", Action: fmt.Sprintf("A%04d", i), Region: "r", At: at}); err != nil {
					return err
				}
			}
			return nil
		})
		later.At = at.Add(3 * time.Hour)
		touch(later)
		if got := uses(at); len(got) != 2000 || !got[0].At.Equal(later.At) {
			t.Errorf("%d uses, the first %+v", len(got), got[0])
		}
		update(t, db, func(tx *store.Tx) error { return tx.DeleteIAMEntity("AIDA1") })
		if got := uses(time.UnixMilli(1)); len(got) != 0 {
			t.Errorf("uses outlive their user: %+v", got)
		}
	})
}

func TestIAMAccountUses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		at := time.UnixMilli(1700000000123).UTC()
		update(t, db, func(tx *store.Tx) error {
			for i, who := range []struct{ id, account, region string }{{"AIDA1", iamAccount, "r1"}, {"AIDA2", iamAccount, "r2"}, {"AIDA3", "999999999999", "r3"}} {
				if err := tx.InsertIAMEntity(store.IAMEntity{ID: who.id, Account: who.account, Kind: store.IAMUser, Name: who.id, Path: "/", Created: at}); err != nil {
					return err
				}
				for _, action := range []string{"", "Get"} {
					if err := tx.TouchIAMUse(store.IAMUse{EntityID: who.id, Service: "s3", Action: action, Region: who.region, At: at.Add(time.Duration(i) * time.Hour)}); err != nil {
						return err
					}
				}
			}
			return tx.TouchIAMUse(store.IAMUse{EntityID: "AIDA1", Service: "iam", Region: "r1", At: at})
		})
		update(t, db, func(tx *store.Tx) error {
			all, err := tx.IAMAccountUses("", at)
			if err != nil {
				return err
			}
			if fmt.Sprint(all) != fmt.Sprint([]store.IAMAccountUse{{"iam", iamAccount, "r1", at, 1}, {"s3", "999999999999", "r3", at.Add(2 * time.Hour), 2}}) {
				t.Errorf("%+v", all)
			}
			own, err := tx.IAMAccountUses(iamAccount, at.Add(time.Minute))
			if err != nil {
				return err
			}
			if fmt.Sprint(own) != fmt.Sprint([]store.IAMAccountUse{{"s3", iamAccount, "r2", at.Add(time.Hour), 1}}) {
				t.Errorf("%+v", own)
			}
			return nil
		})
	})
}
