package userpool

// Operations: CreateTerms, DescribeTerms, DescribeTermsByClient, UpdateTerms,
// DeleteTerms, ListTerms.

import (
	"context"
	"errors"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	termsExist    = "Terms with the name %s already exist for the app client %s."
	termsMissing  = "Terms %s do not exist."
	termsByClient = "Terms %s of the app client %s do not exist."
	termsChanged  = "The terms %s have been changed by another request."
	termsLink     = "Invalid link for %s: %s"
)

// termsDoc is what a row of terms holds as JSON.
type termsDoc struct {
	TermsSource types.TermsSourceType
	Enforcement types.TermsEnforcementType
	Links       map[string]string
}

// CreateTerms adds a terms document to an app client, which has one of each
// name. Errors: InvalidParameterException, TermsExistsException,
// ResourceNotFoundException.
func (s *Service) CreateTerms(ctx context.Context, in *cognito.CreateTermsInput) (*cognito.CreateTermsOutput, error) {
	doc := &termsDoc{TermsSource: in.TermsSource, Enforcement: in.Enforcement, Links: in.Links}
	if err := doc.check(); err != nil {
		return nil, err
	}
	t := &store.Terms{Name: aws.ToString(in.TermsName)}
	if err := encodeTerms(t, doc); err != nil {
		return nil, err
	}
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		c, p, err := s.clientOfPool(ctx, tx, aws.ToString(in.UserPoolId), aws.ToString(in.ClientId))
		if err != nil {
			return err
		}
		t.ID, t.PoolID, t.ClientID = s.ids.UUID(), p.ID, c.ID
		if err := refuseTermsTwice(tx, t); err != nil {
			return err
		}
		return tx.InsertTerms(t)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.CreateTermsOutput{Terms: termsType(t, doc)}, nil
}

// check checks the links: addresses of web pages.
func (d *termsDoc) check() error {
	for _, language := range sortedNames(d.Links) {
		u, err := url.Parse(d.Links[language])
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
			return invalidParameter(termsLink, language, d.Links[language])
		}
	}
	return nil
}

