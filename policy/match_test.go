package policy

import (
	"strings"
	"testing"
	"time"
)

func allowed(t *testing.T, document, action, resource string, ctx Context) bool {
	t.Helper()
	p, err := Parse(document)
	if err != nil {
		t.Fatal(err)
	}
	return Evaluate(&Request{Action: action, Resource: resource, Principal: joe, Context: ctx}, &Inputs{Identity: []*Policy{p}}).Allowed
}

func TestActions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		element, action string
		want            bool
	}{
		{`"Action":"*"`, "sqs:SendMessage", true},
		{`"Action":"sqs:*"`, "sqs:SendMessage", true},
		{`"Action":"SQS:sendMESSAGE"`, "sqs:SendMessage", true},
		{`"Action":"sqs:Send*"`, "SQS:SENDMESSAGE", true},
		{`"Action":"sqs:*Message"`, "sqs:SendMessage", true},
		{`"Action":"sqs:S?nd*e"`, "sqs:SendMessage", true},
		{`"Action":"sqs:Send"`, "sqs:SendMessage", false},
		{`"Action":"sqs:SendMessage?"`, "sqs:SendMessage", false},
		{`"Action":"sns:*"`, "sqs:SendMessage", false},
		{`"Action":"s*:SendMessage"`, "sqs:SendMessage", false},
		{`"Action":"*:SendMessage"`, "sqs:SendMessage", true},
		{`"Action":"sqs: SendMessage"`, "sqs: SendMessage", false},
		{`"Action":"sqs:${x}"`, "sqs:y", false},
		{`"Action":["sns:*","sqs:SendMessage"]`, "sqs:SendMessage", true},
		{`"NotAction":"sns:*"`, "sqs:SendMessage", true},
		{`"NotAction":["sns:*","sqs:*"]`, "sqs:SendMessage", false},
		{`"NotAction":"*"`, "sqs:SendMessage", false},
	}
	for _, tt := range tests {
		if got := allowed(t, doc(`{"Effect":"Allow","Resource":"*",`+tt.element+`}`), tt.action, "*", Context{}); got != tt.want {
			t.Errorf("%s for %s: got %v", tt.element, tt.action, got)
		}
	}
}

func TestResources(t *testing.T) {
	t.Parallel()
	ctx := keys(map[string]any{"aws:username": "joe", "star": "*", "list": []string{"a"}})
	const object = "arn:aws:s3:::b/home/joe/x:y"
	tests := []struct {
		element, resource string
		want              bool
	}{
		{`"Resource":"*"`, object, true},
		{`"Resource":"*"`, "*", true},
		{`"Resource":"arn:aws:s3:::*"`, "*", false},
		{`"Resource":"arn:aws:s3:::b/home/joe/x:y"`, object, true},
		{`"Resource":"arn:aws:s3:::B/home/joe/x:y"`, object, false},
		{`"Resource":"arn:aws:s3:::b/*"`, object, true},
		{`"Resource":"arn:aws:s3:::b/*y"`, object, true},
		{`"Resource":"arn:aws:s3:::b/*/x?y"`, object, true},
		{`"Resource":"arn:aws:s3:::b/home"`, object, false},
		{`"Resource":"arn:aws:s3:::*"`, object, true},
		{`"Resource":"arn:aws:s3"`, object, true},
		{`"Resource":"arn:aws:sqs"`, object, false},
		{`"Resource":"arn:aws:s3:*:*:b/*"`, object, true},
		{`"Resource":"arn:*:s3:::b/*"`, object, true},
		{`"Resource":"arn:aws:*:::b/*"`, object, false},
		{`"Resource":"arn:aws:s3:*"`, object, true},
		{`"Resource":"arn:aws:sqs:*:q"`, "arn:aws:sqs:eu:1:q", false},
		{`"Resource":"arn:aws:s3:::b/home/${aws:username}/*"`, object, true},
		{`"Resource":"arn:aws:s3:::b/home/${aws:UserName}/*"`, object, true},
		{`"Resource":"arn:aws:s3:::b/home/${star}/*"`, object, false},
		{`"Resource":"arn:aws:s3:::b/home/${list}/*"`, "arn:aws:s3:::b/home/a/x", false},
		{`"Resource":"arn:aws:s3:::b/home/${absent}/*"`, object, false},
		{`"Resource":"arn:aws:s3:::b/home/${absent, 'joe'}/*"`, object, true},
		{`"Resource":"arn:aws:s3:::b/${*}"`, object, false},
		{`"Resource":"arn:aws:s3:::b/${*}"`, "arn:aws:s3:::b/*", true},
		{`"Resource":"arn:aws:s3::${aws:username}:b"`, "arn:aws:s3::joe:b", false},
		{`"Resource":["arn:aws:sqs:::q","arn:aws:s3:::b/*"]`, object, true},
		{`"NotResource":"arn:aws:sqs:::*"`, object, true},
		{`"NotResource":"arn:aws:s3:::b/*"`, object, false},
		{`"NotResource":["arn:aws:sqs:::*","arn:aws:s3:::*"]`, object, false},
		{`"NotResource":"arn:aws:s3:::b/*"`, "*", true},
		{`"NotResource":"*"`, object, false},
		{`"NotResource":"arn:aws:s3:::b/home/${absent}/*"`, object, true},
	}
	for _, tt := range tests {
		if got := allowed(t, doc(`{"Effect":"Allow","Action":"*",`+tt.element+`}`), "s3:GetObject", tt.resource, ctx); got != tt.want {
			t.Errorf("%s for %s: got %v", tt.element, tt.resource, got)
		}
	}
	if allowed(t, doc(`{"Effect":"Allow","Action":"*"}`), "s3:GetObject", object, ctx) {
		t.Error("an identity policy without Resource allows")
	}
}

