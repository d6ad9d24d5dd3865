package userpool

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/srp"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// Devices in sign-ins. A sign-in names its device with DEVICE_KEY. A remembered
// one then proves itself in the challenges DEVICE_SRP_AUTH and
// DEVICE_PASSWORD_VERIFIER: in place of the second factor where the pool says
// so, otherwise after it.

// nameDevice finds the device that this call or an earlier one of the sign-in
// named. The call's own must exist; one that was named before the password was
// proved is forgotten when it does not, since clients go on without it. Errors:
// ResourceNotFoundException.
func nameDevice(tx *store.Tx, a *attempt) error {
	a.device = nil
	if !a.pool.tracksDevices() {
		a.session.dropDevice()
		return nil
	}
	named := a.params[paramDeviceKey]
	if named != "" && named != a.session.Device {
		a.session.Device, a.session.DeviceProved = named, false
	}
	if a.session.Device == "" {
		return nil
	}
	d, err := deviceOf(tx, a.user, a.session.Device)
	if isResourceNotFound(err) && named == "" {
		a.session.dropDevice()
		return nil
	}
	a.device = d
	return err
}

// offerDevice carries the device that InitiateAuth named to the next step.
func (x *session) offerDevice(key string) {
	if isDeviceKey(key) {
		x.Device = key
	}
}

func (x *session) dropDevice() { x.Device, x.DeviceProved = "", false }

// deviceOrSecondFactor returns what a user with a first factor has to prove
// yet: the device, the second factor, or nothing.
func (s *Service) deviceOrSecondFactor(tx *store.Tx, a *attempt) (*step, error) {
	if err := nameDevice(tx, a); err != nil {
		return nil, err
	}
	device := a.deviceChallenge()
	standsIn := a.pool.devicesReplaceMFA() && a.device != nil && a.device.Remembered
	if standsIn && device != nil {
		return device, nil
	}
	second, err := s.secondFactor(tx, a)
	switch {
	case err != nil:
		return nil, err
	case standsIn && second != nil && second.challenge != types.ChallengeNameTypeMfaSetup:
		return nil, nil
	case second != nil:
		return second, nil
	}
	return device, nil
}

// deviceChallenge is DEVICE_SRP_AUTH for a remembered device that has not
// proved itself yet.
func (a *attempt) deviceChallenge() *step {
	if a.device == nil || !a.device.Remembered || a.session.DeviceProved {
		return nil
	}
	return &step{challenge: types.ChallengeNameTypeDeviceSrpAuth, parameters: map[string]string{
		paramUsername: a.user.Username, paramDeviceKey: a.device.Key,
	}}
}

// grantDevice binds the tokens to the device: that of the sign-in, or a new
// one, which the answer tells the client.
func (s *Service) grantDevice(tx *store.Tx, a *attempt, g *grant) error {
	switch {
	case !a.pool.tracksDevices():
		return nil
	case a.device != nil:
		if err := a.write(); err != nil {
			return err
		}
		g.deviceKey = a.device.Key
		return tx.DeviceAuthenticated(a.user, a.device, a.sourceIP)
	}
	g.deviceKey = a.pool.Region + "_" + s.ids.UUID()
	g.newDevice = &types.NewDeviceMetadataType{DeviceKey: ref(g.deviceKey), DeviceGroupKey: ref(s.deviceGroupKey(a.pool))}
	return nil
}

// answerDeviceSRP takes SRP_A of the device and answers with
// DEVICE_PASSWORD_VERIFIER.
func (s *Service) answerDeviceSRP(ctx context.Context, a *attempt) (*answer, error) {
	public, err := srp.ParsePublic(a.params[paramSRPA])
	if err != nil {
		return nil, invalidParameter(msgBadSRPA)
	}
	var d *store.Device
	var verifier []byte
	err = s.prove(ctx, a, func(tx *store.Tx) (err error) {
		d, verifier, err = rememberedDevice(tx, a)
		return err
	})
	if err != nil {
		return nil, err
	}
	next := s.nextSession(a, types.ChallengeNameTypeDevicePasswordVerifier)
	secret, own := srp.NewChallenge(verifier, s.ids)
	text := s.sealSession(&next)
	return &answer{challenge: next.Challenge, session: &text, parameters: map[string]string{
		"SALT": srp.Hex(d.Salt), "SRP_B": srp.Hex(own), "SECRET_BLOCK": s.sealSecretBlock(&next, public, own, secret),
		paramUsername: a.user.Username, paramDeviceKey: d.Key,
	}}, ctx.Err()
}

