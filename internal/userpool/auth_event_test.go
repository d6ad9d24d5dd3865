package userpool_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/logexport"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

const addOnOff = "Threat protection is not enabled for the user pool."

// protectedWorld is a world with threat protection, whose user just signed up.
func protectedWorld(t testing.TB, mode types.AdvancedSecurityModeType) *signInWorld {
	t.Helper()
	w := newWorld(t)
	s := &signInWorld{world: w}
	s.pool = w.pool(func(in *newops.CreateUserPoolInput) {
		emailPool(in)
		in.UserPoolTier = types.UserPoolTierTypePlus
		in.UserPoolAddOns = &types.UserPoolAddOnsType{AdvancedSecurityMode: mode}
	})
	s.client = w.client(s.pool, everyFlow)
	s.from("192.0.2.1", chromeAgent)
	s.sub = w.confirmed(s.client, jane, "email", jane)
	return s
}

func (s *signInWorld) events() []types.AuthEventType {
	s.Helper()
	out, err := s.AdminListUserAuthEvents(s.ctx, &cognito.AdminListUserAuthEventsInput{UserPoolId: &s.pool, Username: &s.sub})
	if err != nil {
		s.Fatal(err)
	}
	return out.AuthEvents
}

func TestAuthEvents(t *testing.T) {
	t.Parallel()
	s := protectedWorld(t, types.AdvancedSecurityModeTypeAudit)
	s.clock.Advance(time.Second)
	r := s.tokens()
	s.clock.Advance(time.Second)
	_, err := s.password(jane, "Wrong-Horse-1")
	refused(t, err, "NotAuthorizedException", badCredentials)
	s.clock.Advance(2 * time.Second)
	change := func(previous string) error {
		_, err := s.ChangePassword(s.ctx, &cognito.ChangePasswordInput{AccessToken: r.AccessToken, PreviousPassword: &previous, ProposedPassword: aws.String(otherPassword)})
		s.clock.Advance(time.Second)
		return err
	}
	refused(t, change("Wrong-Horse-1"), "NotAuthorizedException", badCredentials)
	if err := change(goodPassword); err != nil {
		t.Fatal(err)
	}
	if _, err := s.forgot(s.client, jane); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(time.Second)
	confirm := &cognito.ConfirmForgotPasswordInput{ClientId: &s.client, Username: aws.String(jane), ConfirmationCode: aws.String(otherCode(s.code())), Password: aws.String(goodPassword)}
	_, err = s.ConfirmForgotPassword(s.ctx, confirm)
	refused(t, err, "CodeMismatchException", "Invalid verification code provided, please try again.")
	s.clock.Advance(time.Second)
	confirm.ConfirmationCode = aws.String(s.code())
	if _, err := s.ConfirmForgotPassword(s.ctx, confirm); err != nil {
		t.Fatal(err)
	}
	// What happens to nobody is not kept.
	_, err = s.password("nobody@example.com", goodPassword)
	refused(t, err, "UserNotFoundException", "User does not exist.")

	var got []string
	list := s.events()
	for _, e := range list {
		got = append(got, string(e.EventType)+" "+string(e.EventResponse))
	}
	want := []string{"PasswordChange Pass", "PasswordChange Fail", "ForgotPassword Pass", "PasswordChange Pass", "PasswordChange Fail", "SignIn Fail", "SignIn Pass", "SignUp Pass"}
	if !slices.Equal(got, want) {
		t.Fatalf("%q, want %q", got, want)
	}
	in := list[6]
	if s.claims(*r.AccessToken)["event_id"] != *in.EventId || s.claims(*r.IdToken)["event_id"] != *in.EventId {
		t.Errorf("event_id is not %s", *in.EventId)
	}
	if *in.EventContextData.IpAddress != "192.0.2.1" || *in.EventContextData.DeviceName != "Chrome 125 / macOS 10.15" || in.EventFeedback != nil ||
		in.EventRisk.RiskDecision != types.RiskDecisionTypeNoRisk || *in.EventRisk.CompromisedCredentialsDetected {
		t.Errorf("%s", shown(in))
	}
	if got := shown(in.ChallengeResponses); got != `[{"ChallengeName":"Password","ChallengeResponse":"Success"}]` {
		t.Error(got)
	}
	if got := shown(list[5].ChallengeResponses); got != `[{"ChallengeName":"Password","ChallengeResponse":"Failure"}]` {
		t.Error(got)
	}
}

