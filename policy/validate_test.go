package policy

import (
	"errors"
	"strings"
	"testing"
)

// doc wraps statements into a document of the current version.
func doc(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// good is the rest of a statement that needs nothing more.
const good = `"Effect":"Allow","Action":"sqs:Send*","Resource":"*"`

func with(members string) string { return `{"Effect":"Allow","Action":"sqs:Send*",` + members + `}` }

func condition1(c string) string { return doc(`{` + good + `,"Condition":` + c + `}`) }

func checkMessage(t *testing.T, document string, err error, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Errorf("%s\nrefused: %v", document, err)
		} else if _, err := Parse(document); err != nil {
			t.Errorf("%s\nvalid, but does not parse: %v", document, err)
		}
		return
	}
	var syntax *SyntaxError
	if !errors.As(err, &syntax) || syntax.Message != want {
		t.Errorf("%s\n got %v\nwant %s", document, err, want)
	}
}

func TestValidateIdentity(t *testing.T) {
	t.Parallel()
	const arnFormat = ` must be in ARN format or "*".`
	tests := []struct{ document, want string }{
		// Syntax comes first, over the whole document.
		{``, msgSyntax},
		{`not json`, msgSyntax},
		{`[]`, msgSyntax},
		{`"*"`, msgSyntax},
		{doc(`{`+good+`}`) + `x`, msgSyntax},
		{`{"Version":"2012-10-17"}`, msgSyntax},
		{doc(), msgSyntax},
		{doc(`"word"`), msgSyntax},
		{`{"Version":"2012-10-17","Statement":"word"}`, msgSyntax},
		{`{"Version":"2012-10-17","Statement":{` + good + `},"Author":"me"}`, msgSyntax},
		{`{"Version":"2020-01-01","Statement":{` + good + `}}`, msgSyntax},
		{`{"Version":20121017,"Statement":{` + good + `}}`, msgSyntax},
		{`{"Version":"2012-10-17","Id":["x"],"Statement":{` + good + `}}`, msgSyntax},
		{`{"Version":"2012-10-17","Id":{},"Statement":{` + good + `}}`, msgSyntax},
		{doc(`{` + good + `,"Comment":"x"}`), msgSyntax},
		{doc(`{` + good + `,"Sid":{}}`), msgSyntax},
		{doc(`{` + good + `,"Sid":["x"]}`), msgSyntax},
		{doc(`{"Action":"sqs:*","Resource":"*"}`), msgSyntax},
		{doc(`{"Effect":"Maybe","Action":"sqs:*","Resource":"*"}`), msgSyntax},
		{doc(`{"Effect":true,"Action":"sqs:*","Resource":"*"}`), msgSyntax},
		{doc(`{"Effect":"Allow","Action":{},"Resource":"*"}`), msgSyntax},
		{doc(`{"Effect":"Allow","Action":[["sqs:*"]],"Resource":"*"}`), msgSyntax},
		{doc(`{"Effect":"Allow","Action":["sqs:*",{}],"Resource":"*"}`), msgSyntax},
		{doc(`{"Effect":"Allow","Action":7,"Resource":"*"}`), msgSyntax},
		{doc(with(`"Resource":{"a":"*"}`)), msgSyntax},
		{doc(with(`"Resource":["*",{}]`)), msgSyntax},
		{doc(with(`"NotAction":[],"Resource":"*"`)), msgSyntax},
		{doc(with(`"Resource":"*","NotResource":[]`)), msgSyntax},
		{doc(`{` + good + `,"Effect":"Deny"}`), msgSyntax},
		{condition1(`[]`), msgSyntax},
		{condition1(`"x"`), msgSyntax},
		{condition1(`{"StringEquals":"x"}`), msgSyntax},
		{condition1(`{"StringEquals":[]}`), msgSyntax},
		{condition1(`{"StringEquals":{"k":{}}}`), msgSyntax},
		{condition1(`{"StringEquals":{"k":[["x"]]}}`), msgSyntax},
		{condition1(`{"StringEquals":{"k":null}}`), msgSyntax},
		{condition1(`{"StringMatches":{"k":"x"}}`), msgSyntax},
		{condition1(`{"stringequals":{"k":"x"}}`), msgSyntax},
		{condition1(`{"NullIfExists":{"k":"true"}}`), msgSyntax},
		{condition1(`{"ForAnyValue::StringLike":{"k":"x"}}`), msgSyntax},
		{condition1(`{"ForSomeValue:StringLike":{"k":"x"}}`), msgSyntax},
		{`{"Statement":{"Effect":"Allow","Action":"x","Resource":"x","Extra":1}}`, msgSyntax},
		{strings.Repeat(`{"a":`, 40) + `1` + strings.Repeat(`}`, 40), msgSyntax},

		// Then the version, before all that follows.
		{`{"Statement":{` + good + `}}`, msgVersion},
		{`{"Version":"2008-10-17","Statement":{` + good + `}}`, msgVersion},
		{`{"Statement":{"Effect":"alloW","Action":"x","Resource":"x"}}`, msgVersion},

		{doc(`{` + good + `,"Principal":"*"}`), msgPrincipal},
		{doc(`{` + good + `,"NotPrincipal":{"AWS":"*"}}`), msgPrincipal},

		// What the older parser refuses.
		{doc(`{"Effect":"denY","Action":"sqs:*","Resource":"*"}`), msgLegacy},
		{doc(`{"Sid":"a",`+good+`}`, `{"Sid":"a","Effect":"allow","Action":"sqs:*","Resource":"*"}`), msgLegacy},
		{condition1(`{"DateLessThan":{"aws:CurrentTime":"tomorrow"}}`), msgLegacy},
		{condition1(`{"DateEquals":{"aws:CurrentTime":["2026-01-01","2026-00-01"]}}`), msgLegacy},
		{condition1(`{"DateLessThan":{"k":"2026-13"}}`), msgLegacy},
		{condition1(`{"DateLessThan":{"k":"2026-01-01T24:00:00Z"}}`), msgLegacy},
		{condition1(`{"DateLessThan":{"k":"2026-01-01T10:00:00+1"}}`), msgLegacy},
		{condition1(`{"DateLessThan":{"k":"2026-01-01T10:00:00.1234567890Z"}}`), msgLegacy},
		{condition1(`{"ForAnyValue:DateLessThanIfExists":{"k":"9223372036854775808"}}`), msgLegacy},
		{doc(with(`"Resource":"arn:aws:s3::bucket"`)), msgLegacy},
		{doc(with(`"NotResource":"arn:aws:s3::bucket"`)), msgLegacy},
		{doc(with(`"Resource":"arn:aws::bucket"`)), msgLegacy},
		{doc(with(`"Resource":"arn:aws::::bucket"`)), msgLegacy},
		{doc(`{"Effect":"Allow","Resource":"arn:aws:s3::bucket"}`), msgLegacy},
		{doc(`{"Effect":"Allow","Action":"sqs:*","Resource":"arn:nowhere:sqs:::q","Condition":{"DateEquals":{"k":"x"}}}`), msgLegacy},

		{doc(`{"Sid":"a",`+good+`}`, `{"Sid":"a","Effect":"Deny"}`), msgSidUnique},

		{doc(`{"Effect":"Allow"}`), msgNoActions},
		{doc(`{"Effect":"Allow","Resource":"nonsense"}`), msgNoActions},
		{doc(`{"Effect":"Allow","Action":[],"Resource":"*"}`), msgNoActions},
		{doc(`{`+good+`}`, `{"Effect":"Deny","Resource":"*"}`), msgNoActions},

		{doc(with(`"Resource":"queue"`)), "Resource queue" + arnFormat},
		{doc(with(`"Resource":""`)), "Resource " + arnFormat},
		{doc(with(`"Resource":["*","queue"]`)), "Resource queue" + arnFormat},
		{doc(`{"Effect":"Allow","Action":"a:b:c","Resource":"queue"}`), "Resource queue" + arnFormat},
		{doc(with(`"Resource":"x:y"`)), `Partition "y" is not valid for resource "arn:y:*:*:*:*".`},
		{doc(with(`"Resource":"x:y:z"`)), `Partition "y" is not valid for resource "arn:y:z:*:*:*".`},
		{doc(with(`"Resource":"arn:y:a:b:c:d:e:f"`)), `Partition "y" is not valid for resource "arn:y:a:b:c:d:e:f".`},
		{doc(with(`"Resource":"aws:sqs:::queue"`)), `Partition "sqs" is not valid for resource "arn:sqs:::queue:*".`},
		{doc(with(`"Resource":["arn:y:sqs:::q","arn:y:sqs::q"]`)), `Partition "y" is not valid for resource "arn:y:sqs:::q".`},
		{doc(with(`"Resource":"arn:aws-cn:sqs:::q"`)), `Partition "aws-cn" is not valid for resource "arn:aws-cn:sqs:::q".`},
		{doc(with(`"Resource":"arn:aws"`)), msgVendor},
		{doc(with(`"Resource":"arn:aws:s*:::b"`)), msgVendor},
		{doc(with(`"Resource":"arn:aws:iam:eu-west-1::user/x"`)), "IAM resource arn:aws:iam:eu-west-1::user/x cannot contain region information."},
		{doc(with(`"Resource":"arn:aws:s3:eu-west-1::b"`)), "Resource arn:aws:s3:eu-west-1::b can not contain region information."},
		{doc(with(`"Resource":"arn:aws:iam:::thing"`)), msgIAMPath},
		{doc(with(`"NotResource":"arn:aws:iam::123456789012:users/x"`)), msgIAMPath},
		{doc(with(`"Resource":"queue"`), `{"Effect":"Allow","Action":"sqs:*"}`), "Resource queue" + arnFormat},

		{doc(`{"Effect":"Allow","Action":"sqs:*"}`), msgNoResources},
		{doc(with(`"Resource":[]`)), msgNoResources},
		{doc(`{"Effect":"Allow","Action":"nonsense"}`), msgNoResources},

		{doc(`{"Effect":"Allow","Action":"nonsense","Resource":"*"}`), msgActionVendor},
		{doc(`{"Effect":"Allow","NotAction":"","Resource":"*"}`), msgActionVendor},
		{doc(`{"Effect":"Allow","Action":"sqs:a:b","Resource":"*"}`), msgActionColon},
		{doc(`{`+good+`}`, `{"Effect":"Allow","Action":["sqs:*","a:b:c"],"Resource":"*"}`), msgActionColon},
		{doc(`{"Effect":"Allow","Action":"a b:c","Resource":"*"}`), "Vendor a b is not valid"},
		{doc(`{"Effect":"Allow","Action":"s*:c","Resource":"*"}`), "Vendor s* is not valid"},

		// Accepted.
		{`{"Version":"2012-10-17","Statement":{` + good + `}}`, ""},
		{` {"Id":"mine", "Statement":[ {` + good + `} ] , "Version":"2012-10-17"} `, ""},
		{doc(`{`+good+`}`, `{`+good+`}`), ""},
		{doc(`{"Sid":"",`+good+`}`, `{"Sid":"",`+good+`}`), ""},
		{doc(`{"Sid":"a",`+good+`}`, `{`+good+`}`), ""},
		{doc(`{"Effect":"Deny","NotAction":"*","NotResource":["*"]}`), ""},
		{doc(`{"Effect":"Allow","Action":"*","Resource":"*"}`), ""},
		{doc(`{"Effect":"Allow","Action":"*:*","Resource":"*"}`), ""},
		{doc(`{"Effect":"Allow","Action":"nobody-knows.this: at all ","Resource":"*"}`), ""},
		{doc(with(`"Resource":"arn:aws:sqs"`)), ""},
		{doc(with(`"Resource":"arn:aws:sqs:eu-west-1::q"`)), ""},
		{doc(with(`"Resource":"arn:aws:unheardof:::q"`)), ""},
		{doc(with(`"Resource":["arn:aws:iam:::user/x","arn:aws:iam::*:*","arn:aws:iam::123456789012:root"]`)), ""},
		{doc(with(`"Resource":"arn:aws:s3:eu-west-1:123456789012:accesspoint/ap"`)), ""},
		{doc(with(`"Resource":"arn:aws:s3:::b/${aws:username}/*"`)), ""},
		{condition1(`{}`), ""},
		{condition1(`{"whatever":{},"else":{}}`), ""},
		{condition1(`{"DateGreaterThan":{}}`), ""},
		{condition1(`{"DateGreaterThan":{"k":[]}}`), ""},
		{condition1(`{"DateGreaterThan":{"k":"01T"}}`), ""},
		{condition1(`{"DateGreaterThan":{"k":"-292275054"}}`), ""},
		{condition1(`{"DateGreaterThan":{"k":["1700000000","2026-02-03T04:05:06.789+02:00","2026-02-03t4:05:06+23"]}}`), ""},
		{condition1(`{"ForAllValues:StringEquals":{"aws:TagKeys":"a"}}`), ""},
		{condition1(`{"ForAnyValue:StringEqualsIfExists":{"k":["a","b"]}}`), ""},
		{condition1(`{"Bool":{"aws:SecureTransport":true},"NumericLessThan":{"k":[1,2.5]}}`), ""},
	}
	for _, tt := range tests {
		checkMessage(t, tt.document, ValidateIdentity(tt.document), tt.want)
		checkMessage(t, tt.document, ValidateSession(tt.document), tt.want)
	}
}

