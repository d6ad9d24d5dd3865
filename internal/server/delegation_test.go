package server_test

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/poolhouse-id/poolhouse/internal/deliver"
)

// A partner asks for access, the customer grants it, the token comes by the
// partner's topic and is good for what was asked for.
func TestDelegation(t *testing.T) {
	t.Parallel()
	f := start(t)
	ctx := t.Context()
	const partner, topic = "111122223333", "arn:aws:sns:us-east-1:111122223333:updates"
	asking := f.config(partner, "test", "")
	iamOfPartner, customer := iam.NewFromConfig(asking), iam.NewFromConfig(f.config("test", "test", ""))
	template, err := iamOfPartner.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("t"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"cognito-idp:@{Action}*","Resource":"*"}]}`)})
	if err != nil {
		t.Fatal(err)
	}
	made, err := iamOfPartner.CreateDelegationRequest(ctx, &iam.CreateDelegationRequestInput{
		Description: aws.String("Looks at the pools."), NotificationChannel: aws.String(topic), RequestorWorkflowId: aws.String("workflow-1"), SessionDuration: aws.Int32(900),
		OwnerAccountId: aws.String(account), Permissions: &iamtypes.DelegationPermission{PolicyTemplateArn: template.Policy.Arn, Parameters: []iamtypes.PolicyParameter{
			{Name: aws.String("Action"), Type: iamtypes.PolicyParameterTypeEnumString, Values: []string{"List"}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	id := made.DelegationRequestId
	if _, err := customer.AssociateDelegationRequest(ctx, &iam.AssociateDelegationRequestInput{DelegationRequestId: id}); err != nil {
		t.Fatal(err)
	}
	if _, err := customer.AcceptDelegationRequest(ctx, &iam.AcceptDelegationRequestInput{DelegationRequestId: id}); err != nil {
		t.Fatal(err)
	}
	if _, err := customer.SendDelegationToken(ctx, &iam.SendDelegationTokenInput{DelegationRequestId: id}); err != nil {
		t.Fatal(err)
	}
	messages, err := f.srv.Inbox(ctx, deliver.Filter{Destination: topic})
	if err != nil || len(messages) != 3 {
		t.Fatalf("%+v %v", messages, err)
	}
	var event struct{ State, ExchangeToken string }
	if err := json.Unmarshal([]byte(messages[0].Body), &event); err != nil || event.State != "FINALIZED" || event.ExchangeToken == "" {
		t.Fatalf("%s %v", messages[0].Body, err)
	}
	got, err := sts.NewFromConfig(asking).GetDelegatedAccessToken(ctx, &sts.GetDelegatedAccessTokenInput{TradeInToken: &event.ExchangeToken})
	if err != nil || *got.AssumedPrincipal != "arn:aws:iam::"+account+":root" {
		t.Fatalf("%+v %v", got, err)
	}
	pools := cognitoidentityprovider.NewFromConfig(f.config(*got.Credentials.AccessKeyId, *got.Credentials.SecretAccessKey, *got.Credentials.SessionToken))
	if _, err := pools.ListUserPools(ctx, &cognitoidentityprovider.ListUserPoolsInput{MaxResults: aws.Int32(1)}); err != nil {
		t.Error(err)
	}
	_, err = pools.CreateUserPool(ctx, &cognitoidentityprovider.CreateUserPoolInput{PoolName: aws.String("p")})
	wantCode(t, "beyond the policy", err, "AccessDeniedException", "because no session policy allows the cognito-idp:CreateUserPool action")
}
