package userpool_test

import (
	"encoding/json"
	"errors"
	"net/netip"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	sessionsOff    = "Session tracking is not enabled for the user pool."
	sessionUnknown = "Session does not exist."
	chromeAgent    = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36"
)

// shown is a value as JSON, for messages of tests.
func shown(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// track has the pool keep track of up to limit sessions of each user.
func (s *signInWorld) track(limit int32) {
	s.Helper()
	if err := s.setSessions(newops.UserSessionTrackingTypeEnabled, limit); err != nil {
		s.Fatal(err)
	}
}

func (s *signInWorld) setSessions(tracking newops.UserSessionTrackingType, limit int32) error {
	_, err := s.SetUserPoolSessionConfiguration(s.ctx, &newops.SetUserPoolSessionConfigurationInput{
		UserPoolId: &s.pool, UserSessionTracking: tracking, TokenSession: &newops.UserPoolTokenSessionConfigType{MaxPerUser: &limit},
	})
	return err
}

// from makes the following calls come from an address and a program.
func (s *signInWorld) from(ip, agent string) {
	s.ctx = awswire.WithCall(s.ctx, &awswire.Call{
		Account: "123456789012", Region: "us-east-1", SourceIP: netip.MustParseAddr(ip), UserAgent: agent,
	})
}

func (s *signInWorld) sessions(access string) []newops.SessionDescriptionType {
	s.Helper()
	out, err := s.ListUserSessions(s.ctx, &newops.ListUserSessionsInput{AccessToken: &access})
	if err != nil {
		s.Fatal(err)
	}
	return out.Sessions
}

func (s *signInWorld) adminSessions() []newops.SessionDescriptionType {
	s.Helper()
	out, err := s.AdminListUserSessions(s.ctx, &newops.AdminListUserSessionsInput{UserPoolId: &s.pool, Username: &s.sub})
	if err != nil {
		s.Fatal(err)
	}
	return out.Sessions
}

func (s *signInWorld) revokeSession(access, id string, associated newops.RevokeAssociatedSessionsType) error {
	_, err := s.RevokeUserSession(s.ctx, &newops.RevokeUserSessionInput{AccessToken: &access, SessionId: &id, RevokeAssociatedSessions: associated})
	return err
}

// signedOut checks that neither token of a sign-in works any more.
func (s *signInWorld) signedOut(r *types.AuthenticationResultType) {
	s.Helper()
	refused(s, s.getUser(*r.AccessToken), "NotAuthorizedException", "Access Token has been revoked")
	_, err := s.refresh(*r.RefreshToken)
	refused(s, err, "NotAuthorizedException", "Refresh Token has been revoked")
}

func TestUserSessions(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	s.track(20)
	s.from("192.0.2.1", chromeAgent)
	first := s.tokens()
	began := s.clock.Now()
	s.clock.Advance(time.Minute)
	s.from("2001:db8::1", "curl/8")
	second := s.tokens()
	list := s.sessions(*second.AccessToken)
	if len(list) != 2 {
		t.Fatalf("%d sessions", len(list))
	}
	if !*list[0].IsCurrentSession || *list[1].IsCurrentSession {
		t.Error("the newer session is the current one")
	}
	if !regexp.MustCompile(`^tkn[0-9a-z]{25}$`).MatchString(*list[1].SessionId) || *list[0].SessionId == *list[1].SessionId {
		t.Errorf("ids %s, %s", *list[0].SessionId, *list[1].SessionId)
	}
	old := list[1]
	if old.SessionType != newops.SessionTypeTypeToken || *old.ClientId != s.client || !old.CreateDate.Equal(began) || !old.LastActiveDate.Equal(began) ||
		*old.DeviceType != "Chrome 125 / macOS 10.15" || *old.LastIPAddress != "192.0.2.1" || *old.LastLocation.Country != "unknown" || old.OriginSessionId != nil {
		t.Errorf("%s", shown(old))
	}
	if *list[0].DeviceType != "unknown" || *list[0].LastIPAddress != "2001:db8::1" {
		t.Errorf("%s", shown(list[0]))
	}

	// A refresh is activity of the same session.
	s.clock.Advance(time.Hour)
	renewed, err := s.refresh(*first.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	list = s.sessions(*renewed.AccessToken)
	old = list[1]
	if len(list) != 2 || !*old.IsCurrentSession || !old.LastActiveDate.Equal(s.clock.Now()) || !old.CreateDate.Equal(began) ||
		*old.LastIPAddress != "2001:db8::1" || *old.DeviceType != "unknown" {
		t.Errorf("%s", shown(list))
	}
	for _, x := range s.adminSessions() {
		if *x.IsCurrentSession {
			t.Error("an administrator has no current session")
		}
	}
	// A session ends with its refresh token.
	s.clock.Advance(30 * 24 * time.Hour)
	if got := s.adminSessions(); len(got) != 0 {
		t.Errorf("%d sessions are left after a month", len(got))
	}
}

func TestRevokeUserSession(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	s.track(20)
	lost, own := s.tokens(), s.tokens()
	var lostID, ownID string
	for _, x := range s.sessions(*own.AccessToken) {
		if *x.IsCurrentSession {
			ownID = *x.SessionId
		} else {
			lostID = *x.SessionId
		}
	}
	refused(t, s.revokeSession(*own.AccessToken, ownID, ""), "InvalidParameterException", "The current session cannot be revoked.")
	for _, id := range []string{"", "tkn0000000000000000000000000", lostID + "x", "nul \x00"} {
		refused(t, s.revokeSession(*own.AccessToken, id, ""), "ResourceNotFoundException", sessionUnknown)
	}
	if err := s.revokeSession(*own.AccessToken, lostID, newops.RevokeAssociatedSessionsTypeLinked); err != nil {
		t.Fatal(err)
	}
	s.signedOut(lost)
	if err := s.getUser(*own.AccessToken); err != nil {
		t.Errorf("the other session: %v", err)
	}
	refused(t, s.revokeSession(*own.AccessToken, lostID, ""), "ResourceNotFoundException", sessionUnknown)
	refused(t, s.revokeSession(*lost.AccessToken, ownID, ""), "NotAuthorizedException", "Access Token has been revoked")

	// An administrator must name the session's user.
	admin := func(pool, username, id string) error {
		_, err := s.AdminRevokeUserSession(s.ctx, &newops.AdminRevokeUserSessionInput{UserPoolId: &pool, Username: &username, SessionId: &id})
		return err
	}
	other := s.confirmed(s.client, "other@example.com", "email", "other@example.com")
	refused(t, admin(s.pool, other, ownID), "ResourceNotFoundException", sessionUnknown)
	refused(t, admin(s.pool, "nobody", ownID), "UserNotFoundException", "User does not exist.")
	refused(t, admin("us-east-1_none", s.sub, ownID), "ResourceNotFoundException", "User pool us-east-1_none does not exist.")
	if err := admin(s.pool, s.sub, ownID); err != nil {
		t.Fatal(err)
	}
	s.signedOut(own)
	if got := s.adminSessions(); len(got) != 0 {
		t.Errorf("%s", shown(got))
	}
}

// Signing out by other means ends the sessions, too.
func TestUserSessionsEndWithTokens(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	s.track(20)
	r := s.tokens()
	s.clock.Advance(time.Second)
	s.tokens()
	revoke := &newops.RevokeTokenInput{RevokeAssociatedSessions: newops.RevokeAssociatedSessionsTypeLinked}
	revoke.Token, revoke.ClientId = r.RefreshToken, &s.client
	if _, err := s.RevokeToken(s.ctx, revoke); err != nil {
		t.Fatal(err)
	}
	if got := s.adminSessions(); len(got) != 1 {
		t.Errorf("%d sessions after RevokeToken", len(got))
	}
	if _, err := s.AdminUserGlobalSignOut(s.ctx, &cognito.AdminUserGlobalSignOutInput{UserPoolId: &s.pool, Username: &s.sub}); err != nil {
		t.Fatal(err)
	}
	if got := s.adminSessions(); len(got) != 0 {
		t.Errorf("%d sessions after a global sign-out", len(got))
	}
	s.clock.Advance(time.Second)
	s.tokens()
	if got := s.adminSessions(); len(got) != 1 {
		t.Errorf("%d sessions after the next sign-in", len(got))
	}
}

// A sign-in beyond the limit ends the session that was active least recently.
func TestUserSessionLimit(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	s.track(2)
	first := s.tokens()
	s.clock.Advance(time.Second)
	second := s.tokens()
	s.clock.Advance(time.Second)
	if _, err := s.refresh(*first.RefreshToken); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(time.Second)
	third := s.tokens()
	s.signedOut(second)
	if err := s.getUser(*first.AccessToken); err != nil {
		t.Errorf("the session that was refreshed: %v", err)
	}
	// A lower limit ends nothing until the next sign-in.
	s.track(1)
	if got := s.adminSessions(); len(got) != 2 {
		t.Errorf("%d sessions", len(got))
	}
	s.clock.Advance(time.Second)
	last := s.tokens()
	s.signedOut(first)
	s.signedOut(third)
	if got := s.sessions(*last.AccessToken); len(got) != 1 || !*got[0].IsCurrentSession {
		t.Errorf("%s", shown(got))
	}
}

func TestUserSessionPages(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	s.track(100)
	r := s.tokens()
	u := &store.User{PoolID: s.pool, Sub: s.sub}
	err := s.db.Update(t.Context(), func(tx *store.Tx) error {
		for i := range 200 {
			at := tx.Now().Add(-time.Duration(i/10) * time.Second)
			x := &store.UserSession{ID: "sso" + string(rune('a'+i/20)) + string(rune('a'+i%20)), Type: "SSO", ClientID: s.client, Created: at, Active: at, Expires: tx.Now().Add(time.Hour)}
			if err := tx.InsertUserSession(u, x); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	in := &newops.ListUserSessionsInput{AccessToken: r.AccessToken}
	var sizes []int
	for {
		out, err := s.ListUserSessions(s.ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(out.Sessions))
		for _, x := range out.Sessions {
			if seen[*x.SessionId] {
				t.Errorf("%s twice", *x.SessionId)
			}
			seen[*x.SessionId] = true
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			break
		}
		if _, err := s.AdminListUserSessions(s.ctx, &newops.AdminListUserSessionsInput{UserPoolId: &s.pool, Username: &s.sub, NextToken: out.NextToken}); err != nil {
			t.Errorf("an administrator goes on: %v", err)
		}
	}
	if !slices.Equal(sizes, []int{125, 76}) || len(seen) != 201 {
		t.Errorf("pages of %v, %d sessions", sizes, len(seen))
	}
	for _, token := range []string{"x", changed(*r.RefreshToken)} {
		_, err := s.ListUserSessions(s.ctx, &newops.ListUserSessionsInput{AccessToken: r.AccessToken, NextToken: &token})
		refused(t, err, "InvalidParameterException", "Invalid pagination token.")
	}
}

// Revoking a linked session: there is no single sign-on by the API, so that the
// rows are made here.
func TestRevokeLinkedSessions(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	s.track(20)
	r := s.tokens()
	u := &store.User{PoolID: s.pool, Sub: s.sub}
	add := func(list ...*store.UserSession) {
		t.Helper()
		err := s.db.Update(t.Context(), func(tx *store.Tx) error {
			for _, x := range list {
				x.ClientID, x.Created, x.Active, x.Expires = s.client, tx.Now(), tx.Now(), tx.Now().Add(time.Hour)
				if err := tx.InsertUserSession(u, x); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	left := func(want ...string) {
		t.Helper()
		var got []string
		for _, x := range s.sessions(*r.AccessToken) {
			if !*x.IsCurrentSession {
				got = append(got, *x.SessionId)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("left %q, want %q", got, want)
		}
	}
	all := func() []*store.UserSession {
		return []*store.UserSession{
			{ID: "sso1", Type: "SSO"}, {ID: "tkn1", Type: "TOKEN", OriginJTI: "j1", OriginID: "sso1"}, {ID: "tkn2", Type: "TOKEN", OriginJTI: "j2", OriginID: "sso1"},
		}
	}
	add(all()...)
	if err := s.revokeSession(*r.AccessToken, "tkn1", newops.RevokeAssociatedSessionsTypeLinked); err != nil {
		t.Fatal(err)
	}
	left("tkn2")
	if err := s.revokeSession(*r.AccessToken, "tkn2", newops.RevokeAssociatedSessionsTypeNone); err != nil {
		t.Fatal(err)
	}
	add(all()...)
	if err := s.revokeSession(*r.AccessToken, "sso1", newops.RevokeAssociatedSessionsTypeNone); err != nil {
		t.Fatal(err)
	}
	left("tkn2", "tkn1")
	add(all()[0])
	if err := s.revokeSession(*r.AccessToken, "sso1", newops.RevokeAssociatedSessionsTypeLinked); err != nil {
		t.Fatal(err)
	}
	left()
	err := s.db.View(t.Context(), func(tx *store.Tx) error {
		for _, jti := range []string{"j1", "j2"} {
			if revoked, err := tx.SignInRevoked(s.pool, jti); err != nil || !revoked {
				t.Errorf("%s: %v, %v", jti, revoked, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestUserSessionsOff(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	r := s.tokens()
	wantOff := func() {
		t.Helper()
		_, err := s.ListUserSessions(s.ctx, &newops.ListUserSessionsInput{AccessToken: r.AccessToken})
		refused(t, err, "OperationNotEnabledException", sessionsOff)
		_, err = s.AdminListUserSessions(s.ctx, &newops.AdminListUserSessionsInput{UserPoolId: &s.pool, Username: &s.sub})
		refused(t, err, "OperationNotEnabledException", sessionsOff)
		refused(t, s.revokeSession(*r.AccessToken, "tkn", ""), "OperationNotEnabledException", sessionsOff)
		_, err = s.SetUserPoolClientSessionConfiguration(s.ctx, &newops.SetUserPoolClientSessionConfigurationInput{
			UserPoolId: &s.pool, ClientId: &s.client, SSOSession: &newops.ClientSSOSessionConfigType{MaxValidityMinutes: aws.Int32(1)},
		})
		refused(t, err, "OperationNotEnabledException", sessionsOff)
	}
	wantOff()
	// Sign-ins from before have no session, and are refreshed all the same.
	s.track(1)
	if got := s.sessions(*r.AccessToken); len(got) != 0 {
		t.Errorf("%s", shown(got))
	}
	if _, err := s.refresh(*r.RefreshToken); err != nil {
		t.Error(err)
	}
	s.tokens()
	if err := s.getUser(*r.AccessToken); err != nil {
		t.Error(err)
	}
	if err := s.setSessions(newops.UserSessionTrackingTypeDisabled, 5); err != nil {
		t.Fatal(err)
	}
	wantOff()
}

func TestSessionConfiguration(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	pool := func() string {
		t.Helper()
		out, err := s.GetUserPoolSessionConfiguration(s.ctx, &newops.GetUserPoolSessionConfigurationInput{UserPoolId: &s.pool})
		if err != nil {
			t.Fatal(err)
		}
		if *out.UserPoolId != s.pool {
			t.Errorf("of pool %s", *out.UserPoolId)
		}
		out.UserPoolId = nil
		return wire(t, out)
	}
	client := func() int32 {
		t.Helper()
		out, err := s.GetUserPoolClientSessionConfiguration(s.ctx, &newops.GetUserPoolClientSessionConfigurationInput{UserPoolId: &s.pool, ClientId: &s.client})
		if err != nil {
			t.Fatal(err)
		}
		return *out.SSOSession.MaxValidityMinutes
	}
	setClient := func(minutes *int32) error {
		_, err := s.SetUserPoolClientSessionConfiguration(s.ctx, &newops.SetUserPoolClientSessionConfigurationInput{
			UserPoolId: &s.pool, ClientId: &s.client, SSOSession: &newops.ClientSSOSessionConfigType{MaxValidityMinutes: minutes},
		})
		return err
	}
	if got := pool(); got != `{"UserSessionTracking":"DISABLED","TokenSession":{"MaxPerUser":20}}` {
		t.Error(got)
	}
	if got := client(); got != 60 {
		t.Error(got)
	}
	s.track(100)
	// Other settings of the pool leave it as it is.
	update := &newops.UpdateUserPoolInput{}
	update.UserPoolId = &s.pool
	if _, err := s.UpdateUserPool(s.ctx, update); err != nil {
		t.Fatal(err)
	}
	if got := pool(); got != `{"UserSessionTracking":"ENABLED","TokenSession":{"MaxPerUser":100}}` {
		t.Error(got)
	}
	for _, minutes := range []int32{0, 129600} {
		if err := setClient(&minutes); err != nil || client() != minutes {
			t.Errorf("%d: %v", minutes, err)
		}
	}
	for _, minutes := range []*int32{nil, aws.Int32(-1), aws.Int32(129601)} {
		refused(t, setClient(minutes), "InvalidParameterException", "MaxValidityMinutes must be between 0 and 129600.")
	}
	for _, limit := range []int32{0, 101, -1} {
		refused(t, s.setSessions(newops.UserSessionTrackingTypeEnabled, limit), "InvalidParameterException", "MaxPerUser must be between 1 and 100.")
	}
	_, err := s.SetUserPoolSessionConfiguration(s.ctx, &newops.SetUserPoolSessionConfigurationInput{UserPoolId: &s.pool, UserSessionTracking: "ENABLED"})
	refused(t, err, "InvalidParameterException", "UserSessionTracking and TokenSession are required.")
	_, err = s.GetUserPoolClientSessionConfiguration(s.ctx, &newops.GetUserPoolClientSessionConfigurationInput{UserPoolId: &s.pool, ClientId: aws.String("none")})
	refused(t, err, "ResourceNotFoundException", "User pool client none does not exist.")
	_, err = s.GetUserPoolSessionConfiguration(s.ctx, &newops.GetUserPoolSessionConfigurationInput{UserPoolId: aws.String("us-east-1_none")})
	refused(t, err, "ResourceNotFoundException", "User pool us-east-1_none does not exist.")

	// The tier cannot be lowered while sessions are tracked, nor they in it.
	update.UserPoolTier = types.UserPoolTierTypeLite
	_, err = s.UpdateUserPool(s.ctx, update)
	var tier *types.TierChangeNotAllowedException
	if !errors.As(err, &tier) {
		t.Errorf("%v", err)
	}
	s.pool = s.world.pool(func(in *newops.CreateUserPoolInput) { in.UserPoolTier = types.UserPoolTierTypeLite })
	s.client = s.world.client(s.pool, nil)
	var lacks *types.FeatureUnavailableInTierException
	if err := s.setSessions(newops.UserSessionTrackingTypeEnabled, 1); !errors.As(err, &lacks) {
		t.Errorf("%v", err)
	}
	if err := setClient(aws.Int32(1)); !errors.As(err, &lacks) {
		t.Errorf("%v", err)
	}
}
