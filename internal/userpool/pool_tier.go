package userpool

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	tierFeatures   = "The following features need to be disabled for the %s pricing tier configured: %s"
	tierNotAllowed = "The user pool cannot be moved to the %s pricing tier while these features are in use: %s"
)

var tierRank = map[types.UserPoolTierType]int{
	types.UserPoolTierTypeLite: 1, types.UserPoolTierTypeEssentials: 2, types.UserPoolTierTypePlus: 3,
}

// checkTier refuses features that are not in the pool's tier.
func (p *pool) checkTier() error {
	if lacking := p.lacking(); len(lacking) > 0 {
		return tierLacks(tierFeatures, p.Doc.UserPoolTier, strings.Join(lacking, ", "))
	}
	return nil
}

// checkTierChange refuses to lower the tier of a pool whose factors and
// sessions, which an update does not touch, need the one that it has.
func (p *pool) checkTierChange(before *pool) error {
	if tierRank[p.Doc.UserPoolTier] >= tierRank[before.Doc.UserPoolTier] {
		return nil
	}
	without := p.clone(p.Doc)
	without.MFA, without.Sessions = &cognito.GetUserPoolMfaConfigOutput{}, nil
	if lacking := p.lacking(); len(lacking) > 0 && len(without.lacking()) == 0 {
		return tierChangeNotAllowed(p.Doc.UserPoolTier, lacking)
	}
	return nil
}

// checkClientsTier refuses to lower the tier of a pool whose clients need the
// one that it has.
func checkClientsTier(tx *store.Tx, before, p *pool) error {
	tier := p.Doc.UserPoolTier
	if tierRank[tier] >= tierRank[before.Doc.UserPoolTier] {
		return nil
	}
	for after := ""; ; {
		rows, err := tx.Clients(p.ID, after, maxPage)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, row := range rows {
			c, err := newClient(row, nil)
			if err != nil {
				return err
			}
			if lacking := c.lacking(tier); len(lacking) > 0 {
				return tierChangeNotAllowed(tier, lacking)
			}
			after = row.ID
		}
	}
}

func tierChangeNotAllowed(tier types.UserPoolTierType, lacking []string) error {
	return &types.TierChangeNotAllowedException{Message: text(tierNotAllowed, []any{tier, strings.Join(lacking, ", ")})}
}

// lacking lists the features in use that are not in the pool's tier (Developer
// Guide, "User pool feature plans").
func (p *pool) lacking() (lacking []string) {
	need := func(tier types.UserPoolTierType, used bool, feature string) {
		if used && tierRank[p.Doc.UserPoolTier] < tierRank[tier] {
			lacking = append(lacking, feature)
		}
	}
	d := p.Doc
	essentials, plus := types.UserPoolTierTypeEssentials, types.UserPoolTierTypePlus
	need(essentials, p.otherFactors(), "Passwordless Sign-In")
	if c := d.LambdaConfig.PreTokenGenerationConfig; c != nil && c.LambdaVersion != types.PreTokenGenerationLambdaVersionTypeV10 {
		need(essentials, true, "Token Customization with Pre-Token Generation Lambda "+string(c.LambdaVersion))
	}
	need(essentials, aws.ToInt32(d.Policies.PasswordPolicy.PasswordHistorySize) > 0, "Password History")
	need(essentials, p.MFA.EmailMfaConfiguration != nil, "Email MFA")
	need(essentials, p.MFA.WebAuthnConfiguration != nil &&
		p.MFA.WebAuthnConfiguration.FactorConfiguration == types.WebAuthnFactorConfigurationTypeMultiFactorWithUserVerification, "Passkey MFA")
	need(essentials, p.tracksSessions(), sessionTracking)
	need(essentials, p.namesLevels(), levelTier)
	need(essentials, p.registersClients(), registrationOn)
	if a := d.UserPoolAddOns; a != nil {
		custom := a.AdvancedSecurityAdditionalFlows != nil && a.AdvancedSecurityAdditionalFlows.CustomAuthMode != ""
		need(plus, custom || a.AdvancedSecurityMode != types.AdvancedSecurityModeTypeOff, "Threat Protection")
	}
	return lacking
}
