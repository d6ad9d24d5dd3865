package iam

// UploadSSHPublicKey, GetSSHPublicKey, ListSSHPublicKeys, UpdateSSHPublicKey,
// DeleteSSHPublicKey, UploadSigningCertificate, ListSigningCertificates,
// UpdateSigningCertificate, DeleteSigningCertificate,
// CreateServiceSpecificCredential, ListServiceSpecificCredentials,
// UpdateServiceSpecificCredential, ResetServiceSpecificCredential,
// DeleteServiceSpecificCredential

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // the fingerprint of SSH keys that AWS shows
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgSSHNotFound         = "The Public Key with id %s cannot be found."
	msgSSHDuplicate        = "The SSH public key is already associated with the IAM user."
	msgSSHInvalid          = "The SSH public key is invalid."
	msgCertNotFound        = "The Certificate with id %s cannot be found."
	msgCertMalformed       = "Unable to parse certificate. Please ensure the certificate is in PEM format."
	msgCertDuplicate       = "The certificate already exists."
	msgCredentialNotFound  = "No such credential %s exists"
	msgServiceNotSupported = "No such service %s is supported for Service Specific Credentials"

	maxSSHKeys            = 5
	maxSigningCertificate = 2
	maxServiceCredentials = 2
)

// credentialBody is what is kept of a public key, a certificate or a
// service-specific credential.
type credentialBody struct {
	Status      types.StatusType
	Text        string `json:",omitempty"` // the key or certificate as uploaded
	Fingerprint string `json:",omitempty"`
	Service     string `json:",omitempty"`
	UserName    string `json:",omitempty"` // the user's name at the service
	Expires     int64  `json:",omitempty"` // Unix seconds
}

// userCredential is a credential as read.
type userCredential struct {
	object store.IAMObject
	body   credentialBody
}

// credentialOf returns a user's credential by its id, or NoSuchEntity.
func credentialOf(ctx context.Context, tx *store.Tx, account, kind string, userName, id *string, notFound string) (c userCredential, user *string, err error) {
	owner, user, err := mfaOwner(ctx, tx, account, userName)
	if err != nil {
		return c, nil, err
	}
	c.object, err = object(tx, account, kind, deref(id), noSuchEntity(notFound, deref(id)))
	if err == nil && c.object.OwnerID != owner {
		err = noSuchEntity(notFound, deref(id))
	}
	if err != nil {
		return c, nil, err
	}
	return c, user, json.Unmarshal([]byte(c.object.Body), &c.body)
}

// addCredential writes a new credential of a user.
func (s *Service) addCredential(ctx context.Context, kind, prefix, quotaName string, limit int, userName *string, duplicate error, body credentialBody, secret func(*store.Tx) []byte) (c userCredential, user *string, err error) {
	err = s.update(ctx, func(tx *store.Tx, account string) error {
		owner, name, err := mfaOwner(ctx, tx, account, userName)
		if err != nil {
			return err
		}
		user = name
		have, err := tx.IAMObjectsOf(owner, kind, "", maxPage)
		if err != nil {
			return err
		}
		same := 0
		for _, o := range have {
			var b credentialBody
			if err := json.Unmarshal([]byte(o.Body), &b); err != nil {
				return err
			}
			if duplicate != nil && b.Fingerprint == body.Fingerprint {
				return duplicate
			}
			if b.Service == body.Service {
				same++
			}
		}
		if err := quota(quotaName, same, limit); err != nil {
			return err
		}
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		id := tx.IDs().UniqueID(prefix)
		c = userCredential{store.IAMObject{ID: id, Account: account, Kind: kind, Name: id, OwnerID: owner, Body: string(text), Created: tx.Now()}, body}
		if secret != nil {
			c.object.Secret = secret(tx)
		}
		return tx.InsertIAMObject(c.object)
	})
	return c, user, err
}

func (s *Service) setCredential(ctx context.Context, kind string, userName, id *string, status types.StatusType, notFound string) error {
	return s.update(ctx, func(tx *store.Tx, account string) error {
		c, _, err := credentialOf(ctx, tx, account, kind, userName, id, notFound)
		if err != nil {
			return err
		}
		c.body.Status = status
		return saveObject(tx, c.object, c.body)
	})
}

func (s *Service) deleteCredential(ctx context.Context, kind string, userName, id *string, notFound string) error {
	return s.update(ctx, func(tx *store.Tx, account string) error {
		c, _, err := credentialOf(ctx, tx, account, kind, userName, id, notFound)
		if err != nil {
			return err
		}
		return tx.DeleteIAMObject(c.object.ID)
	})
}

