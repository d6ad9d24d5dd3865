package policy_test

import (
	"fmt"

	"github.com/poolhouse-id/poolhouse/policy"
)

func Example() {
	home := policy.MustParse(`{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Home", "Effect": "Allow", "Action": "s3:*Object", "Resource": "arn:aws:s3:::data/${aws:username}/*"},
    {"Sid": "NoDelete", "Effect": "Deny", "Action": "s3:Delete*", "Resource": "*",
     "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}
  ]
}`)
	ann := policy.Principal{
		Kind:    policy.User,
		ARN:     "arn:aws:iam::123456789012:user/ann",
		Account: "123456789012",
		UserID:  "AIDACKCEVSQ6C2EXAMPLE",
	}
	in := &policy.Inputs{Identity: []*policy.Policy{home}}

	ask := func(action, resource string) {
		req := &policy.Request{Action: action, Resource: resource, Principal: ann}
		ann.SetContext(&req.Context)
		d := policy.Evaluate(req, in)
		if d.Allowed {
			s := d.Statement.Statement()
			fmt.Printf("allowed by %s, line %d\n", s.Sid(), s.Start().Line)
			return
		}
		fmt.Println(policy.DenialMessage(ann.ARN, action, resource, d))
	}
	ask("s3:GetObject", "arn:aws:s3:::data/ann/notes.txt")
	ask("s3:GetObject", "arn:aws:s3:::data/bob/notes.txt")
	ask("s3:DeleteObject", "arn:aws:s3:::data/ann/notes.txt")
	// Output:
	// allowed by Home, line 4
	// User: arn:aws:iam::123456789012:user/ann is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::data/bob/notes.txt because no identity-based policy allows the s3:GetObject action
	// User: arn:aws:iam::123456789012:user/ann is not authorized to perform: s3:DeleteObject on resource: arn:aws:s3:::data/ann/notes.txt with an explicit deny in an identity-based policy
}

func ExampleExplain() {
	p := policy.MustParse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:*","Resource":"*",
  "Condition":{"StringEquals":{"aws:PrincipalTag/team":"blue"}}}}`)
	req := &policy.Request{Action: "sqs:SendMessage", Resource: "*", Principal: policy.Principal{Kind: policy.User}}
	x := policy.Explain(req, &policy.Inputs{Identity: []*policy.Policy{p}})
	fmt.Println(x.Allowed, x.MissingContext)

	req.Context.Set("aws:PrincipalTag/Team", "blue")
	x = policy.Explain(req, &policy.Inputs{Identity: []*policy.Policy{p}})
	s := x.Matched[0].Statement()
	fmt.Println(x.Allowed, s.Start(), s.End())
	// Output:
	// false [aws:PrincipalTag/team]
	// true {1 38} {2 65}
}

func ExampleValidateIdentity() {
	err := policy.ValidateIdentity(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"GetObject","Resource":"*"}}`)
	fmt.Println(err)
	// Output:
	// Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.
}

// A role that everybody in the account may assume with MFA and the right external id.
func ExampleEvaluateTrust() {
	trust := policy.MustParse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole",
  "Principal":{"AWS":"123456789012"},
  "Condition":{"StringEquals":{"sts:ExternalId":"42"},"Bool":{"aws:MultiFactorAuthPresent":"true"}}}}`)
	mayAssume := policy.MustParse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}`)
	ann, err := policy.ParsePrincipal("arn:aws:iam::123456789012:user/ann")
	if err != nil {
		panic(err)
	}
	req := &policy.Request{Action: "sts:AssumeRole", Resource: "arn:aws:iam::123456789012:role/deploy", Principal: ann}
	req.Context.Set("sts:ExternalId", "42")
	req.Context.Set("aws:MultiFactorAuthPresent", "true")

	// The trust policy delegates to the account, so ann's own policies must allow it too.
	alone := policy.EvaluateTrust(req, &policy.Inputs{Resource: trust})
	both := policy.EvaluateTrust(req, &policy.Inputs{Resource: trust, Identity: []*policy.Policy{mayAssume}})
	fmt.Println(alone.Allowed, policy.DenialReason(alone, req.Action))
	fmt.Println(both.Allowed)
	// Output:
	// false because no identity-based policy allows the sts:AssumeRole action
	// true
}

