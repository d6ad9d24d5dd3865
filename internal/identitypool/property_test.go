package identitypool

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/smithy-go"
	"pgregory.net/rapid"
)

// world is what a property test knows about the identities that it has seen.
type world struct {
	b     *bed
	pools []string
	// owner is the identity of each login, as the service last answered it.
	owner map[string]string
	// poolOf is the pool in which an identity was first answered.
	poolOf map[string]string
	guests []string
	ids    []string
}

// person is a login that tests draw: a user of one of three providers.
type person struct{ provider, user string }

func (p person) key(pool string) string { return pool + " " + p.provider + " " + p.user }

func (p person) token() string {
	switch p.provider {
	case saml:
		return p.user
	case oidcName:
		return jwtOf(oidcName, p.user, "app", nil)
	}
	return idToken(p.user)
}

func drawPeople(t *rapid.T) []person {
	return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) person {
		return person{rapid.SampledFrom([]string{userPool, oidcName, saml}).Draw(t, "provider"), rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "user")}
	}), 1, 3, func(p person) string { return p.provider }).Draw(t, "people")
}

func tokensOf(people []person) map[string]string {
	m := map[string]string{}
	for _, p := range people {
		m[p.provider] = p.token()
	}
	return m
}

// see checks an answer: an identity stays in its pool, and all logins that
// were accepted together now belong to it. What other logins belonged to a
// merged identity belongs to it too.
func (w *world) see(t *rapid.T, pool, id string, people []person) {
	if was, ok := w.poolOf[id]; ok && was != pool {
		t.Fatalf("identity %s of pool %s was answered in pool %s", id, was, pool)
	}
	if _, ok := w.poolOf[id]; !ok {
		w.ids = append(w.ids, id)
	}
	w.poolOf[id] = pool
	merged := map[string]bool{}
	for _, p := range people {
		if was := w.owner[p.key(pool)]; was != "" && was != id {
			merged[was] = true
		}
		w.owner[p.key(pool)] = id
	}
	for login, owner := range w.owner {
		if merged[owner] {
			w.owner[login] = id
		}
	}
}

func api(err error) bool {
	var e smithy.APIError
	return errors.As(err, &e) && e.ErrorFault() == smithy.FaultClient
}

// TestIdentitiesAreStable draws calls on two pools and checks after each that
// a login keeps its identity but for merges, that no login of one pool yields
// an identity or a session of the other, and that refused calls change nothing.
func TestIdentitiesAreStable(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	rapid.Check(t, func(t *rapid.T) {
		w := &world{b: b, pools: []string{b.full(), b.full()}, owner: map[string]string{}, poolOf: map[string]string{}}
		t.Repeat(map[string]func(*rapid.T){
			"GetId": func(t *rapid.T) {
				pool, people := rapid.SampledFrom(w.pools).Draw(t, "pool"), drawPeople(t)
				out, err := b.s.GetId(context.Background(), &cognitoidentity.GetIdInput{IdentityPoolId: &pool, Logins: tokensOf(people)})
				if err != nil {
					if !api(err) {
						t.Fatal(err)
					}
					return
				}
				if len(people) == 1 {
					if was := w.owner[people[0].key(pool)]; was != "" && was != *out.IdentityId {
						t.Fatalf("%v had %s and has %s", people[0], was, *out.IdentityId)
					}
				}
				w.see(t, pool, *out.IdentityId, people)
			},
			"guest": func(t *rapid.T) {
				pool := rapid.SampledFrom(w.pools).Draw(t, "pool")
				id := b.getID(pool, nil)
				if w.poolOf[id] != "" {
					t.Fatalf("guest %s was there before", id)
				}
				w.see(t, pool, id, nil)
				w.guests = append(w.guests, id)
			},
			"GetCredentials": func(t *rapid.T) {
				if len(w.ids) == 0 {
					t.Skip()
				}
				id, people := rapid.SampledFrom(w.ids).Draw(t, "id"), drawPeople(t)
				pool := w.poolOf[id]
				out, err := b.s.GetCredentialsForIdentity(context.Background(), &cognitoidentity.GetCredentialsForIdentityInput{IdentityId: &id, Logins: tokensOf(people)})
				if err != nil {
					if !api(err) {
						t.Fatal(err)
					}
					return
				}
				s := b.roles.last()
				if s.PoolID != pool || s.IdentityID != *out.IdentityId {
					t.Fatalf("credentials of %s in %s for identity %s in %s", s.IdentityID, s.PoolID, *out.IdentityId, pool)
				}
				w.see(t, pool, *out.IdentityId, people)
			},
			"": func(t *rapid.T) {
				for _, login := range slices.Sorted(maps.Keys(w.owner)) {
					var pool, provider, user string
					fmt.Sscan(login, &pool, &provider, &user)
					if got := b.getID(pool, tokensOf([]person{{provider, user}})); got != w.owner[login] {
						t.Fatalf("%s belongs to %s, want %s", login, got, w.owner[login])
					}
				}
			},
		})
	})
}
