package functionstest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// The triggers of a user's way from sign-up to refreshed tokens, in Go.
func TestWholeWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &types.LambdaConfigType{
		PreSignUp: function("go"), PostConfirmation: function("go"), PreAuthentication: function("go"), PostAuthentication: function("go:live"),
		PreTokenGenerationConfig: &types.PreTokenGenerationVersionConfigType{LambdaArn: function("go"), LambdaVersion: types.PreTokenGenerationLambdaVersionTypeV20},
	})
	up, err := w.signUp("jane", map[string]string{"invited": "yes"})
	if err != nil || !up.UserConfirmed {
		t.Fatalf("sign-up: %+v, %v", up, err)
	}
	_, err = w.signIn("jane", password, nil)
	refused(t, err, "UserLambdaValidationException", `PreAuthentication failed with error "" instead of "office".`)
	in, err := w.signIn("jane", password, map[string]string{"from": "office"})
	if err != nil {
		t.Fatal(err)
	}
	id, access := claims(t, in.AuthenticationResult.IdToken), claims(t, in.AuthenticationResult.AccessToken)
	if fmt.Sprint(id["tags"], id["cognito:groups"]) != "[a b] [made-up]" || id["email"] != nil || id["sub"] != *up.UserSub {
		t.Errorf("ID token %v", id)
	}
	if fmt.Sprintf("%v %v %v", access["limit"], access["cognito:groups"], access["scope"]) != "7 [made-up] aws.cognito.signin.user.admin orders:read" {
		t.Errorf("access token %v", access)
	}
	out, err := w.InitiateAuth(t.Context(), &cognito.InitiateAuthInput{
		ClientId: &w.client, AuthFlow: types.AuthFlowTypeRefreshTokenAuth, AuthParameters: map[string]string{"REFRESH_TOKEN": *in.AuthenticationResult.RefreshToken},
	})
	if err != nil || fmt.Sprint(claims(t, out.AuthenticationResult.IdToken)["tags"]) != "[a b]" {
		t.Errorf("refresh: %+v, %v", out, err)
	}
	want := []string{
		"PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp", "PreAuthentication_Authentication", "PreAuthentication_Authentication",
		"PostAuthentication_Authentication", "TokenGeneration_Authentication", "TokenGeneration_RefreshTokens",
	}
	if got := w.seen(""); !slices.Equal(got, want) {
		t.Errorf("triggers %q, want %q", got, want)
	}
	if _, err := w.signUp("bob", nil); err != nil {
		t.Error(err)
	}
	_, err = w.signIn("bob", password, map[string]string{"from": "office"})
	refused(t, err, "UserNotConfirmedException", "")
}

// What goes wrong in a function, as callers see it, and how often the function
// ran.
func TestRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &types.LambdaConfigType{PreSignUp: function("node")})
	for name, c := range map[string]struct{ code, text string }{
		"thrower": {"UserLambdaValidationException", "PreSignUp failed with error No trial accounts."},
		"mute":    {"InvalidLambdaResponseException", "Unrecognizable lambda output"},
		"parrot":  {"InvalidLambdaResponseException", "Unrecognizable lambda output"},
		"liar":    {"InvalidLambdaResponseException", "Unrecognizable lambda output"},
		"quitter": {"UserLambdaValidationException", "PreSignUp failed with error RequestId: "},
	} {
		_, err := w.signUp(name, nil)
		refused(t, err, c.code, c.text)
		if got := w.seen(name + " "); len(got) != 1 {
			t.Errorf("%s: the function ran %d times", name, len(got))
		}
		_, err = w.AdminGetUser(t.Context(), &cognito.AdminGetUserInput{UserPoolId: &w.pool, Username: &name})
		refused(t, err, "UserNotFoundException", "")
	}
	if _, err := w.signUp("jane", nil); err != nil {
		t.Error(err)
	}
}

func TestMissingFunction(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &types.LambdaConfigType{PreSignUp: function("other")})
	_, err := w.signUp("jane", nil)
	refused(t, err, "UnexpectedLambdaException", "PreSignUp invocation failed due to error ResourceNotFoundException.")
}

