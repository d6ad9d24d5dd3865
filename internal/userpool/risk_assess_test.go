package userpool_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

const riskBlocked = "Unable to login because of security reasons."

func (s *signInWorld) setRisk(action types.AccountTakeoverEventActionType, x *types.RiskExceptionConfigurationType) {
	s.Helper()
	_, err := s.SetRiskConfiguration(s.ctx, &cognito.SetRiskConfigurationInput{
		UserPoolId: &s.pool, RiskExceptionConfiguration: x,
		AccountTakeoverRiskConfiguration: &types.AccountTakeoverRiskConfigurationType{
			Actions: &types.AccountTakeoverActionsType{HighAction: &types.AccountTakeoverActionType{EventAction: action}},
		},
	})
	if err != nil {
		s.Fatal(err)
	}
}

// try signs in some time later from another place, and returns the event's risk.
func (s *signInWorld) try(ip, agent string) (*types.EventRiskType, error) {
	s.Helper()
	s.clock.Advance(11 * time.Minute)
	s.from(ip, agent)
	_, err := s.password(jane, goodPassword)
	return s.events()[0].EventRisk, err
}

func TestRiskIsAssessed(t *testing.T) {
	t.Parallel()
	for _, mode := range []types.AdvancedSecurityModeType{types.AdvancedSecurityModeTypeAudit, types.AdvancedSecurityModeTypeEnforced} {
		s := protectedWorld(t, mode)
		s.setRisk(types.AccountTakeoverEventActionTypeBlock, nil)
		for _, c := range []struct {
			ip, agent string
			level     types.RiskLevelType
		}{
			{"192.0.2.1", chromeAgent, ""}, {"192.0.2.200", chromeAgent, ""}, {"192.0.2.1", "aws-cli/2.1", types.RiskLevelTypeLow},
			{"198.51.100.1", chromeAgent, types.RiskLevelTypeMedium}, {"203.0.113.1", "aws-sdk-js/3.1", types.RiskLevelTypeHigh},
		} {
			risk, err := s.try(c.ip, c.agent)
			decision := types.RiskDecisionTypeNoRisk
			if c.level == types.RiskLevelTypeHigh && mode == types.AdvancedSecurityModeTypeEnforced {
				decision = types.RiskDecisionTypeBlock
				refused(t, err, "NotAuthorizedException", riskBlocked)
			} else if err != nil {
				t.Errorf("%s %+v: %v", mode, c, err)
			}
			if risk.RiskLevel != c.level || risk.RiskDecision != decision {
				t.Errorf("%s %+v: %s", mode, c, shown(risk))
			}
		}
	}
}

func TestRiskExceptions(t *testing.T) {
	t.Parallel()
	s := protectedWorld(t, types.AdvancedSecurityModeTypeEnforced)
	s.setRisk(types.AccountTakeoverEventActionTypeBlock, &types.RiskExceptionConfigurationType{
		BlockedIPRangeList: []string{"192.0.2.0/25"}, SkippedIPRangeList: []string{"2001:db8::/32"},
	})
	risk, err := s.try("192.0.2.1", chromeAgent)
	refused(t, err, "NotAuthorizedException", riskBlocked)
	if risk.RiskDecision != types.RiskDecisionTypeBlock {
		t.Error(shown(risk))
	}
	if _, err := s.try("192.0.2.129", chromeAgent); err != nil {
		t.Errorf("beside the range: %v", err)
	}
	if risk, err := s.try("2001:db8::1", "aws-sdk-js/3.1"); err != nil || risk.RiskDecision != types.RiskDecisionTypeNoRisk || risk.RiskLevel != "" {
		t.Errorf("skipped: %v, %s", err, shown(risk))
	}
	// A wrong password is no different from a blocked place.
	s.from("192.0.2.1", chromeAgent)
	_, err = s.password(jane, "Wrong-Horse-1")
	refused(t, err, "NotAuthorizedException", badCredentials)
}

// A pool without factors cannot ask for one: MFA_IF_CONFIGURED lets the user in,
// MFA_REQUIRED does not.
func TestRiskWithoutFactor(t *testing.T) {
	t.Parallel()
	s := protectedWorld(t, types.AdvancedSecurityModeTypeEnforced)
	if _, err := s.try("192.0.2.1", chromeAgent); err != nil {
		t.Fatal(err)
	}
	s.setRisk(types.AccountTakeoverEventActionTypeMfaRequired, nil)
	_, err := s.try("203.0.113.1", "aws-sdk-js/3.1")
	refused(t, err, "NotAuthorizedException", riskBlocked)
	s.setRisk(types.AccountTakeoverEventActionTypeMfaIfConfigured, nil)
	if risk, err := s.try("203.0.113.1", "aws-sdk-js/3.1"); err != nil || risk.RiskDecision != types.RiskDecisionTypeAccountTakeover {
		t.Errorf("%v, %s", err, shown(risk))
	}
	// What the user denies makes the place a risk again.
	_, err = s.AdminUpdateAuthEventFeedback(s.ctx, &cognito.AdminUpdateAuthEventFeedbackInput{
		UserPoolId: &s.pool, Username: &s.sub, EventId: s.events()[0].EventId, FeedbackValue: types.FeedbackValueTypeInvalid,
	})
	if err != nil {
		t.Fatal(err)
	}
	if risk, err := s.try("203.0.113.1", chromeAgent); err != nil || risk.RiskLevel != types.RiskLevelTypeHigh {
		t.Errorf("%v, %s", err, shown(risk))
	}
}

// Where there is a factor that the user could have, it is asked for.
func TestRiskAsksForFactor(t *testing.T) {
	t.Parallel()
	s := protectedWorld(t, types.AdvancedSecurityModeTypeEnforced)
	_, err := s.AdminUpdateUserAttributes(s.ctx, &cognito.AdminUpdateUserAttributesInput{
		UserPoolId: &s.pool, Username: &s.sub, UserAttributes: attrs("phone_number", "+15550100", "phone_number_verified", "true"),
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.SetUserPoolMfaConfig(s.ctx, &cognito.SetUserPoolMfaConfigInput{
		UserPoolId: &s.pool, MfaConfiguration: types.UserPoolMfaTypeOptional,
		SmsMfaConfiguration: &types.SmsMfaConfigType{SmsConfiguration: &types.SmsConfigurationType{SnsCallerArn: aws.String("arn:aws:iam::123456789012:role/sms")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.try("192.0.2.1", chromeAgent); err != nil {
		t.Fatal(err)
	}
	s.setRisk(types.AccountTakeoverEventActionTypeMfaRequired, nil)
	s.from("203.0.113.1", "aws-sdk-js/3.1")
	out, err := s.password(jane, goodPassword)
	if err != nil || out.ChallengeName != types.ChallengeNameTypeSmsMfa {
		t.Fatalf("%v, %v", out, err)
	}
}
