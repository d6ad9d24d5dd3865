package bench

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238 has it
	"encoding/base32"
	"encoding/base64"
	endian "encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/ids"
	"github.com/poolhouse-id/poolhouse/internal/srp"
)

// challenge is the answer of a step of a sign-in.
type challenge struct {
	ChallengeName        string
	ChallengeParameters  map[string]string
	Session              string
	AuthenticationResult *struct{ IDToken string }
}

// step makes a call of a sign-in and expects a challenge, or tokens where it is
// empty.
func (w *world) step(c *client, operation string, in map[string]any, want string) (*challenge, error) {
	out := &challenge{}
	if err := c.json(jsonCall(w.addr, "cognito-idp", operation, in, nil), out); err != nil {
		return nil, err
	}
	if out.ChallengeName != want || (want == "") != (out.AuthenticationResult != nil) {
		return nil, fmt.Errorf("challenge %q, want %q", out.ChallengeName, want)
	}
	return out, nil
}

// BenchmarkSignInSRP is USER_SRP_AUTH: InitiateAuth and the answer to
// PASSWORD_VERIFIER. The floor is the three exponentiations of the server's side
// of SRP-6a (RFC 5054): that of its public value, and v^u and (A·v^u)^b of the
// shared key. The client's three are not counted, but run on the same machine.
func BenchmarkSignInSRP(b *testing.B) {
	eachDatabase(b, func(b *testing.B, w *world) {
		floor := floorRSA.cost(b).times(2).plus(floorModExp.cost(b).times(3)).plus(floorHTTP.cost(b).times(2))
		w.run(b, load{floor: floor, call: func(c *client, _ int) error { return w.signInSRP(c) }})
	})
}

func (w *world) signInSRP(c *client) error {
	x := srp.NewClient(ids.Source{})
	asked, err := w.step(c, "InitiateAuth", map[string]any{
		"ClientId": w.made.ClientID, "AuthFlow": "USER_SRP_AUTH", "AuthParameters": map[string]any{"USERNAME": email, "SRP_A": x.Public()},
	}, "PASSWORD_VERIFIER")
	if err != nil {
		return err
	}
	p := asked.ChallengeParameters
	_, group, _ := strings.Cut(w.made.UserPoolID, "_")
	key, err := x.SharedKey(p["SRP_B"], p["SALT"], group, p["USER_ID_FOR_SRP"], password)
	if err != nil {
		return err
	}
	block, err := base64.StdEncoding.DecodeString(p["SECRET_BLOCK"])
	if err != nil {
		return err
	}
	stamp := srp.FormatTimestamp(time.Now())
	signature := base64.StdEncoding.EncodeToString(srp.Signature(key, group, p["USER_ID_FOR_SRP"], block, stamp))
	_, err = w.step(c, "RespondToAuthChallenge", map[string]any{
		"ClientId": w.made.ClientID, "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": map[string]any{
			"USERNAME": p["USER_ID_FOR_SRP"], "PASSWORD_CLAIM_SIGNATURE": signature, "PASSWORD_CLAIM_SECRET_BLOCK": p["SECRET_BLOCK"], "TIMESTAMP": stamp,
		},
	}, "")
	return err
}

// BenchmarkSignInTOTP is USER_PASSWORD_AUTH and the answer to
// SOFTWARE_TOKEN_MFA: a password, then a code that is good once, which is
// written down. Each user signs in once in a step of thirty seconds.
func BenchmarkSignInTOTP(b *testing.B) {
	eachDatabase(b, func(b *testing.B, w *world) {
		t := &totpPool{world: w}
		t.start(b)
		floor := floorSignIn(b).plus(floorHTTP.cost(b))
		w.run(b, load{floor: floor, prepare: func(n int) { t.prepare(b, n) }, call: t.signIn})
	})
}

// totpPool is a pool whose users have software tokens.
type totpPool struct {
	*world
	pool, client string
	secrets      []string
	now          time.Time
}

