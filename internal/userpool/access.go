package userpool

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// passedTo is the value of iam:PassedToService for roles that user pools use.
const passedTo = "cognito-idp.amazonaws.com"

// access lists the permissions that a signed call needs: the operation's action
// on the user pool that the input names, or on everything where it names none,
// and iam:PassRole on the roles that it gives to the pool (Service
// Authorization Reference, "Amazon Cognito User Pools").
//
// The pool need not exist: whether the caller may act on it comes first.
func (s *Service) access(ctx context.Context, operation string, in any) ([]awswire.Access, error) {
	call := awswire.CallOf(ctx)
	a := awswire.Access{Action: "cognito-idp:" + operation, Resource: "*", Keys: map[string][]string{}}
	id := ""
	if pool := member(in, "UserPoolId"); pool != "" {
		id, a.Resource = pool, poolARN(call.Region, call.Account, pool)
	} else if resource := member(in, "ResourceArn"); resource != "" {
		a.Resource = resource
		id, _ = poolOfARN(ctx, &resource)
	}
	if tags, given := requestTags(in); given {
		for _, key := range slices.Sorted(maps.Keys(tags)) {
			a.Keys["aws:RequestTag/"+key] = []string{tags[key]}
			a.Keys["aws:TagKeys"] = append(a.Keys["aws:TagKeys"], key)
		}
	}
	if id != "" {
		if err := s.resourceTags(ctx, call, id, a.Keys); err != nil {
			return nil, err
		}
	}
	list := []awswire.Access{a}
	if operation == "DescribeTermsByClient" {
		// The permission for DescribeTerms is needed, too (API Reference).
		also := a
		also.Action = "cognito-idp:DescribeTerms"
		list = append(list, also)
	}
	if operation == "CreateUserPoolReplica" {
		// As is the permission to make user pools in the other region.
		list = append(list, awswire.Access{Action: "cognito-idp:CreateUserPool", Resource: "*", Keys: a.Keys})
	}
	for _, role := range passedRoles(in) {
		list = append(list, awswire.Access{
			Action: "iam:PassRole", Resource: role, Keys: map[string][]string{"iam:PassedToService": {passedTo}},
		})
	}
	return list, nil
}

// resourceTags adds the tags of the pool to the keys. The root user needs no
// permission unless its session is limited, so that nothing depends on them.
func (s *Service) resourceTags(ctx context.Context, call *awswire.Call, id string, keys map[string][]string) error {
	if call.Principal.Kind == awswire.Root && !call.Principal.Limited() {
		return nil
	}
	var p *pool
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		p, err = s.poolIn(ctx, tx, id)
		return err
	})
	var missing *types.ResourceNotFoundException
	if errors.As(err, &missing) {
		return nil
	}
	if err != nil {
		return err
	}
	for key, value := range p.Doc.UserPoolTags {
		keys["aws:ResourceTag/"+key] = []string{value}
	}
	return nil
}

// member returns a string member of an input, or "".
func member(in any, name string) string {
	v := reflect.Indirect(reflect.ValueOf(in))
	if v.Kind() != reflect.Struct {
		return ""
	}
	f := v.FieldByName(name)
	if !f.IsValid() {
		return ""
	}
	s, _ := f.Interface().(*string)
	return aws.ToString(s)
}

// requestTags returns the tags in an input, and whether it may have some.
func requestTags(in any) (tags map[string]string, ok bool) {
	switch in := in.(type) {
	case *newops.CreateUserPoolInput:
		return in.UserPoolTags, true
	case *newops.UpdateUserPoolInput:
		return in.UserPoolTags, true
	case *cognito.CreateUserPoolReplicaInput:
		return in.UserPoolTags, true
	case *cognito.TagResourceInput:
		return in.Tags, true
	}
	return nil, false
}

// passedRoles returns the roles that an input gives to the service.
func passedRoles(in any) (roles []string) {
	add := func(role *string) {
		if role != nil {
			roles = append(roles, *role)
		}
	}
	sms := func(c *types.SmsConfigurationType) {
		if c == nil {
			return
		}
		add(c.SnsCallerArn)
		if c.EumsSms != nil {
			add(c.EumsSms.CallerArn)
		}
	}
	analytics := func(c *types.AnalyticsConfigurationType) {
		if c != nil {
			add(c.RoleArn)
		}
	}
	switch in := in.(type) {
	case *newops.CreateUserPoolInput:
		sms(in.SmsConfiguration)
	case *newops.UpdateUserPoolInput:
		sms(in.SmsConfiguration)
	case *cognito.SetUserPoolMfaConfigInput:
		if in.SmsMfaConfiguration != nil {
			sms(in.SmsMfaConfiguration.SmsConfiguration)
		}
	case *cognito.CreateUserPoolClientInput:
		analytics(in.AnalyticsConfiguration)
	case *cognito.UpdateUserPoolClientInput:
		analytics(in.AnalyticsConfiguration)
	case *cognito.CreateGroupInput:
		add(in.RoleArn)
	case *cognito.UpdateGroupInput:
		add(in.RoleArn)
	case *newops.CreateUserImportJobInput:
		add(in.CloudWatchLogsRoleArn)
	}
	return roles
}