// refuseTermsTwice refuses a name of which the client has another document.
func refuseTermsTwice(tx *store.Tx, t *store.Terms) error {
	other, err := tx.TermsOfClient(t.ClientID, t.Name)
	if err == nil && other.ID != t.ID {
		return &types.TermsExistsException{Message: text(termsExist, []any{t.Name, t.ClientID})}
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

func encodeTerms(t *store.Terms, doc *termsDoc) error {
	b, err := awswire.EncodeJSON(doc)
	t.Body = string(b)
	return err
}

func decodeTerms(t *store.Terms) (*termsDoc, error) {
	doc := &termsDoc{}
	return doc, awswire.DecodeJSON([]byte(t.Body), doc)
}

func termsType(t *store.Terms, doc *termsDoc) *types.TermsType {
	links := doc.Links
	if links == nil {
		links = map[string]string{}
	}
	return &types.TermsType{
		TermsId: &t.ID, UserPoolId: &t.PoolID, ClientId: &t.ClientID, TermsName: &t.Name,
		TermsSource: doc.TermsSource, Enforcement: doc.Enforcement, Links: links,
		CreationDate: &t.Created, LastModifiedDate: &t.Modified,
	}
}

// DescribeTerms returns a terms document of a pool. Errors:
// ResourceNotFoundException.
func (s *Service) DescribeTerms(ctx context.Context, in *cognito.DescribeTermsInput) (*cognito.DescribeTermsOutput, error) {
	out, err := s.viewTerms(ctx, func(tx *store.Tx) (*store.Terms, error) { return s.termsOfPool(ctx, tx, in.UserPoolId, in.TermsId) })
	if err != nil {
		return nil, err
	}
	return &cognito.DescribeTermsOutput{Terms: out}, nil
}

// DescribeTermsByClient returns the terms document of that name of an app
// client. Errors: ResourceNotFoundException.
func (s *Service) DescribeTermsByClient(ctx context.Context, in *cognito.DescribeTermsByClientInput) (*cognito.DescribeTermsByClientOutput, error) {
	out, err := s.viewTerms(ctx, func(tx *store.Tx) (*store.Terms, error) {
		c, _, err := s.clientOfPool(ctx, tx, aws.ToString(in.UserPoolId), aws.ToString(in.ClientId))
		if err != nil {
			return nil, err
		}
		t, err := tx.TermsOfClient(c.ID, aws.ToString(in.TermsName))
		if errors.Is(err, store.ErrNotFound) {
			return nil, notFound(termsByClient, aws.ToString(in.TermsName), c.ID)
		}
		return t, err
	})
	if err != nil {
		return nil, err
	}
	return &cognito.DescribeTermsByClientOutput{Terms: out}, nil
}

func (s *Service) viewTerms(ctx context.Context, find func(*store.Tx) (*store.Terms, error)) (*types.TermsType, error) {
	var t *store.Terms
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		t, err = find(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	doc, err := decodeTerms(t)
	if err != nil {
		return nil, err
	}
	return termsType(t, doc), nil
}

// termsOfPool returns a terms document of a pool of the caller's account and
// region.
func (s *Service) termsOfPool(ctx context.Context, tx *store.Tx, poolID, id *string) (*store.Terms, error) {
	p, err := s.pool(ctx, tx, aws.ToString(poolID))
	if err != nil {
		return nil, err
	}
	t, err := tx.Terms(aws.ToString(id))
	if errors.Is(err, store.ErrNotFound) || err == nil && t.PoolID != p.ID {
		return nil, notFound(termsMissing, aws.ToString(id))
	}
	return t, err
}

// UpdateTerms changes the members of a terms document that the input has.
// Errors: InvalidParameterException, TermsExistsException,
// ConcurrentModificationException, ResourceNotFoundException.
func (s *Service) UpdateTerms(ctx context.Context, in *cognito.UpdateTermsInput) (*cognito.UpdateTermsOutput, error) {
	var (
		t   *store.Terms
		doc *termsDoc
	)
	err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		if t, err = s.termsOfPool(ctx, tx, in.UserPoolId, in.TermsId); err != nil {
			return err
		}
		if doc, err = decodeTerms(t); err != nil {
			return err
		}
		t.Name = or(aws.ToString(in.TermsName), t.Name)
		doc.TermsSource, doc.Enforcement = or(in.TermsSource, doc.TermsSource), or(in.Enforcement, doc.Enforcement)
		if in.Links != nil {
			doc.Links = in.Links
		}
		if err := doc.check(); err != nil {
			return err
		}
		if err := refuseTermsTwice(tx, t); err != nil {
			return err
		}
		if err := encodeTerms(t, doc); err != nil {
			return err
		}
		return orConcurrent(tx.UpdateTerms(t), termsChanged, t.ID)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.UpdateTermsOutput{Terms: termsType(t, doc)}, nil
}

// DeleteTerms deletes a terms document. Errors: ResourceNotFoundException.
func (s *Service) DeleteTerms(ctx context.Context, in *cognito.DeleteTermsInput) (*cognito.DeleteTermsOutput, error) {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		t, err := s.termsOfPool(ctx, tx, in.UserPoolId, in.TermsId)
		if err != nil {
			return err
		}
		return tx.DeleteTerms(t.ID)
	})
	if err != nil {
		return nil, err
	}
	return &cognito.DeleteTermsOutput{}, nil
}

// ListTerms lists the terms documents of a pool in the order of their IDs.
// Errors: InvalidParameterException for a token of another list,
// ResourceNotFoundException.
func (s *Service) ListTerms(ctx context.Context, in *cognito.ListTermsInput) (*cognito.ListTermsOutput, error) {
	want := page{"terms", in.UserPoolId, pageSize(in.MaxResults), in.NextToken}
	rows, next, err := listOfPool(ctx, s, want, (*store.Tx).TermsOfPool, func(t *store.Terms) string { return t.ID })
	if err != nil {
		return nil, err
	}
	out := &cognito.ListTermsOutput{Terms: []types.TermsDescriptionType{}, NextToken: next}
	for _, t := range rows {
		doc, err := decodeTerms(t)
		if err != nil {
			return nil, err
		}
		out.Terms = append(out.Terms, types.TermsDescriptionType{
			TermsId: &t.ID, TermsName: &t.Name, Enforcement: doc.Enforcement, CreationDate: &t.Created, LastModifiedDate: &t.Modified,
		})
	}
	return out, nil
}
