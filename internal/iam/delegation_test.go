package iam

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	partner       = "111122223333"
	partnerTopic  = "arn:aws:sns:us-east-1:" + partner + ":updates"
	templateText  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cognito-idp:ListUserPools","s3:@{Action}Object"],"Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":["@{Regions}","eu-north-1"]}}},{"Effect":"Allow","Action":"iam:CreateRole","Resource":"*","Condition":{"StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::@{Account}:policy/bound"}}}]}`
	templateARN   = "arn:aws:iam::" + partner + ":policy/template"
	filledForTest = `{"Statement":[{"Action":["cognito-idp:ListUserPools","s3:GetObject"],"Condition":{"StringEquals":{"aws:RequestedRegion":["eu-west-1","us-east-1","eu-north-1"]}},"Effect":"Allow","Resource":"*"},{"Action":"iam:CreateRole","Condition":{"StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::123456789012:policy/bound"}},"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}`
)

// delegations is a fixture with a partner's template, and what the partner is
// told.
type delegations struct {
	*fixture
	partner context.Context
	events  []DelegationEvent
}

func newDelegations(t *testing.T) *delegations {
	t.Helper()
	d := &delegations{fixture: newFixture(t)}
	d.notify = func(_ *store.Tx, topic, message string, expires time.Time) error {
		var e DelegationEvent
		if err := json.Unmarshal([]byte(message), &e); err != nil || topic != partnerTopic || !expires.After(d.clock.Now()) {
			t.Errorf("%s: %s until %v: %v", topic, message, expires, err)
		}
		d.events = append(d.events, e)
		return nil
	}
	d.partner = d.as(partner, rootOf(partner, "AKIAPARTNER"))
	must(d.CreatePolicy(d.partner, &iam.CreatePolicyInput{PolicyName: p("template"), PolicyDocument: p(templateText)}))(t)
	return d
}

func parameter(name string, kind types.PolicyParameterTypeEnum, values ...string) types.PolicyParameter {
	return types.PolicyParameter{Name: &name, Type: kind, Values: values}
}

func (d *delegations) input(workflow string, change ...func(*iam.CreateDelegationRequestInput)) *iam.CreateDelegationRequestInput {
	in := &iam.CreateDelegationRequestInput{
		Description: p("Deploys."), NotificationChannel: p(partnerTopic), RequestorWorkflowId: &workflow, SessionDuration: p[int32](3600), RequestMessage: p("Please."),
		Permissions: &types.DelegationPermission{PolicyTemplateArn: p(templateARN), Parameters: []types.PolicyParameter{
			parameter("Regions", "stringList", "eu-west-1", "us-east-1"), parameter("Action", "string", "Get"), parameter("Account", "string", account),
		}},
	}
	for _, c := range change {
		c(in)
	}
	return in
}

func (d *delegations) request(workflow string, change ...func(*iam.CreateDelegationRequestInput)) *string {
	d.t.Helper()
	return must(d.CreateDelegationRequest(d.partner, d.input(workflow, change...)))(d.t).DelegationRequestId
}

func (d *delegations) get(ctx context.Context, id *string) *types.DelegationRequest {
	d.t.Helper()
	return must(d.GetDelegationRequest(ctx, &iam.GetDelegationRequestInput{DelegationRequestId: id}))(d.t).DelegationRequest
}

