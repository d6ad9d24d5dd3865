package policy

import (
	"fmt"
	"testing"
)

const (
	roleARN    = "arn:aws:iam::" + account + ":role/team/worker"
	sessionARN = "arn:aws:sts::" + account + ":assumed-role/worker/one"
	roleID     = "AROAWORKERWORKERWORK1"
	queue      = "arn:aws:sqs:eu-west-1:" + account + ":q"
	elsewhere  = "arn:aws:sqs:eu-west-1:999999999999:q"
)

var (
	root       = Principal{Kind: Root, ARN: "arn:aws:iam::" + account + ":root", Account: account, UserID: account}
	worker     = Principal{Kind: RoleSession, ARN: sessionARN, IssuerARN: roleARN, Account: account, UserID: roleID + ":one"}
	fed        = Principal{Kind: FederatedUser, ARN: "arn:aws:sts::" + account + ":federated-user/bob", IssuerARN: joe.ARN, IssuerID: joe.UserID, Account: account, UserID: account + ":bob"}
	lambda     = Principal{Kind: Service, Service: "lambda.amazonaws.com"}
	nobody     = Principal{}
	webSubject = Principal{Kind: Federated, Providers: []string{"arn:aws:iam::" + account + ":oidc-provider/host", "host"}}
)

func identity(effect string) *Policy {
	return MustParse(doc(`{"Effect":"` + effect + `","Action":"*","Resource":"*"}`))
}

func resource(effect, principal string) *Policy {
	return MustParse(doc(`{"Effect":"` + effect + `","Action":"*","Resource":"*","Principal":` + principal + `}`))
}

func aws(value string) string { return `{"AWS":"` + value + `"}` }

