package iam

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// decisions renders results as "action resource decision [sources]".
func decisions(list []types.EvaluationResult) string {
	var lines []string
	for _, r := range list {
		var from []string
		for _, m := range r.MatchedStatements {
			from = append(from, *m.SourcePolicyId)
		}
		lines = append(lines, fmt.Sprintf("%s %s %s %v", *r.EvalActionName, *r.EvalResourceName, r.EvalDecision, from))
	}
	return strings.Join(lines, "\n")
}

func TestSimulateCustomPolicy(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	read := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::example_bucket"}}`
	deny := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:Delete*","Resource":"*"}]}`
	out := must(f.SimulateCustomPolicy(f.ctx, &iam.SimulateCustomPolicyInput{
		PolicyInputList: []string{read, deny}, ActionNames: []string{"s3:ListBucket", "s3:DeleteBucket", "s3:PutObject"}, ResourceArns: []string{"arn:aws:s3:::example_bucket"},
	}))(t)
	want := "s3:ListBucket arn:aws:s3:::example_bucket allowed [PolicyInputList.1]\n" +
		"s3:DeleteBucket arn:aws:s3:::example_bucket explicitDeny [PolicyInputList.2]\n" +
		"s3:PutObject arn:aws:s3:::example_bucket implicitDeny []"
	if got := decisions(out.EvaluationResults); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	first := out.EvaluationResults[0]
	st := first.MatchedStatements[0]
	if st.StartPosition.Line != 1 || st.StartPosition.Column != 38 || int(st.EndPosition.Column) != len(read) || st.SourcePolicyType != "IAM Policy" {
		t.Errorf("%+v %+v, document of %d", st.StartPosition, st.EndPosition, len(read))
	}
	if first.EvalDecisionDetails == nil || !first.OrganizationsDecisionDetail.AllowedByOrganizations || len(first.ResourceSpecificResults) != 1 {
		t.Errorf("%+v", first)
	}
}

func TestSimulateContextAndBoundary(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	doc := allow("s3:*", "*", `{"StringEquals":{"aws:RequestedRegion":"eu-west-1"},"ForAnyValue:StringEquals":{"aws:TagKeys":"a"}}`)
	in := &iam.SimulateCustomPolicyInput{PolicyInputList: []string{doc}, ActionNames: []string{"s3:GetObject"}}
	r := must(f.SimulateCustomPolicy(f.ctx, in))(t).EvaluationResults[0]
	if r.EvalDecision != "implicitDeny" || fmt.Sprint(r.MissingContextValues) != "[aws:RequestedRegion]" && fmt.Sprint(r.MissingContextValues) != "[aws:RequestedRegion aws:TagKeys]" {
		t.Errorf("%+v", r)
	}
	in.ContextEntries = []types.ContextEntry{
		{ContextKeyName: p("aws:requestedregion"), ContextKeyType: "string", ContextKeyValues: []string{"eu-west-1"}},
		{ContextKeyName: p("aws:TagKeys"), ContextKeyType: "stringList", ContextKeyValues: []string{"b", "a"}},
	}
	r = must(f.SimulateCustomPolicy(f.ctx, in))(t).EvaluationResults[0]
	if r.EvalDecision != "allowed" || len(r.MissingContextValues) != 0 || r.ResourceSpecificResults != nil {
		t.Errorf("%+v", r)
	}
	in.PermissionsBoundaryPolicyInputList = []string{allow("s3:Put*", "*")}
	r = must(f.SimulateCustomPolicy(f.ctx, in))(t).EvaluationResults[0]
	if r.EvalDecision != "implicitDeny" || r.PermissionsBoundaryDecisionDetail == nil || r.PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary {
		t.Errorf("%+v", r)
	}
	in.PermissionsBoundaryPolicyInputList = nil
	in.OrderedOrganizationPolicyInputList = []types.OrderedOrganizationPolicyType{{ServiceControlPolicyInputList: []string{allow("ec2:*", "*")}}}
	r = must(f.SimulateCustomPolicy(f.ctx, in))(t).EvaluationResults[0]
	if r.EvalDecision != "implicitDeny" || r.OrganizationsDecisionDetail == nil || r.OrganizationsDecisionDetail.AllowedByOrganizations {
		t.Errorf("%+v", r)
	}
}

func TestSimulatorRefusals(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	bucket := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b"}}`
	for _, c := range []struct {
		message string
		in      iam.SimulateCustomPolicyInput
	}{
		{"Invalid policy document in PolicyInputList: Syntax errors in policy.", iam.SimulateCustomPolicyInput{PolicyInputList: []string{"{"}, ActionNames: []string{"s3:x"}}},
		{"Invalid action name: s3:*", iam.SimulateCustomPolicyInput{PolicyInputList: []string{allowAll}, ActionNames: []string{"s3:*"}}},
		{"Invalid action name: s3", iam.SimulateCustomPolicyInput{PolicyInputList: []string{allowAll}, ActionNames: []string{"s3"}}},
		{msgSimulatorCaller, iam.SimulateCustomPolicyInput{PolicyInputList: []string{allowAll}, ActionNames: []string{"s3:x"}, ResourcePolicy: &bucket}},
		{msgSimulatorCaller, iam.SimulateCustomPolicyInput{PolicyInputList: []string{allowAll}, ActionNames: []string{"s3:x"}, CallerArn: p(roleARN + "r")}},
		{"Invalid context entry: a needs a value.", iam.SimulateCustomPolicyInput{PolicyInputList: []string{allowAll}, ActionNames: []string{"s3:x"}, ContextEntries: []types.ContextEntry{{ContextKeyName: p("a"), ContextKeyType: "string"}}}},
	} {
		refused[*iam.SimulateCustomPolicyOutput](t, "InvalidInput", c.message)(f.SimulateCustomPolicy(f.ctx, &c.in))
	}
	in := &iam.SimulateCustomPolicyInput{PolicyInputList: []string{allow("ec2:*", "*")}, ActionNames: []string{"s3:GetObject"}, ResourceArns: []string{"arn:aws:s3:::b"}, ResourcePolicy: &bucket, CallerArn: p("arn:aws:iam::" + account + ":user/u")}
	if got := decisions(must(f.SimulateCustomPolicy(f.ctx, in))(t).EvaluationResults); got != "s3:GetObject arn:aws:s3:::b allowed [ResourcePolicy]" {
		t.Error(got)
	}
	refused[*iam.SimulatePrincipalPolicyOutput](t, "NoSuchEntity", "The user with name x cannot be found.")(
		f.SimulatePrincipalPolicy(f.ctx, &iam.SimulatePrincipalPolicyInput{PolicySourceArn: p("arn:aws:iam::" + account + ":user/x"), ActionNames: []string{"s3:x"}}))
	refused[*iam.SimulatePrincipalPolicyOutput](t, "InvalidInput", "Invalid Entity Arn: arn:aws:iam::"+account+":root does not clearly define entity type and name.")(
		f.SimulatePrincipalPolicy(f.ctx, &iam.SimulatePrincipalPolicyInput{PolicySourceArn: p("arn:aws:iam::" + account + ":root"), ActionNames: []string{"s3:x"}}))
}

