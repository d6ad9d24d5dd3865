package iam

// GetAccountPasswordPolicy, UpdateAccountPasswordPolicy,
// DeleteAccountPasswordPolicy

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	msgNoPasswordPolicy     = "The Password Policy with domain name %s cannot be found."
	msgNoPasswordPolicyHere = "The account policy with name PasswordPolicy cannot be found."
)

// passwordPolicy is what an account demands of its users' passwords.
type passwordPolicy struct {
	MinimumLength                  int32
	Symbols, Numbers, Upper, Lower bool
	AllowChange                    bool
	MaxAge, ReusePrevention        int32 `json:",omitempty"`
	HardExpiry                     *bool `json:",omitempty"`
}

// GetAccountPasswordPolicy returns the account's own password policy, if it has
// one.
func (s *Service) GetAccountPasswordPolicy(ctx context.Context, _ *iam.GetAccountPasswordPolicyInput) (*iam.GetAccountPasswordPolicyOutput, error) {
	var p *passwordPolicy
	err := s.view(ctx, func(tx *store.Tx, account string) error {
		set, _, err := loadSettings(tx, account)
		if p = set.PasswordPolicy; err == nil && p == nil {
			return noSuchEntity(msgNoPasswordPolicy, account)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	shown := &types.PasswordPolicy{
		MinimumPasswordLength: &p.MinimumLength, RequireSymbols: p.Symbols, RequireNumbers: p.Numbers, RequireUppercaseCharacters: p.Upper,
		RequireLowercaseCharacters: p.Lower, AllowUsersToChangePassword: p.AllowChange, ExpirePasswords: p.MaxAge > 0, HardExpiry: p.HardExpiry,
	}
	if p.MaxAge > 0 {
		shown.MaxPasswordAge = &p.MaxAge
	}
	if p.ReusePrevention > 0 {
		shown.PasswordReusePrevention = &p.ReusePrevention
	}
	return &iam.GetAccountPasswordPolicyOutput{PasswordPolicy: shown}, nil
}

// UpdateAccountPasswordPolicy replaces the policy: what is left out gets its
// default, not its former value.
func (s *Service) UpdateAccountPasswordPolicy(ctx context.Context, in *iam.UpdateAccountPasswordPolicyInput) (*iam.UpdateAccountPasswordPolicyOutput, error) {
	p := &passwordPolicy{
		MinimumLength: 6, Symbols: in.RequireSymbols, Numbers: in.RequireNumbers, Upper: in.RequireUppercaseCharacters, Lower: in.RequireLowercaseCharacters,
		AllowChange: in.AllowUsersToChangePassword, MaxAge: deref(in.MaxPasswordAge), ReusePrevention: deref(in.PasswordReusePrevention), HardExpiry: in.HardExpiry,
	}
	if in.MinimumPasswordLength != nil {
		p.MinimumLength = *in.MinimumPasswordLength
	}
	return &iam.UpdateAccountPasswordPolicyOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		return changeSettings(tx, account, func(set *settings) error { set.PasswordPolicy = p; return nil })
	})
}

// DeleteAccountPasswordPolicy returns the account to AWS's default policy.
func (s *Service) DeleteAccountPasswordPolicy(ctx context.Context, _ *iam.DeleteAccountPasswordPolicyInput) (*iam.DeleteAccountPasswordPolicyOutput, error) {
	return &iam.DeleteAccountPasswordPolicyOutput{}, s.update(ctx, func(tx *store.Tx, account string) error {
		return changeSettings(tx, account, func(set *settings) error {
			if set.PasswordPolicy == nil {
				return noSuchEntity(msgNoPasswordPolicyHere)
			}
			set.PasswordPolicy = nil
			return nil
		})
	})
}

// Characters that a password policy tells apart (IAM User Guide, "Setting an
// account password policy for IAM users").
const (
	passwordSymbols = "!@#$%^&*()_+-=[]{}|'"
	passwordNumbers = "0123456789"
	passwordUpper   = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	passwordLower   = "abcdefghijklmnopqrstuvwxyz"
)

func passwordViolation(format string, args ...any) error {
	return &types.PasswordPolicyViolationException{Message: text(format, args)}
}

// check refuses a password that the policy does not allow; nil is AWS's
// default policy: eight characters of three kinds.
func (p *passwordPolicy) check(password string) error {
	kinds := []struct {
		demanded    bool
		chars, name string
	}{
		{p != nil && p.Upper, passwordUpper, "uppercase letter"}, {p != nil && p.Lower, passwordLower, "lowercase letter"},
		{p != nil && p.Numbers, passwordNumbers, "number"}, {p != nil && p.Symbols, passwordSymbols, "symbol"},
	}
	shortest, have := int32(8), 0
	if p != nil {
		shortest = p.MinimumLength
	}
	if len([]rune(password)) < int(shortest) {
		return passwordViolation("Password should have a minimum length of %d", shortest)
	}
	for _, k := range kinds {
		if strings.ContainsAny(password, k.chars) {
			have++
		} else if k.demanded {
			return passwordViolation("Password should have at least one %s", k.name)
		}
	}
	if p == nil && have < 3 {
		return passwordViolation("Password should contain at least three of the following character types: uppercase letters, lowercase letters, numbers, symbols")
	}
	return nil
}