// rememberedDevice returns the device that the answer names, which must be that
// of the sign-in. Errors: ResourceNotFoundException.
func rememberedDevice(tx *store.Tx, a *attempt) (*store.Device, []byte, error) {
	if a.user == nil || !a.pool.tracksDevices() || a.params[paramDeviceKey] != a.session.Device {
		return nil, nil, notFound(msgDeviceUnknown)
	}
	d, err := deviceOf(tx, a.user, a.session.Device)
	if err != nil {
		return nil, nil, err
	}
	if !d.Remembered {
		return nil, nil, notFound(msgDeviceUnknown)
	}
	verifier, err := tx.DeviceVerifier(a.user, d)
	return d, verifier, err
}

// openDeviceBlock finds the session of an answer to DEVICE_PASSWORD_VERIFIER.
func (s *Service) openDeviceBlock(a *attempt, text string) (session, error) {
	e, err := s.openExchange(a.params[paramSecretBlock])
	if err != nil {
		return session{}, err
	}
	given, err := s.openSession(text, a.client, types.ChallengeNameTypeDevicePasswordVerifier)
	if err == nil && given.ID != e.session.ID {
		err = notAuthorized(msgSessionInvalid)
	}
	return given, err
}

// answerDeviceVerifier takes the device's PASSWORD_CLAIM_SIGNATURE.
func (s *Service) answerDeviceVerifier(ctx context.Context, a *attempt) (*answer, error) {
	e, err := s.openExchange(a.params[paramSecretBlock])
	if err != nil {
		return nil, err
	}
	if _, err := srp.ParseTimestamp(a.params[paramTimestamp]); err != nil {
		return nil, invalidParameter(msgBadTimestamp)
	}
	var d *store.Device
	var verifier []byte
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		if _, err = checkSession(tx, a); err != nil {
			return err
		}
		d, verifier, err = rememberedDevice(tx, a)
		return err
	})
	if err != nil {
		return nil, err
	}
	key, err := srp.SharedKey(e.public, e.own, e.secret, verifier)
	ok := err == nil && srp.CheckSignature(key, d.GroupKey, d.Key, e.block, a.params[paramTimestamp], a.params[paramClaimSignature])
	return s.settle(ctx, a, func(tx *store.Tx) error {
		if _, err := checkSession(tx, a); err != nil {
			return err
		}
		if !ok {
			if err := countWrongAnswer(tx, a); err != nil {
				return err
			}
			return keep(notAuthorized(msgBadCredentials))
		}
		a.session.DeviceProved = true
		return nil
	})
}

// checkRefreshDevice refuses a refresh token that is bound to a device unless
// the request names it and it is confirmed and not forgotten. When the pool has
// stopped tracking devices, only forgotten ones are refused. Errors:
// NotAuthorizedException.
func checkRefreshDevice(tx *store.Tx, a *attempt, t *refreshToken) error {
	if t.DeviceKey == "" {
		return nil
	}
	if !a.pool.tracksDevices() {
		forgotten, err := tx.SignInRevoked(a.pool.ID, t.DeviceKey)
		if err == nil && forgotten {
			err = notAuthorized(msgRefreshRevoked)
		}
		return err
	}
	if a.params[paramDeviceKey] != t.DeviceKey {
		return notAuthorized(msgRefreshDevice)
	}
	_, err := tx.Device(a.user, t.DeviceKey)
	if errors.Is(err, store.ErrNotFound) {
		return notAuthorized(msgRefreshDevice)
	}
	return err
}
