package userpool

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/go-webauthn/webauthn/protocol"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// The challenge WEB_AUTHN of the flow USER_AUTH.

const (
	paramCredential        = "CREDENTIAL"
	paramCredentialOptions = "CREDENTIAL_REQUEST_OPTIONS"
)

const passkeyNonceSize = 32

// requestOptions is PublicKeyCredentialRequestOptionsJSON (Web Authentication,
// section 5.1.10).
type requestOptions struct {
	Challenge        string       `json:"challenge"`
	Timeout          int64        `json:"timeout"`
	RPID             string       `json:"rpId"`
	AllowCredentials []descriptor `json:"allowCredentials"`
	UserVerification string       `json:"userVerification"`
}

// loadPasskeys reads the passkeys that the user can sign in with. For a name
// that nobody has it makes one up, always the same.
func (s *Service) loadPasskeys(ctx context.Context, a *attempt) error {
	a.passkeys, a.relyingParty = nil, ""
	if !a.pool.passkeysOn() {
		return nil
	}
	party := s.relyingParty(a.pool)
	a.relyingParty = party
	switch {
	case party == "":
		return nil
	case a.user == nil:
		a.passkeys = []*store.Passkey{{
			ID: base64.RawURLEncoding.EncodeToString(s.pseudo(a, "passkey", 20)), RelyingParty: party, PublicKey: nobodysKey,
			Transports: []string{string(protocol.Hybrid), string(protocol.Internal)},
		}}
		return nil
	}
	return s.store.View(ctx, func(tx *store.Tx) (err error) {
		a.passkeys, err = passkeysOf(tx, a.user, party)
		return err
	})
}

// nobodysKey is a public key to check signatures with where there is no user,
// so that it takes as long: the generator of P-256 as a COSE key. A signature
// that it accepts counts for nothing.
var nobodysKey = func() []byte {
	key := []byte{0xa5, 1, 2, 3, 0x26, 0x20, 1}
	for i, coordinate := range []string{
		"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY", "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
	} {
		b, err := base64.RawURLEncoding.DecodeString(coordinate)
		if err != nil {
			panic("userpool: " + err.Error())
		}
		key = append(append(key, 0x21+byte(i), 0x58, 32), b...)
	}
	return key
}()

// mayUsePasskey tells whether a passkey can be the first factor: of a user who
// has one and need not change the password, and with MFA only where a passkey
// counts for both factors.
func (a *attempt) mayUsePasskey() bool {
	if len(a.passkeys) == 0 {
		return false
	}
	return a.user == nil || a.user.Status != string(types.UserStatusTypeForceChangePassword) && (a.pool.passkeysAreMFA() || !a.needsMFA())
}

// passkeyOptions makes the options for the browser and puts their challenge
// into the session.
func (s *Service) passkeyOptions(a *attempt) (map[string]string, error) {
	a.session.Passkey = s.ids.Bytes(passkeyNonceSize)
	b, err := json.Marshal(requestOptions{
		Challenge: base64.RawURLEncoding.EncodeToString(a.session.Passkey), Timeout: a.client.authSessionLife().Milliseconds(),
		RPID: a.relyingParty, AllowCredentials: descriptors(a.passkeys), UserVerification: string(a.pool.passkeyVerification()),
	})
	return map[string]string{paramCredentialOptions: string(b)}, err
}

// answerPasskey takes CREDENTIAL.
func (s *Service) answerPasskey(ctx context.Context, a *attempt) (*answer, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(a.params[paramCredential]))
	if err != nil {
		return nil, invalidParameter(msgPasskeyInvalid)
	}
	if err := s.loadPasskeys(ctx, a); err != nil {
		return nil, err
	}
	c := &ceremony{party: a.relyingParty, challenge: a.session.Passkey, verification: a.pool.passkeyVerification()}
	if a.user != nil {
		c.user = userHandle(a.user)
	}
	k, count, verified, ok := c.assert(parsed, a.passkeys)
	return s.settle(ctx, a, func(tx *store.Tx) error { return a.provePasskey(tx, k, count, verified, ok && a.user != nil) })
}

// provePasskey takes the outcome of the check of an assertion. The signature
// counter may have been used up meanwhile by another sign-in.
func (a *attempt) provePasskey(tx *store.Tx, k *store.Passkey, count uint32, verified, ok bool) error {
	if _, err := checkSession(tx, a); err != nil {
		return err
	}
	if ok && !a.mayUsePasskey() {
		ok = false
	}
	if ok {
		now, err := tx.Passkey(a.user, k.ID)
		switch {
		case err == nil:
			ok = now.Created.Equal(k.Created) && (count > now.SignCount || count == 0 && now.SignCount == 0)
		case errors.Is(err, store.ErrNotFound):
			ok = false
		default:
			return err
		}
	}
	if !ok {
		if err := countWrongAnswer(tx, a); err != nil {
			return err
		}
		return keep(notAuthorized(msgBadCredentials))
	}
	a.session.Factor, a.session.Passkey = factorPasskey, nil
	a.session.Second = a.pool.passkeysAreMFA() && verified
	return tx.PasskeyUsed(a.user, k, count)
}
