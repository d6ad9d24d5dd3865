// Package policydiff compares package policy with an independent implementation of the same language, the npm package
// @cloud-copilot/iam-simulate, on random policies and requests. `npm ci` in this directory installs it.
package policydiff

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/poolhouse-id/poolhouse/policy"
)

const account = "123456789012"

// caller is a principal in both notations.
type caller struct {
	policy.Principal
}

var callers = []caller{
	{policy.Principal{Kind: policy.User, ARN: "arn:aws:iam::" + account + ":user/joe", Account: account, UserID: "AIDAJOE"}},
	{policy.Principal{Kind: policy.RoleSession, ARN: "arn:aws:sts::" + account + ":assumed-role/worker/one", IssuerARN: "arn:aws:iam::" + account + ":role/worker", Account: account, UserID: "AROAWORKER:one"}},
	{policy.Principal{Kind: policy.FederatedUser, ARN: "arn:aws:sts::" + account + ":federated-user/bob", IssuerARN: "arn:aws:iam::" + account + ":user/bob", Account: account, UserID: account + ":bob"}},
	{policy.Principal{Kind: policy.Service, Service: "lambda.amazonaws.com"}},
}

func (c caller) text() string {
	if c.Kind == policy.Service {
		return c.Service
	}
	return c.ARN
}

// testCase is one question, independent of who answers it.
type testCase struct {
	who             caller
	action          string
	resource        string
	resourceAccount string
	context         map[string]any // string or []string
	identity        []string       // documents
	boundary        string
	session         string
	resourcePolicy  string
	scps            [][]string
}

// question is a case as decide.mjs reads it.
type question struct {
	Principal       string              `json:"principal"`
	Action          string              `json:"action"`
	Resource        string              `json:"resource"`
	ResourceAccount string              `json:"resourceAccount"`
	Context         map[string]any      `json:"context"`
	Identity        []json.RawMessage   `json:"identity"`
	Boundary        json.RawMessage     `json:"boundary,omitempty"`
	Session         json.RawMessage     `json:"session,omitempty"`
	ResourcePolicy  json.RawMessage     `json:"resourcePolicy,omitempty"`
	SCPs            [][]json.RawMessage `json:"scps"`
}

func raw(documents []string) []json.RawMessage {
	out := make([]json.RawMessage, len(documents))
	for i, d := range documents {
		out[i] = json.RawMessage(d)
	}
	return out
}

func (c *testCase) theirs() question {
	q := question{
		Principal: c.who.text(), Action: c.action, Resource: c.resource, ResourceAccount: c.resourceAccount, Context: c.context,
		Identity: raw(c.identity), Boundary: json.RawMessage(c.boundary), Session: json.RawMessage(c.session),
		ResourcePolicy: json.RawMessage(c.resourcePolicy), SCPs: [][]json.RawMessage{},
	}
	for _, level := range c.scps {
		q.SCPs = append(q.SCPs, raw(level))
	}
	return q
}

func parseAll(documents []string) []*policy.Policy {
	out := make([]*policy.Policy, len(documents))
	for i, d := range documents {
		out[i] = policy.MustParse(d)
	}
	return out
}

func (c *testCase) ours() string {
	req := &policy.Request{Action: c.action, Resource: c.resource, Principal: c.who.Principal}
	for key, value := range c.context {
		switch v := value.(type) {
		case string:
			req.Context.Set(key, v)
		case []string:
			req.Context.SetList(key, v...)
		}
	}
	in := &policy.Inputs{Identity: parseAll(c.identity), ResourceAccount: c.resourceAccount}
	if c.boundary != "" {
		in.Boundary = policy.MustParse(c.boundary)
	}
	if c.session != "" {
		in.Session = parseAll([]string{c.session})
	}
	if c.resourcePolicy != "" {
		in.Resource = policy.MustParse(c.resourcePolicy)
	}
	for _, level := range c.scps {
		in.SCPs = append(in.SCPs, parseAll(level))
	}
	evaluate := policy.Evaluate
	// The other implementation takes any resource policy of an sts action for a trust policy.
	if strings.HasPrefix(c.action, "sts:") && c.resourcePolicy != "" {
		evaluate = policy.EvaluateTrust
	}
	switch d := evaluate(req, in); {
	case d.Allowed:
		return "Allowed"
	case d.ExplicitDeny:
		return "ExplicitlyDenied"
	}
	return "ImplicitlyDenied"
}

// simulator skips the test without node or the package, loudly, and fails it in CI.
func simulator(t *testing.T) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat("node_modules/@cloud-copilot/iam-simulate")
	}
	if err == nil {
		return node
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("the other policy implementation is missing (npm ci in test/policy-diff): %v", err)
	}
	t.Skipf("SKIPPED: NOT COMPARED with the other policy implementation (npm ci in test/policy-diff): %v", err)
	return ""
}

