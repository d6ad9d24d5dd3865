package userpool_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/ids"
	"github.com/poolhouse-id/poolhouse/internal/srp"
)

func BenchmarkPasswordSignIn(b *testing.B) {
	s := newSignInWorld(b)
	s.tokens()
	for b.Loop() {
		s.tokens()
	}
}

// BenchmarkPasswordSignInFloor is what a sign-in cannot do without: the
// password's verifier and two RSA signatures.
func BenchmarkPasswordSignInFloor(b *testing.B) {
	key, digest := floorKey(b)
	salt := make([]byte, 16)
	for b.Loop() {
		srp.Verifier("abcDEF123", "user", goodPassword, salt)
		floorSign(b, key, digest)
		floorSign(b, key, digest)
	}
}

func BenchmarkRefresh(b *testing.B) {
	s := newSignInWorld(b)
	token := *s.tokens().RefreshToken
	for b.Loop() {
		if _, err := s.refresh(token); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRefreshFloor is two RSA signatures.
func BenchmarkRefreshFloor(b *testing.B) {
	key, digest := floorKey(b)
	for b.Loop() {
		floorSign(b, key, digest)
		floorSign(b, key, digest)
	}
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
	for b.Loop() {
		if err := s.getUser(access); err != nil {
			b.Fatal(err)
		}
	}
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
