package userpool

import "github.com/poolhouse-id/poolhouse/internal/awswire"

// Table is the service's operations: every one that AWS has is in it, and those
// that are built have a handler here.
func (s *Service) Table() *awswire.Table {
	return awswire.NewTable(awswire.CognitoIDP, map[string]*awswire.Handler{
		"AdminConfirmSignUp":     awswire.Handle(s.AdminConfirmSignUp),
		"AdminDeleteUser":        awswire.Handle(s.AdminDeleteUser),
		"AdminDisableUser":       awswire.Handle(s.AdminDisableUser),
		"AdminEnableUser":        awswire.Handle(s.AdminEnableUser),
		"AdminGetUser":           awswire.Handle(s.AdminGetUser),
		"ConfirmSignUp":          awswire.Handle(s.ConfirmSignUp),
		"DeleteUser":             awswire.Handle(s.DeleteUser),
		"GetUser":                awswire.Handle(s.GetUser),
		"ListUsers":              awswire.Handle(s.ListUsers),
		"ResendConfirmationCode": awswire.Handle(s.ResendConfirmationCode),
		"SignUp":                 awswire.Handle(s.SignUp),
	}, s.access)
}
