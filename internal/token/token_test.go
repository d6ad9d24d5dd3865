package token_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
	"github.com/poolhouse-id/poolhouse/internal/token"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var reservoir = token.NewReservoir(6)

const (
	poolID = "us-east-1_abcDEF123"
	issuer = "http://localhost:7665/" + poolID
)

var start = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

type fixture struct {
	keys  *token.Keys
	clock *clock.Fixed
	db    *store.DB
}

func newKeys(db *store.DB, c clock.Clock) *token.Keys {
	return token.New(token.Config{Store: db, Clock: c, Reservoir: reservoir})
}

func setUp(t testing.TB) *fixture {
	t.Helper()
	c := clock.NewFixed(start)
	db := storetest.Open(t, store.Config{Clock: c})
	return &fixture{newKeys(db, c), c, db}
}

func idClaims(life time.Duration) *token.IDClaims {
	return &token.IDClaims{
		Subject: "user", Audience: "client", Issuer: issuer, TokenUse: token.UseID, Username: "user", JTI: "jti",
		AuthTime: start.Unix(), IssuedAt: start.Unix(), Expires: start.Add(life).Unix(),
		Attributes: map[string]any{"email": "a@example.com", "sub": "forged", "email_verified": true},
	}
}

func sign(t testing.TB, k *token.Keys, owner, use string, claims any) string {
	t.Helper()
	s, err := k.Sign(t.Context(), owner, use, claims)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSignAndVerify(t *testing.T) {
	t.Parallel()
	f := setUp(t)
	owner := token.UserPool(poolID)
	claims, err := f.keys.Verify(t.Context(), owner, token.UseID, sign(t, f.keys, owner, token.UseID, idClaims(time.Hour)))
	if err != nil {
		t.Fatal(err)
	}
	if claims.String("sub") != "user" || claims.String("email") != "a@example.com" || claims["email_verified"] != true {
		t.Error(claims)
	}
	if !claims.Time("exp").Equal(start.Add(time.Hour)) {
		t.Error(claims.Time("exp"))
	}
}

// Every use signs with its own algorithm, and an independent implementation
// verifies the token with the published key set.
func TestJWKSVerifiesTokens(t *testing.T) {
	t.Parallel()
	f := setUp(t)
	for _, c := range []struct {
		owner, use string
		alg        jose.SignatureAlgorithm
	}{
		{token.UserPool(poolID), token.UseID, jose.RS256},
		{token.UserPool(poolID), token.UseAccess, jose.RS256},
		{token.IdentityPools, token.UseOpenID, jose.RS512},
		{token.Account("123456789012"), token.UseES384, jose.ES384},
		{token.Account("123456789012"), token.UseRS256, jose.RS256},
	} {
		text := sign(t, f.keys, c.owner, c.use, idClaims(time.Hour))
		doc, err := f.keys.JWKS(t.Context(), c.owner, c.use)
		if err != nil {
			t.Fatal(err)
		}
		var set jose.JSONWebKeySet
		if err := json.Unmarshal(doc, &set); err != nil {
			t.Fatal(err)
		}
		signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{c.alg})
		if err != nil {
			t.Fatalf("%s: %v", c.use, err)
		}
		if _, err := signed.Verify(set); err != nil {
			t.Errorf("%s: %v", c.use, err)
		}
	}
}