func TestDelegation(t *testing.T) {
	t.Parallel()
	d := newDelegations(t)
	u := d.user("u")
	owner := d.as(account, userPrincipal(u))
	id := d.request("workflow-1")
	r := d.get(d.ctx, id)
	if r.State != types.StateTypeUnassigned || r.OwnerAccountId != nil || r.OwnerId != nil || *r.RequestorId != partner || *r.PermissionPolicy != filledForTest ||
		!slices.Equal(r.RolePermissionRestrictionArns, []string{policyARN + "bound"}) || !r.ExpirationTime.Equal(d.clock.Now().Add(24*time.Hour)) || *r.SessionDuration != 3600 {
		t.Errorf("%+v", r)
	}
	must(d.AssociateDelegationRequest(owner, &iam.AssociateDelegationRequestInput{DelegationRequestId: id}))(t)
	refused[*iam.GetDelegationRequestOutput](t, "NoSuchEntity", "The delegation request "+*id+" cannot be found.")(
		d.GetDelegationRequest(d.partner, &iam.GetDelegationRequestInput{DelegationRequestId: id}))
	d.clock.Advance(time.Hour)
	must(d.UpdateDelegationRequest(owner, &iam.UpdateDelegationRequestInput{DelegationRequestId: id, Notes: p("boss?")}))(t)
	must(d.AcceptDelegationRequest(d.ctx, &iam.AcceptDelegationRequestInput{DelegationRequestId: id}))(t)
	r = d.get(owner, id)
	if r.State != types.StateTypeAccepted || *r.OwnerId != u.ARN() || *r.OwnerAccountId != account || *r.Notes != "boss?" || *r.ApproverId != "arn:aws:iam::"+account+":root" ||
		!r.UpdatedTime.Equal(d.clock.Now()) || !r.ExpirationTime.Equal(d.clock.Now().Add(7*24*time.Hour)) {
		t.Errorf("%+v", r)
	}
	must(d.SendDelegationToken(owner, &iam.SendDelegationTokenInput{DelegationRequestId: id}))(t)
	var states []string
	for _, e := range d.events {
		states = append(states, e.State)
		if (e.ExchangeToken != "") != (e.State == "FINALIZED") || e.RequestorWorkflowID != "workflow-1" || e.DelegationRequestID != *id {
			t.Errorf("%+v", e)
		}
	}
	if want := []string{"ASSIGNED", "PENDING_APPROVAL", "ACCEPTED", "FINALIZED"}; !slices.Equal(states, want) {
		t.Errorf("%v", states)
	}
	token := d.events[3].ExchangeToken
	approver, document, ends, err := d.Delegated(context.Background(), partner, token)
	if err != nil || approver.Kind != awswire.Root || document != filledForTest || !ends.Equal(d.clock.Now().Add(time.Hour)) {
		t.Errorf("%+v %s %v %v", approver, document, ends, err)
	}
	for name, c := range map[string][2]string{"another account": {account, token}, "another token": {partner, token + "x"}, "no token": {partner, ""}} {
		if _, _, _, err := d.Delegated(context.Background(), c[0], c[1]); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d.clock.Advance(time.Hour)
	if _, _, _, err := d.Delegated(context.Background(), partner, token); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("after the end: %v", err)
	}
}

func TestCreateDelegationRequestRefused(t *testing.T) {
	t.Parallel()
	d := newDelegations(t)
	d.request("workflow-1")
	d.quotas.DelegationRequests = 2
	permissions := func(change func(*types.DelegationPermission)) func(*iam.CreateDelegationRequestInput) {
		return func(in *iam.CreateDelegationRequestInput) { change(in.Permissions) }
	}
	for name, c := range map[string]struct {
		code, message string
		change        func(*iam.CreateDelegationRequestInput)
	}{
		"workflow": {"EntityAlreadyExists", "A delegation request with workflow id workflow-1 already exists.", func(in *iam.CreateDelegationRequestInput) { in.RequestorWorkflowId = p("workflow-1") }},
		"topic": {"InvalidInput", "The notification channel arn:aws:sns:us-east-1:123456789012:x is not an SNS topic of account " + partner + ".",
			func(in *iam.CreateDelegationRequestInput) {
				in.NotificationChannel = p("arn:aws:sns:us-east-1:123456789012:x")
			}},
		"no template": {"InvalidInput", "The policy template " + policyARN + "x cannot be found.", permissions(func(in *types.DelegationPermission) { in.PolicyTemplateArn = p(policyARN + "x") })},
		"parameter missing": {"InvalidInput", "The policy parameter Account is missing.", permissions(func(in *types.DelegationPermission) {
			in.Parameters = in.Parameters[:2]
		})},
		"parameter unknown": {"InvalidInput", "The policy template has no parameter More.", permissions(func(in *types.DelegationPermission) {
			in.Parameters = append(in.Parameters, parameter("More", "string", "x"))
		})},
		"parameter twice": {"InvalidInput", "The policy parameter Action occurs twice.", permissions(func(in *types.DelegationPermission) {
			in.Parameters = append(in.Parameters, parameter("Action", "string", "x"))
		})},
		"two values": {"InvalidInput", "The policy parameter Action must have exactly one value unless it is a stringList.", permissions(func(in *types.DelegationPermission) {
			in.Parameters[1].Values = []string{"a", "b"}
		})},
		"list in a text": {"InvalidInput", "The policy parameter Account is a list, and the template uses it inside a text.", permissions(func(in *types.DelegationPermission) {
			in.Parameters[2].Type = "stringList"
		})},
		"invalid policy": {"InvalidInput", "The policy that the template gives is not valid: Actions/Condition can contain only one colon.", permissions(func(in *types.DelegationPermission) {
			in.Parameters[1].Values = []string{"x:y"}
		})},
	} {
		t.Run(name, func(t *testing.T) {
			refused[*iam.CreateDelegationRequestOutput](t, c.code, c.message)(d.CreateDelegationRequest(d.partner, d.input("workflow-2", c.change)))
		})
	}
	d.request("workflow-3")
	refused[*iam.CreateDelegationRequestOutput](t, "LimitExceeded", "Cannot exceed quota for DelegationRequestsPerAccount: 2")(d.CreateDelegationRequest(d.partner, d.input("workflow-4")))
	d.clock.Advance(24 * time.Hour)
	d.request("workflow-4")
}