// A pattern made to make backtracking matchers explode.
func TestMatchingTimeIsBounded(t *testing.T) {
	t.Parallel()
	hostile := strings.Repeat("*a", 200) + "b"
	subject := strings.Repeat("a", 20_000)
	for _, opts := range []patternOptions{{wildcards: true}, {wildcards: true, fold: true}} {
		p := compilePattern(hostile, opts)
		start := time.Now()
		if p.match(subject, &evaluation{}) {
			t.Error("matched")
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("took %v", took)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, document := range []string{
		``, `null`, `[]`, `{}`, `{"Statement":[]}`, `{"Statement":7}`, `{"Statement":[7]}`, `{"Version":"x","Statement":{` + good + `}}`,
		`{"Version":"2012-10-17","Statement":{` + good + `},"X":1}`,
		doc(`{"Action":"a:b"}`), doc(`{"Effect":"Allow"}`), doc(`{"Effect":"deny","Action":"a:b"}`),
		doc(`{"Effect":"Allow","Action":[]}`), doc(`{"Effect":"Allow","Action":"a:b","NotAction":"c:d"}`),
		doc(with(`"Resource":"*","NotResource":"*"`)), doc(with(`"Resource":7`)), doc(with(`"Sid":7`)), doc(with(`"X":7`)),
		doc(with(`"Principal":"me"`)), doc(with(`"Principal":{}`)), doc(with(`"Principal":{"Robot":"x"}`)), doc(with(`"Principal":{"AWS":7}`)),
		doc(with(`"Principal":"*","NotPrincipal":"*"`)),
		condition1(`{"Unheard":{"k":"v"}}`), condition1(`{"StringEquals":{"k":{}}}`), condition1(`{"StringEquals":7}`), condition1(`7`),
		`{"Statement":{` + good + `},"Statement":{` + good + `}}`,
		"{\"Statement\":{" + good + ",\"Sid\":\"a\nb\"}}",
		`{"Statement":{` + good + `,"Sid":"\x"}}`, `{"Statement":{` + good + `,}}`, `{"Statement":[{` + good + `},]}`, `{"Statement":[{` + good + `}`,
		`{"Statement" {` + good + `}}`, `{"Statement":tru}`, `{Statement:1}`, `{"a`, `{"a":"\`,
	} {
		if p, err := Parse(document); err == nil {
			t.Errorf("%s: parsed as %v", document, p)
		}
	}
}

func TestPositions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		document   string
		statement  int
		start, end Position
	}{
		{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`, 0, Position{1, 38}, Position{1, 83}},
		{`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}`, 0, Position{1, 41}, Position{1, 91}},
		{"{\"Statement\": [\n  {\"Effect\":\"Allow\",\"Action\":\"*\",\n   \"Resource\":\"*\"},\n  {\"Sid\":\"é\",\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}]}", 0, Position{2, 3}, Position{3, 19}},
		{"{\"Statement\": [\n  {\"Effect\":\"Allow\",\"Action\":\"*\",\n   \"Resource\":\"*\"},\n  {\"Sid\":\"é\",\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}]}", 1, Position{4, 3}, Position{4, 58}},
	}
	for _, tt := range tests {
		s := MustParse(tt.document).Statement(tt.statement)
		if s.Start() != tt.start || s.End() != tt.end {
			t.Errorf("%s: statement %d from %v to %v, want %v to %v", tt.document, tt.statement, s.Start(), s.End(), tt.start, tt.end)
		}
	}
}

func TestAccessors(t *testing.T) {
	t.Parallel()
	p := MustParse(`{"Version":"2012-10-17","Id":"mine","Statement":[
		{"Sid":"one","Effect":"Allow","Principal":{"AWS":"123456789012","Service":["a.amazonaws.com"]},"Action":"s3:Get*",
		 "Resource":"arn:aws:s3:::${aws:username}/${aws:PrincipalTag/Team, 'x'}","Condition":{"StringLike":{"s3:prefix":"${AWS:username}","aws:SourceIp":"1"}}},
		{"Effect":"Deny","NotPrincipal":"*","NotAction":"sqs:*","Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:x:y:z:${custom:key}"}}}]}`)
	if p.Version() != Version2012 || p.ID() != "mine" || p.Len() != 2 {
		t.Errorf("version %s, id %s, %d statements", p.Version(), p.ID(), p.Len())
	}
	if one, two := p.Statement(0), p.Statement(1); one.Sid() != "one" || !one.IsAllow() || two.Sid() != "" || two.IsAllow() {
		t.Error("statements are mixed up")
	}
	if got, want := strings.Join(p.ContextKeys(), " "), "aws:username aws:PrincipalTag/Team s3:prefix aws:SourceIp aws:SourceArn custom:key"; got != want {
		t.Errorf("context keys %s, want %s", got, want)
	}
	want := []PrincipalElement{{"AWS", "123456789012", false}, {"Service", "a.amazonaws.com", false}, {"*", "*", true}}
	for i, got := range p.Principals() {
		if got != want[i] {
			t.Errorf("principal %d is %v, want %v", i, got, want[i])
		}
	}
	if !p.GrantsService("S3") || p.GrantsService("sqs") {
		t.Error("GrantsService")
	}
	for element, grants := range map[string]bool{`"Action":"*"`: true, `"NotAction":"s3:*"`: false, `"NotAction":"s3:Get*"`: true, `"NotAction":"*"`: false, `"Action":"s3x:*"`: false} {
		if got := MustParse(doc(`{"Effect":"Allow","Resource":"*",` + element + `}`)).GrantsService("s3"); got != grants {
			t.Errorf("%s grants s3: %v", element, got)
		}
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	var c Context
	c.Set("aws:UserName", "x")
	c.SetList("aws:TagKeys", "a", "b")
	other := c.Clone()
	other.Delete("AWS:USERNAME")
	if v, ok := c.Get("aws:username"); !ok || v.IsMulti() || v.Strings()[0] != "x" || c.Len() != 2 {
		t.Errorf("%v %v", v, ok)
	}
	if _, ok := other.Get("aws:username"); ok || other.Len() != 1 {
		t.Error("not deleted")
	}
	var order []string
	for k, v := range c.All() {
		order = append(order, k+"="+strings.Join(v.Strings(), ","))
	}
	if got := strings.Join(order, " "); got != "aws:tagkeys=a,b aws:username=x" {
		t.Error(got)
	}
}
