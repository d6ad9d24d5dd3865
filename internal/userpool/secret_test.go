package userpool_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

func TestClientSecrets(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	c := e.createClient(t, p.Id, func(in *cognito.CreateUserPoolClientInput) { in.GenerateSecret = true })
	list := func() []string {
		out, err := e.ListUserPoolClientSecrets(e.ctx, &cognito.ListUserPoolClientSecretsInput{UserPoolId: p.Id, ClientId: c.ClientId})
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, s := range out.ClientSecrets {
			if s.ClientSecretValue != nil || !s.ClientSecretCreateDate.Equal(e.clock.Now()) || !strings.HasPrefix(*s.ClientSecretId, *c.ClientId+"--") {
				t.Errorf("descriptor of %s, made at %s", *s.ClientSecretId, s.ClientSecretCreateDate)
			}
			ids = append(ids, *s.ClientSecretId)
		}
		return ids
	}
	first := list()
	if len(first) != 1 {
		t.Fatalf("%d secrets of a new client", len(first))
	}
	del := func(id string) error {
		_, err := e.DeleteUserPoolClientSecret(e.ctx, &cognito.DeleteUserPoolClientSecretInput{UserPoolId: p.Id, ClientId: c.ClientId, ClientSecretId: &id})
		return err
	}
	wantError(t, del(first[0]), "InvalidParameterException", "The last client secret of a user pool client cannot be deleted.")
	add := func(given *string) (*cognito.AddUserPoolClientSecretOutput, error) {
		return e.AddUserPoolClientSecret(e.ctx, &cognito.AddUserPoolClientSecretInput{UserPoolId: p.Id, ClientId: c.ClientId, ClientSecret: given})
	}
	out, err := add(nil)
	if err != nil {
		t.Fatal(err)
	}
	if v := out.ClientSecretDescriptor.ClientSecretValue; v == nil || len(*v) != 52 || *v == *c.ClientSecret {
		t.Errorf("no new secret was shown")
	}
	second := list()
	if len(second) != 2 || second[0] != first[0] || second[1] != *out.ClientSecretDescriptor.ClientSecretId {
		t.Fatalf("secrets %v after %v", second, first)
	}
	_, err = add(nil)
	wantError(t, err, "LimitExceededException", "User pool client "+*c.ClientId+" is limited to 2 client secrets.")
	wantError(t, del("none"), "ResourceNotFoundException", "Client secret none does not exist.")
	if err := del(first[0]); err != nil {
		t.Fatal(err)
	}
	if got := e.describeClient(t, c); *got.ClientSecret != *out.ClientSecretDescriptor.ClientSecretValue {
		t.Error("the client does not show its one secret")
	}
	given, err := add(aws.String("abcdefghijklmnopqrstuvwxyz"))
	if err != nil {
		t.Fatal(err)
	}
	if given.ClientSecretDescriptor.ClientSecretValue != nil {
		t.Error("a given secret was shown")
	}
	if ids := list(); len(ids) != 2 {
		t.Errorf("secrets %v", ids)
	}
}

func TestClientSecretRefusals(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p, other := e.create(t), e.create(t)
	public := e.createClient(t, p.Id)
	_, err := e.AddUserPoolClientSecret(e.ctx, &cognito.AddUserPoolClientSecretInput{UserPoolId: p.Id, ClientId: public.ClientId})
	wantError(t, err, "InvalidParameterException", "User pool client "+*public.ClientId+" does not have a client secret.")
	out, err := e.ListUserPoolClientSecrets(e.ctx, &cognito.ListUserPoolClientSecretsInput{UserPoolId: p.Id, ClientId: public.ClientId})
	if err != nil || wire(t, out) != `{"ClientSecrets":[]}` {
		t.Errorf("secrets of a public client: %v, %v", out, err)
	}
	_, err = e.ListUserPoolClientSecrets(e.ctx, &cognito.ListUserPoolClientSecretsInput{UserPoolId: p.Id, ClientId: public.ClientId, NextToken: aws.String("x")})
	wantError(t, err, "InvalidParameterException", "Invalid NextToken.")

	missing := "User pool client " + *public.ClientId + " does not exist."
	_, err = e.AddUserPoolClientSecret(e.ctx, &cognito.AddUserPoolClientSecretInput{UserPoolId: other.Id, ClientId: public.ClientId})
	wantError(t, err, "ResourceNotFoundException", missing)
	_, err = e.ListUserPoolClientSecrets(e.ctx, &cognito.ListUserPoolClientSecretsInput{UserPoolId: other.Id, ClientId: public.ClientId})
	wantError(t, err, "ResourceNotFoundException", missing)
	_, err = e.DeleteUserPoolClientSecret(e.ctx, &cognito.DeleteUserPoolClientSecretInput{UserPoolId: other.Id, ClientId: public.ClientId, ClientSecretId: aws.String("x")})
	wantError(t, err, "ResourceNotFoundException", missing)
}
