package userpool_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

const certificate = "arn:aws:acm:us-east-1:123456789012:certificate/0b9a7f42-6d1c-4b3e-8a55-1f2e3d4c5b6a"

// TestCustomDomainsPassTheModel checks that the model's pattern, which is that
// of prefixes, does not stop custom domains.
func TestCustomDomainsPassTheModel(t *testing.T) {
	t.Parallel()
	for operation, in := range map[string]any{
		"CreateUserPoolDomain":   &cognito.CreateUserPoolDomainInput{UserPoolId: aws.String("eu-west-1_a"), Domain: aws.String("auth.example.com")},
		"DescribeUserPoolDomain": &cognito.DescribeUserPoolDomainInput{Domain: aws.String("auth.example.com")},
	} {
		if err := awswire.Validate(awswire.CognitoIDP, operation, in); err != nil {
			t.Errorf("%s: %v", operation, err)
		}
	}
	long := &cognito.DescribeUserPoolDomainInput{Domain: aws.String(strings.Repeat("a", 64))}
	if err := awswire.Validate(awswire.CognitoIDP, "DescribeUserPoolDomain", long); err == nil {
		t.Error("a domain of 64 characters passes")
	}
}

func (e *poolEnv) createDomain(poolID *string, domain string, changes ...func(*cognito.CreateUserPoolDomainInput)) (*cognito.CreateUserPoolDomainOutput, error) {
	in := &cognito.CreateUserPoolDomainInput{UserPoolId: poolID, Domain: &domain}
	for _, change := range changes {
		change(in)
	}
	return e.CreateUserPoolDomain(e.ctx, in)
}

func (e *poolEnv) mustDomain(t testing.TB, poolID *string, domain string) {
	t.Helper()
	if _, err := e.createDomain(poolID, domain); err != nil {
		t.Fatal(err)
	}
}

func custom(in *cognito.CreateUserPoolDomainInput) {
	in.CustomDomainConfig = &types.CustomDomainConfigType{CertificateArn: aws.String(certificate)}
}

func (e *poolEnv) describeDomain(t testing.TB, domain string) *types.DomainDescriptionType {
	t.Helper()
	out, err := e.DescribeUserPoolDomain(e.ctx, &cognito.DescribeUserPoolDomainInput{Domain: &domain})
	if err != nil {
		t.Fatal(err)
	}
	return out.DomainDescription
}

func TestPrefixDomain(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	out, err := e.createDomain(p.Id, "my-app")
	if err != nil || out.CloudFrontDomain != nil || *out.ManagedLoginVersion != 1 {
		t.Fatalf("created %v, %v", out, err)
	}
	d := e.describeDomain(t, "my-app")
	want := fmt.Sprintf(`{"AWSAccountId":"123456789012","CloudFrontDistribution":%q,"Domain":"my-app","ManagedLoginVersion":1,`+
		`"S3Bucket":"aws-cognito-prod-eu-west-1-assets","Status":"ACTIVE","UserPoolId":%q,"Version":"20260304050607"}`, *d.CloudFrontDistribution, *p.Id)
	if got := wire(t, d); got != want {
		t.Errorf("described\n%s, want\n%s", got, want)
	}
	if got := e.describe(t, p.Id); *got.Domain != "my-app" || got.CustomDomain != nil {
		t.Errorf("the pool has domains %v and %v", got.Domain, got.CustomDomain)
	}
	// Settings of the pool leave its domain alone.
	if _, err := e.UpdateUserPool(e.ctx, updateInput(p.Id)); err != nil {
		t.Fatal(err)
	}
	if got := e.describe(t, p.Id); got.Domain == nil {
		t.Error("UpdateUserPool takes the domain away")
	}
	_, err = e.DeleteUserPool(e.ctx, &cognito.DeleteUserPoolInput{UserPoolId: p.Id})
	wantError(t, err, "InvalidParameterException", "User pool cannot be deleted. It has a domain configured that should be deleted first.")
	e.clock.Advance(time.Minute)
	updated, err := e.UpdateUserPoolDomain(e.ctx, &cognito.UpdateUserPoolDomainInput{UserPoolId: p.Id, Domain: aws.String("my-app"), ManagedLoginVersion: aws.Int32(2)})
	if err != nil || *updated.ManagedLoginVersion != 2 || updated.CloudFrontDomain != nil {
		t.Errorf("updated %v, %v", updated, err)
	}
	if d := e.describeDomain(t, "my-app"); *d.ManagedLoginVersion != 2 || *d.Version != "20260304050707" {
		t.Errorf("described %s", wire(t, d))
	}
	if _, err := e.DeleteUserPoolDomain(e.ctx, &cognito.DeleteUserPoolDomainInput{UserPoolId: p.Id, Domain: aws.String("my-app")}); err != nil {
		t.Fatal(err)
	}
	if got := wire(t, e.describeDomain(t, "my-app")); got != "{}" {
		t.Errorf("a deleted domain is described as %s", got)
	}
	if _, err := e.DeleteUserPool(e.ctx, &cognito.DeleteUserPoolInput{UserPoolId: p.Id}); err != nil {
		t.Errorf("a pool whose domain is deleted: %v", err)
	}
}

