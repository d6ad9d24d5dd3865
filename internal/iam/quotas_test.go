package iam

import "testing"

func TestParseQuotas(t *testing.T) {
	t.Parallel()
	q, err := ParseQuotas(map[string]int{"users": 7, "policy-size": 8, "mfa-devices-per-user": 9, "client-ids-per-provider": 10, "attached-policies-per-role": 20})
	if want := (Quotas{Users: 7, PolicySize: 8, MFADevicesPerUser: 9, ClientIDsPerProvider: 10, AttachedPoliciesPerRole: 20}); err != nil || q != want {
		t.Errorf("%+v %v", q, err)
	}
	for _, bad := range []map[string]int{{"Users": 1}, {"none": 1}, {"users": 0}, {"users": -1}} {
		if _, err := ParseQuotas(bad); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
	f := newFixture(t, Quotas{Users: 1})
	f.user("a")
	if f.quotas.Groups != awsQuotas.Groups {
		t.Errorf("%+v", f.quotas)
	}
}