func TestValidateTrust(t *testing.T) {
	t.Parallel()
	trust := func(principal, action, more string) string {
		return doc(`{"Effect":"Allow","Principal":` + principal + `,"Action":` + action + more + `}`)
	}
	const assume = `"sts:AssumeRole"`
	user := func(value string) string { return `{"AWS":"` + value + `"}` }
	tests := []struct{ document, want string }{
		{`{`, msgTrustJSON},
		{`[]`, msgTrustJSON},
		{`{"Version":"2013-01-01","Statement":[]}`, msgTrustVersion},
		{`{"Version":"2012-10-17","Statement":[]}`, msgTrustEmpty},
		{`{"Version":"2012-10-17"}`, msgTrustEmpty},
		{`{"Extra":1,"Statement":[]}`, msgSyntax},
		{doc(`"x"`), msgSyntax},
		{trust(user("*"), assume, `,"Resource":"*"`), "Has prohibited field Resource"},
		{trust(user("*"), assume, `,"NotResource":"*"`), "Has prohibited field NotResource"},
		{doc(`{"Effect":"Allow","NotPrincipal":{"AWS":"*"},"Action":"sts:AssumeRole"}`), msgTrustNotPrincipal},
		{doc(`{"Effect":"Allow","Action":"sts:AssumeRole"}`), "Missing required field Principal"},
		{doc(`{"Principal":"*","Action":"sts:AssumeRole"}`), "Missing required field Effect"},
		{doc(`{"Principal":"*","Effect":"Allow"}`), "Missing required field Action"},
		{trust(`"123456789012"`, assume, ``), msgTrustPrincipal},
		{trust(`["*"]`, assume, ``), msgTrustPrincipal},
		{trust(`{}`, assume, ``), msgTrustNoPrincipals},
		{trust(`{"AWS":[]}`, assume, ``), msgTrustNoPrincipals},
		{doc(`{"Sid":"a","Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}`, `{"Sid":"a","Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}`), msgTrustSids},
		{doc(`{"Effect":"ALLOW","Principal":"*","Action":"sts:AssumeRole"}`), msgLegacy},
		{trust(`"*"`, `"s3:GetObject"`, ``), msgTrustActions},
		{trust(`"*"`, `"*"`, ``), msgTrustActions},
		{trust(`"*"`, `"sts:GetCallerIdentity"`, ``), msgTrustActions},
		{trust(`"*"`, `["sts:AssumeRole","iam:PassRole"]`, ``), msgTrustActions},
		{trust(`"*"`, `[]`, ``), msgTrustActions},
		{doc(`{"Effect":"Allow","Principal":"*","NotAction":"sts:TagSession"}`), msgTrustActions},
		{trust(user("someone"), assume, ``), `Invalid principal in policy: "AWS":"someone"`},
		{trust(user("arn:aws:iam::123456789012:group/g"), assume, ``), `Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:group/g"`},
		{trust(user("arn:aws:iam::123456789012:user/*"), assume, ``), `Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:user/*"`},
		{trust(user("arn:aws:iam::12:root"), assume, ``), `Invalid principal in policy: "AWS":"arn:aws:iam::12:root"`},
		{trust(`{"Service":"lambda"}`, assume, ``), `Invalid principal in policy: "SERVICE":"lambda"`},
		{trust(`{"Robot":"x"}`, assume, ``), `Invalid principal in policy: "ROBOT":"x"`},
		{trust(`{"Federated":"nodots"}`, `"sts:AssumeRoleWithWebIdentity"`, ``), msgTrustFederated},
		{trust(`{"Federated":"arn:aws:iam::123456789012:role/r"}`, `"sts:AssumeRoleWithSAML"`, ``), msgTrustFederated},
		{trust(`{"Federated":"cognito-identity.amazonaws.com"}`, `"sts:AssumeRoleWithWebIdentity"`, ``), msgTrustCognito},
		{trust(`{"Federated":"cognito-identity.amazonaws.com"}`, `"sts:AssumeRoleWithWebIdentity"`, `,"Condition":{}`), msgTrustCognito},
		{trust(`"*"`, assume, `,"Condition":{"Nope":{"k":"v"}}`), msgSyntax},

		{trust(`"*"`, assume, ``), ""},
		{`{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}`, ""},
		{trust(user("123456789012"), `["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]`, ``), ""},
		{trust(user("arn:aws:iam::123456789012:root"), `"sts:*"`, ``), ""},
		{trust(`{"AWS":["arn:aws:iam::123456789012:user/a/b","arn:aws:iam::123456789012:role/r","arn:aws:sts::123456789012:assumed-role/r/s","AROAABCDEFGHIJKLMNOPQ"]}`, assume, ``), ""},
		{trust(`{"Service":["lambda.amazonaws.com","ec2.amazonaws.com"]}`, assume, ``), ""},
		{trust(`{"Federated":"arn:aws:iam::123456789012:oidc-provider/host/path"}`, `"sts:AssumeRoleWithWebIdentity"`, ``), ""},
		{trust(`{"Federated":"arn:aws:iam::123456789012:saml-provider/p"}`, `"sts:AssumeRoleWithSAML"`, ``), ""},
		{trust(`{"Federated":"cognito-identity.amazonaws.com"}`, `"sts:AssumeRoleWithWebIdentity"`, `,"Condition":{"StringEquals":{"cognito-identity.amazonaws.com:aud":"x"}}`), ""},
	}
	for _, tt := range tests {
		checkMessage(t, tt.document, ValidateTrust(tt.document), tt.want)
	}
}

