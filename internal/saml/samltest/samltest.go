// Package samltest is a SAML 2.0 identity provider for tests.
package samltest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"html"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/crewjam/saml/xmlenc"
	dsig "github.com/russellhaering/goxmldsig"
)

// Provider signs assertions.
type Provider struct {
	// EntityID is the provider's name, Metadata its document.
	EntityID, Metadata string

	t    testing.TB
	key  *rsa.PrivateKey
	cert []byte
}

// New makes a provider with a new key.
func New(t testing.TB, entityID string) *Provider {
	t.Helper()
	p := &Provider{EntityID: entityID, t: t}
	var err error
	if p.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "idp"}, NotBefore: time.Unix(1600000000, 0), NotAfter: time.Unix(1600000100, 0)}
	if p.cert, err = x509.CreateCertificate(rand.Reader, template, template, p.key.Public(), p.key); err != nil {
		t.Fatal(err)
	}
	p.Metadata = fmt.Sprintf(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID=%q><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>%s</X509Certificate></X509Data></KeyInfo></KeyDescriptor>
<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/sso"/></IDPSSODescriptor></EntityDescriptor>`,
		entityID, base64.StdEncoding.EncodeToString(p.cert))
	return p
}

// GetKeyPair implements dsig.X509KeyStore.
func (p *Provider) GetKeyPair() (*rsa.PrivateKey, []byte, error) { return p.key, p.cert, nil }

// Assertion is what a response is to say.
type Assertion struct {
	Issuer, Subject, Audience, Recipient string
	IssuedAt, NotOnOrAfter               time.Time
	Attributes                           map[string][]string
	// SignResponse signs the response instead of the assertion, Unsigned
	// neither.
	SignResponse, Unsigned bool
	// EncryptFor encrypts the assertion for the holder of a certificate (DER).
	EncryptFor []byte
	// Change edits the response's text after it was signed.
	Change func(string) string
}

// Respond returns a base64 response.
func (p *Provider) Respond(a Assertion) string {
	p.t.Helper()
	at := func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
	var attributes strings.Builder
	for name, values := range a.Attributes {
		fmt.Fprintf(&attributes, `<saml:Attribute Name=%q>`, name)
		for _, v := range values {
			fmt.Fprintf(&attributes, `<saml:AttributeValue>%s</saml:AttributeValue>`, html.EscapeString(v))
		}
		attributes.WriteString(`</saml:Attribute>`)
	}
	assertion := p.parse(fmt.Sprintf(`<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a" Version="2.0" IssueInstant=%q><saml:Issuer>%s</saml:Issuer>
<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">%s</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter=%q Recipient=%q/></saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore=%q NotOnOrAfter=%q><saml:AudienceRestriction><saml:Audience>%s</saml:Audience></saml:AudienceRestriction></saml:Conditions>
<saml:AuthnStatement AuthnInstant=%q><saml:AuthnContext/></saml:AuthnStatement><saml:AttributeStatement>%s</saml:AttributeStatement></saml:Assertion>`,
		at(a.IssuedAt), a.Issuer, a.Subject, at(a.NotOnOrAfter), a.Recipient, at(a.IssuedAt), at(a.NotOnOrAfter), a.Audience, at(a.IssuedAt), attributes.String()))
	response := p.parse(fmt.Sprintf(`<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r" Version="2.0" IssueInstant=%q><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status></samlp:Response>`, at(a.IssuedAt)))
	if !a.Unsigned && !a.SignResponse {
		assertion = p.sign(assertion)
	}
	if a.EncryptFor != nil {
		assertion = p.encrypt(assertion, a.EncryptFor)
	}
	response.AddChild(assertion)
	if a.SignResponse {
		response = p.sign(response)
	}
	doc := etree.NewDocument()
	doc.SetRoot(response)
	text, err := doc.WriteToString()
	if err != nil {
		p.t.Fatal(err)
	}
	if a.Change != nil {
		text = a.Change(text)
	}
	return base64.StdEncoding.EncodeToString([]byte(text))
}

func (p *Provider) parse(text string) *etree.Element {
	p.t.Helper()
	doc := etree.NewDocument()
	if err := doc.ReadFromString(text); err != nil {
		p.t.Fatal(err)
	}
	return doc.Root()
}

func (p *Provider) sign(e *etree.Element) *etree.Element {
	p.t.Helper()
	ctx := dsig.NewDefaultSigningContext(p)
	ctx.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	signed, err := ctx.SignEnveloped(e)
	if err != nil {
		p.t.Fatal(err)
	}
	return signed
}

func (p *Provider) encrypt(assertion *etree.Element, certificate []byte) *etree.Element {
	p.t.Helper()
	doc := etree.NewDocument()
	doc.SetRoot(assertion)
	plain, err := doc.WriteToBytes()
	if err != nil {
		p.t.Fatal(err)
	}
	e := xmlenc.OAEP()
	e.BlockCipher, e.DigestMethod = xmlenc.AES256CBC, &xmlenc.SHA256
	cert, err := x509.ParseCertificate(certificate)
	if err != nil {
		p.t.Fatal(err)
	}
	data, err := e.Encrypt(cert, plain, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	out := etree.NewElement("saml:EncryptedAssertion")
	out.CreateAttr("xmlns:saml", "urn:oasis:names:tc:SAML:2.0:assertion")
	out.AddChild(data)
	return out
}

// Recipient makes a key that assertions can be encrypted for: its private key
// in PEM and its certificate in DER.
func Recipient(t testing.TB) (privateKey string, certificate []byte) {
	t.Helper()
	p := New(t, "recipient")
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), p.cert
}
