package iam

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// kindMFA is the kind of object of a virtual MFA device. Its id and name are
// its ARN, its secret the TOTP seed (RFC 6238).
const kindMFA = "mfa"

// mfaBody is what is kept of an MFA device.
type mfaBody struct {
	// Enabled is when the device was assigned to its user, in Unix seconds.
	Enabled int64
	// Step is the last time step whose code was used; no code is taken twice.
	Step int64
}

const (
	totpStep = 30 * time.Second
	// totpDrift is how many steps a device's clock may be off.
	totpDrift = 1
)

// matchStep returns the time step in which the seed shows the code, among those
// that the drift allows and that are later than after.
func matchStep(seed, code string, now time.Time, after int64) (step int64, ok bool) {
	for d := int64(-totpDrift); d <= totpDrift; d++ {
		at := now.Unix()/int64(totpStep/time.Second) + d
		want, err := totp.GenerateCodeCustom(seed, time.Unix(at*int64(totpStep/time.Second), 0), totp.ValidateOpts{Period: 30, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && at > after && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, ok = at, true
		}
	}
	return step, ok
}

// VerifyMFA tells whether code is what the user's device shows (the root user's
// when userID is empty), and uses the code up.
func (s *Service) VerifyMFA(ctx context.Context, account, userID, serial, code string) (good bool, err error) {
	if userID == "" {
		userID = rootOwner(account)
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		good = false
		o, err := tx.IAMObject(serial)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		var body mfaBody
		if err := json.Unmarshal([]byte(o.Body), &body); err != nil {
			return err
		}
		if o.Kind != kindMFA || o.Account != account || o.OwnerID != userID || body.Enabled == 0 {
			return nil
		}
		step, ok := matchStep(string(o.Secret), code, tx.Now(), body.Step)
		if !ok {
			return nil
		}
		body.Step, good = step, true
		return saveObject(tx, o, body)
	})
	return good, err
}

// saveObject writes an object with a new body.
func saveObject(tx *store.Tx, o store.IAMObject, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	o.Body = string(text)
	return tx.UpdateIAMObject(o)
}
