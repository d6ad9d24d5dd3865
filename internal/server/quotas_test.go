package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idpapi "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/server"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

// Every quota of resources is in force as it is configured: one more is refused.
func TestQuotas(t *testing.T) {
	t.Parallel()
	quotas := map[string]int{}
	for name := range userpool.DefaultQuotas() {
		quotas[name] = 2
	}
	f := start(t, func(c *server.Config) { c.Quotas = quotas })
	r := newReplicated(t, f)
	ctx := t.Context()
	jobRole := aws.String("arn:aws:iam::" + account + ":role/import")
	for _, c := range []struct {
		quota string
		made  int // of newReplicated
		make  func(name string) error
	}{
		{"user-pools", 1, func(name string) error {
			_, err := r.here.CreateUserPool(ctx, &idpapi.CreateUserPoolInput{PoolName: &name})
			return err
		}},
		{"app-clients", 1, func(name string) error {
			_, err := r.here.CreateUserPoolClient(ctx, &idpapi.CreateUserPoolClientInput{UserPoolId: r.pool, ClientName: &name})
			return err
		}},
		{"identity-providers", 0, func(name string) error {
			return r.oidcProvider(t, name)
		}},
		{"resource-servers", 0, func(name string) error {
			_, err := r.here.CreateResourceServer(ctx, &idpapi.CreateResourceServerInput{UserPoolId: r.pool, Identifier: &name, Name: &name})
			return err
		}},
		{"groups", 0, func(name string) error {
			_, err := r.here.CreateGroup(ctx, &idpapi.CreateGroupInput{UserPoolId: r.pool, GroupName: &name})
			return err
		}},
		{"import-jobs", 0, func(name string) error {
			_, err := r.here.CreateUserImportJob(ctx, &idpapi.CreateUserImportJobInput{UserPoolId: r.pool, JobName: &name, CloudWatchLogsRoleArn: jobRole})
			return err
		}},
		{"replicas", 0, func(name string) error {
			_, err := r.here.CreateUserPoolReplica(ctx, &idpapi.CreateUserPoolReplicaInput{UserPoolId: r.pool, RegionName: aws.String(map[string]string{"num0": "eu-west-1", "num1": "eu-west-2", "num2": "eu-west-3"}[name])})
			return err
		}},
	} {
		for n := c.made; n < 2; n++ {
			if err := c.make(fmt.Sprint("num", n)); err != nil {
				t.Errorf("%s: number %d: %v", c.quota, n+1, err)
			}
		}
		wantCode(t, c.quota, c.make("num2"), "LimitExceededException", "")
	}
}

// So are those of what a user, a client or a pool has one of at a time.
func TestQuotasOfUsers(t *testing.T) {
	t.Parallel()
	f := start(t, func(c *server.Config) {
		c.Quotas = map[string]int{"groups-per-user": 1, "linked-identities": 1, "custom-domains": 1, "branding-styles": 1}
	})
	r := newReplicated(t, f)
	ctx := t.Context()
	for _, group := range []string{"a", "b"} {
		if _, err := r.here.CreateGroup(ctx, &idpapi.CreateGroupInput{UserPoolId: r.pool, GroupName: &group}); err != nil {
			t.Fatal(err)
		}
		_, err := r.here.AdminAddUserToGroup(ctx, &idpapi.AdminAddUserToGroupInput{UserPoolId: r.pool, GroupName: &group, Username: aws.String("jane")})
		if group == "b" {
			wantCode(t, "groups-per-user", err, "LimitExceededException", "")
		} else if err != nil {
			t.Error(err)
		}
	}
	if err := r.oidcProvider(t, "idp"); err != nil {
		t.Fatal(err)
	}
	for _, subject := range []string{"1", "2"} {
		_, err := r.here.AdminLinkProviderForUser(ctx, &idpapi.AdminLinkProviderForUserInput{
			UserPoolId: r.pool, DestinationUser: &types.ProviderUserIdentifierType{ProviderName: aws.String("Cognito"), ProviderAttributeValue: aws.String("jane")},
			SourceUser: &types.ProviderUserIdentifierType{ProviderName: aws.String("idp"), ProviderAttributeName: aws.String("Cognito_Subject"), ProviderAttributeValue: &subject},
		})
		if subject == "2" {
			wantCode(t, "linked-identities", err, "LimitExceededException", "")
		} else if err != nil {
			t.Error(err)
		}
	}
	other := newReplicated(t, f)
	if err := r.customDomain(t, r.pool, "one.example.com"); err != nil {
		t.Error(err)
	}
	wantCode(t, "custom-domains", r.customDomain(t, other.pool, "two.example.com"), "LimitExceededException", "")
	client, err := r.here.CreateUserPoolClient(ctx, &idpapi.CreateUserPoolClientInput{UserPoolId: r.pool, ClientName: aws.String("c")})
	if err != nil {
		t.Fatal(err)
	}
	style := func(client *string) error {
		_, err := r.here.CreateManagedLoginBranding(ctx, &idpapi.CreateManagedLoginBrandingInput{UserPoolId: r.pool, ClientId: client, UseCognitoProvidedValues: true})
		return err
	}
	if err := style(r.client); err != nil {
		t.Error(err)
	}
	wantCode(t, "branding-styles", style(client.UserPoolClient.ClientId), "LimitExceededException", "")
}

// Quotas are known by their names.
func TestQuotaNames(t *testing.T) {
	t.Parallel()
	if err := userpool.CheckQuotas(userpool.DefaultQuotas()); err != nil {
		t.Error(err)
	}
	for name, n := range map[string]int{"pools": 1, "groups": 0, "groups-per-user": 1001} {
		if err := userpool.CheckQuotas(map[string]int{name: n}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%d: %v", name, n, err)
		}
	}
}

func (r *replicated) oidcProvider(t *testing.T, name string) error {
	_, err := r.here.CreateIdentityProvider(t.Context(), &idpapi.CreateIdentityProviderInput{
		UserPoolId: r.pool, ProviderName: &name, ProviderType: types.IdentityProviderTypeTypeOidc, ProviderDetails: map[string]string{
			"client_id": "id", "client_secret": "hush", "attributes_request_method": "GET", "oidc_issuer": "http://localhost", "authorize_scopes": "openid",
			"authorize_url": "http://localhost/a", "token_url": "http://localhost/t", "attributes_url": "http://localhost/u", "jwks_uri": "http://localhost/j",
		},
	})
	return err
}

func (r *replicated) customDomain(t *testing.T, pool *string, name string) error {
	_, err := r.here.CreateUserPoolDomain(t.Context(), &idpapi.CreateUserPoolDomainInput{
		UserPoolId: pool, Domain: &name, CustomDomainConfig: &types.CustomDomainConfigType{CertificateArn: aws.String("arn:aws:acm:us-east-1:" + account + ":certificate/1")},
	})
	return err
}
