package identitypool

// Operations: GetOpenIdTokenForDeveloperIdentity, LookupDeveloperIdentity,
// MergeDeveloperIdentities, UnlinkDeveloperIdentity.

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// developerTokenDuration is how long a token of
// GetOpenIdTokenForDeveloperIdentity is valid when TokenDuration is not given.
const developerTokenDuration = 15 * time.Minute

const (
	noDeveloperProvider  = "This identity pool does not support the specified developer provider."
	developerRegistered  = "This developer user identifier is already registered with Cognito."
	developerNotFound    = "Developer user identifier not found."
	developerMismatch    = "The developer user identifier is not linked to Identity '%s'."
	lookupNeedsKey       = "Either IdentityId or DeveloperUserIdentifier must be given."
	principalTagReserved = "Principal tag keys must not begin with aws: %s"
)

// developerLogin is a developer's word for who the user is.
func developerLogin(p *pool, user string) login {
	name := *p.DeveloperProviderName
	return login{
		provider: name, subject: user, developer: true, mapping: name, claims: &Claims{Subject: user},
		amr: []string{name, name + ":" + p.ID + ":" + user},
	}
}

// checkDeveloper returns an error unless name is the pool's developer provider.
func checkDeveloper(p *pool, name string) error {
	if p.DeveloperProviderName == nil || *p.DeveloperProviderName != name {
		return invalidParameter(noDeveloperProvider)
	}
	return nil
}

// GetOpenIdTokenForDeveloperIdentity returns the identity of a user that the
// caller's own backend has authenticated, and a token for it that
// GetCredentialsForIdentity and sts:AssumeRoleWithWebIdentity take. Logins has
// the user's identifier under the pool's developer provider name, and may have
// tokens of other providers to link. With IdentityId the logins are linked to that
// identity, on the developer's word: it need have none of them. A guest among
// them is merged into the identity that a login has. TokenDuration is in seconds.
// Errors: InvalidParameterException, ResourceNotFoundException,
// NotAuthorizedException, ResourceConflictException,
// DeveloperUserAlreadyRegisteredException when the user has another identity
// than IdentityId.
func (s *Service) GetOpenIdTokenForDeveloperIdentity(ctx context.Context, in *cognitoidentity.GetOpenIdTokenForDeveloperIdentityInput) (*cognitoidentity.GetOpenIdTokenForDeveloperIdentityOutput, error) {
	p, err := s.viewPool(ctx, aws.ToString(in.IdentityPoolId))
	if err != nil {
		return nil, err
	}
	logins, err := s.developerLogins(ctx, p, in.Logins)
	if err != nil {
		return nil, err
	}
	tags := p.sessionTags(logins)
	if tags, err = withTags(tags, in.PrincipalTags); err != nil {
		return nil, err
	}
	id, err := s.linked(ctx, p, func(tx *store.Tx) (*link, error) {
		if in.IdentityId == nil {
			return planNew(tx, p, logins)
		}
		return s.planDeveloper(tx, p, *in.IdentityId, logins)
	})
	if err != nil {
		return nil, declared(err)
	}
	valid := developerTokenDuration
	if in.TokenDuration != nil {
		valid = time.Duration(*in.TokenDuration) * time.Second
	}
	jwt, err := s.sign(ctx, p, id, amrOf(logins), tags, valid)
	if err != nil {
		return nil, err
	}
	return &cognitoidentity.GetOpenIdTokenForDeveloperIdentityOutput{IdentityId: aws.String(id), Token: aws.String(jwt)}, nil
}

// viewPool returns the caller's pool.
func (s *Service) viewPool(ctx context.Context, id string) (p *pool, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		p, err = s.ownPool(tx, awswire.CallOf(ctx), id)
		return err
	})
	return p, err
}

