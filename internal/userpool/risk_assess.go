package userpool

import (
	"net/netip"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// Adaptive authentication: the risk of a sign-in is what the user's former
// sign-ins do not know of it, the network or the program. Pools in ENFORCED
// mode act on it (AccountTakeoverActionType in the API reference); others only
// note it.

const msgRiskBlocked = "Unable to login because of security reasons."

// travelTime is how soon after a sign-in from one network another one from a
// network that the user never used is a travel that nobody makes.
const travelTime = 10 * time.Minute

// knownEvents is how many of the user's newest events a sign-in is compared
// with.
const knownEvents = 60

func (p *pool) enforcesProtection() bool {
	return p.protects() && p.Doc.UserPoolAddOns.AdvancedSecurityMode == types.AdvancedSecurityModeTypeEnforced
}

// assess finds the risk of a sign-in, once, and does what is configured for it.
// Errors: NotAuthorizedException when that is to block it.
func (s *Service) assess(tx *store.Tx, a *attempt) error {
	if !a.pool.protects() || a.session.RiskDecision != "" {
		return nil
	}
	config, err := riskConfiguration(tx, a.pool.ID, a.client.ID)
	if err != nil {
		return err
	}
	a.session.RiskDecision, a.notice = string(types.RiskDecisionTypeNoRisk), nil
	if x := config.RiskExceptionConfiguration; x != nil {
		switch ip, err := netip.ParseAddr(a.sourceIP); {
		case err != nil:
		case within(x.BlockedIPRangeList, ip) && a.pool.enforcesProtection():
			return a.block()
		case within(x.SkippedIPRangeList, ip):
			return nil
		}
	}
	if err := a.assessPassword(config); err != nil {
		return err
	}
	level, err := riskLevel(tx, a)
	if err != nil || level == "" {
		return err
	}
	a.session.RiskLevel = string(level)
	if !a.pool.enforcesProtection() {
		return nil
	}
	action := actionAt(config, level)
	if n := config.AccountTakeoverRiskConfiguration; action.Notify && n.NotifyConfiguration != nil {
		a.notice = &notice{n.NotifyConfiguration, action.EventAction}
	}
	switch action.EventAction {
	case types.AccountTakeoverEventActionTypeBlock:
		return a.block()
	case types.AccountTakeoverEventActionTypeMfaRequired:
		a.session.MustMFA = true
		fallthrough
	case types.AccountTakeoverEventActionTypeMfaIfConfigured:
		a.session.NeedsMFA, a.session.RiskDecision = true, string(types.RiskDecisionTypeAccountTakeover)
	}
	return nil
}

func (a *attempt) block() error {
	a.session.RiskDecision = string(types.RiskDecisionTypeBlock)
	return notAuthorized(msgRiskBlocked)
}

// withoutFactor refuses a user without a second factor where the risk demands
// one.
func (a *attempt) withoutFactor() error {
	if a.session.MustMFA {
		return a.block()
	}
	return nil
}

// riskConfiguration is the client's configuration, or else the pool's.
func riskConfiguration(tx *store.Tx, poolID, clientID string) (*types.RiskConfigurationType, error) {
	row, err := tx.RiskConfiguration(poolID, clientID)
	if isMissing(err) {
		row, err = tx.RiskConfiguration(poolID, "")
	}
	r := &types.RiskConfigurationType{}
	if isMissing(err) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	return r, awswire.DecodeJSON([]byte(row.Body), r)
}

func actionAt(r *types.RiskConfigurationType, level types.RiskLevelType) types.AccountTakeoverActionType {
	none := types.AccountTakeoverActionType{EventAction: types.AccountTakeoverEventActionTypeNoAction}
	if r.AccountTakeoverRiskConfiguration == nil || r.AccountTakeoverRiskConfiguration.Actions == nil {
		return none
	}
	actions := r.AccountTakeoverRiskConfiguration.Actions
	action := map[types.RiskLevelType]*types.AccountTakeoverActionType{
		types.RiskLevelTypeLow: actions.LowAction, types.RiskLevelTypeMedium: actions.MediumAction, types.RiskLevelTypeHigh: actions.HighAction,
	}[level]
	if action == nil {
		return none
	}
	return *action
}

func within(ranges []string, ip netip.Addr) bool {
	return slices.ContainsFunc(ranges, func(text string) bool {
		p, err := netip.ParsePrefix(text)
		return err == nil && p.Contains(ip.Unmap())
	})
}

// riskLevel compares the sign-in with the user's former ones: an address that
// somebody complained of is a high risk, a new network and a new program
// together likewise, and a new network within travelTime of a sign-in from
// another one; a new network alone is a medium one, a new program alone a low
// one. The first sign-in has nothing to be compared with.
func riskLevel(tx *store.Tx, a *attempt) (types.RiskLevelType, error) {
	events, err := tx.AuthEvents(a.user, time.Time{}, "", knownEvents)
	if err != nil {
		return "", err
	}
	var before, network, program bool
	var last time.Time
	for _, e := range events {
		if e.ID == a.session.Event || e.Type != string(types.EventTypeSignIn) {
			continue
		}
		if e.Feedback == string(types.FeedbackValueTypeInvalid) {
			if e.IP == a.sourceIP {
				return types.RiskLevelTypeHigh, nil
			}
			continue
		}
		if e.Response == string(types.EventResponseTypePass) || e.Feedback == string(types.FeedbackValueTypeValid) {
			before, network, program = true, network || sameNetwork(e.IP, a.sourceIP), program || e.Device == a.program
			if e.Created.After(last) {
				last = e.Created
			}
		}
	}
	switch {
	case !before || network && program:
		return "", nil
	case network:
		return types.RiskLevelTypeLow, nil
	case program && tx.Now().Sub(last) >= travelTime:
		return types.RiskLevelTypeMedium, nil
	}
	return types.RiskLevelTypeHigh, nil
}

// sameNetwork tells whether two addresses are of one network: the first 24 bits
// of IPv4, or 48 of IPv6.
func sameNetwork(a, b string) bool {
	x, err := netip.ParseAddr(a)
	if err != nil {
		return a == b
	}
	bits := 48
	if x = x.Unmap(); x.Is4() {
		bits = 24
	}
	p, err := x.Prefix(bits)
	if err != nil {
		return false
	}
	y, err := netip.ParseAddr(b)
	return err == nil && p.Contains(y.Unmap())
}