func (t *totpPool) start(b *testing.B) {
	creds := keys(account)
	var made struct {
		UserPoolClient struct{ ClientID string }
	}
	t.pool = t.newPool(b, "totp")
	t.answer(b, jsonCall(t.addr, "cognito-idp", "SetUserPoolMfaConfig", map[string]any{
		"UserPoolId": t.pool, "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": map[string]any{"Enabled": true},
	}, &creds), nil)
	t.answer(b, jsonCall(t.addr, "cognito-idp", "CreateUserPoolClient", map[string]any{
		"UserPoolId": t.pool, "ClientName": "totp", "ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	}, &creds), &made)
	t.client = made.UserPoolClient.ClientID
}

// prepare enrols users until there are n, and lets a minute of the server's time
// pass, after which each has a new code.
func (t *totpPool) prepare(b *testing.B, n int) {
	var wg sync.WaitGroup
	first := len(t.secrets)
	t.secrets = append(t.secrets, make([]string, max(0, n-first))...)
	next := make(chan int, n)
	for i := first; i < n; i++ {
		next <- i
	}
	close(next)
	t.pass(b, "0s")
	for range 4 {
		wg.Go(func() {
			c, err := dial(t.addr)
			if err != nil {
				b.Error(err)
				return
			}
			defer c.conn.Close()
			for i := range next {
				if t.secrets[i], err = t.enrol(c, i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if b.Failed() {
		b.FailNow()
	}
	t.pass(b, "1m")
}

// pass moves the server's clock and reads it.
func (t *totpPool) pass(b *testing.B, advance string) {
	res, err := http.Post("http://"+t.addr+"/_poolhouse/clock", "application/json", bytes.NewReader([]byte(`{"advance":"`+advance+`"}`)))
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	var out struct{ Now time.Time }
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || out.Now.IsZero() {
		b.Fatalf("the clock: %v", err)
	}
	t.now = out.Now
}

func (t *totpPool) enrol(c *client, i int) (secret string, err error) {
	creds, name := keys(account), fmt.Sprint("user-", i)
	_, err = c.do(jsonCall(t.addr, "cognito-idp", "AdminCreateUser", map[string]any{"UserPoolId": t.pool, "Username": name, "MessageAction": "SUPPRESS"}, &creds))
	if err == nil {
		_, err = c.do(jsonCall(t.addr, "cognito-idp", "AdminSetUserPassword", map[string]any{"UserPoolId": t.pool, "Username": name, "Password": password, "Permanent": true}, &creds))
	}
	if err != nil {
		return "", err
	}
	setup, err := t.step(c, "InitiateAuth", t.password(i), "MFA_SETUP")
	if err != nil {
		return "", err
	}
	var made, verified struct{ SecretCode, Session, Status string }
	if err := c.json(jsonCall(t.addr, "cognito-idp", "AssociateSoftwareToken", map[string]any{"Session": setup.Session}, nil), &made); err != nil {
		return "", err
	}
	err = c.json(jsonCall(t.addr, "cognito-idp", "VerifySoftwareToken", map[string]any{"Session": made.Session, "UserCode": totpCode(made.SecretCode, t.now)}, nil), &verified)
	if err == nil && verified.Status != "SUCCESS" {
		err = errors.New(verified.Status)
	}
	if err != nil {
		return "", err
	}
	_, err = t.step(c, "RespondToAuthChallenge", map[string]any{
		"ClientId": t.client, "ChallengeName": "MFA_SETUP", "Session": verified.Session, "ChallengeResponses": map[string]any{"USERNAME": name},
	}, "")
	return made.SecretCode, err
}

func (t *totpPool) password(i int) map[string]any {
	return map[string]any{
		"ClientId": t.client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": map[string]any{"USERNAME": fmt.Sprint("user-", i), "PASSWORD": password},
	}
}

func (t *totpPool) signIn(c *client, i int) error {
	asked, err := t.step(c, "InitiateAuth", t.password(i), "SOFTWARE_TOKEN_MFA")
	if err != nil {
		return err
	}
	_, err = t.step(c, "RespondToAuthChallenge", map[string]any{
		"ClientId": t.client, "ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": asked.Session,
		"ChallengeResponses": map[string]any{"USERNAME": fmt.Sprint("user-", i), "SOFTWARE_TOKEN_MFA_CODE": totpCode(t.secrets[i], t.now)},
	}, "")
	return err
}

// totpCode is what an authenticator application shows (RFC 6238).
func totpCode(secret string, now time.Time) string {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		panic(err)
	}
	mac := hmac.New(sha1.New, key)
	mac.Write(endian.BigEndian.AppendUint64(nil, uint64(now.Unix()/30)))
	sum := mac.Sum(nil)
	n := endian.BigEndian.Uint32(sum[sum[len(sum)-1]&15:]) & 0x7fffffff
	return fmt.Sprintf("%06d", n%1_000_000)
}
