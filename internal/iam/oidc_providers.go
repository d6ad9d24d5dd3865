package iam

// CreateOpenIDConnectProvider, GetOpenIDConnectProvider,
// ListOpenIDConnectProviders, DeleteOpenIDConnectProvider,
// AddClientIDToOpenIDConnectProvider, RemoveClientIDFromOpenIDConnectProvider,
// UpdateOpenIDConnectProviderThumbprint, TagOpenIDConnectProvider,
// UntagOpenIDConnectProvider, ListOpenIDConnectProviderTags

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgOIDCURL         = "Invalid Open ID Connect Provider URL"
	msgOIDCExists      = "Provider with url %s already exists."
	msgOIDCNotFound    = "OpenIDConnect Provider not found for arn %s"
	msgOIDCNoARN       = "OpenId connect Provider %s cannot be found."
	msgThumbprints     = "Thumbprint list must contain fewer than 5 entries."
	maxThumbprints     = 5
	clientIDsQuotaName = "ClientIdsPerOpenIdConnectProvider"
)

// checkOIDCURL accepts https URLs without port and query, and this server's
// own issuers whatever their form.
func (s *Service) checkOIDCURL(raw string) error {
	if s.ownIssuer != nil && s.ownIssuer(raw) {
		return nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.Port() != "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return validationError(msgOIDCURL)
	}
	return nil
}

func withoutScheme(raw string) string {
	if i := strings.Index(raw, "://"); i >= 0 {
		return raw[i+3:]
	}
	return raw
}

