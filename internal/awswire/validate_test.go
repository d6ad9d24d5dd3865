package awswire

import (
	"errors"
	"fmt"
	"reflect"
	"regexp/syntax"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	idtypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
)

// broken is a case of TestValidateRefuses.
type broken struct {
	svc       *Service
	operation string
	in        any
	want      string
}

func TestValidateRefuses(t *testing.T) {
	t.Parallel()
	const role = "arn:aws:iam::123456789012:role/reader"
	for _, tt := range []broken{
		{CognitoIDP, "DescribeUserPool", &cognitoidentityprovider.DescribeUserPoolInput{UserPoolId: aws.String("YOUR_USER_POOL_ID!")},
			`1 validation error detected: Value 'YOUR_USER_POOL_ID!' at 'userPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+`},
		{CognitoIDP, "DescribeUserPool", &cognitoidentityprovider.DescribeUserPoolInput{},
			`1 validation error detected: Value null at 'userPoolId' failed to satisfy constraint: Member must not be null`},
		{CognitoIDP, "SignUp", &cognitoidentityprovider.SignUpInput{ClientId: aws.String("c"), Username: aws.String("u"), Password: aws.String("a b")},
			`1 validation error detected: Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern: [\S]+`},
		{CognitoIDP, "SignUp", &cognitoidentityprovider.SignUpInput{ClientId: aws.String("c"), Username: aws.String("")},
			`2 validation errors detected: Value at 'username' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+; ` +
				`Value at 'username' failed to satisfy constraint: Member must have length greater than or equal to 1`},
		{CognitoIDP, "InitiateAuth", &cognitoidentityprovider.InitiateAuthInput{ClientId: aws.String("c"), AuthFlow: "NO_AUTH"},
			`1 validation error detected: Value 'NO_AUTH' at 'authFlow' failed to satisfy constraint: Member must satisfy enum value set: [USER_SRP_AUTH, REFRESH_TOKEN_AUTH, REFRESH_TOKEN, CUSTOM_AUTH, ADMIN_NO_SRP_AUTH, USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH, USER_AUTH]`},
		{CognitoIDP, "ListUserPools", &cognitoidentityprovider.ListUserPoolsInput{MaxResults: aws.Int32(61)},
			`1 validation error detected: Value '61' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 60`},
		{CognitoIDP, "ListUserPools", &cognitoidentityprovider.ListUserPoolsInput{MaxResults: aws.Int32(0)},
			`1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1`},
		{CognitoIDP, "CreateUserPool", &cognitoidentityprovider.CreateUserPoolInput{PoolName: aws.String("p"), AliasAttributes: []types.AliasAttributeType{"email", "x"}},
			`1 validation error detected: Value '[email, x]' at 'aliasAttributes' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [phone_number, email, preferred_username]]`},
		{CognitoIDP, "SetUserPoolSessionConfiguration", &newops.SetUserPoolSessionConfigurationInput{
			UserPoolId: aws.String("r_1"), UserSessionTracking: "ON", TokenSession: &newops.UserPoolTokenSessionConfigType{MaxPerUser: aws.Int32(101)}},
			`2 validation errors detected: Value '101' at 'tokenSession.maxPerUser' failed to satisfy constraint: Member must have value less than or equal to 100; ` +
				`Value 'ON' at 'userSessionTracking' failed to satisfy constraint: Member must satisfy enum value set: [DISABLED, ENABLED]`},
		{CognitoIDP, "RevokeToken", &newops.RevokeTokenInput{
			RevokeTokenInput: cognitoidentityprovider.RevokeTokenInput{ClientId: aws.String("c"), Token: aws.String("t")}, RevokeAssociatedSessions: "ALL"},
			`1 validation error detected: Value 'ALL' at 'revokeAssociatedSessions' failed to satisfy constraint: Member must satisfy enum value set: [LINKED, NONE]`},
		{CognitoIdentity, "DescribeIdentityPool", &cognitoidentity.DescribeIdentityPoolInput{IdentityPoolId: aws.String("us-east-2:mock")},
			`1 validation error detected: Value 'us-east-2:mock' at 'identityPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w-]+:[0-9a-f-]+`},
		{CognitoIdentity, "SetIdentityPoolRoles", &cognitoidentity.SetIdentityPoolRolesInput{
			IdentityPoolId: aws.String("us-east-1:1"), Roles: map[string]string{"authenticated": role, "other": role}},
			`1 validation error detected: Value '{authenticated=` + role + `, other=` + role + `}' at 'roles' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: (un)?authenticated]`},
		{CognitoIdentity, "SetIdentityPoolRoles", &cognitoidentity.SetIdentityPoolRolesInput{
			IdentityPoolId: aws.String("us-east-1:1"), Roles: map[string]string{}, RoleMappings: map[string]idtypes.RoleMapping{"p": {Type: "X"}}},
			`1 validation error detected: Value 'X' at 'roleMappings.p.member.type' failed to satisfy constraint: Member must satisfy enum value set: [Token, Rules]`},
		{IAM, "CreateRole", &iam.CreateRoleInput{AssumeRolePolicyDocument: aws.String("{}"), RoleName: aws.String(strings.Repeat("é", 65))},
			`2 validation errors detected: Value at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+; ` +
				`Value at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64`},
		{IAM, "CreateRole", &iam.CreateRoleInput{AssumeRolePolicyDocument: aws.String("{}"), RoleName: aws.String("r"), Tags: []iamtypes.Tag{{Key: aws.String("k"), Value: aws.String("")}, {Key: aws.String("")}}},
			`3 validation errors detected: Value at 'tags.2.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+; ` +
				`Value at 'tags.2.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1; ` +
				`Value null at 'tags.2.member.value' failed to satisfy constraint: Member must not be null`},
		{IAM, "CreateOpenIDConnectProvider", &iam.CreateOpenIDConnectProviderInput{Url: aws.String("https://x"), ThumbprintList: []string{"a"}},
			`1 validation error detected: Value at 'thumbprintList' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 40, Member must have length greater than or equal to 40]`},
		{IAM, "GetPolicyVersion", &iam.GetPolicyVersionInput{PolicyArn: aws.String("arn:aws:iam::aws:policy/x"), VersionId: aws.String("1")},
			`1 validation error detected: Value at 'versionId' failed to satisfy constraint: Member must satisfy regular expression pattern: v[1-9][0-9]*(\.[A-Za-z0-9-]*)?`},
		{IAM, "ListPolicies", &iam.ListPoliciesInput{Scope: "Mine"},
			`1 validation error detected: Value at 'scope' failed to satisfy constraint: Member must satisfy enum value set`},
		{STS, "AssumeRole", &sts.AssumeRoleInput{RoleArn: aws.String(role), RoleSessionName: aws.String("Session1:2")},
			`1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`},
		{STS, "AssumeRole", &sts.AssumeRoleInput{RoleArn: aws.String(role), RoleSessionName: aws.String("s2"), TransitiveTagKeys: []string{""}, PolicyArns: []ststypes.PolicyDescriptorType{{Arn: aws.String("x")}}},
			`2 validation errors detected: Value 'x' at 'policyArns.1.member.arn' failed to satisfy constraint: Member must have length greater than or equal to 20; ` +
				`Value '[]' at 'transitiveTagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+]`},
		{STS, "GetScopedCredentials", &newops.GetScopedCredentialsInput{DurationSeconds: aws.Int32(0)},
			`1 validation error detected: Value '0' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 1`},
	} {
		err := Validate(tt.svc, tt.operation, tt.in)
		var own *Error
		if !errors.As(err, &own) || own.Code != tt.svc.ValidationCode || own.Message != tt.want {
			t.Errorf("%s:\n got %v\nwant %s", tt.operation, err, tt.want)
		}
	}
}

