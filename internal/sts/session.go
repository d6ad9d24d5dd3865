package sts

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/seal"
	"github.com/poolhouse-id/poolhouse/internal/sigv4"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// tokenPurpose is what session tokens are sealed for; the number is that of the
// form of session.
const tokenPurpose = "sts session 1"

// maxPayload bounds what a session token expands to. maxToken is the size that
// the utilization of tokens is told of, and that scoping down may not exceed.
const (
	maxPayload = 64 << 10
	maxToken   = 4096
)

// session is what a session token holds. Names are short because clients send
// the token with every call.
type session struct {
	KeyID   string                `json:"k"`
	Secret  string                `json:"x"`
	Kind    awswire.PrincipalKind `json:"t"`
	Account string                `json:"c"`
	// IssuerID is the unique id of the user or role; empty for root.
	IssuerID string `json:"i,omitempty"`
	// Name is the federated user's name. Users and roles are looked up.
	Name              string              `json:"n,omitempty"`
	SessionName       string              `json:"s,omitempty"`
	Issued            int64               `json:"b"`
	Expires           int64               `json:"e"`
	MFA               int64               `json:"m,omitempty"`
	SourceIdentity    string              `json:"y,omitempty"`
	FederatedProvider string              `json:"f,omitempty"`
	Tags              map[string]string   `json:"g,omitempty"`
	Transitive        []string            `json:"r,omitempty"`
	Policy            string              `json:"p,omitempty"`
	PolicyARNs        []string            `json:"a,omitempty"`
	Keys              map[string][]string `json:"z,omitempty"`
	ScopeDown         []string            `json:"d,omitempty"`
	Delegation        string              `json:"l,omitempty"`
}

// granted is a session's credentials with the measures of its token.
type granted struct {
	*types.Credentials
	// size is the token's in bytes, utilization how much of maxToken that is, in
	// percent.
	size, utilization int32
}

// begin completes a session and returns its credentials. The token has at least
// minimum bytes.
func (s *Service) begin(one session, duration time.Duration, minimum *int32) (*granted, error) {
	now := s.clock.Now()
	one.Issued, one.Expires = now.Unix(), now.Add(duration).Unix()
	return s.issue(one, minimum)
}

// issue gives a session with its times a key and seals it.
func (s *Service) issue(one session, minimum *int32) (*granted, error) {
	one.KeyID, one.Secret = s.ids.AccessKeyID("ASIA", one.Account), s.ids.SecretAccessKey()
	token, err := s.sealSession(&one, int(deref(minimum)))
	if err != nil {
		return nil, err
	}
	expires := time.Unix(one.Expires, 0).UTC()
	size := int32(len(token))
	return &granted{
		Credentials: &types.Credentials{AccessKeyId: &one.KeyID, SecretAccessKey: &one.Secret, SessionToken: &token, Expiration: &expires},
		size:        size, utilization: min(100, (size*100+maxToken-1)/maxToken),
	}, nil
}

// sealSession compresses, since policies and names repeat themselves, and
// seals. What follows the compressed session is not read, so it fills a token
// up to the minimum size.
func (s *Service) sealSession(one *session, minimum int) (string, error) {
	text, err := json.Marshal(one)
	if err != nil {
		return "", err
	}
	packed, err := deflate(text)
	if err != nil {
		return "", err
	}
	token := s.store.SealToken(tokenPurpose, packed)
	for len(token) < minimum {
		// Four characters of a token hold three bytes.
		packed = append(packed, make([]byte, max(1, (minimum-len(token))*3/4))...)
		token = s.store.SealToken(tokenPurpose, packed)
	}
	return token, nil
}

// Compressors and decompressors take hundreds of kilobytes, so they are used
// again.
var (
	deflaters = sync.Pool{New: func() any {
		w, err := flate.NewWriter(nil, flate.BestCompression)
		if err != nil {
			panic("sts: " + err.Error()) // the level is wrong
		}
		return w
	}}
	inflaters = sync.Pool{New: func() any { return flate.NewReader(nil) }}
)

func deflate(text []byte) ([]byte, error) {
	var b bytes.Buffer
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	w.Reset(&b)
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	err := w.Close()
	return b.Bytes(), err
}

