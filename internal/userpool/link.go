package userpool

// Operations: AdminLinkProviderForUser, AdminDisableProviderForUser.

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	// poolProvider is the name of the pool itself as a user's provider.
	poolProvider = "Cognito"
	// cognitoSubject is the attribute that stands for the provider's own
	// identifier of its users, whatever it calls it.
	cognitoSubject = "Cognito_Subject"
)

const (
	linkSourceLocal     = "Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, only as a DestinationUser"
	linkSourceSignedUp  = "Merging is not currently supported, provide a SourceUser that has not been signed up in order to link"
	linkSourceLinked    = "SourceUser is already linked to DestinationUser"
	linkSourceElsewhere = "SourceUser is already linked to another user"
	linkIncomplete      = "Invalid %s: ProviderName and ProviderAttributeValue are required"
	linkNoAttribute     = "Invalid %s: ProviderAttributeName is required"
	linkAttribute       = "Invalid %s: ProviderAttributeName must be Cognito_Subject for %s"
	linkNotMapped       = "Invalid %s: ProviderAttributeName %s is not mapped to an attribute of the provider %s"
	tooManyLinks        = "A user cannot have more than %d linked identities."
)

// AdminLinkProviderForUser links who is known to an identity provider by the
// value of an attribute, and has not signed in yet, to a user of the pool: that
// user is signed in when the other one comes. Errors:
// InvalidParameterException, UserNotFoundException, AliasExistsException when
// the identity is linked to another user, LimitExceededException,
// ResourceNotFoundException.
func (s *Service) AdminLinkProviderForUser(ctx context.Context, in *cognito.AdminLinkProviderForUserInput) (*cognito.AdminLinkProviderForUserOutput, error) {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		p, err := s.pool(ctx, tx, aws.ToString(in.UserPoolId))
		if err != nil {
			return err
		}
		source, err := p.identifiedAt(tx, "SourceUser", in.SourceUser)
		if err != nil {
			return err
		}
		if source.provider == nil {
			return invalidParameter(linkSourceLocal)
		}
		u, err := p.destination(tx, in.DestinationUser)
		if err != nil {
			return err
		}
		return s.link(tx, p, source, u)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.AdminLinkProviderForUserOutput{}, nil
}

// identified is a user as a provider knows it. provider is nil for the pool
// itself.
type identified struct {
	provider         *idp
	attribute, value string
}

// identifiedAt checks the member of that name.
func (p *pool) identifiedAt(tx *store.Tx, member string, in *types.ProviderUserIdentifierType) (*identified, error) {
	id, err := p.providerOf(tx, member, in)
	if err != nil || id.provider == nil {
		return id, err
	}
	switch of := types.IdentityProviderTypeType(id.provider.Type); {
	case id.attribute == "":
		return nil, invalidParameter(linkNoAttribute, member)
	case id.attribute == cognitoSubject:
	case of != types.IdentityProviderTypeTypeSaml && of != types.IdentityProviderTypeTypeOidc:
		return nil, invalidParameter(linkAttribute, member, of)
	case id.provider.Doc.AttributeMapping[id.attribute] == "":
		return nil, invalidParameter(linkNotMapped, member, id.attribute, id.provider.Name)
	}
	return id, nil
}

// providerOf finds the provider that the member of that name names.
func (p *pool) providerOf(tx *store.Tx, member string, in *types.ProviderUserIdentifierType) (*identified, error) {
	if in == nil || aws.ToString(in.ProviderName) == "" || aws.ToString(in.ProviderAttributeValue) == "" {
		return nil, invalidParameter(linkIncomplete, member)
	}
	id := &identified{attribute: aws.ToString(in.ProviderAttributeName), value: *in.ProviderAttributeValue}
	if *in.ProviderName == poolProvider {
		return id, nil
	}
	var err error
	id.provider, err = providerNamed(tx, p.ID, *in.ProviderName)
	return id, err
}

// destination finds the user that is to be linked to: by its username, or by
// its identity at another provider, where the name of the attribute is ignored.
func (p *pool) destination(tx *store.Tx, in *types.ProviderUserIdentifierType) (*store.User, error) {
	id, err := p.providerOf(tx, "DestinationUser", in)
	if err != nil {
		return nil, err
	}
	if id.provider == nil {
		u, err := tx.UserByUsername(p.ID, p.foldName(id.value))
		return u, orUserNotFound(err)
	}
	u, err := p.federatedUser(tx, id.provider.Name, id.value)
	if errors.Is(err, store.ErrNotFound) {
		u, err = tx.LinkedUser(p.ID, id.provider.Name, cognitoSubject, id.value)
	}
	return u, orUserNotFound(err)
}

