package userpool_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/token"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

const (
	knownPassword  = "Password-1234"
	unusable       = "Provided password cannot be used for security reasons."
	resetForSafety = "Password reset required for the user due to security reasons"
)

// knownPasswords is a list of them.
type knownPasswords map[string]bool

func (k knownPasswords) Has(password string) (bool, error) {
	if len(k) == 0 {
		return false, errors.New("the list is gone")
	}
	return k[password], nil
}

// watchful gives the world a service that knows publicly known passwords and has
// a public URL.
func (s *signInWorld) watchful(list userpool.PasswordList) {
	s.Service = userpool.New(userpool.Config{
		Store: s.db, Clock: s.clock, Deliver: s.inbox, Triggers: s.triggers, PublicURL: "http://localhost:7665", Passwords: list,
		Keys:   token.New(token.Config{Store: s.db, Clock: s.clock, Reservoir: sharedReservoir()}),
		Issuer: func(_, poolID string) string { return "http://localhost:7665/" + poolID },
	})
}

func (s *signInWorld) setCompromised(action types.CompromisedCredentialsEventActionType, events ...types.EventFilterType) {
	s.Helper()
	_, err := s.SetRiskConfiguration(s.ctx, &cognito.SetRiskConfigurationInput{
		UserPoolId: &s.pool, CompromisedCredentialsRiskConfiguration: &types.CompromisedCredentialsRiskConfigurationType{
			EventFilter: events, Actions: &types.CompromisedCredentialsActionsType{EventAction: action},
		},
	})
	if err != nil {
		s.Fatal(err)
	}
}

func TestCompromisedSignIn(t *testing.T) {
	t.Parallel()
	for _, mode := range []types.AdvancedSecurityModeType{types.AdvancedSecurityModeTypeAudit, types.AdvancedSecurityModeTypeEnforced} {
		s := protectedWorld(t, mode)
		s.watchful(knownPasswords{goodPassword: true})
		for _, c := range []struct {
			action types.CompromisedCredentialsEventActionType
			events []types.EventFilterType
			block  bool
		}{
			{types.CompromisedCredentialsEventActionTypeNoAction, nil, false},
			{types.CompromisedCredentialsEventActionTypeBlock, []types.EventFilterType{types.EventFilterTypeSignUp, types.EventFilterTypePasswordChange}, false},
			{types.CompromisedCredentialsEventActionTypeBlock, nil, true},
			{types.CompromisedCredentialsEventActionTypeBlock, []types.EventFilterType{types.EventFilterTypeSignIn}, true},
		} {
			s.setCompromised(c.action, c.events...)
			risk, err := s.try("192.0.2.1", chromeAgent)
			decision := types.RiskDecisionTypeNoRisk
			if c.block && mode == types.AdvancedSecurityModeTypeEnforced {
				decision = types.RiskDecisionTypeBlock
				refused(t, err, "PasswordResetRequiredException", resetForSafety)
			} else if err != nil {
				t.Errorf("%s %+v: %v", mode, c, err)
			}
			if !*risk.CompromisedCredentialsDetected || risk.RiskDecision != decision {
				t.Errorf("%s %+v: %s", mode, c, shown(risk))
			}
		}
		// A wrong password is wrong, however well known.
		_, err := s.password(jane, "Wrong-Horse-1")
		refused(t, err, "NotAuthorizedException", badCredentials)
		// SRP shows no password.
		if mode == types.AdvancedSecurityModeTypeEnforced {
			c, out := s.challengeSRP(jane)
			if done, err := s.verify(s.proof(c, out.ChallengeParameters, goodPassword)); err != nil || done.AuthenticationResult == nil {
				t.Errorf("SRP: %v", err)
			}
		}
	}
}

