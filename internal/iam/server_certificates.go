package iam

// UploadServerCertificate, GetServerCertificate, ListServerCertificates,
// UpdateServerCertificate, DeleteServerCertificate, TagServerCertificate,
// UntagServerCertificate, ListServerCertificateTags

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgServerCertExists   = "The Server Certificate with name %s already exists."
	msgServerCertNotFound = "The Server Certificate with name %s cannot be found."
	msgKeyMismatch        = "Certificate public key and private key do not match."
	msgKeyMalformed       = "Unable to parse private key. Please ensure the private key is in PEM format."
)

// serverCertBody is what is kept of a server certificate. Its private key is
// sealed and never shown.
type serverCertBody struct {
	ID, Name, Path, Certificate, Chain string
	Expires                            int64 // Unix seconds
}

func serverCertARN(account, path, name string) string {
	return "arn:aws:iam::" + account + ":server-certificate" + path + name
}

func (b *serverCertBody) wire(o store.IAMObject) *types.ServerCertificateMetadata {
	expires := time.Unix(b.Expires, 0).UTC()
	arn := serverCertARN(o.Account, b.Path, b.Name)
	return &types.ServerCertificateMetadata{
		Arn: &arn, Path: &b.Path, ServerCertificateId: &b.ID, ServerCertificateName: &b.Name, Expiration: &expires, UploadDate: &o.Created,
	}
}

// checkPair refuses a certificate that does not belong to the private key, and
// returns when it expires.
func checkPair(certificate, key string) (expires int64, err error) {
	cert, err := parseCertificate(certificate)
	if err != nil {
		return 0, err
	}
	if _, err := tls.X509KeyPair([]byte(certificate), []byte(key)); err != nil {
		if strings.Contains(err.Error(), "does not match") {
			return 0, &types.KeyPairMismatchException{Message: ptrTo(msgKeyMismatch)}
		}
		return 0, &types.MalformedCertificateException{Message: ptrTo(msgKeyMalformed)}
	}
	return cert.NotAfter.Unix(), nil
}

