package identitypool

import "github.com/poolhouse-id/poolhouse/internal/awswire"

// Table is the service's operations, one line each.
func (s *Service) Table() *awswire.Table {
	t := awswire.NewTable(awswire.CognitoIdentity, map[string]*awswire.Handler{
		"CreateIdentityPool":                 awswire.Handle(s.CreateIdentityPool),
		"DeleteIdentities":                   awswire.Handle(s.DeleteIdentities),
		"DeleteIdentityPool":                 awswire.Handle(s.DeleteIdentityPool),
		"DescribeIdentity":                   awswire.Handle(s.DescribeIdentity),
		"DescribeIdentityPool":               awswire.Handle(s.DescribeIdentityPool),
		"GetCredentialsForIdentity":          awswire.Handle(s.GetCredentialsForIdentity),
		"GetId":                              awswire.Handle(s.GetId),
		"GetIdentityPoolRoles":               awswire.Handle(s.GetIdentityPoolRoles),
		"GetOpenIdToken":                     awswire.Handle(s.GetOpenIdToken),
		"GetOpenIdTokenForDeveloperIdentity": awswire.Handle(s.GetOpenIdTokenForDeveloperIdentity),
		"GetPrincipalTagAttributeMap":        awswire.Handle(s.GetPrincipalTagAttributeMap),
		"ListIdentities":                     awswire.Handle(s.ListIdentities),
		"ListIdentityPools":                  awswire.Handle(s.ListIdentityPools),
		"ListTagsForResource":                awswire.Handle(s.ListTagsForResource),
		"LookupDeveloperIdentity":            awswire.Handle(s.LookupDeveloperIdentity),
		"MergeDeveloperIdentities":           awswire.Handle(s.MergeDeveloperIdentities),
		"SetIdentityPoolRoles":               awswire.Handle(s.SetIdentityPoolRoles),
		"SetPrincipalTagAttributeMap":        awswire.Handle(s.SetPrincipalTagAttributeMap),
		"TagResource":                        awswire.Handle(s.TagResource),
		"UnlinkDeveloperIdentity":            awswire.Handle(s.UnlinkDeveloperIdentity),
		"UnlinkIdentity":                     awswire.Handle(s.UnlinkIdentity),
		"UntagResource":                      awswire.Handle(s.UntagResource),
		"UpdateIdentityPool":                 awswire.Handle(s.UpdateIdentityPool),
	}, s.access)
	t.Throttle = s.Throttle
	return t
}
