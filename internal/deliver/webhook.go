package deliver

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// The headers of a webhook's requests.
const (
	// HeaderID is the message's id, the same at every try.
	HeaderID = "Poolhouse-Id"
	// HeaderTimestamp is when the request was made, in seconds since 1970.
	HeaderTimestamp = "Poolhouse-Timestamp"
	// HeaderSignature is "v1=" and in hexadecimal the HMAC-SHA256, under the
	// webhook's secret, of the id, a full stop, the timestamp, a full stop and the
	// body. It is absent without a secret.
	HeaderSignature = "Poolhouse-Signature"
)

// Webhook hands text messages to an HTTP server, each as a POST of JSON:
//
//	{"id": "...", "channel": "SMS", "purpose": "SignUp", "userPoolId": "us-east-1_AbCdEfGhI", "username": "jane",
//	 "destination": "+15555550100", "body": "Your confirmation code is 123456", "createdAt": "2026-01-02T03:04:05Z"}
//
// A status of 2xx means that the server has taken the message. 408, 425, 429
// and 5xx mean that it is to be sent again later, others that it never will be.
// Since a message may come twice, the server should look at its id.
type Webhook struct {
	// URL is http or https.
	URL string
	// Secret signs the requests; none when it is empty.
	Secret string
	// Client makes the requests; nil means http.DefaultClient without redirects.
	Client *http.Client
}

// ParseWebhook checks a webhook's URL.
func ParseWebhook(text, secret string) (*Webhook, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		// url.Error quotes the URL, which may hold a secret.
		return nil, errors.New("the webhook is not an http or https URL")
	}
	return &Webhook{URL: text, Secret: secret}, nil
}

type webhookMessage struct {
	ID          string    `json:"id"`
	Channel     string    `json:"channel"`
	Purpose     string    `json:"purpose"`
	UserPoolID  string    `json:"userPoolId"`
	Username    string    `json:"username"`
	Sender      string    `json:"sender,omitempty"`
	Destination string    `json:"destination"`
	Body        string    `json:"body"`
	CreatedAt   time.Time `json:"createdAt"`
}

// webhookClient follows no redirect: the body has a code in it.
var webhookClient = &http.Client{
	Timeout:       sendTimeout,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// Send implements Transport.
func (w *Webhook) Send(ctx context.Context, m *store.Message) error {
	body, err := json.Marshal(webhookMessage{
		m.ID, m.Channel, m.Purpose, m.PoolID, m.Username, m.Sender, m.Destination, m.Body, m.Created.UTC(),
	})
	if err != nil {
		return Permanent(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return Permanent(errors.New("the webhook's URL cannot be used"))
	}
	w.sign(req.Header, m.ID, body)
	client := w.Client
	if client == nil {
		client = webhookClient
	}
	resp, err := client.Do(req)
	if err != nil {
		// url.Error quotes the URL, which may hold a secret.
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err
		}
		return fmt.Errorf("webhook: %w", err)
	}
	defer resp.Body.Close()
	// The connection is used again once the answer was read.
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	return webhookResult(resp.StatusCode)
}

func (w *Webhook) sign(h http.Header, id string, body []byte) {
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "Poolhouse")
	h.Set(HeaderID, id)
	stamp := strconv.FormatInt(clock.System{}.Now().Unix(), 10)
	h.Set(HeaderTimestamp, stamp)
	if w.Secret == "" {
		return
	}
	mac := hmac.New(sha256.New, []byte(w.Secret))
	mac.Write([]byte(id + "." + stamp + "."))
	mac.Write(body)
	h.Set(HeaderSignature, "v1="+hex.EncodeToString(mac.Sum(nil)))
}

func webhookResult(status int) error {
	err := fmt.Errorf("webhook: status %d", status)
	switch {
	case status >= 200 && status < 300:
		return nil
	case status >= 500, status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests:
		return err
	}
	return Permanent(err)
}