func TestCompromisedNewPasswords(t *testing.T) {
	t.Parallel()
	s := protectedWorld(t, types.AdvancedSecurityModeTypeEnforced)
	s.watchful(knownPasswords{knownPassword: true})
	s.setCompromised(types.CompromisedCredentialsEventActionTypeBlock, types.EventFilterTypeSignIn)
	signUp := func(name string) error {
		_, err := s.SignUp(s.ctx, &cognito.SignUpInput{ClientId: &s.client, Username: &name, Password: aws.String(knownPassword), UserAttributes: attrs("email", name)})
		return err
	}
	if err := signUp("kim@example.com"); err != nil {
		t.Fatalf("without the event: %v", err)
	}
	s.setCompromised(types.CompromisedCredentialsEventActionTypeBlock)
	refused(t, signUp("lee@example.com"), "InvalidPasswordException", unusable)
	s.clock.Advance(time.Second)
	access := s.tokens().AccessToken
	s.clock.Advance(time.Second)
	_, err := s.ChangePassword(s.ctx, &cognito.ChangePasswordInput{AccessToken: access, PreviousPassword: aws.String(goodPassword), ProposedPassword: aws.String(knownPassword)})
	refused(t, err, "InvalidPasswordException", unusable)
	e := s.events()[0]
	if e.EventType != types.EventTypePasswordChange || e.EventResponse != types.EventResponseTypeFail || !*e.EventRisk.CompromisedCredentialsDetected {
		t.Errorf("event %s", shown(e))
	}
	s.clock.Advance(time.Second)
	if _, err := s.forgot(s.client, jane); err != nil {
		t.Fatal(err)
	}
	code := s.code()
	reset := func(password string) error {
		_, err := s.ConfirmForgotPassword(s.ctx, &cognito.ConfirmForgotPasswordInput{
			ClientId: &s.client, Username: aws.String(jane), Password: &password, ConfirmationCode: &code,
		})
		return err
	}
	refused(t, reset(knownPassword), "InvalidPasswordException", unusable)
	if err := reset(otherPassword); err != nil {
		t.Errorf("the code was used up: %v", err)
	}
	// An administrator's password is the administrator's business; the user's own
	// choice is checked.
	_, err = s.AdminSetUserPassword(s.ctx, &cognito.AdminSetUserPasswordInput{UserPoolId: &s.pool, Username: &s.sub, Password: aws.String(goodPassword)})
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.password(jane, goodPassword)
	if err != nil || out.ChallengeName != types.ChallengeNameTypeNewPasswordRequired {
		t.Fatalf("%v %v", out, err)
	}
	_, err = s.RespondToAuthChallenge(s.ctx, &cognito.RespondToAuthChallengeInput{
		ClientId: &s.client, ChallengeName: out.ChallengeName, Session: out.Session, ChallengeResponses: map[string]string{"USERNAME": jane, "NEW_PASSWORD": knownPassword},
	})
	refused(t, err, "InvalidPasswordException", unusable)
}

// A list that cannot be read, and pools that do not look, refuse nobody.
func TestCompromisedPasswordsUnknown(t *testing.T) {
	t.Parallel()
	s := protectedWorld(t, types.AdvancedSecurityModeTypeEnforced)
	s.setCompromised(types.CompromisedCredentialsEventActionTypeBlock)
	s.watchful(knownPasswords{})
	if risk, err := s.try("192.0.2.1", chromeAgent); err != nil || *risk.CompromisedCredentialsDetected {
		t.Errorf("without a list: %v %s", err, shown(risk))
	}
	off := protectedWorld(t, types.AdvancedSecurityModeTypeOff)
	off.setCompromised(types.CompromisedCredentialsEventActionTypeBlock)
	off.watchful(knownPasswords{goodPassword: true})
	if _, err := off.password(jane, goodPassword); err != nil {
		t.Errorf("without threat protection: %v", err)
	}
}

func TestImpossibleTravel(t *testing.T) {
	t.Parallel()
	s := protectedWorld(t, types.AdvancedSecurityModeTypeAudit)
	if _, err := s.try("192.0.2.1", chromeAgent); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(-11*time.Minute + time.Second)
	if risk, err := s.try("203.0.113.1", chromeAgent); err != nil || risk.RiskLevel != types.RiskLevelTypeHigh {
		t.Errorf("a second later: %v %s", err, shown(risk))
	}
	if risk, err := s.try("198.51.100.1", chromeAgent); err != nil || risk.RiskLevel != types.RiskLevelTypeMedium {
		t.Errorf("some time later: %v %s", err, shown(risk))
	}
}

