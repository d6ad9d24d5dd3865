package userpool

// Operations: CreateUserPoolClient, DescribeUserPoolClient,
// UpdateUserPoolClient.

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	tooManyClients = "User pool %s is limited to %d app clients."
	secretAndGiven = "ClientSecret cannot be given when GenerateSecret is true."
)

// CreateUserPoolClient creates an app client, with a secret if the input asks
// for one or gives it. Errors: InvalidParameterException,
// InvalidOAuthFlowException, ScopeDoesNotExistException,
// FeatureUnavailableInTierException, ResourceNotFoundException,
// LimitExceededException.
func (s *Service) CreateUserPoolClient(ctx context.Context, in *cognito.CreateUserPoolClientInput) (*newops.CreateUserPoolClientOutput, error) {
	if in.GenerateSecret && in.ClientSecret != nil {
		return nil, invalidParameter(secretAndGiven)
	}
	var c *client
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		p, err := s.pool(ctx, tx, aws.ToString(in.UserPoolId))
		if err != nil {
			return err
		}
		if n, err := tx.CountClients(p.ID); err != nil {
			return err
		} else if n >= s.quotas[quotaClients] {
			return limitExceeded(tooManyClients, p.ID, s.quotas[quotaClients])
		}
		c = &client{Client: store.Client{ID: s.ids.ClientID(), PoolID: p.ID, Name: aws.ToString(in.ClientName)}}
		if secret := s.firstSecret(in); secret != "" {
			c.secrets = []store.ClientSecret{{ClientID: c.ID, Secret: secret}}
		}
		c.Doc = configuredClient(clientSettingsOf(in))
		return s.insertClient(tx, c, p)
	})
	if err != nil {
		return nil, err
	}
	return &newops.CreateUserPoolClientOutput{UserPoolClient: c.wire()}, nil
}

// firstSecret is the secret of a new client: one that is generated, the one
// that is given, or none.
func (s *Service) firstSecret(in *cognito.CreateUserPoolClientInput) string {
	if in.GenerateSecret {
		return s.ids.ClientSecret()
	}
	return aws.ToString(in.ClientSecret)
}

// insertClient checks and writes a new client.
func (s *Service) insertClient(tx *store.Tx, c *client, p *pool) error {
	if err := s.checkClient(tx, c, p, "creating"); err != nil {
		return err
	}
	if err := c.encode(); err != nil {
		return err
	}
	if err := tx.InsertClient(&c.Client); err != nil {
		return err
	}
	for i := range c.secrets {
		c.secrets[i].ID = secretID(c.ID, tx.Now(), nil)
		if err := tx.InsertClientSecret(&c.secrets[i]); err != nil {
			return err
		}
	}
	return nil
}

// DescribeUserPoolClient returns an app client with its secret. Errors:
// ResourceNotFoundException.
func (s *Service) DescribeUserPoolClient(ctx context.Context, in *cognito.DescribeUserPoolClientInput) (*newops.DescribeUserPoolClientOutput, error) {
	var c *client
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		c, _, err = s.clientOfPool(ctx, tx, aws.ToString(in.UserPoolId), aws.ToString(in.ClientId))
		return err
	})
	if err != nil {
		return nil, err
	}
	return &newops.DescribeUserPoolClientOutput{UserPoolClient: c.wire()}, nil
}

// UpdateUserPoolClient replaces an app client's settings: what the input omits
// is reset to its default, but for the name. Secrets stay. Errors are those of
// CreateUserPoolClient.
func (s *Service) UpdateUserPoolClient(ctx context.Context, in *cognito.UpdateUserPoolClientInput) (*newops.UpdateUserPoolClientOutput, error) {
	var c *client
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		before, p, err := s.clientOfPool(ctx, tx, aws.ToString(in.UserPoolId), aws.ToString(in.ClientId))
		if err != nil {
			return err
		}
		c = &client{Client: before.Client, secrets: before.secrets, Doc: configuredClient(in)}
		c.Doc.ClientType = before.Doc.ClientType
		if in.ClientName != nil {
			c.Name = *in.ClientName
		}
		if err := s.checkClient(tx, c, p, "updating"); err != nil {
			return err
		}
		if err := c.encode(); err != nil {
			return err
		}
		return tx.UpdateClient(&c.Client)
	})
	if err != nil {
		return nil, err
	}
	return &newops.UpdateUserPoolClientOutput{UserPoolClient: c.wire()}, nil
}

// wire is the client as the API shows it. Of two secrets it is the older one
// that programs may still rely on.
func (c *client) wire() *newops.UserPoolClientType {
	doc := *c.Doc
	doc.ClientId, doc.ClientName, doc.UserPoolId = &c.ID, &c.Name, &c.PoolID
	doc.CreationDate, doc.LastModifiedDate = &c.Created, &c.Modified
	if c.hasSecret() {
		doc.ClientSecret = &c.secrets[0].Secret
	}
	return &doc
}
