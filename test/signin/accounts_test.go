package signintest

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

func attribute(name, value string) []types.AttributeType {
	return []types.AttributeType{{Name: &name, Value: &value}}
}

const (
	badVerification = "Invalid verification code provided, please try again."
	expiredCode     = "Invalid code provided, please request a code again."
	tokenRevoked    = "Access Token has been revoked"
)

func signsUp(a *app) {
	name := newAddress()
	signUp := func(name, password string) (*cognito.SignUpOutput, error) {
		return a.SignUp(a.Context(), &cognito.SignUpInput{ClientId: &a.client, Username: &name, Password: &password, UserAttributes: attribute("email", name)})
	}
	up, err := signUp(name, password)
	a.ok(err)
	if up.UserConfirmed || *up.CodeDeliveryDetails.Destination != "u***@e***" {
		a.Errorf("%+v", up)
	}
	_, err = signUp(name, password)
	a.refused(err, "UsernameExistsException", "An account with the given email already exists.")
	_, err = signUp(newAddress(), "short")
	a.refused(err, "InvalidPasswordException", "Password did not conform with policy: Password not long enough")
	_, err = a.initiate(types.AuthFlowTypeUserPasswordAuth, "USERNAME", name, "PASSWORD", password)
	a.refused(err, "UserNotConfirmedException", "User is not confirmed.")
	confirm := func(name, code string) (*cognito.ConfirmSignUpOutput, error) {
		return a.ConfirmSignUp(a.Context(), &cognito.ConfirmSignUpInput{ClientId: &a.client, Username: &name, ConfirmationCode: &code, Session: up.Session})
	}
	_, err = confirm(name, other(a.code(name)))
	a.refused(err, "CodeMismatchException", badVerification)
	_, err = confirm(newAddress(), "123456")
	a.refused(err, "UserNotFoundException", "Username/client id combination not found.")
	resend := &cognito.ResendConfirmationCodeInput{ClientId: &a.client, Username: &name}
	_, err = a.ResendConfirmationCode(a.Context(), resend)
	a.ok(err)
	confirmed, err := confirm(name, a.code(name))
	a.ok(err)
	_, err = confirm(name, a.code(name))
	a.refused(err, "NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED")
	_, err = a.ResendConfirmationCode(a.Context(), resend)
	a.refused(err, "InvalidParameterException", "User is already confirmed.")
	in := &cognito.InitiateAuthInput{ClientId: &a.client, AuthFlow: types.AuthFlowTypeUserAuth, AuthParameters: map[string]string{"USERNAME": name}, Session: confirmed.Session}
	out, err := a.InitiateAuth(a.Context(), in)
	a.ok(err)
	a.tokens(out.AuthenticationResult)
	_, err = a.InitiateAuth(a.Context(), in)
	a.refused(err, "NotAuthorizedException", usedSession)
}

func forgets(a *app) {
	name := a.user()
	forgot := func(name string) error {
		_, err := a.ForgotPassword(a.Context(), &cognito.ForgotPasswordInput{ClientId: &a.client, Username: &name})
		return err
	}
	reset := func(code, password string) error {
		_, err := a.ConfirmForgotPassword(a.Context(), &cognito.ConfirmForgotPasswordInput{ClientId: &a.client, Username: &name, ConfirmationCode: &code, Password: &password})
		return err
	}
	a.refused(reset("123456", otherPassword), "ExpiredCodeException", expiredCode)
	a.ok(forgot(name))
	code := a.code(name)
	a.refused(reset(other(code), otherPassword), "CodeMismatchException", badVerification)
	a.refused(reset(code, "short"), "InvalidPasswordException", "Password did not conform with policy: Password not long enough")
	a.ok(reset(code, otherPassword))
	a.refused(reset(code, otherPassword), "ExpiredCodeException", expiredCode)
	_, err := a.initiate(types.AuthFlowTypeUserPasswordAuth, "USERNAME", name, "PASSWORD", otherPassword)
	a.ok(err)
	a.refused(forgot(newAddress()), "UserNotFoundException", "Username/client id combination not found.")
	// A reset by an administrator.
	_, err = a.AdminResetUserPassword(a.Context(), &cognito.AdminResetUserPasswordInput{UserPoolId: &a.pool, Username: &name})
	a.ok(err)
	_, err = a.initiate(types.AuthFlowTypeUserPasswordAuth, "USERNAME", name, "PASSWORD", otherPassword)
	a.refused(err, "PasswordResetRequiredException", "Password reset required for the user")
	a.ok(reset(a.code(name), password))
	// And a change by the user.
	access := a.signIn(name).AccessToken
	change := func(previous string) error {
		_, err := a.ChangePassword(a.Context(), &cognito.ChangePasswordInput{AccessToken: access, PreviousPassword: &previous, ProposedPassword: aws.String(otherPassword)})
		return err
	}
	a.refused(change(wrongPassword), "NotAuthorizedException", badCredentials)
	a.ok(change(password))
}

