package iam

import (
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// settings is what an account has beyond its alias (store.IAMAccount.Settings).
type settings struct {
	PasswordPolicy *passwordPolicy `json:",omitempty"`
	// TokenVersion is SetSecurityTokenServicePreferences': v1Token or v2Token.
	TokenVersion string `json:",omitempty"`
	// WebIdentities tells that STS may issue web identity tokens for the
	// account's principals.
	WebIdentities bool `json:",omitempty"`
	// CredentialReport is when the last report was asked for, in Unix seconds.
	CredentialReport int64 `json:",omitempty"`
	// OrganizationFeatures are those of centralized root access that are on.
	OrganizationFeatures []types.FeatureType `json:",omitempty"`
	// Properties are those of PutAccountProperties.
	Properties map[string]string `json:",omitempty"`
}

func loadSettings(tx *store.Tx, account string) (set settings, row store.IAMAccount, err error) {
	if row, err = tx.IAMAccount(account); err != nil {
		return set, row, err
	}
	return set, row, json.Unmarshal([]byte(row.Settings), &set)
}

// changeSettings writes the settings as change leaves them.
func changeSettings(tx *store.Tx, account string, change func(*settings) error) error {
	set, row, err := loadSettings(tx, account)
	if err != nil {
		return err
	}
	if err := change(&set); err != nil {
		return err
	}
	text, err := json.Marshal(set)
	if err != nil {
		return err
	}
	row.Settings = string(text)
	return tx.PutIAMAccount(row)
}