// federatedUsername is the username of who signed up through a provider
// (Developer Guide, "Attribute mapping").
func federatedUsername(provider, subject string) string { return provider + "_" + subject }

// federatedUser returns the user who signed up through the provider, or
// store.ErrNotFound.
func (p *pool) federatedUser(tx *store.Tx, provider, subject string) (*store.User, error) {
	return tx.UserByUsername(p.ID, p.foldName(federatedUsername(provider, subject)))
}

// link links an identity to a user.
func (s *Service) link(tx *store.Tx, p *pool, source *identified, u *store.User) error {
	if err := p.checkUnlinked(tx, source, u); err != nil {
		return err
	}
	n, err := tx.CountLinks(p.ID, u.Sub)
	if err != nil {
		return err
	}
	if n >= s.quotas[quotaLinkedIdentities] {
		return limitExceeded(tooManyLinks, s.quotas[quotaLinkedIdentities])
	}
	err = tx.InsertLink(&store.Link{PoolID: p.ID, Provider: source.provider.Name, Attribute: source.attribute, Value: source.value, Sub: u.Sub})
	if err != nil {
		return err
	}
	if err := addIdentity(u, source.identity(tx.Now())); err != nil {
		return err
	}
	return tx.UpdateUser(u)
}

// checkUnlinked refuses an identity that is linked, or is a user already.
func (p *pool) checkUnlinked(tx *store.Tx, source *identified, u *store.User) error {
	linked, err := tx.LinkedUser(p.ID, source.provider.Name, source.attribute, source.value)
	switch {
	case err == nil && linked.Sub == u.Sub:
		return invalidParameter(linkSourceLinked)
	case err == nil:
		return &types.AliasExistsException{Message: aws.String(linkSourceElsewhere)}
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	if source.attribute != cognitoSubject {
		return nil
	}
	_, err = p.federatedUser(tx, source.provider.Name, source.value)
	if err == nil {
		return invalidParameter(linkSourceSignedUp)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return nil
}

// AdminDisableProviderForUser ends that an identity is linked to a user of the
// pool. Who signed up through the provider is disabled, and a user of the pool
// itself (provider Cognito) loses its password. Errors:
// InvalidParameterException, UserNotFoundException, ResourceNotFoundException.
func (s *Service) AdminDisableProviderForUser(ctx context.Context, in *cognito.AdminDisableProviderForUserInput) (*cognito.AdminDisableProviderForUserOutput, error) {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		p, err := s.pool(ctx, tx, aws.ToString(in.UserPoolId))
		if err != nil {
			return err
		}
		id, err := p.providerOf(tx, "User", in.User)
		if err != nil {
			return err
		}
		if id.provider == nil {
			return p.disableLocal(tx, id)
		}
		return p.unlink(tx, id)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.AdminDisableProviderForUserOutput{}, nil
}

// disableLocal takes a user's password away.
func (p *pool) disableLocal(tx *store.Tx, id *identified) error {
	if id.attribute != cognitoSubject {
		return invalidParameter(linkAttribute, "User", poolProvider)
	}
	u, err := tx.UserByUsername(p.ID, p.foldName(id.value))
	if err != nil {
		return orUserNotFound(err)
	}
	return tx.RemovePassword(u)
}

// unlink ends a link, or disables the user who signed up with the identity.
func (p *pool) unlink(tx *store.Tx, id *identified) error {
	if id.attribute == "" {
		return invalidParameter(linkNoAttribute, "User")
	}
	u, err := tx.LinkedUser(p.ID, id.provider.Name, id.attribute, id.value)
	if errors.Is(err, store.ErrNotFound) && id.attribute == cognitoSubject {
		u, err = p.federatedUser(tx, id.provider.Name, id.value)
		if err != nil {
			return orUserNotFound(err)
		}
		u.Enabled, u.SignedOut = false, tx.Now()
		return tx.UpdateUser(u)
	}
	if err != nil {
		return orUserNotFound(err)
	}
	if err := tx.DeleteLink(p.ID, id.provider.Name, id.attribute, id.value); err != nil {
		return err
	}
	if err := removeIdentity(u, id.provider.Name, id.value); err != nil {
		return err
	}
	return tx.UpdateUser(u)
}
