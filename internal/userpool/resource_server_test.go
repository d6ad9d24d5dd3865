package userpool_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

func (e *poolEnv) createResourceServer(poolID *string, identifier string, scopes ...string) error {
	in := &cognito.CreateResourceServerInput{UserPoolId: poolID, Identifier: &identifier, Name: aws.String("server")}
	for _, name := range scopes {
		in.Scopes = append(in.Scopes, types.ResourceServerScopeType{ScopeName: aws.String(name), ScopeDescription: aws.String("may " + name)})
	}
	_, err := e.CreateResourceServer(e.ctx, in)
	return err
}

func TestResourceServers(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	const identifier = "https://api.example.com/v1"
	if err := e.createResourceServer(p.Id, identifier, "read", "write"); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"Identifier":%q,"Name":"server","Scopes":[{"ScopeDescription":"may read","ScopeName":"read"},`+
		`{"ScopeDescription":"may write","ScopeName":"write"}],"UserPoolId":%q}`, identifier, *p.Id)
	got, err := e.DescribeResourceServer(e.ctx, &cognito.DescribeResourceServerInput{UserPoolId: p.Id, Identifier: aws.String(identifier)})
	if err != nil || wire(t, got.ResourceServer) != want {
		t.Errorf("described %v, %v, want\n%s", got, err, want)
	}
	client := func(scopes ...string) error {
		in := clientInput(p.Id, func(in *cognito.CreateUserPoolClientInput) {
			in.AllowedOAuthFlowsUserPoolClient, in.AllowedOAuthFlows = true, []types.OAuthFlowType{types.OAuthFlowTypeClientCredentials}
			in.GenerateSecret, in.AllowedOAuthScopes = true, scopes
		})
		_, err := e.CreateUserPoolClient(e.ctx, in)
		return err
	}
	if err := client(identifier+"/read", identifier+"/write"); err != nil {
		t.Errorf("a client with the server's scopes: %v", err)
	}
	for _, scope := range []string{identifier + "/delete", identifier, "https://api.example.com/read", "/read", identifier + "/", identifier + "/Read"} {
		wantError(t, client(scope), "ScopeDoesNotExistException", "Invalid scope requested: "+scope)
	}
	updated, err := e.UpdateResourceServer(e.ctx, &cognito.UpdateResourceServerInput{UserPoolId: p.Id, Identifier: aws.String(identifier), Name: aws.String("renamed")})
	if err != nil || len(updated.ResourceServer.Scopes) != 0 || *updated.ResourceServer.Name != "renamed" {
		t.Errorf("updated %v, %v", updated, err)
	}
	wantError(t, client(identifier+"/read"), "ScopeDoesNotExistException", "Invalid scope requested: "+identifier+"/read")
	if _, err := e.DeleteResourceServer(e.ctx, &cognito.DeleteResourceServerInput{UserPoolId: p.Id, Identifier: aws.String(identifier)}); err != nil {
		t.Fatal(err)
	}
	_, err = e.DescribeResourceServer(e.ctx, &cognito.DescribeResourceServerInput{UserPoolId: p.Id, Identifier: aws.String(identifier)})
	wantError(t, err, "ResourceNotFoundException", "Resource server "+identifier+" does not exist.")
}

func TestResourceServerRefusals(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p, other := e.create(t), e.create(t)
	if err := e.createResourceServer(p.Id, "a"); err != nil {
		t.Fatal(err)
	}
	wantError(t, e.createResourceServer(p.Id, "a"), "InvalidParameterException", "a already exists in user pool "+*p.Id+".")
	wantError(t, e.createResourceServer(p.Id, "b", "read", "read"), "InvalidParameterException", "Duplicate scope name read.")
	many := make([]string, 101)
	for i := range many {
		many[i] = fmt.Sprint("s", i)
	}
	wantError(t, e.createResourceServer(p.Id, "b", many...), "LimitExceededException", "A resource server is limited to 100 scopes.")
	if err := e.createResourceServer(p.Id, "b", many[:100]...); err != nil {
		t.Errorf("100 scopes: %v", err)
	}
	for name, call := range map[string]func(poolID, identifier *string) error{
		"DescribeResourceServer": func(id, i *string) error {
			_, err := e.DescribeResourceServer(e.ctx, &cognito.DescribeResourceServerInput{UserPoolId: id, Identifier: i})
			return err
		},
		"UpdateResourceServer": func(id, i *string) error {
			_, err := e.UpdateResourceServer(e.ctx, &cognito.UpdateResourceServerInput{UserPoolId: id, Identifier: i, Name: i})
			return err
		},
		"DeleteResourceServer": func(id, i *string) error {
			_, err := e.DeleteResourceServer(e.ctx, &cognito.DeleteResourceServerInput{UserPoolId: id, Identifier: i})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			wantError(t, call(p.Id, aws.String("A")), "ResourceNotFoundException", "Resource server A does not exist.")
			wantError(t, call(other.Id, aws.String("a")), "ResourceNotFoundException", "Resource server a does not exist.")
			wantError(t, call(aws.String("eu-west-1_A"), aws.String("a")), "ResourceNotFoundException", "User pool eu-west-1_A does not exist.")
		})
	}
	wantError(t, e.createResourceServer(aws.String("eu-west-1_A"), "a"), "ResourceNotFoundException", "User pool eu-west-1_A does not exist.")
	_, err := e.ListResourceServers(e.ctx, &cognito.ListResourceServersInput{UserPoolId: p.Id, NextToken: aws.String("x")})
	wantError(t, err, "InvalidParameterException", "Invalid NextToken.")
	_, err = e.ListResourceServers(e.ctx, &cognito.ListResourceServersInput{UserPoolId: aws.String("eu-west-1_A")})
	wantError(t, err, "ResourceNotFoundException", "User pool eu-west-1_A does not exist.")
}

func TestListResourceServersAndQuota(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	for i := range 26 {
		err := e.createResourceServer(p.Id, fmt.Sprintf("s%02d", i))
		if i < 25 && err != nil {
			t.Fatal(err)
		}
		if i == 25 {
			wantError(t, err, "LimitExceededException", "User pool "+*p.Id+" is limited to 25 resource servers.")
		}
	}
	var names []string
	var token *string
	for pages := 0; ; pages++ {
		out, err := e.ListResourceServers(e.ctx, &cognito.ListResourceServersInput{UserPoolId: p.Id, MaxResults: aws.Int32(10), NextToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range out.ResourceServers {
			names = append(names, *r.Identifier)
		}
		if token = out.NextToken; token == nil {
			if pages != 2 {
				t.Errorf("%d pages before the last", pages)
			}
			break
		}
	}
	if len(names) != 25 || names[0] != "s00" || names[24] != "s24" {
		t.Errorf("listed %v", names)
	}
}
