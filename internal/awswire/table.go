package awswire

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
)

//go:generate go run ./gen

// OpInfo is one row of a service's catalogue: what AWS has published of an
// operation.
type OpInfo struct {
	Name string
	Auth Auth
	// In and Out are the struct types of input and output: the SDK's, or those
	// of package newops where the SDK lacks the operation or some members.
	In, Out reflect.Type
	// Errors are the declared error codes as they stand on the wire. Every
	// operation may also answer the common ones, such as AccessDenied.
	Errors []string
	// hasResult tells whether the model declares an output: a Query answer then
	// holds a Result element, empty or not.
	hasResult bool
}

// Operations returns every operation that AWS has published of svc, sorted by
// name. The caller must not change it.
func Operations(svc *Service) []OpInfo {
	if m := modelOf(svc); m != nil {
		return m.operations
	}
	return nil
}

// Lookup returns the row of one operation, and whether AWS has it.
func Lookup(svc *Service, operation string) (*OpInfo, bool) {
	ops := Operations(svc)
	i, ok := slices.BinarySearchFunc(ops, operation, func(o OpInfo, name string) int {
		return strings.Compare(o.Name, name)
	})
	if !ok {
		return nil, false
	}
	return &ops[i], true
}

// NewTable makes the operation table of svc out of the handlers that there
// are, by operation:
//
//	awswire.NewTable(awswire.CognitoIDP, map[string]*awswire.Handler{
//		"AdminConfirmSignUp": awswire.Handle(s.AdminConfirmSignUp),
//		"SignUp":             awswire.Handle(s.SignUp),
//	}, s.access)
//
// Who may call comes from the catalogue, and so do the operations that have no
// handler: they stand in the table with a nil one. A handler works on the
// SDK's structs or on those of package newops.
//
// NewTable panics on an operation that AWS does not have and on a handler whose
// structs belong to another operation.
func NewTable(svc *Service, handlers map[string]*Handler, access func(ctx context.Context, operation string, in any) ([]Access, error)) *Table {
	t := &Table{Service: svc, Operations: map[string]Operation{}, Access: access}
	for _, op := range Operations(svc) {
		t.Operations[op.Name] = Operation{Auth: op.Auth, Handler: handlers[op.Name]}
	}
	for name, h := range handlers {
		switch {
		case !slices.ContainsFunc(Operations(svc), func(o OpInfo) bool { return o.Name == name }):
			panic(fmt.Sprintf("awswire: %s has no operation %s", svc.Name, name))
		case h != nil && (h.In.Name() != name+"Input" || h.Out.Name() != name+"Output"):
			panic(fmt.Sprintf("awswire: the handler of %s takes %s and gives %s", name, h.In, h.Out))
		}
	}
	return t
}

// NotBuilt is the error of an operation that AWS has and Poolhouse does not
// yet: NotImplementedException, in Query services NotImplemented, with HTTP
// status 501, which the SDKs do not retry.
func NotBuilt(svc *Service, operation string) error {
	code := "NotImplemented"
	if svc.Target != "" {
		code += "Exception"
	}
	return &Error{
		Code:    code,
		Message: fmt.Sprintf("The operation %s of %s is not supported by this server yet.", operation, svc.Name),
		Status:  http.StatusNotImplemented,
	}
}

// model is the generated knowledge of one service.
type model struct {
	operations []OpInfo
	// errors maps codes to HTTP statuses.
	errors map[string]int
	// inputs maps operations to the places of their inputs in shapes.
	inputs map[string]uint16
	shapes []shape
}

var models = map[string]*model{
	"cognito-idp":      {cognitoIDPOperations, cognitoIDPErrors, cognitoIDPInputs, cognitoIDPShapes},
	"cognito-identity": {cognitoIdentityOperations, cognitoIdentityErrors, cognitoIdentityInputs, cognitoIdentityShapes},
	"iam":              {iamOperations, iamErrors, iamInputs, iamShapes},
	"sts":              {stsOperations, stsErrors, stsInputs, stsShapes},
}

func modelOf(svc *Service) *model { return models[svc.Name] }
