package sts_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	iamapi "github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	stsapi "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
	"github.com/pquerna/otp/totp"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/iam"
	"github.com/poolhouse-id/poolhouse/internal/sigv4"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/sts"
	"github.com/poolhouse-id/poolhouse/internal/token"
)

const (
	account = "123456789012"
	other   = "210987654321"
)

// fixture is STS and IAM over an empty store.
type fixture struct {
	*sts.Service
	iam   *iam.Service
	db    *store.DB
	clock *clock.Fixed
	keys  *token.Keys
	t     testing.TB
	// lastEvent is what was published last of delegation requests.
	lastEvent iam.DelegationEvent
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{clock: clock.NewFixed(time.Date(2025, 3, 6, 12, 0, 0, 0, time.UTC)), t: t}
	var err error
	if f.db, err = store.Open(context.Background(), store.Config{Clock: f.clock}); err != nil {
		t.Fatal(err)
	}
	if f.iam, err = iam.New(iam.Config{Store: f.db, Notify: f.published, ManagementAccount: account}); err != nil {
		t.Fatal(err)
	}
	f.keys = token.New(token.Config{Store: f.db, Clock: f.clock})
	f.Service = sts.New(sts.Config{Store: f.db, IAM: f.iam, Clock: f.clock, Tokens: &tokens{keys: f.keys}, Signer: f.keys})
	t.Cleanup(func() {
		f.keys.Close()
		if err := errors.Join(f.iam.Close(), f.db.Close()); err != nil {
			t.Error(err)
		}
	})
	return f
}

func (f *fixture) published(_ *store.Tx, _, message string, _ time.Time) error {
	return json.Unmarshal([]byte(message), &f.lastEvent)
}

func p[T any](v T) *T { return &v }

func must[O any](out O, err error) func(testing.TB) O {
	return func(t testing.TB) O {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

func refused(t testing.TB, err error, code, message string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) {
		t.Fatalf("error %v, want %s", err, code)
	}
	if api.ErrorCode() != code || api.ErrorMessage() != message {
		t.Fatalf("error %s: %q\nwant  %s: %q", api.ErrorCode(), api.ErrorMessage(), code, message)
	}
}

// calling returns a context in which the principal calls an operation of STS.
func (f *fixture) calling(pr awswire.Principal, operation string) context.Context {
	return awswire.WithCall(context.Background(), &awswire.Call{
		Service: "sts", Operation: operation, Account: pr.Account, Region: "us-east-1", Principal: pr, Time: f.clock.Now(), SourceIP: netip.MustParseAddr("192.0.2.1"),
	})
}

func rootOf(account string) awswire.Principal {
	arn := "arn:aws:iam::" + account + ":root"
	return awswire.Principal{Kind: awswire.Root, Account: account, ARN: arn, IssuerARN: arn, UserID: account}
}

// admin is the context of the account's root calling IAM.
func admin(account string) context.Context {
	return awswire.WithCall(context.Background(), &awswire.Call{Service: "iam", Account: account, Principal: rootOf(account)})
}

// user makes a user with an inline policy (none when it is empty) and returns
// it as the principal of a long-term key.
func (f *fixture) user(account, name, policy string) awswire.Principal {
	f.t.Helper()
	u := store.IAMEntity{Account: account, Kind: store.IAMUser, Name: name, Path: "/"}
	var key store.IAMAccessKey
	err := f.db.Update(context.Background(), func(tx *store.Tx) error {
		u.ID = tx.IDs().UniqueID("AIDA")
		key = store.IAMAccessKey{ID: tx.IDs().AccessKeyID("AKIA", account), Account: account, UserID: u.ID, Active: true, Secret: "secret"}
		return errors.Join(tx.InsertIAMEntity(u), tx.InsertIAMAccessKey(key), tx.BumpIAMRevision(account))
	})
	if err != nil {
		f.t.Fatal(err)
	}
	if policy != "" {
		must(f.iam.PutUserPolicy(admin(account), &iamapi.PutUserPolicyInput{UserName: &name, PolicyName: p("inline"), PolicyDocument: &policy}))(f.t)
	}
	_, pr, err := f.iam.AccessKey(context.Background(), key.ID)
	if err != nil {
		f.t.Fatal(err)
	}
	return pr
}

func (f *fixture) role(account, name, trust string, change ...func(*iamapi.CreateRoleInput)) *iamtypes.Role {
	f.t.Helper()
	in := &iamapi.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust}
	for _, c := range change {
		c(in)
	}
	return must(f.iam.CreateRole(admin(account), in))(f.t).Role
}