func TestSimulatePrincipalPolicy(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	u := f.newUser("u")
	f.newGroup("g")
	must(f.AddUserToGroup(f.ctx, &iam.AddUserToGroupInput{UserName: p("u"), GroupName: p("g")}))(t)
	must(f.PutGroupPolicy(f.ctx, &iam.PutGroupPolicyInput{GroupName: p("g"), PolicyName: p("gp"), PolicyDocument: p(allow("sqs:*", "*"))}))(t)
	must(f.PutUserPolicy(f.ctx, &iam.PutUserPolicyInput{UserName: p("u"), PolicyName: p("up"), PolicyDocument: p(allow("s3:*", "arn:aws:s3:::home/${aws:username}"))}))(t)
	must(f.AttachUserPolicy(f.ctx, &iam.AttachUserPolicyInput{UserName: p("u"), PolicyArn: p(managedPrefix + "AmazonSNSFullAccess")}))(t)
	in := &iam.SimulatePrincipalPolicyInput{PolicySourceArn: u.Arn, ActionNames: []string{"sqs:SendMessage", "s3:GetObject", "sns:Publish", "ec2:RunInstances"}, ResourceArns: []string{"arn:aws:s3:::home/u"}}
	want := "sqs:SendMessage arn:aws:s3:::home/u allowed [group_g_gp]\ns3:GetObject arn:aws:s3:::home/u allowed [user_u_up]\n" +
		"sns:Publish arn:aws:s3:::home/u allowed [AmazonSNSFullAccess]\nec2:RunInstances arn:aws:s3:::home/u implicitDeny []"
	if got := decisions(must(f.SimulatePrincipalPolicy(f.ctx, in))(t).EvaluationResults); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	in.PolicyExclusionList = []types.PolicyIdentifier{
		&types.PolicyIdentifierMemberPolicyArn{Value: managedPrefix + "AmazonSNS*"},
		&types.PolicyIdentifierMemberInlinePolicyIdentifier{Value: types.InlinePolicyIdentifierType{PolicyName: p("gp"), AttachmentType: "group"}},
	}
	in.PolicyInputList = []string{allow("ec2:*", "*")}
	want = "sqs:SendMessage arn:aws:s3:::home/u implicitDeny []\ns3:GetObject arn:aws:s3:::home/u allowed [user_u_up]\n" +
		"sns:Publish arn:aws:s3:::home/u implicitDeny []\nec2:RunInstances arn:aws:s3:::home/u allowed [PolicyInputList.1]"
	if got := decisions(must(f.SimulatePrincipalPolicy(f.ctx, in))(t).EvaluationResults); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	in.MaxItems = p[int32](3)
	page := must(f.SimulatePrincipalPolicy(f.ctx, in))(t)
	if len(page.EvaluationResults) != 3 || !page.IsTruncated {
		t.Errorf("%+v", page)
	}
	in.Marker = page.Marker
	if page = must(f.SimulatePrincipalPolicy(f.ctx, in))(t); len(page.EvaluationResults) != 1 || page.IsTruncated {
		t.Errorf("%+v", page)
	}
}

func TestContextKeys(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	doc := allow("s3:*", "arn:aws:s3:::home/${aws:username}/*", `{"StringEquals":{"s3:prefix":"x"}}`)
	custom := must(f.GetContextKeysForCustomPolicy(f.ctx, &iam.GetContextKeysForCustomPolicyInput{PolicyInputList: []string{doc, doc}}))(t)
	if len(custom.ContextKeyNames) != 2 {
		t.Error(custom.ContextKeyNames)
	}
	r := f.role("r")
	f.inline("r", "p", doc)
	own := must(f.GetContextKeysForPrincipalPolicy(f.ctx, &iam.GetContextKeysForPrincipalPolicyInput{PolicySourceArn: r.Arn, PolicyInputList: []string{allow("*", "*", `{"Bool":{"aws:SecureTransport":"true"}}`)}}))(t)
	if len(own.ContextKeyNames) != 3 {
		t.Error(own.ContextKeyNames)
	}
	refused[*iam.GetContextKeysForCustomPolicyOutput](t, "InvalidInput", "Invalid policy document in PolicyInputList: Syntax errors in policy.")(
		f.GetContextKeysForCustomPolicy(f.ctx, &iam.GetContextKeysForCustomPolicyInput{PolicyInputList: []string{"x"}}))
}
