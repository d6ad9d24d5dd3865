package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"reflect"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idpapi "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/document"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// shows checks that what was sent is shown: every member that is set, lists of
// texts as sets. Members that the answer has besides are its own.
func shows(t *testing.T, what string, sent, shown any) {
	t.Helper()
	a, b := reflect.Indirect(reflect.ValueOf(sent)), reflect.Indirect(reflect.ValueOf(shown))
	if !b.IsValid() {
		t.Errorf("%s is not shown, want %v", what, jsonOf(sent))
		return
	}
	if a.Kind() != reflect.Struct || a.Type() == reflect.TypeFor[document.Interface]() {
		if x, y := jsonOf(sent), jsonOf(shown); x != y {
			t.Errorf("%s is %s, want %s", what, y, x)
		}
		return
	}
	for i := range a.NumField() {
		f := a.Type().Field(i)
		g := b.FieldByName(f.Name)
		if !f.IsExported() || a.Field(i).IsZero() || !g.IsValid() {
			continue
		}
		shows(t, what+"."+f.Name, a.Field(i).Interface(), g.Interface())
	}
}

func jsonOf(v any) string {
	if list := reflect.ValueOf(v); list.Kind() == reflect.Slice && list.Type().Elem().Kind() == reflect.String {
		texts := make([]string, list.Len())
		for i := range texts {
			texts[i] = list.Index(i).String()
		}
		slices.Sort(texts)
		return fmt.Sprint(texts)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// The resources of Terraform's provider for AWS: applied in the calls that it
// makes, read back with nothing to change, applied again, and read back the
// same. docs/terraform.md lists them.
func TestTerraformUserPool(t *testing.T) {
	t.Parallel()
	f := start(t)
	pools := f.pools(region, "")
	ctx := t.Context()
	function := func(name string) *string {
		return aws.String("arn:aws:lambda:" + region + ":" + account + ":function:" + name)
	}
	in := &idpapi.CreateUserPoolInput{
		PoolName:               aws.String("terraform"),
		AliasAttributes:        []types.AliasAttributeType{types.AliasAttributeTypePreferredUsername, types.AliasAttributeTypeEmail},
		AccountRecoverySetting: &types.AccountRecoverySettingType{RecoveryMechanisms: []types.RecoveryOptionType{{Name: types.RecoveryOptionNameTypeVerifiedEmail, Priority: aws.Int32(1)}, {Name: types.RecoveryOptionNameTypeVerifiedPhoneNumber, Priority: aws.Int32(2)}}},
		AdminCreateUserConfig: &types.AdminCreateUserConfigType{AllowAdminCreateUserOnly: true, InviteMessageTemplate: &types.MessageTemplateType{
			EmailMessage: aws.String("{username} {####}"), EmailSubject: aws.String("Hello"), SMSMessage: aws.String("{username} {####}"),
		}},
		AutoVerifiedAttributes: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail},
		DeletionProtection:     types.DeletionProtectionTypeActive,
		DeviceConfiguration:    &types.DeviceConfigurationType{ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true},
		EmailConfiguration: &types.EmailConfigurationType{
			EmailSendingAccount: types.EmailSendingAccountTypeDeveloper, SourceArn: aws.String("arn:aws:ses:us-east-1:" + account + ":identity/no-reply@example.com"),
			From: aws.String("Team <no-reply@example.com>"), ReplyToEmailAddress: aws.String("team@example.com"), ConfigurationSet: aws.String("set"),
		},
		LambdaConfig: &types.LambdaConfigType{
			PreSignUp: function("a"), PostConfirmation: function("b"), PreTokenGenerationConfig: &types.PreTokenGenerationVersionConfigType{LambdaArn: function("c"), LambdaVersion: types.PreTokenGenerationLambdaVersionTypeV20},
			PreTokenGeneration: function("c"), CustomEmailSender: &types.CustomEmailLambdaVersionConfigType{LambdaArn: function("d"), LambdaVersion: types.CustomEmailSenderLambdaVersionTypeV10},
			KMSKeyID: aws.String("arn:aws:kms:" + region + ":" + account + ":key/1"),
		},
		Policies: &types.UserPoolPolicyType{
			PasswordPolicy: &types.PasswordPolicyType{MinimumLength: aws.Int32(12), RequireNumbers: true, RequireUppercase: true, TemporaryPasswordValidityDays: 3, PasswordHistorySize: aws.Int32(4)},
			SignInPolicy:   &types.SignInPolicyType{AllowedFirstAuthFactors: []types.AuthFactorType{types.AuthFactorTypePassword, types.AuthFactorTypeEmailOtp}},
		},
		Schema: []types.SchemaAttributeType{
			{Name: aws.String("email"), AttributeDataType: types.AttributeDataTypeString, Required: aws.Bool(true), Mutable: aws.Bool(true), DeveloperOnlyAttribute: aws.Bool(false), StringAttributeConstraints: &types.StringAttributeConstraintsType{MinLength: aws.String("7"), MaxLength: aws.String("100")}},
			{Name: aws.String("size"), AttributeDataType: types.AttributeDataTypeNumber, Mutable: aws.Bool(true), Required: aws.Bool(false), DeveloperOnlyAttribute: aws.Bool(false), NumberAttributeConstraints: &types.NumberAttributeConstraintsType{MinValue: aws.String("2"), MaxValue: aws.String("6")}},
		},
		SmsConfiguration:            &types.SmsConfigurationType{SnsCallerArn: aws.String("arn:aws:iam::" + account + ":role/sms"), ExternalId: aws.String("x"), SnsRegion: aws.String(region)},
		UserAttributeUpdateSettings: &types.UserAttributeUpdateSettingsType{AttributesRequireVerificationBeforeUpdate: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail}},
		UserPoolAddOns:              &types.UserPoolAddOnsType{AdvancedSecurityMode: types.AdvancedSecurityModeTypeOff},
		UserPoolTags:                map[string]string{"team": "blue"},
		UserPoolTier:                types.UserPoolTierTypePlus,
		UsernameConfiguration:       &types.UsernameConfigurationType{CaseSensitive: aws.Bool(false)},
		VerificationMessageTemplate: &types.VerificationMessageTemplateType{
			DefaultEmailOption: types.DefaultEmailOptionTypeConfirmWithLink, EmailMessage: aws.String("Code {####}"), EmailSubject: aws.String("Code"),
			EmailMessageByLink: aws.String("{##here##}"), EmailSubjectByLink: aws.String("Link"), SmsMessage: aws.String("{####}"),
		},
	}
	made, err := pools.CreateUserPool(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	id := made.UserPool.Id
	mfa := &idpapi.SetUserPoolMfaConfigInput{
		UserPoolId: id, MfaConfiguration: types.UserPoolMfaTypeOptional, SoftwareTokenMfaConfiguration: &types.SoftwareTokenMfaConfigType{Enabled: true},
		WebAuthnConfiguration: &types.WebAuthnConfigurationType{RelyingPartyId: aws.String("auth.example.com"), UserVerification: types.UserVerificationTypeRequired},
	}
	read := func() (*types.UserPoolType, *idpapi.GetUserPoolMfaConfigOutput) {
		t.Helper()
		pool, err := pools.DescribeUserPool(ctx, &idpapi.DescribeUserPoolInput{UserPoolId: id})
		if err != nil {
			t.Fatal(err)
		}
		factors, err := pools.GetUserPoolMfaConfig(ctx, &idpapi.GetUserPoolMfaConfigInput{UserPoolId: id})
		if err != nil {
			t.Fatal(err)
		}
		return pool.UserPool, factors
	}
	if _, err := pools.SetUserPoolMfaConfig(ctx, mfa); err != nil {
		t.Fatal(err)
	}
	sent := *in
	sent.Schema = nil
	pool, factors := read()
	shows(t, "the pool", sent, pool)
	shows(t, "the factors", mfa, factors)
	// These attributes are read from members of their own, beside the template.
	for member, got := range map[string]*string{"EmailVerificationMessage": pool.EmailVerificationMessage, "EmailVerificationSubject": pool.EmailVerificationSubject, "SmsVerificationMessage": pool.SmsVerificationMessage} {
		if got == nil {
			t.Errorf("%s is not shown", member)
		}
	}
	for _, want := range in.Schema {
		i := slices.IndexFunc(pool.SchemaAttributes, func(a types.SchemaAttributeType) bool {
			return *a.Name == *want.Name || *a.Name == "custom:"+*want.Name
		})
		want.Name = pool.SchemaAttributes[max(i, 0)].Name
		shows(t, "the attribute "+*want.Name, want, pool.SchemaAttributes[max(i, 0)])
	}
	// An update has all settings but the tags, which have calls of their own.
	if _, err := pools.SetUserPoolMfaConfig(ctx, mfa); err != nil {
		t.Fatal(err)
	}
	_, err = pools.UpdateUserPool(ctx, &idpapi.UpdateUserPoolInput{
		UserPoolId: id, AccountRecoverySetting: in.AccountRecoverySetting, AdminCreateUserConfig: in.AdminCreateUserConfig, AutoVerifiedAttributes: in.AutoVerifiedAttributes,
		DeletionProtection: in.DeletionProtection, DeviceConfiguration: in.DeviceConfiguration, EmailConfiguration: in.EmailConfiguration, LambdaConfig: in.LambdaConfig,
		EmailVerificationMessage: pool.EmailVerificationMessage, EmailVerificationSubject: pool.EmailVerificationSubject, SmsVerificationMessage: pool.SmsVerificationMessage,
		MfaConfiguration: mfa.MfaConfiguration, Policies: in.Policies, SmsConfiguration: in.SmsConfiguration, UserAttributeUpdateSettings: in.UserAttributeUpdateSettings,
		UserPoolAddOns: in.UserPoolAddOns, UserPoolTier: in.UserPoolTier, VerificationMessageTemplate: in.VerificationMessageTemplate,
	})
	if err != nil {
		t.Fatal(err)
	}
	again, factorsAgain := read()
	again.LastModifiedDate = pool.LastModifiedDate
	if a, b := jsonOf(pool), jsonOf(again); a != b {
		t.Errorf("applied again, the pool is\n%s, not\n%s", b, a)
	}
	factorsAgain.ResultMetadata = factors.ResultMetadata
	if a, b := jsonOf(factors), jsonOf(factorsAgain); a != b {
		t.Errorf("applied again, the factors are\n%s, not\n%s", b, a)
	}
	if _, err := pools.TagResource(ctx, &idpapi.TagResourceInput{ResourceArn: pool.Arn, Tags: map[string]string{"stage": "test"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := pools.UntagResource(ctx, &idpapi.UntagResourceInput{ResourceArn: pool.Arn, TagKeys: []string{"team"}}); err != nil {
		t.Fatal(err)
	}
	if pool, _ := read(); !reflect.DeepEqual(pool.UserPoolTags, map[string]string{"stage": "test"}) {
		t.Errorf("the tags are %v", pool.UserPoolTags)
	}
	// What a pool without the blocks must not have: their absence is the plan.
	bare, err := pools.CreateUserPool(ctx, &idpapi.CreateUserPoolInput{PoolName: aws.String("bare")})
	if err != nil {
		t.Fatal(err)
	}
	if p := bare.UserPool; p.DeviceConfiguration != nil || p.UserPoolAddOns != nil || p.SmsConfiguration != nil || p.UsernameConfiguration != nil || p.AliasAttributes != nil ||
		p.AutoVerifiedAttributes != nil || p.UsernameAttributes != nil || len(p.UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate) != 0 || jsonOf(p.LambdaConfig) != jsonOf(&types.LambdaConfigType{}) {
		t.Errorf("the bare pool has %s", jsonOf(p))
	}
	_, err = pools.DeleteUserPool(ctx, &idpapi.DeleteUserPoolInput{UserPoolId: id})
	wantCode(t, "a protected pool", err, "InvalidParameterException", "deletion protection")
	// The provider lifts the protection with an update of that member alone.
	if _, err := pools.UpdateUserPool(ctx, &idpapi.UpdateUserPoolInput{UserPoolId: id, DeletionProtection: types.DeletionProtectionTypeInactive, UserPoolTier: in.UserPoolTier, AutoVerifiedAttributes: in.AutoVerifiedAttributes}); err != nil {
		t.Fatal(err)
	}
	if _, err := pools.DeleteUserPool(ctx, &idpapi.DeleteUserPoolInput{UserPoolId: id}); err != nil {
		t.Error(err)
	}
}

// onePixel is a PNG image.
var onePixel = func() []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		panic(err)
	}
	return b.Bytes()
}()

// The resources of a pool.
func TestTerraformResources(t *testing.T) {
	t.Parallel()
	r := newReplicated(t, start(t))
	ctx := t.Context()
	if _, err := r.here.UpdateUserPool(ctx, &idpapi.UpdateUserPoolInput{UserPoolId: r.pool, UserPoolTier: types.UserPoolTierTypePlus}); err != nil {
		t.Fatal(err)
	}
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}

	t.Log("aws_cognito_resource_server")
	server := &idpapi.CreateResourceServerInput{UserPoolId: r.pool, Identifier: aws.String("https://api.example.com"), Name: aws.String("api"), Scopes: []types.ResourceServerScopeType{
		{ScopeName: aws.String("read"), ScopeDescription: aws.String("Read")}, {ScopeName: aws.String("write"), ScopeDescription: aws.String("Write")},
	}}
	_, err := r.here.CreateResourceServer(ctx, server)
	must("resource server", err)
	gotServer, err := r.here.DescribeResourceServer(ctx, &idpapi.DescribeResourceServerInput{UserPoolId: r.pool, Identifier: server.Identifier})
	must("resource server", err)
	shows(t, "the resource server", server, gotServer.ResourceServer)

	t.Log("aws_cognito_identity_provider")
	provider := &idpapi.CreateIdentityProviderInput{
		UserPoolId: r.pool, ProviderName: aws.String("corp"), ProviderType: types.IdentityProviderTypeTypeOidc, IdpIdentifiers: []string{"corp.example.com"},
		AttributeMapping: map[string]string{"email": "email", "username": "sub"},
		ProviderDetails: map[string]string{
			"client_id": "id", "client_secret": "hush", "attributes_request_method": "GET", "oidc_issuer": "http://localhost", "authorize_scopes": "openid email",
			"authorize_url": "http://localhost/a", "token_url": "http://localhost/t", "attributes_url": "http://localhost/u", "jwks_uri": "http://localhost/j", "attributes_url_add_attributes": "false",
		},
	}
	_, err = r.here.CreateIdentityProvider(ctx, provider)
	must("identity provider", err)
	gotProvider, err := r.here.DescribeIdentityProvider(ctx, &idpapi.DescribeIdentityProviderInput{UserPoolId: r.pool, ProviderName: provider.ProviderName})
	must("identity provider", err)
	shows(t, "the identity provider", provider, gotProvider.IdentityProvider)

	t.Log("aws_cognito_user_pool_client")
	client := &idpapi.CreateUserPoolClientInput{
		UserPoolId: r.pool, ClientName: aws.String("app"), GenerateSecret: true, AccessTokenValidity: aws.Int32(15), IdTokenValidity: aws.Int32(20), RefreshTokenValidity: 3, AuthSessionValidity: aws.Int32(5),
		TokenValidityUnits: &types.TokenValidityUnitsType{AccessToken: types.TimeUnitsTypeMinutes, IdToken: types.TimeUnitsTypeMinutes, RefreshToken: types.TimeUnitsTypeDays},
		AllowedOAuthFlows:  []types.OAuthFlowType{types.OAuthFlowTypeImplicit, types.OAuthFlowTypeCode}, AllowedOAuthFlowsUserPoolClient: true, AllowedOAuthScopes: []string{"openid", "email", "https://api.example.com/read"},
		CallbackURLs: []string{"https://b.example.com/cb", "https://a.example.com/cb"}, DefaultRedirectURI: aws.String("https://a.example.com/cb"), LogoutURLs: []string{"https://a.example.com/out"},
		EnableTokenRevocation: aws.Bool(false), EnablePropagateAdditionalUserContextData: aws.Bool(true), PreventUserExistenceErrors: types.PreventUserExistenceErrorTypesEnabled,
		ExplicitAuthFlows: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserSrpAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth},
		ReadAttributes:    []string{"email", "name"}, WriteAttributes: []string{"name"}, SupportedIdentityProviders: []string{"COGNITO", "corp"},
		AnalyticsConfiguration: &types.AnalyticsConfigurationType{ApplicationArn: aws.String("arn:aws:mobiletargeting:us-east-1:" + account + ":apps/0123456789abcdef0123456789abcdef"), UserDataShared: true},
	}
	madeClient, err := r.here.CreateUserPoolClient(ctx, client)
	must("client", err)
	clientOf := func() *types.UserPoolClientType {
		t.Helper()
		got, err := r.here.DescribeUserPoolClient(ctx, &idpapi.DescribeUserPoolClientInput{UserPoolId: r.pool, ClientId: madeClient.UserPoolClient.ClientId})
		must("client", err)
		return got.UserPoolClient
	}
	got := clientOf()
	shows(t, "the client", client, got)
	shows(t, "the client, as it was made,", madeClient.UserPoolClient, got)
	_, err = r.here.UpdateUserPoolClient(ctx, &idpapi.UpdateUserPoolClientInput{
		UserPoolId: r.pool, ClientId: got.ClientId, ClientName: client.ClientName, AccessTokenValidity: client.AccessTokenValidity, IdTokenValidity: client.IdTokenValidity, RefreshTokenValidity: client.RefreshTokenValidity,
		AuthSessionValidity: client.AuthSessionValidity, TokenValidityUnits: client.TokenValidityUnits, AllowedOAuthFlows: client.AllowedOAuthFlows, AllowedOAuthFlowsUserPoolClient: true,
		AllowedOAuthScopes: client.AllowedOAuthScopes, CallbackURLs: client.CallbackURLs, DefaultRedirectURI: client.DefaultRedirectURI, LogoutURLs: client.LogoutURLs,
		EnableTokenRevocation: client.EnableTokenRevocation, EnablePropagateAdditionalUserContextData: client.EnablePropagateAdditionalUserContextData,
		PreventUserExistenceErrors: client.PreventUserExistenceErrors, ExplicitAuthFlows: client.ExplicitAuthFlows, ReadAttributes: client.ReadAttributes, WriteAttributes: client.WriteAttributes,
		SupportedIdentityProviders: client.SupportedIdentityProviders, AnalyticsConfiguration: client.AnalyticsConfiguration,
	})
	must("client", err)
	again := clientOf()
	again.LastModifiedDate = got.LastModifiedDate
	if a, b := jsonOf(got), jsonOf(again); a != b {
		t.Errorf("applied again, the client is\n%s, not\n%s", b, a)
	}

	t.Log("aws_cognito_user_pool_domain")
	must("domain", func() error {
		_, err := r.here.CreateUserPoolDomain(ctx, &idpapi.CreateUserPoolDomainInput{UserPoolId: r.pool, Domain: aws.String("terraform"), ManagedLoginVersion: aws.Int32(2)})
		return err
	}())
	must("custom domain", r.customDomain(t, r.pool, "auth.example.com"))
	for domain, certificate := range map[string]string{"terraform": "", "auth.example.com": "arn:aws:acm:us-east-1:" + account + ":certificate/1"} {
		got, err := r.here.DescribeUserPoolDomain(ctx, &idpapi.DescribeUserPoolDomainInput{Domain: &domain})
		must("domain", err)
		d := got.DomainDescription
		if aws.ToString(d.Domain) != domain || aws.ToString(d.UserPoolId) != *r.pool || aws.ToString(d.AWSAccountId) != account || d.Status != types.DomainStatusTypeActive ||
			d.CloudFrontDistribution == nil || d.S3Bucket == nil || d.Version == nil || d.ManagedLoginVersion == nil {
			t.Errorf("%s is %s", domain, jsonOf(d))
		}
		if d.CustomDomainConfig == nil && certificate != "" || d.CustomDomainConfig != nil && aws.ToString(d.CustomDomainConfig.CertificateArn) != certificate {
			t.Errorf("%s is %s", domain, jsonOf(d))
		}
	}

	t.Log("aws_cognito_user_group, aws_cognito_user, aws_cognito_user_in_group")
	group := &idpapi.CreateGroupInput{UserPoolId: r.pool, GroupName: aws.String("admins"), Description: aws.String("d"), Precedence: aws.Int32(0), RoleArn: aws.String("arn:aws:iam::" + account + ":role/admins")}
	_, err = r.here.CreateGroup(ctx, group)
	must("group", err)
	gotGroup, err := r.here.GetGroup(ctx, &idpapi.GetGroupInput{UserPoolId: r.pool, GroupName: group.GroupName})
	must("group", err)
	shows(t, "the group", group, gotGroup.Group)
	user := &idpapi.AdminCreateUserInput{
		UserPoolId: r.pool, Username: aws.String("joe"), MessageAction: types.MessageActionTypeSuppress,
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: aws.String("joe@example.com")}, {Name: aws.String("email_verified"), Value: aws.String("true")}},
	}
	_, err = r.here.AdminCreateUser(ctx, user)
	must("user", err)
	gotUser, err := r.here.AdminGetUser(ctx, &idpapi.AdminGetUserInput{UserPoolId: r.pool, Username: user.Username})
	must("user", err)
	attributes := map[string]string{}
	for _, a := range gotUser.UserAttributes {
		attributes[*a.Name] = *a.Value
	}
	if *gotUser.Username != "joe" || !gotUser.Enabled || gotUser.UserStatus != types.UserStatusTypeForceChangePassword || gotUser.UserCreateDate == nil || gotUser.UserLastModifiedDate == nil ||
		len(attributes) != 3 || attributes["email"] != "joe@example.com" || attributes["email_verified"] != "true" || attributes["sub"] == "" {
		t.Errorf("the user is %s", jsonOf(gotUser))
	}
	_, err = r.here.AdminAddUserToGroup(ctx, &idpapi.AdminAddUserToGroupInput{UserPoolId: r.pool, GroupName: group.GroupName, Username: user.Username})
	must("user in group", err)
	groups, err := r.here.AdminListGroupsForUser(ctx, &idpapi.AdminListGroupsForUserInput{UserPoolId: r.pool, Username: user.Username})
	if must("user in group", err); len(groups.Groups) != 1 || *groups.Groups[0].GroupName != "admins" {
		t.Errorf("the groups are %s", jsonOf(groups.Groups))
	}

	t.Log("aws_cognito_user_pool_ui_customization")
	style := &idpapi.SetUICustomizationInput{UserPoolId: r.pool, ClientId: got.ClientId, CSS: aws.String(".label-customizable {font-weight: 400;}"), ImageFile: onePixel}
	_, err = r.here.SetUICustomization(ctx, style)
	must("UI customization", err)
	gotStyle, err := r.here.GetUICustomization(ctx, &idpapi.GetUICustomizationInput{UserPoolId: r.pool, ClientId: got.ClientId})
	must("UI customization", err)
	style.ImageFile = nil // shown as an address
	if shows(t, "the UI customization", style, gotStyle.UICustomization); gotStyle.UICustomization.ImageUrl == nil || gotStyle.UICustomization.CSSVersion == nil {
		t.Errorf("the UI customization is %s", jsonOf(gotStyle.UICustomization))
	}

	t.Log("aws_cognito_risk_configuration")
	risk := &idpapi.SetRiskConfigurationInput{
		UserPoolId: r.pool, RiskExceptionConfiguration: &types.RiskExceptionConfigurationType{BlockedIPRangeList: []string{"10.10.10.10/32"}, SkippedIPRangeList: []string{"192.0.2.0/24"}},
		CompromisedCredentialsRiskConfiguration: &types.CompromisedCredentialsRiskConfigurationType{
			Actions: &types.CompromisedCredentialsActionsType{EventAction: types.CompromisedCredentialsEventActionTypeBlock}, EventFilter: []types.EventFilterType{types.EventFilterTypeSignIn, types.EventFilterTypeSignUp},
		},
		AccountTakeoverRiskConfiguration: &types.AccountTakeoverRiskConfigurationType{
			Actions: &types.AccountTakeoverActionsType{HighAction: &types.AccountTakeoverActionType{EventAction: types.AccountTakeoverEventActionTypeBlock, Notify: true}},
			NotifyConfiguration: &types.NotifyConfigurationType{
				SourceArn: aws.String("arn:aws:ses:us-east-1:" + account + ":identity/no-reply@example.com"), From: aws.String("no-reply@example.com"),
				BlockEmail: &types.NotifyEmailType{Subject: aws.String("Blocked"), TextBody: aws.String("Blocked."), HtmlBody: aws.String("<p>html</p>")},
			},
		},
	}
	_, err = r.here.SetRiskConfiguration(ctx, risk)
	must("risk configuration", err)
	gotRisk, err := r.here.DescribeRiskConfiguration(ctx, &idpapi.DescribeRiskConfigurationInput{UserPoolId: r.pool})
	must("risk configuration", err)
	shows(t, "the risk configuration", risk, gotRisk.RiskConfiguration)

	t.Log("aws_cognito_log_delivery_configuration")
	logs := &idpapi.SetLogDeliveryConfigurationInput{UserPoolId: r.pool, LogConfigurations: []types.LogConfigurationType{
		{EventSource: types.EventSourceNameUserNotification, LogLevel: types.LogLevelError, CloudWatchLogsConfiguration: &types.CloudWatchLogsConfigurationType{LogGroupArn: aws.String("arn:aws:logs:" + region + ":" + account + ":log-group:g")}},
		{EventSource: types.EventSourceNameUserAuthEvents, LogLevel: types.LogLevelInfo, S3Configuration: &types.S3ConfigurationType{BucketArn: aws.String("arn:aws:s3:::bucket")}},
	}}
	_, err = r.here.SetLogDeliveryConfiguration(ctx, logs)
	must("log delivery", err)
	gotLogs, err := r.here.GetLogDeliveryConfiguration(ctx, &idpapi.GetLogDeliveryConfigurationInput{UserPoolId: r.pool})
	must("log delivery", err)
	shows(t, "the log delivery", logs, gotLogs.LogDeliveryConfiguration)

	t.Log("aws_cognito_managed_login_branding")
	branding, err := r.here.CreateManagedLoginBranding(ctx, &idpapi.CreateManagedLoginBrandingInput{
		UserPoolId: r.pool, ClientId: got.ClientId, Settings: document.NewLazyDocument(map[string]any{"categories": map[string]any{"global": map[string]any{"colorSchemeMode": "DARK"}}}),
		Assets: []types.AssetType{{Category: types.AssetCategoryTypeFormLogo, ColorMode: types.ColorSchemeModeTypeDark, Extension: types.AssetExtensionTypePng, Bytes: onePixel}},
	})
	must("branding", err)
	for merged, want := range map[bool]string{false: `{"categories":{"global":{"colorSchemeMode":"DARK"}}}`, true: ""} {
		shown, err := r.here.DescribeManagedLoginBranding(ctx, &idpapi.DescribeManagedLoginBrandingInput{UserPoolId: r.pool, ManagedLoginBrandingId: branding.ManagedLoginBranding.ManagedLoginBrandingId, ReturnMergedResources: merged})
		must("branding", err)
		b := shown.ManagedLoginBranding
		settings, err := b.Settings.MarshalSmithyDocument()
		must("branding", err)
		if want != "" && string(settings) != want || want == "" && len(settings) < 1000 || b.UseCognitoProvidedValues || len(b.Assets) == 0 || string(b.Assets[slices.IndexFunc(b.Assets, func(a types.AssetType) bool {
			return a.Category == types.AssetCategoryTypeFormLogo && a.ColorMode == types.ColorSchemeModeTypeDark
		})].Bytes) != string(onePixel) {
			t.Errorf("the branding, merged %v, is %s with %d assets", merged, settings, len(b.Assets))
		}
	}

	t.Log("aws_cognito_user_pool_replica")
	r.replicate(t, types.UpdateReplicaStatusTypeActive)
	replicas, err := r.here.ListUserPoolReplicas(ctx, &idpapi.ListUserPoolReplicasInput{UserPoolId: r.pool})
	if must("replica", err); len(replicas.UserPoolReplicas) != 2 || replicas.UserPoolReplicas[1].Status != types.ReplicaStatusTypeActive || replicas.UserPoolReplicas[1].UserPoolArn == nil {
		t.Errorf("the replicas are %s", jsonOf(replicas.UserPoolReplicas))
	}
}
