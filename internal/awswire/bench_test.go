package awswire

import (
	"encoding/json"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
)

const signUpBody = `{"ClientId":"1example23456789","Username":"jane@example.com","Password":"Correct-horse-7",` +
	`"UserAttributes":[{"Name":"email","Value":"jane@example.com"},{"Name":"given_name","Value":"Jane"}],` +
	`"ClientMetadata":{"source":"web"}}`

func BenchmarkDecodeJSON(b *testing.B) {
	b.Run("awswire", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := DecodeJSON([]byte(signUpBody), &cognitoidentityprovider.SignUpInput{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := json.Unmarshal([]byte(signUpBody), &cognitoidentityprovider.SignUpInput{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func users() *cognitoidentityprovider.ListUsersOutput {
	out := &cognitoidentityprovider.ListUsersOutput{}
	for range 60 {
		now := time.UnixMilli(1709290123456)
		out.Users = append(out.Users, types.UserType{
			Username: aws.String("44e8b438-a061-70ca-0000-000000000000"), Enabled: true, UserStatus: types.UserStatusTypeConfirmed,
			UserCreateDate: &now, UserLastModifiedDate: &now,
			Attributes: []types.AttributeType{
				{Name: aws.String("sub"), Value: aws.String("44e8b438-a061-70ca-0000-000000000000")},
				{Name: aws.String("email"), Value: aws.String("jane@example.com")},
			},
		})
	}
	return out
}

func BenchmarkEncodeJSON(b *testing.B) {
	for name, out := range map[string]any{
		"SignUp": &cognitoidentityprovider.SignUpOutput{UserSub: aws.String("44e8b438-a061-70ca-0000-000000000000")}, "ListUsers": users(),
	} {
		b.Run(name+"/awswire", func(b *testing.B) {
			b.ReportAllocs()
			var buf []byte
			for b.Loop() {
				buf, _ = AppendJSON(buf[:0], out)
			}
			b.SetBytes(int64(len(buf)))
		})
		b.Run(name+"/encoding-json", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := json.Marshal(out); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkValidate(b *testing.B) {
	token := make([]byte, 1200)
	for i := range token {
		token[i] = "abcXYZ019-_."[i%12]
	}
	for name, in := range map[string]any{
		"SignUp":       signUpInput(b),
		"GetUser":      &cognitoidentityprovider.GetUserInput{AccessToken: aws.String(string(token))},
		"AdminGetUser": &cognitoidentityprovider.AdminGetUserInput{UserPoolId: aws.String("eu-central-1_AbCdEf123"), Username: aws.String("jane@example.com")},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := Validate(CognitoIDP, name, in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func signUpInput(b *testing.B) *cognitoidentityprovider.SignUpInput {
	in := &cognitoidentityprovider.SignUpInput{}
	if err := DecodeJSON([]byte(signUpBody), in); err != nil {
		b.Fatal(err)
	}
	return in
}

func BenchmarkDecodeQuery(b *testing.B) {
	form := parseForm(b, "Action=CreateRole&Version=2010-05-08&RoleName=reader&AssumeRolePolicyDocument=%7B%7D&Tags.member.1.Key=a&Tags.member.1.Value=b")
	b.ReportAllocs()
	for b.Loop() {
		if err := DecodeQuery(form, &iam.CreateRoleInput{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWriteResultXML(b *testing.B) {
	role := iamtypes.Role{
		Arn: aws.String("arn:aws:iam::123456789012:role/reader"), RoleName: aws.String("reader"), Path: aws.String("/"),
		AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[]}`),
	}
	out := &iam.ListRolesOutput{Roles: make([]iamtypes.Role, 100)}
	for i := range out.Roles {
		out.Roles[i] = role
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := WriteResult(httptest.NewRecorder(), IAM, XML, "ListRoles", "id", out); err != nil {
			b.Fatal(err)
		}
	}
}
