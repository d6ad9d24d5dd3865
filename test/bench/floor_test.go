package bench

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// cost is what one operation takes.
type cost struct{ wall, cpu time.Duration }

func (c cost) times(n int) cost { return cost{c.wall * time.Duration(n), c.cpu * time.Duration(n)} }
func (c cost) plus(o cost) cost { return cost{c.wall + o.wall, c.cpu + o.cpu} }

// floor is an operation that nothing can do without.
type floor struct {
	name string
	// start returns the operation and the process whose processor time counts.
	start func(b testing.TB) (run func() error, p *process)
}

var (
	floorRSA    = &floor{"RSA-2048-signature", bareRSA}
	floorModExp = &floor{"3072-bit-modular-exponentiation", bareModExp}
	floorVerify = &floor{"token-verification", bareVerify}
	floorSeal   = &floor{"sealing", bareSeal}
	floorHTTP   = &floor{"HTTP-round-trip", bareHTTP}
	floorCommit = map[string]*floor{
		"sqlite":   {"SQLite-commit", func(b testing.TB) (func() error, *process) { return bareCommit(b, "sqlite") }},
		"postgres": {"PostgreSQL-commit", func(b testing.TB) (func() error, *process) { return bareCommit(b, "postgres") }},
	}
)

// BenchmarkFloor measures the floors.
func BenchmarkFloor(b *testing.B) {
	for _, f := range []*floor{floorRSA, floorModExp, floorVerify, floorSeal, floorHTTP, floorCommit["sqlite"], floorCommit["postgres"]} {
		b.Run(f.name, func(b *testing.B) {
			run, p := f.start(b)
			before, _ := p.cpu()
			for b.Loop() {
				if err := run(); err != nil {
					b.Fatal(err)
				}
			}
			after, ok := p.cpu()
			c := cost{wall: b.Elapsed() / time.Duration(b.N), cpu: (after - before) / time.Duration(b.N)}
			if !ok {
				c.cpu = c.wall
			}
			measured.Store(f, c)
			b.ReportMetric(float64(time.Second)/float64(c.wall), "ops/s")
			b.ReportMetric(micros(c.cpu), "cpu-µs/op")
		})
	}
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// measured holds the floors' costs.
var measured sync.Map

// cost returns what BenchmarkFloor measured, or measures for half a second when
// that did not run.
func (f *floor) cost(b testing.TB) cost {
	b.Helper()
	if c, ok := measured.Load(f); ok {
		return c.(cost)
	}
	run, p := f.start(b)
	before, _ := p.cpu()
	begin, n := time.Now(), 0
	for ; time.Since(begin) < time.Second/2; n++ {
		if err := run(); err != nil {
			b.Fatal(err)
		}
	}
	after, ok := p.cpu()
	c := cost{time.Since(begin) / time.Duration(n), (after - before) / time.Duration(n)}
	if !ok {
		c.cpu = c.wall
	}
	measured.Store(f, c)
	return c
}

func here() *process { return &process{pid: os.Getpid()} }

func bareRSA(b testing.TB) (func() error, *process) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	sum := sha256.Sum256([]byte("a token"))
	return func() error {
		_, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
		return err
	}, here()
}

// bareVerify is the verification of an ID token: parse, RS256 signature, claims.
func bareVerify(b testing.TB) (func() error, *process) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "key"}}, nil)
	if err != nil {
		b.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(map[string]any{
		"sub": "00000000-0000-4000-8000-000000000000", "aud": "4h57k3ecpvsv6rq9dhlcpsgc1a", "iss": "http://localhost:7665/us-east-1_AbCdEfGhI",
		"token_use": "id", "cognito:username": "00000000-0000-4000-8000-000000000000", "email": email, "email_verified": true,
		"origin_jti": "00000000-0000-4000-8000-000000000000", "jti": "00000000-0000-4000-8000-000000000000", "auth_time": 1700000000, "iat": 1700000000, "exp": 1700003600,
	}).Serialize()
	if err != nil {
		b.Fatal(err)
	}
	return func() error {
		parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
		if err != nil {
			return err
		}
		var claims map[string]any
		return parsed.Claims(key.Public(), &claims)
	}, here()
}

// bareSeal encrypts and authenticates as much as a session token holds, by the
// standard library, and writes it as text.
func bareSeal(b testing.TB) (func() error, *process) {
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		b.Fatal(err)
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		b.Fatal(err)
	}
	session := make([]byte, 700)
	return func() error {
		base64.RawURLEncoding.EncodeToString(gcm.Seal(nil, nil, session, nil))
		return nil
	}, here()
}

// bareModExp is g^x modulo N with a 256-bit exponent, as an SRP verifier is
// (RFC 5054), by the standard library.
func bareModExp(testing.TB) (func() error, *process) {
	g, x, n := big.NewInt(2), randomOdd(256), randomOdd(3072)
	return func() error {
		new(big.Int).Exp(g, x, n)
		return nil
	}, here()
}

// randomOdd is an odd number of exactly so many bits.
func randomOdd(bits int) *big.Int {
	b := make([]byte, bits/8)
	rand.Read(b) //nolint:errcheck // it never fails
	n := new(big.Int).SetBytes(b)
	return n.SetBit(n.SetBit(n, bits-1, 1), 0, 1)
}

// bareEnv makes the test binary an HTTP server that does nothing, at the
// address that it holds.
const bareEnv = "POOLHOUSE_BENCH_BARE"

func serveBare() {
	l, err := net.Listen("tcp", os.Getenv(bareEnv))
	if err != nil {
		panic(err)
	}
	answer := make([]byte, 400)
	panic(http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { //nolint:gosec // nobody but the benchmark calls
		io.Copy(io.Discard, r.Body) //nolint:errcheck // a client that went away has no use for the answer
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.Write(answer) //nolint:errcheck // the same
	})))
}

// bareHTTP is a round trip to a server that reads the request and answers 400
// bytes.
func bareHTTP(b testing.TB) (func() error, *process) {
	addr := freeAddr(b)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), bareEnv+"="+addr)
	p := launch(b, cmd, addr)
	b.Cleanup(p.stop)
	c, err := dial(addr)
	if err != nil {
		b.Fatal(err)
	}
	creds := keys(account)
	call := queryCall(addr, "sts", "GetCallerIdentity", nil, &creds)
	return func() error {
		_, err := c.do(call)
		return err
	}, p
}

// bareCommit is a transaction that inserts one row of 200 bytes.
func bareCommit(b testing.TB, kind string) (func() error, *process) {
	driver, dsn := "pgx", ""
	if kind == "sqlite" {
		driver, dsn = "sqlite", "file:"+filepath.Join(b.TempDir(), "bare.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate"
	} else {
		dsn = durablePostgres(b)
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("CREATE TABLE bare (id BIGINT PRIMARY KEY, body TEXT NOT NULL)"); err != nil {
		b.Fatal(err)
	}
	insert := "INSERT INTO bare (id, body) VALUES ($1, $2)"
	body, id := fmt.Sprintf("%0200d", 0), 0
	return func() error {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		id++
		if _, err := tx.Exec(insert, id, body); err != nil {
			return err
		}
		return tx.Commit()
	}, here()
}
