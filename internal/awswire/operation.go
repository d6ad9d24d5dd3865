package awswire

import (
	"context"
	"reflect"
)

// Auth says who may call an operation.
type Auth int

const (
	// Signed operations need AWS credentials: a Signature Version 4.
	Signed Auth = iota
	// Public operations carry no credentials; a signature on one is ignored.
	Public
	// Bearer operations carry a user's access token as a member of the input,
	// which the handler verifies; a signature on one is ignored.
	Bearer
)

// Operation is one row of a service's operation table.
type Operation struct {
	Auth Auth
	// Handler runs the operation. Nil means that AWS has the operation and
	// Poolhouse does not yet: callers get an error that says so.
	Handler *Handler
}

// Handler runs one operation on the SDK's own Input and Output structs.
type Handler struct {
	// In and Out are the struct types (not pointers) of input and output.
	In, Out reflect.Type
	// Call runs the operation: in is a *In, the result a *Out.
	Call func(ctx context.Context, in any) (out any, err error)
}

// Handle makes a Handler of a service's method.
func Handle[I, O any](f func(context.Context, *I) (*O, error)) *Handler {
	return &Handler{
		In:  reflect.TypeFor[I](),
		Out: reflect.TypeFor[O](),
		Call: func(ctx context.Context, in any) (any, error) {
			out, err := f(ctx, in.(*I))
			if err != nil {
				return nil, err
			}
			return out, nil
		},
	}
}

// Access is one permission that a signed call needs: an IAM action on a
// resource, with the condition keys of the call beyond the global ones.
type Access struct {
	// Action is the IAM action, such as "cognito-idp:CreateUserPool".
	Action string
	// Resource is the ARN acted on, or "*" where the action has no resource.
	Resource string
	// Keys are the request's condition keys ("iam:PolicyARN",
	// "aws:RequestTag/team"), each with its values.
	Keys map[string][]string
	// Denied is the error for a caller who lacks the permission; nil means the
	// service's usual one, which says what is missing.
	Denied error
	// Granted tells that the resource itself lets the caller do it, as a
	// resource-based policy that names the caller would.
	Granted bool
}

// Table is one service's operations and what the server needs to route and
// authorize them.
type Table struct {
	Service    *Service
	Operations map[string]Operation
	// Access lists the permissions that a signed call of the operation with
	// this input needs. It runs after the input's constraints held.
	Access func(ctx context.Context, operation string, in any) ([]Access, error)
	// Throttle, unless nil, refuses calls beyond a request rate. It runs once
	// the caller is known and the input's constraints held.
	Throttle func(ctx context.Context, operation string, in any) error
}
