package userpool

import (
	"context"
	"errors"
	"maps"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// refreshBatch is how many providers are looked at in a transaction.
const refreshBatch = 20

// RefreshMetadata reads the metadata of every SAML provider that has a
// MetadataURL anew: a provider's new keys and addresses count from then on
// (Developer Guide, "SAML identity provider names and identifiers": AWS reads it
// every six hours). Metadata that cannot be read leaves what was there.
func (s *Service) RefreshMetadata(ctx context.Context) error {
	for poolID, name := "", ""; ; {
		var rows []*store.IdentityProvider
		err := s.store.View(ctx, func(tx *store.Tx) (err error) {
			rows, err = tx.SAMLProviders(poolID, name, refreshBatch)
			return err
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, row := range rows {
			poolID, name = row.PoolID, row.Name
			if err := s.refreshProvider(ctx, row); err != nil {
				return err
			}
		}
	}
}

func (s *Service) refreshProvider(ctx context.Context, row *store.IdentityProvider) error {
	i, err := newIDP(row)
	if err != nil {
		// The others count all the same.
		s.log.ErrorContext(ctx, "metadata of a SAML provider", "error", err)
		return nil
	}
	if i.Doc.ProviderDetails[detailMetadataURL] == "" {
		return nil
	}
	before, details := i.Metadata, maps.Clone(i.Doc.ProviderDetails)
	if err := s.configureSAML(ctx, i, details); err != nil {
		if ctx.Err() == nil {
			s.log.WarnContext(ctx, "metadata of a SAML provider", "pool", i.PoolID, "provider", i.Name, "error", err)
		}
		return ctx.Err()
	}
	if i.Metadata == before {
		return nil
	}
	i.Doc.ProviderDetails = details
	if err := i.encode(); err != nil {
		return err
	}
	version := i.Version
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		i.Version = version
		// The pool's key seals the provider's secrets.
		if _, err := s.anyPool(tx, i.PoolID); err != nil {
			return err
		}
		return tx.UpdateIdentityProvider(&i.IdentityProvider)
	})
	if errors.Is(err, store.ErrNotFound) || isResourceNotFound(err) {
		return nil // it was changed or deleted meanwhile
	}
	return err
}
