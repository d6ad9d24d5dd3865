package server_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"
)

func sha256Hex(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

const (
	idp      = "AWSCognitoIdentityProviderService."
	identity = "AWSCognitoIdentityService."
)

func TestFrontDoorJSON(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.json(idp+"Nothing", "{}").wantError(t, 400, "UnknownOperationException", "")
	f.json("Other.SignUp", "{}").wantError(t, 400, "UnknownOperationException", "")
	f.json(idp+"SignUp", "{").wantError(t, 400, "SerializationException", "")
	f.json(idp+"SignUp", "[]").wantError(t, 400, "SerializationException", "")
	f.json(idp+"SignUp", `{"ClientId":7}`).wantError(t, 400, "SerializationException", "")
	f.json(idp+"SignUp", "{\"ClientId\":\"\xff\"}").wantError(t, 400, "SerializationException", "")
	f.json(idp+"SignUp", strings.Repeat("[", 100000)).wantError(t, 400, "SerializationException", "")
	f.json(idp+"SignUp", "").wantError(t, 400, "InvalidParameterException", "Member must not be null")
	f.json(identity+"GetId", `{"IdentityPoolId":"us-east-2:mock"}`).wantError(t, 400, "ValidationException",
		`Value 'us-east-2:mock' at 'identityPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w-]+:[0-9a-f-]+`)
	f.do(f.newRequest("POST", "{}", "X-Amz-Target", idp+"SignUp", "Content-Type", "text/plain")).wantError(t, 400, "UnknownOperationException", "")
	f.do(f.newRequest("GET", "", "X-Amz-Target", idp+"SignUp")).wantError(t, 400, "UnknownOperationException", "")
	f.json(idp+"SignUp", `{"ClientId":"`+strings.Repeat("a", 2<<20)+`"}`).wantError(t, 413, "RequestEntityTooLargeException", "1048576 bytes")
	f.json(idp+"ListUserPools", `{"MaxResults":1}`).wantError(t, 400, "MissingAuthenticationTokenException", "Missing Authentication Token")
}

func TestErrorHeaders(t *testing.T) {
	t.Parallel()
	f := start(t)
	a := f.json(idp+"SignUp", `{"ClientId":"nosuchclient","Username":"a","Password":"Abcdefg1!"}`)
	a.wantError(t, 400, `{"__type":"ResourceNotFoundException","message":"User pool client nosuchclient does not exist."}`, "")
	for header, want := range map[string]string{
		"X-Amzn-Errortype": "ResourceNotFoundException:", "X-Amzn-Errormessage": "User pool client nosuchclient does not exist.",
		"Content-Type": jsonType,
	} {
		if got := a.Header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
}

func TestFrontDoorQuery(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.signedForm("iam", "Action=Nothing&Version=2010-05-08").wantError(t, 400, "InvalidAction", "Could not find operation Nothing for version 2010-05-08")
	f.signedForm("iam", "Action=ListRoles&Version=1999-01-01").wantError(t, 400, "InvalidAction", "Could not find operation ListRoles for version 1999-01-01")
	f.signedForm("sts", "Version=2011-06-15").wantError(t, 400, "MissingAction", "")
	f.signedForm("iam", "Action=%zz").wantError(t, 400, "MalformedQueryString", "")
	f.signedForm("iam", "Action=ListRoles&Version=2010-05-08&MaxItems=many").wantError(t, 400, "MalformedInput", "")
	f.signedForm("iam", "Action=ListRoles&Version=2010-05-08&MaxItems=0").wantError(t, 400, "ValidationError", "maxItems")
	f.do(f.newRequest("PUT", "")).wantError(t, 405, "UnsupportedHttpMethod", "PUT")
	f.do(f.newRequest("POST", "{}", "Content-Type", "application/json")).wantError(t, 400, "UnsupportedMediaType", "")
	a := f.signedForm("sts", "Action=GetCallerIdentity&Version=2011-06-15", "Accept", "application/json")
	if want := `{"GetCallerIdentityResponse":{"GetCallerIdentityResult":{`; a.StatusCode != 200 || !strings.HasPrefix(a.body, want) {
		t.Errorf("JSON answer: %d %s", a.StatusCode, a.body)
	}
	a = f.signedForm("sts", "Action=AssumeRole&Version=2011-06-15", "Accept", "application/json")
	a.wantError(t, 400, `"Error":{`, `"Code":"ValidationError"`)
	a = f.signedForm("iam", "Action=GetRole&Version=2010-05-08&RoleName=none")
	a.wantError(t, 404, "<Code>NoSuchEntity</Code>", "The role with name none cannot be found.")
	if got := a.Header.Get("Content-Type"); got != "text/xml" {
		t.Errorf("Content-Type: %s", got)
	}
}

func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	f := start(t)
	a := f.do(f.newRequest("OPTIONS", "", "Origin", "http://app.example", "Access-Control-Request-Method", "POST",
		"Access-Control-Request-Headers", "content-type,x-amz-target,x-amz-user-agent"))
	if a.StatusCode != 200 || a.Header.Get("Access-Control-Allow-Origin") != "*" ||
		a.Header.Get("Access-Control-Allow-Headers") != "content-type,x-amz-target,x-amz-user-agent" || !strings.Contains(a.Header.Get("Access-Control-Allow-Methods"), "POST") {
		t.Errorf("preflight: %d %v", a.StatusCode, a.Header)
	}
	a = f.do(f.newRequest("POST", "{}", "X-Amz-Target", idp+"SignUp", "Content-Type", jsonType, "Origin", "http://app.example"))
	if a.Header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(a.Header.Get("Access-Control-Expose-Headers"), "x-amzn-ErrorType") {
		t.Errorf("answer: %v", a.Header)
	}
	a = f.signedForm("iam", "Action=ListRoles&Version=2010-05-08", "Origin", "http://localhost:3000")
	if a.StatusCode != 200 || a.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("IAM: %d %v", a.StatusCode, a.Header)
	}
}

