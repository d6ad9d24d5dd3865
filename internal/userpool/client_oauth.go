package userpool

// standardScopes are the OAuth scopes that every pool has.
var standardScopes = []string{"phone", "email", "openid", "profile", "aws.cognito.signin.user.admin"}
