package userpool

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
)

// clientSettings are what both CreateUserPoolClient and UpdateUserPoolClient
// configure.
type clientSettings = cognito.UpdateUserPoolClientInput

// clientSettingsOf returns the settings of a new client.
func clientSettingsOf(in *cognito.CreateUserPoolClientInput) *clientSettings {
	return &clientSettings{
		AccessTokenValidity:                      in.AccessTokenValidity,
		AllowedOAuthFlows:                        in.AllowedOAuthFlows,
		AllowedOAuthFlowsUserPoolClient:          in.AllowedOAuthFlowsUserPoolClient,
		AllowedOAuthScopes:                       in.AllowedOAuthScopes,
		AnalyticsConfiguration:                   in.AnalyticsConfiguration,
		AuthSessionValidity:                      in.AuthSessionValidity,
		CallbackURLs:                             in.CallbackURLs,
		DefaultRedirectURI:                       in.DefaultRedirectURI,
		EnablePropagateAdditionalUserContextData: in.EnablePropagateAdditionalUserContextData,
		EnableTokenRevocation:                    in.EnableTokenRevocation,
		ExplicitAuthFlows:                        in.ExplicitAuthFlows,
		IdTokenValidity:                          in.IdTokenValidity,
		LogoutURLs:                               in.LogoutURLs,
		PreventUserExistenceErrors:               in.PreventUserExistenceErrors,
		ReadAttributes:                           in.ReadAttributes,
		RefreshTokenRotation:                     in.RefreshTokenRotation,
		RefreshTokenValidity:                     in.RefreshTokenValidity,
		SupportedIdentityProviders:               in.SupportedIdentityProviders,
		TokenValidityUnits:                       in.TokenValidityUnits,
		WriteAttributes:                          in.WriteAttributes,
	}
}

// configuredClient returns a client with the settings and the defaults of those
// that are absent.
func configuredClient(in *clientSettings) *newops.UserPoolClientType {
	units := cmpOr(in.TokenValidityUnits, &types.TokenValidityUnitsType{})
	return &newops.UserPoolClientType{
		ClientType: newops.ClientTypeTypeRegular,
		UserPoolClientType: types.UserPoolClientType{
			AccessTokenValidity:                      in.AccessTokenValidity,
			AllowedOAuthFlows:                        nilIfEmpty(in.AllowedOAuthFlows),
			AllowedOAuthFlowsUserPoolClient:          aws.Bool(in.AllowedOAuthFlowsUserPoolClient),
			AllowedOAuthScopes:                       nilIfEmpty(in.AllowedOAuthScopes),
			AnalyticsConfiguration:                   in.AnalyticsConfiguration,
			AuthSessionValidity:                      cmpOr(in.AuthSessionValidity, aws.Int32(defaultSessionMinutes)),
			CallbackURLs:                             nilIfEmpty(in.CallbackURLs),
			DefaultRedirectURI:                       in.DefaultRedirectURI,
			EnablePropagateAdditionalUserContextData: cmpOr(in.EnablePropagateAdditionalUserContextData, aws.Bool(false)),
			EnableTokenRevocation:                    cmpOr(in.EnableTokenRevocation, aws.Bool(true)),
			ExplicitAuthFlows:                        nilIfEmpty(in.ExplicitAuthFlows),
			IdTokenValidity:                          in.IdTokenValidity,
			LogoutURLs:                               nilIfEmpty(in.LogoutURLs),
			PreventUserExistenceErrors:               in.PreventUserExistenceErrors,
			ReadAttributes:                           nilIfEmpty(in.ReadAttributes),
			RefreshTokenRotation:                     in.RefreshTokenRotation,
			RefreshTokenValidity:                     or(in.RefreshTokenValidity, defaultRefresh(units)),
			SupportedIdentityProviders:               nilIfEmpty(in.SupportedIdentityProviders),
			TokenValidityUnits:                       units,
			WriteAttributes:                          nilIfEmpty(in.WriteAttributes),
		},
	}
}

// defaultRefresh is 30 days in the unit for refresh tokens.
func defaultRefresh(units *types.TokenValidityUnitsType) int32 {
	return int32(defaultRefreshLife / max(timeUnits[or(units.RefreshToken, types.TimeUnitsTypeDays)], time.Second))
}