func TestValidateTakes(t *testing.T) {
	t.Parallel()
	for operation, in := range map[string]any{
		"SignUp":       &cognitoidentityprovider.SignUpInput{ClientId: aws.String("1example23456789"), Username: aws.String("ünïcode🏠"), Password: aws.String("pässwörd🏠")},
		"ListUsers":    &cognitoidentityprovider.ListUsersInput{UserPoolId: aws.String("eu-central-1_AbCdEf123"), Limit: aws.Int32(0)},
		"InitiateAuth": &cognitoidentityprovider.InitiateAuthInput{ClientId: aws.String("c"), AuthFlow: types.AuthFlowTypeUserAuth},
		"RevokeToken":  &cognitoidentityprovider.RevokeTokenInput{ClientId: aws.String("c"), Token: aws.String("eyJ.a-b_c=.d")},
	} {
		if err := Validate(CognitoIDP, operation, in); err != nil {
			t.Errorf("%s: %v", operation, err)
		}
	}
	if err := Validate(IAM, "GetAccountSummary", &iam.GetAccountSummaryInput{}); err != nil {
		t.Error(err)
	}
}

func TestValidateIsBounded(t *testing.T) {
	t.Parallel()
	tags := make([]iamtypes.Tag, 5000)
	err := Validate(IAM, "TagRole", &iam.TagRoleInput{RoleName: aws.String("r"), Tags: tags})
	if err == nil || !strings.Contains(err.Error(), "10001 validation errors detected: ") || len(err.Error()) > 20_000 {
		t.Errorf("%d bytes: %.200v", len(fmt.Sprint(err)), err)
	}
	long := strings.Repeat("é!", 50_000)
	err = Validate(STS, "AssumeRole", &sts.AssumeRoleInput{RoleArn: aws.String(long), RoleSessionName: aws.String("s2")})
	if err == nil || len(err.Error()) > maxEchoed+500 || !strings.Contains(err.Error(), "...' at 'roleArn'") {
		t.Errorf("%d bytes: %.200v", len(fmt.Sprint(err)), err)
	}
}

