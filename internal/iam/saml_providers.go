package iam

// CreateSAMLProvider, GetSAMLProvider, UpdateSAMLProvider, DeleteSAMLProvider,
// ListSAMLProviders, TagSAMLProvider, UntagSAMLProvider, ListSAMLProviderTags

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"encoding/xml"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/crewjam/saml"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// kindSAML is the kind of object of a SAML provider. Its id is its ARN.
const kindSAML = "saml-provider"

const (
	msgSAMLMetadata = "Could not parse metadata"
	msgSAMLExists   = "SAML provider with name %s already exists."
	msgSAMLNotFound = "Manifest not found for arn %s"
	msgSAMLKey      = "Invalid private key."
	msgSAMLKeyGone  = "The private key with id %s cannot be found."
	msgSAMLNoKey    = "A private key is needed where assertions are encrypted."

	maxSAMLKeys = 2
	// samlValidity is how long metadata is good that does not say so.
	samlValidity = 100 * 365 * 24 * time.Hour
)

// samlBody is what is kept of a SAML provider besides its private keys.
type samlBody struct {
	UUID, Metadata, Encryption string
	ValidUntil                 int64 // Unix seconds
}

// samlKey is a private key that assertions are decrypted with. They are kept
// sealed.
type samlKey struct {
	ID, PEM string
	Added   int64 // Unix seconds
}

// parseSAML reads the metadata document of an identity provider.
func parseSAML(document string) (*saml.EntityDescriptor, error) {
	d := &saml.EntityDescriptor{}
	if err := xml.Unmarshal([]byte(document), d); err != nil || d.EntityID == "" || len(d.IDPSSODescriptors) == 0 {
		return nil, invalidInput(msgSAMLMetadata)
	}
	for _, idp := range d.IDPSSODescriptors {
		if len(idp.KeyDescriptors) == 0 {
			return nil, invalidInput(msgSAMLMetadata)
		}
	}
	return d, nil
}

func validUntil(d *saml.EntityDescriptor, now time.Time) int64 {
	if !d.ValidUntil.IsZero() {
		return d.ValidUntil.Unix()
	}
	return now.Add(samlValidity).Unix()
}

func parseSAMLKey(text string) error {
	block, rest := pem.Decode([]byte(text))
	if block == nil || strings.TrimSpace(string(rest)) != "" {
		return invalidInput(msgSAMLKey)
	}
	if _, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		return nil
	}
	if _, err := x509.ParsePKCS1PrivateKey(block.Bytes); err != nil {
		return invalidInput(msgSAMLKey)
	}
	return nil
}

// addSAMLKey puts a private key before the others.
func addSAMLKey(tx *store.Tx, keys []samlKey, text string) ([]samlKey, error) {
	if err := parseSAMLKey(text); err != nil {
		return nil, err
	}
	if err := quota("PrivateKeysPerSamlProvider", len(keys), maxSAMLKeys); err != nil {
		return nil, err
	}
	return append([]samlKey{{ID: tx.IDs().UniqueID("ASKP"), PEM: text, Added: tx.Now().Unix()}}, keys...), nil
}