func TestEvaluate(t *testing.T) {
	t.Parallel()
	yes, no := identity("Allow"), identity("Deny")
	other := MustParse(doc(`{"Effect":"Allow","Action":"iam:*","Resource":"*"}`))
	all, some := []*Policy{yes}, []*Policy{other}
	everyone, ownAccount := resource("Allow", `"*"`), resource("Allow", aws(account))
	onSession, onRole := resource("Allow", aws(sessionARN)), resource("Allow", aws(roleARN))
	onUser := resource("Allow", aws(joe.ARN))
	tests := []struct {
		name     string
		who      Principal
		resource string
		in       Inputs
		allowed  bool
		explicit bool
		decided  Type
	}{
		{"nothing", joe, queue, Inputs{}, false, false, IdentityPolicy},
		{"identity allows", joe, queue, Inputs{Identity: all}, true, false, IdentityPolicy},
		{"another policy of several", joe, queue, Inputs{Identity: []*Policy{other, yes}}, true, false, IdentityPolicy},
		{"identity denies", joe, queue, Inputs{Identity: []*Policy{yes, no}}, false, true, IdentityPolicy},
		{"root", root, queue, Inputs{}, true, false, NoPolicy},
		{"root and an SCP", root, queue, Inputs{SCPs: [][]*Policy{some}}, false, false, SCP},
		{"root denied by the resource", root, queue, Inputs{Resource: resource("Deny", `"*"`)}, false, true, ResourcePolicy},

		{"boundary allows", joe, queue, Inputs{Identity: all, Boundary: yes}, true, false, IdentityPolicy},
		{"boundary alone grants nothing", joe, queue, Inputs{Boundary: yes}, false, false, IdentityPolicy},
		{"boundary limits", joe, queue, Inputs{Identity: all, Boundary: other}, false, false, Boundary},
		{"boundary denies", joe, queue, Inputs{Identity: all, Boundary: no}, false, true, Boundary},
		{"session allows", worker, queue, Inputs{Identity: all, Session: []*Policy{other, yes}}, true, false, IdentityPolicy},
		{"session limits", worker, queue, Inputs{Identity: all, Session: some}, false, false, SessionPolicy},
		{"session denies", worker, queue, Inputs{Identity: all, Session: []*Policy{no}}, false, true, SessionPolicy},
		{"no session policies, but limited", fed, queue, Inputs{Identity: all, SessionLimited: true}, false, false, SessionPolicy},

		{"every SCP level allows", joe, queue, Inputs{Identity: all, SCPs: [][]*Policy{all, all}}, true, false, IdentityPolicy},
		{"one SCP level does not", joe, queue, Inputs{Identity: all, SCPs: [][]*Policy{all, some, all}}, false, false, SCP},
		{"an SCP level without policies", joe, queue, Inputs{Identity: all, SCPs: [][]*Policy{all, {}}}, false, false, SCP},
		{"SCP denies", joe, queue, Inputs{Identity: all, SCPs: [][]*Policy{all, {yes, no}}}, false, true, SCP},
		{"RCP does not allow", joe, queue, Inputs{Identity: all, RCPs: [][]*Policy{some}}, false, false, RCP},
		{"RCP denies", lambda, queue, Inputs{Resource: everyone, RCPs: [][]*Policy{{yes, no}}}, false, true, RCP},
		{"endpoint does not allow", joe, queue, Inputs{Identity: all, Endpoint: other}, false, false, EndpointPolicy},
		{"endpoint allows", joe, queue, Inputs{Identity: all, Endpoint: yes}, true, false, IdentityPolicy},

		// The table of "resource-based policies and implicit denials in other policy types".
		{"user named, boundary not asked", joe, queue, Inputs{Resource: onUser, Boundary: other}, true, false, ResourcePolicy},
		{"session named, nothing else asked", worker, queue, Inputs{Resource: onSession, Boundary: other, Session: some}, true, false, ResourcePolicy},
		{"role named", worker, queue, Inputs{Resource: onRole}, true, false, ResourcePolicy},
		{"role named, boundary asked", worker, queue, Inputs{Resource: onRole, Boundary: other}, false, false, Boundary},
		{"role named, session policy asked", worker, queue, Inputs{Resource: onRole, Session: some}, false, false, SessionPolicy},
		{"federated user named", fed, queue, Inputs{Resource: resource("Allow", aws(fed.ARN)), SessionLimited: true}, true, false, ResourcePolicy},
		{"user of a federated user named", fed, queue, Inputs{Resource: onUser, Session: all}, true, false, ResourcePolicy},
		{"user of a federated user named, limited", fed, queue, Inputs{Resource: onUser, SessionLimited: true}, false, false, SessionPolicy},
		{"account named only delegates", joe, queue, Inputs{Resource: ownAccount}, false, false, IdentityPolicy},
		{"account named, identity allows", joe, queue, Inputs{Resource: ownAccount, Identity: all}, true, false, IdentityPolicy},
		{"root ARN is the account", joe, queue, Inputs{Resource: resource("Allow", aws(root.ARN))}, false, false, IdentityPolicy},
		{"everyone", joe, queue, Inputs{Resource: everyone}, true, false, ResourcePolicy},
		{"everyone as AWS principal", worker, queue, Inputs{Resource: resource("Allow", aws("*"))}, true, false, ResourcePolicy},
		{"someone else named", joe, queue, Inputs{Resource: onRole, Identity: all}, true, false, IdentityPolicy},
		{"unique id of a user", joe, queue, Inputs{Resource: resource("Allow", aws(joe.UserID))}, true, false, ResourcePolicy},
		{"unique id of a role", worker, queue, Inputs{Resource: resource("Allow", aws(roleID))}, true, false, ResourcePolicy},
		{"unique id of a recreated role", worker, queue, Inputs{Resource: resource("Allow", aws("AROAOTHEROTHEROTHER12"))}, false, false, IdentityPolicy},
		{"role ARN without its path", worker, queue, Inputs{Resource: resource("Allow", aws("arn:aws:iam::"+account+":role/worker"))}, false, false, IdentityPolicy},
		{"another session of the role", worker, queue, Inputs{Resource: resource("Allow", aws(sessionARN+"x"))}, false, false, IdentityPolicy},
		{"resource denies the account", joe, queue, Inputs{Identity: all, Resource: resource("Deny", aws(account))}, false, true, ResourcePolicy},
		{"resource denies someone else", joe, queue, Inputs{Identity: all, Resource: resource("Deny", aws(roleARN))}, true, false, IdentityPolicy},

		{"across accounts, no resource policy", joe, elsewhere, Inputs{Identity: all}, false, false, ResourcePolicy},
		{"across accounts, identity only", joe, elsewhere, Inputs{Identity: all, Resource: resource("Allow", aws("999999999999"))}, false, false, ResourcePolicy},
		{"across accounts, resource only", joe, elsewhere, Inputs{Resource: onUser}, false, false, IdentityPolicy},
		{"across accounts, both", joe, elsewhere, Inputs{Identity: all, Resource: ownAccount}, true, false, ResourcePolicy},
		{"across accounts, boundary", joe, elsewhere, Inputs{Identity: all, Resource: onUser, Boundary: other}, false, false, Boundary},
		{"across accounts, session", worker, elsewhere, Inputs{Identity: all, Resource: onSession, Session: some}, false, false, SessionPolicy},
		{"across accounts by ResourceAccount", joe, "arn:aws:s3:::b", Inputs{Identity: all, ResourceAccount: "999999999999"}, false, false, ResourcePolicy},
		{"bucket of the own account", joe, "arn:aws:s3:::b", Inputs{Identity: all, ResourceAccount: account}, true, false, IdentityPolicy},
		{"root across accounts", root, elsewhere, Inputs{Resource: ownAccount}, true, false, ResourcePolicy},
		{"root across accounts, not named", root, elsewhere, Inputs{}, false, false, ResourcePolicy},

		{"service", lambda, queue, Inputs{Resource: resource("Allow", `{"Service":"lambda.amazonaws.com"}`)}, true, false, ResourcePolicy},
		{"another service", lambda, queue, Inputs{Resource: resource("Allow", `{"Service":"ec2.amazonaws.com"}`), Identity: all}, false, false, ResourcePolicy},
		{"account does not mean a service", lambda, queue, Inputs{Resource: ownAccount}, false, false, ResourcePolicy},
		{"unsigned", nobody, queue, Inputs{Resource: everyone}, true, false, ResourcePolicy},
		{"unsigned, not public", nobody, queue, Inputs{Resource: ownAccount, Identity: all}, false, false, ResourcePolicy},
		{"unsigned, no policy", nobody, queue, Inputs{}, false, false, ResourcePolicy},
	}
	for _, tt := range tests {
		req := &Request{Action: "sqs:SendMessage", Resource: tt.resource, Principal: tt.who}
		d := Evaluate(req, &tt.in)
		if d.Allowed != tt.allowed || d.ExplicitDeny != tt.explicit || d.Type != tt.decided {
			t.Errorf("%s: got %+v", tt.name, d)
		}
		if x := Explain(req, &tt.in); x.Decision != d {
			t.Errorf("%s: decided %+v, explained %+v", tt.name, d, x.Decision)
		}
		if got := (d.Statement.Policy != nil); got != (tt.explicit || tt.allowed && tt.decided != NoPolicy) {
			t.Errorf("%s: statement %+v", tt.name, d.Statement)
		}
	}
}

