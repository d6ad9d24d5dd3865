package identitypool

import (
	"context"
	"errors"
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
	// owner is the identity of each login that has one.
	owner map[person]string
	// poolOf is the pool of each identity, guest tells those that have had no
	// login, into those that were merged into another, gone those that were
	// deleted.
	poolOf map[string]string
	guest  map[string]bool
	into   map[string]string
	gone   map[string]bool
	ids    []string
	// tokens are OpenID tokens by the identity that they are of.
	tokens map[string]string
}

// person is a login that tests draw: a user of a provider, in a pool.
type person struct{ pool, provider, user string }

func (p person) token() string {
	switch p.provider {
	case saml:
		return p.user
	case oidcName:
		return jwtOf(oidcName, p.user, "app", nil)
	}
	return idToken(p.user)
}

var userNames = []string{"a", "b", "c"}

// people draws logins of different providers for a pool.
func people(t *rapid.T, pool string) []person {
	return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) person {
		return person{pool, rapid.SampledFrom([]string{userPool, oidcName, saml}).Draw(t, "provider"), rapid.SampledFrom(userNames).Draw(t, "user")}
	}), 1, 3, func(p person) string { return p.provider }).Draw(t, "people")
}

func tokensOf(people []person) map[string]string {
	m := map[string]string{}
	for _, p := range people {
		m[p.provider] = p.token()
	}
	return m
}

