package userpool_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime/debug"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/smithy-go"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
)

// TestSparseInputs calls the operations on configuration with inputs that have
// any members left out and others empty, as they can only come without the
// model's constraints: each is answered with an output or an error of the
// service, never with a panic or an internal error.
func TestSparseInputs(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t, customSize)
	c := e.createClient(t, p.Id)
	inputs := map[string]func() any{
		"CreateUserPool": func() any { return poolInput(everything) },
		"UpdateUserPool": func() any {
			in := poolInput(everything)
			return updateInput(p.Id, func(u *newops.UpdateUserPoolInput) {
				u.AccountRecoverySetting, u.AdminCreateUserConfig, u.EmailConfiguration, u.LambdaConfig = in.AccountRecoverySetting, in.AdminCreateUserConfig, in.EmailConfiguration, in.LambdaConfig
				u.Policies, u.SmsConfiguration, u.UserAttributeUpdateSettings, u.UserPoolAddOns = in.Policies, in.SmsConfiguration, in.UserAttributeUpdateSettings, in.UserPoolAddOns
				u.UserPoolTags, u.VerificationMessageTemplate, u.DcrConfiguration, u.KeyConfiguration = in.UserPoolTags, in.VerificationMessageTemplate, in.DcrConfiguration, in.KeyConfiguration
			})
		},
		"CreateUserPoolClient": func() any { return clientInput(p.Id, everyClientMember) },
		"UpdateUserPoolClient": func() any {
			in := clientInput(p.Id, everyClientMember)
			return &cognito.UpdateUserPoolClientInput{UserPoolId: p.Id, ClientId: c.ClientId, TokenValidityUnits: in.TokenValidityUnits,
				AnalyticsConfiguration: in.AnalyticsConfiguration, RefreshTokenRotation: in.RefreshTokenRotation, WriteAttributes: in.WriteAttributes}
		},
	}
	table := e.Table()
	for name, operation := range table.Operations {
		if _, mine := inputs[name]; !mine && configures[name] {
			inputs[name] = func() any {
				in := reflect.New(operation.Handler.In)
				if f := in.Elem().FieldByName("UserPoolId"); f.IsValid() {
					f.Set(reflect.ValueOf(p.Id))
				}
				return in.Interface()
			}
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for name, input := range inputs {
		handler := table.Operations[name].Handler
		for range 40 {
			in := input()
			thin(random, reflect.ValueOf(in).Elem())
			_, err := call(e.ctx, handler.Call, in)
			var api smithy.APIError
			if err != nil && (!errors.As(err, &api) || api.ErrorFault() != smithy.FaultClient) {
				t.Fatalf("%s answers %v to %s", name, err, wire(t, in))
			}
		}
	}
}

// configures are the operations on configuration.
var configures = map[string]bool{
	"AddCustomAttributes": true, "AddUserPoolClientSecret": true, "AdminAddUserToGroup": true, "AdminListGroupsForUser": true,
	"AdminRemoveUserFromGroup": true, "CreateGroup": true, "DeleteGroup": true, "DeleteUserPoolClient": true, "DeleteUserPoolClientSecret": true,
	"DescribeUserPool": true, "DescribeUserPoolClient": true, "GetGroup": true, "GetUserPoolMfaConfig": true, "ListGroups": true,
	"ListTagsForResource": true, "ListUserPoolClientSecrets": true, "ListUserPoolClients": true, "ListUserPools": true, "ListUsersInGroup": true,
	"SetUserPoolMfaConfig": true, "TagResource": true, "UntagResource": true, "UpdateGroup": true,
	"AdminDisableProviderForUser": true, "AdminLinkProviderForUser": true, "CreateIdentityProvider": true, "CreateManagedLoginBranding": true,
	"CreateResourceServer": true, "CreateTerms": true, "CreateUserPoolDomain": true, "DeleteIdentityProvider": true, "DeleteManagedLoginBranding": true,
	"DeleteResourceServer": true, "DeleteTerms": true, "DeleteUserPoolDomain": true, "DescribeIdentityProvider": true, "DescribeManagedLoginBranding": true,
	"DescribeManagedLoginBrandingByClient": true, "DescribeResourceServer": true, "DescribeTerms": true, "DescribeTermsByClient": true,
	"DescribeUserPoolDomain": true, "GetIdentityProviderByIdentifier": true, "GetLogDeliveryConfiguration": true, "GetSigningCertificate": true,
	"GetUICustomization": true, "ListIdentityProviders": true, "ListResourceServers": true, "ListTerms": true, "SetLogDeliveryConfiguration": true,
	"SetUICustomization": true, "UpdateIdentityProvider": true, "UpdateManagedLoginBranding": true, "UpdateResourceServer": true, "UpdateTerms": true,
	"UpdateUserPoolDomain": true,
}

// call turns a panic into an error.
func call(ctx context.Context, f func(context.Context, any) (any, error), in any) (out any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f(ctx, in)
}

// thin leaves out some members of an input and empties others.
func thin(random *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() && v.Elem().Kind() == reflect.Struct {
			copied := reflect.New(v.Type().Elem())
			copied.Elem().Set(v.Elem())
			v.Set(copied)
			thin(random, copied.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Field(i)
			if !f.CanSet() {
				continue
			}
			switch {
			case v.Type().Field(i).Anonymous:
				thin(random, f)
			case random.IntN(4) == 0:
				f.SetZero()
			case random.IntN(8) == 0 && f.Kind() == reflect.Slice:
				f.Set(reflect.MakeSlice(f.Type(), 1, 1))
			case random.IntN(8) == 0 && f.Kind() == reflect.Pointer:
				f.Set(reflect.New(f.Type().Elem()))
			default:
				thin(random, f)
			}
		}
	}
}

// TestCallsOutsideOfRequests checks that a context without a call, whose account
// is empty, sees no pools.
func TestCallsOutsideOfRequests(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	_, err := e.DescribeUserPool(t.Context(), &cognito.DescribeUserPoolInput{UserPoolId: p.Id})
	wantError(t, err, "ResourceNotFoundException", "User pool "+*p.Id+" does not exist.")
	out, err := e.ListUserPools(t.Context(), &cognito.ListUserPoolsInput{MaxResults: aws.Int32(60)})
	if err != nil || len(out.UserPools) != 0 {
		t.Errorf("pools %v, %v", out, err)
	}
}
