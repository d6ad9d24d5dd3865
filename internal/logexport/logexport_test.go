package logexport_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/logexport"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const (
	group  = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/vendedlogs/users"
	stream = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/events"
	bucket = "arn:aws:s3:::events"
)

// taker is an exporter that fails while it has errors left.
type taker struct {
	mu     sync.Mutex
	errors []error
	got    []string
}

func (k *taker) Export(_ context.Context, to logexport.Destination, records []*store.LogRecord) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.errors) > 0 {
		err := k.errors[0]
		k.errors = k.errors[1:]
		if err != nil {
			return err
		}
	}
	for _, r := range records {
		k.got = append(k.got, to.Service+" "+to.Name+" "+r.Body)
	}
	return nil
}

func (k *taker) want(t *testing.T, want ...string) {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	if got := strings.Join(k.got, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

type world struct {
	*testing.T
	db    *store.DB
	clock *clock.Adjustable
	queue *logexport.Queue
}

func newWorld(t *testing.T, cfg store.Config, groups, other logexport.Exporter) *world {
	c := &clock.Adjustable{}
	cfg.Clock = c
	db := storetest.Open(t, cfg)
	return &world{t, db, c, logexport.New(logexport.Config{Store: db, Groups: groups, Other: other})}
}

func (w *world) add(arn string, bodies ...string) {
	w.Helper()
	for _, body := range bodies {
		w.clock.Advance(time.Millisecond)
		err := w.db.Update(w.Context(), func(tx *store.Tx) error {
			return w.queue.Enqueue(tx, &store.LogRecord{PoolID: "eu-west-1_A", Destination: arn, Body: body})
		})
		if err != nil {
			w.Fatal(err)
		}
	}
}

func (w *world) flush() {
	w.Helper()
	if err := w.queue.Flush(w.Context()); err != nil {
		w.Fatal(err)
	}
}

func (w *world) waiting() bool {
	w.Helper()
	w.clock.Advance(logexport.MaxAge)
	due := false
	err := w.db.View(w.Context(), func(tx *store.Tx) (err error) {
		due, err = tx.LogRecordsDue()
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return due
}

// Records arrive in order, each at the exporter of its destination, once.
func TestQueue(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		groups, other := &taker{}, &taker{}
		w := newWorld(t, cfg, groups, other)
		w.add(group, "1", "2")
		w.add(stream, "3")
		w.add(bucket, "4")
		w.add(group, "5")
		w.flush()
		w.flush()
		groups.want(t, "logs /aws/vendedlogs/users 1", "logs /aws/vendedlogs/users 2", "logs /aws/vendedlogs/users 5")
		other.want(t, "firehose events 3", "s3 events 4")
		if w.waiting() {
			t.Error("something still waits")
		}
	})
}

// A record of a transaction that fails is not delivered.
func TestEnqueueIsPartOfTheTransaction(t *testing.T) {
	t.Parallel()
	other := &taker{}
	w := newWorld(t, store.Config{}, nil, other)
	failed := errors.New("failed")
	err := w.db.Update(t.Context(), func(tx *store.Tx) error {
		return errors.Join(w.queue.Enqueue(tx, &store.LogRecord{PoolID: "p", Destination: bucket, Body: "1"}), failed)
	})
	if !errors.Is(err, failed) {
		t.Fatal(err)
	}
	w.flush()
	other.want(t)
}

// What fails is tried again, by whatever node, and after a day given up; what
// nobody takes is dropped at once.
func TestQueueTriesAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		down := errors.New("down")
		other := &taker{errors: []error{down, down, nil, logexport.Permanent(down)}}
		w := newWorld(t, cfg, nil, other)
		w.add(group, "1")
		w.flush()
		w.flush() // it is not due yet
		other.want(t)
		w.clock.Advance(time.Second)
		w.flush()
		w.clock.Advance(2 * time.Second)
		w.queue = logexport.New(logexport.Config{Store: w.db, Other: other})
		w.flush()
		other.want(t, "logs /aws/vendedlogs/users 1")
		w.add(bucket, "2")
		w.flush()
		if w.waiting() {
			t.Error("what is refused for good still waits")
		}
		other.errors = []error{down}
		w.add(bucket, "3")
		w.clock.Advance(logexport.MaxAge)
		w.flush()
		if w.waiting() {
			t.Error("it was not given up")
		}
		w.queue = logexport.New(logexport.Config{Store: w.db})
		w.add(bucket, "4")
		if w.waiting() {
			t.Error("what nobody takes waits")
		}
	})
}

