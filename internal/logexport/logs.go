package logexport

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// Logs puts records into log groups by the operations PutLogEvents and
// CreateLogStream of Amazon CloudWatch Logs, or of something that answers like
// it. The log group must exist; each pool has a log stream a day in it, named
// <yyyy>/<mm>/<dd>/<pool id>.
type Logs struct {
	cfg      aws.Config
	endpoint string
	client   *http.Client
	signer   *v4.Signer
	// streams are the log streams that are known to exist.
	mu      sync.Mutex
	streams map[string]bool
}

// NewLogs makes a Logs. The configuration's credentials must be allowed
// logs:PutLogEvents and logs:CreateLogStream; endpoint is the API's URL, empty
// for AWS's endpoint of the log group's region.
func NewLogs(cfg aws.Config, endpoint string) *Logs {
	return &Logs{cfg: cfg, endpoint: strings.TrimSuffix(endpoint, "/"), client: newClient(), signer: v4.NewSigner(), streams: map[string]bool{}}
}

const (
	// maxPutBytes and maxPutOverhead are the limits of PutLogEvents: the size of a
	// batch, in which each event counts 26 bytes more.
	maxPutBytes    = 1 << 20
	maxPutOverhead = 26
	// maxStreams bounds the log streams that are remembered.
	maxStreams = 10_000
)

type logEvent struct {
	Timestamp int64  `json:"timestamp"`
	Message   string `json:"message"`
}

type putLogEvents struct {
	Group  string     `json:"logGroupName"`
	Stream string     `json:"logStreamName"`
	Events []logEvent `json:"logEvents"`
}

// Export implements Exporter.
func (l *Logs) Export(ctx context.Context, to Destination, records []*store.LogRecord) error {
	// PutLogEvents takes events in chronological order only, which those that were
	// tried before are not in.
	records = slices.Clone(records)
	slices.SortStableFunc(records, func(a, b *store.LogRecord) int { return a.Created.Compare(b.Created) })
	var puts []*putLogEvents
	open, sizes := map[string]*putLogEvents{}, map[*putLogEvents]int{}
	for _, r := range records {
		stream := r.Created.UTC().Format("2006/01/02/") + r.PoolID
		size := len(r.Body) + maxPutOverhead
		p := open[stream]
		if p == nil || sizes[p]+size > maxPutBytes {
			p = &putLogEvents{Group: to.Name, Stream: stream}
			open[stream], puts = p, append(puts, p)
		}
		sizes[p] += size
		p.Events = append(p.Events, logEvent{r.Created.UnixMilli(), r.Body})
	}
	for _, p := range puts {
		if err := l.put(ctx, to, p); err != nil {
			return err
		}
	}
	return nil
}

// put puts events into a log stream, which it makes at the first need.
func (l *Logs) put(ctx context.Context, to Destination, p *putLogEvents) error {
	key := to.ARN + " " + p.Stream
	if !l.known(key) {
		if err := l.createStream(ctx, to, p.Stream); err != nil {
			return err
		}
		l.remember(key)
	}
	err := l.call(ctx, to, "PutLogEvents", p)
	var answer *logsError
	if errors.As(err, &answer) && answer.code == "ResourceNotFoundException" {
		// Somebody deleted the stream: the next try makes it anew.
		l.mu.Lock()
		delete(l.streams, key)
		l.mu.Unlock()
	}
	return err
}

func (l *Logs) createStream(ctx context.Context, to Destination, stream string) error {
	err := l.call(ctx, to, "CreateLogStream", map[string]string{"logGroupName": to.Name, "logStreamName": stream})
	var answer *logsError
	if errors.As(err, &answer) && answer.code == "ResourceAlreadyExistsException" {
		return nil
	}
	return err
}

func (l *Logs) known(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.streams[key]
}

func (l *Logs) remember(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.streams) >= maxStreams {
		clear(l.streams)
	}
	l.streams[key] = true
}

// logsError is an error that the service answered.
type logsError struct {
	operation, code string
	status          int
}

func (e *logsError) Error() string {
	return fmt.Sprintf("%s: status %d %s", e.operation, e.status, e.code)
}

// call calls an operation, signed for the region of the log group.
func (l *Logs) call(ctx context.Context, to Destination, operation string, in any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return Permanent(err)
	}
	endpoint := l.endpoint
	if endpoint == "" {
		endpoint = "https://logs." + to.Region + ".amazonaws.com"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint+"/", bytes.NewReader(body))
	if err != nil {
		return Permanent(err)
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "Logs_20140328."+operation)
	keys, err := l.cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	if err := l.signer.SignHTTP(ctx, keys, req, hex.EncodeToString(sum[:]), "logs", to.Region, clock.System{}.Now()); err != nil {
		return err
	}
	res, err := l.client.Do(req)
	if err != nil {
		return fmt.Errorf("%s: %w", operation, unquoted(err))
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	if res.StatusCode == http.StatusOK {
		return nil
	}
	var fault struct {
		Type string `json:"__type"`
	}
	_ = json.Unmarshal(answer, &fault) // what is no JSON has no type
	code := fault.Type[strings.LastIndex(fault.Type, "#")+1:]
	failed := &logsError{operation, code, res.StatusCode}
	// A log group that is missing, and credentials that are refused, may be
	// mended while the records wait.
	if code == "InvalidParameterException" {
		return Permanent(failed)
	}
	return failed
}