// A sign-in of several steps is one event; administrators tell where the user is.
func TestAuthEventOfSteps(t *testing.T) {
	t.Parallel()
	s := protectedWorld(t, types.AdvancedSecurityModeTypeEnforced)
	if _, err := s.AdminSetUserPassword(s.ctx, &cognito.AdminSetUserPasswordInput{UserPoolId: &s.pool, Username: &s.sub, Password: aws.String(goodPassword)}); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(time.Second)
	data := &types.ContextDataType{
		IpAddress: aws.String("198.51.100.7"), ServerName: aws.String("s"), ServerPath: aws.String("/"),
		HttpHeaders: []types.HttpHeader{{HeaderName: aws.String("user-agent"), HeaderValue: aws.String("aws-cli/2.1")}},
	}
	out, err := s.AdminInitiateAuth(s.ctx, &cognito.AdminInitiateAuthInput{
		UserPoolId: &s.pool, ClientId: &s.client, AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth,
		AuthParameters: params("USERNAME", jane, "PASSWORD", goodPassword), ContextData: data,
	})
	if err != nil {
		t.Fatal(err)
	}
	e := s.events()[0]
	if e.EventResponse != types.EventResponseTypeInProgress || *e.EventContextData.IpAddress != "198.51.100.7" || *e.EventContextData.DeviceName != "AWS CLI 2" {
		t.Errorf("%s", shown(e))
	}
	s.clock.Advance(time.Second)
	done, err := s.AdminRespondToAuthChallenge(s.ctx, &cognito.AdminRespondToAuthChallengeInput{
		UserPoolId: &s.pool, ClientId: &s.client, ChallengeName: out.ChallengeName, Session: out.Session, ContextData: data,
		ChallengeResponses: params("USERNAME", jane, "NEW_PASSWORD", otherPassword),
	})
	if err != nil {
		t.Fatal(err)
	}
	after := s.events()[0]
	if *after.EventId != *e.EventId || after.EventResponse != types.EventResponseTypePass || !after.CreationDate.Equal(*e.CreationDate) ||
		s.claims(*done.AuthenticationResult.AccessToken)["event_id"] != *e.EventId {
		t.Errorf("%s after %s", shown(after), shown(e))
	}
}

// What applications tell of the user's device is in the events: the address of
// clients alone that keep a secret and are set to.
func TestAuthEventContext(t *testing.T) {
	t.Parallel()
	s := protectedWorld(t, types.AdvancedSecurityModeTypeAudit)
	payload := `{"contextData":{"UserAgent":"Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0","DeviceId":"d","ClientTimezone":"+01:00"},` +
		`"username":"jane","userPoolId":"p","timestamp":"1"}`
	b, err := json.Marshal(map[string]string{"payload": payload, "signature": "s", "version": "JS20171115"})
	if err != nil {
		t.Fatal(err)
	}
	encoded, broken, address := base64.StdEncoding.EncodeToString(b), "AAAA", "198.51.100.7"
	plain, trusted := s.client, s.world.client(s.pool, func(in *cognito.CreateUserPoolClientInput) {
		everyFlow(in)
		in.GenerateSecret, in.EnablePropagateAdditionalUserContextData = true, yes
	})
	described, err := s.DescribeUserPoolClient(s.ctx, &cognito.DescribeUserPoolClientInput{UserPoolId: &s.pool, ClientId: &trusted})
	if err != nil {
		t.Fatal(err)
	}
	hash := secretHash(*described.UserPoolClient.ClientSecret, jane, trusted)
	for name, c := range map[string]struct {
		client           string
		data             *types.UserContextDataType
		ip, device, zone string
	}{
		"nothing":           {plain, nil, "192.0.2.1", "Chrome 125 / macOS 10.15", ""},
		"fingerprint":       {plain, &types.UserContextDataType{EncodedData: &encoded}, "192.0.2.1", "Firefox 131 / Linux", "+01:00"},
		"what is none":      {plain, &types.UserContextDataType{EncodedData: &broken}, "192.0.2.1", "Chrome 125 / macOS 10.15", ""},
		"address":           {plain, &types.UserContextDataType{IpAddress: &address}, "192.0.2.1", "Chrome 125 / macOS 10.15", ""},
		"address of client": {trusted, &types.UserContextDataType{IpAddress: &address, EncodedData: &encoded}, "198.51.100.7", "Firefox 131 / Linux", "+01:00"},
	} {
		s.clock.Advance(time.Second)
		parameters := params("USERNAME", jane, "PASSWORD", goodPassword)
		if c.client == trusted {
			parameters["SECRET_HASH"] = hash
		}
		_, err := s.InitiateAuth(s.ctx, &cognito.InitiateAuthInput{
			ClientId: &c.client, AuthFlow: types.AuthFlowTypeUserPasswordAuth, AuthParameters: parameters, UserContextData: c.data,
		})
		if err != nil {
			t.Fatal(err)
		}
		got := s.events()[0].EventContextData
		if *got.IpAddress != c.ip || *got.DeviceName != c.device || aws.ToString(got.Timezone) != c.zone {
			t.Errorf("%s: %s", name, shown(got))
		}
	}
	s.clock.Advance(time.Second)
	_, err = s.AdminInitiateAuth(s.ctx, &cognito.AdminInitiateAuthInput{
		UserPoolId: &s.pool, ClientId: &plain, AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth, AuthParameters: params("USERNAME", jane, "PASSWORD", "Wrong-Horse-1"),
		ContextData: &types.ContextDataType{IpAddress: &address, ServerName: aws.String("s"), ServerPath: aws.String("/"), EncodedData: &encoded, HttpHeaders: []types.HttpHeader{}},
	})
	refused(t, err, "NotAuthorizedException", badCredentials)
	if e := s.events()[0]; e.EventResponse != types.EventResponseTypeFail || *e.EventContextData.IpAddress != address || *e.EventContextData.Timezone != "+01:00" {
		t.Errorf("%s", shown(e))
	}
	// The other operations tell it too.
	s.clock.Advance(time.Second)
	if _, err := s.ForgotPassword(s.ctx, &cognito.ForgotPasswordInput{ClientId: &plain, Username: aws.String(jane), UserContextData: &types.UserContextDataType{EncodedData: &encoded}}); err != nil {
		t.Fatal(err)
	}
	if e := s.events()[0]; e.EventType != types.EventTypeForgotPassword || aws.ToString(e.EventContextData.Timezone) != "+01:00" {
		t.Errorf("%s", shown(e))
	}
}

