package quickstart

// Cognito identity pools: CreateIdentityPool, SetIdentityPoolRoles, GetId,
// GetCredentialsForIdentity.

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
)

// provider is the user pool's name as an identity provider.
func (r *runner) provider() string {
	return "cognito-idp." + r.cfg.AWS.Region + ".amazonaws.com/" + r.report.UserPoolID
}

func (r *runner) createIdentityPool(ctx context.Context) (string, error) {
	out, err := r.clients.identityPools.CreateIdentityPool(ctx, &cognitoidentity.CreateIdentityPoolInput{
		IdentityPoolName:               &r.cfg.IdentityPool,
		AllowUnauthenticatedIdentities: false,
		AllowClassicFlow:               aws.Bool(true),
		CognitoIdentityProviders: []types.CognitoIdentityProvider{{
			ProviderName:         aws.String(r.provider()),
			ClientId:             &r.report.ClientID,
			ServerSideTokenCheck: aws.Bool(false),
		}},
	})
	if err != nil {
		return "", err
	}
	r.report.IdentityPoolID = aws.ToString(out.IdentityPoolId)
	return r.report.IdentityPoolID, nil
}

func (r *runner) setIdentityPoolRoles(ctx context.Context) (string, error) {
	_, err := r.clients.identityPools.SetIdentityPoolRoles(ctx, &cognitoidentity.SetIdentityPoolRolesInput{
		IdentityPoolId: &r.report.IdentityPoolID,
		Roles:          map[string]string{"authenticated": r.report.RoleARN},
	})
	return "authenticated", err
}

func (r *runner) logins() map[string]string { return map[string]string{r.provider(): r.idToken} }

func (r *runner) getID(ctx context.Context) (string, error) {
	out, err := r.clients.identityPools.GetId(ctx, &cognitoidentity.GetIdInput{
		IdentityPoolId: &r.report.IdentityPoolID,
		Logins:         r.logins(),
	})
	if err != nil {
		return "", err
	}
	r.report.IdentityID = aws.ToString(out.IdentityId)
	return r.report.IdentityID, nil
}

func (r *runner) getCredentialsForIdentity(ctx context.Context) (string, error) {
	out, err := r.clients.identityPools.GetCredentialsForIdentity(ctx, &cognitoidentity.GetCredentialsForIdentityInput{
		IdentityId: &r.report.IdentityID,
		Logins:     r.logins(),
	})
	if err != nil {
		return "", err
	}
	r.credentials = aws.Credentials{
		AccessKeyID:     aws.ToString(out.Credentials.AccessKeyId),
		SecretAccessKey: aws.ToString(out.Credentials.SecretKey),
		SessionToken:    aws.ToString(out.Credentials.SessionToken),
	}
	r.report.AccessKeyID = r.credentials.AccessKeyID
	r.report.Expiration = aws.ToTime(out.Credentials.Expiration).UTC().Truncate(time.Second)
	return r.report.AccessKeyID, nil
}