// developerLogins verifies the tokens among the logins and takes the
// developer's user identifier, which comes first, at its word.
func (s *Service) developerLogins(ctx context.Context, p *pool, given map[string]string) ([]login, error) {
	if p.DeveloperProviderName == nil {
		return nil, invalidParameter(noDeveloperProvider)
	}
	user, ok := given[*p.DeveloperProviderName]
	if !ok {
		return nil, invalidParameter(noDeveloperProvider)
	}
	tokens := maps.Clone(given)
	delete(tokens, *p.DeveloperProviderName)
	logins, err := s.verify(ctx, p, tokens)
	if err != nil {
		return nil, err
	}
	return append([]login{developerLogin(p, user)}, logins...), nil
}

// withTags adds a developer's own session tags to those of the logins.
func withTags(tags, own map[string]string) (map[string]string, error) {
	for key := range own {
		if len(key) >= 4 && (key[:4] == "aws:" || key[:4] == "AWS:") {
			return nil, invalidParameter(principalTagReserved, key)
		}
	}
	if len(own) == 0 {
		return tags, nil
	}
	all := maps.Clone(own)
	for key, value := range tags {
		if _, ok := all[key]; !ok {
			all[key] = value
		}
	}
	return all, nil
}

// planDeveloper plans for a developer's login with an identity.
func (s *Service) planDeveloper(tx *store.Tx, p *pool, id string, logins []login) (*link, error) {
	i, of, err := s.identity(tx, id)
	if err != nil {
		return nil, err
	}
	if of.ID != p.ID {
		return nil, notFound(identityNotFound, id)
	}
	if i.Disabled {
		return nil, notAuthorized(identityForbidden, id)
	}
	b, err := tx.Login(p.ID, logins[0].provider, logins[0].subject)
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return nil, err
	case b.IdentityID != id:
		return nil, &types.DeveloperUserAlreadyRegisteredException{Message: aws.String(developerRegistered)}
	}
	if !i.Authenticated {
		return planFor(tx, p, *i, logins)
	}
	return planInto(tx, p, *i, logins)
}

