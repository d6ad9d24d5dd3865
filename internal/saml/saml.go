// Package saml verifies SAML 2.0 responses of an identity provider that is
// known by its metadata, for AssumeRoleWithSAML and identity pools.
//
// [Verify] returns an assertion only from the very element whose signature it
// checked, so nothing that was wrapped around or put beside it counts.
package saml

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"
	"github.com/crewjam/saml/xmlenc"
	xrv "github.com/mattermost/xml-roundtrip-validator"
	dsig "github.com/russellhaering/goxmldsig"
)

// Why a response is refused.
var (
	// ErrMalformed means that it is no SAML response of the expected form.
	ErrMalformed = errors.New("saml: malformed response")
	// ErrSignature means that no signing key of the metadata made a signature
	// over the assertion.
	ErrSignature = errors.New("saml: bad signature")
	// ErrIssuer means that the assertion is of another identity provider.
	ErrIssuer = errors.New("saml: other issuer")
	// ErrAudience means that the assertion is for another service.
	ErrAudience = errors.New("saml: other audience or recipient")
	// ErrExpired means that the assertion's time is over, or that it was issued
	// more than MaxAge ago; ErrNotYetValid that its time has not come.
	ErrExpired     = errors.New("saml: expired")
	ErrNotYetValid = errors.New("saml: not yet valid")
	// ErrStatus means that the provider reports a failure.
	ErrStatus = errors.New("saml: the identity provider refused")
)

const (
	// MaxAge is how long after its issue an assertion can be used ("Token must
	// be redeemed within 5 minutes of issuance").
	MaxAge = 5 * time.Minute
	// skew is how far the provider's clock may be ahead.
	skew = time.Minute

	protocolSpace  = "urn:oasis:names:tc:SAML:2.0:protocol"
	assertionSpace = "urn:oasis:names:tc:SAML:2.0:assertion"
	maxResponse    = 128 << 10
)

// Options say what a response is checked against.
type Options struct {
	// Metadata is the provider's metadata document.
	Metadata string
	// PrivateKeys decrypt encrypted assertions, in PEM. Encrypted demands that
	// the assertion is.
	PrivateKeys []string
	Encrypted   bool
	// Accept tells whether an audience or a recipient is this service.
	Accept func(value string) bool
	// Now is the time.
	Now time.Time
}

// Assertion is what a verified response says.
type Assertion struct {
	Issuer string
	// Subject is the NameID, SubjectType its format as written.
	Subject, SubjectType string
	// Recipient is the address that the assertion was issued for.
	Recipient string
	// Attributes are the attributes' values by name.
	Attributes map[string][]string
	// SessionEnds is the provider's end of the session, zero when it sets none.
	SessionEnds time.Time
}

// Verify checks a base64 SAML response and returns its assertion.
func Verify(response string, o Options) (*Assertion, error) {
	text, err := base64.StdEncoding.DecodeString(strings.TrimSpace(response))
	if err != nil || len(text) > maxResponse {
		return nil, ErrMalformed
	}
	if err := xrv.Validate(bytes.NewReader(text)); err != nil {
		return nil, ErrMalformed
	}
	idp := &saml.EntityDescriptor{}
	if err := xml.Unmarshal([]byte(o.Metadata), idp); err != nil {
		return nil, fmt.Errorf("saml: metadata: %w", err)
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(text); err != nil || doc.Root() == nil || doc.Root().Tag != "Response" || doc.Root().NamespaceURI() != protocolSpace {
		return nil, ErrMalformed
	}
	element, err := o.signedAssertion(doc.Root(), signingCertificates(idp))
	if err != nil {
		return nil, err
	}
	a, err := decodeAssertion(element)
	if err != nil {
		return nil, err
	}
	if a.Issuer.Value != idp.EntityID {
		return nil, ErrIssuer
	}
	return o.conditions(a)
}

// signingCertificates are those that the metadata names for signatures.
func signingCertificates(idp *saml.EntityDescriptor) []*x509.Certificate {
	var out []*x509.Certificate
	for _, role := range idp.IDPSSODescriptors {
		for _, k := range role.KeyDescriptors {
			if k.Use != "" && k.Use != "signing" {
				continue
			}
			for _, c := range k.KeyInfo.X509Data.X509Certificates {
				der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(c.Data), ""))
				if err != nil {
					continue
				}
				if cert, err := x509.ParseCertificate(der); err == nil {
					out = append(out, cert)
				}
			}
		}
	}
	return out
}

// signedAssertion returns the one assertion of the response, as covered by a
// signature: its own, or the response's.
func (o *Options) signedAssertion(response *etree.Element, certs []*x509.Certificate) (*etree.Element, error) {
	covered := false
	if hasSignature(response) {
		signed, err := o.validate(response, certs)
		if err != nil {
			return nil, err
		}
		response, covered = signed, true
	}
	if status := response.FindElement("./Status/StatusCode"); status == nil || status.SelectAttrValue("Value", "") != saml.StatusSuccess {
		return nil, ErrStatus
	}
	plain, encrypted := children(response, "Assertion"), children(response, "EncryptedAssertion")
	if len(plain)+len(encrypted) != 1 || o.Encrypted && len(encrypted) == 0 {
		return nil, ErrMalformed
	}
	var assertion *etree.Element
	if len(plain) == 1 {
		assertion = plain[0]
	} else {
		var err error
		if assertion, err = o.decrypt(encrypted[0]); err != nil {
			return nil, err
		}
	}
	if !hasSignature(assertion) {
		if !covered {
			return nil, ErrSignature
		}
		return assertion, nil
	}
	return o.validate(assertion, certs)
}

