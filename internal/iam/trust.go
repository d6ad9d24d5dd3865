package iam

import (
	"errors"
	"strings"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/policy"
)

// A trust policy names users and roles by ARN, but means the very user or role
// that had the ARN when the policy was saved (IAM User Guide, "AWS JSON policy
// elements: Principal"). So saving resolves each ARN to a unique id and the
// store keeps which roles trust whom; the stored document shows the ARN while
// the principal exists, its new ARN after a renaming, and the bare unique id
// after its deletion.

func invalidPrincipal(value string) error {
	return wireSyntax(policy.InvalidPrincipal(policy.PrincipalElement{Type: "AWS", Value: value}))
}

// resolveTrust checks that the principals of a valid trust policy exist. It
// returns the document as it is to be stored and the unique ids it names.
func resolveTrust(tx *store.Tx, document string) (stored string, ids []string, err error) {
	p, err := policy.Parse(document)
	if err != nil {
		return "", nil, malformedPolicy("This policy contains invalid Json")
	}
	arns := map[string]string{}
	for _, e := range p.Principals() {
		if e.Type != "AWS" {
			continue
		}
		who, found, err := trustedEntity(tx, e.Value)
		if err != nil {
			return "", nil, err
		}
		if found {
			ids = append(ids, who.ID)
			arns[e.Value] = who.ARN()
		}
	}
	stored, err = replacePrincipals(document, arns)
	return stored, ids, err
}

// replacePrincipals writes other values for AWS principals of the document.
func replacePrincipals(document string, values map[string]string) (string, error) {
	return policy.RewritePrincipals(document, func(p policy.PrincipalElement) (string, bool) {
		now, ok := values[p.Value]
		return now, ok && p.Type == "AWS" && now != p.Value
	})
}

// trustedEntity finds the user or role that a valid principal names. Accounts
// and sessions are no entities; a user or role that does not exist is an error.
func trustedEntity(tx *store.Tx, value string) (e store.IAMEntity, found bool, err error) {
	switch {
	case strings.HasPrefix(value, "AIDA"), strings.HasPrefix(value, "AROA"):
		e, err = tx.IAMEntityByID(value)
		return e, true, orElse(err, invalidPrincipal(value))
	}
	account, kind, path, name, ok := splitEntityARN(value)
	if !ok {
		return e, false, nil
	}
	e, err = tx.IAMEntity(account, kind, name)
	if errors.Is(err, store.ErrNotFound) || err == nil && (e.Path != path || e.Name != name) {
		return e, false, invalidPrincipal(value)
	}
	return e, true, err
}

// splitEntityARN takes the ARN of a user or role apart.
func splitEntityARN(arn string) (account string, kind store.IAMKind, path, name string, ok bool) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "iam" || parts[3] != "" {
		return "", "", "", "", false
	}
	k, rest, found := strings.Cut(parts[5], "/")
	if kind = store.IAMKind(k); !found || kind != store.IAMUser && kind != store.IAMRole {
		return "", "", "", "", false
	}
	i := strings.LastIndexByte(rest, '/')
	return parts[4], kind, "/" + rest[:i+1], rest[i+1:], rest[i+1:] != ""
}

// renameTrusted makes every trust policy that names the entity's old ARN show
// what stands for it now, and the roles' accounts notice.
func renameTrusted(tx *store.Tx, id, oldARN, now string) error {
	roles, err := tx.IAMTrusting(id)
	if err != nil {
		return err
	}
	for _, r := range roles {
		if r.Trust, err = replacePrincipals(r.Trust, map[string]string{oldARN: now}); err != nil {
			return err
		}
		if err := tx.UpdateIAMEntity(r); err != nil {
			return err
		}
		if err := tx.BumpIAMRevision(r.Account); err != nil {
			return err
		}
	}
	return nil
}
