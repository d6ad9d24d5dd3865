package policy

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// generator draws policies and requests from a vocabulary so small that they meet often.
type generator struct {
	draw func(label string, from ...string) string
}

func newGenerator(t *rapid.T) generator {
	return generator{func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }}
}

func (g generator) statement(principal bool) string {
	s := fmt.Sprintf(`"Effect":%q,%q:[%s],%q:[%s]`, g.draw("effect", "Allow", "Allow", "Deny"),
		g.draw("not", "Action", "Action", "NotAction"), g.action(),
		g.draw("not", "Resource", "Resource", "NotResource"), g.draw("resource", `"*"`, `"arn:aws:sqs:*:*:q"`, `"arn:aws:sqs:*:*:${aws:username}"`, `"arn:aws:sqs:*:*:q","arn:aws:sns:*:*:t*"`))
	if c := g.condition(); c != "" {
		s += `,"Condition":{` + c + `}`
	}
	if principal {
		s += fmt.Sprintf(`,%q:%s`, g.draw("not", "Principal", "Principal", "NotPrincipal"),
			g.draw("principal", `"*"`, aws(account), aws(joe.ARN), aws(roleARN), aws(sessionARN), `{"Service":"lambda.amazonaws.com"}`))
	}
	return "{" + s + "}"
}

func (g generator) action() string {
	return g.draw("action", `"*"`, `"sqs:*"`, `"sqs:Send*"`, `"SQS:sendmessage"`, `"sns:Publish"`, `"sns:P?blish","sqs:Receive*"`)
}

func (g generator) condition() string {
	return g.draw("condition", ``, ``, `"StringEquals":{"k":["a","b"]}`, `"StringNotEquals":{"k":"a"}`, `"StringLike":{"k":"${aws:username}*"}`,
		`"Null":{"k":"true"}`, `"ForAllValues:StringEquals":{"l":["a","b"]}`, `"ForAnyValue:StringNotLike":{"l":"a*"}`,
		`"NumericLessThanIfExists":{"n":"5"}`, `"Bool":{"b":"true"},"IpAddress":{"ip":"10.0.0.0/8"}`, `"DateGreaterThan":{"d":"2026-01-01"}`,
		`"ArnLike":{"arn":"arn:aws:sns:*:*:t*"}`)
}

func (g generator) request(t *rapid.T) *Request {
	who := rapid.SampledFrom([]Principal{joe, worker, fed, root, lambda, nobody}).Draw(t, "who")
	r := &Request{Action: g.draw("action", "sqs:SendMessage", "sqs:ReceiveMessage", "sns:Publish"), Resource: g.draw("resource", "*", queue, elsewhere, "arn:aws:sns:eu-west-1:123456789012:topic", "arn:aws:sqs:::joe"), Principal: who}
	who.SetContext(&r.Context)
	for key, values := range map[string][]string{"k": {"", "a", "b", "joe1"}, "n": {"", "3", "7", "x"}, "b": {"", "true", "false"}, "ip": {"", "10.1.2.3", "11.1.1.1"}, "d": {"", "2026-06-01", "1000"}, "arn": {"", "arn:aws:sns:a:b:topic"}} {
		if v := g.draw(key, values...); v != "" {
			r.Context.Set(key, v)
		}
	}
	if l := g.draw("l", "-", "", "a", "a b", "c"); l != "-" {
		r.Context.SetList("l", strings.Fields(l)...)
	}
	return r
}

func (g generator) statements(t *rapid.T, principal bool) []string {
	n := rapid.IntRange(1, 4).Draw(t, "statements")
	out := make([]string, n)
	for i := range out {
		out[i] = g.statement(principal)
	}
	return out
}

func (g generator) policy(t *rapid.T, principal bool) *Policy {
	return MustParse(doc(g.statements(t, principal)...))
}

func (g generator) inputs(t *rapid.T) *Inputs {
	in := &Inputs{Identity: []*Policy{g.policy(t, false)}}
	if rapid.Bool().Draw(t, "more") {
		in.Identity = append(in.Identity, g.policy(t, false))
	}
	if rapid.Bool().Draw(t, "resource policy") {
		in.Resource = g.policy(t, true)
	}
	if rapid.Bool().Draw(t, "boundary") {
		in.Boundary = g.policy(t, false)
	}
	if rapid.Bool().Draw(t, "session") {
		in.Session = []*Policy{g.policy(t, false)}
	}
	if rapid.Bool().Draw(t, "scope") {
		in.ScopeDown = []*Policy{g.policy(t, false), g.policy(t, false)}
	}
	if rapid.Bool().Draw(t, "scp") {
		in.SCPs = [][]*Policy{{g.policy(t, false)}, {g.policy(t, false)}}
	}
	return in
}

func outcome(d Decision) string { return fmt.Sprint(d.Allowed, d.ExplicitDeny, d.Type) }

