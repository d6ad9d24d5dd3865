package policy

import (
	"encoding/json"
	"path"
	"strings"
	"testing"
)

// The benchmark's policy: a role with forty statements, of which the last but one grants.
func benchDocument() string {
	statements := []string{`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`}
	for _, service := range strings.Fields("sns sqs dynamodb kms logs ec2 lambda events states ssm ecr rds iam sts athena glue xray waf ses ecs eks") {
		statements = append(statements, `{"Effect":"Allow","Action":["`+service+`:Get*","`+service+`:List*","`+service+`:Describe*"],"Resource":"arn:aws:`+service+`:*:123456789012:app/*"}`)
		statements = append(statements, `{"Effect":"Deny","Action":"`+service+`:Delete*","Resource":"*"}`)
	}
	return doc(append(statements,
		`{"Effect":"Allow","Action":"s3:*Object","Resource":"arn:aws:s3:::data/${aws:username}/*","Condition":{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","192.168.0.0/16"]},"StringEquals":{"aws:PrincipalTag/team":"blue"}}}`,
		`{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::data"}`)...)
}

func benchRequest() *Request {
	r := &Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::data/joe/2026/report.csv", Principal: joe}
	joe.SetContext(&r.Context)
	r.Context.Set("aws:SecureTransport", "true")
	r.Context.Set("aws:SourceIp", "10.20.30.40")
	r.Context.Set("aws:PrincipalTag/team", "blue")
	return r
}

func BenchmarkEvaluate(b *testing.B) {
	in := &Inputs{Identity: []*Policy{MustParse(benchDocument())}}
	req := benchRequest()
	b.ReportAllocs()
	for b.Loop() {
		if !Evaluate(req, in).Allowed {
			b.Fatal("denied")
		}
	}
}

func BenchmarkEvaluateEverything(b *testing.B) {
	p := MustParse(benchDocument())
	in := &Inputs{Identity: []*Policy{p}, Boundary: p, Session: []*Policy{p}, SCPs: [][]*Policy{{p}, {p}},
		Resource: resource("Allow", `{"AWS":["`+account+`","`+roleARN+`"]}`)}
	req := benchRequest()
	b.ReportAllocs()
	for b.Loop() {
		if !Evaluate(req, in).Allowed {
			b.Fatal("denied")
		}
	}
}

func BenchmarkParse(b *testing.B) {
	document := benchDocument()
	b.SetBytes(int64(len(document)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(document); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkExplain(b *testing.B) {
	in := &Inputs{Identity: []*Policy{MustParse(benchDocument())}}
	req := benchRequest()
	b.ReportAllocs()
	for b.Loop() {
		Explain(req, in)
	}
}

// BenchmarkNaive is the yardstick: the document is decoded for every decision, as an interpreter does that keeps no
// compiled form. It knows just enough of the language for the benchmark's policy.
func BenchmarkNaive(b *testing.B) {
	document, req := benchDocument(), benchRequest()
	b.ReportAllocs()
	for b.Loop() {
		if !naive(document, req) {
			b.Fatal("denied")
		}
	}
}

func naive(document string, req *Request) bool {
	var p struct{ Statement []map[string]any }
	if json.Unmarshal([]byte(document), &p) != nil {
		return false
	}
	allow := false
	for _, s := range p.Statement {
		if !naiveMatch(s, req) {
			continue
		}
		if s["Effect"] == "Deny" {
			return false
		}
		allow = true
	}
	return allow
}

func naiveMatch(s map[string]any, req *Request) bool {
	covers := func(v any, value string) bool {
		for _, pattern := range naiveList(v) {
			pattern = strings.ReplaceAll(pattern, "${aws:username}", "joe")
			pattern, value := strings.ReplaceAll(pattern, "/", ":"), strings.ReplaceAll(value, "/", ":")
			if ok, _ := path.Match(strings.ToLower(pattern), strings.ToLower(value)); ok {
				return true
			}
		}
		return false
	}
	if !covers(s["Action"], req.Action) || !covers(s["Resource"], req.Resource) {
		return false
	}
	conditions, _ := s["Condition"].(map[string]any)
	for operator, keys := range conditions {
		for key, values := range keys.(map[string]any) {
			have, _ := req.Context.Get(key)
			matched := operator == "IpAddress" && strings.HasPrefix(have.Strings()[0], "10.") || covers(values, have.Strings()[0])
			if !matched {
				return false
			}
		}
	}
	return true
}

func naiveList(v any) []string {
	if s, ok := v.(string); ok {
		return []string{s}
	}
	var out []string
	for _, item := range v.([]any) {
		out = append(out, item.(string))
	}
	return out
}

// Deciding must not allocate, whatever it comes across.
func TestEvaluateDoesNotAllocate(t *testing.T) {
	p := MustParse(doc(
		`{"Effect":"Deny","Action":"s3:Get*","Resource":"arn:aws:s3:::data/${aws:username}x?/*","Condition":{
			"StringLike":{"aws:username":"*x?"},"StringEqualsIgnoreCase":{"aws:username":"J${aws:username}"},
			"NumericLessThan":{"n":"1.5"},"DateLessThan":{"d":"2026-01-01"},"IpAddress":{"ip":"10.0.0.0/8"},
			"ArnLike":{"arn":"arn:aws:s3:::*"},"ForAnyValue:StringEquals":{"list":"c"},"Bool":{"b":"true"},"BinaryEquals":{"bin":"aGk="},"Null":{"x":"true"}}}`,
		`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericGreaterThan":{"n":"1.5"},"DateGreaterThan":{"d":"2026-01-01"},
			"IpAddress":{"ip":"10.0.0.0/8"},"ArnLike":{"arn":"arn:aws:s3:::*"},"ForAnyValue:StringEquals":{"list":["a","c"]}}}`))
	req := benchRequest()
	for key, value := range map[string]string{"n": "2.5", "d": "2026-05-05T05:05:05Z", "ip": "10.1.1.1", "arn": "arn:aws:s3:::b", "b": "true", "bin": "aGk="} {
		req.Context.Set(key, value)
	}
	req.Context.SetList("list", "b", "c")
	in := &Inputs{Identity: []*Policy{p}, Boundary: p, Session: []*Policy{p}, SCPs: [][]*Policy{{p}}, Resource: resource("Allow", aws(roleARN))}
	if !Evaluate(req, in).Allowed {
		t.Fatal("denied")
	}
	if n := testing.AllocsPerRun(100, func() { Evaluate(req, in); EvaluateTrust(req, in) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
