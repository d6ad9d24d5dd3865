package logexport

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// Webhook posts records to an HTTP server, each batch as JSON:
//
//	{"destination": "arn:aws:s3:::events", "records": [{"id": "...", "record": {...}}]}
//
// The user and password of the URL, if it has them, go along as basic
// authentication. A status of 2xx means that the server has taken the records.
// 408, 425, 429 and 5xx mean that they are to be sent again later, others that
// they never will be. Since a record may come twice, the server should look at
// its id.
type Webhook struct {
	url    string
	client *http.Client
}

// NewWebhook makes a Webhook of an http or https URL.
func NewWebhook(text string) (*Webhook, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		// url.Error quotes the URL, which may hold a secret.
		return nil, errors.New("the webhook is not an http or https URL")
	}
	return &Webhook{text, newClient()}, nil
}

// newClient follows no redirect: records are for the place that was configured.
func newClient() *http.Client {
	return &http.Client{
		Timeout:       exportTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type webhookRecord struct {
	ID     string          `json:"id"`
	Record json.RawMessage `json:"record"`
}

// Export implements Exporter.
func (w *Webhook) Export(ctx context.Context, to Destination, records []*store.LogRecord) error {
	out := struct {
		Destination string          `json:"destination"`
		Records     []webhookRecord `json:"records"`
	}{Destination: to.ARN}
	for _, r := range records {
		out.Records = append(out.Records, webhookRecord{r.ID, json.RawMessage(r.Body)})
	}
	body, err := json.Marshal(out)
	if err != nil {
		return Permanent(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return Permanent(errors.New("the webhook's URL cannot be used"))
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Poolhouse")
	res, err := w.client.Do(req)
	if err != nil {
		return fmt.Errorf("webhook: %w", unquoted(err))
	}
	defer res.Body.Close()
	// The connection is used again once the answer was read.
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	if res.StatusCode >= 200 && res.StatusCode < 300 {
		return nil
	}
	err = fmt.Errorf("webhook: status %d", res.StatusCode)
	if !again(res.StatusCode) {
		err = Permanent(err)
	}
	return err
}

// again tells statuses after which another try may succeed.
func again(status int) bool {
	return status >= 500 || status == http.StatusRequestTimeout || status == http.StatusTooEarly || status == http.StatusTooManyRequests
}

// unquoted is the error of a client without the URL, which may hold a secret.
func unquoted(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}