// Adding a Deny statement to any policy never turns a denial into an allow, nor an explicit deny into anything else.
func TestPropertyDenyOnlyTakesAway(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := newGenerator(t)
		req, in := g.request(t), g.inputs(t)
		before := Evaluate(req, in)
		deny := strings.Replace(g.statement(false), `"Allow"`, `"Deny"`, 1)
		denyAnyone := deny[:len(deny)-1]
		if !strings.Contains(deny, "Principal") {
			denyAnyone += `,"Principal":"*"`
		}
		extra := MustParse(doc(deny))
		with := *in
		switch g.draw("where", "identity", "scp", "resource", "session") {
		case "identity":
			with.Identity = append([]*Policy{extra}, in.Identity...)
		case "scp":
			if in.SCPs != nil {
				with.SCPs = [][]*Policy{in.SCPs[0], append([]*Policy{extra}, in.SCPs[1]...)}
			}
		case "resource":
			if in.Resource == nil {
				with.Resource = MustParse(doc(denyAnyone + "}"))
			}
		case "session":
			with.Session = append([]*Policy{extra}, in.Session...)
		}
		after := Evaluate(req, &with)
		if after.Allowed && !before.Allowed || before.ExplicitDeny && !after.ExplicitDeny {
			t.Fatalf("%+v became %+v", before, after)
		}
	})
}

// The order of statements and the cut into policies do not matter.
func TestPropertyOrderAndCutDoNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := newGenerator(t)
		req, in := g.request(t), g.inputs(t)
		statements := g.statements(t, false)
		shuffled := rapid.Permutation(statements).Draw(t, "order")
		one, other, split := *in, *in, *in
		one.Identity = []*Policy{MustParse(doc(statements...))}
		other.Identity = []*Policy{MustParse(doc(shuffled...))}
		split.Identity = nil
		for _, s := range shuffled {
			split.Identity = append(split.Identity, MustParse(doc(s)))
		}
		want := outcome(Evaluate(req, &one))
		if got := outcome(Evaluate(req, &other)); got != want {
			t.Fatalf("in another order %s, not %s", got, want)
		}
		if got := outcome(Evaluate(req, &split)); got != want {
			t.Fatalf("in policies of their own %s, not %s", got, want)
		}
		if got := outcome(Explain(req, &one).Decision); got != want {
			t.Fatalf("explained %s, not %s", got, want)
		}
	})
}

// Allow * with Deny X denies X and nothing else.
func TestPropertyAllowAllButOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := newGenerator(t)
		req := g.request(t)
		req.Principal = joe
		req.Resource = queue
		deny := g.action()
		alone := Evaluate(req, &Inputs{Identity: []*Policy{MustParse(doc(`{"Effect":"Allow","Resource":"*","Action":[` + deny + `]}`))}})
		both := MustParse(doc(`{"Effect":"Allow","Action":"*","Resource":"*"}`, `{"Effect":"Deny","Resource":"*","Action":[`+deny+`]}`))
		d := Evaluate(req, &Inputs{Identity: []*Policy{both}})
		if d.Allowed == alone.Allowed || d.ExplicitDeny != alone.Allowed {
			t.Fatalf("denying %s: %+v", deny, d)
		}
	})
}

// A boundary, session policy or SCP never grants what is denied without it, for callers that identity policies serve.
func TestPropertyLimitsOnlyTakeAway(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := newGenerator(t)
		req, in := g.request(t), g.inputs(t)
		bare := *in
		bare.Boundary, bare.Session, bare.SCPs, bare.ScopeDown = nil, nil, nil, nil
		if Evaluate(req, in).Allowed && !Evaluate(req, &bare).Allowed {
			t.Fatal("limits granted")
		}
	})
}

// A session that is scoped down may do what it could before and each policy allows, and nothing else.
func TestPropertyScopesIntersect(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := newGenerator(t)
		req, in := g.request(t), g.inputs(t)
		bare := *in
		bare.ScopeDown = nil
		want := Evaluate(req, &bare).Allowed
		for _, p := range in.ScopeDown {
			want = want && Evaluate(&Request{Action: req.Action, Resource: req.Resource, Principal: joe, Context: req.Context},
				&Inputs{Identity: []*Policy{p}, ResourceAccount: account}).Allowed
		}
		if got := Evaluate(req, in).Allowed; got != want {
			t.Fatalf("allowed %v, not %v", got, want)
		}
	})
}

// Matching agrees with the obvious recursive definition.
func TestPropertyWildcards(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.StringOfN(rapid.SampledFrom([]rune("aé*?")), 0, 8, -1).Draw(t, "pattern")
		s := rapid.StringOfN(rapid.SampledFrom([]rune("aéb")), 0, 10, -1).Draw(t, "subject")
		compiled := compilePattern(p, patternOptions{wildcards: true})
		if got, want := compiled.match(s, &evaluation{}), like([]rune(p), []rune(s)); got != want {
			t.Fatalf("%q on %q: %v", p, s, got)
		}
		folded := compilePattern(strings.ToUpper(p), patternOptions{wildcards: true, fold: true})
		if got, want := folded.match(s, &evaluation{}), like([]rune(p), []rune(s)); got != want {
			t.Fatalf("%q on %q without case: %v", p, s, got)
		}
	})
}

func like(p, s []rune) bool {
	switch {
	case len(p) == 0:
		return len(s) == 0
	case p[0] == '*':
		return like(p[1:], s) || len(s) > 0 && like(p, s[1:])
	}
	return len(s) > 0 && (p[0] == '?' || p[0] == s[0]) && like(p[1:], s[1:])
}
