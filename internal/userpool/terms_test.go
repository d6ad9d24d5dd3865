package userpool_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

func (e *poolEnv) createTerms(poolID, client *string, name string, links map[string]string) (*types.TermsType, error) {
	out, err := e.CreateTerms(e.ctx, &cognito.CreateTermsInput{
		UserPoolId: poolID, ClientId: client, TermsName: &name, TermsSource: "LINK", Enforcement: "NONE", Links: links,
	})
	if err != nil {
		return nil, err
	}
	return out.Terms, nil
}

func TestTerms(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	c := e.createClient(t, p.Id)
	terms, err := e.createTerms(p.Id, c.ClientId, "terms-of-use", map[string]string{"cognito:default": "https://example.com/terms"})
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"ClientId":%q,"CreationDate":1772600767,"Enforcement":"NONE","LastModifiedDate":1772600767,"Links":{"cognito:default":"https://example.com/terms"},`+
		`"TermsId":%q,"TermsName":"terms-of-use","TermsSource":"LINK","UserPoolId":%q}`, *c.ClientId, *terms.TermsId, *p.Id)
	if got := wire(t, terms); got != want {
		t.Errorf("created\n%s, want\n%s", got, want)
	}
	byID, err := e.DescribeTerms(e.ctx, &cognito.DescribeTermsInput{UserPoolId: p.Id, TermsId: terms.TermsId})
	if err != nil || wire(t, byID.Terms) != want {
		t.Errorf("described %v, %v", byID, err)
	}
	byClient, err := e.DescribeTermsByClient(e.ctx, &cognito.DescribeTermsByClientInput{UserPoolId: p.Id, ClientId: c.ClientId, TermsName: aws.String("terms-of-use")})
	if err != nil || wire(t, byClient.Terms) != want {
		t.Errorf("described by client %v, %v", byClient, err)
	}
	e.clock.Advance(time.Minute)
	updated, err := e.UpdateTerms(e.ctx, &cognito.UpdateTermsInput{UserPoolId: p.Id, TermsId: terms.TermsId, TermsName: aws.String("privacy-policy")})
	if err != nil || *updated.Terms.TermsName != "privacy-policy" || len(updated.Terms.Links) != 1 || !updated.Terms.LastModifiedDate.Equal(e.clock.Now()) {
		t.Errorf("updated %v, %v", updated, err)
	}
	links := map[string]string{"cognito:french": "http://example.com/fr", "cognito:default": "https://example.com/é"}
	updated, err = e.UpdateTerms(e.ctx, &cognito.UpdateTermsInput{UserPoolId: p.Id, TermsId: terms.TermsId, Links: links})
	if err != nil || len(updated.Terms.Links) != 2 || *updated.Terms.TermsName != "privacy-policy" || updated.Terms.Enforcement != "NONE" {
		t.Errorf("updated %v, %v", updated, err)
	}
	bare, err := e.createTerms(p.Id, c.ClientId, "terms-of-use", nil)
	if err != nil || bare.Links == nil || len(bare.Links) != 0 {
		t.Errorf("without links %v, %v", bare, err)
	}
	var ids []string
	var token *string
	for {
		out, err := e.ListTerms(e.ctx, &cognito.ListTermsInput{UserPoolId: p.Id, MaxResults: aws.Int32(1), NextToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range out.Terms {
			if d.Enforcement != "NONE" || d.CreationDate == nil || d.LastModifiedDate == nil || d.TermsName == nil {
				t.Errorf("listed %s", wire(t, &d))
			}
			ids = append(ids, *d.TermsId)
		}
		if token = out.NextToken; token == nil {
			break
		}
	}
	both := []string{*terms.TermsId, *bare.TermsId}
	if slices.Sort(both); !slices.Equal(ids, both) {
		t.Errorf("listed %v, want %v", ids, both)
	}
	if _, err := e.DeleteTerms(e.ctx, &cognito.DeleteTermsInput{UserPoolId: p.Id, TermsId: terms.TermsId}); err != nil {
		t.Fatal(err)
	}
	_, err = e.DescribeTerms(e.ctx, &cognito.DescribeTermsInput{UserPoolId: p.Id, TermsId: terms.TermsId})
	wantError(t, err, "ResourceNotFoundException", "Terms "+*terms.TermsId+" do not exist.")
	// They go with their client.
	if _, err := e.DeleteUserPoolClient(e.ctx, &cognito.DeleteUserPoolClientInput{UserPoolId: p.Id, ClientId: c.ClientId}); err != nil {
		t.Fatal(err)
	}
	_, err = e.DescribeTerms(e.ctx, &cognito.DescribeTermsInput{UserPoolId: p.Id, TermsId: bare.TermsId})
	wantError(t, err, "ResourceNotFoundException", "Terms "+*bare.TermsId+" do not exist.")
}

func TestTermsRefusals(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p, other := e.create(t), e.create(t)
	c, foreign := e.createClient(t, p.Id), e.createClient(t, other.Id)
	use, err := e.createTerms(p.Id, c.ClientId, "terms-of-use", nil)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := e.createTerms(p.Id, c.ClientId, "privacy-policy", nil)
	if err != nil {
		t.Fatal(err)
	}
	exist := "Terms with the name terms-of-use already exist for the app client " + *c.ClientId + "."
	_, err = e.createTerms(p.Id, c.ClientId, "terms-of-use", nil)
	wantError(t, err, "TermsExistsException", exist)
	_, err = e.UpdateTerms(e.ctx, &cognito.UpdateTermsInput{UserPoolId: p.Id, TermsId: policy.TermsId, TermsName: aws.String("terms-of-use")})
	wantError(t, err, "TermsExistsException", exist)
	if _, err := e.UpdateTerms(e.ctx, &cognito.UpdateTermsInput{UserPoolId: p.Id, TermsId: use.TermsId, TermsName: aws.String("terms-of-use")}); err != nil {
		t.Errorf("the name that the terms have: %v", err)
	}
	for _, link := range []string{"javascript:alert(1)", "example.com", "https://", "ftp://example.com"} {
		bad := map[string]string{"cognito:default": link}
		_, err = e.createTerms(p.Id, e.createClient(t, p.Id).ClientId, "terms-of-use", bad)
		wantError(t, err, "InvalidParameterException", "Invalid link for cognito:default: "+link)
		_, err = e.UpdateTerms(e.ctx, &cognito.UpdateTermsInput{UserPoolId: p.Id, TermsId: use.TermsId, Links: bad})
		wantError(t, err, "InvalidParameterException", "Invalid link for cognito:default: "+link)
	}
	_, err = e.createTerms(p.Id, foreign.ClientId, "terms-of-use", nil)
	wantError(t, err, "ResourceNotFoundException", "User pool client "+*foreign.ClientId+" does not exist.")
	for name, call := range map[string]func(pool, id *string) error{
		"Describe": func(pool, id *string) error {
			_, err := e.DescribeTerms(e.ctx, &cognito.DescribeTermsInput{UserPoolId: pool, TermsId: id})
			return err
		},
		"Update": func(pool, id *string) error {
			_, err := e.UpdateTerms(e.ctx, &cognito.UpdateTermsInput{UserPoolId: pool, TermsId: id})
			return err
		},
		"Delete": func(pool, id *string) error {
			_, err := e.DeleteTerms(e.ctx, &cognito.DeleteTermsInput{UserPoolId: pool, TermsId: id})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			none := "00000000-0000-4000-8000-000000000000"
			wantError(t, call(p.Id, &none), "ResourceNotFoundException", "Terms "+none+" do not exist.")
			wantError(t, call(other.Id, use.TermsId), "ResourceNotFoundException", "Terms "+*use.TermsId+" do not exist.")
			wantError(t, call(aws.String("eu-west-1_A"), &none), "ResourceNotFoundException", "User pool eu-west-1_A does not exist.")
		})
	}
	_, err = e.DescribeTermsByClient(e.ctx, &cognito.DescribeTermsByClientInput{UserPoolId: other.Id, ClientId: foreign.ClientId, TermsName: aws.String("terms-of-use")})
	wantError(t, err, "ResourceNotFoundException", "Terms terms-of-use of the app client "+*foreign.ClientId+" do not exist.")
	_, err = e.DescribeTermsByClient(e.ctx, &cognito.DescribeTermsByClientInput{UserPoolId: p.Id, ClientId: foreign.ClientId, TermsName: aws.String("terms-of-use")})
	wantError(t, err, "ResourceNotFoundException", "User pool client "+*foreign.ClientId+" does not exist.")
	_, err = e.ListTerms(e.ctx, &cognito.ListTermsInput{UserPoolId: p.Id, NextToken: aws.String("x")})
	wantError(t, err, "InvalidParameterException", "Invalid NextToken.")
	_, err = e.ListTerms(e.ctx, &cognito.ListTermsInput{UserPoolId: aws.String("eu-west-1_A")})
	wantError(t, err, "ResourceNotFoundException", "User pool eu-west-1_A does not exist.")
}