func trustAWS(arn, actions, condition string) string {
	if condition != "" {
		condition = `,"Condition":` + condition
	}
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":%q},"Action":%s%s}]}`, arn, actions, condition)
}

const (
	assumeOnly = `"sts:AssumeRole"`
	assumeAll  = `["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]`
	mayAssume  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],"Resource":"*"}]}`
	allowAll   = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
)

// open returns the principal of credentials.
func (f *fixture) open(c *types.Credentials) awswire.Principal {
	f.t.Helper()
	secret, pr, err := f.OpenSession(context.Background(), *c.AccessKeyId, *c.SessionToken)
	if err != nil || secret != *c.SecretAccessKey {
		f.t.Fatalf("secret %q, error %v", secret, err)
	}
	return pr
}

func (f *fixture) assume(pr awswire.Principal, role string, change ...func(*stsapi.AssumeRoleInput)) (*stsapi.AssumeRoleOutput, error) {
	in := &stsapi.AssumeRoleInput{RoleArn: &role, RoleSessionName: p("work")}
	for _, c := range change {
		c(in)
	}
	return f.AssumeRole(f.calling(pr, "AssumeRole"), in)
}

func TestAssumeRole(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.user(account, "alice", mayAssume)
	r := f.role(account, "deploy", trustAWS(account, assumeAll, ""), func(in *iamapi.CreateRoleInput) {
		in.Path, in.MaxSessionDuration = p("/ci/"), p[int32](7200)
	})
	out := must(f.assume(alice, *r.Arn, func(in *stsapi.AssumeRoleInput) { in.DurationSeconds = p[int32](7200) }))(t)
	if *out.AssumedRoleUser.Arn != "arn:aws:sts::"+account+":assumed-role/deploy/work" || *out.AssumedRoleUser.AssumedRoleId != *r.RoleId+":work" ||
		out.PackedPolicySize != nil || out.SourceIdentity != nil || !out.Credentials.Expiration.Equal(f.clock.Now().Add(2*time.Hour)) ||
		!strings.HasPrefix(*out.Credentials.AccessKeyId, "ASIA") || len(*out.Credentials.SecretAccessKey) != 40 || len(*out.Credentials.SessionToken) > 1000 {
		t.Errorf("%+v", out)
	}
	pr := f.open(out.Credentials)
	if pr.Kind != awswire.AssumedRole || pr.IssuerARN != *r.Arn || pr.IssuerID != *r.RoleId || !pr.Temporary || pr.MFA {
		t.Errorf("%+v", pr)
	}
	id := must(f.GetCallerIdentity(f.calling(pr, "GetCallerIdentity"), nil))(t)
	if *id.Arn != *out.AssumedRoleUser.Arn || *id.UserId != *r.RoleId+":work" || *id.Account != account {
		t.Errorf("%+v", id)
	}
}

func TestAssumeRoleRefusals(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.user(account, "alice", mayAssume)
	bob := f.user(account, "bob", "")
	stranger := f.user(other, "stranger", mayAssume)
	direct := *f.role(account, "direct", trustAWS(bob.ARN, assumeOnly, "")).Arn
	delegated := *f.role(account, "delegated", trustAWS(account, assumeOnly, "")).Arn
	external := *f.role(account, "external", trustAWS(other, assumeOnly, `{"StringEquals":{"sts:ExternalId":"42"}}`)).Arn
	gone := "arn:aws:iam::" + account + ":role/gone"
	denied := func(who awswire.Principal, role, reason string) string {
		return "User: " + who.ARN + " is not authorized to perform: sts:AssumeRole on resource: " + role + reason
	}
	must(f.assume(bob, direct))(t)
	must(f.assume(alice, delegated))(t)
	must(f.assume(stranger, external, func(in *stsapi.AssumeRoleInput) { in.ExternalId = p("42") }))(t)
	for _, c := range []struct {
		who           awswire.Principal
		role          string
		change        func(*stsapi.AssumeRoleInput)
		code, message string
	}{
		{alice, direct, nil, "AccessDenied", denied(alice, direct, " because no role trust policy allows the sts:AssumeRole action")},
		{bob, delegated, nil, "AccessDenied", denied(bob, delegated, " because no identity-based policy allows the sts:AssumeRole action")},
		{stranger, delegated, nil, "AccessDenied", denied(stranger, delegated, "")},
		{stranger, external, nil, "AccessDenied", denied(stranger, external, "")},
		{stranger, external, func(in *stsapi.AssumeRoleInput) { in.ExternalId = p("43") }, "AccessDenied", denied(stranger, external, "")},
		{alice, gone, nil, "AccessDenied", denied(alice, gone, "")},
		{alice, "arn:aws:iam::" + account + ":role/x/delegated", nil, "AccessDenied", denied(alice, "arn:aws:iam::"+account+":role/x/delegated", "")},
		{alice, "not-an-arn-but-twenty-long", nil, "ValidationError", "not-an-arn-but-twenty-long is invalid"},
		{rootOf(account), delegated, nil, "AccessDenied", "Roles may not be assumed by root accounts."},
		{alice, delegated, func(in *stsapi.AssumeRoleInput) { in.DurationSeconds = p[int32](3601) }, "ValidationError",
			"The requested DurationSeconds exceeds the MaxSessionDuration set for this role."},
		{alice, delegated, func(in *stsapi.AssumeRoleInput) { in.Tags = []types.Tag{{Key: p("a"), Value: p("1")}} }, "AccessDenied",
			strings.ReplaceAll(denied(alice, delegated, " because no role trust policy allows the sts:AssumeRole action"), "sts:AssumeRole", "sts:TagSession")},
		{alice, delegated, func(in *stsapi.AssumeRoleInput) { in.SourceIdentity = p("me") }, "AccessDenied",
			strings.ReplaceAll(denied(alice, delegated, " because no role trust policy allows the sts:AssumeRole action"), "sts:AssumeRole", "sts:SetSourceIdentity")},
		{alice, delegated, func(in *stsapi.AssumeRoleInput) {
			in.Tags = []types.Tag{{Key: p("a"), Value: p("1")}, {Key: p("A"), Value: p("1")}}
		}, "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive."},
		{alice, delegated, func(in *stsapi.AssumeRoleInput) { in.TransitiveTagKeys = []string{"a"} }, "InvalidParameterValue",
			"The specified transitive tag key must be included in the requested tags."},
		{alice, delegated, func(in *stsapi.AssumeRoleInput) { in.Policy = p("{}") }, "MalformedPolicyDocument", "Syntax errors in policy."},
		{alice, delegated, func(in *stsapi.AssumeRoleInput) { in.Policy = p(allowAll + strings.Repeat(" ", 2048)) }, "PackedPolicyTooLarge",
			"The plaintext of the session policies has more than 2048 characters."},
		{alice, delegated, func(in *stsapi.AssumeRoleInput) {
			in.PolicyArns = []types.PolicyDescriptorType{{Arn: p("arn:aws:iam::aws:policy/Gone")}}
		}, "MalformedPolicyDocument", "Policy arn:aws:iam::aws:policy/Gone does not exist or is not attachable."},
		{alice, delegated, func(in *stsapi.AssumeRoleInput) {
			in.SerialNumber, in.TokenCode = p("arn:aws:iam::1:mfa/x"), p("123456")
		}, "AccessDenied",
			"MultiFactorAuthentication failed with invalid MFA one time pass code. "},
	} {
		change := c.change
		if change == nil {
			change = func(*stsapi.AssumeRoleInput) {}
		}
		_, err := f.assume(c.who, c.role, change)
		refused(t, err, c.code, c.message)
	}
}

func TestSessionDiesWithItsRole(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.user(account, "alice", mayAssume)
	trust := trustAWS(account, assumeOnly, "")
	arn := *f.role(account, "r", trust).Arn
	c := must(f.assume(alice, arn))(t).Credentials
	f.open(c)
	must(f.iam.DeleteRole(admin(account), &iamapi.DeleteRoleInput{RoleName: p("r")}))(t)
	dead := func() {
		t.Helper()
		if _, _, err := f.OpenSession(context.Background(), *c.AccessKeyId, *c.SessionToken); !errors.Is(err, sigv4.ErrUnknownKey) {
			t.Errorf("error %v", err)
		}
	}
	dead()
	f.role(account, "r", trust)
	dead()
}

func TestOpenSessionRefusals(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.user(account, "alice", mayAssume)
	arn := *f.role(account, "r", trustAWS(account, assumeOnly, "")).Arn
	c := must(f.assume(alice, arn))(t).Credentials
	second := must(f.assume(alice, arn))(t).Credentials
	changed := []byte(*c.SessionToken)
	changed[40] ^= 1
	for _, x := range []struct {
		id, token string
	}{{*second.AccessKeyId, *c.SessionToken}, {*c.AccessKeyId, string(changed)}, {*c.AccessKeyId, ""}, {*c.AccessKeyId, "nonsense"}, {"AKIAIOSFODNN7EXAMPLE", *c.SessionToken}} {
		if _, _, err := f.OpenSession(context.Background(), x.id, x.token); !errors.Is(err, sigv4.ErrUnknownKey) {
			t.Errorf("%s: error %v", x.id, err)
		}
	}
	f.clock.Advance(time.Hour - time.Second)
	f.open(c)
	f.clock.Advance(time.Second)
	if _, _, err := f.OpenSession(context.Background(), *c.AccessKeyId, *c.SessionToken); !errors.Is(err, sigv4.ErrTokenExpired) {
		t.Errorf("error %v", err)
	}
}

func TestSessionPolicyInToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.user(account, "alice", mayAssume)
	arn := *f.role(account, "r", trustAWS(account, assumeOnly, "")).Arn
	long := strings.Replace(allowAll, `"Effect"`, `"Sid":"`+strings.Repeat("abcdefg", 250)+`","Effect"`, 1)
	out := must(f.assume(alice, arn, func(in *stsapi.AssumeRoleInput) {
		in.Policy, in.PolicyArns = &long, []types.PolicyDescriptorType{{Arn: p("arn:aws:iam::aws:policy/ReadOnlyAccess")}}
	}))(t)
	if len(*out.Credentials.SessionToken) > 1000 || out.PackedPolicySize == nil || *out.PackedPolicySize < 1 || *out.PackedPolicySize > 100 {
		t.Errorf("token of %d, packed %v", len(*out.Credentials.SessionToken), out.PackedPolicySize)
	}
	if pr := f.open(out.Credentials); pr.SessionPolicy != long || fmt.Sprint(pr.SessionPolicyARNs) != "[arn:aws:iam::aws:policy/ReadOnlyAccess]" {
		t.Errorf("%+v", pr)
	}
}

func TestChaining(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.user(account, "alice", mayAssume)
	trust := trustAWS(account, assumeAll, "")
	long := func(in *iamapi.CreateRoleInput) { in.MaxSessionDuration = p[int32](43200) }
	first, second := *f.role(account, "first", trust, long).Arn, *f.role(account, "second", trust, long).Arn
	must(f.iam.PutRolePolicy(admin(account), &iamapi.PutRolePolicyInput{RoleName: p("first"), PolicyName: p("p"), PolicyDocument: p(mayAssume)}))(t)
	out := must(f.assume(alice, first, func(in *stsapi.AssumeRoleInput) {
		in.DurationSeconds = p[int32](43200)
		in.Tags = []types.Tag{{Key: p("Team"), Value: p("red")}, {Key: p("job"), Value: p("1")}}
		in.TransitiveTagKeys = []string{"Team"}
		in.SourceIdentity = p("alice@example.com")
	}))(t)
	if out.PackedPolicySize == nil || *out.SourceIdentity != "alice@example.com" {
		t.Errorf("%+v", out)
	}
	one := f.open(out.Credentials)
	chained := must(f.assume(one, second))(t)
	if *chained.SourceIdentity != "alice@example.com" {
		t.Errorf("%+v", chained)
	}
	two := f.open(chained.Credentials)
	if fmt.Sprint(two.SessionTags) != "map[Team:red]" || fmt.Sprint(two.TransitiveTagKeys) != "[Team]" || two.SourceIdentity != "alice@example.com" {
		t.Errorf("%+v", two)
	}
	_, err := f.assume(one, second, func(in *stsapi.AssumeRoleInput) { in.DurationSeconds = p[int32](3601) })
	refused(t, err, "ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	_, err = f.assume(one, second, func(in *stsapi.AssumeRoleInput) { in.Tags = []types.Tag{{Key: p("team"), Value: p("blue")}} })
	refused(t, err, "InvalidParameterValue", "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
	_, err = f.assume(one, second, func(in *stsapi.AssumeRoleInput) { in.SourceIdentity = p("mallory") })
	refused(t, err, "AccessDenied", "The source identity of a session cannot be changed.")
}

func TestGetSessionToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.user(account, "alice", "")
	c := must(f.GetSessionToken(f.calling(alice, "GetSessionToken"), &stsapi.GetSessionTokenInput{}))(t).Credentials
	if !c.Expiration.Equal(f.clock.Now().Add(12 * time.Hour)) {
		t.Errorf("ends %v", c.Expiration)
	}
	pr := f.open(c)
	if pr.ARN != alice.ARN || pr.UserID != alice.UserID || !pr.Temporary {
		t.Errorf("%+v", pr)
	}
	_, err := f.GetSessionToken(f.calling(pr, "GetSessionToken"), &stsapi.GetSessionTokenInput{})
	refused(t, err, "AccessDenied", "Cannot call GetSessionToken with session credentials")
	root := must(f.GetSessionToken(f.calling(rootOf(account), "GetSessionToken"), &stsapi.GetSessionTokenInput{DurationSeconds: p[int32](129600)}))(t).Credentials
	if !root.Expiration.Equal(f.clock.Now().Add(time.Hour)) {
		t.Errorf("root's session ends %v", root.Expiration)
	}
	if got := f.open(root); got.ARN != rootOf(account).ARN || got.Kind != awswire.Root {
		t.Errorf("%+v", got)
	}
	_, err = f.GetSessionToken(f.calling(alice, "GetSessionToken"), &stsapi.GetSessionTokenInput{SerialNumber: p("arn:aws:iam::1:mfa/x"), TokenCode: p("123456")})
	refused(t, err, "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ")
}

func TestGetFederationToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.user(account, "alice", allowAll)
	get := func(pr awswire.Principal, policy *string) (*stsapi.GetFederationTokenOutput, error) {
		return f.GetFederationToken(f.calling(pr, "GetFederationToken"), &stsapi.GetFederationTokenInput{Name: p("guest"), Policy: policy})
	}
	out := must(get(alice, nil))(t)
	if *out.FederatedUser.Arn != "arn:aws:sts::"+account+":federated-user/guest" || *out.FederatedUser.FederatedUserId != account+":guest" || *out.PackedPolicySize != 0 {
		t.Errorf("%+v", out)
	}
	bare := f.open(out.Credentials)
	may := func(pr awswire.Principal, action string) error {
		call := awswire.CallOf(f.calling(pr, "x"))
		call.Service = "cognito-idp"
		return f.iam.Authorize(context.Background(), call, []awswire.Access{{Action: action, Resource: "*"}})
	}
	refused(t, may(bare, "cognito-idp:ListUserPools"), "AccessDeniedException",
		"User: arn:aws:sts::"+account+":federated-user/guest is not authorized to perform: cognito-idp:ListUserPools on resource: * because no session policy allows the cognito-idp:ListUserPools action")
	limited := f.open(must(get(alice, p(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"cognito-idp:List*","Resource":"*"}]}`)))(t).Credentials)
	if err := may(limited, "cognito-idp:ListUserPools"); err != nil {
		t.Error(err)
	}
	if err := may(limited, "cognito-idp:CreateUserPool"); err == nil {
		t.Error("a session policy grants more than it says")
	}
	_, err := get(limited, nil)
	refused(t, err, "AccessDenied", "Cannot call GetFederationToken with session credentials")
	byRoot := f.open(must(get(rootOf(account), p(allowAll)))(t).Credentials)
	if err := may(byRoot, "cognito-idp:ListUserPools"); err != nil {
		t.Error(err)
	}
}

