package userpool

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/srp"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// The flow USER_SRP_AUTH and the challenge PASSWORD_VERIFIER: the password
// proves itself without being sent. The server's half of the exchange travels
// in SECRET_BLOCK, sealed.

const (
	paramSRPA           = "SRP_A"
	paramClaimSignature = "PASSWORD_CLAIM_SIGNATURE"
	paramSecretBlock    = "PASSWORD_CLAIM_SECRET_BLOCK"
	paramTimestamp      = "TIMESTAMP"
)

const (
	msgBadSRPA      = "Invalid SRP_A."
	msgBadTimestamp = "Invalid TIMESTAMP."
)

const srpPurpose = "srp secret block 1"

// startSRP is the flow USER_SRP_AUTH.
func (s *Service) startSRP(ctx context.Context, a *attempt) (*answer, error) {
	return s.challengeSRP(ctx, a)
}

// checkSRPA refuses an SRP_A that is no public value, zero included.
func (a *attempt) checkSRPA() error {
	if _, err := srp.ParsePublic(a.params[paramSRPA]); err != nil {
		return invalidParameter(msgBadSRPA)
	}
	return nil
}

// challengeSRP answers with PASSWORD_VERIFIER. For a user that does not exist,
// or has no password, everything looks the same.
func (s *Service) challengeSRP(ctx context.Context, a *attempt) (*answer, error) {
	public, err := srp.ParsePublic(a.params[paramSRPA])
	if err != nil {
		return nil, invalidParameter(msgBadSRPA)
	}
	if err := a.mustReset(); err != nil {
		return nil, err
	}
	if locked(a.lockout, s.clock.Now()) {
		return nil, notAuthorized(msgLocked)
	}
	next := s.nextSession(a, types.ChallengeNameTypePasswordVerifier)
	salt, verifier := s.saltAndVerifier(a)
	secret, own := srp.NewChallenge(verifier, s.ids)
	id := a.userID(s)
	out := &answer{challenge: next.Challenge, parameters: map[string]string{
		"SALT": srp.Hex(salt), "SRP_B": srp.Hex(own), "SECRET_BLOCK": s.sealSecretBlock(&next, public, own, secret),
		paramUsername: id, paramUserID: id,
	}}
	if next.Flow != "" {
		text := s.sealSession(&next)
		out.session = &text
	}
	return out, ctx.Err()
}

// saltAndVerifier are the user's. Who has none gets a salt that stays the same
// and a verifier that no password has.
func (s *Service) saltAndVerifier(a *attempt) (salt, verifier []byte) {
	if len(a.password.verifier) > 0 {
		return a.password.salt, a.password.verifier
	}
	return s.pseudo(a, "salt", saltSize), s.ids.Bytes(srp.Size)
}

// pseudo returns n bytes that are always the same for the name and look random.
func (s *Service) pseudo(a *attempt, what string, n int) []byte {
	key, err := hkdf.Expand(sha256.New, s.unknownMAC(a.pool, a.name), what, n)
	if err != nil {
		panic("userpool: " + err.Error())
	}
	return key
}

// userID is USER_ID_FOR_SRP: the canonical username, or for an unknown name
// what could be one.
func (a *attempt) userID(s *Service) string {
	if a.user != nil {
		return a.user.Username
	}
	if !slices.ContainsFunc(a.pool.aliasKinds(), func(kind string) bool { return aliasShaped(kind, a.name) }) {
		return a.name
	}
	b := s.pseudo(a, "user id", 16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// exchange is what SECRET_BLOCK holds.
type exchange struct {
	session session
	// block is SECRET_BLOCK itself, decoded.
	block               []byte
	public, own, secret []byte
}

// sealSecretBlock packs the exchange: both public values, the secret, and the
// session. Clients decode standard base64 and use the bytes.
func (s *Service) sealSecretBlock(x *session, public, own, secret []byte) string {
	sealed := s.store.SealToken(srpPurpose, slices.Concat(public, own, secret, x.payload()))
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		panic("userpool: secret block: " + err.Error())
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// openExchange opens SECRET_BLOCK. Errors: NotAuthorizedException.
func (s *Service) openExchange(text string) (*exchange, error) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, notAuthorized(msgBadCredentials)
	}
	b, err := s.store.OpenToken(srpPurpose, base64.RawURLEncoding.EncodeToString(raw))
	if err != nil || len(b) < 2*srp.Size+srp.SecretSize {
		return nil, notAuthorized(msgBadCredentials)
	}
	e := &exchange{block: raw, public: b[:srp.Size], own: b[srp.Size : 2*srp.Size]}
	e.secret = b[2*srp.Size : 2*srp.Size+srp.SecretSize]
	if json.Unmarshal(b[2*srp.Size+srp.SecretSize:], &e.session) != nil {
		return nil, notAuthorized(msgBadCredentials)
	}
	return e, nil
}

// openSecretBlock finds the session of an answer to PASSWORD_VERIFIER: that in
// the block, and where the flow gives out a session string it must be the same.
func (s *Service) openSecretBlock(a *attempt, text string) (session, error) {
	e, err := s.openExchange(a.params[paramSecretBlock])
	if err != nil {
		return session{}, err
	}
	if err := s.checkOpened(&e.session, a.client, types.ChallengeNameTypePasswordVerifier); err != nil {
		return session{}, err
	}
	if text == "" && e.session.Flow == "" {
		return e.session, nil
	}
	given, err := s.openSession(text, a.client, types.ChallengeNameTypePasswordVerifier)
	if err == nil && given.ID != e.session.ID {
		err = notAuthorized(msgSessionInvalid)
	}
	return e.session, err
}

// answerPasswordVerifier takes PASSWORD_CLAIM_SIGNATURE.
func (s *Service) answerPasswordVerifier(ctx context.Context, a *attempt) (*answer, error) {
	e, err := s.openExchange(a.params[paramSecretBlock])
	if err != nil {
		return nil, err
	}
	if _, err := srp.ParseTimestamp(a.params[paramTimestamp]); err != nil {
		return nil, invalidParameter(msgBadTimestamp)
	}
	if a.subject != a.session.Subject {
		// Another user's name, or the user id made up for an unknown one.
		a.user, a.subject, a.password = nil, a.session.Subject, password{}
	}
	if locked(a.lockout, s.clock.Now()) {
		return nil, notAuthorized(msgLocked)
	}
	ok := s.claimed(a, e)
	prove := func(tx *store.Tx) error {
		if _, err := checkSession(tx, a); err != nil {
			return err
		}
		return a.provePassword(tx, ok)
	}
	if a.session.Flow != types.AuthFlowTypeCustomAuth {
		return s.settle(ctx, a, prove)
	}
	if err := s.prove(ctx, a, prove); err != nil {
		return nil, err
	}
	a.session.passed(types.ChallengeNameTypePasswordVerifier, true, nil)
	return s.define(ctx, a)
}

// claimed computes the shared key and checks the signature with it, at the same
// cost for users that do not exist.
func (s *Service) claimed(a *attempt, e *exchange) bool {
	_, verifier := s.saltAndVerifier(a)
	key, err := srp.SharedKey(e.public, e.own, e.secret, verifier)
	if err != nil {
		return false
	}
	name := a.name
	if a.user != nil {
		name = a.user.Username
	}
	ok := srp.CheckSignature(key, srpGroup(a.pool.ID), name, e.block, a.params[paramTimestamp], a.params[paramClaimSignature])
	return ok && len(a.password.verifier) > 0
}