// What a caller may do is what identity policies, boundary and session policies all allow.
func ExampleInputs() {
	allow := func(action string) *policy.Policy {
		return policy.MustParse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"` + action + `","Resource":"*"}}`)
	}
	session, err := policy.ParsePrincipal("arn:aws:sts::123456789012:assumed-role/deploy/ci-7")
	if err != nil {
		panic(err)
	}
	in := &policy.Inputs{
		Identity:  []*policy.Policy{allow("s3:*"), allow("sqs:*")},
		Boundary:  allow("s3:*"),
		Session:   []*policy.Policy{allow("s3:Get*"), allow("s3:Put*")},
		ScopeDown: []*policy.Policy{allow("s3:GetObject")},
	}
	for _, action := range []string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "sqs:SendMessage", "iam:CreateUser"} {
		d := policy.Evaluate(&policy.Request{Action: action, Resource: "*", Principal: session}, in)
		fmt.Println(action, d.Allowed, d.Type)
	}
	// Output:
	// s3:GetObject true identity-based policy
	// s3:PutObject false session policy
	// s3:DeleteObject false session policy
	// sqs:SendMessage false permissions boundary
	// iam:CreateUser false identity-based policy
}

// A bucket's policy alone decides about callers without credentials.
func ExampleContext() {
	bucket := policy.MustParse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject",
  "Resource":"arn:aws:s3:::site/*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}}`)
	var base policy.Context
	base.Set("aws:SecureTransport", "true")
	for _, ip := range []string{"203.0.113.9", "198.51.100.1"} {
		req := &policy.Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::site/index.html", Context: base.Clone()}
		req.Context.Set("aws:SourceIp", ip)
		fmt.Println(ip, policy.Evaluate(req, &policy.Inputs{Resource: bucket}).Allowed)
	}
	// Output:
	// 203.0.113.9 true
	// 198.51.100.1 false
}

func ExampleParse() {
	_, err := policy.Parse(`{"Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": 5, "Resource": "*"}]}`)
	fmt.Println(err)
	// Output:
	// policy: line 2, column 47: statement 1: Action: neither a string nor a list of strings
}

func ExamplePolicy_Statements() {
	p := policy.MustParse(`{"Version":"2012-10-17","Statement":[
  {"Sid":"Read","Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"*"},
  {"Sid":"NotMine","Effect":"Deny","Action":"s3:*","NotResource":"arn:aws:s3:::${aws:username}/*"}]}`)
	for i, s := range p.Statements() {
		fmt.Println(i, s.Sid(), s.IsAllow(), s.Actions(), s.Start().Line)
	}
	fmt.Println(p.ContextKeys())
	// Output:
	// 0 Read true [s3:Get* s3:List*] 2
	// 1 NotMine false [s3:*] 3
	// [aws:username]
}

func ExampleValidateTrust() {
	fmt.Println(policy.ValidateTrust(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"s3:GetObject"}}`))
	// Output:
	// AssumeRole policy may only specify STS AssumeRole actions.
}

func ExampleRewritePrincipals() {
	document, err := policy.RewritePrincipals(`{"Statement":{"Principal":{"AWS":"arn:aws:iam::123456789012:user/ann"}}}`,
		func(p policy.PrincipalElement) (string, bool) {
			return "AIDACKCEVSQ6C2EXAMPLE", p.Value == "arn:aws:iam::123456789012:user/ann"
		})
	fmt.Println(document, err)
	// Output:
	// {"Statement":{"Principal":{"AWS":"AIDACKCEVSQ6C2EXAMPLE"}}} <nil>
}
