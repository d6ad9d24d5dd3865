package userpool

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The names of quotas of resources.
const (
	quotaPools            = "user-pools"
	quotaClients          = "app-clients"
	quotaProviders        = "identity-providers"
	quotaResourceServers  = "resource-servers"
	quotaGroups           = "groups"
	quotaGroupsOfUser     = "groups-per-user"
	quotaCustomDomains    = "custom-domains"
	quotaBrandings        = "branding-styles"
	quotaLinkedIdentities = "linked-identities"
	quotaImportJobs       = "import-jobs"
	quotaReplicas         = "replicas"
)

// DefaultQuotas are AWS's quotas of resources, by the names that Config.Quotas
// takes (Developer Guide, "Quotas in Amazon Cognito"): user pools and custom
// domains in an account and region, groups and linked identities of a user, and
// the other resources of a user pool. What goes beyond one is refused with
// LimitExceededException.
func DefaultQuotas() map[string]int {
	return map[string]int{
		quotaPools: 1000, quotaClients: 1000, quotaProviders: 300, quotaResourceServers: 25, quotaGroups: 10000, quotaGroupsOfUser: 100,
		quotaCustomDomains: 4, quotaBrandings: 20, quotaLinkedIdentities: 5, quotaImportJobs: 1000, quotaReplicas: 1,
	}
}

// maxGroupsOfUser is the highest quota of groups of a user: they all are in a
// token.
const maxGroupsOfUser = 1000

// CheckQuotas checks quotas for [Config]: known names, and numbers from 1, of
// groups of a user to 1,000.
func CheckQuotas(quotas map[string]int) error {
	known := DefaultQuotas()
	for name, n := range quotas {
		switch _, ok := known[name]; {
		case !ok:
			return fmt.Errorf("%s is none of the quotas %s", name, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		case n < 1:
			return fmt.Errorf("the quota %s must be at least 1", name)
		case name == quotaGroupsOfUser && n > maxGroupsOfUser:
			return fmt.Errorf("the quota %s must be at most %d", name, maxGroupsOfUser)
		}
	}
	return nil
}

// quotasWith are the quotas in force.
func quotasWith(configured map[string]int) map[string]int {
	quotas := DefaultQuotas()
	maps.Copy(quotas, configured)
	return quotas
}
