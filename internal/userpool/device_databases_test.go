package userpool_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

// A device's life on each kind of database, with names that one of them would
// not take as text.
func TestDevicesOnDatabases(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		w := newWorldOn(t, cfg)
		s := &signInWorld{world: w, pool: w.pool(func(in *newops.CreateUserPoolInput) {
			emailPool(in)
			in.DeviceConfiguration = tracking(true, false)
		})}
		s.client = w.client(s.pool, everyFlow)
		s.sub = w.confirmed(s.client, jane, "email", jane)
		r := s.tokens()
		d := newDevice(r)
		_, err := s.ConfirmDevice(s.ctx, &cognito.ConfirmDeviceInput{
			AccessToken: r.AccessToken, DeviceKey: &d.key, DeviceName: aws.String("nul \x00"), DeviceSecretVerifierConfig: deviceVerifier(d),
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := values(s.adminDevice(d).DeviceAttributes)["device_name"]; got != "nul \x00" {
			t.Errorf("%q", got)
		}
		done, err := s.proveDevice(d, s.deviceChallenge(d).Session)
		if err != nil || done.AuthenticationResult == nil {
			t.Fatalf("%+v %v", done, err)
		}
		for _, key := range []string{"\x00", d.key + "\x00", "us-east-1_" + string(make([]byte, 10000))} {
			_, err := s.initiate(types.AuthFlowTypeUserPasswordAuth, "USERNAME", jane, "PASSWORD", goodPassword, "DEVICE_KEY", key)
			refused(t, err, "ResourceNotFoundException", noDevice)
			_, err = s.ForgetDevice(s.ctx, &cognito.ForgetDeviceInput{AccessToken: r.AccessToken, DeviceKey: &key})
			refused(t, err, "ResourceNotFoundException", noDevice)
			_, err = s.DeleteWebAuthnCredential(s.ctx, &cognito.DeleteWebAuthnCredentialInput{AccessToken: r.AccessToken, CredentialId: &key})
			refused(t, err, "ResourceNotFoundException", "The credential does not exist.")
		}
		if _, err := s.ForgetDevice(s.ctx, &cognito.ForgetDeviceInput{AccessToken: r.AccessToken, DeviceKey: &d.key}); err != nil {
			t.Fatal(err)
		}
		refused(t, s.refreshFrom(*done.AuthenticationResult.RefreshToken, d.key), "NotAuthorizedException", "Invalid Refresh Token.")
	})
}

// A device is confirmed once, whoever comes first.
func TestConfirmDeviceAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		w := newWorldOn(t, cfg)
		s := &signInWorld{world: w, pool: w.pool(func(in *newops.CreateUserPoolInput) {
			emailPool(in)
			in.DeviceConfiguration = tracking(false, false)
		})}
		s.client = w.client(s.pool, everyFlow)
		s.sub = w.confirmed(s.client, jane, "email", jane)
		r := s.tokens()
		d := newDevice(r)
		errs := make([]error, 4)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { _, errs[i] = s.confirmDevice(r, d) })
		}
		wg.Wait()
		confirmed := 0
		for _, err := range errs {
			if err == nil {
				confirmed++
				continue
			}
			refused(t, err, "DeviceKeyExistsException", "Device already exists.")
		}
		if confirmed != 1 {
			t.Errorf("confirmed %d times", confirmed)
		}
	})
}

// A client that forgets its key makes devices without end; the ones that were
// not used for longest make room.
func TestIdleDevicesGo(t *testing.T) {
	t.Parallel()
	s := newDeviceWorld(t, tracking(false, false))
	first, oldest := s.enrolled()
	s.clock.Advance(time.Minute)
	err := s.db.Update(s.ctx, func(tx *store.Tx) error {
		u, err := tx.UserBySub(s.pool, s.sub)
		for n := 0; n < 498 && err == nil; n++ {
			err = tx.InsertDevice(u, &store.Device{Key: fmt.Sprintf("us-east-1_%032x", n), Salt: deviceSalt, Remembered: true}, make([]byte, 384))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(time.Minute)
	_, kept := s.enrolled()
	s.adminDevice(oldest)
	s.enrolled()
	_, err = s.AdminGetDevice(s.ctx, &cognito.AdminGetDeviceInput{UserPoolId: &s.pool, Username: aws.String(jane), DeviceKey: &oldest.key})
	refused(t, err, "ResourceNotFoundException", noDevice)
	refused(t, s.refreshFrom(*first.RefreshToken, oldest.key), "NotAuthorizedException", "Invalid Refresh Token.")
	s.adminDevice(kept)
}