// A web page of another host that calls its visitor's loopback address does not
// become root with a made-up key.
func TestForeignPageIsNotRoot(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.signedForm("iam", "Action=ListRoles&Version=2010-05-08", "Origin", "https://evil.example").wantError(t, 403, "InvalidClientTokenId", "")
	image := func(action string) answer {
		url := f.url + "/?Action=" + action + "&Version=2010-05-08&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=test%2F" + time.Now().UTC().Format("20060102") +
			"%2Fus-east-1%2Fiam%2Faws4_request&X-Amz-Date=" + time.Now().UTC().Format("20060102T150405Z") + "&X-Amz-SignedHeaders=host&X-Amz-Signature=" + strings.Repeat("0", 64)
		r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		return f.do(r)
	}
	image("ListRoles").wantError(t, 403, "InvalidClientTokenId", "")
	image("DeleteAccountAlias").wantError(t, 403, "InvalidClientTokenId", "")
	for _, path := range []string{"inbox", "clock"} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", f.url+"/_poolhouse/"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", "https://evil.example")
		if a := f.do(r); a.StatusCode != http.StatusForbidden {
			t.Errorf("%s for a foreign page: %d", path, a.StatusCode)
		}
		r.Header.Del("Origin")
		r.Host = "rebound.example"
		if a := f.do(r); a.StatusCode != http.StatusForbidden {
			t.Errorf("%s under a foreign name: %d", path, a.StatusCode)
		}
	}
}

func TestSignatureFaults(t *testing.T) {
	t.Parallel()
	f := start(t)
	const body = "Action=GetCallerIdentity&Version=2011-06-15"
	request := func() *http.Request { return f.newRequest("POST", body, "Content-Type", formType) }
	now := time.Now()
	f.do(request()).wantError(t, 403, "MissingAuthenticationToken", "Request is missing Authentication Token")
	f.do(sign(t, request(), body, "sts", region, "test", "test", now.Add(-16*time.Minute))).wantError(t, 403, "SignatureDoesNotMatch", "Signature expired: ")
	f.do(sign(t, request(), body, "sts", region, "test", "test", now.Add(16*time.Minute))).wantError(t, 403, "SignatureDoesNotMatch", "Signature not yet current: ")
	f.do(sign(t, request(), body, "iam", region, "test", "test", now)).wantError(t, 403, "SignatureDoesNotMatch", "Credential should be scoped to correct service: 'sts'.")
	r := request()
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 nothing")
	f.do(r).wantError(t, 400, "IncompleteSignature", "")
	r = f.newRequest("POST", `{"MaxResults":1}`, "X-Amz-Target", idp+"ListUserPools", "Content-Type", jsonType)
	f.do(sign(t, r, `{"MaxResults":1}`, "cognito-idp", region, "test", "test", now.Add(-6*time.Minute))).wantError(t, 400, "InvalidSignatureException", "Signature expired: ")
	// Keys in AWS's form that name this server's account are keys that it
	// deleted, or forged ones: root rights are not for them.
	f.do(sign(t, request(), body, "sts", region, "AKIARZPUZDIKAAAAAAAA", "test", now)).wantError(t, 403, "InvalidClientTokenId", "The security token included in the request is invalid.")
	r = request()
	r.Header.Set("X-Amz-Security-Token", "forged")
	f.do(sign(t, r, body, "sts", region, "ASIARZPUZDIKAAAAAAAA", "test", now)).wantError(t, 403, "InvalidClientTokenId", "")
}

func TestOwnPaths(t *testing.T) {
	t.Parallel()
	f := start(t)
	get := func(path string) answer {
		r, err := http.NewRequestWithContext(t.Context(), "GET", f.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		return f.do(r)
	}
	if a := get("/_poolhouse/health"); a.StatusCode != 200 || !strings.Contains(a.body, `"status":"ok"`) {
		t.Errorf("health: %d %s", a.StatusCode, a.body)
	}
	f.json(idp+"SignUp", "{}")
	if a := get("/_poolhouse/metrics"); !strings.Contains(a.body, `poolhouse_calls_total{code="InvalidParameterException",operation="SignUp",service="cognito-idp"} 1`) {
		t.Errorf("metrics: %s", a.body)
	}
	if a := get("/_poolhouse/inbox"); a.StatusCode != 200 || !strings.Contains(a.body, `"messages":[`) {
		t.Errorf("inbox: %d %s", a.StatusCode, a.body)
	}
	if a := get("/nothing/here"); a.StatusCode != 404 || !strings.Contains(a.body, "The server did not understand the operation that was requested.") {
		t.Errorf("unknown path: %d %s", a.StatusCode, a.body)
	}
	if a := get("/us-east-1_zzzzzzzzz/.well-known/jwks.json"); a.StatusCode != 404 || !strings.Contains(a.body, "ResourceNotFoundException") {
		t.Errorf("unknown pool: %d %s", a.StatusCode, a.body)
	}
	before := f.clock.Now()
	r, err := http.NewRequestWithContext(t.Context(), "POST", f.url+"/_poolhouse/clock", strings.NewReader(`{"advance":"48h"}`))
	if err != nil {
		t.Fatal(err)
	}
	if a := f.do(r); a.StatusCode != 200 || f.clock.Now().Sub(before) < 48*time.Hour {
		t.Errorf("clock: %d %s", a.StatusCode, a.body)
	}
}
