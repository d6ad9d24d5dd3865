package identitypool

// Operations: GetCredentialsForIdentity.

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/aws/smithy-go"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// sessionName is the role session name of the enhanced flow, which every ARN
// that GetCallerIdentity shows for it ends with.
const sessionName = "CognitoIdentityCredentials"

// sessionDuration is how long credentials of the enhanced flow last.
const sessionDuration = time.Hour

const invalidConfiguration = "Invalid identity pool configuration. Check assigned IAM roles for this pool."

// proven is an identity with the proof that a call gave of it.
type proven struct {
	pool *pool
	id   string
	// logins are the verified logins; none for a guest, or when the proof is
	// one of the pools' own tokens.
	logins []login
	amr    []string
	// tags are the session tags that come with the proof.
	tags map[string]string
}

func (p *proven) guest() bool { return len(p.amr) == 1 && p.amr[0] == roleUnauthenticated }

// GetCredentialsForIdentity returns credentials of the role that the pool
// gives to the identity, valid for one hour. The logins are verified and linked
// as by GetId; a guest sends none. The answer may name another identity than
// the one asked for, which it was merged into. Errors:
// ResourceNotFoundException, NotAuthorizedException,
// InvalidIdentityPoolConfigurationException when there is no role or it cannot
// be assumed, ResourceConflictException.
func (s *Service) GetCredentialsForIdentity(ctx context.Context, in *cognitoidentity.GetCredentialsForIdentityInput) (*cognitoidentity.GetCredentialsForIdentityOutput, error) {
	who, err := s.prove(ctx, aws.ToString(in.IdentityId), in.Logins, func(*pool) error { return nil })
	if err != nil {
		return nil, err
	}
	role, err := chooseRole(who, aws.ToString(in.CustomRoleArn))
	if err != nil {
		return nil, err
	}
	if s.propagating(who.pool) || tooLong(who.tags) {
		return nil, configurationError()
	}
	session := &Session{
		RoleARN: role, Account: who.pool.Account, Region: who.pool.Region,
		PoolID: who.pool.ID, IdentityID: who.id, AMR: who.amr,
		Name: sessionName, Duration: sessionDuration, Tags: who.tags,
	}
	if who.guest() {
		session.Policy, session.PolicyARNs = guestPolicy, []string{guestPolicyARN}
	}
	c, err := s.roles.AssumeRole(ctx, session)
	if refusedByRole(err) {
		return nil, configurationError()
	}
	if err != nil {
		return nil, err
	}
	return &cognitoidentity.GetCredentialsForIdentityOutput{
		IdentityId: aws.String(who.id),
		Credentials: &types.Credentials{
			AccessKeyId: aws.String(c.AccessKeyID), SecretKey: aws.String(c.SecretAccessKey),
			SessionToken: aws.String(c.SessionToken), Expiration: aws.Time(c.Expiration),
		},
	}, nil
}

// refusedByRole tells whether STS answered with an error of its own, all of
// which are the pool's configuration's fault, and did not break.
func refusedByRole(err error) bool {
	var api smithy.APIError
	return errors.Is(err, ErrRoleRefused) || errors.As(err, &api) && api.ErrorFault() == smithy.FaultClient
}

// propagating tells whether the pool's roles were set so lately that they
// cannot be assumed yet, which the configuration may ask for.
func (s *Service) propagating(p *pool) bool {
	delay := time.Duration(s.delay.Load())
	return delay > 0 && s.clock.Now().Sub(time.UnixMilli(p.RolesSet)) < delay
}

func configurationError() error {
	return &types.InvalidIdentityPoolConfigurationException{Message: aws.String(invalidConfiguration)}
}

// prove finds the identity and checks that the caller may act as it: with its
// logins, or as a guest without any. It links and merges on the way. allowed
// may refuse the pool before that.
func (s *Service) prove(ctx context.Context, id string, tokens map[string]string, allowed func(*pool) error) (*proven, error) {
	var i *store.Identity
	var p *pool
	var g guess
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if i, p, err = s.identity(tx, id); err != nil || len(tokens) == 0 {
			return err
		}
		g, err = s.guess(p, tokens, func(logins []login) (*link, error) { return planFor(tx, p, *i, logins) })
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := allowed(p); err != nil {
		return nil, err
	}
	if len(tokens) == 0 {
		return proveGuest(p, i)
	}
	if own, ok := tokens[identityProvider]; ok {
		return s.proveToken(ctx, p, i, own, tokens)
	}
	logins, err := s.verify(ctx, p, tokens)
	if err != nil {
		return nil, err
	}
	who := &proven{pool: p, logins: logins, amr: amrOf(logins), tags: p.sessionTags(logins)}
	if id, ok := g.right(logins); ok {
		who.id = id
		return who, nil
	}
	who.id, err = s.linked(ctx, p, func(tx *store.Tx) (*link, error) {
		now, _, err := s.identity(tx, id)
		if err != nil {
			return nil, err
		}
		return planFor(tx, p, *now, logins)
	})
	return who, declared(err)
}

// declared turns errTooManyLogins into an error that operations other than
// GetId declare.
func declared(err error) error {
	if errors.Is(err, errTooManyLogins) {
		return invalidParameter(tooManyLogins, maxLogins)
	}
	return err
}

func proveGuest(p *pool, i *store.Identity) (*proven, error) {
	if i.Authenticated || i.Disabled {
		return nil, notAuthorized(identityForbidden, i.ID)
	}
	if !p.AllowUnauthenticatedIdentities {
		return nil, notAuthorized(guestsOff)
	}
	return &proven{pool: p, id: i.ID, amr: []string{roleUnauthenticated}}, nil
}

// amrOf is the claim amr of an identity with these logins.
func amrOf(logins []login) []string {
	amr := []string{roleAuthenticated}
	for _, l := range logins {
		amr = append(amr, l.amr...)
	}
	return amr
}