// A function that exceeds its own limit has failed; one that exceeds the pool's
// is called three times.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &types.LambdaConfigType{PreSignUp: function("slow"), PreAuthentication: function("node")})
	_, err := w.signUp("sleeper", nil)
	refused(t, err, "UserLambdaValidationException", "PreSignUp failed with error RequestId: ")
	if err == nil || !strings.HasSuffix(err.Error(), "Error: Task timed out after 0.50 seconds.") {
		t.Errorf("error %v", err)
	}
	if got := w.seen("sleeper PreSignUp"); len(got) != 1 {
		t.Errorf("the function ran %d times", len(got))
	}
	if testing.Short() {
		t.Skip("it takes 15 seconds")
	}
	if _, err := w.AdminCreateUser(t.Context(), &cognito.AdminCreateUserInput{
		UserPoolId: &w.pool, Username: aws.String("sleeper"), MessageAction: types.MessageActionTypeSuppress,
	}); err == nil {
		t.Error("the function of PreSignUp let an administrator pass")
	}
	w.removeTrigger()
	w.addUser("sleeper")
	start := time.Now()
	_, err = w.signIn("sleeper", password, nil)
	refused(t, err, "UnexpectedLambdaException", "PreAuthentication invocation failed due to error Socket timeout while invoking Lambda function.")
	if took := time.Since(start); took < 15*time.Second {
		t.Errorf("three tries took %v", took)
	}
	if got := w.seen("sleeper PreAuthentication"); len(got) != 3 {
		t.Errorf("the function ran %d times", len(got))
	}
}

// removeTrigger leaves the pool with PreAuthentication alone.
func (w *world) removeTrigger() {
	w.t.Helper()
	if _, err := w.UpdateUserPool(w.t.Context(), &cognito.UpdateUserPoolInput{
		UserPoolId: &w.pool, LambdaConfig: &types.LambdaConfigType{PreAuthentication: function("node")},
	}); err != nil {
		w.t.Fatal(err)
	}
}

func TestCustomMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &types.LambdaConfigType{CustomMessage: function("node")})
	if _, err := w.signUp("jane", nil); err != nil {
		t.Fatal(err)
	}
	sent, err := w.server.Inbox.Messages(t.Context(), "jane@example.com")
	if err != nil || len(sent) != 1 || sent[0].Subject != "For jane@example.com" || !strings.HasPrefix(sent[0].Body, "Hello , ") || sent[0].Code() == "" {
		t.Fatalf("messages %+v, %v", sent, err)
	}
	if _, err := w.ConfirmSignUp(t.Context(), &cognito.ConfirmSignUpInput{ClientId: &w.client, Username: aws.String("jane"), ConfirmationCode: aws.String(sent[0].Code())}); err != nil {
		t.Error(err)
	}
	if _, err := w.AdminCreateUser(t.Context(), &cognito.AdminCreateUserInput{
		UserPoolId: &w.pool, Username: aws.String("bob"), TemporaryPassword: aws.String(password), DesiredDeliveryMediums: []types.DeliveryMediumType{types.DeliveryMediumTypeEmail},
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: aws.String("bob@example.com")}},
	}); err != nil {
		t.Fatal(err)
	}
	if sent, err = w.server.Inbox.Messages(t.Context(), "bob@example.com"); err != nil || len(sent) != 1 || sent[0].Body != "Hello bob, "+password+" is it" {
		t.Errorf("invitation %+v, %v", sent, err)
	}
	_, err = w.signUp("chatty", nil)
	refused(t, err, "InvalidLambdaResponseException", "Unrecognizable lambda output")
}

