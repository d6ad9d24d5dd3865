package bench

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/xml"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/poolhouse-id/poolhouse/policy"
)

// floorSigV4 is what the verification of a signature cannot do without: the
// digests of a body and of a canonical request, and the five codes that derive
// the key and sign (Signature Version 4).
var floorSigV4 = &floor{"SigV4-verification", func(testing.TB) (func() error, *process) {
	body, head := make([]byte, 60), make([]byte, 500)
	return func() error {
		code := func(key []byte, text string) []byte {
			h := hmac.New(sha256.New, key)
			h.Write([]byte(text))
			return h.Sum(nil)
		}
		sum := sha256.Sum256(body)
		canonical := sha256.Sum256(append(head, hex.EncodeToString(sum[:])...))
		key := code(code(code(code([]byte("AWS4secret"), "20260101"), "us-east-1"), "sts"), "aws4_request")
		subtle.ConstantTimeCompare(code(key, hex.EncodeToString(canonical[:])), key)
		return nil
	}, here()
}}

// BenchmarkSTS measures AssumeRole, and GetCallerIdentity for a user and for a
// session; the floor is a round trip and the verification of a signature, and
// for AssumeRole the sealing of a session.
func BenchmarkSTS(b *testing.B) {
	floorCaller := func(b *testing.B) cost { return floorHTTP.cost(b).plus(floorSigV4.cost(b)) }
	b.Run("AssumeRole", func(b *testing.B) {
		eachDatabase(b, func(b *testing.B, w *world) {
			creds, role := w.assumer(b)
			w.run(b, load{floor: floorCaller(b).plus(floorSeal.cost(b)), request: same(queryCall(w.addr, "sts", "AssumeRole", map[string]string{
				"RoleArn": role, "RoleSessionName": "bench", "Tags.member.1.Key": "team", "Tags.member.1.Value": "red",
			}, &creds))})
		})
	})
	b.Run("GetCallerIdentity/user", func(b *testing.B) {
		eachDatabase(b, func(b *testing.B, w *world) {
			creds, _ := w.assumer(b)
			w.run(b, load{floor: floorCaller(b), request: same(queryCall(w.addr, "sts", "GetCallerIdentity", nil, &creds))})
		})
	})
	b.Run("GetCallerIdentity/session", func(b *testing.B) {
		eachDatabase(b, func(b *testing.B, w *world) {
			w.run(b, load{floor: floorCaller(b), request: same(w.getCallerIdentity())})
		})
	})
}

// assumer makes a user who may assume a role, in an account of its own.
func (w *world) assumer(b *testing.B) (creds aws.Credentials, role string) {
	b.Helper()
	_, accountID := w.fresh()
	root := keys(accountID)
	c, err := dial(w.addr)
	if err != nil {
		b.Fatal(err)
	}
	defer c.conn.Close()
	call := func(operation string, in map[string]string) (out struct {
		Role      struct{ Arn string }                          `xml:"CreateRoleResult>Role"`
		AccessKey struct{ AccessKeyId, SecretAccessKey string } `xml:"CreateAccessKeyResult>AccessKey"` //nolint:revive // as on the wire
	}) {
		answer, err := c.do(queryCall(w.addr, "iam", operation, in, &root))
		if err != nil {
			b.Fatal(err)
		}
		if err := xml.Unmarshal(answer, &out); err != nil {
			b.Fatal(err)
		}
		return out
	}
	n, _ := w.fresh()
	name := string(rune('a'+n%26)) + hex.EncodeToString([]byte{byte(n >> 8), byte(n)})
	actions := []string{"sts:AssumeRole", "sts:TagSession"}
	call("CreateUser", map[string]string{"UserName": name})
	call("PutUserPolicy", map[string]string{"UserName": name, "PolicyName": "p", "PolicyDocument": document(map[string]any{"Effect": "Allow", "Action": actions, "Resource": "*"})})
	made := call("CreateRole", map[string]string{"RoleName": name, "AssumeRolePolicyDocument": document(map[string]any{
		"Effect": "Allow", "Action": actions, "Principal": map[string]any{"AWS": accountID},
	})})
	key := call("CreateAccessKey", map[string]string{"UserName": name})
	return aws.Credentials{AccessKeyID: key.AccessKey.AccessKeyId, SecretAccessKey: key.AccessKey.SecretAccessKey}, made.Role.Arn
}

// BenchmarkPolicy measures decisions: ops/s is decisions per second. The
// benchmarks of package policy have a naive interpretation beside them.
func BenchmarkPolicy(b *testing.B) {
	statements := `{"Sid":"Own","Effect":"Allow","Action":"s3:*Object","Resource":"arn:aws:s3:::data/${aws:username}/*"}`
	for range 20 {
		statements = `{"Effect":"Allow","Action":["dynamodb:Get*","dynamodb:Query"],"Resource":"arn:aws:dynamodb:*:*:table/orders","Condition":{"StringEquals":{"aws:PrincipalTag/team":"blue"}}},` + statements
	}
	p := policy.MustParse(`{"Version":"2012-10-17","Statement":[` + statements + `]}`)
	ann, err := policy.ParsePrincipal("arn:aws:iam::123456789012:user/ann")
	if err != nil {
		b.Fatal(err)
	}
	req := &policy.Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::data/ann/notes.txt", Principal: ann}
	ann.SetContext(&req.Context)
	in := &policy.Inputs{Identity: []*policy.Policy{p}}
	b.ReportAllocs()
	for b.Loop() {
		if !policy.Evaluate(req, in).Allowed {
			b.Fatal("denied")
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
}
