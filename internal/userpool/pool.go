package userpool

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const poolNotFound = "User pool %s does not exist."

// poolDoc is what a pool's row holds as JSON.
type poolDoc struct {
	// UserPool is the pool as DescribeUserPool shows it, with every default
	// filled in but for members that the row's columns or other tables have.
	UserPool *newops.UserPoolType
	// Mfa is the configuration of SetUserPoolMfaConfig. MfaConfiguration and the
	// SMS configuration are in UserPool.
	Mfa *cognito.GetUserPoolMfaConfigOutput
	// Sessions is the configuration of SetUserPoolSessionConfiguration.
	Sessions *newops.GetUserPoolSessionConfigurationOutput
	// DataKey is the data key of the pool's KmsKeyArn, nil without one.
	DataKey *int64
}

// pool is a user pool, decoded. It is shared: nobody changes it.
type pool struct {
	store.UserPool
	// Doc is the pool as DescribeUserPool shows it. Never nil are Policies and
	// what it holds, AdminCreateUserConfig, VerificationMessageTemplate,
	// EmailConfiguration, LambdaConfig and UserAttributeUpdateSettings; Policies'
	// TemporaryPasswordValidityDays and the like are the values in force.
	Doc *newops.UserPoolType
	// MFA is the configuration of the factors; its members are nil while a
	// factor is not configured.
	MFA *cognito.GetUserPoolMfaConfigOutput
	// Sessions is the configuration of user sessions, nil while it was never set.
	Sessions *newops.GetUserPoolSessionConfigurationOutput

	// dataKey seals the pool's secrets; 0 is the server's own.
	dataKey uint32

	schema map[string]*types.SchemaAttributeType
	// replica is what makes this the pool as it is in a secondary region, nil in
	// the primary one: Region is then the replica's.
	replica *store.Replica
}

// newPool decodes a row.
func newPool(row *store.UserPool) (*pool, error) {
	var doc poolDoc
	if err := awswire.DecodeJSON([]byte(row.Body), &doc); err != nil {
		return nil, fmt.Errorf("body of user pool %s: %w", row.ID, err)
	}
	p := &pool{UserPool: *row, Doc: doc.UserPool, MFA: doc.Mfa, Sessions: doc.Sessions}
	p.dataKey = uint32(aws.ToInt64(doc.DataKey)) //nolint:gosec // it was a uint32
	if p.MFA == nil {
		p.MFA = &cognito.GetUserPoolMfaConfigOutput{}
	}
	p.index()
	p.fill()
	return p, nil
}

// index makes the attributes findable by name.
func (p *pool) index() {
	p.schema = make(map[string]*types.SchemaAttributeType, len(p.Doc.SchemaAttributes))
	for i := range p.Doc.SchemaAttributes {
		a := &p.Doc.SchemaAttributes[i]
		p.schema[*a.Name] = a
	}
}

// fill completes Doc with what the row's columns hold.
func (p *pool) fill() {
	p.Doc.Id, p.Doc.Name, p.Doc.Arn = &p.ID, &p.Name, aws.String(p.arn())
	if p.Doc.AcrConfiguration == nil {
		p.Doc.AcrConfiguration = levelSettings(nil)
	}
	p.Doc.CreationDate, p.Doc.LastModifiedDate = &p.Created, &p.Modified
}

// encode puts Doc and MFA into the row.
func (p *pool) encode() error {
	doc := *p.Doc
	doc.Id, doc.Name, doc.Arn, doc.CreationDate, doc.LastModifiedDate = nil, nil, nil, nil, nil
	d := &poolDoc{UserPool: &doc, Mfa: p.MFA, Sessions: p.Sessions}
	if p.dataKey != 0 {
		d.DataKey = aws.Int64(int64(p.dataKey))
	}
	b, err := awswire.EncodeJSON(d)
	p.Body = string(b)
	return err
}

// pool returns the pool with the ID in the caller's account and region, for
// signed operations; in the region of a replica, as it is there. Errors:
// ResourceNotFoundException, OperationNotEnabledException for what a replica
// does not answer.
func (s *Service) pool(ctx context.Context, tx *store.Tx, id string) (*pool, error) {
	p, err := s.poolIn(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	return p, p.checkReplica(ctx)
}

// poolIn is pool for every operation.
func (s *Service) poolIn(ctx context.Context, tx *store.Tx, id string) (*pool, error) {
	p, err := s.anyPool(tx, id)
	if err != nil {
		return nil, err
	}
	call := awswire.CallOf(ctx)
	if p.Account != call.Account {
		return nil, notFound(poolNotFound, id)
	}
	if p.Region != call.Region {
		return replicaOf(tx, p, call.Region)
	}
	return p, nil
}

// anyPool returns the pool with the ID, whoever asks: for public operations,
// where the pool decides account and region. Errors: ResourceNotFoundException.
func (s *Service) anyPool(tx *store.Tx, id string) (*pool, error) {
	version, err := tx.UserPoolVersion(id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, notFound(poolNotFound, id)
	}
	if err != nil {
		return nil, err
	}
	return s.poolAt(tx, id, version)
}

// poolAt returns the pool, which is known to exist in this version. It must not
// be called in a transaction that has written the pool: what it reads then may
// never be committed, and the cache would keep it.
func (s *Service) poolAt(tx *store.Tx, id string, version int64) (*pool, error) {
	p, err := s.readPool(tx, id, version)
	if err != nil {
		return nil, err
	}
	// What the transaction writes from here on is the pool's.
	return p, tx.SealWith(p.dataKey)
}

func (s *Service) readPool(tx *store.Tx, id string, version int64) (*pool, error) {
	if p, ok := s.pools.get(id, version); ok {
		return p, nil
	}
	row, err := tx.UserPool(id)
	if err != nil {
		return nil, err
	}
	p, err := newPool(row)
	if err != nil {
		return nil, err
	}
	s.pools.put(id, row.Version, p)
	return p, nil
}

// attribute returns the schema of an attribute by its full name (email,
// custom:size, dev:custom:rank), or nil.
func (p *pool) attribute(name string) *types.SchemaAttributeType { return p.schema[name] }

// caseSensitive tells whether usernames and aliases that differ in case only
// are different ones.
func (p *pool) caseSensitive() bool {
	c := p.Doc.UsernameConfiguration
	return c == nil || c.CaseSensitive == nil || *c.CaseSensitive
}

// signsUpWith tells whether email or phone_number serves as username.
func (p *pool) signsUpWith(attribute string) bool {
	return slices.Contains(p.Doc.UsernameAttributes, types.UsernameAttributeType(attribute))
}

// hasAlias tells whether email, phone_number or preferred_username is an alias.
func (p *pool) hasAlias(attribute string) bool {
	return slices.Contains(p.Doc.AliasAttributes, types.AliasAttributeType(attribute))
}

// autoVerifies tells whether email or phone_number is verified automatically.
func (p *pool) autoVerifies(attribute string) bool {
	return slices.Contains(p.Doc.AutoVerifiedAttributes, types.VerifiedAttributeType(attribute))
}

// firstFactor tells whether the pool allows a first authentication factor.
func (p *pool) firstFactor(f types.AuthFactorType) bool {
	return slices.Contains(p.Doc.Policies.SignInPolicy.AllowedFirstAuthFactors, f)
}
