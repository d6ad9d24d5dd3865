package userpool

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// refreshPurpose is bumped when the form of refreshToken changes.
const refreshPurpose = "refresh token 1"

// refreshToken is what a refresh token carries, sealed. Times are Unix
// milliseconds.
type refreshToken struct {
	ID     string `json:"j"`
	Pool   string `json:"p"`
	Client string `json:"c"`
	Sub    string `json:"s"`
	// OriginJTI is the sign-in's, by which it is revoked.
	OriginJTI string   `json:"o"`
	AuthTime  int64    `json:"a"`
	Issued    int64    `json:"i"`
	Expires   int64    `json:"e"`
	Scopes    []string `json:"x"`
	DeviceKey string   `json:"d,omitempty"`
}

// newRefreshToken makes the refresh token of a sign-in.
func (s *Service) newRefreshToken(g *grant) string {
	return s.sealRefreshToken(&refreshToken{
		ID: newTokenID(s.ids, g.now), Pool: g.pool.ID, Client: g.client.ID, Sub: g.user.Sub, OriginJTI: g.originJTI,
		AuthTime: g.authTime.UnixMilli(), Issued: g.now.UnixMilli(), Expires: g.now.Add(g.client.refreshTokenLife()).UnixMilli(),
		Scopes: g.scopes, DeviceKey: g.deviceKey,
	})
}

// Refresh tokens of user pools look like an encrypted JWT (RFC 7516): five
// parts, of which the first is always this header. The other four are the
// sealed token, cut.
var refreshHeader = base64.RawURLEncoding.EncodeToString([]byte(`{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}`))

const (
	refreshKeyPart = 86
	refreshIVPart  = 16
	refreshTagPart = 22
)

func (s *Service) sealRefreshToken(t *refreshToken) string {
	payload, err := json.Marshal(t)
	if err != nil {
		panic("userpool: refresh token: " + err.Error())
	}
	sealed := s.store.SealToken(refreshPurpose, payload)
	tag := len(sealed) - refreshTagPart
	return strings.Join([]string{
		refreshHeader, sealed[:refreshKeyPart], sealed[refreshKeyPart : refreshKeyPart+refreshIVPart],
		sealed[refreshKeyPart+refreshIVPart : tag], sealed[tag:],
	}, ".")
}

// parseRefreshToken opens a refresh token, expired or not. Errors:
// NotAuthorizedException.
func (s *Service) parseRefreshToken(text string) (*refreshToken, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 5 || parts[0] != refreshHeader || len(parts[1]) != refreshKeyPart ||
		len(parts[2]) != refreshIVPart || len(parts[4]) != refreshTagPart {
		return nil, notAuthorized(msgRefreshInvalid)
	}
	payload, err := s.store.OpenToken(refreshPurpose, strings.Join(parts[1:], ""))
	if err != nil {
		return nil, notAuthorized(msgRefreshInvalid)
	}
	t := &refreshToken{}
	if json.Unmarshal(payload, t) != nil {
		return nil, notAuthorized(msgRefreshInvalid)
	}
	return t, nil
}

// openRefreshToken opens a refresh token that the client presents. Errors:
// NotAuthorizedException.
func (s *Service) openRefreshToken(text string, c *client) (*refreshToken, error) {
	t, err := s.parseRefreshToken(text)
	switch {
	case err != nil:
		return nil, err
	case t.Pool != c.PoolID:
		return nil, notAuthorized(msgRefreshInvalid)
	case t.Client != c.ID:
		return nil, notAuthorized(msgRefreshOther)
	case !s.clock.Now().Before(time.UnixMilli(t.Expires)):
		return nil, notAuthorized(msgRefreshExpired)
	}
	return t, nil
}
