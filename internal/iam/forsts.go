package iam

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/saml"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/policy"
)

// Role returns the role with the ARN, in any account, with its compiled trust
// policy and its tags. The error is store.ErrNotFound when there is none.
func (s *Service) Role(ctx context.Context, arn string) (role store.IAMEntity, trust *policy.Policy, tags map[string]string, err error) {
	account, kind, path, name, ok := splitEntityARN(arn)
	if !ok || kind != store.IAMRole {
		return role, nil, nil, store.ErrNotFound
	}
	var snap *snapshot
	err = s.store.View(ctx, func(tx *store.Tx) error {
		id, err := s.roleID(tx, account, path, name)
		if err != nil {
			return err
		}
		snap, err = s.snapshot(tx, account, id)
		return err
	})
	if err != nil {
		return role, nil, nil, err
	}
	return snap.entity, snap.trust, snap.tags, nil
}

// roleID finds a role by its exact ARN.
func (s *Service) roleID(tx *store.Tx, account, path, name string) (string, error) {
	revision, err := tx.IAMRevision(account)
	if err != nil {
		return "", err
	}
	key := account + path + name
	if known, ok := s.cache.roles.get(key); ok && known.revision == revision {
		return known.id, nil
	}
	e, err := tx.IAMEntity(account, store.IAMRole, name)
	if err == nil && (e.Path != path || e.Name != name) {
		err = store.ErrNotFound
	}
	if err != nil {
		return "", err
	}
	s.cache.roles.put(key, roleKey{revision, e.ID})
	return e.ID, nil
}

// Principal returns the user or role of the account with the unique id, or
// store.ErrNotFound.
func (s *Service) Principal(ctx context.Context, account, id string) (store.IAMEntity, error) {
	snap, err := s.byID(ctx, account, id)
	if err != nil {
		return store.IAMEntity{}, err
	}
	return snap.entity, nil
}

// PolicyExists tells whether the ARN is a managed policy that the account may
// use: its own, or one of AWS's.
func (s *Service) PolicyExists(ctx context.Context, account, arn string) (found bool, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		err := s.policyExists(tx, account, arn, store.ErrNotFound)
		found = err == nil
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
	return found, err
}

// kindOIDC is the kind of object of an OpenID Connect provider. Its id is the
// ARN, its name the URL without scheme.
const kindOIDC = "oidc-provider"

// oidcBody is what is kept of an OpenID Connect provider.
type oidcBody struct {
	ClientIDs   []string
	Thumbprints []string
}

// OIDCProvider returns the ARN and the client ids of the account's OpenID
// Connect provider for an issuer, or store.ErrNotFound.
func (s *Service) OIDCProvider(ctx context.Context, account, issuer string) (arn string, clientIDs []string, err error) {
	if i := strings.Index(issuer, "://"); i >= 0 {
		issuer = issuer[i+3:]
	}
	var body oidcBody
	err = s.store.View(ctx, func(tx *store.Tx) error {
		o, err := tx.IAMObjectNamed(account, kindOIDC, issuer)
		if err != nil {
			return err
		}
		arn = o.ID
		return json.Unmarshal([]byte(o.Body), &body)
	})
	return arn, body.ClientIDs, err
}

// SAMLProviderExists tells whether the account has the SAML provider.
func (s *Service) SAMLProviderExists(ctx context.Context, account, arn string) (bool, error) {
	_, err := s.samlOptions(ctx, account, arn)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// VerifySAML verifies a base64 SAML response of the account's SAML provider
// for AWS's sign-in. The errors are store.ErrNotFound without the provider and
// those of package saml.
func (s *Service) VerifySAML(ctx context.Context, account, arn, response string) (*saml.Assertion, error) {
	o, err := s.samlOptions(ctx, account, arn)
	if err != nil {
		return nil, err
	}
	return saml.Verify(response, o)
}

// samlSignIn matches AWS's addresses for assertions, of all regions and
// partitions, and its two audiences ("Configure SAML assertions for the
// authentication response", IAM User Guide).
var samlSignIn = regexp.MustCompile(`^(https://([a-z0-9-]+\.)?signin\.(aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com)/saml(/acs/[A-Za-z0-9]+)?|urn:amazon:webservices(:[a-z-]+)?)$`)

func (s *Service) samlOptions(ctx context.Context, account, arn string) (o saml.Options, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		found, err := tx.IAMObject(arn)
		if err == nil && (found.Account != account || found.Kind != kindSAML) {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		_, body, keys, err := samlProvider(tx, account, &found.ID)
		o = saml.Options{
			Metadata: body.Metadata, Encrypted: body.Encryption == string(types.AssertionEncryptionModeTypeRequired), Accept: samlSignIn.MatchString, Now: tx.Now(),
			PrivateKeys: mapSlice(keys, func(k samlKey) string { return k.PEM }),
		}
		return err
	})
	return o, err
}