func TestMigration(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &types.LambdaConfigType{UserMigration: function("node")})
	_, err := w.signIn("nobody", password, nil)
	refused(t, err, "UserNotFoundException", "User does not exist.")
	_, err = w.signIn("mute", password, nil)
	refused(t, err, "UserNotFoundException", "Exception migrating user in app client "+w.client)
	_, err = w.signIn("old", password, nil)
	refused(t, err, "UserLambdaValidationException", "UserMigration failed with error Bad password.")
	for range 2 {
		in, err := w.signIn("old", "Old-password-1", nil)
		if err != nil || claims(t, in.AuthenticationResult.IdToken)["email"] != "old@example.com" {
			t.Fatalf("sign-in %+v, %v", in, err)
		}
	}
	if got := w.seen("old "); !slices.Equal(got, []string{"old UserMigration_Authentication", "old UserMigration_Authentication"}) {
		t.Errorf("triggers %q", got)
	}
}

func TestMigrationOfForgottenPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &types.LambdaConfigType{UserMigration: function("node")})
	forgot := func(name string) error {
		_, err := w.ForgotPassword(t.Context(), &cognito.ForgotPasswordInput{ClientId: &w.client, Username: &name})
		return err
	}
	refused(t, forgot("thrower"), "UserLambdaValidationException", "UserMigration failed with error No trial accounts.")
	if err := forgot("old"); err != nil {
		t.Fatal(err)
	}
	code, err := w.server.Inbox.Code(t.Context(), "old@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.ConfirmForgotPassword(t.Context(), &cognito.ConfirmForgotPasswordInput{
		ClientId: &w.client, Username: aws.String("old"), ConfirmationCode: &code, Password: aws.String(password),
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.signIn("old", password, nil); err != nil {
		t.Error(err)
	}
}

// Custom authentication and version 1 of the tokens' trigger.
func TestCustomAuthentication(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &types.LambdaConfigType{
		DefineAuthChallenge: function("node"), CreateAuthChallenge: function("node"), VerifyAuthChallengeResponse: function("node"), PreTokenGeneration: function("node"),
	})
	w.addUser("jane")
	begin := func() *string {
		t.Helper()
		out, err := w.InitiateAuth(t.Context(), &cognito.InitiateAuthInput{
			ClientId: &w.client, AuthFlow: types.AuthFlowTypeCustomAuth, AuthParameters: map[string]string{"USERNAME": "jane"},
		})
		if err != nil || out.ChallengeName != types.ChallengeNameTypeCustomChallenge || out.ChallengeParameters["question"] != "six times seven" || out.ChallengeParameters["answer"] != "" {
			t.Fatalf("challenge %+v, %v", out, err)
		}
		return out.Session
	}
	answer := func(session *string, text string) (*cognito.RespondToAuthChallengeOutput, error) {
		return w.RespondToAuthChallenge(t.Context(), &cognito.RespondToAuthChallengeInput{
			ClientId: &w.client, ChallengeName: types.ChallengeNameTypeCustomChallenge, Session: session, ChallengeResponses: map[string]string{"USERNAME": "jane", "ANSWER": text},
		})
	}
	again, err := answer(begin(), "41")
	if err != nil || again.ChallengeName != types.ChallengeNameTypeCustomChallenge {
		t.Fatalf("a wrong answer: %+v, %v", again, err)
	}
	in, err := answer(again.Session, "42")
	if err != nil || in.AuthenticationResult == nil {
		t.Fatalf("the right answer: %+v, %v", in, err)
	}
	id, access := claims(t, in.AuthenticationResult.IdToken), claims(t, in.AuthenticationResult.AccessToken)
	if id["tier"] != "gold" || id["email"] != nil || id["iss"] != w.server.URL+"/"+w.pool || fmt.Sprint(id["cognito:groups"], access["cognito:groups"]) != "[made-up] [made-up]" {
		t.Errorf("ID token %v", id)
	}
	if access["tier"] != nil {
		t.Errorf("access token %v", access)
	}
	session := begin()
	for range 2 {
		out, err := answer(session, "41")
		if err != nil {
			t.Fatal(err)
		}
		session = out.Session
	}
	_, err = answer(session, "41")
	refused(t, err, "NotAuthorizedException", "Incorrect username or password.")
}
