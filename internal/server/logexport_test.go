package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/logexport"
	"github.com/poolhouse-id/poolhouse/internal/server"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

// exportedLog is a record of an exported log.
type exportedLog struct {
	EventTimestamp, EventSource, LogLevel string
	Message                               map[string]any
	LogSourceID                           struct{ UserPoolID string }
}

// next returns the record that comes next.
func next(t *testing.T, records <-chan exportedLog) exportedLog {
	t.Helper()
	select {
	case r := <-records:
		return r
	case <-time.After(time.Minute):
		t.Fatal("no record came")
		return exportedLog{}
	}
}

// logsStandIn answers like CloudWatch Logs, and the webhook of the other
// destinations.
func logsStandIn(t *testing.T, group string) (endpoint string, groups, others <-chan exportedLog) {
	toGroup, toOther := make(chan exportedLog, 100), make(chan exportedLog, 100)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			LogGroupName string
			LogEvents    []struct{ Message string }
			Destination  string
			Records      []struct{ Record exportedLog }
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		for _, e := range in.LogEvents {
			var l exportedLog
			if err := json.Unmarshal([]byte(e.Message), &l); err != nil || in.LogGroupName != group {
				t.Errorf("%s %s: %v", in.LogGroupName, e.Message, err)
			}
			toGroup <- l
		}
		for _, e := range in.Records {
			if in.Destination != "arn:aws:s3:::events" {
				t.Errorf("destination %s", in.Destination)
			}
			toOther <- e.Record
		}
		fmt.Fprint(w, "{}")
	}))
	t.Cleanup(srv.Close)
	return srv.URL, toGroup, toOther
}

