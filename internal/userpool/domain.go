package userpool

// Operations: CreateUserPoolDomain, UpdateUserPoolDomain, DeleteUserPoolDomain.

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	// classicLogin and managedLogin are the values of ManagedLoginVersion.
	classicLogin, managedLogin = 1, 2
	// certificateRegion is where the certificates of custom domains must be.
	certificateRegion = "us-east-1"
)

const (
	domainCharacters   = "The domain name contains an invalid character. Domain names can only contain lower-case letters, numbers, and hyphens. Please enter a different name that follows this format: ^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$"
	domainReserved     = "Domain cannot contain reserved word: %s"
	domainTaken        = "Domain already associated with another user pool."
	poolHasPrefix      = "User pool already has a domain configured."
	poolHasCustom      = "User pool already has a custom domain configured."
	customDomainForm   = "Custom domain is not a valid subdomain: %s"
	domainMissing      = "No such domain or user pool exists."
	badCertificate     = "Invalid certificate ARN: %s. The certificate must be in ACM in " + certificateRegion + "."
	badLoginVersion    = "ManagedLoginVersion must be 1 or 2."
	managedLoginTier   = "Managed Login"
	routingPrefix      = "Routing can be configured for custom domains only."
	routingIncomplete  = "Routing needs a failover with SecondaryRegion and PrimaryRoute53HealthCheckId."
	routingSameRegion  = "SecondaryRegion must be another region than the user pool's."
	prefixTakesNoCert  = "CustomDomainConfig can be updated for custom domains only."
	badSecurityPolicy  = "Invalid security policy: %s"
	tooManyCustom      = "Account is limited to %d custom domains."
	certificateMissing = "CertificateArn is required in CustomDomainConfig."
)