func changesAttributes(a *app) {
	name, next, taken := a.user(), newAddress(), a.user()
	access := a.signIn(name).AccessToken
	update := func(name, value string) (*cognito.UpdateUserAttributesOutput, error) {
		return a.UpdateUserAttributes(a.Context(), &cognito.UpdateUserAttributesInput{AccessToken: access, UserAttributes: attribute(name, value)})
	}
	out, err := update("email", next)
	a.ok(err)
	if len(out.CodeDeliveryDetailsList) != 1 {
		a.Errorf("%+v", out)
	}
	verify := func(code string) error {
		_, err := a.VerifyUserAttribute(a.Context(), &cognito.VerifyUserAttributeInput{AccessToken: access, AttributeName: aws.String("email"), Code: &code})
		return err
	}
	a.refused(verify(other(a.code(next))), "CodeMismatchException", badVerification)
	_, err = a.GetUserAttributeVerificationCode(a.Context(), &cognito.GetUserAttributeVerificationCodeInput{AccessToken: access, AttributeName: aws.String("email")})
	a.ok(err)
	code := a.code(next)
	a.ok(verify(code))
	a.refused(verify(code), "ExpiredCodeException", expiredCode)
	_, err = update("email", taken)
	a.refused(err, "AliasExistsException", "An account with the email already exists.")
	_, err = update("email_verified", "true")
	a.refused(err, "InvalidParameterException", "Cannot modify the non-mutable attribute email_verified")
	_, err = a.initiate(types.AuthFlowTypeUserPasswordAuth, "USERNAME", name, "PASSWORD", password)
	a.refused(err, "UserNotFoundException", "User does not exist.")
	a.signIn(next)
}

func signsOut(a *app) {
	name := a.user()
	first, second := a.signIn(name), a.signIn(name)
	getUser := func(token *string) error {
		_, err := a.GetUser(a.Context(), &cognito.GetUserInput{AccessToken: token})
		return err
	}
	refresh := func(token *string) error {
		_, err := a.initiate(types.AuthFlowTypeRefreshTokenAuth, "REFRESH_TOKEN", *token)
		return err
	}
	_, err := a.RevokeToken(a.Context(), &cognito.RevokeTokenInput{ClientId: &a.client, Token: first.RefreshToken})
	a.ok(err)
	a.refused(getUser(first.AccessToken), "NotAuthorizedException", tokenRevoked)
	a.ok(getUser(second.AccessToken))
	_, err = a.GlobalSignOut(a.Context(), &cognito.GlobalSignOutInput{AccessToken: second.AccessToken})
	a.ok(err)
	a.refused(getUser(second.AccessToken), "NotAuthorizedException", tokenRevoked)
	a.refused(refresh(second.RefreshToken), "NotAuthorizedException", "Refresh Token has been revoked")
	third := a.signIn(name)
	_, err = a.AdminUserGlobalSignOut(a.Context(), &cognito.AdminUserGlobalSignOutInput{UserPoolId: &a.pool, Username: &name})
	a.ok(err)
	a.refused(refresh(third.RefreshToken), "NotAuthorizedException", "Refresh Token has been revoked")
	fourth := a.signIn(name)
	_, err = a.DeleteUser(a.Context(), &cognito.DeleteUserInput{AccessToken: fourth.AccessToken})
	a.ok(err)
	a.refused(refresh(fourth.RefreshToken), "UserNotFoundException", "User does not exist.")
	_, err = a.initiate(types.AuthFlowTypeUserPasswordAuth, "USERNAME", name, "PASSWORD", password)
	a.refused(err, "UserNotFoundException", "User does not exist.")
}
