package userpool

// Operations: UpdateUserPool, AddCustomAttributes.

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// UpdateUserPool replaces a pool's settings: what the input omits is reset to
// its default, but for the name, the tier and the configurations of issuer and
// key. Errors are those of CreateUserPool, and ResourceNotFoundException,
// TierChangeNotAllowedException.
func (s *Service) UpdateUserPool(ctx context.Context, in *newops.UpdateUserPoolInput) (*cognito.UpdateUserPoolOutput, error) {
	if err := s.checkSMSRole(ctx, aws.ToString(in.UserPoolId), in.SmsConfiguration); err != nil {
		return nil, err
	}
	err := s.changePool(ctx, aws.ToString(in.UserPoolId), func(tx *store.Tx, p *pool) (*pool, error) {
		if err := refuseDuringImport(tx, p.ID); err != nil {
			return nil, err
		}
		if p.replica != nil {
			return p.updatedReplica(in)
		}
		c, err := p.updated(in)
		if err != nil {
			return nil, err
		}
		if err := checkClientsTier(tx, p, c); err != nil {
			return nil, err
		}
		if err := checkDomainsTier(tx, p, c); err != nil {
			return nil, err
		}
		if err := checkReplicas(tx, c); err != nil {
			return nil, err
		}
		if err := checkLogsTier(tx, p, c); err != nil {
			return nil, err
		}
		return c, c.settleKey(tx, p.dataKey)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.UpdateUserPoolOutput{}, nil
}

// updated returns the pool with new settings.
func (p *pool) updated(in *newops.UpdateUserPoolInput) (*pool, error) {
	doc, err := configured(p.Doc, in)
	if err != nil {
		return nil, err
	}
	c := p.clone(doc)
	c.settleMFA()
	if in.PoolName != nil {
		c.Name = *in.PoolName
	}
	if err := c.checkTierChange(p); err != nil {
		return nil, err
	}
	return c, c.check()
}

// AddCustomAttributes adds custom attributes to a pool's schema. They cannot be
// changed or removed. Errors: InvalidParameterException,
// ResourceNotFoundException.
func (s *Service) AddCustomAttributes(ctx context.Context, in *cognito.AddCustomAttributesInput) (*cognito.AddCustomAttributesOutput, error) {
	err := s.changePool(ctx, aws.ToString(in.UserPoolId), func(tx *store.Tx, p *pool) (*pool, error) {
		if err := refuseDuringImport(tx, p.ID); err != nil {
			return nil, err
		}
		doc := *p.Doc
		doc.SchemaAttributes = slices.Clone(doc.SchemaAttributes)
		for i := range in.CustomAttributes {
			var err error
			doc.SchemaAttributes, err = addCustom(doc.SchemaAttributes, &in.CustomAttributes[i], attributeExists)
			if err != nil {
				return nil, err
			}
		}
		return p.clone(&doc), nil
	})
	if err != nil {
		return nil, err
	}
	return &cognito.AddCustomAttributesOutput{}, nil
}

// changePool writes what change makes of a pool of the caller's account and
// region; in a replica's region, of the replica.
func (s *Service) changePool(ctx context.Context, id string, change func(*store.Tx, *pool) (*pool, error)) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		p, err := s.pool(ctx, tx, id)
		if err != nil {
			return err
		}
		if p, err = change(tx, p); err != nil {
			return err
		}
		if p.replica != nil {
			if err := p.encodeReplica(); err != nil {
				return err
			}
			return tx.UpdateReplica(p.replica)
		}
		if err := p.encode(); err != nil {
			return err
		}
		return tx.UpdateUserPool(&p.UserPool)
	})
}
