package awswire

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
)

func TestWriteErrorJSON(t *testing.T) {
	t.Parallel()
	const internal = "The server encountered an internal error. Please try again later."
	for name, tt := range map[string]struct {
		err    error
		status int
		code   string
		body   string
	}{
		"the SDK's": {&types.NotAuthorizedException{Message: aws.String("Incorrect username or password.")}, 400,
			"NotAuthorizedException", `{"__type":"NotAuthorizedException","message":"Incorrect username or password."}`},
		"wrapped": {fmt.Errorf("sign in: %w", &types.NotAuthorizedException{Message: aws.String("x")}), 400,
			"NotAuthorizedException", `{"__type":"NotAuthorizedException","message":"x"}`},
		"further members": {&types.InvalidParameterException{Message: aws.String("x"), ReasonCode: aws.String("r")}, 400,
			"InvalidParameterException", `{"__type":"InvalidParameterException","message":"x","reasonCode":"r"}`},
		"ours":            {Errorf("AccessDeniedException", "no"), 400, "AccessDeniedException", `{"__type":"AccessDeniedException","message":"no"}`},
		"without message": {Errorf("UnknownOperationException", ""), 400, "UnknownOperationException", `{"__type":"UnknownOperationException"}`},
		"front end":       {errWantMap, 400, "SerializationException", `{"__type":"SerializationException","Message":"Expected map or null"}`},
		"own status":      {&Error{Code: "X", Message: "m", Status: 413}, 413, "X", `{"__type":"X","message":"m"}`},
		"a fault":         {&types.InternalErrorException{Message: aws.String("m")}, 500, "InternalErrorException", `{"__type":"InternalErrorException","message":"m"}`},
		"any error":       {errors.New("secret"), 500, "InternalErrorException", `{"__type":"InternalErrorException","message":"` + internal + `"}`},
		"cancelled":       {context.Canceled, 500, "InternalErrorException", `{"__type":"InternalErrorException","message":"` + internal + `"}`},
		"another service's": {&smithy.GenericAPIError{Code: "Secret", Message: "secret"}, 500,
			"InternalErrorException", `{"__type":"InternalErrorException","message":"` + internal + `"}`},
		"of a client": {&smithy.OperationError{Err: &types.NotAuthorizedException{Message: aws.String("secret")}}, 500,
			"InternalErrorException", `{"__type":"InternalErrorException","message":"` + internal + `"}`},
		"nil pointer": {(*types.NotAuthorizedException)(nil), 500,
			"InternalErrorException", `{"__type":"InternalErrorException","message":"` + internal + `"}`},
		"hostile": {Errorf("NotAuthorizedException", "a\r\nSet-Cookie: x\x00é\"<\xff"), 400, "NotAuthorizedException",
			`{"__type":"NotAuthorizedException","message":"a\r\nSet-Cookie: x\u0000é\"<` + "\uFFFD" + `"}`},
	} {
		rec := httptest.NewRecorder()
		status := WriteError(rec, CognitoIDP, JSON, "id-1", tt.err)
		if status != tt.status || rec.Code != tt.status || rec.Body.String() != tt.body {
			t.Errorf("%s: %d, %d\n%s\n%s", name, status, rec.Code, rec.Body, tt.body)
		}
		h := rec.Header()
		if h.Get("x-amzn-ErrorType") != tt.code+":" || h.Get("x-amzn-RequestId") != "id-1" ||
			h.Get("Content-Type") != "application/x-amz-json-1.1" || h.Get("Content-Length") != fmt.Sprint(len(tt.body)) {
			t.Errorf("%s: %v", name, h)
		}
		if strings.ContainsFunc(h.Get("x-amzn-ErrorMessage"), func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%s: message header %q", name, h.Get("x-amzn-ErrorMessage"))
		}
	}
}

func TestErrorMessageHeader(t *testing.T) {
	t.Parallel()
	if got := headerText("a\r\nb\té"); got != "a  b ?" {
		t.Errorf("%q", got)
	}
	if got := headerText(strings.Repeat("é", 5000)); len(got) != maxHeaderText {
		t.Errorf("%d bytes", len(got))
	}
}

