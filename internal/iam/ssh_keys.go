package iam

// UploadSSHPublicKey, GetSSHPublicKey, ListSSHPublicKeys, UpdateSSHPublicKey,
// DeleteSSHPublicKey

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // the fingerprint of SSH keys that AWS shows
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgSSHNotFound  = "The Public Key with id %s cannot be found."
	msgSSHDuplicate = "The SSH public key is already associated with the IAM user."
	msgSSHInvalid   = "The SSH public key is invalid."
	maxSSHKeys      = 5
)

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
