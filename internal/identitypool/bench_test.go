package identitypool

import (
	"fmt"
	"testing"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// populate adds identities with logins.
func populate(b *bed, pool string, n int) {
	err := b.db.Update(b.ctx, func(tx *store.Tx) error {
		for i := range n {
			id := b.s.ids.IdentityID(region)
			if err := tx.InsertIdentity(&store.Identity{ID: id, PoolID: pool, Authenticated: true}); err != nil {
				return err
			}
			if err := tx.InsertLogin(&store.IdentityLogin{PoolID: pool, Provider: userPool, Subject: fmt.Sprint("user-", i), IdentityID: id}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func BenchmarkGetId(bench *testing.B) {
	b := newBed(bench)
	pool := b.full()
	populate(b, pool, 10000)
	bench.Run("known", func(bench *testing.B) {
		for i := 0; bench.Loop(); i++ {
			b.getID(pool, logins(userPool, idToken(fmt.Sprint("user-", i%10000))))
		}
	})
	bench.Run("new", func(bench *testing.B) {
		for i := 0; bench.Loop(); i++ {
			b.getID(pool, logins(userPool, idToken(fmt.Sprintf("new-%d-%d", bench.N, i))))
		}
	})
	bench.Run("guest", func(bench *testing.B) {
		for bench.Loop() {
			b.getID(pool, nil)
		}
	})
}

func BenchmarkGetCredentialsForIdentity(bench *testing.B) {
	b := newBed(bench)
	pool := b.full()
	populate(b, pool, 10000)
	l := logins(userPool, idToken("user-7"))
	id := b.getID(pool, l)
	guest := b.getID(pool, nil)
	bench.Run("user", func(bench *testing.B) {
		for bench.Loop() {
			b.roles.sessions = b.roles.sessions[:0]
			b.credentials(id, l)
		}
	})
	bench.Run("guest", func(bench *testing.B) {
		for bench.Loop() {
			b.roles.sessions = b.roles.sessions[:0]
			b.credentials(guest, nil)
		}
	})
}
