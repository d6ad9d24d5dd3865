package quickstart

// Cognito user pools: CreateUserPool, CreateUserPoolClient, SignUp,
// AdminConfirmSignUp, AdminInitiateAuth.

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

func (r *runner) createUserPool(ctx context.Context) (string, error) {
	out, err := r.clients.userPools.CreateUserPool(ctx, &cognitoidentityprovider.CreateUserPoolInput{
		PoolName:               &r.cfg.UserPool,
		UsernameAttributes:     []types.UsernameAttributeType{types.UsernameAttributeTypeEmail},
		AutoVerifiedAttributes: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail},
	})
	if err != nil {
		return "", err
	}
	r.report.UserPoolID = aws.ToString(out.UserPool.Id)
	return r.report.UserPoolID, nil
}

func (r *runner) createUserPoolClient(ctx context.Context) (string, error) {
	out, err := r.clients.userPools.CreateUserPoolClient(ctx, &cognitoidentityprovider.CreateUserPoolClientInput{
		UserPoolId: &r.report.UserPoolID,
		ClientName: &r.cfg.Client,
		ExplicitAuthFlows: []types.ExplicitAuthFlowsType{
			types.ExplicitAuthFlowsTypeAllowAdminUserPasswordAuth,
			types.ExplicitAuthFlowsTypeAllowUserSrpAuth,
			types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth,
			types.ExplicitAuthFlowsTypeAllowUserAuth,
		},
	})
	if err != nil {
		return "", err
	}
	r.report.ClientID = aws.ToString(out.UserPoolClient.ClientId)
	return r.report.ClientID, nil
}

func (r *runner) signUp(ctx context.Context) (string, error) {
	out, err := r.clients.userPools.SignUp(ctx, &cognitoidentityprovider.SignUpInput{
		ClientId:       &r.report.ClientID,
		Username:       &r.cfg.Email,
		Password:       &r.cfg.Password,
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: &r.cfg.Email}},
	})
	if err != nil {
		return "", err
	}
	r.report.UserSub = aws.ToString(out.UserSub)
	return r.report.UserSub, nil
}

func (r *runner) adminConfirmSignUp(ctx context.Context) (string, error) {
	_, err := r.clients.userPools.AdminConfirmSignUp(ctx, &cognitoidentityprovider.AdminConfirmSignUpInput{
		UserPoolId: &r.report.UserPoolID,
		Username:   &r.cfg.Email,
	})
	return "confirmed", err
}

func (r *runner) adminInitiateAuth(ctx context.Context) (string, error) {
	out, err := r.clients.userPools.AdminInitiateAuth(ctx, &cognitoidentityprovider.AdminInitiateAuthInput{
		UserPoolId:     &r.report.UserPoolID,
		ClientId:       &r.report.ClientID,
		AuthFlow:       types.AuthFlowTypeAdminUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": r.cfg.Email, "PASSWORD": r.cfg.Password},
	})
	if err != nil {
		return "", err
	}
	if out.AuthenticationResult == nil {
		return "", errors.New("the sign-in asks for the challenge " + string(out.ChallengeName))
	}
	r.idToken = aws.ToString(out.AuthenticationResult.IdToken)
	return "signed in", nil
}