// What a pool's log delivery says goes where it says: events of sign-in to the
// bucket, errors of messages to the log group.
func TestLogExport(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db store.Config) {
		endpoint, groups, others := logsStandIn(t, "/aws/vendedlogs/users")
		noSMS := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
		t.Cleanup(noSMS.Close)
		hook, err := logexport.NewWebhook(endpoint)
		if err != nil {
			t.Fatal(err)
		}
		f := start(t, func(cfg *server.Config) {
			cfg.Store, cfg.LogExport, cfg.LogsEndpoint = db, hook, endpoint
			cfg.SMSWebhook = &deliver.Webhook{URL: noSMS.URL}
			cfg.Log = nil
		})
		c := cognito.NewFromConfig(f.config("test", "test", ""))
		pool, err := c.CreateUserPool(t.Context(), &cognito.CreateUserPoolInput{
			PoolName: aws.String("test"), UserPoolTier: types.UserPoolTierTypePlus,
			UserPoolAddOns:         &types.UserPoolAddOnsType{AdvancedSecurityMode: types.AdvancedSecurityModeTypeAudit},
			AutoVerifiedAttributes: []types.VerifiedAttributeType{types.VerifiedAttributeTypePhoneNumber},
			SmsConfiguration:       &types.SmsConfigurationType{SnsCallerArn: aws.String("arn:aws:iam::" + account + ":role/sms")},
		})
		if err != nil {
			t.Fatal(err)
		}
		id := pool.UserPool.Id
		logs := []types.LogConfigurationType{
			{EventSource: "userNotification", LogLevel: "ERROR", CloudWatchLogsConfiguration: &types.CloudWatchLogsConfigurationType{
				LogGroupArn: aws.String("arn:aws:logs:" + region + ":" + account + ":log-group:/aws/vendedlogs/users"),
			}},
			{EventSource: "userAuthEvents", LogLevel: "INFO", S3Configuration: &types.S3ConfigurationType{BucketArn: aws.String("arn:aws:s3:::events")}},
		}
		_, err = c.SetLogDeliveryConfiguration(t.Context(), &cognito.SetLogDeliveryConfigurationInput{UserPoolId: id, LogConfigurations: logs})
		if err != nil {
			t.Fatal(err)
		}
		client, err := c.CreateUserPoolClient(t.Context(), &cognito.CreateUserPoolClientInput{
			UserPoolId: id, ClientName: aws.String("app"), PreventUserExistenceErrors: "ENABLED",
			ExplicitAuthFlows: []types.ExplicitAuthFlowsType{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
		})
		if err != nil {
			t.Fatal(err)
		}
		made, err := c.SignUp(t.Context(), &cognito.SignUpInput{
			ClientId: client.UserPoolClient.ClientId, Username: aws.String("jane"), Password: aws.String("Correct-Horse-1"),
			UserAttributes: []types.AttributeType{{Name: aws.String("phone_number"), Value: aws.String("+15555550100")}},
		})
		if err != nil {
			t.Fatal(err)
		}
		n := next(t, groups)
		details := fmt.Sprint(n.Message["details"])
		if n.EventSource != "USER_NOTIFICATION" || n.LogLevel != "ERROR" || n.LogSourceID.UserPoolID != *id || !strings.HasSuffix(details, "webhook: status 418") {
			t.Errorf("%+v", n)
		}
		if _, err := c.AdminConfirmSignUp(t.Context(), &cognito.AdminConfirmSignUpInput{UserPoolId: id, Username: aws.String("jane")}); err != nil {
			t.Fatal(err)
		}
		for _, password := range []string{"Wrong-Horse-1", "Correct-Horse-1"} {
			_, err := c.InitiateAuth(t.Context(), &cognito.InitiateAuthInput{
				ClientId: client.UserPoolClient.ClientId, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters: map[string]string{"USERNAME": "jane", "PASSWORD": password},
			})
			if (err == nil) != (password == "Correct-Horse-1") {
				t.Fatal(err)
			}
		}
		events, err := c.AdminListUserAuthEvents(t.Context(), &cognito.AdminListUserAuthEventsInput{UserPoolId: id, Username: aws.String("jane")})
		if err != nil {
			t.Fatal(err)
		}
		slices.Reverse(events.AuthEvents)
		for i, want := range []string{"SignUp Pass []", "SignIn Fail [Password:Failure]", "SignIn Pass [Password:Success]"} {
			e := next(t, others)
			m := e.Message
			if got := fmt.Sprint(m["eventType"], " ", m["eventResponse"], " ", m["challenges"]); got != want {
				t.Errorf("event %d: %s, want %s", i, got, want)
			}
			if e.EventSource != "USER_ACTIVITY" || e.LogLevel != "INFO" || e.LogSourceID.UserPoolID != *id || e.EventTimestamp == "" ||
				m["version"] != "1" || m["userSub"] != *made.UserSub || m["userName"] != "jane" || m["userPoolId"] != *id ||
				m["clientId"] != *client.UserPoolClient.ClientId || m["eventId"] != *events.AuthEvents[i].EventId || m["riskDecision"] != "PASS" ||
				m["compromisedCredentialDetected"] != "false" || m["ipAddress"] != "127.0.0.1" || m["requestId"] == "" {
				t.Errorf("event %d: %+v", i, e)
			}
			if at, err := time.Parse("Mon Jan 02 15:04:05 MST 2006", fmt.Sprint(m["creationDate"])); err != nil || !at.Equal(events.AuthEvents[i].CreationDate.Truncate(time.Second)) {
				t.Errorf("creationDate %v, %v", m["creationDate"], err)
			}
		}
		// Who is nobody leaves a record without a name, and a pool that has ended its
		// delivery none.
		_, _ = c.InitiateAuth(t.Context(), &cognito.InitiateAuthInput{
			ClientId: client.UserPoolClient.ClientId, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters: map[string]string{"USERNAME": "nobody", "PASSWORD": "Wrong-Horse-1"},
		})
		if e := next(t, others); e.Message["userName"] != "" || e.Message["userSub"] != "" || e.Message["eventResponse"] != "Fail" {
			t.Errorf("of nobody: %+v", e)
		}
		for _, list := range [][]types.LogConfigurationType{{}, logs} {
			if _, err := c.SetLogDeliveryConfiguration(t.Context(), &cognito.SetLogDeliveryConfigurationInput{UserPoolId: id, LogConfigurations: list}); err != nil {
				t.Fatal(err)
			}
			_, err = c.InitiateAuth(t.Context(), &cognito.InitiateAuthInput{
				ClientId: client.UserPoolClient.ClientId, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters: map[string]string{"USERNAME": "jane", "PASSWORD": "Correct-Horse-1"},
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		events, err = c.AdminListUserAuthEvents(t.Context(), &cognito.AdminListUserAuthEventsInput{UserPoolId: id, Username: aws.String("jane"), MaxResults: aws.Int32(1)})
		if err != nil {
			t.Fatal(err)
		}
		if e := next(t, others); e.Message["eventId"] != *events.AuthEvents[0].EventId {
			t.Errorf("a sign-in was exported without a configuration: %+v", e)
		}
	})
}