// Each operation needs its states, and a request that it may know of.
func TestDelegationStates(t *testing.T) {
	t.Parallel()
	d := newDelegations(t)
	do := map[string]func(ctx context.Context, id *string) error{
		"associate": func(ctx context.Context, id *string) error {
			_, err := d.AssociateDelegationRequest(ctx, &iam.AssociateDelegationRequestInput{DelegationRequestId: id})
			return err
		},
		"update": func(ctx context.Context, id *string) error {
			_, err := d.UpdateDelegationRequest(ctx, &iam.UpdateDelegationRequestInput{DelegationRequestId: id})
			return err
		},
		"accept": func(ctx context.Context, id *string) error {
			_, err := d.AcceptDelegationRequest(ctx, &iam.AcceptDelegationRequestInput{DelegationRequestId: id})
			return err
		},
		"reject": func(ctx context.Context, id *string) error {
			_, err := d.RejectDelegationRequest(ctx, &iam.RejectDelegationRequestInput{DelegationRequestId: id, Notes: p("no")})
			return err
		},
		"send": func(ctx context.Context, id *string) error {
			_, err := d.SendDelegationToken(ctx, &iam.SendDelegationTokenInput{DelegationRequestId: id})
			return err
		},
	}
	needs := map[string]string{
		"associate": "UNASSIGNED", "update": "ASSIGNED or PENDING_APPROVAL", "accept": "ASSIGNED or PENDING_APPROVAL", "reject": "ASSIGNED or PENDING_APPROVAL or ACCEPTED", "send": "ACCEPTED",
	}
	for state, c := range map[string]struct{ way, may []string }{
		"UNASSIGNED":       {nil, []string{"associate"}},
		"ASSIGNED":         {[]string{"associate"}, []string{"update", "accept", "reject"}},
		"PENDING_APPROVAL": {[]string{"associate", "update"}, []string{"update", "accept", "reject"}},
		"ACCEPTED":         {[]string{"associate", "accept"}, []string{"reject", "send"}},
		"REJECTED":         {[]string{"associate", "accept", "reject"}, nil},
		"FINALIZED":        {[]string{"associate", "accept", "send"}, nil},
	} {
		for name, operation := range do {
			id := d.request("of " + state + " " + name)
			for _, step := range c.way {
				check(t, do[step](d.ctx, id))
			}
			if r := d.get(d.ctx, id); string(r.State) != state {
				t.Fatalf("%s, not %s", r.State, state)
			}
			if slices.Contains(c.may, name) {
				check(t, operation(d.ctx, id))
				continue
			}
			checkRefused(t, operation(d.ctx, id), "InvalidInput", "The delegation request is in state "+state+"; the operation needs it in state "+needs[name]+".")
		}
	}
	gone := p("dr-0123456789abcdef")
	foreign := d.request("for another", func(in *iam.CreateDelegationRequestInput) { in.OwnerAccountId = p(otherOwner) })
	for _, operation := range do {
		for _, id := range []*string{gone, foreign} {
			checkRefused(t, operation(d.ctx, id), "NoSuchEntity", "The delegation request "+*id+" cannot be found.")
		}
	}
	check(t, do["associate"](d.as(otherOwner, rootOf(otherOwner, "")), foreign))
	late := d.request("late")
	d.clock.Advance(24 * time.Hour)
	if r := d.get(d.ctx, late); r.State != types.StateTypeExpired {
		t.Errorf("%+v", r)
	}
	checkRefused(t, do["associate"](d.ctx, late), "InvalidInput", "The delegation request is in state EXPIRED; the operation needs it in state UNASSIGNED.")
	check(t, d.Purge(context.Background()))
	d.get(d.ctx, late)
	d.clock.Advance(31 * 24 * time.Hour)
	check(t, d.Purge(context.Background()))
	refused[*iam.GetDelegationRequestOutput](t, "NoSuchEntity", "The delegation request "+*late+" cannot be found.")(
		d.GetDelegationRequest(d.ctx, &iam.GetDelegationRequestInput{DelegationRequestId: late}))
}

