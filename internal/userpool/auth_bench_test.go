package userpool_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/ids"
	"github.com/poolhouse-id/poolhouse/internal/srp"
)

func BenchmarkPasswordSignIn(b *testing.B) {
	s := newSignInWorld(b)
	s.tokens()
	measure(b, func() { s.tokens() })
}

// BenchmarkPasswordSignInFloor is what a sign-in cannot do without: the
// password's verifier and two RSA signatures.
func BenchmarkPasswordSignInFloor(b *testing.B) {
	key, digest := floorKey(b)
	salt := make([]byte, 16)
	measure(b, func() {
		srp.Verifier("abcDEF123", "user", goodPassword, salt)
		floorSign(b, key, digest)
		floorSign(b, key, digest)
	})
}

func BenchmarkRefresh(b *testing.B) {
	s := newSignInWorld(b)
	token := *s.tokens().RefreshToken
	measure(b, func() {
		if _, err := s.refresh(token); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkRefreshFloor is two RSA signatures.
func BenchmarkRefreshFloor(b *testing.B) {
	key, digest := floorKey(b)
	measure(b, func() {
		floorSign(b, key, digest)
		floorSign(b, key, digest)
	})
}

// BenchmarkSRPSignIn is both calls of the server; the client's share is not
// counted.
func BenchmarkSRPSignIn(b *testing.B) {
	s := newSignInWorld(b)
	s.tokens()
	for b.Loop() {
		b.StopTimer()
		c := srp.NewClient(ids.Source{})
		public := c.Public()
		b.StartTimer()
		out, err := s.initiate(types.AuthFlowTypeUserSrpAuth, "USERNAME", jane, "SRP_A", public)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		proof := s.proof(c, out.ChallengeParameters, goodPassword)
		b.StartTimer()
		if _, err := s.verify(proof); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGetUser(b *testing.B) {
	s := newSignInWorld(b)
	access := *s.tokens().AccessToken
	measure(b, func() {
		if err := s.getUser(access); err != nil {
			b.Fatal(err)
		}
	})
}

// measure runs f b.N times and reports the processor time beside the time that
// passed, which other work on the machine does not change.
func measure(b *testing.B, f func()) {
	b.Helper()
	var before, after syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &before); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		f()
	}
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &after); err != nil {
		b.Fatal(err)
	}
	used := after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano()
	b.ReportMetric(float64(used)/float64(b.N), "cpu-ns/op")
}

func floorKey(b *testing.B) (*rsa.PrivateKey, []byte) {
	b.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	return key, make([]byte, 32)
}

func floorSign(b *testing.B, key *rsa.PrivateKey, digest []byte) {
	if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest); err != nil {
		b.Fatal(err)
	}
}