func ask(t *testing.T, node string, cases []testCase) []string {
	t.Helper()
	var input bytes.Buffer
	encoder := json.NewEncoder(&input)
	for i := range cases {
		if err := encoder.Encode(cases[i].theirs()); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(node, "decide.mjs")
	cmd.Stdin, cmd.Stderr = &input, os.Stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	if len(lines) != len(cases) {
		t.Fatalf("%d answers to %d cases", len(lines), len(cases))
	}
	answers := make([]string, len(lines))
	for i, line := range lines {
		var answer struct{ Result, Error string }
		if err := json.Unmarshal([]byte(line), &answer); err != nil {
			t.Fatal(err)
		}
		answers[i] = answer.Result + answer.Error
	}
	return answers
}

func describe(c *testCase) string {
	text, _ := json.MarshalIndent(c.theirs(), "", "  ")
	return string(text)
}

// TestRandom compares thousands of random cases. What the two are known to see differently, TestDisagreements, is not
// generated here; anything else must agree.
func TestRandom(t *testing.T) {
	node := simulator(t)
	const seed, count = 20261017, 6000
	g := generator{rand.New(rand.NewPCG(seed, 1))}
	cases := make([]testCase, count)
	for i := range cases {
		cases[i] = g.testCase()
	}
	tally := map[string]int{}
	failures := 0
	for i, theirs := range ask(t, node, cases) {
		ours := cases[i].ours()
		tally[ours]++
		if ours != theirs {
			if failures++; failures <= 3 {
				t.Errorf("case %d: ours %s, theirs %s\n%s", i, ours, theirs, describe(&cases[i]))
			}
		}
	}
	if failures > 0 {
		t.Errorf("%d of %d cases disagree", failures, count)
	}
	for _, outcome := range []string{"Allowed", "ImplicitlyDenied", "ExplicitlyDenied"} {
		if tally[outcome] < count/20 {
			t.Errorf("only %d cases are %s: the generator has lost its balance", tally[outcome], outcome)
		}
	}
	t.Logf("%d cases: %v", count, tally)
}

type generator struct{ *rand.Rand }

func (g generator) pick(from ...string) string { return from[g.IntN(len(from))] }

// some returns one or two of the values as a JSON string or list.
func (g generator) some(from ...string) string {
	first, _ := json.Marshal(g.pick(from...))
	if g.IntN(2) == 0 {
		return string(first)
	}
	second, _ := json.Marshal(g.pick(from...))
	return "[" + string(first) + "," + string(second) + "]"
}

func (g generator) statement(principal bool) string {
	s := fmt.Sprintf(`"Effect":%q,%q:%s,%q:%s`,
		g.pick("Allow", "Allow", "Allow", "Deny"),
		g.pick("Action", "Action", "Action", "NotAction"),
		g.some("*", "*", "sqs:*", "sqs:Send*", "SQS:sendmessage", "sqs:?eceive*", "sns:*", "sts:Assume*", "sqs:*e"),
		g.pick("Resource", "Resource", "Resource", "NotResource"),
		g.some("*", "*", "arn:aws:sqs:*:"+account+":*", "arn:aws:sqs:eu-west-1:*:q*", "arn:aws:sqs:eu-*-1:*:q?", "arn:aws:sns:*:*:*",
			"arn:aws:iam::*:role/*", "arn:aws:s3:::${tenant}/*", "arn:aws:s3:::${$}/*", "arn:aws:s3:::bucket/${tenant}*", "arn:aws:s3:::bucket/a?c"))
	if g.IntN(2) == 0 {
		s += `,"Condition":{` + g.condition() + `}`
	}
	if principal {
		s += `,"Principal":` + g.principal()
	}
	return "{" + s + "}"
}

func (g generator) principal() string {
	return g.pick(`"*"`, `{"AWS":"*"}`, `{"AWS":"`+account+`"}`, `{"AWS":"arn:aws:iam::`+account+`:root"}`, `{"AWS":"999999999999"}`,
		`{"AWS":"`+callers[0].ARN+`"}`, `{"AWS":["`+callers[1].ARN+`","`+callers[0].ARN+`"]}`, `{"AWS":"`+callers[1].IssuerARN+`"}`,
		`{"AWS":"`+callers[2].ARN+`"}`, `{"AWS":"`+callers[2].IssuerARN+`"}`, `{"Service":["lambda.amazonaws.com","ec2.amazonaws.com"]}`,
		`{"AWS":"`+account+`","Service":"lambda.amazonaws.com"}`)
}

// condition draws operator, quantifier, key and values of one family.
func (g generator) condition() string {
	quantifier := g.pick("", "", "", "ForAllValues:", "ForAnyValue:")
	ifExists := ""
	if quantifier != "ForAnyValue:" {
		ifExists = g.pick("", "", "", "IfExists")
	}
	operator, key, values := "", "", ""
	switch g.IntN(8) {
	case 0, 1:
		operator = g.pick("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")
		key, values = g.pick("text", "Text", "list", "absent", "aws:PrincipalTag/Team"), g.some("a", "b", "A", "a*", "${tenant}", "${*}", "${absent, 'a'}")
	case 2:
		operator = g.pick("StringLike", "StringNotLike")
		key, values = g.pick("text", "list", "absent"), g.some("a", "*", "a*", "?", "*b", "?*?", "${tenant}*", "a${?}", "x*y*z")
	case 3:
		operator = g.pick("NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals")
		key, values = g.pick("number", "numbers", "absent", "text"), g.some("1", "2", "2.5", "-3")
	case 4:
		operator = g.pick("DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals")
		key, values = g.pick("date", "absent"), g.some("2026-01-01T00:00:00Z", "2026-02-02T00:00:00+02:00", "2026-03-01T12:00:00.5Z")
	case 5:
		operator = g.pick("IpAddress", "NotIpAddress")
		key, values = g.pick("ip", "ips", "absent", "text"), g.some("10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32", "8.0.0.0/5")
	case 6:
		operator = g.pick("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike")
		key, values = g.pick("arn", "absent", "text"), g.some("arn:aws:sns:*:*:t*", "arn:aws:sns:eu-west-1:1:topic", "arn:*:*:*:*:*", "arn:aws:sns:?u-west-1:*:${tenant}*")
	case 7:
		if g.IntN(2) == 0 {
			return fmt.Sprintf(`"Null":{%q:%q}`, g.pick("text", "list", "absent"), g.pick("true", "false"))
		}
		operator, key, values = "Bool", g.pick("flag", "absent", "text"), g.some("true", "false", "TRUE")
	}
	return fmt.Sprintf(`%q:{%q:%s}`, quantifier+operator+ifExists, key, values)
}

func (g generator) document(principal bool) string {
	statements := make([]string, 1+g.IntN(3))
	for i := range statements {
		statements[i] = g.statement(principal)
	}
	return document(statements...)
}

func document(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

func (g generator) testCase() testCase {
	c := testCase{who: callers[g.IntN(len(callers))], resourceAccount: g.pick(account, account, account, "999999999999")}
	c.action = g.pick("sqs:SendMessage", "sqs:ReceiveMessage", "sns:Publish", "sts:AssumeRole")
	c.resource = g.pick("arn:aws:sqs:eu-west-1:"+account+":q1", "arn:aws:sqs:us-east-1:"+account+":other", "arn:aws:sns:eu-west-1:"+account+":topic", "arn:aws:iam::"+account+":role/r", "arn:aws:s3:::bucket/abc", "arn:aws:s3:::$/x")
	c.context = g.context()
	for range g.IntN(3) {
		c.identity = append(c.identity, g.document(false))
	}
	if g.IntN(2) == 0 {
		c.resourcePolicy = g.document(true)
	}
	if g.IntN(4) == 0 && c.who.Kind != policy.Service {
		c.boundary = g.document(false)
	}
	// Without a resource policy: one that names the session itself is among the disagreements.
	if g.IntN(4) == 0 && c.resourcePolicy == "" && c.who.Kind == policy.RoleSession {
		c.session = g.document(false)
	}
	if g.IntN(4) == 0 {
		c.scps = [][]string{{g.document(false)}, {g.document(false), document(`{"Effect":"Allow","Action":"*","Resource":"*"}`)}}
	}
	return c
}

func (g generator) context() map[string]any {
	m := map[string]any{"tenant": g.pick("a", "bucket", "*", "topic")}
	for key, values := range map[string][]string{
		"text": {"a", "b", "A", "a*", "xyz"}, "aws:principaltag/TEAM": {"a", "b"}, "number": {"1", "2", "2.5", "-3"},
		"date": {"2026-01-01T00:00:00Z", "2026-02-01T22:00:00Z", "2027-01-01T00:00:00Z"}, "ip": {"10.1.2.3", "11.0.0.1", "2001:db8::1"},
		"arn": {"arn:aws:sns:eu-west-1:1:topic", "arn:aws:sqs:eu-west-1:1:q", "word"}, "flag": {"true", "false", "TRUE"},
	} {
		if g.IntN(4) > 0 {
			m[key] = g.pick(values...)
		}
	}
	for key, values := range map[string][]string{"list": {"a", "b", "c"}, "numbers": {"1", "2", "7"}, "ips": {"10.1.2.3", "11.0.0.1"}} {
		if g.IntN(4) > 0 {
			list := make([]string, g.IntN(3))
			for i := range list {
				list[i] = g.pick(values...)
			}
			m[key] = list
		}
	}
	return m
}
