package policy

import (
	"encoding/json"
	"testing"
)

// FuzzDocument feeds one text to everything that reads documents. What validation accepts must parse, what parses must
// be JSON and evaluate without a panic.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `[`, doc(`{` + good + `}`), condition1(`{"ForAnyValue:StringLike":{"k":["a*","${j, 'x'}"]},"DateLessThan":{"d":"2026-01-01T00:00:00Z"}}`),
		condition1(`{"IpAddress":{"ip":"10.0.0.0/8"},"ArnLike":{"a":"arn:aws:x:*:*:${k}"},"Null":{"z":true},"NumericEquals":{"n":1e3}}`),
		doc(`{"Effect":"Deny","NotPrincipal":{"AWS":["*","123456789012"]},"NotAction":"a:b*","NotResource":"arn:aws:s3:::${*}${aws:username}?"}`),
		`{"Statement":{"Effect":"Allow","Principal":{"Federated":"cognito-identity.amazonaws.com"},"Action":"sts:AssumeRoleWithWebIdentity"}}`,
		"{\"Statement\":\"\\ud800\"}",
	} {
		f.Add(seed)
	}
	ctx := keys(map[string]any{"k": []string{"a", "b"}, "d": "2026-01-01", "ip": "::1", "a": "arn:aws:x:y:z:w", "n": "2", "aws:username": "${*}"})
	f.Fuzz(func(t *testing.T, document string) {
		p, err := Parse(document)
		for _, valid := range []error{ValidateIdentity(document), ValidateTrust(document), ValidateResource(document)} {
			if valid == nil && err != nil {
				t.Fatalf("valid, but: %v", err)
			}
		}
		if _, err := RewritePrincipals(document, func(PrincipalElement) (string, bool) { return "x", true }); err == nil && !json.Valid([]byte(document)) {
			t.Fatal("rewrote what is not JSON")
		}
		if Size(document) < 0 || err != nil {
			return
		}
		if !json.Valid([]byte(document)) {
			t.Fatal("parsed what is not JSON")
		}
		for _, who := range []Principal{joe, worker, nobody, webSubject} {
			req := &Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::b/o", Principal: who, Context: ctx}
			in := &Inputs{Identity: []*Policy{p}, Resource: p, Boundary: p, Session: []*Policy{p}, SCPs: [][]*Policy{{p}}}
			if Evaluate(req, in) != Explain(req, in).Decision || EvaluateTrust(req, in) != ExplainTrust(req, in).Decision {
				t.Fatal("explained otherwise than decided")
			}
		}
	})
}

// FuzzDate reads dates of any sort.
func FuzzDate(f *testing.F) {
	for _, seed := range []string{"", "1", "2026-01-02T03:04:05.6+07:08", "-5T", "t", "01T", "9223372036854775807", "2026-1-1T1:1:1z"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, ok := parseDate(s); ok && d.compare(d) != 0 {
			t.Fatal("a date differs from itself")
		}
	})
}
