package userpool_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
)

// TestAccessOfEveryOperation checks action and resource of every signed
// operation, built or not: the pool that the input names, or everything where
// an operation names none.
func TestAccessOfEveryOperation(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	table := e.Table()
	poolless := map[string]bool{
		"CreateUserPool": true, "ListUserPools": true, "DescribeUserPoolDomain": true, "GetClientToken": true, "GetProvisionedLimit": true, "UpdateProvisionedLimit": true,
	}
	const arn = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_abc"
	signed := 0
	for _, op := range awswire.Operations(awswire.CognitoIDP) {
		if op.Auth != awswire.Signed {
			continue
		}
		signed++
		in := reflect.New(op.In)
		want := "*"
		for name, value := range map[string]string{"UserPoolId": "eu-west-1_abc", "ResourceArn": arn} {
			if f := in.Elem().FieldByName(name); f.IsValid() {
				f.Set(reflect.ValueOf(&value))
				want = arn
			}
		}
		got, err := table.Access(e.ctx, op.Name, in.Interface())
		if err != nil {
			t.Fatalf("%s: %v", op.Name, err)
		}
		count := 1
		if op.Name == "DescribeTermsByClient" {
			// The permission for DescribeTerms comes on top.
			if count = 2; len(got) == 2 && (got[1].Action != "cognito-idp:DescribeTerms" || got[1].Resource != want) {
				t.Errorf("%s needs %v, too", op.Name, got[1])
			}
		}
		if op.Name == "CreateUserPoolReplica" {
			if count = 2; len(got) == 2 && (got[1].Action != "cognito-idp:CreateUserPool" || got[1].Resource != "*") {
				t.Errorf("%s needs %v, too", op.Name, got[1])
			}
		}
		if len(got) != count || got[0].Action != "cognito-idp:"+op.Name || got[0].Resource != want {
			t.Errorf("%s needs %v, want it on %s", op.Name, got, want)
		}
		if (want == "*") != poolless[op.Name] {
			t.Errorf("%s is on %s", op.Name, want)
		}
	}
	if signed < 100 {
		t.Errorf("only %d signed operations", signed)
	}
	for name, row := range table.Operations {
		if row.Handler != nil && row.Auth == awswire.Signed {
			in := reflect.New(row.Handler.In)
			if f := in.Elem().FieldByName("UserPoolId"); f.IsValid() {
				f.Set(reflect.ValueOf(aws.String("eu-west-1_abc")))
			}
			if _, err := table.Access(e.ctx, name, in.Interface()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestAccessKeys(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	tagged := e.create(t, func(in *newops.CreateUserPoolInput) { in.UserPoolTags = map[string]string{"team": "blue"} })
	call := &awswire.Call{Account: testAccount, Region: testRegion, Principal: awswire.Principal{Kind: awswire.User}}
	ctx := awswire.WithCall(t.Context(), call)
	role := aws.String("arn:aws:iam::123456789012:role/r")
	sms := &types.SmsConfigurationType{SnsCallerArn: role}
	analytics := &types.AnalyticsConfigurationType{RoleArn: role}
	type keys = map[string][]string
	blue := keys{"aws:ResourceTag/team": {"blue"}}
	request := keys{"aws:RequestTag/a": {"1"}, "aws:RequestTag/b": {"2"}, "aws:TagKeys": {"a", "b"}}
	both := keys{"aws:ResourceTag/team": {"blue"}, "aws:RequestTag/a": {"1"}, "aws:RequestTag/b": {"2"}, "aws:TagKeys": {"a", "b"}}
	given := map[string]string{"b": "2", "a": "1"}
	for name, tt := range map[string]struct {
		in   any
		keys keys
		pass *string
	}{
		"CreateUserPool": {poolInput(func(in *newops.CreateUserPoolInput) { in.UserPoolTags, in.SmsConfiguration = given, sms }), request, role},
		"UpdateUserPool": {updateInput(tagged.Id, func(in *newops.UpdateUserPoolInput) {
			in.UserPoolTags, in.SmsConfiguration = given, &types.SmsConfigurationType{EumsSms: &types.EumsSmsConfigurationType{CallerArn: role}}
		}), both, role},
		"DescribeUserPool":    {&cognito.DescribeUserPoolInput{UserPoolId: tagged.Id}, blue, nil},
		"TagResource":         {&cognito.TagResourceInput{ResourceArn: tagged.Arn, Tags: given}, both, nil},
		"UntagResource":       {&cognito.UntagResourceInput{ResourceArn: tagged.Arn, TagKeys: []string{"a"}}, blue, nil},
		"ListTagsForResource": {&cognito.ListTagsForResourceInput{ResourceArn: aws.String(*tagged.Arn + "x")}, keys{}, nil},
		"SetUserPoolMfaConfig": {&cognito.SetUserPoolMfaConfigInput{UserPoolId: tagged.Id,
			SmsMfaConfiguration: &types.SmsMfaConfigType{SmsConfiguration: sms}}, blue, role},
		"CreateUserPoolClient": {&cognito.CreateUserPoolClientInput{UserPoolId: tagged.Id, AnalyticsConfiguration: analytics}, blue, role},
		"UpdateUserPoolClient": {&cognito.UpdateUserPoolClientInput{UserPoolId: tagged.Id, AnalyticsConfiguration: analytics}, blue, role},
		"CreateGroup":          {&cognito.CreateGroupInput{UserPoolId: tagged.Id, RoleArn: role}, blue, role},
		"UpdateGroup":          {&cognito.UpdateGroupInput{UserPoolId: tagged.Id, RoleArn: role}, blue, role},
		"CreateUserImportJob":  {&newops.CreateUserImportJobInput{CreateUserImportJobInput: cognito.CreateUserImportJobInput{UserPoolId: tagged.Id, CloudWatchLogsRoleArn: role}}, blue, role},
		"DeleteUserPool":       {&cognito.DeleteUserPoolInput{UserPoolId: aws.String("eu-west-1_none")}, keys{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := e.Table().Access(ctx, name, tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got[0].Keys, tt.keys) {
				t.Errorf("keys %v, want %v", got[0].Keys, tt.keys)
			}
			want := 1
			if tt.pass != nil {
				want = 2
			}
			if len(got) != want {
				t.Fatalf("accesses %v", got)
			}
			if tt.pass != nil && !reflect.DeepEqual(got[1], awswire.Access{
				Action: "iam:PassRole", Resource: *tt.pass, Keys: keys{"iam:PassedToService": {"cognito-idp.amazonaws.com"}},
			}) {
				t.Errorf("passes %v", got[1])
			}
		})
	}
	// The pool of another account is not looked into.
	other := *call
	other.Account = "210987654321"
	got, err := e.Table().Access(awswire.WithCall(t.Context(), &other), "DescribeUserPool", &cognito.DescribeUserPoolInput{UserPoolId: tagged.Id})
	if err != nil || len(got[0].Keys) != 0 || !strings.Contains(got[0].Resource, ":210987654321:") {
		t.Errorf("for another account: %v, %v", got, err)
	}
	// The root user needs no permission, unless its session is limited.
	for _, root := range []struct {
		awswire.Principal
		keys int
	}{{awswire.Principal{Kind: awswire.Root}, 0}, {awswire.Principal{Kind: awswire.Root, ScopeDown: []string{"{}"}}, 1}} {
		one := *call
		one.Principal = root.Principal
		got, err := e.Table().Access(awswire.WithCall(t.Context(), &one), "DescribeUserPool", &cognito.DescribeUserPoolInput{UserPoolId: tagged.Id})
		if err != nil || len(got[0].Keys) != root.keys {
			t.Errorf("for %+v: %v, %v", root.Principal, got, err)
		}
	}
}