func TestOnlySendByOwner(t *testing.T) {
	t.Parallel()
	d := newDelegations(t)
	owner := d.as(account, userPrincipal(d.user("u")))
	id := d.request("workflow-1", func(in *iam.CreateDelegationRequestInput) { in.OnlySendByOwner = true })
	must(d.AssociateDelegationRequest(owner, &iam.AssociateDelegationRequestInput{DelegationRequestId: id}))(t)
	must(d.AcceptDelegationRequest(d.ctx, &iam.AcceptDelegationRequestInput{DelegationRequestId: id}))(t)
	refused[*iam.SendDelegationTokenOutput](t, "AccessDenied", "Only the owner of the delegation request may send its token.")(
		d.SendDelegationToken(d.ctx, &iam.SendDelegationTokenInput{DelegationRequestId: id}))
	must(d.SendDelegationToken(owner, &iam.SendDelegationTokenInput{DelegationRequestId: id}))(t)
}

func TestListDelegationRequests(t *testing.T) {
	t.Parallel()
	d := newDelegations(t)
	u := d.user("u")
	owner := d.as(account, userPrincipal(u))
	for i, ctx := range []context.Context{d.ctx, owner, owner} {
		id := d.request(strings.Repeat("x", 5+i))
		must(d.AssociateDelegationRequest(ctx, &iam.AssociateDelegationRequestInput{DelegationRequestId: id}))(t)
	}
	d.request("of nobody", func(in *iam.CreateDelegationRequestInput) { in.OwnerAccountId = p(account) })
	seen := map[string]bool{}
	var marker *string
	for {
		out := must(d.ListDelegationRequests(d.ctx, &iam.ListDelegationRequestsInput{Marker: marker, MaxItems: p[int32](2)}))(t)
		for _, r := range out.DelegationRequests {
			seen[*r.DelegationRequestId] = true
		}
		if marker = out.Marker; !out.IsTruncated {
			break
		}
	}
	if len(seen) != 3 {
		t.Errorf("%v", seen)
	}
	if out := must(d.ListDelegationRequests(d.ctx, &iam.ListDelegationRequestsInput{OwnerId: p(u.ARN())}))(t); len(out.DelegationRequests) != 2 || out.IsTruncated {
		t.Errorf("%+v", out)
	}
	if out := must(d.ListDelegationRequests(d.partner, &iam.ListDelegationRequestsInput{}))(t); len(out.DelegationRequests) != 0 {
		t.Errorf("%+v", out)
	}
	refused[*iam.ListDelegationRequestsOutput](t, "ValidationError", "Invalid Marker.")(d.ListDelegationRequests(d.ctx, &iam.ListDelegationRequestsInput{Marker: p("x")}))
}