func TestAuthEventFeedback(t *testing.T) {
	t.Parallel()
	s := protectedWorld(t, types.AdvancedSecurityModeTypeAudit)
	id := *s.events()[0].EventId
	admin := func(username, event string, value types.FeedbackValueType) error {
		_, err := s.AdminUpdateAuthEventFeedback(s.ctx, &cognito.AdminUpdateAuthEventFeedbackInput{UserPoolId: &s.pool, Username: &username, EventId: &event, FeedbackValue: value})
		return err
	}
	if err := admin(s.sub, id, types.FeedbackValueTypeInvalid); err != nil {
		t.Fatal(err)
	}
	f := s.events()[0].EventFeedback
	if f == nil || f.FeedbackValue != types.FeedbackValueTypeInvalid || *f.Provider != "Admin" || !f.FeedbackDate.Equal(s.clock.Now()) {
		t.Errorf("%s", shown(f))
	}
	refused(t, admin(s.sub, "none", "Valid"), "ResourceNotFoundException", "Auth event does not exist.")
	refused(t, admin("nobody", id, "Valid"), "UserNotFoundException", "User does not exist.")
	for _, token := range []string{"", "x", changed(*s.tokens().RefreshToken)} {
		_, err := s.UpdateAuthEventFeedback(s.ctx, &cognito.UpdateAuthEventFeedbackInput{
			UserPoolId: &s.pool, Username: &s.sub, EventId: &id, FeedbackToken: &token, FeedbackValue: types.FeedbackValueTypeValid,
		})
		refused(t, err, "NotAuthorizedException", "Invalid feedback token.")
	}
}

func TestAuthEventFeedbackByToken(t *testing.T) {
	t.Parallel()
	s := protectedWorld(t, types.AdvancedSecurityModeTypeAudit)
	id := *s.events()[0].EventId
	token := s.FeedbackToken(s.pool, s.sub, id)
	give := func(username, event string) error {
		_, err := s.UpdateAuthEventFeedback(s.ctx, &cognito.UpdateAuthEventFeedbackInput{
			UserPoolId: &s.pool, Username: &username, EventId: &event, FeedbackToken: &token, FeedbackValue: types.FeedbackValueTypeValid,
		})
		return err
	}
	other := s.confirmed(s.client, "other@example.com", "email", "other@example.com")
	refused(t, give(other, id), "NotAuthorizedException", "Invalid feedback token.")
	refused(t, give(s.sub, "other"), "NotAuthorizedException", "Invalid feedback token.")
	if err := give(s.sub, id); err != nil {
		t.Fatal(err)
	}
	if f := s.events()[0].EventFeedback; f == nil || f.FeedbackValue != types.FeedbackValueTypeValid || *f.Provider != "User" {
		t.Errorf("%s", shown(f))
	}
	s.clock.Advance(7 * 24 * time.Hour)
	refused(t, give(s.sub, id), "NotAuthorizedException", "Invalid feedback token.")
}

func TestAuthEventsOff(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	_, err := s.AdminListUserAuthEvents(s.ctx, &cognito.AdminListUserAuthEventsInput{UserPoolId: &s.pool, Username: &s.sub})
	refused(t, err, "UserPoolAddOnNotEnabledException", addOnOff)
	_, err = s.AdminUpdateAuthEventFeedback(s.ctx, &cognito.AdminUpdateAuthEventFeedbackInput{UserPoolId: &s.pool, Username: &s.sub, EventId: aws.String("e")})
	refused(t, err, "UserPoolAddOnNotEnabledException", addOnOff)
	_, err = s.AdminListUserAuthEvents(s.ctx, &cognito.AdminListUserAuthEventsInput{UserPoolId: aws.String("us-east-1_none"), Username: &s.sub})
	refused(t, err, "ResourceNotFoundException", "User pool us-east-1_none does not exist.")
}