// owners are the identities that the logins have, each once.
func (w *world) owners(people []person) []string {
	var ids []string
	for _, p := range people {
		if id := w.owner[p]; id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// now is the identity that one stands for after merges.
func (w *world) now(id string) string {
	for w.into[id] != "" {
		id = w.into[id]
	}
	return id
}

// merge notes that the identities are one.
func (w *world) merge(ids []string, into string) {
	for _, id := range ids {
		if id == into {
			continue
		}
		w.into[id] = into
		for login, owner := range w.owner {
			if owner == id {
				w.owner[login] = into
			}
		}
	}
}

// see checks an answer, which names an identity, and notes that the logins are
// the identity's now, with all that belonged to their identities.
func (w *world) see(t *rapid.T, pool, id string, people []person) {
	if was, ok := w.poolOf[id]; ok && was != pool {
		t.Fatalf("identity %s of pool %s was answered in pool %s", id, was, pool)
	}
	if w.gone[id] || w.into[id] != "" {
		t.Fatalf("identity %s is gone and was answered", id)
	}
	if _, ok := w.poolOf[id]; !ok {
		w.poolOf[id] = pool
		w.ids = append(w.ids, id)
	}
	w.merge(w.owners(people), id)
	for _, p := range people {
		w.owner[p] = id
	}
	w.guest[id] = len(people) == 0
}

// answered tells whether a call was answered; a refusal must be the client's
// fault.
func answered(t *rapid.T, err error) bool {
	var e smithy.APIError
	if err != nil && !(errors.As(err, &e) && e.ErrorFault() == smithy.FaultClient) {
		t.Fatal(err)
	}
	return err == nil
}

func (w *world) pool(t *rapid.T) string { return rapid.SampledFrom(w.pools).Draw(t, "pool") }

func (w *world) id(t *rapid.T) string {
	if len(w.ids) == 0 {
		t.Skip()
	}
	return rapid.SampledFrom(w.ids).Draw(t, "id")
}

func (w *world) getID(t *rapid.T) {
	pool := w.pool(t)
	who := people(t, pool)
	out, err := w.b.s.GetId(context.Background(), &cognitoidentity.GetIdInput{IdentityPoolId: &pool, Logins: tokensOf(who)})
	if !answered(t, err) {
		if len(who) == 1 {
			t.Fatalf("one login was refused: %v", err)
		}
		return
	}
	had := w.owners(who)
	if len(had) > 0 && !slices.Contains(had, *out.IdentityId) {
		t.Fatalf("%v had %v and got %s", who, had, *out.IdentityId)
	}
	if len(had) == 0 && w.poolOf[*out.IdentityId] != "" {
		t.Fatalf("new logins %v got the identity %s, which is somebody's", who, *out.IdentityId)
	}
	w.see(t, pool, *out.IdentityId, who)
}

func (w *world) newGuest(t *rapid.T) {
	pool := w.pool(t)
	id := w.b.getID(pool, nil)
	if w.poolOf[id] != "" {
		t.Fatalf("guest %s was there before", id)
	}
	w.see(t, pool, id, nil)
}

// proven checks that an identity was given to its own logins only: r was
// answered for id. The logins may be known in other pools, which must not count.
func (w *world) proven(t *rapid.T, id, r string, who []person) {
	had := w.owners(who)
	switch {
	case w.guest[id] && len(had) == 0 && r == id:
	case w.guest[id] && slices.Contains(had, r):
		w.into[id] = r
	case !w.guest[id] && r == w.now(id) && slices.Contains(had, r):
	default:
		t.Fatalf("%v, whose identities are %v, proved %s and got %s", who, had, id, r)
	}
	w.guest[id] = false
	w.see(t, w.poolOf[id], r, who)
}

func (w *world) getCredentials(t *rapid.T) {
	id := w.id(t)
	pool := w.poolOf[id]
	who := people(t, pool)
	before := len(w.b.roles.sessions)
	out, err := w.b.s.GetCredentialsForIdentity(context.Background(), &cognitoidentity.GetCredentialsForIdentityInput{IdentityId: &id, Logins: tokensOf(who)})
	if !answered(t, err) {
		if len(w.b.roles.sessions) != before {
			t.Fatal("a refused call has a session")
		}
		return
	}
	if s := w.b.roles.last(); s.PoolID != pool || s.IdentityID != *out.IdentityId || s.AMR[0] != roleAuthenticated {
		t.Fatalf("credentials of %s in %s (%v) for identity %s in %s", s.IdentityID, s.PoolID, s.AMR, *out.IdentityId, pool)
	}
	w.proven(t, id, *out.IdentityId, who)
}

func (w *world) getToken(t *rapid.T) {
	id := w.id(t)
	who := people(t, w.poolOf[id])
	out, err := w.b.s.GetOpenIdToken(context.Background(), &cognitoidentity.GetOpenIdTokenInput{IdentityId: &id, Logins: tokensOf(who)})
	if !answered(t, err) {
		return
	}
	w.proven(t, id, *out.IdentityId, who)
	w.tokens[*out.IdentityId] = *out.Token
}

// useToken: an identity's own token gives credentials of that identity alone.
func (w *world) useToken(t *rapid.T) {
	if len(w.tokens) == 0 {
		t.Skip()
	}
	of, id := rapid.SampledFrom(slices.Sorted(maps.Keys(w.tokens))).Draw(t, "of"), w.id(t)
	out, err := w.b.s.GetCredentialsForIdentity(context.Background(), &cognitoidentity.GetCredentialsForIdentityInput{
		IdentityId: &id, Logins: map[string]string{identityProvider: w.tokens[of]},
	})
	if answered(t, err) && (of != id || *out.IdentityId != id || w.gone[id] || w.into[id] != "") {
		t.Fatalf("the token of %s gave credentials of %s for %s", of, *out.IdentityId, id)
	}
}

// guestCredentials: nobody's login is not needed for a guest, and for nobody
// else.
func (w *world) guestCredentials(t *rapid.T) {
	id := w.id(t)
	_, err := w.b.s.GetCredentialsForIdentity(context.Background(), &cognitoidentity.GetCredentialsForIdentityInput{IdentityId: &id})
	if ok := answered(t, err); ok != (w.guest[id] && !w.gone[id] && w.into[id] == "") {
		t.Fatalf("credentials of %s without a login: %v", id, err)
	}
}

func (w *world) unlink(t *rapid.T) {
	id := w.id(t)
	who := people(t, w.poolOf[id])
	names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{userPool, oidcName, saml}), 1, 2, rapid.ID[string]).Draw(t, "names")
	_, err := w.b.s.UnlinkIdentity(context.Background(), &cognitoidentity.UnlinkIdentityInput{IdentityId: &id, Logins: tokensOf(who), LoginsToRemove: names})
	if !answered(t, err) {
		return
	}
	if had := w.owners(who); !slices.Equal(had, []string{id}) {
		t.Fatalf("%v, whose identities are %v, unlinked logins of %s", who, had, id)
	}
	for login, owner := range w.owner {
		if owner == id && slices.Contains(names, login.provider) {
			delete(w.owner, login)
		}
	}
}

func (w *world) developer(t *rapid.T) person {
	return person{w.pool(t), devName, rapid.SampledFrom(userNames).Draw(t, "developer's user")}
}