func TestNotPrincipal(t *testing.T) {
	t.Parallel()
	list := func(effect string, values ...string) *Policy {
		names := ""
		for i, v := range values {
			if i > 0 {
				names += ","
			}
			names += fmt.Sprintf("%q", v)
		}
		return MustParse(doc(`{"Effect":"` + effect + `","Action":"*","Resource":"*","NotPrincipal":{"AWS":[` + names + `]}}`))
	}
	all := []*Policy{identity("Allow")}
	tests := []struct {
		name     string
		who      Principal
		policy   *Policy
		boundary *Policy
		denied   bool
	}{
		{"user and account listed", joe, list("Deny", joe.ARN, root.ARN), nil, false},
		{"user alone", joe, list("Deny", joe.ARN), nil, true},
		{"account alone", joe, list("Deny", root.ARN), nil, true},
		{"session, role and account", worker, list("Deny", sessionARN, roleARN, account), nil, false},
		{"role and account", worker, list("Deny", roleARN, account), nil, true},
		{"root listed", root, list("Deny", root.ARN), nil, false},
		{"everyone listed", joe, list("Deny", "*"), nil, false},
		{"listed, but bounded", joe, list("Deny", joe.ARN, root.ARN), identity("Allow"), true},
		{"a service", lambda, list("Deny", root.ARN), nil, true},
	}
	for _, tt := range tests {
		in := &Inputs{Identity: all, Resource: tt.policy, Boundary: tt.boundary}
		d := Evaluate(&Request{Action: "sqs:SendMessage", Resource: queue, Principal: tt.who}, in)
		if d.ExplicitDeny != tt.denied {
			t.Errorf("%s: %+v", tt.name, d)
		}
	}
	req := &Request{Action: "sqs:SendMessage", Resource: queue, Principal: worker}
	for listed, allowed := range map[string]bool{roleARN: false, sessionARN: false, account: false, joe.ARN: true} {
		if d := Evaluate(req, &Inputs{Resource: list("Allow", listed)}); d.Allowed != allowed {
			t.Errorf("Allow with NotPrincipal %s: %+v", listed, d)
		}
	}
}