func TestAuthEventPages(t *testing.T) {
	t.Parallel()
	s := protectedWorld(t, types.AdvancedSecurityModeTypeAudit)
	for range 4 {
		s.clock.Advance(time.Second)
		s.tokens()
	}
	in := &cognito.AdminListUserAuthEventsInput{UserPoolId: &s.pool, Username: &s.sub, MaxResults: aws.Int32(2)}
	seen := map[string]bool{}
	for pages := 1; ; pages++ {
		out, err := s.AdminListUserAuthEvents(s.ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range out.AuthEvents {
			seen[*e.EventId] = true
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			if pages != 3 || len(seen) != 5 {
				t.Errorf("%d pages, %d events", pages, len(seen))
			}
			break
		}
	}
	in.NextToken = aws.String("x")
	_, err := s.AdminListUserAuthEvents(s.ctx, in)
	refused(t, err, "InvalidParameterException", "Invalid pagination token.")
}

// Whatever EncodedData says, it does not keep a user from signing in.
func FuzzEncodedData(f *testing.F) {
	s := protectedWorld(f, types.AdvancedSecurityModeTypeAudit)
	f.Add(`{"payload":"{\"contextData\":{\"ClientTimezone\":\"+01:00\"}}"}`)
	f.Add(`{"payload":"{\"contextData\":{\"UserAgent\":1}}"}`)
	f.Add("{")
	f.Fuzz(func(t *testing.T, text string) {
		data := base64.StdEncoding.EncodeToString([]byte(text))
		for _, encoded := range []string{data, text} {
			_, err := s.InitiateAuth(s.ctx, &cognito.InitiateAuthInput{
				ClientId: &s.client, AuthFlow: types.AuthFlowTypeUserPasswordAuth, AuthParameters: params("USERNAME", jane, "PASSWORD", goodPassword),
				UserContextData: &types.UserContextDataType{EncodedData: &encoded},
			})
			if err != nil {
				t.Errorf("%q: %v", encoded, err)
			}
		}
	})
}

// exported keeps the records that an exporter was given.
type exported []*store.LogRecord

func (x *exported) Export(_ context.Context, _ logexport.Destination, records []*store.LogRecord) error {
	*x = append(*x, records...)
	return nil
}

// What is refused or only seems to be done for users that a client hides is as
// much of an event as it is for others.
func TestAuthEventsOfHiddenUsers(t *testing.T) {
	t.Parallel()
	s := protectedWorld(t, types.AdvancedSecurityModeTypeAudit)
	var got exported
	queue := logexport.New(logexport.Config{Store: s.db, Other: &got})
	s.world.Service = userpool.New(userpool.Config{Store: s.db, Clock: s.clock, Deliver: s.inbox, Logs: queue})
	_, err := s.SetLogDeliveryConfiguration(s.ctx, &cognito.SetLogDeliveryConfigurationInput{UserPoolId: &s.pool, LogConfigurations: []types.LogConfigurationType{authEvents()}})
	if err != nil {
		t.Fatal(err)
	}
	hiding, telling := s.world.client(s.pool, hideUsers), s.world.client(s.pool, nil)
	s.mustSignUp(hiding, "new@example.com", "email", "new@example.com")
	if err := queue.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, act := range map[string]func(client, user string) error{
		"ForgotPassword": func(client, user string) error {
			_, err := s.forgot(client, user)
			return err
		},
		"ConfirmForgotPassword": func(client, user string) error {
			_ = s.confirmForgot(client, user, "000000", goodPassword)
			return nil
		},
		"ResendConfirmationCode": func(client, user string) error {
			_, err := s.ResendConfirmationCode(s.ctx, &cognito.ResendConfirmationCodeInput{ClientId: &client, Username: &user})
			return err
		},
	} {
		for _, user := range []string{jane, "new@example.com", "nobody@example.com"} {
			got = nil
			if err := act(hiding, user); err != nil {
				t.Errorf("%s of %s: %v", name, user, err)
			}
			if err := queue.Flush(t.Context()); err != nil || len(got) != 1 {
				t.Errorf("%s of %s has %d events, %v", name, user, len(got), err)
			}
		}
		got = nil
		_ = act(telling, "nobody@example.com")
		if err := queue.Flush(t.Context()); err != nil || len(got) != 0 {
			t.Errorf("%s of nobody, which the client tells, has %d events, %v", name, len(got), err)
		}
	}
}