// UploadServerCertificate keeps a certificate with its private key.
func (s *Service) UploadServerCertificate(ctx context.Context, in *iam.UploadServerCertificateInput) (*iam.UploadServerCertificateOutput, error) {
	expires, err := checkPair(deref(in.CertificateBody), deref(in.PrivateKey))
	if err != nil {
		return nil, err
	}
	body := serverCertBody{Name: deref(in.ServerCertificateName), Path: pathOr(in.Path), Certificate: deref(in.CertificateBody), Chain: deref(in.CertificateChain), Expires: expires}
	out := &iam.UploadServerCertificateOutput{}
	err = s.update(ctx, func(tx *store.Tx, account string) error {
		n, err := tx.CountIAMObjects(account, kindServerCertificate)
		if err != nil {
			return err
		}
		if err := quota("ServerCertificatesPerAccount", n, s.quotas.ServerCertificates); err != nil {
			return err
		}
		body.ID = tx.IDs().UniqueID("ASCA")
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		o := store.IAMObject{
			ID: body.ID, Account: account, Kind: kindServerCertificate, Name: strings.ToLower(body.Name), Body: string(text), Secret: []byte(deref(in.PrivateKey)), Created: tx.Now(),
		}
		if err := tx.InsertIAMObject(o); err != nil {
			return orTaken(err, alreadyExists(msgServerCertExists, body.Name))
		}
		if err := putTags(tx, o.ID, in.Tags, msgDuplicateTags); err != nil {
			return err
		}
		out.ServerCertificateMetadata = body.wire(o)
		out.Tags, err = tagsOf(tx, o.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func serverCert(tx *store.Tx, account string, name *string) (o store.IAMObject, body serverCertBody, err error) {
	o, err = tx.IAMObjectNamed(account, kindServerCertificate, strings.ToLower(deref(name)))
	if errors.Is(err, store.ErrNotFound) {
		return o, body, noSuchEntity(msgServerCertNotFound, deref(name))
	}
	if err == nil {
		err = json.Unmarshal([]byte(o.Body), &body)
	}
	return o, body, err
}

// GetServerCertificate returns a certificate without its private key.
func (s *Service) GetServerCertificate(ctx context.Context, in *iam.GetServerCertificateInput) (*iam.GetServerCertificateOutput, error) {
	shown := &types.ServerCertificate{}
	err := s.view(ctx, func(tx *store.Tx, account string) error {
		o, body, err := serverCert(tx, account, in.ServerCertificateName)
		if err != nil {
			return err
		}
		shown.ServerCertificateMetadata, shown.CertificateBody, shown.CertificateChain = body.wire(o), &body.Certificate, optional(body.Chain)
		shown.Tags, err = tagsOf(tx, o.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &iam.GetServerCertificateOutput{ServerCertificate: shown}, nil
}

// ListServerCertificates lists the account's certificates, which a quota keeps
// few.
func (s *Service) ListServerCertificates(ctx context.Context, in *iam.ListServerCertificatesInput) (*iam.ListServerCertificatesOutput, error) {
	p, err := s.page(ctx, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	var found []store.IAMObject
	var bodies map[string]serverCertBody
	err = s.view(ctx, func(tx *store.Tx, account string) error {
		found, bodies = nil, map[string]serverCertBody{}
		list, err := tx.ListIAMObjects(account, kindServerCertificate, "", s.quotas.ServerCertificates)
		if err != nil {
			return err
		}
		for _, o := range list {
			var body serverCertBody
			if err := json.Unmarshal([]byte(o.Body), &body); err != nil {
				return err
			}
			if strings.HasPrefix(body.Path, pathOr(in.PathPrefix)) {
				found, bodies[o.ID] = append(found, o), body
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := &iam.ListServerCertificatesOutput{}
	found, out.Marker, out.IsTruncated = window(p, found, objectKey)
	out.ServerCertificateMetadataList = mapSlice(found, func(o store.IAMObject) types.ServerCertificateMetadata {
		body := bodies[o.ID]
		return *body.wire(o)
	})
	return out, nil
}

// UpdateServerCertificate renames or moves a certificate.
func (s *Service) UpdateServerCertificate(ctx context.Context, in *iam.UpdateServerCertificateInput) (*iam.UpdateServerCertificateOutput, error) {
	return &iam.UpdateServerCertificateOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		o, body, err := serverCert(tx, account, in.ServerCertificateName)
		if err != nil {
			return err
		}
		if in.NewServerCertificateName != nil {
			body.Name = *in.NewServerCertificateName
		}
		if in.NewPath != nil {
			body.Path = *in.NewPath
		}
		o.Name = strings.ToLower(body.Name)
		return orTaken(saveObject(tx, o, body), alreadyExists(msgServerCertExists, body.Name))
	})
}

// DeleteServerCertificate deletes a certificate and its private key.
func (s *Service) DeleteServerCertificate(ctx context.Context, in *iam.DeleteServerCertificateInput) (*iam.DeleteServerCertificateOutput, error) {
	return &iam.DeleteServerCertificateOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		o, _, err := serverCert(tx, account, in.ServerCertificateName)
		if err != nil {
			return err
		}
		return tx.DeleteIAMObject(o.ID)
	})
}

func ofServerCert(name *string) resolve {
	return func(tx *store.Tx, account string) (string, error) {
		o, _, err := serverCert(tx, account, name)
		return o.ID, err
	}
}

// TagServerCertificate adds tags to a certificate.
func (s *Service) TagServerCertificate(ctx context.Context, in *iam.TagServerCertificateInput) (*iam.TagServerCertificateOutput, error) {
	return &iam.TagServerCertificateOutput{}, s.tag(ctx, ofServerCert(in.ServerCertificateName), in.Tags, msgDuplicateTags)
}

// UntagServerCertificate removes tags from a certificate.
func (s *Service) UntagServerCertificate(ctx context.Context, in *iam.UntagServerCertificateInput) (*iam.UntagServerCertificateOutput, error) {
	return &iam.UntagServerCertificateOutput{}, s.untag(ctx, ofServerCert(in.ServerCertificateName), in.TagKeys)
}

// ListServerCertificateTags lists the tags of a certificate.
func (s *Service) ListServerCertificateTags(ctx context.Context, in *iam.ListServerCertificateTagsInput) (*iam.ListServerCertificateTagsOutput, error) {
	tags, marker, truncated, err := s.listTags(ctx, ofServerCert(in.ServerCertificateName), in.Marker, in.MaxItems)
	return &iam.ListServerCertificateTagsOutput{Tags: tags, Marker: marker, IsTruncated: truncated}, err
}