func (w *world) developerToken(t *rapid.T) {
	who := w.developer(t)
	in := &cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput{IdentityPoolId: &who.pool, Logins: map[string]string{devName: who.user}}
	if len(w.ids) > 0 && rapid.Bool().Draw(t, "with an identity") {
		id := w.id(t)
		in.IdentityId = &id
	}
	out, err := w.b.s.GetOpenIdTokenForDeveloperIdentity(w.b.ctx, in)
	if !answered(t, err) {
		if in.IdentityId == nil {
			t.Fatalf("a developer's user was refused: %v", err)
		}
		return
	}
	r, was := *out.IdentityId, w.owner[who]
	switch {
	case was != "" && r != was:
		t.Fatalf("%v had %s and got %s", who, was, r)
	case in.IdentityId != nil && r != *in.IdentityId:
		t.Fatalf("asked for %s, got %s", *in.IdentityId, r)
	case was == "" && in.IdentityId == nil && w.poolOf[r] != "":
		t.Fatalf("%v took over %s", who, r)
	}
	w.see(t, who.pool, r, []person{who})
	w.tokens[r] = *out.Token
}

func (w *world) mergeDevelopers(t *rapid.T) {
	source, destination := w.developer(t), w.developer(t)
	out, err := w.b.s.MergeDeveloperIdentities(w.b.ctx, merge2(source.pool, source.user, destination.user))
	destination.pool = source.pool
	if !answered(t, err) {
		return
	}
	if *out.IdentityId != w.owner[destination] || w.owner[source] == "" {
		t.Fatalf("%v and %v were merged into %s", source, destination, *out.IdentityId)
	}
	w.merge([]string{w.owner[source]}, *out.IdentityId)
}

func (w *world) unlinkDeveloper(t *rapid.T) {
	who, id, name := w.developer(t), w.id(t), devName
	_, err := w.b.s.UnlinkDeveloperIdentity(w.b.ctx, &cognitoidentity.UnlinkDeveloperIdentityInput{
		IdentityPoolId: &who.pool, IdentityId: &id, DeveloperProviderName: &name, DeveloperUserIdentifier: &who.user,
	})
	if !answered(t, err) {
		return
	}
	if w.owner[who] != id {
		t.Fatalf("%v of %s was unlinked from %s", who, w.owner[who], id)
	}
	delete(w.owner, who)
}

func (w *world) remove(t *rapid.T) {
	id := w.id(t)
	out, err := w.b.s.DeleteIdentities(w.b.ctx, &cognitoidentity.DeleteIdentitiesInput{IdentityIdsToDelete: []string{id}})
	if err != nil || (len(out.UnprocessedIdentityIds) == 0) == w.gone[id] {
		t.Fatalf("deleting %s: %v, %v", id, out, err)
	}
	w.gone[id] = true
	maps.DeleteFunc(w.owner, func(_ person, owner string) bool { return owner == id })
}

// check: each login has the identity that it is known to have.
func (w *world) check(t *rapid.T) {
	for login, owner := range w.owner {
		if login.provider == devName {
			out, err := w.b.s.LookupDeveloperIdentity(w.b.ctx, &cognitoidentity.LookupDeveloperIdentityInput{IdentityPoolId: &login.pool, DeveloperUserIdentifier: &login.user})
			if err != nil || *out.IdentityId != owner {
				t.Fatalf("%v belongs to %v, %v, want %s", login, out, err, owner)
			}
			continue
		}
		if got := w.b.getID(login.pool, tokensOf([]person{login})); got != owner {
			t.Fatalf("%v belongs to %s, want %s", login, got, owner)
		}
	}
}

// TestIdentitiesAreStable draws calls on two pools with the same providers and
// users, and checks after each that a login keeps its identity but for merges
// and unlinking, that an identity is given to its own logins alone, so that no
// login of one pool yields an identity or a session of the other, and that
// refused calls change nothing.
func TestIdentitiesAreStable(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	rapid.Check(t, func(t *rapid.T) {
		w := &world{
			b: b, pools: []string{b.full(), b.full()}, owner: map[person]string{}, poolOf: map[string]string{},
			guest: map[string]bool{}, into: map[string]string{}, gone: map[string]bool{}, tokens: map[string]string{},
		}
		t.Repeat(map[string]func(*rapid.T){
			"GetId": w.getID, "GetId of a guest": w.newGuest, "GetCredentialsForIdentity": w.getCredentials,
			"GetCredentialsForIdentity of a guest": w.guestCredentials, "GetOpenIdToken": w.getToken, "own token": w.useToken,
			"UnlinkIdentity": w.unlink, "GetOpenIdTokenForDeveloperIdentity": w.developerToken,
			"MergeDeveloperIdentities": w.mergeDevelopers, "UnlinkDeveloperIdentity": w.unlinkDeveloper,
			"DeleteIdentities": w.remove, "": w.check,
		})
	})
}
