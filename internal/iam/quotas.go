package iam

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
)

// Quotas are the limits of one account (IAM User Guide, "IAM and AWS STS
// quotas"). Sizes count characters without white space. Zero fields mean AWS's
// defaults.
type Quotas struct {
	// Users, Groups, Roles, Policies and InstanceProfiles per account.
	Users, Groups, Roles, Policies, InstanceProfiles int
	// PolicySize is that of a managed policy, TrustPolicySize that of a role's
	// trust policy.
	PolicySize, TrustPolicySize int
	// UserPolicySize, GroupPolicySize and RolePolicySize are the total of an
	// entity's inline policies.
	UserPolicySize, GroupPolicySize, RolePolicySize int
	// VersionsPerPolicy counts versions of a managed policy.
	VersionsPerPolicy int
	// AttachedPoliciesPerUser, ...PerGroup, ...PerRole count managed policies.
	AttachedPoliciesPerUser, AttachedPoliciesPerGroup, AttachedPoliciesPerRole int
	// AccessKeysPerUser, GroupsPerUser and MFADevicesPerUser count what a user has.
	AccessKeysPerUser, GroupsPerUser, MFADevicesPerUser int
	// Providers counts the account's providers of each of the kinds OpenID
	// Connect and SAML, ClientIDsPerProvider the audiences of one.
	Providers, ClientIDsPerProvider int
	// ServerCertificates counts the account's.
	ServerCertificates int
	// DelegationRequests counts those of a requesting account that have not
	// expired.
	DelegationRequests int
}

var awsQuotas = Quotas{
	Users: 5000, Groups: 300, Roles: 1000, Policies: 1500, InstanceProfiles: 1000,
	PolicySize: 6144, TrustPolicySize: 2048,
	UserPolicySize: 2048, GroupPolicySize: 5120, RolePolicySize: 10240,
	VersionsPerPolicy:       5,
	AttachedPoliciesPerUser: 10, AttachedPoliciesPerGroup: 10, AttachedPoliciesPerRole: 10,
	AccessKeysPerUser: 2, GroupsPerUser: 10, MFADevicesPerUser: 8,
	Providers: 100, ClientIDsPerProvider: 100,
	ServerCertificates: 20,
	DelegationRequests: 1000,
}

func (q Quotas) orDefaults() Quotas {
	for _, f := range []struct {
		have *int
		aws  int
	}{
		{&q.Users, awsQuotas.Users}, {&q.Groups, awsQuotas.Groups}, {&q.Roles, awsQuotas.Roles},
		{&q.Policies, awsQuotas.Policies}, {&q.InstanceProfiles, awsQuotas.InstanceProfiles},
		{&q.PolicySize, awsQuotas.PolicySize}, {&q.TrustPolicySize, awsQuotas.TrustPolicySize},
		{&q.UserPolicySize, awsQuotas.UserPolicySize}, {&q.GroupPolicySize, awsQuotas.GroupPolicySize},
		{&q.RolePolicySize, awsQuotas.RolePolicySize}, {&q.VersionsPerPolicy, awsQuotas.VersionsPerPolicy},
		{&q.AttachedPoliciesPerUser, awsQuotas.AttachedPoliciesPerUser},
		{&q.AttachedPoliciesPerGroup, awsQuotas.AttachedPoliciesPerGroup},
		{&q.AttachedPoliciesPerRole, awsQuotas.AttachedPoliciesPerRole},
		{&q.AccessKeysPerUser, awsQuotas.AccessKeysPerUser}, {&q.GroupsPerUser, awsQuotas.GroupsPerUser},
		{&q.MFADevicesPerUser, awsQuotas.MFADevicesPerUser}, {&q.Providers, awsQuotas.Providers},
		{&q.ClientIDsPerProvider, awsQuotas.ClientIDsPerProvider}, {&q.ServerCertificates, awsQuotas.ServerCertificates},
		{&q.DelegationRequests, awsQuotas.DelegationRequests},
	} {
		if *f.have == 0 {
			*f.have = f.aws
		}
	}
	return q
}

// quota returns LimitExceeded when have is not below the limit.
func quota(name string, have, limit int) error {
	if have >= limit {
		return limitExceeded("Cannot exceed quota for %s: %d", name, limit)
	}
	return nil
}

// ParseQuotas makes quotas of numbers by name. A name is that of a field of
// Quotas in lower case with hyphens, such as policy-size or
// access-keys-per-user.
func ParseQuotas(numbers map[string]int) (q Quotas, err error) {
	v := reflect.ValueOf(&q).Elem()
	fields := map[string]reflect.Value{}
	for i := range v.NumField() {
		fields[quotaName(v.Type().Field(i).Name)] = v.Field(i)
	}
	for name, n := range numbers {
		f, ok := fields[name]
		switch {
		case !ok:
			return q, fmt.Errorf("there is no quota %q", name)
		case n < 1:
			return q, fmt.Errorf("the quota %s is not positive", name)
		}
		f.SetInt(int64(n))
	}
	return q, nil
}

var (
	wordEnd    = regexp.MustCompile(`([a-z])([A-Z])`)
	acronymEnd = regexp.MustCompile(`([A-Z]+)([A-Z][a-z])`)
)

func quotaName(field string) string {
	field = wordEnd.ReplaceAllString(strings.ReplaceAll(field, "IDs", "Ids"), "$1-$2")
	return strings.ToLower(acronymEnd.ReplaceAllString(field, "$1-$2"))
}