func TestWriteErrorQuery(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		svc    *Service
		err    error
		status int
		blame  string
		code   string
	}{
		"missing":     {IAM, &iamtypes.NoSuchEntityException{Message: aws.String("<&>")}, 404, "Sender", "NoSuchEntity"},
		"conflict":    {IAM, Errorf("EntityAlreadyExists", "x"), 409, "Sender", "EntityAlreadyExists"},
		"gone":        {IAM, &iamtypes.CredentialReportNotPresentException{}, 410, "Sender", "ReportNotPresent"},
		"denied":      {IAM, Errorf("AccessDenied", "x"), 403, "Sender", "AccessDenied"},
		"validation":  {IAM, Errorf("ValidationError", "x"), 400, "Sender", "ValidationError"},
		"fault":       {IAM, errors.New("secret"), 500, "Receiver", "ServiceFailure"},
		"sts fault":   {STS, errors.New("secret"), 500, "Receiver", "InternalFailure"},
		"rejected":    {STS, &ststypes.IDPRejectedClaimException{Message: aws.String("x")}, 403, "Sender", "IDPRejectedClaim"},
		"expired":     {STS, Errorf("ExpiredTokenException", "x"), 400, "Sender", "ExpiredTokenException"},
		"expired key": {STS, Errorf("ExpiredToken", "x"), 403, "Sender", "ExpiredToken"},
	} {
		rec := httptest.NewRecorder()
		if status := WriteError(rec, tt.svc, XML, "id-1", tt.err); status != tt.status || rec.Code != tt.status {
			t.Errorf("%s: status %d", name, status)
		}
		var answer struct {
			XMLName   xml.Name
			Type      string `xml:"Error>Type"`
			Code      string `xml:"Error>Code"`
			Message   string `xml:"Error>Message"`
			RequestID string `xml:"RequestId"`
		}
		if err := xml.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if answer.XMLName.Space != tt.svc.Namespace || answer.Type != tt.blame || answer.Code != tt.code ||
			answer.RequestID != "id-1" || strings.Contains(answer.Message, "secret") {
			t.Errorf("%s: %+v", name, answer)
		}
	}
}

func TestErrorBodies(t *testing.T) {
	t.Parallel()
	err := Errorf("InvalidAction", "Could not find operation X for version Y")
	if body := string(ErrorXML(IAM, "id", err)); !strings.Contains(body, `xmlns="http://webservices.amazon.com/AWSFault/2005-15-09"`) {
		t.Error(body)
	}
	denied := &iamtypes.NoSuchEntityException{Message: aws.String("m")}
	want := `{"Error":{"Code":"NoSuchEntity","Message":"m","Type":"Sender"},"RequestId":"id"}`
	if body := string(ErrorQueryJSON(IAM, "id", denied)); body != want {
		t.Error(body)
	}
	if body := string(ErrorJSON(CognitoIDP, Errorf("X", "m"))); body != `{"__type":"X","message":"m"}` {
		t.Error(body)
	}
	if body := string(ErrorXML(IAM, "id", &iamtypes.CredentialReportNotPresentException{})); strings.Contains(body, "<Message>") {
		t.Error(body)
	}
}

func TestEncodeXML(t *testing.T) {
	t.Parallel()
	created := time.Date(2025, 3, 6, 13, 24, 58, 359e6, time.FixedZone("", 3600))
	const head, tail = `Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/">`, "<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata>"
	for want, tt := range map[string]struct {
		operation string
		out       any
	}{
		"<DeleteRole" + head + tail + "</DeleteRoleResponse>":                                           {"DeleteRole", &iam.DeleteRoleOutput{}},
		"<UpdateRole" + head + "<UpdateRoleResult></UpdateRoleResult>" + tail + "</UpdateRoleResponse>": {"UpdateRole", &iam.UpdateRoleOutput{}},
		"<ListRoles" + head + "<ListRolesResult><Roles></Roles><IsTruncated>false</IsTruncated></ListRolesResult>" + tail + "</ListRolesResponse>": {
			"ListRoles", &iam.ListRolesOutput{Roles: []iamtypes.Role{}}},
		"<ListDelegationRequests" + head + "<ListDelegationRequestsResult><isTruncated>true</isTruncated></ListDelegationRequestsResult>" + tail + "</ListDelegationRequestsResponse>": {
			"ListDelegationRequests", &iam.ListDelegationRequestsOutput{IsTruncated: true}},
		"<GetRole" + head + "<GetRoleResult><Role><CreateDate>2025-03-06T12:24:58Z</CreateDate>" +
			"<AssumeRolePolicyDocument>%7B%22a%22%3A%20%22%253A%C3%A9%22%7D</AssumeRolePolicyDocument>" +
			"<Description>a&amp;b&lt;c&#xD;" + "\uFFFD\uFFFD" + "</Description><RoleLastUsed></RoleLastUsed></Role></GetRoleResult>" + tail + "</GetRoleResponse>": {
			"GetRole", &iam.GetRoleOutput{Role: &iamtypes.Role{
				AssumeRolePolicyDocument: aws.String(`{"a": "%3Aé"}`), CreateDate: &created,
				Description: aws.String("a&b<c\r\x01\xff"), RoleLastUsed: &iamtypes.RoleLastUsed{},
			}}},
		"<GetAccountSummary" + head + "<GetAccountSummaryResult><SummaryMap><entry><key>Groups</key><value>0</value></entry>" +
			"<entry><key>Users</key><value>3</value></entry></SummaryMap></GetAccountSummaryResult>" + tail + "</GetAccountSummaryResponse>": {
			"GetAccountSummary", &iam.GetAccountSummaryOutput{SummaryMap: map[string]int32{"Users": 3, "Groups": 0}}},
	} {
		got, err := EncodeXML(IAM, tt.operation, "id", tt.out)
		if text := strings.ReplaceAll(string(got), "\n", ""); err != nil || text != want {
			t.Errorf("%v\n%s\n%s", err, text, want)
		}
	}
	if _, err := EncodeXML(IAM, "GetRole", "id", (*iam.GetRoleOutput)(nil)); err == nil {
		t.Error("an output that is missing is encoded")
	}
}

