package userpool_test

import (
	"context"
	"errors"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/token"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

const goodPassword = "Correct-Horse-1"

// world is a service on a database of its own, for tests of users.
type world struct {
	testing.TB
	*userpool.Service
	db       *store.DB
	clock    *clock.Fixed
	inbox    *deliver.Deliverer
	triggers *recordedTriggers
	ctx      context.Context
}

// recordedTriggers answers as told and keeps the events.
type recordedTriggers struct {
	userpool.NoTriggers
	preSignUp userpool.PreSignUpResponse
	custom    userpool.CustomMessageResponse
	err       error

	mu     sync.Mutex
	events []userpool.TriggerEvent
}

func (r *recordedTriggers) record(e *userpool.TriggerEvent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, *e)
}

func (r *recordedTriggers) PreSignUp(_ context.Context, e *userpool.TriggerEvent) (userpool.PreSignUpResponse, error) {
	r.record(e)
	return r.preSignUp, r.err
}

func (r *recordedTriggers) PostConfirmation(_ context.Context, e *userpool.TriggerEvent) error {
	r.record(e)
	return nil
}

func (r *recordedTriggers) CustomMessage(_ context.Context, e *userpool.TriggerEvent) (userpool.CustomMessageResponse, error) {
	r.record(e)
	return r.custom, nil
}

// sources lists the triggers that ran, in their order.
func (r *recordedTriggers) sources() (out []string) {
	for _, e := range r.events {
		out = append(out, e.Source)
	}
	return out
}

var sharedReservoir = sync.OnceValue(func() *token.Reservoir { return token.NewReservoir(4) })

func newWorld(t testing.TB) *world {
	t.Helper()
	return newWorldOn(t, store.Config{})
}

func newWorldOn(t testing.TB, cfg store.Config) *world {
	t.Helper()
	w := &world{TB: t, clock: clock.NewFixed(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)), triggers: &recordedTriggers{}}
	cfg.Clock = w.clock
	db, err := store.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	w.db, w.inbox = db, deliver.New(deliver.Config{Store: db})
	w.Service = userpool.New(userpool.Config{
		Store: db, Clock: w.clock, Deliver: w.inbox, Triggers: w.triggers,
		Keys:   token.New(token.Config{Store: db, Clock: w.clock, Reservoir: sharedReservoir()}),
		Issuer: func(_, poolID string) string { return "http://localhost:7665/" + poolID },
	})
	w.ctx = awswire.WithCall(context.Background(), &awswire.Call{Account: "123456789012", Region: "us-east-1"})
	return w
}

// pool creates a pool and returns its id.
func (w *world) pool(change func(*newops.CreateUserPoolInput)) string {
	w.Helper()
	in := &newops.CreateUserPoolInput{}
	in.PoolName = aws.String("test")
	if change != nil {
		change(in)
	}
	out, err := w.CreateUserPool(w.ctx, in)
	if err != nil {
		w.Fatal(err)
	}
	return *out.UserPool.Id
}

// emailPool is a pool like that of the quickstart: users sign up with an e-mail
// address, which is verified automatically.
func emailPool(in *newops.CreateUserPoolInput) {
	in.UsernameAttributes = []types.UsernameAttributeType{types.UsernameAttributeTypeEmail}
	in.AutoVerifiedAttributes = []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail}
}

// aliasPool is a pool whose users have e-mail addresses, phone numbers and
// preferred usernames as aliases.
func aliasPool(in *newops.CreateUserPoolInput) {
	in.AliasAttributes = []types.AliasAttributeType{
		types.AliasAttributeTypeEmail, types.AliasAttributeTypePhoneNumber, types.AliasAttributeTypePreferredUsername,
	}
	in.AutoVerifiedAttributes = []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail}
}

// client creates an app client and returns its id.
func (w *world) client(poolID string, change func(*cognito.CreateUserPoolClientInput)) string {
	w.Helper()
	in := &cognito.CreateUserPoolClientInput{
		UserPoolId: &poolID, ClientName: aws.String("test"),
		ExplicitAuthFlows: []types.ExplicitAuthFlowsType{
			types.ExplicitAuthFlowsTypeAllowUserPasswordAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth,
		},
	}
	if change != nil {
		change(in)
	}
	out, err := w.CreateUserPoolClient(w.ctx, in)
	if err != nil {
		w.Fatal(err)
	}
	return *out.UserPoolClient.ClientId
}