func children(parent *etree.Element, tag string) []*etree.Element {
	var out []*etree.Element
	for _, e := range parent.ChildElements() {
		if e.Tag == tag && e.NamespaceURI() == assertionSpace {
			out = append(out, e)
		}
	}
	return out
}

func hasSignature(e *etree.Element) bool {
	for _, c := range e.ChildElements() {
		if c.Tag == "Signature" && c.NamespaceURI() == dsig.Namespace {
			return true
		}
	}
	return false
}

// validate checks the element's signature with each certificate and returns
// what it covers.
func (o *Options) validate(e *etree.Element, certs []*x509.Certificate) (*etree.Element, error) {
	detached, err := detach(e)
	if err != nil {
		return nil, err
	}
	for _, cert := range certs {
		ctx := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{cert}})
		ctx.IdAttribute = "ID"
		// The key is trusted because the metadata names it, whatever dates its
		// certificate has.
		ctx.Clock = dsig.NewFakeClockAt(cert.NotBefore.Add(time.Second))
		if signed, err := ctx.Validate(detached.Copy()); err == nil {
			return signed, nil
		}
	}
	return nil, ErrSignature
}

// detach makes the element a root of its own with the namespaces that it
// inherits.
func detach(e *etree.Element) (*etree.Element, error) {
	out := e.Copy()
	for p := e.Parent(); p != nil; p = p.Parent() {
		for _, a := range p.Attr {
			if (a.Space == "xmlns" || a.Space == "" && a.Key == "xmlns") && out.SelectAttr(a.FullKey()) == nil {
				out.CreateAttr(a.FullKey(), a.Value)
			}
		}
	}
	if out.NamespaceURI() == "" {
		return nil, ErrMalformed
	}
	return out, nil
}

// decrypt opens an encrypted assertion with one of the private keys.
func (o *Options) decrypt(e *etree.Element) (*etree.Element, error) {
	data := e.FindElement("./EncryptedData")
	if data == nil {
		return nil, ErrMalformed
	}
	for _, text := range o.PrivateKeys {
		key, err := privateKey(text)
		if err != nil {
			continue
		}
		plain, err := decryptWith(key, data.Copy())
		if err != nil {
			continue
		}
		if err := xrv.Validate(bytes.NewReader(plain)); err != nil {
			return nil, ErrMalformed
		}
		doc := etree.NewDocument()
		if err := doc.ReadFromBytes(plain); err != nil || doc.Root() == nil || doc.Root().Tag != "Assertion" || doc.Root().NamespaceURI() != assertionSpace {
			return nil, ErrMalformed
		}
		return doc.Root(), nil
	}
	return nil, ErrSignature
}

// decryptWith also takes the decrypter's panics on malformed input for errors.
func decryptWith(key crypto.PrivateKey, data *etree.Element) (plain []byte, err error) {
	defer func() {
		if recover() != nil {
			err = ErrMalformed
		}
	}()
	return xmlenc.Decrypt(key, data)
}

func privateKey(text string) (crypto.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, ErrMalformed
	}
	if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	return x509.ParsePKCS1PrivateKey(block.Bytes)
}

func decodeAssertion(e *etree.Element) (*saml.Assertion, error) {
	detached, err := detach(e)
	if err != nil {
		return nil, err
	}
	doc := etree.NewDocument()
	doc.SetRoot(detached)
	text, err := doc.WriteToBytes()
	if err != nil {
		return nil, ErrMalformed
	}
	a := &saml.Assertion{}
	if err := xml.Unmarshal(text, a); err != nil || a.Subject == nil || a.Subject.NameID == nil || a.Conditions == nil {
		return nil, ErrMalformed
	}
	return a, nil
}

// conditions checks times, audience and recipient (SAML 2.0 Core, sections
// 2.4.1 and 2.5.1).
func (o *Options) conditions(a *saml.Assertion) (*Assertion, error) {
	out := &Assertion{Issuer: a.Issuer.Value, Subject: a.Subject.NameID.Value, SubjectType: a.Subject.NameID.Format, Attributes: map[string][]string{}}
	switch {
	case o.Now.After(a.IssueInstant.Add(MaxAge)):
		return nil, ErrExpired
	case a.IssueInstant.After(o.Now.Add(skew)), a.Conditions.NotBefore.After(o.Now.Add(skew)):
		return nil, ErrNotYetValid
	case !a.Conditions.NotOnOrAfter.IsZero() && !o.Now.Before(a.Conditions.NotOnOrAfter):
		return nil, ErrExpired
	}
	if len(a.Conditions.AudienceRestrictions) == 0 {
		return nil, ErrAudience
	}
	for _, r := range a.Conditions.AudienceRestrictions {
		if !o.Accept(r.Audience.Value) {
			return nil, ErrAudience
		}
	}
	for _, c := range a.Subject.SubjectConfirmations {
		d := c.SubjectConfirmationData
		if c.Method != "urn:oasis:names:tc:SAML:2.0:cm:bearer" || d == nil || !o.Accept(d.Recipient) {
			continue
		}
		if d.NotOnOrAfter.IsZero() || !o.Now.Before(d.NotOnOrAfter) {
			return nil, ErrExpired
		}
		out.Recipient = d.Recipient
		break
	}
	if out.Recipient == "" {
		return nil, ErrAudience
	}
	for _, s := range a.AuthnStatements {
		if s.SessionNotOnOrAfter != nil {
			out.SessionEnds = *s.SessionNotOnOrAfter
		}
	}
	for _, s := range a.AttributeStatements {
		for _, attr := range s.Attributes {
			for _, v := range attr.Values {
				out.Attributes[attr.Name] = append(out.Attributes[attr.Name], strings.TrimSpace(v.Value))
			}
		}
	}
	return out, nil
}