func TestDelegationPermissionCheck(t *testing.T) {
	t.Parallel()
	d := newDelegations(t)
	id := d.request("workflow-1")
	u := d.user("u")
	who := d.as(account, userPrincipal(u))
	ask := func(ctx context.Context) types.PermissionCheckResultType {
		out := must(d.GetDelegationRequest(ctx, &iam.GetDelegationRequestInput{DelegationRequestId: id, DelegationPermissionCheck: true}))(t)
		if out.PermissionCheckStatus != types.PermissionCheckStatusTypeComplete {
			t.Errorf("%+v", out)
		}
		return out.PermissionCheckResult
	}
	put := func(document string) {
		must(d.PutUserPolicy(d.ctx, &iam.PutUserPolicyInput{UserName: p("u"), PolicyName: p("p"), PolicyDocument: &document}))(t)
	}
	if got := ask(d.ctx); got != types.PermissionCheckResultTypeAllowed {
		t.Errorf("root: %s", got)
	}
	if got := ask(who); got != types.PermissionCheckResultTypeDenied {
		t.Errorf("without policies: %s", got)
	}
	put(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","cognito-idp:List*","iam:*"],"Resource":"*"}]}`)
	if got := ask(who); got != types.PermissionCheckResultTypeAllowed {
		t.Errorf("with enough: %s", got)
	}
	put(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","cognito-idp:List*","iam:*"],"Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/a":"b"}}}]}`)
	if got := ask(who); got != types.PermissionCheckResultTypeUnsure {
		t.Errorf("with conditions: %s", got)
	}
}

func TestDelegationSummary(t *testing.T) {
	t.Parallel()
	d := newDelegations(t)
	id := d.request("workflow-1")
	arn := "arn:aws:iam::" + account + ":delegation-request/"
	out := must(d.GetHumanReadableSummary(d.ctx, &iam.GetHumanReadableSummaryInput{EntityArn: p(arn + *id)}))(t)
	want := "Account " + partner + " asks for access for 1h0m0s: Deploys.\nIt may do cognito-idp:ListUserPools, s3:GetObject on * if aws:RequestedRegion is compared with eu-west-1, us-east-1, eu-north-1.\n" +
		"It may do iam:CreateRole on * if iam:PermissionsBoundary is compared with arn:aws:iam::" + account + ":policy/bound.\n"
	if *out.SummaryContent != want || out.SummaryState != types.SummaryStateTypeAvailable || *out.Locale != "en" {
		t.Errorf("%s", *out.SummaryContent)
	}
	gone := "dr-0123456789abcdef"
	refused[*iam.GetHumanReadableSummaryOutput](t, "NoSuchEntity", "The delegation request "+gone+" cannot be found.")(
		d.GetHumanReadableSummary(d.ctx, &iam.GetHumanReadableSummaryInput{EntityArn: p(arn + gone)}))
	role := p(roleARN + "a")
	refused[*iam.GetHumanReadableSummaryOutput](t, "InvalidInput", "Invalid entity ARN: "+*role+" is not a delegation request.")(
		d.GetHumanReadableSummary(d.ctx, &iam.GetHumanReadableSummaryInput{EntityArn: role}))
}

// The owner may look at a request and pass it on without further permission,
// but not against a denial.
func TestDelegationAccess(t *testing.T) {
	t.Parallel()
	d := newDelegations(t)
	owner := userPrincipal(d.user("u"))
	id := d.request("workflow-1")
	authorized := func(operation string, in any) error {
		call := d.call(owner, "iam", operation)
		ctx := awswire.WithCall(context.Background(), call)
		list := must(d.Table().Access(ctx, operation, in))(t)
		return d.Authorize(ctx, call, list)
	}
	get := &iam.GetDelegationRequestInput{DelegationRequestId: id}
	if err := authorized("GetDelegationRequest", get); err == nil {
		t.Error("somebody who does not own the request gets it without a permission")
	}
	must(d.AssociateDelegationRequest(d.as(account, owner), &iam.AssociateDelegationRequestInput{DelegationRequestId: id}))(t)
	check(t, authorized("GetDelegationRequest", get))
	check(t, authorized("UpdateDelegationRequest", &iam.UpdateDelegationRequestInput{DelegationRequestId: id}))
	check(t, authorized("GetHumanReadableSummary", &iam.GetHumanReadableSummaryInput{EntityArn: p("arn:aws:iam::" + account + ":delegation-request/" + *id)}))
	if err := authorized("AcceptDelegationRequest", &iam.AcceptDelegationRequestInput{DelegationRequestId: id}); err == nil {
		t.Error("the owner accepts without a permission")
	}
	must(d.PutUserPolicy(d.ctx, &iam.PutUserPolicyInput{UserName: p("u"), PolicyName: p("p"), PolicyDocument: p(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"iam:AcceptDelegationRequest","Resource":"*","Condition":{"ArnEquals":{"iam:DelegationRequestOwner":"` + owner.ARN + `"}}},
		{"Effect":"Deny","Action":"iam:GetDelegationRequest","Resource":"*"}]}`)}))(t)
	check(t, authorized("AcceptDelegationRequest", &iam.AcceptDelegationRequestInput{DelegationRequestId: id}))
	if err := authorized("GetDelegationRequest", get); err == nil {
		t.Error("a denial does not bind the owner")
	}
	must(d.PutUserPolicy(d.ctx, &iam.PutUserPolicyInput{UserName: p("u"), PolicyName: p("p"), PolicyDocument: p(allow("iam:CreateDelegationRequest", "*",
		`{"NumericLessThan":{"iam:DelegationDuration":"3600"},"StringEquals":{"iam:TemplateArn":"`+templateARN+`","iam:NotificationChannel":"`+partnerTopic+`"}}`))}))(t)
	check(t, authorized("CreateDelegationRequest", d.input("workflow-9", func(in *iam.CreateDelegationRequestInput) { in.SessionDuration = p[int32](300) })))
	if err := authorized("CreateDelegationRequest", d.input("workflow-9")); err == nil {
		t.Error("iam:DelegationDuration does not count")
	}
}

func TestNoRoleTemplates(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	arn := p("arn:aws:iam::aws:role-template/example")
	refused[*iam.GetRoleTemplateVersionOutput](t, "NoSuchEntity", "The role template "+*arn+" cannot be found.")(
		f.GetRoleTemplateVersion(f.ctx, &iam.GetRoleTemplateVersionInput{TemplateArn: arn}))
	refused[*iam.AcquireRoleOutput](t, "NoSuchEntity", "The role template "+*arn+" cannot be found.")(
		f.AcquireRole(f.ctx, &iam.AcquireRoleInput{TemplateArn: arn}))
}
