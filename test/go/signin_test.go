package gotest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/quickstart"
)

// signIn signs the quickstart's user in.
func signIn(t *testing.T, p *process, report *quickstart.Report) {
	t.Helper()
	_, err := cognitoidentityprovider.NewFromConfig(p.config()).AdminInitiateAuth(t.Context(), &cognitoidentityprovider.AdminInitiateAuthInput{
		UserPoolId: &report.UserPoolID, ClientId: &report.ClientID,
		AuthFlow:       types.AuthFlowTypeAdminUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": email, "PASSWORD": password},
	})
	if err != nil {
		t.Errorf("sign-in: %v", err)
	}
}