func inflate(packed []byte) ([]byte, error) {
	r := inflaters.Get().(io.ReadCloser)
	defer inflaters.Put(r)
	if err := r.(flate.Resetter).Reset(bytes.NewReader(packed), nil); err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, maxPayload))
}

func (s *Service) unsealSession(token string) (*session, error) {
	packed, err := s.store.OpenToken(tokenPurpose, token)
	if err != nil {
		if errors.Is(err, seal.ErrTampered) || errors.Is(err, seal.ErrUnknownKey) {
			return nil, sigv4.ErrUnknownKey
		}
		return nil, err
	}
	text, err := inflate(packed)
	if err != nil {
		return nil, fmt.Errorf("session token: %w", err)
	}
	one := &session{}
	if err := json.Unmarshal(text, one); err != nil {
		return nil, fmt.Errorf("session token: %w", err)
	}
	return one, nil
}

// OpenSession returns the secret and the principal of temporary credentials.
// The errors are sigv4.ErrTokenExpired after their end, and
// sigv4.ErrUnknownKey for a token that is not this key's or whose user or role
// no longer exists.
func (s *Service) OpenSession(ctx context.Context, accessKeyID, token string) (secret string, p awswire.Principal, err error) {
	one, err := s.unsealSession(token)
	if err != nil {
		return "", p, err
	}
	if one.KeyID != accessKeyID {
		return "", p, sigv4.ErrUnknownKey
	}
	if s.clock.Now().Unix() >= one.Expires {
		return "", p, sigv4.ErrTokenExpired
	}
	p, err = s.principal(ctx, one)
	if errors.Is(err, store.ErrNotFound) {
		err = sigv4.ErrUnknownKey
	}
	if err != nil {
		return "", awswire.Principal{}, err
	}
	return one.Secret, p, nil
}

// principal makes the principal of a session whose user or role is there.
func (s *Service) principal(ctx context.Context, one *session) (awswire.Principal, error) {
	p := awswire.Principal{
		Kind: one.Kind, Account: one.Account, AccessKeyID: one.KeyID, IssuerID: one.IssuerID, Temporary: true,
		IssuedAt: time.Unix(one.Issued, 0).UTC(), ExpiresAt: time.Unix(one.Expires, 0).UTC(),
		SourceIdentity: one.SourceIdentity, FederatedProvider: one.FederatedProvider,
		SessionTags: one.Tags, TransitiveTagKeys: one.Transitive,
		SessionPolicy: one.Policy, SessionPolicyARNs: one.PolicyARNs, SessionKeys: one.Keys,
		ScopeDown: one.ScopeDown, Delegation: one.Delegation,
	}
	if one.MFA != 0 {
		p.MFA, p.MFAAt = true, time.Unix(one.MFA, 0).UTC()
	}
	root := "arn:aws:iam::" + one.Account + ":root"
	issuer := store.IAMEntity{}
	if one.IssuerID != "" {
		var err error
		if issuer, err = s.iam.Principal(ctx, one.Account, one.IssuerID); err != nil {
			return p, err
		}
	}
	switch one.Kind {
	case awswire.Root:
		p.ARN, p.IssuerARN, p.UserID = root, root, one.Account
	case awswire.User:
		p.Name, p.ARN, p.IssuerARN, p.UserID = issuer.Name, issuer.ARN(), issuer.ARN(), one.IssuerID
	case awswire.AssumedRole:
		p.Name, p.SessionName, p.IssuerARN = issuer.Name, one.SessionName, issuer.ARN()
		p.ARN, p.UserID = sessionARN(one.Account, issuer.Name, one.SessionName), one.IssuerID+":"+one.SessionName
	case awswire.FederatedUser:
		p.Name, p.ARN, p.UserID, p.IssuerARN = one.Name, federatedARN(one.Account, one.Name), one.Account+":"+one.Name, root
		if one.IssuerID != "" {
			p.IssuerARN = issuer.ARN()
		}
	default:
		return p, store.ErrNotFound
	}
	return p, nil
}

func sessionARN(account, role, name string) string {
	return "arn:aws:sts::" + account + ":assumed-role/" + role + "/" + name
}

func federatedARN(account, name string) string {
	return "arn:aws:sts::" + account + ":federated-user/" + name
}
