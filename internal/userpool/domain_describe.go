package userpool

// Operation: DescribeUserPoolDomain.

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// DescribeUserPoolDomain returns a domain of the caller's account: a prefix of
// the region, or a custom domain of a pool there. Of one that there is not the
// description is empty.
func (s *Service) DescribeUserPoolDomain(ctx context.Context, in *cognito.DescribeUserPoolDomainInput) (*cognito.DescribeUserPoolDomainOutput, error) {
	call := awswire.CallOf(ctx)
	out := &cognito.DescribeUserPoolDomainOutput{DomainDescription: &types.DomainDescriptionType{}}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		d, err := findDomain(tx, call.Region, aws.ToString(in.Domain))
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		p, err := s.pool(ctx, tx, d.PoolID)
		if isResourceNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		out.DomainDescription, err = s.describeDomain(p, d)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Service) describeDomain(p *pool, d *store.Domain) (*types.DomainDescriptionType, error) {
	doc, err := decodeDomain(d)
	if err != nil {
		return nil, err
	}
	return &types.DomainDescriptionType{
		AWSAccountId: &p.Account, UserPoolId: &p.ID, Domain: &d.Name, Status: types.DomainStatusTypeActive,
		CloudFrontDistribution: s.distribution(d.Name), S3Bucket: aws.String("aws-cognito-prod-" + p.Region + "-assets"),
		Version:             aws.String(d.Modified.UTC().Format("20060102150405")),
		CustomDomainConfig:  doc.CustomDomainConfig,
		ManagedLoginVersion: doc.ManagedLoginVersion, Routing: doc.Routing,
	}, nil
}

func decodeDomain(d *store.Domain) (*domainDoc, error) {
	doc := &domainDoc{}
	return doc, awswire.DecodeJSON([]byte(d.Body), doc)
}

// domainAlias is the host that a custom domain must be an alias of; prefixes
// have none.
func (s *Service) domainAlias(name string, doc *domainDoc) *string {
	if doc.CustomDomainConfig == nil {
		return nil
	}
	return s.distribution(name)
}

// distribution is the host that serves a domain: the configured one, or a name
// of the form of CloudFront's.
func (s *Service) distribution(name string) *string {
	if s.domainHost != "" {
		return &s.domainHost
	}
	sum := sha256.Sum256([]byte(name))
	return aws.String("d" + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:13]) + ".cloudfront.net")
}