func TestValidateResource(t *testing.T) {
	t.Parallel()
	tests := []struct{ document, want string }{
		{`x`, msgSyntax},
		{doc(`{` + good + `}`), msgNoPrincipal},
		{doc(`{` + good + `,"Principal":{"AWS":"nobody"}}`), `Invalid principal in policy: "AWS":"nobody"`},
		{doc(`{"Principal":"*","Effect":"Allow","Action":"sqs:*"}`), msgNoResources},
		{doc(`{"Principal":"*","Effect":"Allow","Resource":"*"}`), msgNoActions},
		{`{"Statement":{` + good + `,"Principal":"*"}}`, ""},
		{doc(`{` + good + `,"NotPrincipal":{"AWS":"arn:aws:iam::123456789012:user/u"}}`), ""},
	}
	for _, tt := range tests {
		checkMessage(t, tt.document, ValidateResource(tt.document), tt.want)
	}
}

func TestInvalidPrincipal(t *testing.T) {
	t.Parallel()
	p := MustParse(doc(`{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::123456789012:user/gone"]},"Action":"sts:AssumeRole"}`))
	got := InvalidPrincipal(p.Principals()[0]).Error()
	if want := `Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:user/gone"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]int{"": 0, " \t\r\n": 0, `{ "a": "b c" }`: 10, "é é": 2} {
		if got := Size(document); got != want {
			t.Errorf("Size(%q) = %d, want %d", document, got, want)
		}
	}
}

func TestRewritePrincipals(t *testing.T) {
	t.Parallel()
	const before = `{ "Statement": {"Principal": {"AWS": [ "arn:aws:iam::123456789012:role/r", "123456789012" ],
  "Service": "ec2.amazonaws.com"}, "Effect":"Allow","Action":"sts:AssumeRole" } }`
	const id = "AROAABCDEFGHIJKLMNOPQ"
	got, err := RewritePrincipals(before, func(p PrincipalElement) (string, bool) {
		return id, p.Type == "AWS" && strings.HasSuffix(p.Value, "role/r")
	})
	if want := strings.Replace(before, "arn:aws:iam::123456789012:role/r", id, 1); err != nil || got != want {
		t.Errorf("got %s, %v", got, err)
	}
	if _, err := RewritePrincipals("{", nil); err == nil {
		t.Error("no error for a document that is not JSON")
	}
}