func TestJWKSForm(t *testing.T) {
	t.Parallel()
	f := setUp(t)
	doc, err := f.keys.JWKS(t.Context(), token.UserPool(poolID), token.UseID, token.UseAccess)
	if err != nil {
		t.Fatal(err)
	}
	var set struct{ Keys []map[string]string }
	if err := json.Unmarshal(doc, &set); err != nil {
		t.Fatal(err)
	}
	if len(set.Keys) != 2 || set.Keys[0]["kid"] == set.Keys[1]["kid"] {
		t.Fatalf("two different keys wanted: %s", doc)
	}
	kid := regexp.MustCompile(`^[A-Za-z0-9+/]{43}=$`)
	for _, k := range set.Keys {
		if len(k) != 6 || k["alg"] != "RS256" || k["e"] != "AQAB" || k["kty"] != "RSA" || k["use"] != "sig" || len(k["n"]) != 342 || !kid.MatchString(k["kid"]) {
			t.Errorf("%v", k)
		}
	}
	header, _, _ := strings.Cut(sign(t, f.keys, token.UserPool(poolID), token.UseID, idClaims(time.Hour)), ".")
	text, err := base64.RawURLEncoding.DecodeString(header)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]string
	if err := json.Unmarshal(text, &members); err != nil || len(members) != 2 || members["alg"] != "RS256" || !kid.MatchString(members["kid"]) {
		t.Errorf("header %s", text)
	}
	header, _, _ = strings.Cut(sign(t, f.keys, token.IdentityPools, token.UseOpenID, idClaims(time.Hour)), ".")
	if text, err = base64.RawURLEncoding.DecodeString(header); err != nil {
		t.Fatal(err)
	}
	members = nil
	if err := json.Unmarshal(text, &members); err != nil || len(members) != 3 || members["alg"] != "RS512" || members["typ"] != "JWS" || members["kid"] == "" {
		t.Errorf("header %s of an identity pools' token", text)
	}
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func TestRefused(t *testing.T) {
	t.Parallel()
	f := setUp(t)
	owner := token.UserPool(poolID)
	good := sign(t, f.keys, owner, token.UseID, idClaims(time.Hour))
	parts := strings.Split(good, ".")
	var header struct{ Kid string }
	head, _ := base64.RawURLEncoding.DecodeString(parts[0])
	if err := json.Unmarshal(head, &header); err != nil {
		t.Fatal(err)
	}
	resign := func(alg jose.SignatureAlgorithm, key any) string {
		s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: header.Kid}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
		signed, err := s.Sign(payload)
		if err != nil {
			t.Fatal(err)
		}
		text, err := signed.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	flipped := []byte(good)
	flipped[len(parts[0])+10] ^= 1
	foreign := sign(t, f.keys, token.UserPool("us-east-1_other0000"), token.UseID, idClaims(time.Hour))
	for name, c := range map[string]struct {
		token string
		want  error
	}{
		"empty":                    {"", token.ErrMalformed},
		"two parts":                {parts[0] + "." + parts[1], token.ErrMalformed},
		"four parts":               {good + ".x", token.ErrMalformed},
		"JSON form":                {`{"payload":"","signatures":[]}`, token.ErrMalformed},
		"header not JSON":          {b64("x") + "." + parts[1] + "." + parts[2], token.ErrMalformed},
		"huge":                     {good + strings.Repeat("A", 1<<17), token.ErrMalformed},
		"alg none":                 {b64(`{"alg":"none","kid":"`+header.Kid+`"}`) + "." + parts[1] + ".", token.ErrAlgorithm},
		"alg HS256":                {resign(jose.HS256, []byte(strings.Repeat("k", 32))), token.ErrAlgorithm},
		"alg PS256":                {resign(jose.PS256, other), token.ErrAlgorithm},
		"alg RS512 of RS256's key": {resign(jose.RS512, other), token.ErrAlgorithm},
		"critical header":          {b64(`{"alg":"RS256","crit":["x"],"x":1,"kid":"`+header.Kid+`"}`) + "." + parts[1] + "." + parts[2], token.ErrSignature},
		"own key under our kid":    {resign(jose.RS256, other), token.ErrSignature},
		"signature cut":            {good[:len(good)-2], token.ErrSignature},
		"signature of nothing":     {parts[0] + "." + parts[1] + ".", token.ErrSignature},
		"changed claims":           {parts[0] + "." + b64(`{"exp":9999999999,"sub":"admin"}`) + "." + parts[2], token.ErrSignature},
		"line end":                 {good[:30] + "\n" + good[30:], token.ErrMalformed},
		"padding":                  {good + "==", token.ErrMalformed},
		"changed bit":              {string(flipped), token.ErrSignature},
		"unknown kid":              {b64(`{"alg":"RS256","kid":"x"}`) + "." + parts[1] + "." + parts[2], token.ErrUnknownKey},
		"no kid":                   {b64(`{"alg":"RS256"}`) + "." + parts[1] + "." + parts[2], token.ErrUnknownKey},
		"key of another pool":      {foreign, token.ErrUnknownKey},
		"key of another use":       {sign(t, f.keys, owner, token.UseAccess, idClaims(time.Hour)), token.ErrUnknownKey},
		"no expiry":                {sign(t, f.keys, owner, token.UseID, map[string]any{"sub": "x"}), token.ErrMalformed},
		"expiry is text":           {sign(t, f.keys, owner, token.UseID, map[string]any{"exp": "9999999999"}), token.ErrMalformed},
		"claims are a list":        {sign(t, f.keys, owner, token.UseID, []int{1}), token.ErrMalformed},
		"claims are null":          {sign(t, f.keys, owner, token.UseID, nil), token.ErrMalformed},
		"expires now":              {sign(t, f.keys, owner, token.UseID, idClaims(0)), token.ErrExpired},
		"not yet":                  {sign(t, f.keys, owner, token.UseID, map[string]any{"exp": start.Unix() + 9, "nbf": start.Unix() + 1}), token.ErrNotYetValid},
	} {
		if _, err := f.keys.Verify(t.Context(), owner, token.UseID, c.token); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := f.keys.Verify(t.Context(), owner, token.UseID, good); err != nil {
		t.Error("the untouched token:", err)
	}
}

func TestExpiredKeepsClaims(t *testing.T) {
	t.Parallel()
	f := setUp(t)
	owner := token.UserPool(poolID)
	text := sign(t, f.keys, owner, token.UseID, idClaims(time.Minute))
	f.clock.Advance(time.Minute - time.Nanosecond)
	if _, err := f.keys.Verify(t.Context(), owner, token.UseID, text); err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(time.Nanosecond)
	claims, err := f.keys.Verify(t.Context(), owner, token.UseID, text)
	var expired *token.ExpiredError
	if !errors.As(err, &expired) || !expired.Expired.Equal(start.Add(time.Minute)) || !expired.Now.Equal(start.Add(time.Minute)) {
		t.Fatal(err)
	}
	if claims.String("sub") != "user" {
		t.Error(claims)
	}
}

func kids(t *testing.T, k *token.Keys, owner string, uses ...string) []string {
	t.Helper()
	doc, err := k.JWKS(t.Context(), owner, uses...)
	if err != nil {
		t.Fatal(err)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(doc, &set); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, key := range set.Keys {
		out = append(out, key.KeyID)
	}
	return out
}

// A rotation on one node is seen by another, breaks no token in flight, and
// removes the old key once its last token has expired.
func TestRotate(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		c := clock.NewFixed(start)
		cfg.Clock = c
		a := newKeys(storetest.Open(t, cfg), c)
		b := newKeys(storetest.Open(t, cfg), c)
		owner := token.UserPool(poolID)
		before := sign(t, a, owner, token.UseID, idClaims(24*time.Hour))
		if _, err := b.Verify(t.Context(), owner, token.UseID, before); err != nil {
			t.Fatal("the other node:", err)
		}
		first := kids(t, b, owner)
		if err := a.Rotate(t.Context(), owner, token.UseID); err != nil {
			t.Fatal(err)
		}
		if now := kids(t, b, owner); len(now) != 2 || now[0] == first[0] || now[1] != first[0] {
			t.Fatalf("%v after %v", now, first)
		}
		after := sign(t, a, owner, token.UseID, idClaims(24*time.Hour))
		c.Advance(time.Second)
		for _, text := range []string{before, after} {
			for _, node := range []*token.Keys{a, b} {
				if _, err := node.Verify(t.Context(), owner, token.UseID, text); err != nil {
					t.Error(err)
				}
			}
		}
		c.Advance(25 * time.Hour)
		if now := kids(t, a, owner); len(now) != 1 || now[0] == first[0] {
			t.Errorf("the old key remains: %v", now)
		}
		late := idClaims(48 * time.Hour)
		if _, err := b.Verify(t.Context(), owner, token.UseID, before); !errors.Is(err, token.ErrUnknownKey) {
			t.Error("a token of a key that is gone:", err)
		}
		if _, err := b.Verify(t.Context(), owner, token.UseID, sign(t, a, owner, token.UseID, late)); err != nil {
			t.Error(err)
		}
		if err := a.Rotate(t.Context(), owner, token.UseID); err != nil {
			t.Fatal(err)
		}
		if now := kids(t, a, owner); len(now) != 2 {
			t.Errorf("%v", now)
		}
	})
}

