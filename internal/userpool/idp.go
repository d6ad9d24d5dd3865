package userpool

// Operations: CreateIdentityProvider, UpdateIdentityProvider.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	providerExists      = "A provider with the name %s already exists in this user pool."
	providerNotFound    = "Identity provider %s does not exist."
	providerNameOfType  = "Provider %s cannot be of type %s."
	providerUnsupported = "Identity provider %s is not supported by this operation."
	providerChanged     = "The identity provider %s has been changed by another request."
	tooManyProviders    = "User pool %s is limited to %d identity providers."
	identifierTaken     = "The identifier %s is already in use by an identity provider of this user pool."
	mappingInvalid      = "AttributeMapping contains invalid mapping: [%s]"
)

// mappedUsername is the key of AttributeMapping that names the claim which
// identifies the provider's users. It is no attribute of the pool's schema.
const mappedUsername = "username"

// idp is an identity provider, decoded.
type idp struct {
	store.IdentityProvider
	// Doc is the provider as it is stored: complete, but for its secrets.
	Doc *newops.IdentityProviderType
	// Secret are the provider details that are stored sealed, by name.
	Secret map[string]string
}

func newIDP(row *store.IdentityProvider) (*idp, error) {
	p := &idp{IdentityProvider: *row, Doc: &newops.IdentityProviderType{}, Secret: map[string]string{}}
	if err := awswire.DecodeJSON([]byte(row.Body), p.Doc); err != nil {
		return nil, fmt.Errorf("body of identity provider %s/%s: %w", row.PoolID, row.Name, err)
	}
	if err := json.Unmarshal(row.Secrets, &p.Secret); err != nil {
		return nil, fmt.Errorf("secrets of identity provider %s/%s: %w", row.PoolID, row.Name, err)
	}
	p.Identifiers = p.Doc.IdpIdentifiers
	return p, nil
}

// encode puts Doc and Secret into the row.
func (p *idp) encode() error {
	body, err := awswire.EncodeJSON(p.Doc)
	if err != nil {
		return err
	}
	p.Body, p.Identifiers = string(body), p.Doc.IdpIdentifiers
	p.Secrets, err = json.Marshal(p.Secret)
	return err
}

// wire is the provider as the API shows it: with the client's secret, but
// without the private key.
func (p *idp) wire() *newops.IdentityProviderType {
	doc := *p.Doc
	doc.ProviderDetails = maps.Clone(doc.ProviderDetails)
	if secret, ok := p.Secret[detailClientSecret]; ok {
		doc.ProviderDetails[detailClientSecret] = secret
	}
	doc.UserPoolId, doc.ProviderName, doc.ProviderType = &p.PoolID, &p.Name, types.IdentityProviderTypeType(p.Type)
	doc.CreationDate, doc.LastModifiedDate = &p.Created, &p.Modified
	return &doc
}

// CreateIdentityProvider adds an identity provider to a pool. What is missing of
// a provider's endpoints is read from the provider. Errors:
// InvalidParameterException, DuplicateProviderException,
// LimitExceededException, ResourceNotFoundException.
func (s *Service) CreateIdentityProvider(ctx context.Context, in *newops.CreateIdentityProviderInput) (*newops.CreateIdentityProviderOutput, error) {
	name := aws.ToString(in.ProviderName)
	if err := checkProviderName(name, in.ProviderType); err != nil {
		return nil, err
	}
	if err := s.poolExists(ctx, in.UserPoolId); err != nil {
		return nil, err
	}
	i := &idp{
		IdentityProvider: store.IdentityProvider{PoolID: aws.ToString(in.UserPoolId), Name: name, Type: string(in.ProviderType)},
		Doc: &newops.IdentityProviderType{
			IdentityProviderType: types.IdentityProviderType{
				AttributeMapping: mappingWithUsername(in.AttributeMapping, in.ProviderType), IdpIdentifiers: identifiers(in.IdpIdentifiers),
			},
			AcrMapping: in.AcrMapping,
		},
	}
	if err := s.configureProvider(ctx, i, in.ProviderDetails); err != nil {
		return nil, err
	}
	certificate, err := s.encryptionCertificate(i)
	if err != nil {
		return nil, err
	}
	if err := i.encode(); err != nil {
		return nil, err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		p, err := s.pool(ctx, tx, i.PoolID)
		if err != nil {
			return err
		}
		if err := s.insertProvider(tx, p, i); err != nil {
			return err
		}
		if certificate != nil {
			if err := tx.InsertSAMLCertificate(certificate); err != nil {
				return err
			}
		}
		return addIdentities(tx, p)
	})
	if err != nil {
		return nil, err
	}
	return &newops.CreateIdentityProviderOutput{IdentityProvider: i.wire()}, nil
}