func TestCustomDomain(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	e.mustDomain(t, p.Id, "my-app")
	failover := &types.RoutingType{Failover: &types.FailoverType{SecondaryRegion: aws.String("us-west-2"), PrimaryRoute53HealthCheckId: aws.String("h")}}
	out, err := e.createDomain(p.Id, "auth.example.com", custom, func(in *cognito.CreateUserPoolDomainInput) {
		in.ManagedLoginVersion, in.Routing = aws.Int32(2), failover
		in.CustomDomainConfig.SecurityPolicy = types.SecurityPolicyTypeTlsV132025
	})
	if err != nil || !strings.HasSuffix(*out.CloudFrontDomain, ".cloudfront.net") || *out.ManagedLoginVersion != 2 || *out.Routing.Failover.SecondaryRegion != "us-west-2" {
		t.Fatalf("created %v, %v", out, err)
	}
	d := e.describeDomain(t, "auth.example.com")
	if *d.CloudFrontDistribution != *out.CloudFrontDomain || *d.CustomDomainConfig.CertificateArn != certificate ||
		d.CustomDomainConfig.SecurityPolicy != types.SecurityPolicyTypeTlsV132025 || *d.Routing.Failover.PrimaryRoute53HealthCheckId != "h" {
		t.Errorf("described %s", wire(t, d))
	}
	if got := e.describe(t, p.Id); *got.Domain != "my-app" || *got.CustomDomain != "auth.example.com" {
		t.Errorf("the pool has domains %v and %v", got.Domain, got.CustomDomain)
	}
	renewed := &types.CustomDomainConfigType{CertificateArn: aws.String(strings.Replace(certificate, "0b9a", "1111", 1))}
	_, err = e.UpdateUserPoolDomain(e.ctx, &cognito.UpdateUserPoolDomainInput{UserPoolId: p.Id, Domain: aws.String("auth.example.com"), CustomDomainConfig: renewed})
	if err != nil {
		t.Fatal(err)
	}
	if d := e.describeDomain(t, "auth.example.com"); *d.CustomDomainConfig.CertificateArn != *renewed.CertificateArn || *d.ManagedLoginVersion != 2 || d.Routing == nil {
		t.Errorf("after the update %s", wire(t, d))
	}
	if _, err := e.DeleteUserPoolDomain(e.ctx, &cognito.DeleteUserPoolDomainInput{UserPoolId: p.Id, Domain: aws.String("auth.example.com")}); err != nil {
		t.Fatal(err)
	}
	if got := e.describe(t, p.Id); got.Domain == nil || got.CustomDomain != nil {
		t.Errorf("the pool has domains %v and %v", got.Domain, got.CustomDomain)
	}
}

