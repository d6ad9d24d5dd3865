package identitypool

// Operations: UnlinkIdentity.

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// UnlinkIdentity removes the logins of providers from an identity; a removed
// login gets a new identity when it is seen again, and an identity without
// logins can no longer be used. The caller proves the identity with its Logins,
// all of which must be the identity's. Errors: ResourceNotFoundException,
// NotAuthorizedException.
func (s *Service) UnlinkIdentity(ctx context.Context, in *cognitoidentity.UnlinkIdentityInput) (*cognitoidentity.UnlinkIdentityOutput, error) {
	id := aws.ToString(in.IdentityId)
	var i *store.Identity
	var p *pool
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		i, p, err = s.identity(tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(in.Logins) == 0 {
		return nil, notAuthorized(identityForbidden, id)
	}
	tokens, own := splitOwn(in.Logins)
	if own != "" {
		claims, err := s.verifyOwn(ctx, own)
		if err != nil {
			return nil, err
		}
		if claims.Subject != i.ID || claims.Audience != p.ID || !slices.Contains(claims.AMR, roleAuthenticated) {
			return nil, notAuthorized(loginsDontMatch)
		}
	}
	logins, err := s.verify(ctx, p, tokens)
	if err != nil {
		return nil, err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error { return s.unlink(tx, id, logins, in.LoginsToRemove) })
	if err != nil {
		return nil, err
	}
	return &cognitoidentity.UnlinkIdentityOutput{}, nil
}

// splitOwn takes the identity pools' own token out of a call's logins.
func splitOwn(logins map[string]string) (others map[string]string, own string) {
	others = map[string]string{}
	for name, token := range logins {
		if name == identityProvider {
			own = token
			continue
		}
		others[name] = token
	}
	return others, own
}

func (s *Service) unlink(tx *store.Tx, id string, proof []login, providers []string) error {
	i, p, err := s.identity(tx, id)
	if err != nil {
		return err
	}
	if i.Disabled {
		return notAuthorized(identityForbidden, id)
	}
	has, err := tx.LoginsOf(id)
	if err != nil {
		return err
	}
	for _, l := range proof {
		if !slices.ContainsFunc(has, func(h store.IdentityLogin) bool { return h.Provider == l.provider && h.Subject == l.subject }) {
			return notAuthorized(loginsDontMatch)
		}
	}
	for _, name := range providers {
		name = s.canonical(name)
		developer := p.DeveloperProviderName != nil && *p.DeveloperProviderName == name
		at := slices.IndexFunc(has, func(h store.IdentityLogin) bool { return h.Provider == name })
		if at < 0 || developer {
			return notAuthorized(loginsDontMatch)
		}
		if err := tx.DeleteLogin(p.ID, has[at].Provider, has[at].Subject); err != nil {
			return err
		}
		has = slices.Delete(has, at, at+1)
	}
	return tx.UpdateIdentity(i)
}
