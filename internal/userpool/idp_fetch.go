package userpool

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// The bounds of requests to identity providers, which whoever may configure
// one names.
const (
	fetchTime     = 5 * time.Second
	maxFetched    = 1 << 20
	maxRedirects  = 5
	fetchTooLarge = "the document is too large"
)

// newFetcher returns the client for documents of identity providers.
func newFetcher(transport http.RoundTripper) *http.Client {
	if transport == nil {
		transport = http.DefaultTransport
	}
	return &http.Client{Timeout: fetchTime, Transport: transport, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) >= maxRedirects || !isEndpoint(r.URL.String()) || r.URL.Scheme != via[0].URL.Scheme {
			return errors.New("the redirect is not followed")
		}
		return nil
	}}
}

// fetch gets a document of an identity provider.
func (s *Service) fetch(ctx context.Context, address string) (body []byte, status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, 0, err
	}
	res, err := s.fetcher.Do(r)
	if err != nil {
		return nil, 0, err
	}
	defer res.Body.Close() //nolint:errcheck // all that counts has been read
	body, err = io.ReadAll(io.LimitReader(res.Body, maxFetched+1))
	if err == nil && len(body) > maxFetched {
		err = errors.New(fetchTooLarge)
	}
	return body, res.StatusCode, err
}