// TestEncodeXMLNewOperation pins the answer of an operation that the SDK
// cannot prove.
func TestEncodeXMLNewOperation(t *testing.T) {
	t.Parallel()
	got, err := EncodeXML(STS, "GetScopedCredentials", "id", &newops.GetScopedCredentialsOutput{
		Credentials: &ststypes.Credentials{AccessKeyId: aws.String("ASIA")}, ScopedPoliciesCount: aws.Int32(1),
	})
	want := `<GetScopedCredentialsResult><Credentials><AccessKeyId>ASIA</AccessKeyId></Credentials><ScopedPoliciesCount>1</ScopedPoliciesCount></GetScopedCredentialsResult>`
	if err != nil || !strings.Contains(string(got), want) {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestEncodeQueryJSON(t *testing.T) {
	t.Parallel()
	got, err := EncodeQueryJSON(STS, "GetCallerIdentity", "id", &sts.GetCallerIdentityOutput{Account: aws.String("1"), Arn: aws.String("a"), UserId: aws.String("u")})
	want := `{"GetCallerIdentityResponse":{"GetCallerIdentityResult":{"Account":"1","Arn":"a","UserId":"u"},"ResponseMetadata":{"RequestId":"id"}}}`
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s", err, got)
	}
	got, err = EncodeQueryJSON(IAM, "DeleteRole", "id", &iam.DeleteRoleOutput{})
	if err != nil || string(got) != `{"DeleteRoleResponse":{"ResponseMetadata":{"RequestId":"id"}}}` {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestFormatOf(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]Format{"": XML, "*/*": XML, "application/json": QueryJSON} {
		if got := FormatOf(STS, accept); got != want {
			t.Errorf("%q: %d", accept, got)
		}
		if got := FormatOf(CognitoIDP, accept); got != JSON {
			t.Errorf("%q: %d", accept, got)
		}
	}
}

func TestWriteResult(t *testing.T) {
	t.Parallel()
	rec := httptest.NewRecorder()
	err := WriteResult(rec, CognitoIDP, JSON, "SignUp", "id", &cognitoidentityprovider.SignUpOutput{UserSub: aws.String("s")})
	if err != nil || rec.Code != http.StatusOK || rec.Body.String() != `{"UserConfirmed":false,"UserSub":"s"}` {
		t.Errorf("%v, %d, %s", err, rec.Code, rec.Body)
	}
	if h := rec.Header(); h.Get("Content-Type") != "application/x-amz-json-1.1" || h.Get("x-amzn-RequestId") != "id" || h.Get("Content-Length") != "37" {
		t.Errorf("%v", h)
	}
	rec = httptest.NewRecorder()
	if err := WriteResult(rec, IAM, XML, "GetRole", "id", (*iam.GetRoleOutput)(nil)); err == nil || rec.Body.Len() > 0 || len(rec.Header()) > 0 {
		t.Errorf("%v, %v, %s", err, rec.Header(), rec.Body)
	}
}