// A batch that a stopped node had claimed is delivered after its lease.
func TestQueueOutlivesNodes(t *testing.T) {
	t.Parallel()
	other := &taker{}
	w := newWorld(t, store.Config{}, nil, other)
	w.add(bucket, "1")
	err := w.db.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.ClaimLogRecords(10, time.Minute)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.flush()
	other.want(t)
	w.clock.Advance(time.Minute)
	w.flush()
	other.want(t, "s3 events 1")
}

func TestFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newWorld(t, store.Config{}, nil, logexport.NewFile(dir))
	w.add(group, `{"n":1}`, `{"n":2}`)
	w.flush()
	w.add(group, `{"n":3}`)
	w.add(bucket, `{"n":4}`)
	w.add("arn:aws:logs:eu-west-1:123456789012:log-group:..", `{"n":5}`)
	w.flush()
	long := "/aws/vendedlogs/" + strings.Repeat("/n", 240)
	w.add("arn:aws:logs:eu-west-1:123456789012:log-group:"+long, `{"n":6}`)
	w.add("arn:aws:logs:eu-west-1:123456789012:log-group:"+long+"x", `{"n":7}`)
	w.flush()
	if dirs, err := filepath.Glob(filepath.Join(dir, "logs/123456789012/eu-west-1/%2Faws%2Fvendedlogs%2F%2Fn*")); err != nil || len(dirs) != 2 {
		t.Errorf("log groups with long names: %q, %v", dirs, err)
	}
	day := w.clock.Now().UTC().Format("2006-01-02") + ".jsonl"
	for path, want := range map[string]string{
		"logs/123456789012/eu-west-1/%2Faws%2Fvendedlogs%2Fusers/" + day: "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n",
		"s3/events/" + day:                          "{\"n\":4}\n",
		"logs/123456789012/eu-west-1/%2E%2E/" + day: "{\"n\":5}\n",
	} {
		got, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	status, body := http.StatusServiceUnavailable, ""
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if user, password, _ := r.BasicAuth(); err != nil || user != "logs" || password != "secret" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%v %v", r.Header, err)
		}
		body = string(b)
		rw.WriteHeader(status)
	}))
	defer srv.Close()
	hook, err := logexport.NewWebhook(strings.Replace(srv.URL, "http://", "http://logs:secret@", 1))
	if err != nil {
		t.Fatal(err)
	}
	to, err := logexport.ParseDestination(bucket)
	if err != nil {
		t.Fatal(err)
	}
	records := []*store.LogRecord{{ID: "a", Body: `{"n":1}`}, {ID: "b", Body: `{"n":2}`}}
	for _, c := range []struct {
		status     int
		ok, giveUp bool
	}{{503, false, false}, {429, false, false}, {302, false, true}, {400, false, true}, {204, true, false}} {
		status = c.status
		err := hook.Export(t.Context(), to, records)
		if (err == nil) != c.ok || logexport.IsPermanent(err) != c.giveUp || err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("status %d: %v", c.status, err)
		}
	}
	if want := `{"destination":"arn:aws:s3:::events","records":[{"id":"a","record":{"n":1}},{"id":"b","record":{"n":2}}]}`; body != want {
		t.Errorf("body %s", body)
	}
	srv.Close()
	if err := hook.Export(t.Context(), to, records); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("no server: %v", err)
	}
	for _, bad := range []string{"", "file", "ftp://host", "http://"} {
		if _, err := logexport.NewWebhook(bad); err == nil {
			t.Errorf("%q is a webhook", bad)
		}
	}
}

// standIn answers like CloudWatch Logs for one log group.
type standIn struct {
	*httptest.Server
	mu      sync.Mutex
	group   string
	streams map[string][]string
	refuse  string
}

