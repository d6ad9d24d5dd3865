package identitypool

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // OAuth 1.0a knows no other
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/poolhouse-id/poolhouse/internal/ids"
)

// verifyCredentials is the call of Twitter's API that tells whose an access
// token is.
const verifyCredentials = "/1.1/account/verify_credentials.json"

// twitter asks Twitter whose an access token is (API reference, "GET
// account/verify_credentials"). The login is "<access token>;<its secret>" and
// the pool's setting "<consumer key>;<its secret>"; the call is signed with both
// secrets, so that a token of another app is refused there.
func (p *Public) twitter(ctx context.Context, consumer []string, login string) (*Claims, error) {
	token, secret, ok := strings.Cut(login, ";")
	if !ok || token == "" || secret == "" {
		return nil, ErrMalformed
	}
	if len(consumer) != 2 || consumer[0] == "" || consumer[1] == "" {
		return nil, ErrAudience
	}
	address := p.endpoints.Twitter + verifyCredentials
	signed := (&oauth1{consumer[0], consumer[1], token, secret}).sign(http.MethodGet, address,
		ids.Source{}.UUID(), strconv.FormatInt(p.clock.Now().Unix(), 10))
	user := map[string]any{}
	if err := p.getAs(ctx, address, signed, &user); err != nil {
		return nil, err
	}
	id, _ := user["id_str"].(string)
	if id == "" {
		return nil, ErrMalformed
	}
	user["aud"], user["sub"] = consumer[0], id
	return &Claims{
		Issuer: providerTwitter, Subject: id, Audience: []string{consumer[0]}, Expires: p.clock.Now().Add(vouchedFor), All: user,
	}, nil
}

// oauth1 is what a request of OAuth 1.0 is signed with (RFC 5849).
type oauth1 struct{ consumerKey, consumerSecret, token, tokenSecret string }

// sign returns the header Authorization for a request without parameters of its
// own (RFC 5849, sections 3.4.1, 3.4.2 and 3.5.1).
func (o *oauth1) sign(method, address, nonce, timestamp string) string {
	params := map[string]string{
		"oauth_consumer_key": o.consumerKey, "oauth_nonce": nonce, "oauth_signature_method": "HMAC-SHA1",
		"oauth_timestamp": timestamp, "oauth_token": o.token, "oauth_version": "1.0",
	}
	names := slices.Sorted(maps.Keys(params))
	pairs := make([]string, 0, len(names))
	for _, name := range names {
		pairs = append(pairs, name+"="+percent(params[name]))
	}
	base := method + "&" + percent(address) + "&" + percent(strings.Join(pairs, "&"))
	mac := hmac.New(sha1.New, []byte(percent(o.consumerSecret)+"&"+percent(o.tokenSecret)))
	mac.Write([]byte(base))
	params["oauth_signature"] = base64.StdEncoding.EncodeToString(mac.Sum(nil))
	header := make([]string, 0, len(params))
	for _, name := range slices.Sorted(maps.Keys(params)) {
		header = append(header, name+`="`+percent(params[name])+`"`)
	}
	return "OAuth " + strings.Join(header, ", ")
}

// percent encodes text as RFC 5849, section 3.6, does.
func percent(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
