package userpool_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
)

func (w *world) risk(poolID string, clientID *string) string {
	w.Helper()
	out, err := w.DescribeRiskConfiguration(w.ctx, &cognito.DescribeRiskConfigurationInput{UserPoolId: &poolID, ClientId: clientID})
	if err != nil {
		w.Fatal(err)
	}
	r := out.RiskConfiguration
	if *r.UserPoolId != poolID || aws.ToString(r.ClientId) != aws.ToString(clientID) {
		w.Errorf("of %s, %s", *r.UserPoolId, aws.ToString(r.ClientId))
	}
	r.UserPoolId, r.ClientId = nil, nil
	return wire(w, r)
}

func TestRiskConfiguration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	// Every feature plan takes a configuration.
	pool := w.pool(func(in *newops.CreateUserPoolInput) { in.UserPoolTier = types.UserPoolTierTypeLite })
	client := w.client(pool, nil)
	if got := w.risk(pool, nil); got != `{}` {
		t.Errorf("a new pool's: %s", got)
	}
	set := func(clientID *string, change func(*cognito.SetRiskConfigurationInput)) error {
		in := &cognito.SetRiskConfigurationInput{UserPoolId: &pool, ClientId: clientID}
		change(in)
		out, err := w.SetRiskConfiguration(w.ctx, in)
		if err == nil && !out.RiskConfiguration.LastModifiedDate.Equal(w.clock.Now()) {
			t.Errorf("modified %v", out.RiskConfiguration.LastModifiedDate)
		}
		return err
	}
	err := set(nil, func(in *cognito.SetRiskConfigurationInput) {
		in.CompromisedCredentialsRiskConfiguration = &types.CompromisedCredentialsRiskConfigurationType{
			Actions: &types.CompromisedCredentialsActionsType{EventAction: types.CompromisedCredentialsEventActionTypeBlock},
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	err = set(&client, func(in *cognito.SetRiskConfigurationInput) {
		in.RiskExceptionConfiguration = &types.RiskExceptionConfigurationType{BlockedIPRangeList: []string{"192.0.2.0/24"}, SkippedIPRangeList: []string{"2001:db8::/32"}}
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := w.risk(pool, nil); got != `{"CompromisedCredentialsRiskConfiguration":{"Actions":{"EventAction":"BLOCK"}},"LastModifiedDate":1772600767}` {
		t.Error(got)
	}
	if got := w.risk(pool, &client); got != `{"LastModifiedDate":1772600767,"RiskExceptionConfiguration":{"BlockedIPRangeList":["192.0.2.0/24"],"SkippedIPRangeList":["2001:db8::/32"]}}` {
		t.Error(got)
	}

	exceptions := func(blocked, skipped string) func(*cognito.SetRiskConfigurationInput) {
		return func(in *cognito.SetRiskConfigurationInput) {
			in.RiskExceptionConfiguration = &types.RiskExceptionConfigurationType{BlockedIPRangeList: []string{blocked}, SkippedIPRangeList: []string{skipped}}
		}
	}
	takeover := func(a types.AccountTakeoverActionType) func(*cognito.SetRiskConfigurationInput) {
		return func(in *cognito.SetRiskConfigurationInput) {
			in.AccountTakeoverRiskConfiguration = &types.AccountTakeoverRiskConfigurationType{Actions: &types.AccountTakeoverActionsType{HighAction: &a}}
		}
	}
	for message, change := range map[string]func(*cognito.SetRiskConfigurationInput){
		"At least one of AccountTakeoverRiskConfiguration, CompromisedCredentialsRiskConfiguration and RiskExceptionConfiguration is required.": func(*cognito.SetRiskConfigurationInput) {},
		"192.0.2.1 is not a valid IP address range in CIDR notation.":                                                                           exceptions("192.0.2.1", "192.0.2.0/24"),
		"192.0.2.0/33 is not a valid IP address range in CIDR notation.":                                                                        exceptions("192.0.2.0/24", "192.0.2.0/33"),
		"192.0.2.9/24 is both in BlockedIPRangeList and in SkippedIPRangeList.":                                                                 exceptions("192.0.2.0/24", "192.0.2.9/24"),
		"NotifyConfiguration is required when an action notifies users.":                                                                        takeover(types.AccountTakeoverActionType{EventAction: "BLOCK", Notify: true}),
		"Actions and their EventAction are required.":                                                                                           takeover(types.AccountTakeoverActionType{}),
	} {
		refused(t, set(nil, change), "InvalidParameterException", message)
	}
	refused(t, set(aws.String("none"), exceptions("10.0.0.0/8", "11.0.0.0/8")), "ResourceNotFoundException", "User pool client none does not exist.")
	_, err = w.DescribeRiskConfiguration(w.ctx, &cognito.DescribeRiskConfigurationInput{UserPoolId: aws.String("us-east-1_none")})
	refused(t, err, "ResourceNotFoundException", "User pool us-east-1_none does not exist.")
}