// Nodes that need an owner's first key at once agree on one.
func TestFirstKeyAgreed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		var wg sync.WaitGroup
		tokens := make([]string, 4)
		for i := range tokens {
			wg.Go(func() {
				claims := map[string]any{"exp": time.Now().Add(time.Hour).Unix()}
				var err error
				if tokens[i], err = newKeys(db, nil).Sign(context.Background(), "o", token.UseES384, claims); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		k := newKeys(db, nil)
		if n := len(kids(t, k, "o")); n != 1 {
			t.Errorf("%d keys", n)
		}
		for _, text := range tokens {
			if _, err := k.Verify(t.Context(), "o", token.UseES384, text); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestDeletedOwner(t *testing.T) {
	t.Parallel()
	f := setUp(t)
	owner := token.Account("123456789012")
	text := sign(t, f.keys, owner, token.UseES384, idClaims(time.Hour))
	if err := f.db.Update(t.Context(), func(tx *store.Tx) error { return tx.DeleteSigningKeys(owner) }); err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(time.Minute)
	if _, err := f.keys.Verify(t.Context(), owner, token.UseES384, text); !errors.Is(err, token.ErrUnknownKey) {
		t.Error(err)
	}
	if got := kids(t, f.keys, owner); len(got) != 0 {
		t.Error(got)
	}
}

func TestForget(t *testing.T) {
	t.Parallel()
	f := setUp(t)
	owner := token.Account("123456789012")
	text := sign(t, f.keys, owner, token.UseES384, idClaims(time.Hour))
	if err := f.db.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.keys.Forget()
	if _, err := f.keys.Verify(t.Context(), owner, token.UseES384, text); !errors.Is(err, token.ErrUnknownKey) {
		t.Error(err)
	}
}

func TestUnknownUse(t *testing.T) {
	t.Parallel()
	f := setUp(t)
	if _, err := f.keys.Sign(t.Context(), "o", "nonsense", idClaims(0)); err == nil {
		t.Error("signed")
	}
}

func TestClaims(t *testing.T) {
	t.Parallel()
	c := token.Claims{"s": "x", "n": 1.0, "list": []any{"a", 1.0, "b"}, "huge": 1e300}
	if c.String("s") != "x" || c.String("n") != "" || c.String("none") != "" {
		t.Error("String")
	}
	if got := c.Strings("list"); len(got) != 2 || got[1] != "b" {
		t.Error(got)
	}
	if got := c.Strings("s"); len(got) != 1 || c.Strings("n") != nil {
		t.Error(got)
	}
	if !c.Time("huge").IsZero() || !c.Time("s").IsZero() || c.Time("n").Unix() != 1 {
		t.Error("Time")
	}
}

func TestReservoir(t *testing.T) {
	t.Parallel()
	r := token.NewReservoir(1)
	seen := map[string]bool{}
	for range 3 {
		k, err := r.Take(t.Context())
		if err != nil || k.N.BitLen() != 2048 || seen[k.N.String()] {
			t.Fatal(err)
		}
		seen[k.N.String()] = true
	}
	r.Close()
	if _, err := r.Take(t.Context()); err != nil {
		t.Error("after Close:", err)
	}
}

func FuzzVerify(f *testing.F) {
	x := setUp(f)
	owner := token.UserPool(poolID)
	good := sign(f, x.keys, owner, token.UseID, idClaims(time.Hour))
	parts := strings.Split(good, ".")
	f.Add(good)
	f.Add(parts[0] + "." + b64(`{"exp":99999999999}`) + "." + parts[2])
	f.Add(b64(`{"alg":"none"}`) + "." + parts[1] + ".")
	f.Add("{}")
	f.Fuzz(func(t *testing.T, text string) {
		claims, err := x.keys.Verify(t.Context(), owner, token.UseID, text)
		if err == nil && (claims.String("sub") != "user" || text != good) {
			t.Errorf("%q verified", text)
		}
	})
}

func BenchmarkSign(b *testing.B) {
	f := setUp(b)
	claims := idClaims(time.Hour)
	sign(b, f.keys, token.UserPool(poolID), token.UseID, claims)
	for b.Loop() {
		sign(b, f.keys, token.UserPool(poolID), token.UseID, claims)
	}
}

func BenchmarkVerify(b *testing.B) {
	f := setUp(b)
	text := sign(b, f.keys, token.UserPool(poolID), token.UseID, idClaims(time.Hour))
	for b.Loop() {
		if _, err := f.keys.Verify(b.Context(), token.UserPool(poolID), token.UseID, text); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFloor is a bare RSA-2048 signature, with which Sign is compared.
func BenchmarkFloor(b *testing.B) {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	digest := make([]byte, 32)
	for b.Loop() {
		if _, err := rsa.SignPKCS1v15(nil, k, crypto.SHA256, digest); err != nil {
			b.Fatal(err)
		}
	}
}