// credentialPage is one page of a user's credentials of a kind.
type credentialPage struct {
	items     []userCredential
	user      *string
	marker    *string
	truncated bool
}

func (s *Service) listCredentials(ctx context.Context, kind string, userName, marker *string, maxItems *int32) (out credentialPage, err error) {
	p, err := s.page(ctx, marker, maxItems)
	if err != nil {
		return out, err
	}
	var list []store.IAMObject
	err = s.view(ctx, func(tx *store.Tx, account string) error {
		var owner string
		if owner, out.user, err = mfaOwner(ctx, tx, account, userName); err != nil {
			return err
		}
		list, err = tx.IAMObjectsOf(owner, kind, p.after, p.limit+1)
		return err
	})
	if err != nil {
		return out, err
	}
	list, out.marker, out.truncated = cut(p, list, objectKey)
	for _, o := range list {
		c := userCredential{object: o}
		if err := json.Unmarshal([]byte(o.Body), &c.body); err != nil {
			return out, err
		}
		out.items = append(out.items, c)
	}
	return out, nil
}

// sshRSA reads an ssh-rsa public key (RFC 4253, section 6.6), or its PEM form,
// and returns the key and its SSH form.
func sshRSA(text string) (*rsa.PublicKey, []byte, error) {
	invalid := &types.InvalidPublicKeyException{Message: ptrTo(msgSSHInvalid)}
	text = strings.TrimSpace(text)
	if block, _ := pem.Decode([]byte(text)); block != nil {
		parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
		key, ok := parsed.(*rsa.PublicKey)
		if err != nil || !ok {
			return nil, nil, invalid
		}
		return key, sshBlob(key), nil
	}
	fields := strings.Fields(text)
	if len(fields) < 2 || fields[0] != "ssh-rsa" {
		return nil, nil, &types.UnrecognizedPublicKeyEncodingException{Message: ptrTo(msgSSHInvalid)}
	}
	blob, err := base64.StdEncoding.DecodeString(fields[1])
	if err != nil {
		return nil, nil, invalid
	}
	var parts [3][]byte
	rest := blob
	for i := range parts {
		if len(rest) < 4 || uint32(len(rest)-4) < binary.BigEndian.Uint32(rest) {
			return nil, nil, invalid
		}
		n := binary.BigEndian.Uint32(rest)
		parts[i], rest = rest[4:4+n], rest[4+n:]
	}
	e := new(big.Int).SetBytes(parts[1])
	key := &rsa.PublicKey{N: new(big.Int).SetBytes(parts[2]), E: int(e.Int64())}
	if string(parts[0]) != "ssh-rsa" || len(rest) > 0 || !e.IsInt64() || key.E < 3 || key.E > 1<<31-1 || key.N.BitLen() < 2048 || key.N.BitLen() > 16384 {
		return nil, nil, invalid
	}
	return key, blob, nil
}

func ptrTo[T any](v T) *T { return &v }

func sshBlob(key *rsa.PublicKey) []byte {
	var b bytes.Buffer
	field := func(v []byte) {
		_ = binary.Write(&b, binary.BigEndian, uint32(len(v))) // a buffer never fails
		b.Write(v)
	}
	number := func(n *big.Int) {
		v := n.Bytes()
		if len(v) > 0 && v[0]&0x80 != 0 {
			v = append([]byte{0}, v...)
		}
		field(v)
	}
	field([]byte("ssh-rsa"))
	number(big.NewInt(int64(key.E)))
	number(key.N)
	return b.Bytes()
}

// fingerprint is the MD5 of the SSH form in hexadecimal with colons, as AWS
// shows it.
func fingerprint(blob []byte) string {
	sum := md5.Sum(blob) //nolint:gosec // shown, not relied on
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = hex.EncodeToString([]byte{b})
	}
	return strings.Join(parts, ":")
}

func wireSSHKey(c userCredential, user *string) *types.SSHPublicKey {
	return &types.SSHPublicKey{
		UserName: user, SSHPublicKeyId: &c.object.ID, Fingerprint: &c.body.Fingerprint, SSHPublicKeyBody: &c.body.Text, Status: c.body.Status, UploadDate: &c.object.Created,
	}
}