func TestGetAccessKeyInfo(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	out := must(f.GetAccessKeyInfo(context.Background(), &stsapi.GetAccessKeyInfoInput{AccessKeyId: p("ASIAQNZGKIQY56JQ7WML")}))(t)
	if *out.Account != "029608264753" {
		t.Error(*out.Account)
	}
	_, err := f.GetAccessKeyInfo(context.Background(), &stsapi.GetAccessKeyInfoInput{AccessKeyId: p("ASIA000000000000000!")})
	refused(t, err, "ValidationError", "Invalid access key id.")
}

func TestDecodeAuthorizationMessage(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	encoded := must(f.EncodeAuthorizationMessage(account, []byte(`{"allowed":false}`)))(t)
	ctx := f.calling(rootOf(account), "DecodeAuthorizationMessage")
	out := must(f.DecodeAuthorizationMessage(ctx, &stsapi.DecodeAuthorizationMessageInput{EncodedMessage: &encoded}))(t)
	if *out.DecodedMessage != `{"allowed":false}` {
		t.Error(*out.DecodedMessage)
	}
	for _, bad := range []string{"", "nonsense", encoded + "A", f.db.SealToken("something else", []byte("x"))} {
		_, err := f.DecodeAuthorizationMessage(ctx, &stsapi.DecodeAuthorizationMessageInput{EncodedMessage: &bad})
		refused(t, err, "InvalidAuthorizationMessageException", "The encoded authorization message is invalid.")
	}
	_, err := f.DecodeAuthorizationMessage(f.calling(rootOf(other), "DecodeAuthorizationMessage"), &stsapi.DecodeAuthorizationMessageInput{EncodedMessage: &encoded})
	refused(t, err, "InvalidAuthorizationMessageException", "The encoded authorization message is invalid.")
	random := make([]byte, 10_000)
	if _, err := rand.Read(random); err != nil {
		t.Fatal(err)
	}
	for _, text := range [][]byte{random, make([]byte, 1<<20)} {
		if long := must(f.EncodeAuthorizationMessage(account, text))(t); long != "" {
			t.Errorf("a message that cannot be decoded has %d characters", len(long))
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	table := newFixture(t).Table()
	if table.Operations["AssumeRoleWithWebIdentity"].Auth != awswire.Public || table.Operations["AssumeRole"].Auth != awswire.Signed {
		t.Error("who may call is wrong")
	}
}

func TestGetWebIdentityToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.user(account, "alice", "")
	get := func(pr awswire.Principal, change func(*stsapi.GetWebIdentityTokenInput)) (*stsapi.GetWebIdentityTokenOutput, error) {
		in := &stsapi.GetWebIdentityTokenInput{Audience: []string{"https://x.example.com"}, SigningAlgorithm: p("ES384"), Tags: []types.Tag{{Key: p("a"), Value: p("b")}}}
		change(in)
		return f.GetWebIdentityToken(f.calling(pr, "GetWebIdentityToken"), in)
	}
	plain := func(*stsapi.GetWebIdentityTokenInput) {}
	_, err := get(alice, plain)
	refused(t, err, "OutboundWebIdentityFederationDisabledException", "Outbound web identity federation is not enabled for this account.")
	issuer := must(f.iam.EnableOutboundWebIdentityFederation(admin(account), nil))(t).IssuerIdentifier
	_, err = f.iam.EnableOutboundWebIdentityFederation(admin(account), nil)
	refused(t, err, "FeatureEnabled", "Outbound web identity federation is already enabled for this account.")
	out := must(get(alice, plain))(t)
	claims := must(f.keys.Verify(context.Background(), token.Account(account), token.UseES384, *out.WebIdentityToken))(t)
	if claims.String("iss") != *issuer || claims.String("sub") != alice.ARN || claims.String("aud") != "https://x.example.com" || claims["https://sts.amazonaws.com/"] == nil ||
		!out.Expiration.Equal(f.clock.Now().Add(5*time.Minute)) {
		t.Errorf("%v", claims)
	}
	session := f.open(must(f.GetSessionToken(f.calling(alice, "GetSessionToken"), &stsapi.GetSessionTokenInput{DurationSeconds: p[int32](900)}))(t).Credentials)
	_, err = get(session, func(in *stsapi.GetWebIdentityTokenInput) { in.DurationSeconds = p[int32](901) })
	refused(t, err, "SessionDurationEscalationException", "The requested duration exceeds the remaining time of the session.")
	_, err = get(alice, func(in *stsapi.GetWebIdentityTokenInput) { in.Tags[0].Value = p(strings.Repeat("x", 5000)) })
	refused(t, err, "JWTPayloadSizeExceededException", "The payload of the token exceeds the maximum size.")
	must(f.iam.DisableOutboundWebIdentityFederation(admin(account), nil))(t)
	_, err = get(alice, plain)
	refused(t, err, "OutboundWebIdentityFederationDisabledException", "Outbound web identity federation is not enabled for this account.")
}

func TestSessionWithMFA(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.user(account, "alice", allowAll)
	device := must(f.iam.CreateVirtualMFADevice(admin(account), &iamapi.CreateVirtualMFADeviceInput{VirtualMFADeviceName: p("phone")}))(t).VirtualMFADevice
	code := func(ahead time.Duration) *string {
		return p(must(totp.GenerateCode(string(device.Base32StringSeed), f.clock.Now().Add(ahead)))(t))
	}
	must(f.iam.EnableMFADevice(admin(account), &iamapi.EnableMFADeviceInput{UserName: p("alice"), SerialNumber: device.SerialNumber, AuthenticationCode1: code(0), AuthenticationCode2: code(30 * time.Second)}))(t)
	f.clock.Advance(2 * time.Minute)
	in := &stsapi.GetSessionTokenInput{SerialNumber: device.SerialNumber, TokenCode: code(0)}
	pr := f.open(must(f.GetSessionToken(f.calling(alice, "GetSessionToken"), in))(t).Credentials)
	if !pr.MFA || !pr.MFAAt.Equal(f.clock.Now()) {
		t.Errorf("%+v", pr)
	}
	_, err := f.GetSessionToken(f.calling(alice, "GetSessionToken"), in)
	refused(t, err, "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ")
	arn := *f.role(account, "careful", trustAWS(account, assumeOnly, `{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`)).Arn
	if _, err := f.assume(alice, arn); err == nil {
		t.Error("a role that demands MFA was assumed without")
	}
	must(f.assume(pr, arn))(t)
	f.clock.Advance(time.Minute)
	must(f.assume(alice, arn, func(in *stsapi.AssumeRoleInput) { in.SerialNumber, in.TokenCode = device.SerialNumber, code(0) }))(t)
}

// Tags of a web identity token are a permission of their own.
func TestTagGetWebIdentityToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alice := f.user(account, "alice", "")
	ctx := f.calling(alice, "GetWebIdentityToken")
	list := must(f.Table().Access(ctx, "GetWebIdentityToken", &stsapi.GetWebIdentityTokenInput{Audience: []string{"a"}, SigningAlgorithm: p("RS256"), Tags: []types.Tag{{Key: p("a"), Value: p("b")}}}))(t)
	if len(list) != 2 || list[0].Action != "sts:GetWebIdentityToken" || list[1].Action != "sts:TagGetWebIdentityToken" || list[1].Keys["aws:RequestTag/a"][0] != "b" {
		t.Errorf("%+v", list)
	}
}
