package awswire

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
)

func TestCatalogue(t *testing.T) {
	t.Parallel()
	totals := map[*Service]int{CognitoIDP: 140, CognitoIdentity: 23, IAM: 180, STS: 12}
	for svc, total := range totals {
		ops := Operations(svc)
		if len(ops) != total {
			t.Errorf("%s has %d operations, want %d", svc.Name, len(ops), total)
		}
		if !slices.IsSortedFunc(ops, func(a, b OpInfo) int { return strings.Compare(a.Name, b.Name) }) {
			t.Errorf("%s is not sorted", svc.Name)
		}
		checkCovered(t, svc)
	}
}

// checkCovered holds the catalogue against the SDK's client.
func checkCovered(t *testing.T, svc *Service) {
	t.Helper()
	client := reflect.TypeOf(clientOf(svc, nil))
	for i := range client.NumMethod() {
		name := client.Method(i).Name
		if _, ok := Lookup(svc, name); !ok && name != "Options" {
			t.Errorf("%s lacks %s", svc.Name, name)
		}
	}
	for _, op := range Operations(svc) {
		if op.In.Name() != op.Name+"Input" || op.Out.Name() != op.Name+"Output" {
			t.Errorf("%s works on %s and %s", op.Name, op.In, op.Out)
		}
	}
}

func TestAuth(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		svc       *Service
		operation string
		want      Auth
	}{
		{CognitoIDP, "SignUp", Public},
		{CognitoIDP, "InitiateAuth", Public},
		{CognitoIDP, "AssociateSoftwareToken", Public},
		{CognitoIDP, "VerifySoftwareToken", Public},
		{CognitoIDP, "GetUser", Bearer},
		{CognitoIDP, "ForgetDevice", Bearer},
		{CognitoIDP, "ListUserSessions", Bearer},
		{CognitoIDP, "RevokeUserSession", Bearer},
		{CognitoIDP, "AdminListUserSessions", Signed},
		{CognitoIDP, "AdminGetUser", Signed},
		{CognitoIDP, "GetClientToken", Public},
		{CognitoIdentity, "GetId", Public},
		{CognitoIdentity, "UnlinkIdentity", Public},
		{CognitoIdentity, "GetOpenIdTokenForDeveloperIdentity", Signed},
		{IAM, "CreateRole", Signed},
		{STS, "AssumeRoleWithWebIdentity", Public},
		{STS, "AssumeRoleWithSAML", Public},
		{STS, "GetCallerIdentity", Signed},
		{STS, "GetScopedCredentials", Signed},
	} {
		op, ok := Lookup(tt.svc, tt.operation)
		if !ok || op.Auth != tt.want {
			t.Errorf("%s: %v, %v; want %v", tt.operation, op, ok, tt.want)
		}
	}
	if _, ok := Lookup(IAM, "GetCallerIdentity"); ok {
		t.Error("IAM has an operation of STS")
	}
}

func signUp(context.Context, *cognitoidentityprovider.SignUpInput) (*cognitoidentityprovider.SignUpOutput, error) {
	return &cognitoidentityprovider.SignUpOutput{UserConfirmed: true}, nil
}

func TestNewTable(t *testing.T) {
	t.Parallel()
	table := NewTable(CognitoIDP, map[string]*Handler{"SignUp": Handle(signUp)}, nil)
	if len(table.Operations) != 140 || table.Service != CognitoIDP {
		t.Fatalf("%d operations of %s", len(table.Operations), table.Service.Name)
	}
	row := table.Operations["SignUp"]
	if row.Auth != Public || row.Handler == nil {
		t.Errorf("SignUp: %+v", row)
	}
	if row := table.Operations["AdminGetUser"]; row.Auth != Signed || row.Handler != nil {
		t.Errorf("AdminGetUser: %+v", row)
	}
	revoke := func(context.Context, *newops.RevokeTokenInput) (*cognitoidentityprovider.RevokeTokenOutput, error) {
		return nil, nil
	}
	NewTable(CognitoIDP, map[string]*Handler{"RevokeToken": Handle(revoke)}, nil)
}

func TestHandle(t *testing.T) {
	t.Parallel()
	out, err := Handle(signUp).Call(t.Context(), &cognitoidentityprovider.SignUpInput{})
	if o, ok := out.(*cognitoidentityprovider.SignUpOutput); err != nil || !ok || !o.UserConfirmed {
		t.Errorf("%v, %v", out, err)
	}
	failing := Handle(func(context.Context, *cognitoidentityprovider.SignUpInput) (*cognitoidentityprovider.SignUpOutput, error) {
		return nil, errNotJSON
	})
	if out, err := failing.Call(t.Context(), &cognitoidentityprovider.SignUpInput{}); out != nil || err != errNotJSON {
		t.Errorf("%v, %v", out, err)
	}
}

func TestCallOf(t *testing.T) {
	t.Parallel()
	if CallOf(t.Context()) == nil {
		t.Error("no call outside a request")
	}
	call := &Call{RequestID: "id"}
	if CallOf(WithCall(t.Context(), call)) != call {
		t.Error("the call is lost")
	}
}

func TestNewTableRefuses(t *testing.T) {
	t.Parallel()
	for name, handlers := range map[string]map[string]*Handler{
		"an unknown operation":          {"SingUp": Handle(signUp)},
		"another service's operation":   {"CreateRole": Handle(signUp)},
		"a handler of another's struct": {"ConfirmSignUp": Handle(signUp)},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("NewTable takes %s", name)
				}
			}()
			NewTable(CognitoIDP, handlers, nil)
		}()
	}
}

func TestNotBuilt(t *testing.T) {
	t.Parallel()
	for svc, want := range map[*Service]string{CognitoIDP: "NotImplementedException", IAM: "NotImplemented"} {
		err := NotBuilt(svc, "SomeOperation")
		status, code := StatusOf(svc, err)
		if status != http.StatusNotImplemented || code != want || !strings.Contains(err.Error(), "SomeOperation") {
			t.Errorf("%s: %d %s %v", svc.Name, status, code, err)
		}
	}
}

func TestDeclaredErrors(t *testing.T) {
	t.Parallel()
	op, _ := Lookup(IAM, "CreateRole")
	if !slices.Contains(op.Errors, "EntityAlreadyExists") || slices.Contains(op.Errors, "EntityAlreadyExistsException") {
		t.Errorf("CreateRole declares %v", op.Errors)
	}
	op, _ = Lookup(CognitoIDP, "ListUserSessions")
	if !slices.Contains(op.Errors, "OperationNotEnabledException") {
		t.Errorf("ListUserSessions declares %v", op.Errors)
	}
	var own *Error
	if err := NotBuilt(STS, "X"); !errors.As(err, &own) {
		t.Errorf("NotBuilt is a %T", err)
	}
}