// TestPatternsCompile translates every pattern and makes every operation's
// checks.
func TestPatternsCompile(t *testing.T) {
	t.Parallel()
	for _, svc := range allServices {
		for i, s := range modelOf(svc).shapes {
			if s.pattern == "" {
				continue
			}
			if _, special := lookarounds[s.pattern]; !special {
				if _, err := syntax.Parse(translatePattern(s.pattern), syntax.Perl); err != nil {
					t.Errorf("%s, shape %d: %v", svc.Name, i, err)
				}
			}
			matcherOf(s.pattern)("x")
		}
		for _, op := range Operations(svc) {
			m := modelOf(svc)
			if len(m.shapes[m.inputs[op.Name]].members) == 0 {
				continue
			}
			if c := checksOf(svc, op.Name, op.In); c == nil {
				t.Errorf("%s: no checks", op.Name)
			}
		}
	}
}

// TestConstraintsFindMembers holds the generated table against the structs: a
// constraint on a member that no struct has would never be checked.
func TestConstraintsFindMembers(t *testing.T) {
	t.Parallel()
	for _, svc := range allServices {
		m := modelOf(svc)
		for _, op := range Operations(svc) {
			findMembers(t, m, op.Name, planOf(op.In), m.inputs[op.Name])
		}
	}
}

func findMembers(t *testing.T, m *model, path string, p *plan, place uint16) {
	t.Helper()
	for p.kind == kindPointer {
		p = p.elem
	}
	s := m.shapes[place]
	for _, mem := range s.members {
		i, ok := p.names[mem.name]
		if !ok {
			t.Errorf("%s has no member %s", path, mem.name)
			continue
		}
		findMembers(t, m, path+"."+mem.name, p.fields[i].plan, mem.shape)
	}
	switch p.kind {
	case kindList:
		findMembers(t, m, path+".member", p.elem, s.elem)
	case kindMap:
		findMembers(t, m, path+".value", p.elem, s.value)
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pattern, yes, no string
	}{
		{`[\S]+`, "pässwörd", "a b|a\v|"},
		{`[\w-]+_[0-9a-zA-Z]+`, "us-east-1_a|a_b_c", "us-east-1|us_|us-east-1_a\n|é_a"},
		{`^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`, "abc|a-b|a-b-c", "ab|a--b|-ab|ab-|aBc|a-"},
		{`^[0-9A-Za-z\.\-_]*(?<!\.)$`, "|a.b|a", "a.|.|a b"},
		{`(\u002F)|(\u002F[\u0021-\u007E]+\u002F)`, "/|/a/|/a/b/", "|a|/a|/a b/|//é/"},
		{`((/[A-Za-z0-9\.,\+@=_-]+)*)/`, "/|/a/b/", "a|/a|//"},
		{`[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{####\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*`, "code {####}|{####}\v", "code|{###}"},
		{`.*\{####\}.*`, "a {####} b", "a\n{####}|a\u2028{####}"},
		{`(?s).*`, "|a\nb\u2028", ""},
		{`[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`, "a🏠\té", "\x00|\u0080"},
		{`^cognito:(default|dutch|english|french|spanish|german|bahasa-indonesia|italian|japanese|korean|portuguese-brazil|chinese-(simplified|traditional))$`,
			"cognito:dutch|cognito:chinese-simplified", "cognito:|dutch|cognito:dutch\n"},
		{`^[\w\- ]+$`, "a b-c", "|a\tb"},
		{`[^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+`, "abc", "_bc|ab|a c"},
	} {
		match := matcherOf(tt.pattern)
		for s := range strings.SplitSeq(tt.yes, "|") {
			if !match(s) {
				t.Errorf("%s refuses %q", tt.pattern, s)
			}
		}
		for s := range strings.SplitSeq(tt.no, "|") {
			if tt.no != "" && match(s) {
				t.Errorf("%s takes %q", tt.pattern, s)
			}
		}
	}
}

// TestNewopsMatchAdditions pins that an output of ours carries what the SDK's
// of the same name does.
func TestNewopsMatchAdditions(t *testing.T) {
	t.Parallel()
	for _, svc := range allServices {
		for _, op := range Operations(svc) {
			in, out, ok := sdkTypes(svc, op.Name)
			if !ok {
				continue
			}
			for ours, theirs := range map[reflect.Type]reflect.Type{op.In: in, op.Out: out} {
				for _, f := range planOf(theirs).fields {
					if _, ok := planOf(ours).names[f.name]; !ok {
						t.Errorf("%s lacks %s", ours, f.name)
					}
				}
			}
		}
	}
}