var (
	prefixForm = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`)
	// reservedWords may not be part of a prefix.
	reservedWords = []string{"aws", "amazon", "cognito"}
)

// domainDoc is what a domain's row holds as JSON.
type domainDoc struct {
	ManagedLoginVersion *int32
	CustomDomainConfig  *types.CustomDomainConfigType
	Routing             *types.RoutingType
}

// CreateUserPoolDomain gives a pool a domain for its hosted pages and OAuth
// endpoints: a prefix, or a domain of the caller's own when the input has
// CustomDomainConfig. A pool may have one of each. Errors:
// InvalidParameterException, FeatureUnavailableInTierException,
// LimitExceededException, ResourceNotFoundException.
func (s *Service) CreateUserPoolDomain(ctx context.Context, in *cognito.CreateUserPoolDomainInput) (*cognito.CreateUserPoolDomainOutput, error) {
	doc := &domainDoc{ManagedLoginVersion: cmpOr(in.ManagedLoginVersion, aws.Int32(classicLogin)), CustomDomainConfig: in.CustomDomainConfig, Routing: in.Routing}
	name := aws.ToString(in.Domain)
	err := s.changePool(ctx, aws.ToString(in.UserPoolId), func(tx *store.Tx, p *pool) (*pool, error) {
		if err := p.checkNewDomain(name, doc); err != nil {
			return nil, err
		}
		d := &store.Domain{Region: domainRegion(p, doc), Name: name, PoolID: p.ID}
		if err := s.insertDomain(tx, p, d, doc); err != nil {
			return nil, err
		}
		return p.withDomain(d, &d.Name), nil
	})
	if err != nil {
		return nil, err
	}
	return &cognito.CreateUserPoolDomainOutput{
		CloudFrontDomain: s.domainAlias(name, doc), ManagedLoginVersion: doc.ManagedLoginVersion, Routing: doc.Routing,
	}, nil
}

// checkNewDomain checks a domain that the pool is to have.
func (p *pool) checkNewDomain(name string, doc *domainDoc) error {
	if doc.CustomDomainConfig == nil {
		if err := checkPrefix(name); err != nil {
			return err
		}
		if p.Doc.Domain != nil {
			return invalidParameter(poolHasPrefix)
		}
	} else {
		if err := checkCustomDomain(name); err != nil {
			return err
		}
		if p.Doc.CustomDomain != nil {
			return invalidParameter(poolHasCustom)
		}
	}
	return p.checkDomain(doc)
}

// checkPrefix checks the name of a prefix domain.
func checkPrefix(name string) error {
	if !prefixForm.MatchString(name) {
		return invalidParameter(domainCharacters)
	}
	for _, word := range reservedWords {
		if strings.Contains(name, word) {
			return invalidParameter(domainReserved, word)
		}
	}
	return nil
}

// checkCustomDomain checks that a name is that of a subdomain: labels of host
// names, of which there are three or more.
func checkCustomDomain(name string) error {
	labels := strings.Split(name, ".")
	if len(labels) < 3 || slices.ContainsFunc(labels, func(l string) bool { return !prefixForm.MatchString(l) }) {
		return invalidParameter(customDomainForm, name)
	}
	return nil
}

// checkDomain checks the configuration of a domain.
func (p *pool) checkDomain(doc *domainDoc) error {
	if c := doc.CustomDomainConfig; c != nil {
		if err := checkCertificate(c); err != nil {
			return err
		}
	}
	switch aws.ToInt32(doc.ManagedLoginVersion) {
	case classicLogin:
	case managedLogin:
		if tierRank[p.Doc.UserPoolTier] < tierRank[types.UserPoolTierTypeEssentials] {
			return tierLacks(tierFeatures, p.Doc.UserPoolTier, managedLoginTier)
		}
	default:
		return invalidParameter(badLoginVersion)
	}
	return p.checkRouting(doc)
}

func checkCertificate(c *types.CustomDomainConfigType) error {
	if c.CertificateArn == nil {
		return invalidParameter(certificateMissing)
	}
	arn := arnParts(*c.CertificateArn)
	if arn.service != "acm" || arn.region != certificateRegion || !strings.HasPrefix(arn.resource, "certificate/") {
		return invalidParameter(badCertificate, *c.CertificateArn)
	}
	if c.SecurityPolicy != "" && !slices.Contains(c.SecurityPolicy.Values(), c.SecurityPolicy) {
		return invalidParameter(badSecurityPolicy, c.SecurityPolicy)
	}
	return nil
}

// checkRouting checks what is to happen when the pool's region fails.
func (p *pool) checkRouting(doc *domainDoc) error {
	switch r := doc.Routing; {
	case r == nil:
		return nil
	case doc.CustomDomainConfig == nil:
		return invalidParameter(routingPrefix)
	case r.Failover == nil || aws.ToString(r.Failover.SecondaryRegion) == "" || aws.ToString(r.Failover.PrimaryRoute53HealthCheckId) == "":
		return invalidParameter(routingIncomplete)
	case *r.Failover.SecondaryRegion == p.Region:
		return invalidParameter(routingSameRegion)
	}
	return nil
}

// domainRegion is where the name of a domain is the only one: everywhere if it
// is a custom domain.
func domainRegion(p *pool, doc *domainDoc) string {
	if doc.CustomDomainConfig != nil {
		return ""
	}
	return p.Region
}

func (s *Service) insertDomain(tx *store.Tx, p *pool, d *store.Domain, doc *domainDoc) error {
	switch _, err := tx.Domain(d.Region, d.Name); {
	case err == nil:
		return invalidParameter(domainTaken)
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	if doc.CustomDomainConfig != nil {
		n, err := tx.CountCustomDomains(p.Account, p.Region)
		if err != nil {
			return err
		}
		if n >= s.quotas[quotaCustomDomains] {
			return limitExceeded(tooManyCustom, s.quotas[quotaCustomDomains])
		}
	}
	if err := encodeDomain(d, doc); err != nil {
		return err
	}
	return tx.InsertDomain(d)
}

func encodeDomain(d *store.Domain, doc *domainDoc) error {
	b, err := awswire.EncodeJSON(doc)
	d.Body = string(b)
	return err
}

// withDomain returns the pool with another value of the member that has the
// domain's name.
func (p *pool) withDomain(d *store.Domain, name *string) *pool {
	doc := *p.Doc
	if d.Region == "" {
		doc.CustomDomain = name
	} else {
		doc.Domain = name
	}
	return p.clone(&doc)
}

// UpdateUserPoolDomain changes the members of a domain that the input has: the
// certificate and security policy of a custom domain, the version of its pages
// and its routing. Errors are those of CreateUserPoolDomain.
func (s *Service) UpdateUserPoolDomain(ctx context.Context, in *cognito.UpdateUserPoolDomainInput) (*cognito.UpdateUserPoolDomainOutput, error) {
	var doc *domainDoc
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		p, d, err := s.domainOfPool(ctx, tx, in.UserPoolId, in.Domain)
		if err != nil {
			return err
		}
		if doc, err = decodeDomain(d); err != nil {
			return err
		}
		if in.CustomDomainConfig != nil && d.Region != "" {
			return invalidParameter(prefixTakesNoCert)
		}
		doc.CustomDomainConfig = cmpOr(in.CustomDomainConfig, doc.CustomDomainConfig)
		doc.ManagedLoginVersion = cmpOr(in.ManagedLoginVersion, doc.ManagedLoginVersion)
		doc.Routing = cmpOr(in.Routing, doc.Routing)
		if err := p.checkDomain(doc); err != nil {
			return err
		}
		if err := encodeDomain(d, doc); err != nil {
			return err
		}
		return tx.UpdateDomain(d)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.UpdateUserPoolDomainOutput{
		CloudFrontDomain: s.domainAlias(aws.ToString(in.Domain), doc), ManagedLoginVersion: doc.ManagedLoginVersion, Routing: doc.Routing,
	}, nil
}

// DeleteUserPoolDomain takes a domain from a pool. Errors:
// InvalidParameterException when the pool does not have it,
// ResourceNotFoundException.
func (s *Service) DeleteUserPoolDomain(ctx context.Context, in *cognito.DeleteUserPoolDomainInput) (*cognito.DeleteUserPoolDomainOutput, error) {
	err := s.changePool(ctx, aws.ToString(in.UserPoolId), func(tx *store.Tx, p *pool) (*pool, error) {
		_, d, err := s.domainOfPool(ctx, tx, in.UserPoolId, in.Domain)
		if err != nil {
			return nil, err
		}
		if err := tx.DeleteDomain(d); err != nil {
			return nil, err
		}
		return p.withDomain(d, nil), nil
	})
	if err != nil {
		return nil, err
	}
	return &cognito.DeleteUserPoolDomainOutput{}, nil
}

// hasDomain tells whether the pool has a domain of either kind.
func (p *pool) hasDomain() bool { return p.Doc.Domain != nil || p.Doc.CustomDomain != nil }

// domainOfPool returns a domain of a pool of the caller's account and region,
// and the pool.
func (s *Service) domainOfPool(ctx context.Context, tx *store.Tx, poolID, name *string) (*pool, *store.Domain, error) {
	p, err := s.pool(ctx, tx, aws.ToString(poolID))
	if err != nil {
		return nil, nil, err
	}
	d, err := findDomain(tx, p.Region, aws.ToString(name))
	if errors.Is(err, store.ErrNotFound) || err == nil && d.PoolID != p.ID {
		return nil, nil, invalidParameter(domainMissing)
	}
	return p, d, err
}

// findDomain returns the domain of that name: a prefix in the region, or a
// custom domain.
func findDomain(tx *store.Tx, region, name string) (*store.Domain, error) {
	if strings.Contains(name, ".") {
		region = ""
	}
	return tx.Domain(region, name)
}

// checkDomainsTier refuses to lower the tier of a pool whose domains have
// managed login.
func checkDomainsTier(tx *store.Tx, before, p *pool) error {
	tier := p.Doc.UserPoolTier
	if tierRank[tier] >= tierRank[types.UserPoolTierTypeEssentials] || tierRank[tier] >= tierRank[before.Doc.UserPoolTier] {
		return nil
	}
	domains, err := tx.DomainsOfPool(p.ID, 2)
	if err != nil {
		return err
	}
	for _, d := range domains {
		doc, err := decodeDomain(d)
		if err != nil {
			return err
		}
		if aws.ToInt32(doc.ManagedLoginVersion) == managedLogin {
			return tierChangeNotAllowed(tier, []string{managedLoginTier})
		}
	}
	return nil
}
