package userpool

import (
	"maps"
	"slices"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// usedNames are names that users of the pool have, as far as the rows of a batch
// are about them: usernames by their UsernameKey, aliases by kind and form.
type usedNames struct {
	pool      *pool
	usernames map[string]bool
	aliases   map[string]map[string]bool
}

// importedNames finds which names of the rows are in use. One question is asked
// for a whole batch, since rows are many.
func importedNames(tx *store.Tx, p *pool, batch []*importedUser) (*usedNames, error) {
	n := &usedNames{p, map[string]bool{}, map[string]map[string]bool{}}
	for _, kind := range p.aliasKinds() {
		n.aliases[kind] = map[string]bool{}
	}
	for _, row := range batch {
		if row.fault == nil {
			n.ask(row.user)
		}
	}
	var err error
	if n.usernames, err = tx.UsernamesTaken(p.ID, slices.Sorted(maps.Keys(n.usernames))); err != nil {
		return nil, err
	}
	for kind, forms := range n.aliases {
		if n.aliases[kind], err = tx.AliasesTaken(p.ID, kind, slices.Sorted(maps.Keys(forms))); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// ask notes every name that decides whether the user can be added.
func (n *usedNames) ask(u *store.User) {
	n.usernames[u.UsernameKey] = true
	for kind, forms := range n.aliases {
		if value := u.Attributes[kind]; value != "" {
			forms[n.form(kind, value)] = true
		}
		if kind == attrPreferredUsername {
			forms[n.form(kind, u.Username)] = true
			n.usernames[n.pool.foldName(u.Attributes[kind])] = true
		}
	}
}

func (n *usedNames) form(kind, value string) string {
	return store.AliasForm(n.pool.aliasKey(kind, value))
}

// taken is refuseTaken: it tells that somebody has the name of the new user
// already. The error is that of a further name that somebody else has.
func (n *usedNames) taken(u *store.User) (bool, error) {
	p := n.pool
	if n.usernames[u.UsernameKey] || p.hasAlias(attrPreferredUsername) && n.aliasTaken(attrPreferredUsername, u.Username) {
		return true, nil
	}
	for _, k := range p.Doc.UsernameAttributes {
		if value := u.Attributes[string(k)]; value != "" && n.aliasTaken(string(k), value) {
			return true, nil
		}
	}
	for _, kind := range p.aliasKinds() {
		if p.countsAsName(u, kind) && n.aliasTaken(kind, u.Attributes[kind]) {
			return false, aliasExists(kind)
		}
	}
	return false, nil
}

func (n *usedNames) aliasTaken(kind, value string) bool {
	return n.aliases[kind][n.form(kind, value)] || kind == attrPreferredUsername && n.usernames[n.pool.foldName(value)]
}

// add makes the new user's names used ones.
func (n *usedNames) add(u *store.User) {
	n.usernames[u.UsernameKey] = true
	for kind, forms := range n.aliases {
		if n.pool.countsAsName(u, kind) {
			forms[n.form(kind, u.Attributes[kind])] = true
		}
	}
}

// insertImported adds the users of rows, whose names nobody has.
func insertImported(tx *store.Tx, p *pool, rows []*importedUser) error {
	var users []*store.User
	var aliases []store.UserAlias
	for _, r := range rows {
		users = append(users, r.user)
		for _, kind := range p.aliasKinds() {
			if p.countsAsName(r.user, kind) {
				aliases = append(aliases, store.UserAlias{User: r.user, Kind: kind, Alias: p.aliasKey(kind, r.user.Attributes[kind])})
			}
		}
	}
	if err := tx.InsertUsers(users); err != nil {
		return err
	}
	if err := tx.InsertAliases(aliases); err != nil {
		return err
	}
	if err := tx.SealWith(p.dataKey); err != nil {
		return err
	}
	for _, r := range rows {
		if r.hash == "" {
			continue
		}
		if err := tx.SetPasswordHash(r.user, r.hash); err != nil {
			return err
		}
	}
	return nil
}