func TestEvaluateTrust(t *testing.T) {
	t.Parallel()
	trust := func(principal, more string) *Policy {
		return MustParse(doc(`{"Effect":"Allow","Action":["sts:AssumeRole","sts:AssumeRoleWithWebIdentity"],"Principal":` + principal + more + `}`))
	}
	all := []*Policy{identity("Allow")}
	tests := []struct {
		name    string
		who     Principal
		action  string
		role    string
		in      Inputs
		allowed bool
		decided Type
	}{
		{"user named", joe, "sts:AssumeRole", roleARN, Inputs{Resource: trust(aws(joe.ARN), "")}, true, TrustPolicy},
		{"user named, identity denies", joe, "sts:AssumeRole", roleARN, Inputs{Resource: trust(aws(joe.ARN), ""), Identity: []*Policy{identity("Deny")}}, false, IdentityPolicy},
		{"account named", joe, "sts:AssumeRole", roleARN, Inputs{Resource: trust(aws(account), "")}, false, IdentityPolicy},
		{"account named, identity allows", joe, "sts:AssumeRole", roleARN, Inputs{Resource: trust(aws(root.ARN), ""), Identity: all}, true, IdentityPolicy},
		{"an administrator not trusted", joe, "sts:AssumeRole", roleARN, Inputs{Resource: trust(aws(roleARN), ""), Identity: all}, false, TrustPolicy},
		{"no trust policy", joe, "sts:AssumeRole", roleARN, Inputs{Identity: all}, false, TrustPolicy},
		{"another action", joe, "sts:TagSession", roleARN, Inputs{Resource: trust(aws(joe.ARN), ""), Identity: all}, false, TrustPolicy},
		{"a role itself", worker, "sts:AssumeRole", roleARN, Inputs{Resource: trust(`{"Service":"ec2.amazonaws.com"}`, ""), Identity: all}, false, TrustPolicy},
		{"a role that trusts itself", worker, "sts:AssumeRole", roleARN, Inputs{Resource: trust(aws(roleARN), "")}, true, TrustPolicy},
		{"role named, boundary", worker, "sts:AssumeRole", roleARN, Inputs{Resource: trust(aws(roleARN), ""), Boundary: MustParse(doc(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`))}, false, Boundary},
		{"across accounts, both", joe, "sts:AssumeRole", "arn:aws:iam::999999999999:role/r", Inputs{Resource: trust(aws(account), ""), Identity: all}, true, TrustPolicy},
		{"across accounts, trust only", joe, "sts:AssumeRole", "arn:aws:iam::999999999999:role/r", Inputs{Resource: trust(aws(joe.ARN), "")}, false, IdentityPolicy},
		{"across accounts, identity only", joe, "sts:AssumeRole", "arn:aws:iam::999999999999:role/r", Inputs{Resource: trust(aws(roleARN), ""), Identity: all}, false, TrustPolicy},
		{"web identity", webSubject, "sts:AssumeRoleWithWebIdentity", roleARN, Inputs{Resource: trust(`{"Federated":"`+webSubject.Providers[0]+`"}`, "")}, true, TrustPolicy},
		{"web identity by domain", webSubject, "sts:AssumeRoleWithWebIdentity", roleARN, Inputs{Resource: trust(`{"Federated":"host"}`, "")}, true, TrustPolicy},
		{"web identity of another provider", webSubject, "sts:AssumeRoleWithWebIdentity", roleARN, Inputs{Resource: trust(`{"Federated":"other"}`, ""), Identity: all}, false, TrustPolicy},
		{"web identity, condition fails", webSubject, "sts:AssumeRoleWithWebIdentity", roleARN, Inputs{Resource: trust(`{"Federated":"host"}`, `,"Condition":{"StringEquals":{"host:aud":"x"}}`)}, false, TrustPolicy},
		{"service", lambda, "sts:AssumeRole", roleARN, Inputs{Resource: trust(`{"Service":"lambda.amazonaws.com"}`, "")}, true, TrustPolicy},
		{"a user is no service", joe, "sts:AssumeRole", roleARN, Inputs{Resource: trust(`{"Service":"lambda.amazonaws.com"}`, ""), Identity: all}, false, TrustPolicy},
	}
	for _, tt := range tests {
		req := &Request{Action: tt.action, Resource: tt.role, Principal: tt.who}
		d := EvaluateTrust(req, &tt.in)
		if d.Allowed != tt.allowed || d.Type != tt.decided {
			t.Errorf("%s: got %+v", tt.name, d)
		}
		if x := ExplainTrust(req, &tt.in); x.Decision != d {
			t.Errorf("%s: decided %+v, explained %+v", tt.name, d, x.Decision)
		}
	}
}

func TestDenialMessage(t *testing.T) {
	t.Parallel()
	const action = "sqs:SendMessage"
	prefix := "User: " + joe.ARN + " is not authorized to perform: sqs:SendMessage on resource: " + queue
	tests := []struct {
		d    Decision
		want string
	}{
		{Decision{Allowed: true, Type: IdentityPolicy}, ""},
		{Decision{Type: ResourcePolicy, CrossAccount: true}, ""},
		{Decision{Type: IdentityPolicy}, " because no identity-based policy allows the sqs:SendMessage action"},
		{Decision{Type: Boundary}, " because no permissions boundary allows the sqs:SendMessage action"},
		{Decision{Type: SessionPolicy}, " because no session policy allows the sqs:SendMessage action"},
		{Decision{Type: ResourcePolicy}, " because no resource-based policy allows the sqs:SendMessage action"},
		{Decision{Type: TrustPolicy}, " because no role trust policy allows the sqs:SendMessage action"},
		{Decision{Type: EndpointPolicy}, " because no VPC endpoint policy allows the sqs:SendMessage action"},
		{Decision{Type: SCP}, " with an explicit deny in a service control policy"},
		{Decision{Type: RCP}, " with an explicit deny in a resource control policy"},
		{Decision{Type: IdentityPolicy, ExplicitDeny: true}, " with an explicit deny in an identity-based policy"},
		{Decision{Type: Boundary, ExplicitDeny: true}, " with an explicit deny in a permissions boundary"},
		{Decision{Type: SessionPolicy, ExplicitDeny: true}, " with an explicit deny in a session policy"},
		{Decision{Type: ResourcePolicy, ExplicitDeny: true}, " with an explicit deny in a resource-based policy"},
		{Decision{Type: TrustPolicy, ExplicitDeny: true}, " with an explicit deny in the role trust policy"},
		{Decision{Type: EndpointPolicy, ExplicitDeny: true}, " with an explicit deny in a VPC endpoint policy"},
		{Decision{Type: SCP, ExplicitDeny: true}, " with an explicit deny in a service control policy"},
	}
	for _, tt := range tests {
		if got := DenialMessage(joe.ARN, action, queue, tt.d); got != prefix+tt.want {
			t.Errorf("%+v: got %s", tt.d, got)
		}
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	p := MustParse(doc(
		`{"Sid":"a","Effect":"Allow","Action":"sqs:*","Resource":"*"}`,
		`{"Sid":"b","Effect":"Allow","Action":"sqs:Send*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu","k":"v"},"StringLike":{"AWS:requestedregion":"e*","present":"${team}"}}}`,
		`{"Sid":"c","Effect":"Allow","Action":"sns:*","Resource":"*","Condition":{"StringEquals":{"unrelated":"v"}}}`,
		`{"Sid":"d","Effect":"Allow","Action":"sqs:*","Resource":"*"}`,
		`{"Sid":"e","Effect":"Deny","Action":"sqs:*","Resource":"*","Condition":{"Bool":{"locked":"true"}}}`,
		`{"Sid":"f","Effect":"Deny","Action":"sqs:*","Resource":"*","Condition":{"Bool":{"locked":"true"}}}`))
	req := &Request{Action: "sqs:SendMessage", Resource: queue, Principal: joe, Context: keys(map[string]any{"present": "x"})}
	in := &Inputs{Identity: []*Policy{identity("Deny"), p}[1:], Boundary: identity("Allow"), SCPs: [][]*Policy{{identity("Allow")}}}
	sids := func(x Explanation) (s string) {
		for _, m := range x.Matched {
			if m.Type == IdentityPolicy {
				s += m.Statement().Sid()
			}
		}
		return s
	}
	x := Explain(req, in)
	if got := sids(x); !x.Allowed || got != "ad" {
		t.Errorf("allowed by %s: %+v", got, x)
	}
	if got, want := fmt.Sprint(x.MissingContext), "[aws:RequestedRegion k locked team]"; got != want {
		t.Errorf("missing %s, want %s", got, want)
	}
	if l, ok := x.Layer(Boundary); !ok || !l.Allowed || l.ExplicitDeny {
		t.Errorf("boundary %+v %v", l, ok)
	}
	if _, ok := x.Layer(SessionPolicy); ok {
		t.Error("there is no session policy")
	}
	req.Context.Set("locked", "true")
	if x = Explain(req, in); !x.ExplicitDeny || sids(x) != "ef" || len(x.Matched) != 2 {
		t.Errorf("denied by %s: %+v", sids(x), x)
	}
	if l, _ := x.Layer(IdentityPolicy); l.Allowed || !l.ExplicitDeny {
		t.Errorf("identity %+v", l)
	}
	req.Action = "iam:GetUser"
	if x = Explain(req, in); x.Allowed || x.ExplicitDeny || x.Matched != nil || x.MissingContext != nil {
		t.Errorf("implicit denial: %+v", x)
	}
}

func TestSetContext(t *testing.T) {
	t.Parallel()
	tests := []struct {
		who  Principal
		want string
	}{
		{nobody, "aws:principaltype=[Anonymous]"},
		{lambda, ""},
		{root, "aws:principalaccount=[123456789012] aws:principalarn=[arn:aws:iam::123456789012:root] aws:principaltype=[Account] aws:userid=[123456789012]"},
		{joe, "aws:principalaccount=[123456789012] aws:principalarn=[arn:aws:iam::123456789012:user/team/joe] aws:principaltype=[User] aws:userid=[AIDAJOEJOEJOEJOEJOE12] aws:username=[joe]"},
		{worker, "aws:principalaccount=[123456789012] aws:principalarn=[arn:aws:iam::123456789012:role/team/worker] aws:principaltype=[AssumedRole] aws:userid=[AROAWORKERWORKERWORK1:one]"},
		{fed, "aws:principalaccount=[123456789012] aws:principalarn=[arn:aws:sts::123456789012:federated-user/bob] aws:principaltype=[FederatedUser] aws:userid=[123456789012:bob]"},
	}
	for _, tt := range tests {
		var c Context
		tt.who.SetContext(&c)
		got := ""
		for k, v := range c.All() {
			if got != "" {
				got += " "
			}
			got += fmt.Sprintf("%s=%v", k, v.Strings())
		}
		if got != tt.want {
			t.Errorf("got %s\nwant %s", got, tt.want)
		}
	}
}

// Each policy that scopes a session down must allow, also what a resource policy grants to the session itself.
func TestScopeDown(t *testing.T) {
	t.Parallel()
	allow := func(actions string) *Policy {
		return MustParse(doc(`{"Effect":"Allow","Action":` + actions + `,"Resource":"*"}`))
	}
	granted := MustParse(doc(`{"Effect":"Allow","Principal":` + aws(sessionARN) + `,"Action":"sqs:*","Resource":"*"}`))
	req := &Request{Action: "sqs:SendMessage", Resource: queue, Principal: worker}
	for _, c := range []struct {
		name string
		in   Inputs
		want Decision
	}{
		{"both", Inputs{Identity: []*Policy{allow(`"*"`)}, ScopeDown: []*Policy{allow(`"sqs:*"`), allow(`"*"`)}}, Decision{Allowed: true, Type: IdentityPolicy}},
		{"the first not", Inputs{Identity: []*Policy{allow(`"*"`)}, ScopeDown: []*Policy{allow(`"sns:*"`), allow(`"*"`)}}, Decision{Type: SessionPolicy}},
		{"the second not", Inputs{Identity: []*Policy{allow(`"*"`)}, ScopeDown: []*Policy{allow(`"*"`), allow(`"sns:*"`)}}, Decision{Type: SessionPolicy}},
		{"nil", Inputs{Identity: []*Policy{allow(`"*"`)}, ScopeDown: []*Policy{nil}}, Decision{Type: SessionPolicy}},
		{"session policies not", Inputs{Identity: []*Policy{allow(`"*"`)}, Session: []*Policy{allow(`"sns:*"`)}, ScopeDown: []*Policy{allow(`"*"`)}}, Decision{Type: SessionPolicy}},
		{"nothing grants", Inputs{ScopeDown: []*Policy{allow(`"*"`)}}, Decision{Type: IdentityPolicy}},
		{"resource policy", Inputs{Resource: granted, ScopeDown: []*Policy{allow(`"sqs:*"`)}}, Decision{Allowed: true, Type: ResourcePolicy}},
		{"resource policy, scope not", Inputs{Resource: granted, ScopeDown: []*Policy{allow(`"sns:*"`)}}, Decision{Type: SessionPolicy}},
	} {
		x := Explain(req, &c.in)
		d := Evaluate(req, &c.in)
		if layer, ok := x.Layer(SessionPolicy); !ok || layer.Allowed != (d.Type != SessionPolicy) {
			t.Errorf("%s: layer %+v", c.name, layer)
		}
		if x.Allowed != d.Allowed || x.Type != d.Type {
			t.Errorf("%s: explained %+v", c.name, x.Decision)
		}
		if d.Statement = (StatementRef{}); d != c.want {
			t.Errorf("%s: %+v", c.name, d)
		}
	}
	deny := MustParse(doc(`{"Effect":"Allow","Action":"*","Resource":"*"}`, `{"Effect":"Deny","Action":"sqs:*","Resource":"*"}`))
	d := Evaluate(req, &Inputs{Identity: []*Policy{allow(`"*"`)}, ScopeDown: []*Policy{allow(`"*"`), deny}})
	if !d.ExplicitDeny || d.Type != SessionPolicy || d.Statement.Level != 2 || d.Statement.Index != 1 {
		t.Errorf("%+v", d)
	}
}