var feedbackLink = regexp.MustCompile(`http://localhost:7665/_poolhouse/feedback\?[^"]*`)

func TestRiskNotifications(t *testing.T) {
	t.Parallel()
	s := protectedWorld(t, types.AdvancedSecurityModeTypeEnforced)
	s.watchful(nil)
	if _, err := s.try("192.0.2.1", chromeAgent); err != nil {
		t.Fatal(err)
	}
	notify := func(action types.AccountTakeoverEventActionType, send bool, templates bool) {
		t.Helper()
		n := &types.NotifyConfigurationType{SourceArn: aws.String("arn:aws:ses:us-east-1:123456789012:identity/a@example.com"), From: aws.String("security@example.com"), ReplyTo: aws.String("help@example.com")}
		if templates {
			text := func(kind string) *types.NotifyEmailType {
				return &types.NotifyEmailType{Subject: aws.String(kind + " {ip-address}"), HtmlBody: aws.String("<b>{username} {device-name} {event-id} {feedback-token}</b>"), TextBody: aws.String("text")}
			}
			n.BlockEmail, n.MfaEmail, n.NoActionEmail = text("block"), text("mfa"), text("none")
		}
		_, err := s.SetRiskConfiguration(s.ctx, &cognito.SetRiskConfigurationInput{UserPoolId: &s.pool, AccountTakeoverRiskConfiguration: &types.AccountTakeoverRiskConfigurationType{
			NotifyConfiguration: n, Actions: &types.AccountTakeoverActionsType{HighAction: &types.AccountTakeoverActionType{EventAction: action, Notify: send}},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	last := func() deliver.InboxMessage {
		t.Helper()
		list, err := s.inbox.Inbox(s.ctx, deliver.Filter{Limit: 1})
		if err != nil || len(list) != 1 {
			t.Fatalf("%d messages, %v", len(list), err)
		}
		return list[0]
	}
	before := last().ID
	notify(types.AccountTakeoverEventActionTypeBlock, false, true)
	_, err := s.try("203.0.113.1", "aws-sdk-js/3.1")
	refused(t, err, "NotAuthorizedException", riskBlocked)
	if last().ID != before {
		t.Error("a notification without Notify")
	}
	for action, subject := range map[types.AccountTakeoverEventActionType]string{
		types.AccountTakeoverEventActionTypeBlock: "block", types.AccountTakeoverEventActionTypeMfaIfConfigured: "mfa", types.AccountTakeoverEventActionTypeNoAction: "none",
	} {
		notify(action, true, true)
		ip := map[string]string{"block": "198.18.1.1", "mfa": "198.18.2.1", "none": "198.18.3.1"}[subject]
		agent := map[string]string{"block": "aws-sdk-js/3.1", "mfa": "Boto3/1.0", "none": "okhttp/4"}[subject]
		if _, err := s.try(ip, agent); (err != nil) != (subject == "block") {
			t.Fatalf("%s: %v", action, err)
		}
		m, e := last(), s.events()[0]
		if m.Subject != subject+" "+ip || m.From != "security@example.com" || m.ReplyTo != "help@example.com" || m.Destination != jane ||
			!strings.HasPrefix(m.Body, "<b>"+s.sub+" ") || !strings.Contains(m.Body, *e.EventId) {
			t.Errorf("%s: %+v", action, m)
		}
	}
	// The texts without templates have links, with the token that tells.
	notify(types.AccountTakeoverEventActionTypeBlock, true, false)
	_, err = s.try("198.18.4.1", "aws-cli/2.1")
	refused(t, err, "NotAuthorizedException", riskBlocked)
	m := last()
	if links := feedbackLink.FindAllString(m.Body, -1); m.Subject != "Blocked sign-in attempt" || len(links) != 2 ||
		!strings.Contains(links[0], "feedbackValue=Invalid") || !strings.Contains(links[1], "feedbackValue=Valid") {
		t.Errorf("%+v", m)
	}
}