func newStandIn(t *testing.T) *standIn {
	s := &standIn{group: "/aws/vendedlogs/users", streams: map[string][]string{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if a := r.Header.Get("Authorization"); !strings.HasPrefix(a, "AWS4-HMAC-SHA256 Credential=AKID/") || !strings.Contains(a, "/eu-west-1/logs/aws4_request") {
			t.Errorf("Authorization: %s", a)
		}
		var in struct {
			LogGroupName, LogStreamName string
			LogEvents                   []struct {
				Timestamp int64
				Message   string
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		fail := func(code string) {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"__type":"com.amazonaws.logs#%s","message":"no"}`, code)
		}
		_, exists := s.streams[in.LogStreamName]
		switch target := r.Header.Get("X-Amz-Target"); {
		case s.refuse != "":
			fail(s.refuse)
		case in.LogGroupName != s.group || target == "Logs_20140328.PutLogEvents" && !exists:
			fail("ResourceNotFoundException")
		case target == "Logs_20140328.CreateLogStream" && exists:
			fail("ResourceAlreadyExistsException")
		case target == "Logs_20140328.CreateLogStream":
			s.streams[in.LogStreamName] = []string{}
		case target == "Logs_20140328.PutLogEvents":
			for i, e := range in.LogEvents {
				if i > 0 && e.Timestamp < in.LogEvents[i-1].Timestamp {
					fail("InvalidParameterException") // they must be in chronological order
					return
				}
			}
			for _, e := range in.LogEvents {
				s.streams[in.LogStreamName] = append(s.streams[in.LogStreamName], fmt.Sprint(e.Timestamp, " ", e.Message))
			}
			fmt.Fprint(w, `{"nextSequenceToken":"1"}`)
		default:
			t.Errorf("target %q", target)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func TestLogs(t *testing.T) {
	t.Parallel()
	s := newStandIn(t)
	logs := func() *logexport.Logs {
		return logexport.NewLogs(aws.Config{Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", "")}, s.URL+"/")
	}
	l := logs()
	to, err := logexport.ParseDestination(group + ":*")
	if err != nil || to.Name != s.group {
		t.Fatalf("%+v, %v", to, err)
	}
	at := time.Date(2026, 11, 24, 23, 59, 59, 0, time.UTC)
	big := strings.Repeat("x", 600_000)
	err = l.Export(t.Context(), to, []*store.LogRecord{
		{PoolID: "p1", Body: "1", Created: at}, {PoolID: "p2", Body: "2", Created: at}, {PoolID: "p1", Body: big, Created: at},
		{PoolID: "p1", Body: big, Created: at}, {PoolID: "p1", Body: "3", Created: at.Add(2 * time.Second)},
	})
	if err != nil {
		t.Fatal(err)
	}
	ms := fmt.Sprint(at.UnixMilli(), " ")
	for stream, want := range map[string][]string{
		"2026/11/24/p1": {ms + "1", ms + big, ms + big}, "2026/11/24/p2": {ms + "2"}, "2026/11/25/p1": {fmt.Sprint(at.UnixMilli()+2000, " 3")},
	} {
		if got := s.streams[stream]; strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s has %d events", stream, len(got))
		}
	}
	// One that has waited for another try comes after younger ones.
	err = l.Export(t.Context(), to, []*store.LogRecord{
		{PoolID: "p3", Body: "2", Created: at.Add(-time.Second)}, {PoolID: "p3", Body: "1", Created: at.Add(-time.Minute)},
	})
	if got := s.streams["2026/11/24/p3"]; err != nil || len(got) != 2 || !strings.HasSuffix(got[0], " 1") {
		t.Errorf("out of order: %q, %v", got, err)
	}
	one := []*store.LogRecord{{PoolID: "p1", Body: "4", Created: at}}
	// Another node finds the streams there; one that was deleted is made anew.
	if err := logs().Export(t.Context(), to, one); err != nil {
		t.Error(err)
	}
	delete(s.streams, "2026/11/24/p1")
	if err := l.Export(t.Context(), to, one); err == nil {
		t.Error("a stream that is gone took events")
	}
	if err := l.Export(t.Context(), to, one); err != nil || len(s.streams["2026/11/24/p1"]) != 1 {
		t.Errorf("after its deletion: %v", err)
	}
	for code, giveUp := range map[string]bool{"ThrottlingException": false, "AccessDeniedException": false, "InvalidParameterException": true} {
		s.refuse = code
		if err := l.Export(t.Context(), to, one); err == nil || logexport.IsPermanent(err) != giveUp || !strings.Contains(err.Error(), code) {
			t.Errorf("%s: %v", code, err)
		}
	}
	s.refuse = ""
	to.Name = "/none"
	if err := l.Export(t.Context(), to, one); err == nil || logexport.IsPermanent(err) {
		t.Errorf("a missing log group: %v", err)
	}
}
