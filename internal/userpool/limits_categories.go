package userpool

// freeRates are the requests a second of each category of operations for an
// account in a region, before more is provisioned.
var freeRates = map[string]int{
	"UserAuthentication":     120,
	"UserCreation":           50,
	"UserFederation":         25,
	"UserAccountRecovery":    30,
	"UserRead":               120,
	"UserUpdate":             25,
	"UserToken":              120,
	"UserResourceRead":       50,
	"UserResourceUpdate":     25,
	"UserList":               30,
	"UserPoolRead":           15,
	"UserPoolUpdate":         15,
	"UserPoolResourceRead":   20,
	"UserPoolResourceUpdate": 15,
	"UserPoolClientRead":     15,
	"UserPoolClientUpdate":   15,
	"ClientAuthentication":   150,
}

// categories are the operations of each category.
var categories = map[string][]string{
	"UserAuthentication":  {"AdminInitiateAuth", "AdminRespondToAuthChallenge", "InitiateAuth", "RespondToAuthChallenge"},
	"UserCreation":        {"AdminConfirmSignUp", "AdminCreateUser", "ConfirmSignUp", "SignUp"},
	"UserAccountRecovery": {"AdminResetUserPassword", "AdminSetUserPassword", "ChangePassword", "ConfirmForgotPassword", "ForgotPassword"},
	"UserRead":            {"AdminGetUser", "AdminGetUserAuthFactors", "GetUser", "GetUserAuthFactors"},
	"UserUpdate": {
		"AdminAddUserToGroup", "AdminDeleteUser", "AdminDeleteUserAttributes", "AdminDisableProviderForUser", "AdminDisableUser",
		"AdminEnableUser", "AdminLinkProviderForUser", "AdminRemoveUserFromGroup", "AdminUpdateUserAttributes", "AdminUserGlobalSignOut",
		"DeleteUser", "DeleteUserAttributes", "GlobalSignOut", "UpdateUserAttributes",
	},
	"UserToken": {"GetTokensFromRefreshToken", "RevokeToken"},
	"UserResourceRead": {
		"AdminGetDevice", "AdminListDevices", "AdminListGroupsForUser", "AdminListUserAuthEvents", "AdminListUserSessions", "GetDevice",
		"GetUserAttributeVerificationCode", "ListDevices", "ListUserSessions", "ListWebAuthnCredentials", "ResendConfirmationCode",
	},
	"UserResourceUpdate": {
		"AdminDeleteSoftwareToken", "AdminForgetDevice", "AdminRevokeUserSession", "AdminSetUserMFAPreference", "AdminSetUserSettings",
		"AdminUpdateAuthEventFeedback", "AdminUpdateDeviceStatus", "AssociateSoftwareToken", "CompleteWebAuthnRegistration", "ConfirmDevice",
		"DeleteWebAuthnCredential", "ForgetDevice", "RevokeUserSession", "SetUserMFAPreference", "SetUserSettings", "StartWebAuthnRegistration",
		"UpdateAuthEventFeedback", "UpdateDeviceStatus", "VerifySoftwareToken", "VerifyUserAttribute",
	},
	"UserList":       {"ListUsers", "ListUsersInGroup"},
	"UserPoolRead":   {"DescribeUserPool", "ListUserPools"},
	"UserPoolUpdate": {"AddCustomAttributes", "CreateUserPool", "DeleteUserPool", "SetUserPoolMfaConfig", "UpdateUserPool"},
	"UserPoolResourceRead": {
		"DescribeIdentityProvider", "DescribeManagedLoginBranding", "DescribeManagedLoginBrandingByClient", "DescribeResourceServer",
		"DescribeRiskConfiguration", "DescribeTerms", "DescribeTermsByClient", "DescribeUserImportJob", "DescribeUserPoolDomain",
		"GetCSVHeader", "GetGroup", "GetIdentityProviderByIdentifier", "GetLogDeliveryConfiguration", "GetSigningCertificate",
		"GetUICustomization", "GetUserPoolClientSessionConfiguration", "GetUserPoolMfaConfig", "GetUserPoolSessionConfiguration",
		"ListGroups", "ListIdentityProviders", "ListResourceServers", "ListTagsForResource", "ListTerms", "ListUserImportJobs", "ListUserPoolReplicas",
	},
	"UserPoolResourceUpdate": {
		"CreateGroup", "CreateIdentityProvider", "CreateManagedLoginBranding", "CreateResourceServer", "CreateTerms", "CreateUserImportJob",
		"CreateUserPoolDomain", "CreateUserPoolReplica", "DeleteGroup", "DeleteIdentityProvider", "DeleteManagedLoginBranding",
		"DeleteResourceServer", "DeleteTerms", "DeleteUserPoolDomain", "DeleteUserPoolReplica", "SetLogDeliveryConfiguration",
		"SetRiskConfiguration", "SetUICustomization", "SetUserPoolSessionConfiguration", "StartUserImportJob", "StopUserImportJob", "TagResource",
		"UntagResource", "UpdateGroup", "UpdateIdentityProvider", "UpdateManagedLoginBranding", "UpdateResourceServer", "UpdateTerms",
		"UpdateUserPoolDomain", "UpdateUserPoolReplica",
	},
	"UserPoolClientRead": {"DescribeUserPoolClient", "ListUserPoolClientSecrets", "ListUserPoolClients"},
	"UserPoolClientUpdate": {
		"AddUserPoolClientSecret", "CreateUserPoolClient", "DeleteUserPoolClient", "DeleteUserPoolClientSecret",
		"SetUserPoolClientSessionConfiguration", "UpdateUserPoolClient",
	},
	"ClientAuthentication": {"GetClientToken"},
}

// categoryOf is the category of an operation. The operations that manage the
// limits themselves have none.
var categoryOf = func() map[string]string {
	of := map[string]string{}
	for category, operations := range categories {
		for _, o := range operations {
			of[o] = category
		}
	}
	return of
}()
