package userpool

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// The challenge of a registration tells by itself whose it is, from which
// client and until when, and that we made it; only that it was used is
// recorded. Its parts:
const (
	challengeNonce  = 16 // random
	challengeExpiry = 8  // Unix milliseconds
	challengeClient = 8  // of the MAC of the client's ID
	challengeMAC    = 24 // of the MAC of the rest, for the user
	challengeSize   = challengeNonce + challengeExpiry + challengeClient + challengeMAC
)

func (s *Service) registrationMAC(parts ...string) []byte {
	mac := hmac.New(sha256.New, s.store.Derive("passkey registrations", 32))
	for _, p := range parts {
		mac.Write(binary.BigEndian.AppendUint32(nil, uint32(len(p))))
		mac.Write([]byte(p))
	}
	return mac.Sum(nil)
}

// registrationChallenge makes a challenge for the user of an access token.
func (s *Service) registrationChallenge(b *bearer, expires time.Time) []byte {
	c := append(make([]byte, 0, challengeSize), s.ids.Bytes(challengeNonce)...)
	c = binary.BigEndian.AppendUint64(c, uint64(expires.UnixMilli()))
	c = append(c, s.registrationMAC("client", b.client.ID)[:challengeClient]...)
	return append(c, s.registrationMAC("challenge", b.user.PoolID, b.user.Sub, string(c))[:challengeMAC]...)
}

// checkRegistrationChallenge checks that the challenge was made for the user
// and the client and has not expired. Errors:
// WebAuthnChallengeNotFoundException, WebAuthnClientMismatchException.
func (s *Service) checkRegistrationChallenge(b *bearer, c []byte) error {
	if len(c) != challengeSize {
		return noPasskeyChallenge()
	}
	head, mac := c[:challengeSize-challengeMAC], c[challengeSize-challengeMAC:]
	if !hmac.Equal(mac, s.registrationMAC("challenge", b.user.PoolID, b.user.Sub, string(head))[:challengeMAC]) ||
		!s.clock.Now().Before(challengeExpires(c)) {
		return noPasskeyChallenge()
	}
	client := head[challengeNonce+challengeExpiry:]
	if !hmac.Equal(client, s.registrationMAC("client", b.client.ID)[:challengeClient]) {
		return &types.WebAuthnClientMismatchException{Message: ref(msgPasskeyClient)}
	}
	return nil
}

func challengeExpires(c []byte) time.Time {
	return time.UnixMilli(int64(binary.BigEndian.Uint64(c[challengeNonce:]))).UTC()
}

// useRegistrationChallenge marks a challenge that checkRegistrationChallenge
// found good as used. Errors: WebAuthnChallengeNotFoundException.
func useRegistrationChallenge(tx *store.Tx, c []byte) error {
	id := "passkey/" + hex.EncodeToString(c[:challengeNonce])
	state, err := tx.SessionState(id)
	if err != nil {
		return err
	}
	if state.Used {
		return noPasskeyChallenge()
	}
	return tx.SetSessionState(id, store.SessionState{Used: true}, challengeExpires(c))
}

func noPasskeyChallenge() error {
	return &types.WebAuthnChallengeNotFoundException{Message: ref(msgPasskeyChallenge)}
}
