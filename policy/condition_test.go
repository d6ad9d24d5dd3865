package policy

import "testing"

const account = "123456789012"

var joe = Principal{Kind: User, ARN: "arn:aws:iam::" + account + ":user/team/joe", Account: account, UserID: "AIDAJOEJOEJOEJOEJOE12"}

// keys builds a context: a string is a single value, a []string a list.
func keys(pairs map[string]any) (c Context) {
	for k, v := range pairs {
		switch v := v.(type) {
		case string:
			c.Set(k, v)
		case []string:
			c.SetList(k, v...)
		}
	}
	return c
}

func TestConditions(t *testing.T) {
	t.Parallel()
	type m = map[string]any
	list := func(s ...string) []string { return s }
	tests := []struct {
		condition string
		context   m
		want      bool
	}{
		{`{"StringEquals":{"k":"a"}}`, m{"k": "a"}, true},
		{`{"StringEquals":{"k":"a"}}`, m{"k": "A"}, false},
		{`{"StringEquals":{"k":"a"}}`, m{}, false},
		{`{"StringEquals":{"k":"a*"}}`, m{"k": "ab"}, false},
		{`{"StringEquals":{"k":"a*"}}`, m{"k": "a*"}, true},
		{`{"StringEquals":{"k":["a","b"]}}`, m{"k": "b"}, true},
		{`{"StringEquals":{"k":["a","b"]}}`, m{"k": "c"}, false},
		{`{"StringEquals":{"k":[]}}`, m{"k": "c"}, false},
		{`{"StringEquals":{"k":""}}`, m{"k": ""}, true},
		{`{"StringEquals":{"K":"a"}}`, m{"k": "a"}, true},
		{`{"StringEquals":{"aws:PrincipalTag/Team":"a"}}`, m{"AWS:principaltag/TEAM": "a"}, true},
		{`{"StringEquals":{"k":"a","j":"b"}}`, m{"k": "a", "j": "b"}, true},
		{`{"StringEquals":{"k":"a","j":"b"}}`, m{"k": "a", "j": "c"}, false},
		{`{"StringEquals":{"k":"a"},"StringLike":{"k":"b*"}}`, m{"k": "a"}, false},
		{`{"StringEquals":{"k":"a"},"StringLike":{"k":"?"}}`, m{"k": "a"}, true},
		{`{"nonsense":{}}`, m{}, true},
		{`{"StringEquals":{"k":5}}`, m{"k": "5"}, true},
		{`{"StringEquals":{"k":true}}`, m{"k": "true"}, true},

		{`{"StringNotEquals":{"k":"a"}}`, m{"k": "a"}, false},
		{`{"StringNotEquals":{"k":"a"}}`, m{"k": "b"}, true},
		{`{"StringNotEquals":{"k":"a"}}`, m{}, true},
		{`{"StringNotEquals":{"k":["a","b"]}}`, m{"k": "b"}, false},
		{`{"StringNotEquals":{"k":["a","b"]}}`, m{"k": "c"}, true},
		{`{"StringNotEquals":{"k":[]}}`, m{"k": "c"}, true},

		{`{"StringEqualsIgnoreCase":{"k":"aB"}}`, m{"k": "Ab"}, true},
		{`{"StringEqualsIgnoreCase":{"k":"aB"}}`, m{"k": "Ac"}, false},
		{`{"StringEqualsIgnoreCase":{"k":"${j}X"}}`, m{"k": "abCx", "j": "ABc"}, true},
		{`{"StringEqualsIgnoreCase":{"k":"É"}}`, m{"k": "é"}, true},
		{`{"StringNotEqualsIgnoreCase":{"k":"aB"}}`, m{"k": "Ab"}, false},
		{`{"StringNotEqualsIgnoreCase":{"k":"aB"}}`, m{"k": "c"}, true},

		{`{"StringLike":{"k":"a*c"}}`, m{"k": "abbc"}, true},
		{`{"StringLike":{"k":"a*c"}}`, m{"k": "ac"}, true},
		{`{"StringLike":{"k":"a*c"}}`, m{"k": "abb"}, false},
		{`{"StringLike":{"k":"A*"}}`, m{"k": "abb"}, false},
		{`{"StringLike":{"k":"a?c"}}`, m{"k": "abc"}, true},
		{`{"StringLike":{"k":"a?c"}}`, m{"k": "aéc"}, true},
		{`{"StringLike":{"k":"a?c"}}`, m{"k": "ac"}, false},
		{`{"StringLike":{"k":"*b?*"}}`, m{"k": "aabb"}, true},
		{`{"StringLike":{"k":"*ab"}}`, m{"k": "aab"}, true},
		{`{"StringLike":{"k":"*a?b"}}`, m{"k": "aabab"}, false},
		{`{"StringLike":{"k":"*a?b"}}`, m{"k": "aabaab"}, true},
		{`{"StringLike":{"k":"*"}}`, m{"k": ""}, true},
		{`{"StringLike":{"k":"?*"}}`, m{"k": ""}, false},
		{`{"StringLike":{"k":"*"}}`, m{}, false},
		{`{"StringNotLike":{"k":"a*"}}`, m{"k": "ab"}, false},
		{`{"StringNotLike":{"k":"a*"}}`, m{"k": "b"}, true},
		{`{"StringNotLike":{"k":"a*"}}`, m{}, true},

		// Variables, escapes, defaults.
		{`{"StringEquals":{"k":"${j}"}}`, m{"k": "x", "j": "x"}, true},
		{`{"StringEquals":{"k":"${J}-${j}"}}`, m{"k": "x-x", "j": "x"}, true},
		{`{"StringEquals":{"k":"${j}"}}`, m{"k": "x", "j": "y"}, false},
		{`{"StringEquals":{"k":"${j}"}}`, m{"k": "${j}"}, false},
		{`{"StringNotEquals":{"k":"${j}"}}`, m{"k": "x"}, true},
		{`{"StringEquals":{"k":"${j, 'z'}"}}`, m{"k": "z"}, true},
		{`{"StringEquals":{"k":"${j, 'z'}"}}`, m{"k": "z", "j": "y"}, false},
		{`{"StringEquals":{"k":"${j, ''}"}}`, m{"k": ""}, true},
		{`{"StringEquals":{"k":"${j,'z'}"}}`, m{"k": "z"}, false},
		{`{"StringEquals":{"k":"${j, z}"}}`, m{"k": "z"}, false},
		{`{"StringEquals":{"k":"${j}"}}`, m{"k": "x", "j": list("x")}, false},
		{`{"StringLike":{"k":"${j}/*"}}`, m{"k": "x/y", "j": "x"}, true},
		{`{"StringLike":{"k":"${j}/?"}}`, m{"k": "y/z", "j": "*"}, false},
		{`{"StringLike":{"k":"${j}/?"}}`, m{"k": "*/z", "j": "*"}, true},
		{`{"StringLike":{"k":"a${*}"}}`, m{"k": "ab"}, false},
		{`{"StringLike":{"k":"a${*}${?}${$}"}}`, m{"k": "a*?$"}, true},
		{`{"StringEquals":{"k":"${j"}}`, m{"k": "${j"}, true},

		{`{"NumericEquals":{"k":"1"}}`, m{"k": "1.0"}, true},
		{`{"NumericEquals":{"k":1}}`, m{"k": "2"}, false},
		{`{"NumericEquals":{"k":"9007199254740993"}}`, m{"k": "9007199254740992"}, false},
		{`{"NumericEquals":{"k":"x"}}`, m{"k": "x"}, false},
		{`{"NumericEquals":{"k":"NaN"}}`, m{"k": "NaN"}, false},
		{`{"NumericNotEquals":{"k":"1"}}`, m{"k": "2"}, true},
		{`{"NumericNotEquals":{"k":"1"}}`, m{"k": "1"}, false},
		{`{"NumericNotEquals":{"k":"1"}}`, m{"k": "x"}, false},
		{`{"NumericNotEquals":{"k":"1"}}`, m{}, true},
		{`{"NumericLessThan":{"k":"10"}}`, m{"k": "9.5"}, true},
		{`{"NumericLessThan":{"k":"10"}}`, m{"k": "10"}, false},
		{`{"NumericLessThanEquals":{"k":"10"}}`, m{"k": "10"}, true},
		{`{"NumericLessThanEquals":{"k":"10"}}`, m{"k": "11"}, false},
		{`{"NumericGreaterThan":{"k":"-1"}}`, m{"k": "0"}, true},
		{`{"NumericGreaterThan":{"k":"-1"}}`, m{"k": "-1"}, false},
		{`{"NumericGreaterThanEquals":{"k":"3"}}`, m{"k": "3"}, true},
		{`{"NumericGreaterThanEquals":{"k":"3"}}`, m{"k": "2"}, false},
		{`{"NumericEquals":{"k":"${j}"}}`, m{"k": "1", "j": "1"}, false},

		{`{"DateEquals":{"k":"2026-01-02T03:04:05Z"}}`, m{"k": "2026-01-02T04:04:05+01:00"}, true},
		{`{"DateEquals":{"k":"2026-01-02"}}`, m{"k": "1767312000"}, true},
		{`{"DateEquals":{"k":"2026-01-02"}}`, m{"k": "1767312001"}, false},
		{`{"DateNotEquals":{"k":"2026-01-02"}}`, m{"k": "1767312001"}, true},
		{`{"DateNotEquals":{"k":"2026-01-02"}}`, m{"k": "1767312000"}, false},
		{`{"DateNotEquals":{"k":"2026-01-02"}}`, m{"k": "soon"}, false},
		{`{"DateLessThan":{"k":"2026-01-02T00:00:00Z"}}`, m{"k": "2026-01-01T23:59:59.999Z"}, true},
		{`{"DateLessThan":{"k":"2026-01-02T00:00:00Z"}}`, m{"k": "2026-01-02T00:00:00Z"}, false},
		{`{"DateLessThanEquals":{"k":"2026-01-02T00:00:00Z"}}`, m{"k": "2026-01-02T00:00:00Z"}, true},
		{`{"DateLessThanEquals":{"k":"2026-01-02T00:00:00Z"}}`, m{"k": "2026-01-02T00:00:00.5Z"}, false},
		{`{"DateGreaterThan":{"k":"2024-02-29"}}`, m{"k": "2024-03-01"}, true},
		{`{"DateGreaterThan":{"k":"2024-02-29"}}`, m{"k": "2024-02-28"}, false},
		{`{"DateGreaterThanEquals":{"k":"1969-12-31T23:00:00-01:00"}}`, m{"k": "0"}, true},
		{`{"DateGreaterThanEquals":{"k":"1970-01-01"}}`, m{"k": "1969-12-31T23:59:59Z"}, false},

		{`{"Bool":{"k":"true"}}`, m{"k": "true"}, true},
		{`{"Bool":{"k":true}}`, m{"k": "TRUE"}, true},
		{`{"Bool":{"k":"true"}}`, m{"k": "false"}, false},
		{`{"Bool":{"k":"false"}}`, m{}, false},
		{`{"Bool":{"k":"yes"}}`, m{"k": "yes"}, false},
		{`{"Bool":{"k":"${j}"}}`, m{"k": "true", "j": "true"}, true},
		{`{"BoolIfExists":{"k":"false"}}`, m{}, true},
		{`{"BoolIfExists":{"k":"false"}}`, m{"k": "true"}, false},

		{`{"BinaryEquals":{"k":"aGVsbG8="}}`, m{"k": "aGVsbG8="}, true},
		{`{"BinaryEquals":{"k":"aGVsbG8="}}`, m{"k": "aGVsbG9v"}, false},
		{`{"BinaryEquals":{"k":"!"}}`, m{"k": "!"}, false},

		{`{"IpAddress":{"k":"203.0.113.0/24"}}`, m{"k": "203.0.113.9"}, true},
		{`{"IpAddress":{"k":"203.0.113.7/24"}}`, m{"k": "203.0.113.9"}, true},
		{`{"IpAddress":{"k":"203.0.113.0/24"}}`, m{"k": "203.0.114.9"}, false},
		{`{"IpAddress":{"k":"203.0.113.7"}}`, m{"k": "203.0.113.7"}, true},
		{`{"IpAddress":{"k":"203.0.113.7"}}`, m{"k": "::ffff:203.0.113.7"}, true},
		{`{"IpAddress":{"k":["2001:db8::/32","10.0.0.0/8"]}}`, m{"k": "2001:DB8:1::5"}, true},
		{`{"IpAddress":{"k":"2001:db8::/32"}}`, m{"k": "2001:db9::1"}, false},
		{`{"IpAddress":{"k":"0.0.0.0/0"}}`, m{"k": "2001:db9::1"}, false},
		{`{"IpAddress":{"k":"10.0.0.0/8"}}`, m{"k": "ten"}, false},
		{`{"NotIpAddress":{"k":"10.0.0.0/8"}}`, m{"k": "11.0.0.1"}, true},
		{`{"NotIpAddress":{"k":"10.0.0.0/8"}}`, m{"k": "10.0.0.1"}, false},
		{`{"NotIpAddress":{"k":["10.0.0.0/8","11.0.0.0/8"]}}`, m{"k": "11.0.0.1"}, false},
		{`{"NotIpAddress":{"k":"10.0.0.0/8"}}`, m{}, true},
		{`{"NotIpAddress":{"k":"10.0.0.0/8"}}`, m{"k": "ten"}, false},

		{`{"ArnEquals":{"k":"arn:aws:sns:*:123456789012:t-*"}}`, m{"k": "arn:aws:sns:eu-west-1:123456789012:t-1"}, true},
		{`{"ArnLike":{"k":"arn:aws:sns:*:123456789012:t-?"}}`, m{"k": "arn:aws:sns:eu-west-1:123456789012:t-1"}, true},
		{`{"ArnLike":{"k":"arn:aws:sns:*"}}`, m{"k": "arn:aws:sns:eu-west-1:123456789012:t-1"}, false},
		{`{"ArnLike":{"k":"arn:*:*:*:*:a:b*"}}`, m{"k": "arn:aws:x:y:z:a:b:c"}, true},
		{`{"ArnLike":{"k":"arn:aws:sns:*:t"}}`, m{"k": "arn:aws:sns:eu-west-1:1:t"}, false},
		{`{"ArnLike":{"k":"arn:aws:iam::1:user/${aws:name}"}}`, m{"k": "arn:aws:iam::1:user/x", "aws:name": "x"}, true},
		{`{"ArnLike":{"k":"arn:aws:iam::1:user/${aws:name}"}}`, m{"k": "arn:aws:iam::1:user/x", "aws:name": "*"}, false},
		{`{"ArnLike":{"k":"arn:aws:iam::1:user/*"}}`, m{"k": "joe"}, false},
		{`{"ArnNotEquals":{"k":"arn:aws:iam::1:user/*"}}`, m{"k": "arn:aws:iam::1:role/x"}, true},
		{`{"ArnNotLike":{"k":"arn:aws:iam::1:user/*"}}`, m{"k": "arn:aws:iam::1:user/x"}, false},
		{`{"ArnNotLike":{"k":"arn:aws:iam::1:user/*"}}`, m{}, true},

		{`{"Null":{"k":"true"}}`, m{}, true},
		{`{"Null":{"k":"true"}}`, m{"k": ""}, false},
		{`{"Null":{"k":false}}`, m{"k": "x"}, true},
		{`{"Null":{"k":"false"}}`, m{}, false},
		{`{"Null":{"k":"perhaps"}}`, m{}, false},
		{`{"Null":{"k":["true","false"]}}`, m{}, true},
		{`{"Null":{"k":"false"}}`, m{"k": list("a")}, true},

		{`{"StringEqualsIfExists":{"k":"a"}}`, m{}, true},
		{`{"StringEqualsIfExists":{"k":"a"}}`, m{"k": "b"}, false},
		{`{"StringNotEqualsIfExists":{"k":"a"}}`, m{"k": "a"}, false},
		{`{"NumericLessThanIfExists":{"k":"1"}}`, m{}, true},

		// Sets. Without a set operator a multi-valued key matches nothing, not even with one value.
		{`{"StringEquals":{"k":"a"}}`, m{"k": list("a")}, false},
		{`{"StringNotEquals":{"k":"b"}}`, m{"k": list("a")}, false},
		{`{"StringEqualsIfExists":{"k":"a"}}`, m{"k": list("a")}, false},
		{`{"ForAllValues:StringEquals":{"k":["a","b"]}}`, m{"k": list("a", "b", "a")}, true},
		{`{"ForAllValues:StringEquals":{"k":["a","b"]}}`, m{"k": list("a", "c")}, false},
		{`{"ForAllValues:StringEquals":{"k":["a","b"]}}`, m{"k": list()}, true},
		{`{"ForAllValues:StringEquals":{"k":["a","b"]}}`, m{}, true},
		{`{"ForAllValues:StringEquals":{"k":["a","b"]}}`, m{"k": "a"}, true},
		{`{"ForAllValues:StringEquals":{"k":["a","b"]}}`, m{"k": "c"}, false},
		{`{"ForAllValues:StringEquals":{"k":[]}}`, m{"k": list("a")}, false},
		{`{"ForAllValues:StringNotEquals":{"k":["a","b"]}}`, m{"k": list("c", "d")}, true},
		{`{"ForAllValues:StringNotEquals":{"k":["a","b"]}}`, m{"k": list("c", "a")}, false},
		{`{"ForAllValues:StringLike":{"k":"a*"}}`, m{"k": list("a1", "a2")}, true},
		{`{"ForAnyValue:StringEquals":{"k":["a","b"]}}`, m{"k": list("c", "b")}, true},
		{`{"ForAnyValue:StringEquals":{"k":["a","b"]}}`, m{"k": list("c", "d")}, false},
		{`{"ForAnyValue:StringEquals":{"k":["a","b"]}}`, m{"k": list()}, false},
		{`{"ForAnyValue:StringEquals":{"k":["a","b"]}}`, m{}, false},
		{`{"ForAnyValue:StringEquals":{"k":["a","b"]}}`, m{"k": "a"}, true},
		{`{"ForAnyValue:StringNotEquals":{"k":["a","b"]}}`, m{"k": list("a", "c")}, true},
		{`{"ForAnyValue:StringNotEquals":{"k":["a","b"]}}`, m{"k": list("a", "b")}, false},
		{`{"ForAnyValue:StringNotEquals":{"k":["a","b"]}}`, m{}, false},
		{`{"ForAnyValue:StringEqualsIfExists":{"k":"a"}}`, m{}, true},
		{`{"ForAnyValue:StringEqualsIfExists":{"k":"a"}}`, m{"k": list("b")}, false},
		{`{"ForAnyValue:NumericGreaterThan":{"k":"3"}}`, m{"k": list("1", "4")}, true},
		{`{"ForAllValues:IpAddress":{"k":"10.0.0.0/8"}}`, m{"k": list("10.1.1.1", "11.1.1.1")}, false},
	}
	for _, tt := range tests {
		p := MustParse(condition1(tt.condition))
		req := &Request{Action: "sqs:SendMessage", Resource: "*", Principal: joe, Context: keys(tt.context)}
		in := &Inputs{Identity: []*Policy{p}}
		if got := Evaluate(req, in).Allowed; got != tt.want {
			t.Errorf("%s with %v: got %v", tt.condition, tt.context, got)
		}
		if got := Explain(req, in).Allowed; got != tt.want {
			t.Errorf("%s with %v: explained as %v", tt.condition, tt.context, got)
		}
	}
}

// Before version 2012-10-17 there are no variables.
func TestVariablesByVersion(t *testing.T) {
	t.Parallel()
	req := &Request{Action: "sqs:SendMessage", Resource: "arn:aws:sqs:::x", Principal: joe, Context: keys(map[string]any{"j": "x", "k": "${j}"})}
	for _, tt := range []struct {
		version string
		literal bool
	}{{"2008-10-17", true}, {"2012-10-17", false}} {
		p := MustParse(`{"Version":"` + tt.version + `","Statement":{` + good + `,"Condition":{"StringEquals":{"k":"${j}"}}}}`)
		if got := Evaluate(req, &Inputs{Identity: []*Policy{p}}).Allowed; got != tt.literal {
			t.Errorf("condition of version %s: %v", tt.version, got)
		}
		p = MustParse(`{"Version":"` + tt.version + `","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:sqs:::${j}"}}`)
		if got := Evaluate(req, &Inputs{Identity: []*Policy{p}}).Allowed; got == tt.literal {
			t.Errorf("resource of version %s: %v", tt.version, got)
		}
	}
}