// UploadSSHPublicKey keeps an SSH public key of a user.
func (s *Service) UploadSSHPublicKey(ctx context.Context, in *iam.UploadSSHPublicKeyInput) (*iam.UploadSSHPublicKeyOutput, error) {
	_, blob, err := sshRSA(deref(in.SSHPublicKeyBody))
	if err != nil {
		return nil, err
	}
	c, user, err := s.addCredential(ctx, kindSSHKey, "APKA", "SSHPublicKeysPerUser", maxSSHKeys, in.UserName, &types.DuplicateSSHPublicKeyException{Message: ptrTo(msgSSHDuplicate)},
		credentialBody{Status: types.StatusTypeActive, Text: strings.TrimSpace(deref(in.SSHPublicKeyBody)), Fingerprint: fingerprint(blob)}, nil)
	if err != nil {
		return nil, err
	}
	return &iam.UploadSSHPublicKeyOutput{SSHPublicKey: wireSSHKey(c, user)}, nil
}

// GetSSHPublicKey returns a user's key in SSH or PEM form.
func (s *Service) GetSSHPublicKey(ctx context.Context, in *iam.GetSSHPublicKeyInput) (*iam.GetSSHPublicKeyOutput, error) {
	var c userCredential
	var user *string
	err := s.view(ctx, func(tx *store.Tx, account string) (err error) {
		c, user, err = credentialOf(ctx, tx, account, kindSSHKey, in.UserName, in.SSHPublicKeyId, msgSSHNotFound)
		return err
	})
	if err != nil {
		return nil, err
	}
	key, blob, err := sshRSA(c.body.Text)
	if err != nil {
		return nil, err
	}
	c.body.Text = "ssh-rsa " + base64.StdEncoding.EncodeToString(blob)
	if in.Encoding == types.EncodingTypePem {
		der, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			return nil, err
		}
		c.body.Text = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	}
	return &iam.GetSSHPublicKeyOutput{SSHPublicKey: wireSSHKey(c, user)}, nil
}

// ListSSHPublicKeys lists a user's keys.
func (s *Service) ListSSHPublicKeys(ctx context.Context, in *iam.ListSSHPublicKeysInput) (*iam.ListSSHPublicKeysOutput, error) {
	list, err := s.listCredentials(ctx, kindSSHKey, in.UserName, in.Marker, in.MaxItems)
	return &iam.ListSSHPublicKeysOutput{Marker: list.marker, IsTruncated: list.truncated, SSHPublicKeys: mapSlice(list.items, func(c userCredential) types.SSHPublicKeyMetadata {
		return types.SSHPublicKeyMetadata{UserName: list.user, SSHPublicKeyId: &c.object.ID, Status: c.body.Status, UploadDate: &c.object.Created}
	})}, err
}

// UpdateSSHPublicKey switches a key on or off.
func (s *Service) UpdateSSHPublicKey(ctx context.Context, in *iam.UpdateSSHPublicKeyInput) (*iam.UpdateSSHPublicKeyOutput, error) {
	return &iam.UpdateSSHPublicKeyOutput{}, s.setCredential(ctx, kindSSHKey, in.UserName, in.SSHPublicKeyId, in.Status, msgSSHNotFound)
}

