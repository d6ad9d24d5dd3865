package bench

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/quickstart"
)

const (
	email    = "jane@example.com"
	password = "Correct-horse-7"
)

// world is a running server with what the thirteen calls made, and a user who
// is signed in.
type world struct {
	*process
	kind string
	// made is the report of the thirteen calls.
	made *quickstart.Report
	// idToken, refreshToken and session are the user's.
	idToken, refreshToken string
	session               aws.Credentials
	// large is the id of the pool with many users, once it is there.
	large string
	users int
	// next numbers what the benchmarks make, so that no name comes twice.
	next atomic.Int64
	db   *sql.DB
}

// lasting is a TB whose cleanups wait for the end of the test binary.
type lasting struct{ testing.TB }

var cleanups []func()

// Cleanup implements testing.TB.
func (lasting) Cleanup(f func()) { cleanups = append(cleanups, f) }

var worlds = map[string]*world{}

func closeWorlds() {
	for _, f := range slices.Backward(cleanups) {
		f()
	}
}

// worldOf returns the one server of the benchmarks on a kind of database.
func worldOf(b *testing.B, kind string) *world {
	b.Helper()
	if w := worlds[kind]; w != nil {
		return w
	}
	b.StopTimer()
	defer b.StartTimer()
	w := newWorld(lasting{b}, kind)
	worlds[kind] = w
	return w
}

func newWorld(b testing.TB, kind string) *world {
	dir, err := os.MkdirTemp(filepath.Dir(binary), "data-"+kind+"-")
	if err != nil {
		b.Fatal(err)
	}
	w := &world{kind: kind}
	database, driver, dsn := "", "sqlite", "file:"+filepath.Join(dir, store.DatabaseFile)+"?_pragma=busy_timeout(60000)"
	if kind == "postgres" {
		database = durablePostgres(b)
		driver, dsn = "pgx", database
	}
	w.process = startServer(b, dir, database)
	b.Cleanup(w.stop)
	if w.db, err = sql.Open(driver, dsn); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { w.db.Close() })
	cfg := aws.Config{
		Region: region, BaseEndpoint: aws.String("http://" + w.addr),
		Credentials: credentials.NewStaticCredentialsProvider(account, "test", ""),
	}
	w.made, err = quickstart.Run(context.Background(), quickstart.Config{AWS: cfg, Email: email, Password: password})
	if err != nil {
		b.Fatal(err)
	}
	w.signIn(b)
	if !inProcess {
		quiet(w.process)
	}
	return w
}

// answer asks the server and decodes the JSON answer into out.
func (w *world) answer(b testing.TB, request []byte, out any) {
	b.Helper()
	body, err := ask(w.addr, request)
	if err == nil && out != nil {
		err = json.Unmarshal(body, out)
	}
	if err != nil {
		b.Fatal(err)
	}
}

func (w *world) signIn(b testing.TB) {
	var signedIn struct {
		AuthenticationResult struct{ IDToken, RefreshToken string }
	}
	w.answer(b, w.adminInitiateAuth(), &signedIn)
	w.idToken, w.refreshToken = signedIn.AuthenticationResult.IDToken, signedIn.AuthenticationResult.RefreshToken
	var creds struct {
		Credentials struct{ AccessKeyID, SecretKey, SessionToken string }
	}
	w.answer(b, w.getCredentials(), &creds)
	w.session = aws.Credentials{
		AccessKeyID: creds.Credentials.AccessKeyID, SecretAccessKey: creds.Credentials.SecretKey, SessionToken: creds.Credentials.SessionToken,
	}
}

// addUsers adds confirmed or unconfirmed users to a pool, numbered from..to,
// straight to the database: what is measured is not how they came there.
func (w *world) addUsers(b testing.TB, poolID, status string, from, to int) {
	b.Helper()
	const (
		series = "WITH RECURSIVE seq(i) AS (SELECT %d UNION ALL SELECT i + 1 FROM seq WHERE i < %d), " +
			"one AS (SELECT i, substr(CAST(100000000 + i AS TEXT), 2) AS d, CAST(%d + i / 1000 AS BIGINT) AS at FROM seq) "
		sub = "'00000000-0000-4000-8000-0000' || d"
	)
	tx, err := w.db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing
	head := fmt.Sprintf(series, from, to, 1767225600000)
	statements := []string{
		head + "INSERT INTO users (pool_id, sub, username, username_key, status, enabled, created, modified, attributes," +
			" password_set, password_expires, signed_out, mfa_enabled, mfa_preferred)" +
			" SELECT '" + poolID + "', " + sub + ", 'user-' || d, 'user-' || d, '" + status + "', 1, at, at," +
			` '{"email":"user' || d || '@example.com","email_verified":"true","given_name":"Given' || (i % 1000) || '","family_name":"Family' || (i % 7) || '"}',` +
			" at, 0, 0, '', '' FROM one",
	}
	for name, value := range map[string]string{
		"email": "'user' || d || '@example.com'", "given_name": "'given' || (i % 1000)", "family_name": "'family' || (i % 7)",
	} {
		statements = append(statements, head+"INSERT INTO user_search (pool_id, sub, name, value) SELECT '"+poolID+"', "+sub+", '"+name+"', "+value+" FROM one")
	}
	statements = append(statements, fmt.Sprintf("INSERT INTO user_counts (pool_id, shard, n) VALUES ('%s', %d, %d)", poolID, 1000+from, to-from+1))
	for _, s := range statements {
		if _, err := tx.Exec(s); err != nil {
			b.Fatalf("%v\n%s", err, s)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

// newPool makes a user pool and returns its id.
func (w *world) newPool(b testing.TB, name string) string {
	creds := keys(account)
	var made struct {
		UserPool struct{ ID string }
	}
	w.answer(b, jsonCall(w.addr, "cognito-idp", "CreateUserPool", map[string]any{"PoolName": name}, &creds), &made)
	return made.UserPool.ID
}

// largePool makes the pool with many users at the first need.
func (w *world) largePool(b testing.TB) string {
	if w.large != "" {
		return w.large
	}
	pool := w.newPool(b, "large")
	w.users = envInt("POOLHOUSE_BENCH_USERS", 100_000)
	const batch = 100_000
	for from := 0; from < w.users; from += batch {
		w.addUsers(b, pool, "CONFIRMED", from, min(from+batch, w.users)-1)
	}
	if w.kind == "postgres" {
		// What autovacuum does a minute later.
		if _, err := w.db.Exec("ANALYZE"); err != nil {
			b.Fatal(err)
		}
	}
	w.large = pool
	return w.large
}