func TestDomainRefusals(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p, other, third := e.create(t), e.create(t), e.create(t)
	lite := e.create(t, func(in *newops.CreateUserPoolInput) { in.UserPoolTier = types.UserPoolTierTypeLite })
	e.mustDomain(t, p.Id, "taken")
	if _, err := e.createDomain(p.Id, "auth.example.com", custom); err != nil {
		t.Fatal(err)
	}
	invalid := "The domain name contains an invalid character. Domain names can only contain lower-case letters, numbers, and hyphens..."
	for _, c := range []struct {
		pool          *string
		domain        string
		change        func(*cognito.CreateUserPoolDomainInput)
		code, message string
	}{
		{other.Id, "my-aws-app", nil, "InvalidParameterException", "Domain cannot contain reserved word: aws"},
		{other.Id, "amazonian", nil, "InvalidParameterException", "Domain cannot contain reserved word: amazon"},
		{other.Id, "newcognito", nil, "InvalidParameterException", "Domain cannot contain reserved word: cognito"},
		{other.Id, "auth.example.org", nil, "InvalidParameterException", invalid},
		{other.Id, "-app", nil, "InvalidParameterException", invalid},
		{other.Id, "App", nil, "InvalidParameterException", invalid},
		{other.Id, "taken", nil, "InvalidParameterException", "Domain already associated with another user pool."},
		{other.Id, "auth.example.com", custom, "InvalidParameterException", "Domain already associated with another user pool."},
		{p.Id, "second", nil, "InvalidParameterException", "User pool already has a domain configured."},
		{p.Id, "auth.example.org", custom, "InvalidParameterException", "User pool already has a custom domain configured."},
		{other.Id, "example", custom, "InvalidParameterException", "Custom domain is not a valid subdomain: example"},
		{other.Id, "a..example.com", custom, "InvalidParameterException", "Custom domain is not a valid subdomain: a..example.com"},
		{other.Id, "auth.example.org", func(in *cognito.CreateUserPoolDomainInput) {
			in.CustomDomainConfig = &types.CustomDomainConfigType{CertificateArn: aws.String("arn:aws:acm:eu-west-1:123456789012:certificate/x")}
		}, "InvalidParameterException", "Invalid certificate ARN: ..."},
		{other.Id, "auth.example.org", func(in *cognito.CreateUserPoolDomainInput) {
			in.CustomDomainConfig = &types.CustomDomainConfigType{}
		}, "InvalidParameterException", "CertificateArn is required in CustomDomainConfig."},
		{other.Id, "auth.example.org", func(in *cognito.CreateUserPoolDomainInput) {
			custom(in)
			in.CustomDomainConfig.SecurityPolicy = "SSLv3"
		}, "InvalidParameterException", "Invalid security policy: SSLv3"},
		{other.Id, "app", func(in *cognito.CreateUserPoolDomainInput) { in.ManagedLoginVersion = aws.Int32(3) }, "InvalidParameterException", "ManagedLoginVersion must be 1 or 2."},
		{other.Id, "app", func(in *cognito.CreateUserPoolDomainInput) {
			in.Routing = &types.RoutingType{Failover: &types.FailoverType{SecondaryRegion: aws.String("us-west-2"), PrimaryRoute53HealthCheckId: aws.String("h")}}
		}, "InvalidParameterException", "Routing can be configured for custom domains only."},
		{other.Id, "auth.example.org", func(in *cognito.CreateUserPoolDomainInput) {
			custom(in)
			in.Routing = &types.RoutingType{}
		}, "InvalidParameterException", "Routing needs a failover with SecondaryRegion and PrimaryRoute53HealthCheckId."},
		{other.Id, "auth.example.org", func(in *cognito.CreateUserPoolDomainInput) {
			custom(in)
			in.Routing = &types.RoutingType{Failover: &types.FailoverType{SecondaryRegion: aws.String(testRegion), PrimaryRoute53HealthCheckId: aws.String("h")}}
		}, "InvalidParameterException", "SecondaryRegion must be another region than the user pool's."},
		{lite.Id, "app", func(in *cognito.CreateUserPoolDomainInput) { in.ManagedLoginVersion = aws.Int32(2) },
			"FeatureUnavailableInTierException", "The following features need to be disabled for the LITE pricing tier configured: Managed Login"},
		{aws.String("eu-west-1_A"), "app", nil, "ResourceNotFoundException", "User pool eu-west-1_A does not exist."},
	} {
		changes := []func(*cognito.CreateUserPoolDomainInput){}
		if c.change != nil {
			changes = append(changes, c.change)
		}
		_, err := e.createDomain(c.pool, c.domain, changes...)
		wantError(t, err, c.code, c.message)
	}
	// A prefix is the region's alone.
	elsewhere := *e
	elsewhere.ctx = callBy(t.Context(), testAccount, "us-east-1")
	far := elsewhere.create(t)
	elsewhere.mustDomain(t, far.Id, "taken")
	_, err := elsewhere.createDomain(far.Id, "auth.example.com", custom)
	wantError(t, err, "InvalidParameterException", "Domain already associated with another user pool.")

	// Other accounts do not see it.
	foreign := *e
	foreign.ctx = callBy(t.Context(), "210987654321", testRegion)
	if got := wire(t, foreign.describeDomain(t, "taken")); got != "{}" {
		t.Errorf("another account sees %s", got)
	}

	update := func(id *string, domain string, change func(*cognito.UpdateUserPoolDomainInput)) error {
		in := &cognito.UpdateUserPoolDomainInput{UserPoolId: id, Domain: &domain}
		change(in)
		_, err := e.UpdateUserPoolDomain(e.ctx, in)
		return err
	}
	nothing := func(*cognito.UpdateUserPoolDomainInput) {}
	wantError(t, update(other.Id, "taken", nothing), "InvalidParameterException", "No such domain or user pool exists.")
	wantError(t, update(p.Id, "unknown", nothing), "InvalidParameterException", "No such domain or user pool exists.")
	wantError(t, update(aws.String("eu-west-1_A"), "taken", nothing), "ResourceNotFoundException", "User pool eu-west-1_A does not exist.")
	wantError(t, update(p.Id, "taken", func(in *cognito.UpdateUserPoolDomainInput) {
		in.CustomDomainConfig = &types.CustomDomainConfigType{CertificateArn: aws.String(certificate)}
	}), "InvalidParameterException", "CustomDomainConfig can be updated for custom domains only.")
	e.mustDomain(t, lite.Id, "lite")
	wantError(t, update(lite.Id, "lite", func(in *cognito.UpdateUserPoolDomainInput) { in.ManagedLoginVersion = aws.Int32(2) }),
		"FeatureUnavailableInTierException", "The following features need to be disabled for the LITE pricing tier configured: Managed Login")
	for _, c := range []struct {
		id     *string
		domain string
	}{{other.Id, "taken"}, {p.Id, "unknown"}} {
		_, err := e.DeleteUserPoolDomain(e.ctx, &cognito.DeleteUserPoolDomainInput{UserPoolId: c.id, Domain: &c.domain})
		wantError(t, err, "InvalidParameterException", "No such domain or user pool exists.")
	}
	_, err = e.DeleteUserPoolDomain(e.ctx, &cognito.DeleteUserPoolDomainInput{UserPoolId: aws.String("eu-west-1_A"), Domain: aws.String("taken")})
	wantError(t, err, "ResourceNotFoundException", "User pool eu-west-1_A does not exist.")

	// A pool whose domain has managed login cannot go to a tier without it.
	if _, err := e.createDomain(third.Id, "third", func(in *cognito.CreateUserPoolDomainInput) { in.ManagedLoginVersion = aws.Int32(2) }); err != nil {
		t.Fatal(err)
	}
	_, err = e.UpdateUserPool(e.ctx, updateInput(third.Id, func(in *newops.UpdateUserPoolInput) { in.UserPoolTier = types.UserPoolTierTypeLite }))
	wantError(t, err, "TierChangeNotAllowedException", "The user pool cannot be moved to the LITE pricing tier while these features are in use: Managed Login")
	_, err = e.UpdateUserPool(e.ctx, updateInput(p.Id, func(in *newops.UpdateUserPoolInput) { in.UserPoolTier = types.UserPoolTierTypeLite }))
	if err != nil {
		t.Errorf("a pool with the classic pages: %v", err)
	}
}

func TestCustomDomainQuota(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	for i := range 5 {
		_, err := e.createDomain(e.create(t).Id, fmt.Sprintf("auth%d.example.com", i), custom)
		if i < 4 && err != nil {
			t.Fatal(err)
		}
		if i == 4 {
			wantError(t, err, "LimitExceededException", "Account is limited to 4 custom domains.")
		}
	}
}

// TestDomainHost checks that a server with a name of its own has custom domains
// point there.
func TestDomainHost(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	e.Service = userpool.New(userpool.Config{Store: e.db, Clock: e.clock, DomainHost: "id.example.net"})
	out, err := e.createDomain(e.create(t).Id, "auth.example.com", custom)
	if err != nil || *out.CloudFrontDomain != "id.example.net" {
		t.Errorf("created %v, %v", out, err)
	}
}
