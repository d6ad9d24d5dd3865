package policy

import "testing"

func TestSmoke(t *testing.T) {
	p := MustParse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/${aws:username}/*","Condition":{"Bool":{"aws:SecureTransport":true}}}}`)
	if got := p.Statement(0).Start(); got != (Position{1, 38}) {
		t.Error(got)
	}
	r := &Request{Action: "S3:getObject", Resource: "arn:aws:s3:::b/joe/x/y"}
	r.Principal = Principal{Kind: User, ARN: "arn:aws:iam::123456789012:user/joe", Account: "123456789012"}
	r.Principal.SetContext(&r.Context)
	r.Context.Set("aws:SecureTransport", "true")
	in := &Inputs{Identity: []*Policy{p}}
	if d := Evaluate(r, in); !d.Allowed {
		t.Error(d)
	}
	r.Resource = "arn:aws:s3:::b/jim/x"
	d := Evaluate(r, in)
	t.Log(DenialMessage(r.Principal.ARN, r.Action, r.Resource, d), Explain(r, in))
	if n := testing.AllocsPerRun(100, func() { Evaluate(r, in) }); n != 0 {
		t.Error(n)
	}
}