// DeleteSSHPublicKey deletes a key.
func (s *Service) DeleteSSHPublicKey(ctx context.Context, in *iam.DeleteSSHPublicKeyInput) (*iam.DeleteSSHPublicKeyOutput, error) {
	return &iam.DeleteSSHPublicKeyOutput{}, s.deleteCredential(ctx, kindSSHKey, in.UserName, in.SSHPublicKeyId, msgSSHNotFound)
}

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
	c, user, err := s.addCredential(ctx, kindSigningCertificate, "ASCI", "SigningCertificatesPerUser", maxSigningCertificate, in.UserName,
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

// credentialServices are the services that have service-specific credentials.
var credentialServices = map[string]bool{"codecommit.amazonaws.com": true, "cassandra.amazonaws.com": true, "bedrock.amazonaws.com": true, "logs.amazonaws.com": true}

func wireServiceCredential(c userCredential, user *string) *types.ServiceSpecificCredential {
	password := string(c.object.Secret)
	out := &types.ServiceSpecificCredential{
		UserName: user, ServiceSpecificCredentialId: &c.object.ID, ServiceName: &c.body.Service, Status: c.body.Status, CreateDate: &c.object.Created, ExpirationDate: expiry(c.body.Expires),
	}
	if bearerService(c.body.Service) {
		out.ServiceCredentialAlias, out.ServiceCredentialSecret = &c.body.UserName, &password
	} else {
		out.ServiceUserName, out.ServicePassword = &c.body.UserName, &password
	}
	return out
}

// bearerService tells services whose credential is a bearer token.
func bearerService(service string) bool {
	return service == "bedrock.amazonaws.com" || service == "logs.amazonaws.com"
}

func expiry(seconds int64) *time.Time {
	if seconds == 0 {
		return nil
	}
	t := time.Unix(seconds, 0).UTC()
	return &t
}

// CreateServiceSpecificCredential makes a user name and password for a service.
// The password is shown this once.
func (s *Service) CreateServiceSpecificCredential(ctx context.Context, in *iam.CreateServiceSpecificCredentialInput) (*iam.CreateServiceSpecificCredentialOutput, error) {
	service := deref(in.ServiceName)
	body := credentialBody{Status: types.StatusTypeActive, Service: service}
	err := s.view(ctx, func(tx *store.Tx, account string) error {
		u, err := entity(tx, account, store.IAMUser, in.UserName)
		if err != nil {
			return err
		}
		if !credentialServices[service] {
			return noSuchEntity(msgServiceNotSupported, service)
		}
		body.UserName = u.Name + "-at-" + account
		if days := deref(in.CredentialAgeDays); days > 0 {
			body.Expires = tx.Now().AddDate(0, 0, int(days)).Unix()
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	c, user, err := s.addCredential(ctx, kindServiceCredential, "ACCA", "ServiceSpecificCredentialsPerUser", maxServiceCredentials, in.UserName, nil, body, newServicePassword)
	if err != nil {
		return nil, err
	}
	return &iam.CreateServiceSpecificCredentialOutput{ServiceSpecificCredential: wireServiceCredential(c, user)}, nil
}

func newServicePassword(tx *store.Tx) []byte {
	return []byte(tx.IDs().SecretAccessKey() + "=")
}

// ListServiceSpecificCredentials lists a user's credentials without passwords.
func (s *Service) ListServiceSpecificCredentials(ctx context.Context, in *iam.ListServiceSpecificCredentialsInput) (*iam.ListServiceSpecificCredentialsOutput, error) {
	if in.ServiceName != nil && !credentialServices[*in.ServiceName] {
		return nil, &types.ServiceNotSupportedException{Message: text(msgServiceNotSupported, []any{*in.ServiceName})}
	}
	list, err := s.listCredentials(ctx, kindServiceCredential, in.UserName, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &iam.ListServiceSpecificCredentialsOutput{Marker: list.marker, IsTruncated: list.truncated, ServiceSpecificCredentials: []types.ServiceSpecificCredentialMetadata{}}
	for _, c := range list.items {
		if in.ServiceName != nil && *in.ServiceName != c.body.Service {
			continue
		}
		m := types.ServiceSpecificCredentialMetadata{
			UserName: list.user, ServiceSpecificCredentialId: &c.object.ID, ServiceName: &c.body.Service, Status: c.body.Status, CreateDate: &c.object.Created, ExpirationDate: expiry(c.body.Expires),
		}
		if bearerService(c.body.Service) {
			m.ServiceCredentialAlias = &c.body.UserName
		} else {
			m.ServiceUserName = &c.body.UserName
		}
		out.ServiceSpecificCredentials = append(out.ServiceSpecificCredentials, m)
	}
	return out, nil
}

// UpdateServiceSpecificCredential switches a credential on or off.
func (s *Service) UpdateServiceSpecificCredential(ctx context.Context, in *iam.UpdateServiceSpecificCredentialInput) (*iam.UpdateServiceSpecificCredentialOutput, error) {
	return &iam.UpdateServiceSpecificCredentialOutput{}, s.setCredential(ctx, kindServiceCredential, in.UserName, in.ServiceSpecificCredentialId, in.Status, msgCredentialNotFound)
}

// ResetServiceSpecificCredential gives a credential a new password.
func (s *Service) ResetServiceSpecificCredential(ctx context.Context, in *iam.ResetServiceSpecificCredentialInput) (*iam.ResetServiceSpecificCredentialOutput, error) {
	var c userCredential
	var user *string
	err := s.update(ctx, func(tx *store.Tx, account string) (err error) {
		c, user, err = credentialOf(ctx, tx, account, kindServiceCredential, in.UserName, in.ServiceSpecificCredentialId, msgCredentialNotFound)
		if err != nil {
			return err
		}
		c.object.Secret = newServicePassword(tx)
		return tx.UpdateIAMObject(c.object)
	})
	if err != nil {
		return nil, err
	}
	return &iam.ResetServiceSpecificCredentialOutput{ServiceSpecificCredential: wireServiceCredential(c, user)}, nil
}

// DeleteServiceSpecificCredential deletes a credential.
func (s *Service) DeleteServiceSpecificCredential(ctx context.Context, in *iam.DeleteServiceSpecificCredentialInput) (*iam.DeleteServiceSpecificCredentialOutput, error) {
	return &iam.DeleteServiceSpecificCredentialOutput{}, s.deleteCredential(ctx, kindServiceCredential, in.UserName, in.ServiceSpecificCredentialId, msgCredentialNotFound)
}
