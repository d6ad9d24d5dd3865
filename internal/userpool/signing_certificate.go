package userpool

// Operation: GetSigningCertificate.

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// Certificates are valid for ten years, and there is a new one every year (API
// Reference, GetSigningCertificate).
const (
	certificateYears = 10
	certificateRenew = 365 * 24 * time.Hour
	samlKeyBits      = 2048
	// clockSkew is how far a provider's clock may be behind.
	clockSkew = 5 * time.Minute
)

// GetSigningCertificate returns the certificate of the key that signs the
// pool's SAML requests, as base64 of its DER form. The first call makes the key;
// when it is a year old another one takes its place. Errors:
// ResourceNotFoundException.
func (s *Service) GetSigningCertificate(ctx context.Context, in *cognito.GetSigningCertificateInput) (*cognito.GetSigningCertificateOutput, error) {
	var current *store.SAMLCertificate
	err := s.store.View(ctx, func(tx *store.Tx) error {
		p, err := s.pool(ctx, tx, aws.ToString(in.UserPoolId))
		if err != nil {
			return err
		}
		current, err = currentCertificate(tx, p.ID)
		return err
	})
	if err == nil && current == nil {
		current, err = s.renewCertificate(ctx, aws.ToString(in.UserPoolId))
	}
	if err != nil {
		return nil, err
	}
	return &cognito.GetSigningCertificateOutput{Certificate: &current.Certificate}, nil
}

// currentCertificate returns the newest signing certificate if it is not due
// for renewal, or nil.
func currentCertificate(tx *store.Tx, poolID string) (*store.SAMLCertificate, error) {
	rows, err := tx.SAMLCertificates(poolID, "", 1)
	if err != nil || len(rows) == 0 || tx.Now().Sub(rows[0].Created) >= certificateRenew {
		return nil, err
	}
	return rows[0], nil
}

// renewCertificate gives the pool a new signing certificate, unless another
// request has.
func (s *Service) renewCertificate(ctx context.Context, poolID string) (*store.SAMLCertificate, error) {
	fresh, err := s.newSAMLCertificate(poolID, "")
	if err != nil {
		return nil, err
	}
	var current *store.SAMLCertificate
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		// The pool may have been deleted since.
		if _, err := s.pool(ctx, tx, poolID); err != nil {
			return err
		}
		if current, err = currentCertificate(tx, poolID); err != nil || current != nil {
			return err
		}
		current = fresh
		return tx.InsertSAMLCertificate(fresh)
	})
	return current, err
}

// newSAMLCertificate generates a key and its self-signed certificate. It takes
// a while and must be called outside of transactions.
func (s *Service) newSAMLCertificate(poolID, provider string) (*store.SAMLCertificate, error) {
	key, err := rsa.GenerateKey(rand.Reader, samlKeyBits)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now().UTC()
	serial := new(big.Int).SetBytes(s.ids.Bytes(16))
	template := &x509.Certificate{
		SerialNumber: serial.Rsh(serial, 1), Subject: pkix.Name{CommonName: poolID},
		NotBefore: now.Add(-clockSkew), NotAfter: now.AddDate(certificateYears, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if provider != "" {
		template.KeyUsage = x509.KeyUsageKeyEncipherment | x509.KeyUsageDataEncipherment
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return &store.SAMLCertificate{
		PoolID: poolID, Provider: provider, Serial: template.SerialNumber.Text(16),
		Certificate: base64.StdEncoding.EncodeToString(der), Private: private,
	}, nil
}
