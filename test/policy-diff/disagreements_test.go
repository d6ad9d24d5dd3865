package policydiff

import (
	"testing"

	"github.com/poolhouse-id/poolhouse/policy"
)

const queue = "arn:aws:sqs:eu-west-1:" + account + ":q"

// disagreements are the points on which the two implementations differ and why ours stays as it is. A point on which
// they come to agree fails the test and can go into the generator.
var disagreements = []struct {
	about        string
	because      string
	edit         func(c *testCase)
	ours, theirs string
}{
	{
		about:   "a variable without a value in a negated operator",
		because: `User Guide, "Policy variables with no value": inverted operators do match against a null value`,
		edit:    func(c *testCase) { c.identity = allowIf(`"StringNotEquals":{"text":"${absent}"}`) },
		ours:    "Allowed", theirs: "ImplicitlyDenied",
	},
	{
		about:   "a variable without a value in NotResource",
		because: `User Guide, same place: a resource with such a variable matches no resource, so NotResource covers them all`,
		edit: func(c *testCase) {
			c.identity = []string{document(`{"Effect":"Allow","Action":"*","NotResource":"arn:aws:sqs:eu-west-1:` + account + `:${absent}"}`)}
		},
		ours: "Allowed", theirs: "ImplicitlyDenied",
	},
	{
		about:   "ForAnyValue with IfExists and an absent key",
		because: `User Guide, "...IfExists": when the key is not present the condition element is true`,
		edit:    func(c *testCase) { c.identity = allowIf(`"ForAnyValue:StringEqualsIfExists":{"absent":"a"}`) },
		ours:    "Allowed", theirs: "ImplicitlyDenied",
	},
	{
		about:   "a request on \"*\" and a statement for particular resources",
		because: `an action without resource-level permissions needs Resource "*"; they read "*" as a pattern to overlap with unless the action is known to be of that sort`,
		edit: func(c *testCase) {
			c.resource = "*"
			c.identity = []string{document(`{"Effect":"Allow","Action":"*","Resource":"` + queue + `"}`)}
		},
		ours: "ImplicitlyDenied", theirs: "Allowed",
	},
	{
		about:   "a wildcard in the request's resource",
		because: `a resource is compared as it stands (list calls print role/*); they read it as a pattern to overlap with`,
		edit: func(c *testCase) {
			c.resource = "arn:aws:iam::" + account + ":role/*"
			c.identity = []string{document(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:iam::` + account + `:role/one"}`)}
		},
		ours: "ImplicitlyDenied", theirs: "Allowed",
	},
	{
		about:   "the case of an ARN's region",
		because: `ARNs are case-sensitive (User Guide, "Amazon Resource Names"); they ignore case in the first five segments`,
		edit: func(c *testCase) {
			c.identity = []string{document(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:sqs:EU-WEST-1:` + account + `:q"}`)}
		},
		ours: "ImplicitlyDenied", theirs: "Allowed",
	},
	{
		about:   "epoch seconds against a date",
		because: `User Guide, "Date condition operators": epoch time is in seconds; they compare it with milliseconds`,
		edit: func(c *testCase) {
			c.context["date"] = "1800000000"
			c.identity = allowIf(`"DateGreaterThan":{"date":"2026-01-01T00:00:00Z"}`)
		},
		ours: "Allowed", theirs: "ImplicitlyDenied",
	},
	{
		about:   "a word that starts like a number",
		because: `a value that is no number never matches a numeric operator; they read as far as the digits go`,
		edit: func(c *testCase) {
			c.context["number"] = "7up"
			c.identity = allowIf(`"NumericEquals":{"number":"7"}`)
		},
		ours: "ImplicitlyDenied", theirs: "Allowed",
	},
	{
		about:   "an IPv4 address without prefix and an IPv6 caller",
		because: `the address is the range /32, and the caller is not in it; they treat a lone address as no range`,
		edit: func(c *testCase) {
			c.context["ip"] = "2001:db8::1"
			c.identity = allowIf(`"NotIpAddress":{"ip":"10.1.2.3"}`)
		},
		ours: "Allowed", theirs: "ImplicitlyDenied",
	},
	{
		about:   "the range of all IPv4 addresses",
		because: `0.0.0.0/0 has every IPv4 address; their mask for /0 is that of a single address`,
		edit: func(c *testCase) {
			c.context["ip"] = "11.0.0.1"
			c.identity = allowIf(`"IpAddress":{"ip":"0.0.0.0/0"}`)
		},
		ours: "Allowed", theirs: "ImplicitlyDenied",
	},
	{
		about:   "the path of a role in Principal",
		because: `a principal is the entity itself, whose ARN has the path; they compare the role's name only, as the session's ARN shows no path`,
		edit: func(c *testCase) {
			c.who = callers[1]
			c.resourcePolicy = document(`{"Effect":"Allow","Action":"*","Resource":"*","Principal":{"AWS":"arn:aws:iam::` + account + `:role/elsewhere/worker"}}`)
		},
		ours: "ImplicitlyDenied", theirs: "Allowed",
	},
	{
		about:   "NotPrincipal that names the user without the account",
		because: `User Guide, "NotPrincipal": name the account too, else the request may be denied; they spare the caller for either`,
		edit: func(c *testCase) {
			c.identity = []string{document(`{"Effect":"Allow","Action":"*","Resource":"*"}`)}
			c.resourcePolicy = document(`{"Effect":"Deny","Action":"*","Resource":"*","NotPrincipal":{"AWS":"` + callers[0].ARN + `"}}`)
		},
		ours: "ExplicitlyDenied", theirs: "Allowed",
	},
	{
		about:   "a session policy when the resource's policy names the session",
		because: `User Guide, "Session policies": a resource-based policy that names the session's ARN is not limited by session policies; they always ask them`,
		edit: func(c *testCase) {
			c.who = callers[1]
			c.session = document(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)
			c.resourcePolicy = document(`{"Effect":"Allow","Action":"*","Resource":"*","Principal":{"AWS":"` + callers[1].ARN + `"}}`)
		},
		ours: "Allowed", theirs: "ImplicitlyDenied",
	},
	{
		about:   "the root user",
		because: `User Guide, "Determining whether a request is allowed": root is allowed by default in its account; they know no root user`,
		edit: func(c *testCase) {
			c.who = caller{policy.Principal{Kind: policy.Root, ARN: "arn:aws:iam::" + account + ":root", Account: account, UserID: account}}
		},
		ours: "Allowed", theirs: "ImplicitlyDenied",
	},
}

func allowIf(condition string) []string {
	return []string{document(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{` + condition + `}}`)}
}

func TestDisagreements(t *testing.T) {
	node := simulator(t)
	cases := make([]testCase, len(disagreements))
	for i, d := range disagreements {
		cases[i] = testCase{who: callers[0], action: "sqs:SendMessage", resource: queue, resourceAccount: account, context: map[string]any{"text": "a"}}
		d.edit(&cases[i])
	}
	for i, theirs := range ask(t, node, cases) {
		d := disagreements[i]
		if ours := cases[i].ours(); ours != d.ours || theirs != d.theirs {
			t.Errorf("%s (%s): ours %s, expected %s; theirs %s, expected %s", d.about, d.because, ours, d.ours, theirs, d.theirs)
		}
	}
}