// LookupDeveloperIdentity returns the identity of a developer's user
// identifier, or the identifiers of an identity in pages. With both it checks
// that they belong together. Errors: InvalidParameterException with neither,
// ResourceNotFoundException, ResourceConflictException when they do not match.
func (s *Service) LookupDeveloperIdentity(ctx context.Context, in *cognitoidentity.LookupDeveloperIdentityInput) (*cognitoidentity.LookupDeveloperIdentityOutput, error) {
	poolID, id := aws.ToString(in.IdentityPoolId), aws.ToString(in.IdentityId)
	if in.IdentityId == nil && in.DeveloperUserIdentifier == nil {
		return nil, invalidParameter(lookupNeedsKey)
	}
	scope := "developer/" + poolID + "/" + id
	after, err := s.openPage(scope, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &cognitoidentity.LookupDeveloperIdentityOutput{}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		p, err := s.ownPool(tx, awswire.CallOf(ctx), poolID)
		if err != nil {
			return err
		}
		if p.DeveloperProviderName == nil {
			return invalidParameter(noDeveloperProvider)
		}
		if in.DeveloperUserIdentifier != nil {
			return lookupUser(tx, p, *in.DeveloperUserIdentifier, in.IdentityId, out)
		}
		users, err := s.developerUsers(tx, p, id)
		if err != nil {
			return err
		}
		out.IdentityId = in.IdentityId
		out.DeveloperUserIdentifierList, out.NextToken = s.pageOf(users, scope, after, pageSize(in.MaxResults))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func lookupUser(tx *store.Tx, p *pool, user string, id *string, out *cognitoidentity.LookupDeveloperIdentityOutput) error {
	b, err := tx.Login(p.ID, *p.DeveloperProviderName, user)
	if errors.Is(err, store.ErrNotFound) {
		return notFound(developerNotFound)
	}
	if err != nil {
		return err
	}
	if id != nil && *id != b.IdentityID {
		return conflict(developerMismatch, *id)
	}
	out.IdentityId, out.DeveloperUserIdentifierList = aws.String(b.IdentityID), []string{user}
	return nil
}

// developerUsers returns the developer's user identifiers of an identity in
// order.
func (s *Service) developerUsers(tx *store.Tx, p *pool, id string) ([]string, error) {
	_, of, err := s.identity(tx, id)
	if err != nil {
		return nil, err
	}
	if of.ID != p.ID {
		return nil, notFound(identityNotFound, id)
	}
	logins, err := tx.LoginsOf(id)
	if err != nil {
		return nil, err
	}
	users := []string{}
	for _, l := range logins {
		if l.Provider == *p.DeveloperProviderName {
			users = append(users, l.Subject)
		}
	}
	slices.Sort(users)
	return users, nil
}

// pageOf returns the page of sorted items after one of them.
func (s *Service) pageOf(items []string, scope, after string, limit int) (page []string, next *string) {
	at, found := slices.BinarySearch(items, after)
	if found {
		at++
	}
	page = items[at:]
	if len(page) > limit {
		page = page[:limit]
		next = s.nextPage(scope, page[limit-1])
	}
	return page, next
}

// MergeDeveloperIdentities gives the logins of the source user's identity to
// that of the destination user, whose ID it returns; the source identity is
// disabled. Errors: ResourceNotFoundException, ResourceConflictException when
// both have a login of the same public provider, InvalidParameterException for
// more than 20 logins together.
func (s *Service) MergeDeveloperIdentities(ctx context.Context, in *cognitoidentity.MergeDeveloperIdentitiesInput) (*cognitoidentity.MergeDeveloperIdentitiesOutput, error) {
	call := awswire.CallOf(ctx)
	var id string
	err := s.update(ctx, func(tx *store.Tx) error {
		p, err := s.ownPool(tx, call, aws.ToString(in.IdentityPoolId))
		if err != nil {
			return err
		}
		if err := checkDeveloper(p, aws.ToString(in.DeveloperProviderName)); err != nil {
			return err
		}
		source, err := developerIdentity(tx, p, aws.ToString(in.SourceUserIdentifier))
		if err != nil {
			return err
		}
		destination, err := developerIdentity(tx, p, aws.ToString(in.DestinationUserIdentifier))
		if err != nil {
			return err
		}
		l := &link{owner: *destination}
		if source.ID != destination.ID {
			l.others = []store.Identity{*source}
		}
		id, err = s.apply(tx, p, l)
		return err
	})
	if err != nil {
		return nil, declared(err)
	}
	return &cognitoidentity.MergeDeveloperIdentitiesOutput{IdentityId: aws.String(id)}, nil
}

func developerIdentity(tx *store.Tx, p *pool, user string) (*store.Identity, error) {
	b, err := tx.Login(p.ID, *p.DeveloperProviderName, user)
	if errors.Is(err, store.ErrNotFound) {
		return nil, notFound(developerNotFound)
	}
	if err != nil {
		return nil, err
	}
	i, err := tx.Identity(b.IdentityID)
	return &i, err
}

// UnlinkDeveloperIdentity removes a developer's user identifier from an
// identity. Errors: ResourceNotFoundException, ResourceConflictException when
// it belongs to another identity.
func (s *Service) UnlinkDeveloperIdentity(ctx context.Context, in *cognitoidentity.UnlinkDeveloperIdentityInput) (*cognitoidentity.UnlinkDeveloperIdentityOutput, error) {
	call, id := awswire.CallOf(ctx), aws.ToString(in.IdentityId)
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		p, err := s.ownPool(tx, call, aws.ToString(in.IdentityPoolId))
		if err != nil {
			return err
		}
		if err := checkDeveloper(p, aws.ToString(in.DeveloperProviderName)); err != nil {
			return err
		}
		i, of, err := s.identity(tx, id)
		if err != nil {
			return err
		}
		if of.ID != p.ID {
			return notFound(identityNotFound, id)
		}
		owner, err := developerIdentity(tx, p, aws.ToString(in.DeveloperUserIdentifier))
		if err != nil {
			return err
		}
		if owner.ID != id {
			return conflict(developerMismatch, id)
		}
		if err := tx.DeleteLogin(p.ID, *p.DeveloperProviderName, aws.ToString(in.DeveloperUserIdentifier)); err != nil {
			return err
		}
		return tx.UpdateIdentity(i)
	})
	if err != nil {
		return nil, err
	}
	return &cognitoidentity.UnlinkDeveloperIdentityOutput{}, nil
}
