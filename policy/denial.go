package policy

// DenialReason returns the part of an access-denied message that AWS adds to say which policy type is to blame:
// "because no identity-based policy allows the s3:GetObject action" or "with an explicit deny in an identity-based
// policy" (User Guide, "Troubleshoot access denied error messages"). It is empty for an allowed request and across
// accounts, where AWS does not say.
func DenialReason(d Decision, action string) string {
	if d.Allowed || d.CrossAccount || d.Type == NoPolicy {
		return ""
	}
	// An organization policy that fails to allow reads like one that denies.
	if d.ExplicitDeny || d.Type == SCP || d.Type == RCP {
		return "with an explicit deny in " + denialNames[d.Type].article + " " + denialNames[d.Type].name
	}
	return "because no " + denialNames[d.Type].name + " allows the " + action + " action"
}

// DenialMessage returns the whole message; caller is the ARN as GetCallerIdentity shows it and resource is "*" for
// actions without resources.
func DenialMessage(caller, action, resource string, d Decision) string {
	message := "User: " + caller + " is not authorized to perform: " + action + " on resource: " + resource
	if reason := DenialReason(d, action); reason != "" {
		message += " " + reason
	}
	return message
}

var denialNames = [...]struct{ article, name string }{
	SCP:            {"a", "service control policy"},
	RCP:            {"a", "resource control policy"},
	EndpointPolicy: {"a", "VPC endpoint policy"},
	ResourcePolicy: {"a", "resource-based policy"},
	TrustPolicy:    {"the", "role trust policy"},
	IdentityPolicy: {"an", "identity-based policy"},
	Boundary:       {"a", "permissions boundary"},
	SessionPolicy:  {"a", "session policy"},
}

// String returns the type's name as denial messages have it.
func (t Type) String() string { return denialNames[t].name }
