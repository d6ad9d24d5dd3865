package iam

// UploadSigningCertificate, ListSigningCertificates, UpdateSigningCertificate,
// DeleteSigningCertificate

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

const (
	msgCertNotFound       = "The Certificate with id %s cannot be found."
	msgCertMalformed      = "Unable to parse certificate. Please ensure the certificate is in PEM format."
	msgCertDuplicate      = "The certificate already exists."
	maxSigningCertificate = 2
)

// parseCertificate reads one PEM certificate.
func parseCertificate(text string) (*x509.Certificate, error) {
	block, rest := pem.Decode([]byte(strings.TrimSpace(text)))
	if block == nil || block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) > 0 {
		return nil, &types.MalformedCertificateException{Message: ptrTo(msgCertMalformed)}
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, &types.MalformedCertificateException{Message: ptrTo(msgCertMalformed)}
	}
	return c, nil
}

func wireSigning(c userCredential, user *string) types.SigningCertificate {
	return types.SigningCertificate{UserName: user, CertificateId: &c.object.ID, CertificateBody: &c.body.Text, Status: c.body.Status, UploadDate: &c.object.Created}
}

// UploadSigningCertificate keeps an X.509 certificate of a user.
func (s *Service) UploadSigningCertificate(ctx context.Context, in *iam.UploadSigningCertificateInput) (*iam.UploadSigningCertificateOutput, error) {
	cert, err := parseCertificate(deref(in.CertificateBody))
	if err != nil {
		return nil, err
	}
	c, user, err := s.addCredential(ctx, kindSigningCertificate, "", "SigningCertificatesPerUser", maxSigningCertificate, in.UserName,
		&types.DuplicateCertificateException{Message: ptrTo(msgCertDuplicate)},
		credentialBody{Status: types.StatusTypeActive, Text: deref(in.CertificateBody), Fingerprint: fingerprint(cert.Raw)}, nil)
	if err != nil {
		return nil, err
	}
	shown := wireSigning(c, user)
	return &iam.UploadSigningCertificateOutput{Certificate: &shown}, nil
}

// ListSigningCertificates lists a user's certificates.
func (s *Service) ListSigningCertificates(ctx context.Context, in *iam.ListSigningCertificatesInput) (*iam.ListSigningCertificatesOutput, error) {
	list, err := s.listCredentials(ctx, kindSigningCertificate, in.UserName, in.Marker, in.MaxItems)
	return &iam.ListSigningCertificatesOutput{Marker: list.marker, IsTruncated: list.truncated, Certificates: mapSlice(list.items, func(c userCredential) types.SigningCertificate {
		return wireSigning(c, list.user)
	})}, err
}

// UpdateSigningCertificate switches a certificate on or off.
func (s *Service) UpdateSigningCertificate(ctx context.Context, in *iam.UpdateSigningCertificateInput) (*iam.UpdateSigningCertificateOutput, error) {
	return &iam.UpdateSigningCertificateOutput{}, s.setCredential(ctx, kindSigningCertificate, in.UserName, in.CertificateId, in.Status, msgCertNotFound)
}

// DeleteSigningCertificate deletes a certificate.
func (s *Service) DeleteSigningCertificate(ctx context.Context, in *iam.DeleteSigningCertificateInput) (*iam.DeleteSigningCertificateOutput, error) {
	return &iam.DeleteSigningCertificateOutput{}, s.deleteCredential(ctx, kindSigningCertificate, in.UserName, in.CertificateId, msgCertNotFound)
}
