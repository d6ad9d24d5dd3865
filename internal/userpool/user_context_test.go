package userpool_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// AnalyticsMetadata is taken by every operation that has it, and changes
// nothing.
func TestAnalyticsMetadata(t *testing.T) {
	t.Parallel()
	s := newSignInWorld(t)
	data := &types.AnalyticsMetadataType{AnalyticsEndpointId: aws.String("d70b2ba36a8c4dc5a04a0451a31a1e12")}
	name := "new@example.com"
	_, err := s.SignUp(s.ctx, &cognito.SignUpInput{
		ClientId: &s.client, Username: &name, Password: aws.String(goodPassword), UserAttributes: attrs("email", name), AnalyticsMetadata: data,
	})
	if err != nil {
		t.Fatal(err)
	}
	first := s.code()
	if _, err := s.ResendConfirmationCode(s.ctx, &cognito.ResendConfirmationCodeInput{ClientId: &s.client, Username: &name, AnalyticsMetadata: data}); err != nil {
		t.Fatal(err)
	}
	if s.code() == first {
		t.Error("the code was not sent again")
	}
	if _, err := s.ConfirmSignUp(s.ctx, &cognito.ConfirmSignUpInput{ClientId: &s.client, Username: &name, ConfirmationCode: aws.String(s.code()), AnalyticsMetadata: data}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ForgotPassword(s.ctx, &cognito.ForgotPasswordInput{ClientId: &s.client, Username: &name, AnalyticsMetadata: data}); err != nil {
		t.Fatal(err)
	}
	_, err = s.ConfirmForgotPassword(s.ctx, &cognito.ConfirmForgotPasswordInput{
		ClientId: &s.client, Username: &name, ConfirmationCode: aws.String(s.code()), Password: aws.String(otherPassword), AnalyticsMetadata: data,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.AdminSetUserPassword(s.ctx, &cognito.AdminSetUserPasswordInput{UserPoolId: &s.pool, Username: &name, Password: aws.String(goodPassword)}); err != nil {
		t.Fatal(err)
	}
	out, err := s.InitiateAuth(s.ctx, &cognito.InitiateAuthInput{
		ClientId: &s.client, AuthFlow: types.AuthFlowTypeUserPasswordAuth, AuthParameters: params("USERNAME", name, "PASSWORD", goodPassword), AnalyticsMetadata: data,
	})
	if err != nil {
		t.Fatal(err)
	}
	done, err := s.RespondToAuthChallenge(s.ctx, &cognito.RespondToAuthChallengeInput{
		ClientId: &s.client, ChallengeName: out.ChallengeName, Session: out.Session, ChallengeResponses: params("USERNAME", name, "NEW_PASSWORD", otherPassword), AnalyticsMetadata: data,
	})
	if err != nil || done.AuthenticationResult == nil {
		t.Errorf("%+v %v", done, err)
	}
	_, err = s.AdminInitiateAuth(s.ctx, &cognito.AdminInitiateAuthInput{
		UserPoolId: &s.pool, ClientId: &s.client, AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth,
		AuthParameters: params("USERNAME", name, "PASSWORD", otherPassword), AnalyticsMetadata: data,
	})
	if err != nil {
		t.Error(err)
	}
}