// CreateSAMLProvider registers a SAML 2.0 identity provider by its metadata.
func (s *Service) CreateSAMLProvider(ctx context.Context, in *iam.CreateSAMLProviderInput) (*iam.CreateSAMLProviderOutput, error) {
	d, err := parseSAML(deref(in.SAMLMetadataDocument))
	if err != nil {
		return nil, err
	}
	if in.AssertionEncryptionMode == types.AssertionEncryptionModeTypeRequired && in.AddPrivateKey == nil {
		return nil, invalidInput(msgSAMLNoKey)
	}
	out := &iam.CreateSAMLProviderOutput{}
	err = s.update(ctx, func(tx *store.Tx, account string) error {
		n, err := tx.CountIAMObjects(account, kindSAML)
		if err != nil {
			return err
		}
		if err := quota("SAMLProvidersPerAccount", n, s.quotas.Providers); err != nil {
			return err
		}
		name := deref(in.Name)
		o := store.IAMObject{ID: "arn:aws:iam::" + account + ":saml-provider/" + name, Account: account, Kind: kindSAML, Name: name, Body: "{}", Created: tx.Now()}
		if err := tx.InsertIAMObject(o); err != nil {
			return orTaken(err, alreadyExists(msgSAMLExists, name))
		}
		body := samlBody{
			UUID: tx.IDs().UniqueID("ASMP"), Metadata: deref(in.SAMLMetadataDocument), Encryption: string(in.AssertionEncryptionMode), ValidUntil: validUntil(d, tx.Now()),
		}
		var keys []samlKey
		if in.AddPrivateKey != nil {
			if keys, err = addSAMLKey(tx, nil, *in.AddPrivateKey); err != nil {
				return err
			}
		}
		if err := saveSAML(tx, o, body, keys); err != nil {
			return err
		}
		out.SAMLProviderArn = &o.ID
		if err := putTags(tx, o.ID, in.Tags, msgDuplicateTags); err != nil {
			return err
		}
		out.Tags, err = tagsOf(tx, o.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func saveSAML(tx *store.Tx, o store.IAMObject, body samlBody, keys []samlKey) error {
	secret, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	o.Secret = secret
	return saveObject(tx, o, body)
}

func samlProvider(tx *store.Tx, account string, arn *string) (o store.IAMObject, body samlBody, keys []samlKey, err error) {
	o, err = object(tx, account, kindSAML, deref(arn), noSuchEntity(msgSAMLNotFound, deref(arn)))
	if err == nil {
		err = json.Unmarshal([]byte(o.Body), &body)
	}
	if err == nil {
		err = json.Unmarshal(o.Secret, &keys)
	}
	return o, body, keys, err
}

// GetSAMLProvider returns a provider's metadata.
func (s *Service) GetSAMLProvider(ctx context.Context, in *iam.GetSAMLProviderInput) (*iam.GetSAMLProviderOutput, error) {
	out := &iam.GetSAMLProviderOutput{}
	err := s.view(ctx, func(tx *store.Tx, account string) error {
		o, body, keys, err := samlProvider(tx, account, in.SAMLProviderArn)
		if err != nil {
			return err
		}
		until := time.Unix(body.ValidUntil, 0).UTC()
		out.SAMLMetadataDocument, out.SAMLProviderUUID, out.CreateDate, out.ValidUntil = &body.Metadata, &body.UUID, &o.Created, &until
		out.AssertionEncryptionMode = types.AssertionEncryptionModeType(body.Encryption)
		out.PrivateKeyList = mapSlice(keys, func(k samlKey) types.SAMLPrivateKey {
			added := time.Unix(k.Added, 0).UTC()
			return types.SAMLPrivateKey{KeyId: &k.ID, Timestamp: &added}
		})
		out.Tags, err = tagsOf(tx, o.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// UpdateSAMLProvider replaces the metadata, or adds or removes a private key.
func (s *Service) UpdateSAMLProvider(ctx context.Context, in *iam.UpdateSAMLProviderInput) (*iam.UpdateSAMLProviderOutput, error) {
	err := s.update(ctx, func(tx *store.Tx, account string) error {
		o, body, keys, err := samlProvider(tx, account, in.SAMLProviderArn)
		if err != nil {
			return err
		}
		if in.SAMLMetadataDocument != nil {
			d, err := parseSAML(*in.SAMLMetadataDocument)
			if err != nil {
				return err
			}
			body.Metadata, body.ValidUntil = *in.SAMLMetadataDocument, validUntil(d, tx.Now())
		}
		if in.RemovePrivateKey != nil {
			kept := []samlKey{}
			for _, k := range keys {
				if k.ID != *in.RemovePrivateKey {
					kept = append(kept, k)
				}
			}
			if len(kept) == len(keys) {
				return noSuchEntity(msgSAMLKeyGone, *in.RemovePrivateKey)
			}
			keys = kept
		}
		if in.AddPrivateKey != nil {
			if keys, err = addSAMLKey(tx, keys, *in.AddPrivateKey); err != nil {
				return err
			}
		}
		if in.AssertionEncryptionMode != "" {
			body.Encryption = string(in.AssertionEncryptionMode)
		}
		if body.Encryption == string(types.AssertionEncryptionModeTypeRequired) && len(keys) == 0 {
			return invalidInput(msgSAMLNoKey)
		}
		return saveSAML(tx, o, body, keys)
	})
	if err != nil {
		return nil, err
	}
	return &iam.UpdateSAMLProviderOutput{SAMLProviderArn: in.SAMLProviderArn}, nil
}

// DeleteSAMLProvider deletes a provider.
func (s *Service) DeleteSAMLProvider(ctx context.Context, in *iam.DeleteSAMLProviderInput) (*iam.DeleteSAMLProviderOutput, error) {
	return &iam.DeleteSAMLProviderOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		o, _, _, err := samlProvider(tx, account, in.SAMLProviderArn)
		if err != nil {
			return err
		}
		return tx.DeleteIAMObject(o.ID)
	})
}

// ListSAMLProviders lists the account's providers, which a quota keeps few.
func (s *Service) ListSAMLProviders(ctx context.Context, _ *iam.ListSAMLProvidersInput) (*iam.ListSAMLProvidersOutput, error) {
	out := &iam.ListSAMLProvidersOutput{SAMLProviderList: []types.SAMLProviderListEntry{}}
	err := s.view(ctx, func(tx *store.Tx, account string) error {
		list, err := tx.ListIAMObjects(account, kindSAML, "", s.quotas.Providers)
		if err != nil {
			return err
		}
		out.SAMLProviderList = out.SAMLProviderList[:0]
		for _, o := range list {
			var body samlBody
			if err := json.Unmarshal([]byte(o.Body), &body); err != nil {
				return err
			}
			until := time.Unix(body.ValidUntil, 0).UTC()
			out.SAMLProviderList = append(out.SAMLProviderList, types.SAMLProviderListEntry{Arn: &o.ID, CreateDate: &o.Created, ValidUntil: &until})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// TagSAMLProvider adds tags to a provider.
func (s *Service) TagSAMLProvider(ctx context.Context, in *iam.TagSAMLProviderInput) (*iam.TagSAMLProviderOutput, error) {
	return &iam.TagSAMLProviderOutput{}, s.tag(ctx, ofObject(kindSAML, in.SAMLProviderArn, msgSAMLNotFound), in.Tags, msgDuplicateTags)
}

// UntagSAMLProvider removes tags from a provider.
func (s *Service) UntagSAMLProvider(ctx context.Context, in *iam.UntagSAMLProviderInput) (*iam.UntagSAMLProviderOutput, error) {
	return &iam.UntagSAMLProviderOutput{}, s.untag(ctx, ofObject(kindSAML, in.SAMLProviderArn, msgSAMLNotFound), in.TagKeys)
}

// ListSAMLProviderTags lists a provider's tags.
func (s *Service) ListSAMLProviderTags(ctx context.Context, in *iam.ListSAMLProviderTagsInput) (*iam.ListSAMLProviderTagsOutput, error) {
	tags, marker, truncated, err := s.listTags(ctx, ofObject(kindSAML, in.SAMLProviderArn, msgSAMLNotFound), in.Marker, in.MaxItems)
	return &iam.ListSAMLProviderTagsOutput{Tags: tags, Marker: marker, IsTruncated: truncated}, err
}
