package userpool

import "github.com/poolhouse-id/poolhouse/internal/awswire"

// Table is the service's operations: every one that AWS has is in it, and those
// that are built have a handler here.
func (s *Service) Table() *awswire.Table {
	return awswire.NewTable(awswire.CognitoIDP, map[string]*awswire.Handler{
		"AddCustomAttributes":    awswire.Handle(s.AddCustomAttributes),
		"AdminConfirmSignUp":     awswire.Handle(s.AdminConfirmSignUp),
		"AdminDeleteUser":        awswire.Handle(s.AdminDeleteUser),
		"AdminDisableUser":       awswire.Handle(s.AdminDisableUser),
		"AdminEnableUser":        awswire.Handle(s.AdminEnableUser),
		"AdminGetUser":           awswire.Handle(s.AdminGetUser),
		"ConfirmSignUp":          awswire.Handle(s.ConfirmSignUp),
		"CreateUserPool":         awswire.Handle(s.CreateUserPool),
		"DeleteUser":             awswire.Handle(s.DeleteUser),
		"DeleteUserPool":         awswire.Handle(s.DeleteUserPool),
		"DescribeUserPool":       awswire.Handle(s.DescribeUserPool),
		"GetUser":                awswire.Handle(s.GetUser),
		"ListTagsForResource":    awswire.Handle(s.ListTagsForResource),
		"ListUserPools":          awswire.Handle(s.ListUserPools),
		"ListUsers":              awswire.Handle(s.ListUsers),
		"ResendConfirmationCode": awswire.Handle(s.ResendConfirmationCode),
		"SignUp":                 awswire.Handle(s.SignUp),
		"TagResource":            awswire.Handle(s.TagResource),
		"UntagResource":          awswire.Handle(s.UntagResource),
		"UpdateUserPool":         awswire.Handle(s.UpdateUserPool),
	}, s.access)
}