func hideUsers(in *cognito.CreateUserPoolClientInput) {
	in.PreventUserExistenceErrors = types.PreventUserExistenceErrorTypesEnabled
}

// attrs makes the member UserAttributes of names and values.
func attrs(pairs ...string) (out []types.AttributeType) {
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, types.AttributeType{Name: aws.String(pairs[i]), Value: aws.String(pairs[i+1])})
	}
	return out
}

// values is the inverse of attrs.
func values(given []types.AttributeType) map[string]string {
	m := map[string]string{}
	for _, a := range given {
		m[*a.Name] = *a.Value
	}
	return m
}

// signUp signs a user up with goodPassword.
func (w *world) signUp(clientID, username string, pairs ...string) (*cognito.SignUpOutput, error) {
	return w.SignUp(w.ctx, &cognito.SignUpInput{
		ClientId: &clientID, Username: &username, Password: aws.String(goodPassword), UserAttributes: attrs(pairs...),
	})
}

func (w *world) mustSignUp(clientID, username string, pairs ...string) *cognito.SignUpOutput {
	w.Helper()
	// The inbox orders messages by their time.
	w.clock.Advance(time.Second)
	out, err := w.signUp(clientID, username, pairs...)
	if err != nil {
		w.Fatal(err)
	}
	return out
}

func (w *world) confirm(clientID, username, code string) error {
	_, err := w.ConfirmSignUp(w.ctx, &cognito.ConfirmSignUpInput{ClientId: &clientID, Username: &username, ConfirmationCode: &code})
	return err
}

// confirmed signs a user up and confirms it with the code that was sent.
func (w *world) confirmed(clientID, username string, pairs ...string) string {
	w.Helper()
	out := w.mustSignUp(clientID, username, pairs...)
	if err := w.confirm(clientID, username, w.code()); err != nil {
		w.Fatal(err)
	}
	return *out.UserSub
}

// get returns a user as AdminGetUser shows it.
func (w *world) get(poolID, username string) *cognito.AdminGetUserOutput {
	w.Helper()
	out, err := w.AdminGetUser(w.ctx, &cognito.AdminGetUserInput{UserPoolId: &poolID, Username: &username})
	if err != nil {
		w.Fatalf("AdminGetUser %s: %v", username, err)
	}
	return out
}

// signIn returns the user's access token.
func (w *world) signIn(clientID, username, password string) (string, error) {
	out, err := w.InitiateAuth(w.ctx, &cognito.InitiateAuthInput{
		ClientId: &clientID, AuthFlow: types.AuthFlowTypeUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": username, "PASSWORD": password},
	})
	if err != nil {
		return "", err
	}
	if out.AuthenticationResult == nil {
		return "", errors.New("challenge " + string(out.ChallengeName))
	}
	return *out.AuthenticationResult.AccessToken, nil
}

func (w *world) mustSignIn(clientID, username, password string) string {
	w.Helper()
	access, err := w.signIn(clientID, username, password)
	if err != nil {
		w.Fatalf("sign-in of %s: %v", username, err)
	}
	return access
}

// messages returns everything that was sent, the newest first.
func (w *world) messages() []deliver.InboxMessage {
	w.Helper()
	found, err := w.inbox.Inbox(w.ctx, deliver.Filter{})
	if err != nil {
		w.Fatal(err)
	}
	return found
}

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

// code returns the code of the newest message, and lets a second pass so that
// the next message is newer.
func (w *world) code() string {
	w.Helper()
	found := w.messages()
	if len(found) == 0 {
		w.Fatal("no message was sent")
	}
	w.clock.Advance(time.Second)
	code := sixDigits.FindString(found[0].Body)
	if code == "" {
		w.Fatalf("no code in %q", found[0].Body)
	}
	return code
}

// otherCode is a code of the same form that is not the given one.
func otherCode(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

// refused checks that err is the AWS error with the code and message.
func refused(t testing.TB, err error, code, message string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) {
		t.Fatalf("got %v, want %s: %s", err, code, message)
	}
	if api.ErrorCode() != code || api.ErrorMessage() != message {
		t.Fatalf("got %s: %q, want %s: %q", api.ErrorCode(), api.ErrorMessage(), code, message)
	}
}
