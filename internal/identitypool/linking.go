package identitypool

import (
	"cmp"
	"errors"
	"slices"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// maxLogins is how many logins one identity may have (Developer Guide, Quotas;
// API Reference, MergeDeveloperIdentities).
const maxLogins = 20

const (
	alreadyLinked     = "Logins are already linked to another account."
	tooManyLogins     = "An identity can have at most %d logins."
	identityNotFound  = "Identity '%s' not found."
	identityForbidden = "Access to Identity '%s' is forbidden."
)

// errTooManyLogins stands for the error that operations declare for it, which
// is not the same for all.
var errTooManyLogins = errors.New("too many logins")

// identity returns an identity with its pool, or ResourceNotFoundException.
func (s *Service) identity(tx *store.Tx, id string) (*store.Identity, *pool, error) {
	i, version, err := tx.IdentityInPool(id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, notFound(identityNotFound, id)
	}
	if err != nil {
		return nil, nil, err
	}
	if p := s.pools.get(i.PoolID, version); p != nil {
		return &i, p, nil
	}
	p, err := s.pool(tx, i.PoolID)
	return &i, p, err
}

// owners returns the identities that the logins are bound to, oldest first and
// each once, and which of the logins are bound to none. A single owner comes
// with its ID alone, since an owner is always enabled and has logins.
func owners(tx *store.Tx, p *pool, logins []login) (bound []store.Identity, free []login, err error) {
	for _, l := range logins {
		b, err := tx.Login(p.ID, l.provider, l.subject)
		if errors.Is(err, store.ErrNotFound) {
			free = append(free, l)
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		if !slices.ContainsFunc(bound, func(i store.Identity) bool { return i.ID == b.IdentityID }) {
			bound = append(bound, store.Identity{ID: b.IdentityID, PoolID: p.ID, Authenticated: true})
		}
	}
	if len(bound) < 2 {
		return bound, free, nil
	}
	for i := range bound {
		if bound[i], err = tx.Identity(bound[i].ID); err != nil {
			return nil, nil, err
		}
	}
	slices.SortFunc(bound, func(a, b store.Identity) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return bound, free, nil
}

// link is the plan of what a call with logins does to the identities.
type link struct {
	// owner is the identity that has all the logins in the end; it is new when
	// its ID is empty.
	owner store.Identity
	// others are merged into the owner.
	others []store.Identity
	// free are bound to the owner.
	free []login
}

// settled tells that there is nothing to write.
func (l *link) settled() bool { return l.owner.ID != "" && len(l.others) == 0 && len(l.free) == 0 }

// planNew plans for logins without an identity, as GetId gets them: they belong
// to the oldest identity that one of them is bound to, else to a new one.
func planNew(tx *store.Tx, p *pool, logins []login) (*link, error) {
	bound, free, err := owners(tx, p, logins)
	if err != nil || len(bound) == 0 {
		return &link{free: free}, err
	}
	return &link{owner: bound[0], others: bound[1:], free: free}, nil
}

// planFor plans for logins that come with an identity. A guest is merged into
// the identity that a login is bound to, else it gets the logins itself. Any
// other identity must have one of the logins; a disabled one stands for the
// identity that it was merged into.
func planFor(tx *store.Tx, p *pool, i store.Identity, logins []login) (*link, error) {
	bound, free, err := owners(tx, p, logins)
	if err != nil {
		return nil, err
	}
	if !i.Authenticated && !i.Disabled {
		if len(bound) == 0 {
			return &link{owner: i, free: free}, nil
		}
		return &link{owner: bound[0], others: append(bound[1:], i), free: free}, nil
	}
	target, err := mergedInto(tx, i)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(bound, func(b store.Identity) bool { return b.ID == target })
	if at < 0 {
		return nil, notAuthorized(loginsDontMatch)
	}
	return &link{owner: bound[at], others: slices.Delete(slices.Clone(bound), at, at+1), free: free}, nil
}

// planInto plans for logins of an identity that was proven otherwise: it gets
// them, and the identities that they are bound to are merged into it.
func planInto(tx *store.Tx, p *pool, i store.Identity, logins []login) (*link, error) {
	bound, free, err := owners(tx, p, logins)
	if err != nil {
		return nil, err
	}
	bound = slices.DeleteFunc(bound, func(b store.Identity) bool { return b.ID == i.ID })
	return &link{owner: i, others: bound, free: free}, nil
}

// mergedInto follows the merges of an identity to the one that is in use now.
func mergedInto(tx *store.Tx, i store.Identity) (id string, err error) {
	for hops := 0; i.Disabled && i.MergedInto != "" && hops < 100; hops++ {
		next, err := tx.Identity(i.MergedInto)
		if errors.Is(err, store.ErrNotFound) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		i = next
	}
	return i.ID, nil
}

// apply carries out a plan and returns the ID of the owner. No identity gets
// two users of one provider, but for developer user identifiers.
func (s *Service) apply(tx *store.Tx, p *pool, l *link) (string, error) {
	if l.settled() {
		return l.owner.ID, nil
	}
	if err := checkLink(tx, p, l); err != nil {
		return "", err
	}
	owner := l.owner
	if owner.ID == "" {
		owner = store.Identity{ID: s.ids.IdentityID(p.Region), PoolID: p.ID, Authenticated: true}
		if err := tx.InsertIdentity(&owner); err != nil {
			return "", err
		}
	} else {
		owner.Authenticated = true
		if err := tx.UpdateIdentity(&owner); err != nil {
			return "", err
		}
	}
	for _, o := range l.others {
		if err := merge(tx, o, owner.ID); err != nil {
			return "", err
		}
	}
	for _, f := range l.free {
		err := tx.InsertLogin(&store.IdentityLogin{PoolID: p.ID, Provider: f.provider, Subject: f.subject, IdentityID: owner.ID})
		if err != nil {
			return "", err
		}
	}
	return owner.ID, nil
}

// merge moves the logins of an identity to another and disables it.
func merge(tx *store.Tx, from store.Identity, into string) error {
	if err := tx.MoveLogins(from.ID, into); err != nil {
		return err
	}
	from.Disabled, from.MergedInto = true, into
	return tx.UpdateIdentity(&from)
}

// checkLink checks that what the plan makes is a possible identity.
func checkLink(tx *store.Tx, p *pool, l *link) error {
	users := map[string]string{}
	n := 0
	add := func(provider, subject string) error {
		n++
		if n > maxLogins {
			return errTooManyLogins
		}
		if p.DeveloperProviderName != nil && provider == *p.DeveloperProviderName {
			return nil
		}
		if user, ok := users[provider]; ok && user != subject {
			return conflict(alreadyLinked)
		}
		users[provider] = subject
		return nil
	}
	for _, f := range l.free {
		if err := add(f.provider, f.subject); err != nil {
			return err
		}
	}
	identities := l.others
	if l.owner.ID != "" {
		identities = append([]store.Identity{l.owner}, identities...)
	}
	for _, i := range identities {
		logins, err := tx.LoginsOf(i.ID)
		if err != nil {
			return err
		}
		for _, b := range logins {
			if err := add(b.Provider, b.Subject); err != nil {
				return err
			}
		}
	}
	return nil
}