// CreateOpenIDConnectProvider registers an OpenID Connect provider, whose
// tokens AssumeRoleWithWebIdentity then takes. Thumbprints are kept and not
// used: keys are fetched over TLS from servers that a public or the system's
// authority vouches for.
func (s *Service) CreateOpenIDConnectProvider(ctx context.Context, in *iam.CreateOpenIDConnectProviderInput) (*iam.CreateOpenIDConnectProviderOutput, error) {
	raw := deref(in.Url)
	if err := s.checkOIDCURL(raw); err != nil {
		return nil, err
	}
	if len(in.ThumbprintList) > maxThumbprints {
		return nil, invalidInput(msgThumbprints)
	}
	if len(in.ClientIDList) > s.quotas.ClientIDsPerProvider {
		return nil, limitExceeded("Cannot exceed quota for %s: %d", clientIDsQuotaName, s.quotas.ClientIDsPerProvider)
	}
	body, err := json.Marshal(oidcBody{ClientIDs: unique(in.ClientIDList), Thumbprints: in.ThumbprintList})
	if err != nil {
		return nil, err
	}
	out := &iam.CreateOpenIDConnectProviderOutput{}
	err = s.update(ctx, func(tx *store.Tx, account string) error {
		n, err := tx.CountIAMObjects(account, kindOIDC)
		if err != nil {
			return err
		}
		if err := quota("OpenIdConnectProvidersPerAccount", n, s.quotas.Providers); err != nil {
			return err
		}
		name := withoutScheme(raw)
		o := store.IAMObject{ID: "arn:aws:iam::" + account + ":oidc-provider/" + name, Account: account, Kind: kindOIDC, Name: name, Body: string(body), Created: tx.Now()}
		if err := tx.InsertIAMObject(o); err != nil {
			return orTaken(err, alreadyExists(msgOIDCExists, raw))
		}
		out.OpenIDConnectProviderArn = &o.ID
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

// unique drops repeated texts and keeps the order.
func unique(list []string) []string {
	out := []string{}
	for _, v := range list {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// object returns the account's object of a kind by its ARN, or absent.
func object(tx *store.Tx, account, kind, arn string, absent error) (store.IAMObject, error) {
	o, err := tx.IAMObject(arn)
	if err == nil && (o.Account != account || o.Kind != kind) {
		err = store.ErrNotFound
	}
	return o, orElse(err, absent)
}

// oidcProvider returns a provider with its body.
func oidcProvider(tx *store.Tx, account string, arn *string) (o store.IAMObject, body oidcBody, err error) {
	o, err = object(tx, account, kindOIDC, deref(arn), noSuchEntity(msgOIDCNotFound, deref(arn)))
	if err == nil {
		err = json.Unmarshal([]byte(o.Body), &body)
	}
	return o, body, err
}

// GetOpenIDConnectProvider returns a provider; its URL comes without https://.
func (s *Service) GetOpenIDConnectProvider(ctx context.Context, in *iam.GetOpenIDConnectProviderInput) (*iam.GetOpenIDConnectProviderOutput, error) {
	out := &iam.GetOpenIDConnectProviderOutput{}
	err := s.view(ctx, func(tx *store.Tx, account string) error {
		o, body, err := oidcProvider(tx, account, in.OpenIDConnectProviderArn)
		if err != nil {
			return err
		}
		tags, err := tx.IAMTags(o.ID)
		out.Url, out.ClientIDList, out.ThumbprintList, out.CreateDate, out.Tags = &o.Name, body.ClientIDs, body.Thumbprints, &o.Created, wireTags(tags)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListOpenIDConnectProviders lists the account's providers, which a quota keeps
// few.
func (s *Service) ListOpenIDConnectProviders(ctx context.Context, _ *iam.ListOpenIDConnectProvidersInput) (*iam.ListOpenIDConnectProvidersOutput, error) {
	var list []store.IAMObject
	err := s.view(ctx, func(tx *store.Tx, account string) (err error) {
		list, err = tx.ListIAMObjects(account, kindOIDC, "", s.quotas.Providers)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &iam.ListOpenIDConnectProvidersOutput{OpenIDConnectProviderList: mapSlice(list, func(o store.IAMObject) types.OpenIDConnectProviderListEntry {
		return types.OpenIDConnectProviderListEntry{Arn: &o.ID}
	})}, nil
}

// DeleteOpenIDConnectProvider deletes a provider.
func (s *Service) DeleteOpenIDConnectProvider(ctx context.Context, in *iam.DeleteOpenIDConnectProviderInput) (*iam.DeleteOpenIDConnectProviderOutput, error) {
	arn := deref(in.OpenIDConnectProviderArn)
	return &iam.DeleteOpenIDConnectProviderOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		o, err := object(tx, account, kindOIDC, arn, noSuchEntity(msgOIDCNoARN, arn))
		if err != nil {
			return err
		}
		return tx.DeleteIAMObject(o.ID)
	})
}

func (s *Service) changeOIDC(ctx context.Context, arn *string, change func(*oidcBody) error) error {
	return s.update(ctx, func(tx *store.Tx, account string) error {
		o, body, err := oidcProvider(tx, account, arn)
		if err != nil {
			return err
		}
		if err := change(&body); err != nil {
			return err
		}
		return saveObject(tx, o, body)
	})
}

// AddClientIDToOpenIDConnectProvider adds an audience; again does nothing.
func (s *Service) AddClientIDToOpenIDConnectProvider(ctx context.Context, in *iam.AddClientIDToOpenIDConnectProviderInput) (*iam.AddClientIDToOpenIDConnectProviderOutput, error) {
	return &iam.AddClientIDToOpenIDConnectProviderOutput{}, s.changeOIDC(ctx, in.OpenIDConnectProviderArn, func(b *oidcBody) error {
		if slices.Contains(b.ClientIDs, deref(in.ClientID)) {
			return nil
		}
		if err := quota(clientIDsQuotaName, len(b.ClientIDs), s.quotas.ClientIDsPerProvider); err != nil {
			return err
		}
		b.ClientIDs = append(b.ClientIDs, deref(in.ClientID))
		return nil
	})
}

// RemoveClientIDFromOpenIDConnectProvider removes an audience; one that is not
// there does nothing.
func (s *Service) RemoveClientIDFromOpenIDConnectProvider(ctx context.Context, in *iam.RemoveClientIDFromOpenIDConnectProviderInput) (*iam.RemoveClientIDFromOpenIDConnectProviderOutput, error) {
	return &iam.RemoveClientIDFromOpenIDConnectProviderOutput{}, s.changeOIDC(ctx, in.OpenIDConnectProviderArn, func(b *oidcBody) error {
		b.ClientIDs = slices.DeleteFunc(b.ClientIDs, func(id string) bool { return id == deref(in.ClientID) })
		return nil
	})
}

// UpdateOpenIDConnectProviderThumbprint replaces the thumbprints.
func (s *Service) UpdateOpenIDConnectProviderThumbprint(ctx context.Context, in *iam.UpdateOpenIDConnectProviderThumbprintInput) (*iam.UpdateOpenIDConnectProviderThumbprintOutput, error) {
	return &iam.UpdateOpenIDConnectProviderThumbprintOutput{}, s.changeOIDC(ctx, in.OpenIDConnectProviderArn, func(b *oidcBody) error {
		if len(in.ThumbprintList) > maxThumbprints {
			return invalidInput(msgThumbprints)
		}
		b.Thumbprints = in.ThumbprintList
		return nil
	})
}

// ofObject resolves an object of a kind by its ARN.
func ofObject(kind string, arn *string, format string) resolve {
	return func(tx *store.Tx, account string) (string, error) {
		o, err := object(tx, account, kind, deref(arn), noSuchEntity(format, deref(arn)))
		return o.ID, err
	}
}

// TagOpenIDConnectProvider adds tags to a provider.
func (s *Service) TagOpenIDConnectProvider(ctx context.Context, in *iam.TagOpenIDConnectProviderInput) (*iam.TagOpenIDConnectProviderOutput, error) {
	return &iam.TagOpenIDConnectProviderOutput{}, s.tag(ctx, ofObject(kindOIDC, in.OpenIDConnectProviderArn, msgOIDCNotFound), in.Tags, msgDuplicateTags)
}

// UntagOpenIDConnectProvider removes tags from a provider.
func (s *Service) UntagOpenIDConnectProvider(ctx context.Context, in *iam.UntagOpenIDConnectProviderInput) (*iam.UntagOpenIDConnectProviderOutput, error) {
	return &iam.UntagOpenIDConnectProviderOutput{}, s.untag(ctx, ofObject(kindOIDC, in.OpenIDConnectProviderArn, msgOIDCNotFound), in.TagKeys)
}

// ListOpenIDConnectProviderTags lists a provider's tags.
func (s *Service) ListOpenIDConnectProviderTags(ctx context.Context, in *iam.ListOpenIDConnectProviderTagsInput) (*iam.ListOpenIDConnectProviderTagsOutput, error) {
	tags, marker, truncated, err := s.listTags(ctx, ofObject(kindOIDC, in.OpenIDConnectProviderArn, msgOIDCNotFound), in.Marker, in.MaxItems)
	return &iam.ListOpenIDConnectProviderTagsOutput{Tags: tags, Marker: marker, IsTruncated: truncated}, err
}
