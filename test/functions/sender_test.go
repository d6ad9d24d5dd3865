package functionstest

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// sent is what the sender function wrote.
type sent struct {
	TriggerSource, UserName, Code string
	Request                       struct {
		Type, Code     string
		ClientMetadata map[string]string
		UserAttributes map[string]string
	}
}

// waitForSent waits for the n-th message of the sender function.
func (w *world) waitForSent(n int) (m sent) {
	w.t.Helper()
	for range 3000 {
		b, err := os.ReadFile(w.outbox)
		if lines := strings.SplitAfter(string(b), "\n"); err == nil && len(lines) > n && strings.HasSuffix(lines[n-1], "\n") {
			if err := json.Unmarshal([]byte(lines[n-1]), &m); err != nil {
				w.t.Fatal(err)
			}
			return m
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.t.Fatalf("there is no message %d", n)
	return m
}

// A sender function decrypts codes with the AWS Encryption SDK.
func TestCustomEmailSender(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("node_modules/.package-lock.json"); err != nil {
		lack(t, "the AWS Encryption SDK for JavaScript is not installed (test/install, or npm ci in test/functions)")
	}
	w := newWorld(t, &types.LambdaConfigType{
		KMSKeyID:          aws.String(keyARN),
		CustomEmailSender: &types.CustomEmailLambdaVersionConfigType{LambdaArn: function("sender"), LambdaVersion: types.CustomEmailSenderLambdaVersionTypeV10},
	})
	if _, err := w.signUp("jane", map[string]string{"k": "v"}); err != nil {
		t.Fatal(err)
	}
	m := w.waitForSent(1)
	if m.TriggerSource != "CustomEmailSender_SignUp" || m.UserName != "jane" || m.Request.Type != "customEmailSenderRequestV1" ||
		m.Request.ClientMetadata["k"] != "v" || m.Request.UserAttributes["email"] != "jane@example.com" || !strings.HasPrefix(m.Request.Code, "AYADe") {
		t.Errorf("event %+v", m)
	}
	if _, err := w.ConfirmSignUp(t.Context(), &cognito.ConfirmSignUpInput{ClientId: &w.client, Username: aws.String("jane"), ConfirmationCode: &m.Code}); err != nil {
		t.Errorf("the code %q: %v", m.Code, err)
	}
	if _, err := w.AdminCreateUser(t.Context(), &cognito.AdminCreateUserInput{
		UserPoolId: &w.pool, Username: aws.String("bob"), TemporaryPassword: aws.String(password), DesiredDeliveryMediums: []types.DeliveryMediumType{types.DeliveryMediumTypeEmail},
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: aws.String("bob@example.com")}},
	}); err != nil {
		t.Fatal(err)
	}
	if m := w.waitForSent(2); m.TriggerSource != "CustomEmailSender_AdminCreateUser" || m.Code != password {
		t.Errorf("invitation %+v", m)
	}
	if left, err := w.server.Inbox.Messages(t.Context(), ""); err != nil || len(left) > 1 {
		t.Errorf("messages in the inbox: %+v, %v", left, err)
	}
}
