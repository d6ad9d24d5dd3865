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
