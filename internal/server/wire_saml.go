package server

import (
	"context"
	"errors"

	"github.com/poolhouse-id/poolhouse/internal/iam"
	"github.com/poolhouse-id/poolhouse/internal/identitypool"
	"github.com/poolhouse-id/poolhouse/internal/saml"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// samlProviders is what identity pools need of IAM's SAML providers.
type samlProviders struct{ iam *iam.Service }

// SAMLProviderExists implements identitypool.SAML.
func (p samlProviders) SAMLProviderExists(ctx context.Context, account, arn string) (bool, error) {
	return p.iam.SAMLProviderExists(ctx, account, arn)
}

// VerifySAML implements identitypool.SAML.
func (p samlProviders) VerifySAML(ctx context.Context, account, arn, response string) (*identitypool.Claims, error) {
	a, err := p.iam.VerifySAML(ctx, account, arn, response)
	if err != nil {
		return nil, samlRefusal(err)
	}
	all := make(map[string]any, len(a.Attributes))
	for name, values := range a.Attributes {
		list := make([]any, len(values))
		for i, v := range values {
			list[i] = v
		}
		all[name] = list
		if len(values) == 1 {
			all[name] = values[0]
		}
	}
	return &identitypool.Claims{Issuer: a.Issuer, Subject: a.Subject, Audience: []string{a.Recipient}, Expires: a.SessionEnds, All: all}, nil
}

// samlRefusal is the identity pools' form of a fault of an assertion.
func samlRefusal(err error) error {
	for _, r := range []struct{ is, as error }{
		{store.ErrNotFound, identitypool.ErrUnknownProvider}, {saml.ErrMalformed, identitypool.ErrMalformed},
		{saml.ErrExpired, identitypool.ErrExpired}, {saml.ErrNotYetValid, identitypool.ErrExpired},
		{saml.ErrIssuer, identitypool.ErrIssuer}, {saml.ErrAudience, identitypool.ErrAudience},
		{saml.ErrSignature, identitypool.ErrSignature}, {saml.ErrStatus, identitypool.ErrSignature},
	} {
		if errors.Is(err, r.is) {
			return r.as
		}
	}
	return err
}
