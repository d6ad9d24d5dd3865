package userpool

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"strings"

	"github.com/crewjam/saml"
	"github.com/crewjam/saml/samlsp"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	metadataMissing     = "At least one of the MetadataURL or MetadataFile should be provided."
	metadataTwice       = "Only one of the MetadataURL or MetadataFile should be provided."
	metadataUnavailable = "Unable to retrieve metadata from remote metadata source %s"
	metadataStatus      = "Non-ok status code %d returned from remote metadata source %s"
	metadataUnparsable  = "Unable to unmarshall metadata"
	metadataNoSSO       = "No SingleSignOn Http redirect binding location found in metadata."
	metadataNoKey       = "No signing certificate found in metadata."
)

// requestSigning is the one algorithm for RequestSigningAlgorithm.
const requestSigning = "rsa-sha256"

// configureSAML checks the details of a SAML provider and adds what its
// metadata says.
func (s *Service) configureSAML(ctx context.Context, i *idp, details map[string]string) error {
	address, document := details[detailMetadataURL], details[detailMetadataFile]
	switch {
	case address == "" && document == "":
		return invalidParameter(metadataMissing)
	case address != "" && document != "":
		return invalidParameter(metadataTwice)
	case address != "" && !isEndpoint(address):
		return invalidParameter(detailInvalid, detailMetadataURL, address)
	}
	for _, name := range []string{detailIDPInit, detailIDPSignout, detailEncryptedResponses} {
		if v, ok := details[name]; ok && v != "true" && v != "false" {
			return invalidParameter(detailInvalid, name, v)
		}
	}
	if v, ok := details[detailSigningAlgorithm]; ok && v != requestSigning {
		return invalidParameter(detailInvalid, detailSigningAlgorithm, v)
	}
	if address != "" {
		var err error
		if document, err = s.fetchMetadata(ctx, address); err != nil {
			return err
		}
	}
	m, err := parseMetadata(document)
	if err != nil {
		return err
	}
	delete(details, detailSLORedirect)
	details[detailSSORedirect] = m.ssoRedirect
	if m.sloRedirect != "" {
		details[detailSLORedirect] = m.sloRedirect
	}
	if certificate := i.Doc.ProviderDetails[detailEncryptionCert]; certificate != "" {
		details[detailEncryptionCert] = certificate
	} else {
		delete(details, detailEncryptionCert)
	}
	i.Metadata = document
	return nil
}

func (s *Service) fetchMetadata(ctx context.Context, address string) (string, error) {
	body, status, err := s.fetch(ctx, address)
	if err != nil {
		return "", invalidParameter(metadataUnavailable, address)
	}
	if status != 200 {
		return "", invalidParameter(metadataStatus, status, address)
	}
	return string(body), nil
}

// metadata is what a pool needs to know of a SAML provider.
type metadata struct {
	entityID string
	// ssoRedirect and sloRedirect are where browsers are sent to sign in and out;
	// sloRedirect may be empty.
	ssoRedirect, sloRedirect string
}

// parseMetadata reads a SAML metadata document (Metadata for the OASIS SAML
// V2.0). Errors: InvalidParameterException.
func parseMetadata(document string) (*metadata, error) {
	entity, err := samlsp.ParseMetadata([]byte(document))
	if err != nil || entity.EntityID == "" || len(entity.IDPSSODescriptors) == 0 {
		return nil, invalidParameter(metadataUnparsable)
	}
	m := &metadata{entityID: entity.EntityID}
	signs := false
	for _, role := range entity.IDPSSODescriptors {
		m.ssoRedirect = or(m.ssoRedirect, redirectBinding(role.SingleSignOnServices))
		m.sloRedirect = or(m.sloRedirect, redirectBinding(role.SingleLogoutServices))
		signs = signs || hasSigningKey(role.KeyDescriptors)
	}
	if m.ssoRedirect == "" {
		return nil, invalidParameter(metadataNoSSO)
	}
	if !signs {
		return nil, invalidParameter(metadataNoKey)
	}
	return m, nil
}

func redirectBinding(endpoints []saml.Endpoint) string {
	for _, e := range endpoints {
		if e.Binding == saml.HTTPRedirectBinding && isEndpoint(e.Location) {
			return e.Location
		}
	}
	return ""
}

func hasSigningKey(keys []saml.KeyDescriptor) bool {
	for _, k := range keys {
		if k.Use == "encryption" {
			continue
		}
		for _, c := range k.KeyInfo.X509Data.X509Certificates {
			der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(c.Data), ""))
			if err != nil {
				continue
			}
			if _, err := x509.ParseCertificate(der); err == nil {
				return true
			}
		}
	}
	return false
}

// encryptionCertificate makes the key with which a SAML provider is to encrypt
// its assertions, and shows its certificate in the provider's details. Other
// providers have none.
func (s *Service) encryptionCertificate(i *idp) (*store.SAMLCertificate, error) {
	if i.Metadata == "" {
		return nil, nil
	}
	c, err := s.newSAMLCertificate(i.PoolID, i.Name)
	if err != nil {
		return nil, err
	}
	i.Doc.ProviderDetails[detailEncryptionCert] = c.Certificate
	return c, nil
}
