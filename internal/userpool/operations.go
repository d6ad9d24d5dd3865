package userpool

import "github.com/poolhouse-id/poolhouse/internal/awswire"

// Table is the service's operations: every one that AWS has is in it, and those
// that are built have a handler here.
func (s *Service) Table() *awswire.Table {
	return awswire.NewTable(awswire.CognitoIDP, map[string]*awswire.Handler{
		"AddCustomAttributes":        awswire.Handle(s.AddCustomAttributes),
		"AddUserPoolClientSecret":    awswire.Handle(s.AddUserPoolClientSecret),
		"AdminConfirmSignUp":         awswire.Handle(s.AdminConfirmSignUp),
		"AdminDeleteUser":            awswire.Handle(s.AdminDeleteUser),
		"AdminDisableUser":           awswire.Handle(s.AdminDisableUser),
		"AdminEnableUser":            awswire.Handle(s.AdminEnableUser),
		"AdminGetUser":               awswire.Handle(s.AdminGetUser),
		"AdminInitiateAuth":          awswire.Handle(s.AdminInitiateAuth),
		"AdminUserGlobalSignOut":     awswire.Handle(s.AdminUserGlobalSignOut),
		"ConfirmSignUp":              awswire.Handle(s.ConfirmSignUp),
		"CreateUserPool":             awswire.Handle(s.CreateUserPool),
		"CreateUserPoolClient":       awswire.Handle(s.CreateUserPoolClient),
		"DeleteUser":                 awswire.Handle(s.DeleteUser),
		"DeleteUserPool":             awswire.Handle(s.DeleteUserPool),
		"DeleteUserPoolClient":       awswire.Handle(s.DeleteUserPoolClient),
		"DeleteUserPoolClientSecret": awswire.Handle(s.DeleteUserPoolClientSecret),
		"DescribeUserPool":           awswire.Handle(s.DescribeUserPool),
		"DescribeUserPoolClient":     awswire.Handle(s.DescribeUserPoolClient),
		"GetTokensFromRefreshToken":  awswire.Handle(s.GetTokensFromRefreshToken),
		"GetUser":                    awswire.Handle(s.GetUser),
		"GlobalSignOut":              awswire.Handle(s.GlobalSignOut),
		"InitiateAuth":               awswire.Handle(s.InitiateAuth),
		"ListTagsForResource":        awswire.Handle(s.ListTagsForResource),
		"ListUserPoolClientSecrets":  awswire.Handle(s.ListUserPoolClientSecrets),
		"ListUserPoolClients":        awswire.Handle(s.ListUserPoolClients),
		"ListUserPools":              awswire.Handle(s.ListUserPools),
		"ListUsers":                  awswire.Handle(s.ListUsers),
		"ResendConfirmationCode":     awswire.Handle(s.ResendConfirmationCode),
		"RevokeToken":                awswire.Handle(s.RevokeToken),
		"SignUp":                     awswire.Handle(s.SignUp),
		"TagResource":                awswire.Handle(s.TagResource),
		"UntagResource":              awswire.Handle(s.UntagResource),
		"UpdateUserPool":             awswire.Handle(s.UpdateUserPool),
		"UpdateUserPoolClient":       awswire.Handle(s.UpdateUserPoolClient),
	}, s.access)
}
