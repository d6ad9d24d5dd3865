package saml_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/saml"
	"github.com/poolhouse-id/poolhouse/internal/saml/samltest"
)

var now = time.Unix(1700000000, 0)

const here = "https://signin.aws.amazon.com/saml"

func base(p *samltest.Provider) samltest.Assertion {
	return samltest.Assertion{
		Issuer: p.EntityID, Subject: "alice", Audience: here, Recipient: here, IssuedAt: now, NotOnOrAfter: now.Add(5 * time.Minute),
		Attributes: map[string][]string{"role": {"a", "b"}, "mail": {"alice@example.com"}},
	}
}

func options(p *samltest.Provider) saml.Options {
	return saml.Options{Metadata: p.Metadata, Now: now, Accept: func(v string) bool { return v == here }}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	p := samltest.New(t, "https://idp.example.com")
	key, cert := samltest.Recipient(t)
	for name, change := range map[string]func(*samltest.Assertion){
		"assertion signed":                 func(*samltest.Assertion) {},
		"response signed":                  func(a *samltest.Assertion) { a.SignResponse = true },
		"encrypted":                        func(a *samltest.Assertion) { a.EncryptFor = cert },
		"encrypted in a response signed":   func(a *samltest.Assertion) { a.EncryptFor, a.SignResponse = cert, true },
		"at the last second of its age":    func(a *samltest.Assertion) { a.IssuedAt = now.Add(-saml.MaxAge) },
		"by a clock that is a little fast": func(a *samltest.Assertion) { a.IssuedAt = now.Add(30 * time.Second) },
	} {
		a := base(p)
		change(&a)
		o := options(p)
		o.PrivateKeys = []string{"junk", key}
		got, err := saml.Verify(p.Respond(a), o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.Issuer != p.EntityID || got.Subject != "alice" || got.Recipient != here || len(got.Attributes["role"]) != 2 || got.SubjectType != "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	p, other := samltest.New(t, "https://idp.example.com"), samltest.New(t, "https://idp.example.com")
	_, cert := samltest.Recipient(t)
	replace := func(from, to string) func(*samltest.Assertion) {
		return func(a *samltest.Assertion) {
			a.Change = func(s string) string { return strings.Replace(s, from, to, 1) }
		}
	}
	// wrap puts a forged assertion beside or around the signed one.
	forged := `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_f" Version="2.0"><saml:Issuer>https://idp.example.com</saml:Issuer></saml:Assertion>`
	for _, c := range []struct {
		name   string
		from   *samltest.Provider
		change func(*samltest.Assertion)
		option func(*saml.Options)
		want   error
	}{
		{"other key", other, func(*samltest.Assertion) {}, nil, saml.ErrSignature},
		{"unsigned", p, func(a *samltest.Assertion) { a.Unsigned = true }, nil, saml.ErrSignature},
		{"changed subject", p, replace(">alice<", ">mallory<"), nil, saml.ErrSignature},
		{"changed attribute", p, replace(">a<", ">admin<"), nil, saml.ErrSignature},
		{"second assertion", p, replace("</samlp:Status>", "</samlp:Status>"+forged), nil, saml.ErrMalformed},
		{"second assertion, response signed", p, func(a *samltest.Assertion) {
			a.SignResponse = true
			replace("</samlp:Status>", "</samlp:Status>"+forged)(a)
		}, nil, saml.ErrSignature},
		{"failure", p, replace("status:Success", "status:Requester"), nil, saml.ErrStatus},
		{"other issuer", p, func(a *samltest.Assertion) { a.Issuer = "https://other" }, nil, saml.ErrIssuer},
		{"other audience", p, func(a *samltest.Assertion) { a.Audience = "https://other" }, nil, saml.ErrAudience},
		{"other recipient", p, func(a *samltest.Assertion) { a.Recipient = "https://other" }, nil, saml.ErrAudience},
		{"too old", p, func(a *samltest.Assertion) { a.IssuedAt = now.Add(-saml.MaxAge - time.Second) }, nil, saml.ErrExpired},
		{"expired", p, func(a *samltest.Assertion) { a.NotOnOrAfter = now }, nil, saml.ErrExpired},
		{"from the future", p, func(a *samltest.Assertion) { a.IssuedAt = now.Add(2 * time.Minute) }, nil, saml.ErrNotYetValid},
		{"encrypted for somebody else", p, func(a *samltest.Assertion) { a.EncryptFor = cert }, nil, saml.ErrSignature},
		{"plain where encryption is demanded", p, func(*samltest.Assertion) {}, func(o *saml.Options) { o.Encrypted = true }, saml.ErrMalformed},
	} {
		a := base(c.from)
		c.change(&a)
		o := options(p)
		if c.option != nil {
			c.option(&o)
		}
		if _, err := saml.Verify(c.from.Respond(a), o); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	for _, bad := range []string{"", "!", "PHg+", "PHgvPg=="} {
		if _, err := saml.Verify(bad, options(p)); !errors.Is(err, saml.ErrMalformed) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
