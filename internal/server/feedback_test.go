package server_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// The link of a notification asks, and its button tells what the user thinks of
// the sign-in.
func TestFeedbackLink(t *testing.T) {
	t.Parallel()
	f := start(t)
	c := cognito.NewFromConfig(f.config("test", "test", ""))
	pool, err := c.CreateUserPool(t.Context(), &cognito.CreateUserPoolInput{
		PoolName: aws.String("test"), UserPoolTier: types.UserPoolTierTypePlus,
		UserPoolAddOns: &types.UserPoolAddOnsType{AdvancedSecurityMode: types.AdvancedSecurityModeTypeEnforced},
	})
	if err != nil {
		t.Fatal(err)
	}
	id, jane, password := pool.UserPool.Id, aws.String("jane"), aws.String("Correct-Horse-1")
	client, err := c.CreateUserPoolClient(t.Context(), &cognito.CreateUserPoolClientInput{
		UserPoolId: id, ClientName: aws.String("app"), ExplicitAuthFlows: []types.ExplicitAuthFlowsType{"ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.AdminCreateUser(t.Context(), &cognito.AdminCreateUserInput{UserPoolId: id, Username: jane, MessageAction: "SUPPRESS", UserAttributes: []types.AttributeType{
		{Name: aws.String("email"), Value: aws.String("jane@example.com")}, {Name: aws.String("email_verified"), Value: aws.String("true")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = c.AdminSetUserPassword(t.Context(), &cognito.AdminSetUserPasswordInput{UserPoolId: id, Username: jane, Password: password, Permanent: true}); err != nil {
		t.Fatal(err)
	}
	_, err = c.SetRiskConfiguration(t.Context(), &cognito.SetRiskConfigurationInput{UserPoolId: id, AccountTakeoverRiskConfiguration: &types.AccountTakeoverRiskConfigurationType{
		NotifyConfiguration: &types.NotifyConfigurationType{SourceArn: aws.String("arn:aws:ses:us-east-1:" + account + ":identity/a@example.com")},
		Actions:             &types.AccountTakeoverActionsType{HighAction: &types.AccountTakeoverActionType{EventAction: "NO_ACTION", Notify: true}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range [][2]string{{"192.0.2.1", "aws-cli/2.1"}, {"203.0.113.1", "Boto3/1.0"}} {
		_, err := c.AdminInitiateAuth(t.Context(), &cognito.AdminInitiateAuthInput{
			UserPoolId: id, ClientId: client.UserPoolClient.ClientId, AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
			AuthParameters: map[string]string{"USERNAME": *jane, "PASSWORD": *password},
			ContextData: &types.ContextDataType{
				IpAddress: &from[0], ServerName: aws.String("s"), ServerPath: aws.String("/"),
				HttpHeaders: []types.HttpHeader{{HeaderName: aws.String("User-Agent"), HeaderValue: &from[1]}},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var inbox struct{ Messages []struct{ Body string } }
	f.document(f.url+"/_poolhouse/inbox?destination=jane@example.com", &inbox)
	if len(inbox.Messages) != 1 {
		t.Fatalf("%+v", inbox)
	}
	_, link, _ := strings.Cut(inbox.Messages[0].Body, `<a href="`)
	link, _, _ = strings.Cut(link, `"`)
	link = strings.ReplaceAll(link, "&amp;", "&")
	visit := func(method, link string, status int, text string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, link, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a := f.do(r); a.StatusCode != status || !strings.Contains(a.body, text) {
			t.Errorf("%s %s: %d %s", method, link, a.StatusCode, a.body)
		}
	}
	feedback := func() *types.EventFeedbackType {
		t.Helper()
		out, err := c.AdminListUserAuthEvents(t.Context(), &cognito.AdminListUserAuthEventsInput{UserPoolId: id, Username: jane})
		if err != nil {
			t.Fatal(err)
		}
		return out.AuthEvents[0].EventFeedback
	}
	visit("GET", link, 200, "No, it was not mine")
	if feedback() != nil {
		t.Error("a look at the page was feedback")
	}
	visit("POST", link, 200, "Thank you.")
	if got := feedback(); got == nil || got.FeedbackValue != types.FeedbackValueTypeInvalid {
		t.Errorf("feedback %+v", got)
	}
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("username", "other")
	u.RawQuery = q.Encode()
	visit("POST", u.String(), 403, "not valid")
	q.Set("feedbackValue", "Perhaps")
	u.RawQuery = q.Encode()
	visit("GET", u.String(), 400, "not complete")
}
