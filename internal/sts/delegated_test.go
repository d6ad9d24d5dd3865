package sts_test

import (
	"testing"
	"time"

	iamapi "github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	stsapi "github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

const expiredToken = "The trade-in token provided in the request has expired and can no longer be exchanged for credentials."

// delegate has the account other ask for a policy, approver grant it, and
// returns the exchange token.
func (f *fixture) delegate(workflow, document string, approver awswire.Principal, token *string) {
	f.t.Helper()
	asker := admin(other)
	if _, err := f.iam.GetPolicy(asker, &iamapi.GetPolicyInput{PolicyArn: p("arn:aws:iam::" + other + ":policy/" + workflow)}); err != nil {
		must(f.iam.CreatePolicy(asker, &iamapi.CreatePolicyInput{PolicyName: &workflow, PolicyDocument: &document}))(f.t)
	}
	id := must(f.iam.CreateDelegationRequest(asker, &iamapi.CreateDelegationRequestInput{
		Description: p("d"), NotificationChannel: p("arn:aws:sns:us-east-1:" + other + ":t"), RequestorWorkflowId: &workflow, SessionDuration: p[int32](7200),
		Permissions: &iamtypes.DelegationPermission{PolicyTemplateArn: p("arn:aws:iam::" + other + ":policy/" + workflow)},
	}))(f.t).DelegationRequestId
	ctx := f.calling(approver, "")
	must(f.iam.AssociateDelegationRequest(ctx, &iamapi.AssociateDelegationRequestInput{DelegationRequestId: id}))(f.t)
	must(f.iam.AcceptDelegationRequest(ctx, &iamapi.AcceptDelegationRequestInput{DelegationRequestId: id}))(f.t)
	must(f.iam.SendDelegationToken(ctx, &iamapi.SendDelegationTokenInput{DelegationRequestId: id}))(f.t)
	*token = f.lastEvent.ExchangeToken
}

func (f *fixture) exchange(token string) (*stsapi.GetDelegatedAccessTokenOutput, error) {
	return f.GetDelegatedAccessToken(f.calling(rootOf(other), "GetDelegatedAccessToken"), &stsapi.GetDelegatedAccessTokenInput{TradeInToken: &token})
}

// A delegated session may do what who accepted may and the request asked for.
func TestGetDelegatedAccessToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	bob := f.user(account, "bob", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cognito-idp:*","iam:List*"],"Resource":"*"}]}`)
	var token string
	f.delegate("workflow", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cognito-idp:List*","iam:ListUsers","sqs:*"],"Resource":"*"}]}`, bob, &token)
	f.clock.Advance(time.Hour)
	out := must(f.exchange(token))(t)
	if *out.AssumedPrincipal != bob.ARN || !out.Credentials.Expiration.Equal(f.clock.Now().Add(time.Hour)) || out.PackedPolicySize != nil {
		t.Errorf("%+v", out)
	}
	pr := f.open(out.Credentials)
	if pr.ARN != bob.ARN || !pr.Temporary || pr.MFA {
		t.Errorf("%+v", pr)
	}
	for action, allowed := range map[string]bool{"cognito-idp:ListUserPools": true, "iam:ListUsers": true, "cognito-idp:CreateUserPool": false, "iam:ListRoles": false, "sqs:SendMessage": false} {
		if err := f.may(pr, action, "*"); (err == nil) != allowed {
			t.Errorf("%s: %v", action, err)
		}
	}
	refused(t, f.may(pr, "iam:ListRoles", "*"), "AccessDenied",
		"User: "+bob.ARN+" is not authorized to perform: iam:ListRoles on resource: arn:aws:iam::"+account+":role/* because no session policy allows the iam:ListRoles action")

	// A delegated session that accepts a request gives no more than it has.
	var second string
	f.delegate("second", allowAll, pr, &second)
	again := f.open(must(f.exchange(second))(t).Credentials)
	if err := f.may(again, "cognito-idp:ListUserPools", "*"); err != nil {
		t.Error(err)
	}
	if err := f.may(again, "cognito-idp:CreateUserPool", "*"); err == nil {
		t.Error("a second delegation has more than the first")
	}

	f.clock.Advance(time.Hour)
	_, err := f.exchange(token)
	refused(t, err, "ExpiredTradeInTokenException", expiredToken)
}

func TestGetDelegatedAccessTokenRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	bob := f.user(account, "bob", allowAll)
	var token string
	f.delegate("workflow", allowAll, bob, &token)
	_, err := f.exchange("a-token")
	refused(t, err, "ExpiredTradeInTokenException", expiredToken)
	_, err = f.GetDelegatedAccessToken(f.calling(rootOf(account), "GetDelegatedAccessToken"), &stsapi.GetDelegatedAccessTokenInput{TradeInToken: &token})
	refused(t, err, "ExpiredTradeInTokenException", expiredToken)
	must(f.iam.DeleteUserPolicy(admin(account), &iamapi.DeleteUserPolicyInput{UserName: p("bob"), PolicyName: p("inline")}))(t)
	pr := f.open(must(f.exchange(token))(t).Credentials)
	if err := f.may(pr, "cognito-idp:ListUserPools", "*"); err == nil {
		t.Error("the session keeps what its user lost")
	}
	check := f.db.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.DeleteIAMEntity(bob.IssuerID); err != nil {
			return err
		}
		return tx.BumpIAMRevision(account)
	})
	if check != nil {
		t.Fatal(check)
	}
	_, err = f.exchange(token)
	refused(t, err, "ExpiredTradeInTokenException", expiredToken)
	list := must(f.Table().Access(f.calling(bob, "GetDelegatedAccessToken"), "GetDelegatedAccessToken", &stsapi.GetDelegatedAccessTokenInput{}))(t)
	if len(list) != 1 || list[0].Action != "sts:GetDelegatedAccessToken" || list[0].Resource != "*" {
		t.Errorf("%+v", list)
	}
}
