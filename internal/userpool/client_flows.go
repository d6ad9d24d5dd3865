package userpool

import (
	"math"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// defaultAuthFlows are what a client without ExplicitAuthFlows allows.
var defaultAuthFlows = []types.ExplicitAuthFlowsType{
	types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth,
	types.ExplicitAuthFlowsTypeAllowUserSrpAuth,
	types.ExplicitAuthFlowsTypeAllowCustomAuth,
}

// legacyAuthFlows are the flows that values of old add to the default ones.
var legacyAuthFlows = map[types.ExplicitAuthFlowsType]types.ExplicitAuthFlowsType{
	types.ExplicitAuthFlowsTypeAdminNoSrpAuth:   types.ExplicitAuthFlowsTypeAllowAdminUserPasswordAuth,
	types.ExplicitAuthFlowsTypeUserPasswordAuth: types.ExplicitAuthFlowsTypeAllowUserPasswordAuth,
}

// customAuthFlows are all that CUSTOM_AUTH_FLOW_ONLY leaves.
var customAuthFlows = []types.ExplicitAuthFlowsType{
	types.ExplicitAuthFlowsTypeAllowCustomAuth,
	types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth,
}

// modern tells an ALLOW_* value from one of old.
func modern(f types.ExplicitAuthFlowsType) bool { return strings.HasPrefix(string(f), "ALLOW_") }

// The lives of tokens and sessions of a client that says nothing of them.
const (
	defaultTokenLife      = time.Hour
	defaultRefreshLife    = 30 * 24 * time.Hour
	defaultSessionMinutes = 3
)

// validity is a duration given in a unit; absent or 0 means the default. One
// that is too long to be counted is the longest there is.
func validity(n *int32, unit, defaultUnit types.TimeUnitsType, absent time.Duration) time.Duration {
	if n == nil || *n == 0 {
		return absent
	}
	if unit == "" {
		unit = defaultUnit
	}
	of := timeUnits[unit]
	if of > 0 && time.Duration(*n) > math.MaxInt64/of {
		return math.MaxInt64
	}
	return time.Duration(*n) * of
}

var timeUnits = map[types.TimeUnitsType]time.Duration{
	types.TimeUnitsTypeSeconds: time.Second,
	types.TimeUnitsTypeMinutes: time.Minute,
	types.TimeUnitsTypeHours:   time.Hour,
	types.TimeUnitsTypeDays:    24 * time.Hour,
}