// poolExists refuses a pool that the caller's account and region do not have.
func (s *Service) poolExists(ctx context.Context, id *string) error {
	return s.store.View(ctx, func(tx *store.Tx) error {
		_, err := s.pool(ctx, tx, aws.ToString(id))
		return err
	})
}

// insertProvider checks a new provider against its pool and writes it.
func (s *Service) insertProvider(tx *store.Tx, p *pool, i *idp) error {
	switch _, err := tx.IdentityProvider(p.ID, i.Name); {
	case err == nil:
		return &types.DuplicateProviderException{Message: text(providerExists, []any{i.Name})}
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	if err := checkProvider(tx, p, i); err != nil {
		return err
	}
	n, err := tx.CountIdentityProviders(p.ID)
	if err != nil {
		return err
	}
	if n >= s.quotas[quotaProviders] {
		return limitExceeded(tooManyProviders, p.ID, s.quotas[quotaProviders])
	}
	return tx.InsertIdentityProvider(&i.IdentityProvider)
}

// checkProvider checks what depends on the pool: mapped attributes exist and
// can be written at every sign-in, and nobody else has the identifiers.
func checkProvider(tx *store.Tx, p *pool, i *idp) error {
	if bad := p.unmappable(i.Doc.AttributeMapping); len(bad) > 0 {
		return invalidParameter(mappingInvalid, strings.Join(bad, ", "))
	}
	for _, id := range i.Doc.IdpIdentifiers {
		name, err := tx.IdentityProviderNamed(p.ID, id)
		if err == nil && name != i.Name {
			return invalidParameter(identifierTaken, id)
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}

// unmappable lists the keys of a mapping that are no attributes that a provider
// may set, sorted.
func (p *pool) unmappable(mapping map[string]string) (bad []string) {
	for _, key := range sortedNames(mapping) {
		if key == mappedUsername {
			continue
		}
		a := p.attribute(key)
		if a == nil || !aws.ToBool(a.Mutable) || key == attrIdentities || mapping[key] == "" {
			bad = append(bad, key)
		}
	}
	return bad
}

// subjectClaims are the claims that identify the users of a type of provider.
var subjectClaims = map[types.IdentityProviderTypeType]string{
	types.IdentityProviderTypeTypeOidc:            "sub",
	types.IdentityProviderTypeTypeGoogle:          "sub",
	types.IdentityProviderTypeTypeSignInWithApple: "sub",
	types.IdentityProviderTypeTypeFacebook:        "id",
	types.IdentityProviderTypeTypeLoginWithAmazon: "user_id",
}

// mappingWithUsername returns the mapping with the claim that identifies users,
// which every provider but SAML has.
func mappingWithUsername(given map[string]string, of types.IdentityProviderTypeType) map[string]string {
	mapping := maps.Clone(given)
	if mapping == nil {
		mapping = map[string]string{}
	}
	if claim := subjectClaims[of]; claim != "" && mapping[mappedUsername] == "" {
		mapping[mappedUsername] = claim
	}
	return mapping
}

// identifiers returns the identifiers without those that come twice.
func identifiers(given []string) []string {
	out := []string{}
	for _, id := range given {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// checkProviderName checks that a social provider has its own name, and that
// no other provider has such a name or the pool's own.
func checkProviderName(name string, of types.IdentityProviderTypeType) error {
	social := of != types.IdentityProviderTypeTypeSaml && of != types.IdentityProviderTypeTypeOidc
	taken := slices.Contains(of.Values(), types.IdentityProviderTypeType(name)) || strings.EqualFold(name, localProvider)
	known := slices.Contains(of.Values(), of)
	if !known || social && name != string(of) || !social && taken {
		return invalidParameter(providerNameOfType, name, of)
	}
	return nil
}

// addIdentities gives the pool the attribute that says which identities a user
// has, as pools with federation have it.
func addIdentities(tx *store.Tx, p *pool) error {
	if p.attribute(attrIdentities) != nil {
		return nil
	}
	doc := *p.Doc
	at := slices.IndexFunc(doc.SchemaAttributes, func(a types.SchemaAttributeType) bool { return isCustom(*a.Name) })
	if at < 0 {
		at = len(doc.SchemaAttributes)
	}
	a := standard(attrIdentities, types.AttributeDataTypeString)
	a.StringAttributeConstraints = &types.StringAttributeConstraintsType{}
	doc.SchemaAttributes = slices.Insert(slices.Clone(doc.SchemaAttributes), at, a)
	c := p.clone(&doc)
	if err := c.encode(); err != nil {
		return err
	}
	return tx.UpdateUserPool(&c.UserPool)
}

// UpdateIdentityProvider changes the members of a provider that the input has.
// ProviderDetails are replaced as a whole, but for a private key that is not
// given anew. Errors: InvalidParameterException, ConcurrentModificationException,
// UnsupportedIdentityProviderException for the pool itself,
// ResourceNotFoundException.
func (s *Service) UpdateIdentityProvider(ctx context.Context, in *newops.UpdateIdentityProviderInput) (*newops.UpdateIdentityProviderOutput, error) {
	if err := checkSupported(in.ProviderName); err != nil {
		return nil, err
	}
	var i *idp
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		i, err = s.provider(ctx, tx, in.UserPoolId, in.ProviderName)
		return err
	})
	if err != nil {
		return nil, err
	}
	if in.AttributeMapping != nil {
		i.Doc.AttributeMapping = mappingWithUsername(in.AttributeMapping, types.IdentityProviderTypeType(i.Type))
	}
	if in.IdpIdentifiers != nil {
		i.Doc.IdpIdentifiers = identifiers(in.IdpIdentifiers)
	}
	if in.AcrMapping != nil {
		i.Doc.AcrMapping = in.AcrMapping
	}
	if in.ProviderDetails != nil {
		if err := s.configureProvider(ctx, i, in.ProviderDetails); err != nil {
			return nil, err
		}
	}
	if err := i.encode(); err != nil {
		return nil, err
	}
	version := i.Version
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		p, err := s.pool(ctx, tx, i.PoolID)
		if err != nil {
			return err
		}
		if err := checkProvider(tx, p, i); err != nil {
			return err
		}
		i.Version = version
		return orConcurrent(tx.UpdateIdentityProvider(&i.IdentityProvider), providerChanged, i.Name)
	})
	if err != nil {
		return nil, err
	}
	return &newops.UpdateIdentityProviderOutput{IdentityProvider: i.wire()}, nil
}

// orConcurrent turns store.ErrNotFound of an update, which means that the
// version that was read is not there any more.
func orConcurrent(err error, format string, args ...any) error {
	if errors.Is(err, store.ErrNotFound) {
		return &types.ConcurrentModificationException{Message: text(format, args)}
	}
	return err
}

// checkSupported refuses the pool itself, which can be neither changed nor
// deleted as a provider.
func checkSupported(name *string) error {
	if strings.EqualFold(aws.ToString(name), localProvider) {
		return &types.UnsupportedIdentityProviderException{Message: text(providerUnsupported, []any{*name})}
	}
	return nil
}

// provider returns an identity provider of a pool of the caller's account and
// region. Errors: ResourceNotFoundException.
func (s *Service) provider(ctx context.Context, tx *store.Tx, poolID, name *string) (*idp, error) {
	p, err := s.pool(ctx, tx, aws.ToString(poolID))
	if err != nil {
		return nil, err
	}
	return providerNamed(tx, p.ID, aws.ToString(name))
}

func providerNamed(tx *store.Tx, poolID, name string) (*idp, error) {
	row, err := tx.IdentityProvider(poolID, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, notFound(providerNotFound, name)
	}
	if err != nil {
		return nil, err
	}
	return newIDP(row)
}
