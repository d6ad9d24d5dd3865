package iam

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/pquerna/otp/totp"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

func TestLoginProfiles(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.newUser("u")
	create := func(user, password string) (*iam.CreateLoginProfileOutput, error) {
		return f.CreateLoginProfile(f.ctx, &iam.CreateLoginProfileInput{UserName: &user, Password: &password, PasswordResetRequired: true})
	}
	refused[*iam.CreateLoginProfileOutput](t, "PasswordPolicyViolation", "Password should have a minimum length of 8")(create("u", "Abc1!"))
	refused[*iam.CreateLoginProfileOutput](t, "PasswordPolicyViolation", "Password should contain at least three of the following character types: uppercase letters, lowercase letters, numbers, symbols")(create("u", "abcdefgh1"))
	refused[*iam.CreateLoginProfileOutput](t, "NoSuchEntity", "The user with name x cannot be found.")(create("x", "Abcdefgh1"))
	got := must(create("U", "Abcdefgh1"))(t).LoginProfile
	if *got.UserName != "u" || !got.PasswordResetRequired || !got.CreateDate.Equal(f.clock.Now()) {
		t.Errorf("%+v", got)
	}
	refused[*iam.CreateLoginProfileOutput](t, "EntityAlreadyExists", "Login Profile for user u already exists.")(create("u", "Abcdefgh1"))
	refused[*iam.DeleteUserOutput](t, "DeleteConflict", "Cannot delete entity, must delete login profile first.")(f.DeleteUser(f.ctx, &iam.DeleteUserInput{UserName: p("u")}))
	must(f.UpdateLoginProfile(f.ctx, &iam.UpdateLoginProfileInput{UserName: p("u"), PasswordResetRequired: p(false)}))(t)
	if got := must(f.GetLoginProfile(f.ctx, &iam.GetLoginProfileInput{UserName: p("u")}))(t).LoginProfile; got.PasswordResetRequired {
		t.Errorf("%+v", got)
	}
	must(f.DeleteLoginProfile(f.ctx, &iam.DeleteLoginProfileInput{UserName: p("u")}))(t)
	missing := "Login Profile for User u cannot be found."
	refused[*iam.GetLoginProfileOutput](t, "NoSuchEntity", missing)(f.GetLoginProfile(f.ctx, &iam.GetLoginProfileInput{UserName: p("u")}))
	refused[*iam.UpdateLoginProfileOutput](t, "NoSuchEntity", missing)(f.UpdateLoginProfile(f.ctx, &iam.UpdateLoginProfileInput{UserName: p("u")}))
	refused[*iam.DeleteLoginProfileOutput](t, "NoSuchEntity", missing)(f.DeleteLoginProfile(f.ctx, &iam.DeleteLoginProfileInput{UserName: p("u")}))
}

func TestPasswordPolicy(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	refused[*iam.GetAccountPasswordPolicyOutput](t, "NoSuchEntity", "The Password Policy with domain name "+account+" cannot be found.")(f.GetAccountPasswordPolicy(f.ctx, nil))
	refused[*iam.DeleteAccountPasswordPolicyOutput](t, "NoSuchEntity", "The account policy with name PasswordPolicy cannot be found.")(f.DeleteAccountPasswordPolicy(f.ctx, nil))
	must(f.UpdateAccountPasswordPolicy(f.ctx, &iam.UpdateAccountPasswordPolicyInput{MinimumPasswordLength: p[int32](10), RequireSymbols: true, MaxPasswordAge: p[int32](90)}))(t)
	must(f.UpdateAccountPasswordPolicy(f.ctx, &iam.UpdateAccountPasswordPolicyInput{RequireNumbers: true, RequireUppercaseCharacters: true, RequireLowercaseCharacters: true, RequireSymbols: true, PasswordReusePrevention: p[int32](2)}))(t)
	got := must(f.GetAccountPasswordPolicy(f.ctx, nil))(t).PasswordPolicy
	if *got.MinimumPasswordLength != 6 || !got.RequireNumbers || got.ExpirePasswords || got.MaxPasswordAge != nil || *got.PasswordReusePrevention != 2 {
		t.Errorf("what is left out keeps its value: %+v", got)
	}
	f.newUser("u")
	for password, want := range map[string]string{
		"aB1!x": "Password should have a minimum length of 6", "ab1!xx": "Password should have at least one uppercase letter", "AB1!XX": "Password should have at least one lowercase letter",
		"aBc!xx": "Password should have at least one number", "aBc1xx": "Password should have at least one symbol",
	} {
		refused[*iam.CreateLoginProfileOutput](t, "PasswordPolicyViolation", want)(f.CreateLoginProfile(f.ctx, &iam.CreateLoginProfileInput{UserName: p("u"), Password: &password}))
	}
	must(f.CreateLoginProfile(f.ctx, &iam.CreateLoginProfileInput{UserName: p("u"), Password: p("aBc1!x-1")}))(t)
	u := must(f.GetUser(f.ctx, &iam.GetUserInput{UserName: p("u")}))(t).User
	me := roleSession(&types.Role{RoleName: u.UserName, RoleId: u.UserId, Arn: u.Arn})
	me.Kind, me.Temporary = awswire.User, false
	change := func(was, now string) (*iam.ChangePasswordOutput, error) {
		return f.ChangePassword(f.as(account, me), &iam.ChangePasswordInput{OldPassword: &was, NewPassword: &now})
	}
	refused[*iam.ChangePasswordOutput](t, "AccessDenied", "The old password was incorrect.")(change("wrong", "aBc1!x-2"))
	refused[*iam.ChangePasswordOutput](t, "PasswordPolicyViolation", msgReused)(change("aBc1!x-1", "aBc1!x-1"))
	must(change("aBc1!x-1", "aBc1!x-2"))(t)
	refused[*iam.ChangePasswordOutput](t, "PasswordPolicyViolation", msgReused)(change("aBc1!x-2", "aBc1!x-1"))
	must(change("aBc1!x-2", "aBc1!x-3"))(t)
	must(change("aBc1!x-3", "aBc1!x-1"))(t)
	refused[*iam.ChangePasswordOutput](t, "InvalidUserType", msgWrongUserType)(f.ChangePassword(f.ctx, &iam.ChangePasswordInput{}))
	must(f.DeleteAccountPasswordPolicy(f.ctx, nil))(t)
}

func TestAllowUsersToChangePassword(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := f.as(account, awswire.Principal{Kind: awswire.User, Account: account, Name: "u"})
	needs := func() int {
		t.Helper()
		return len(must(f.access(ctx, "ChangePassword", &iam.ChangePasswordInput{}))(t))
	}
	if needs() != 1 {
		t.Error("without a policy users need the permission")
	}
	must(f.UpdateAccountPasswordPolicy(f.ctx, &iam.UpdateAccountPasswordPolicyInput{AllowUsersToChangePassword: true}))(t)
	if needs() != 0 {
		t.Error("the policy does not let users change their passwords")
	}
	if list := must(f.access(ctx, "DeleteAccountPasswordPolicy", &iam.DeleteAccountPasswordPolicyInput{}))(t); len(list) != 1 {
		t.Error("the policy lets users do more")
	}
}

// codes are what the device shows now and next.
func codes(t testing.TB, seed []byte, now time.Time) (first, second *string) {
	t.Helper()
	a := must(totp.GenerateCode(string(seed), now))(t)
	b := must(totp.GenerateCode(string(seed), now.Add(totpStep)))(t)
	return &a, &b
}

func TestMFADevices(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	u := f.newUser("u")
	dev := must(f.CreateVirtualMFADevice(f.ctx, &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: p("phone"), Path: p("/p/")}))(t).VirtualMFADevice
	if *dev.SerialNumber != "arn:aws:iam::"+account+":mfa/p/phone" || len(dev.Base32StringSeed) != 64 {
		t.Errorf("%+v", dev)
	}
	if _, err := png.Decode(bytes.NewReader(dev.QRCodePNG)); err != nil {
		t.Error(err)
	}
	refused[*iam.CreateVirtualMFADeviceOutput](t, "EntityAlreadyExists", "MFA device already exists.")(f.CreateVirtualMFADevice(f.ctx, &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: p("phone"), Path: p("/p/")}))
	first, second := codes(t, dev.Base32StringSeed, f.clock.Now())
	enable := func(a, b *string) (*iam.EnableMFADeviceOutput, error) {
		return f.EnableMFADevice(f.ctx, &iam.EnableMFADeviceInput{UserName: p("u"), SerialNumber: dev.SerialNumber, AuthenticationCode1: a, AuthenticationCode2: b})
	}
	for _, bad := range [][2]*string{{second, first}, {first, first}, {p("000000"), second}, {first, p("000000")}} {
		refused[*iam.EnableMFADeviceOutput](t, "InvalidAuthenticationCode", msgMFACode)(enable(bad[0], bad[1]))
	}
	ctx := context.Background()
	if ok, err := f.VerifyMFA(ctx, account, *u.UserId, *dev.SerialNumber, *first); ok || err != nil {
		t.Error("a device that is not enabled counts")
	}
	must(enable(first, second))(t)
	refused[*iam.EnableMFADeviceOutput](t, "EntityAlreadyExists", msgMFAAssigned)(enable(first, second))
	verify := func(user, serial string, code *string) bool {
		t.Helper()
		ok, err := f.VerifyMFA(ctx, account, user, serial, *code)
		check(t, err)
		return ok
	}
	if verify(*u.UserId, *dev.SerialNumber, second) {
		t.Error("a code works twice")
	}
	f.clock.Advance(2 * totpStep)
	now, _ := codes(t, dev.Base32StringSeed, f.clock.Now())
	switch {
	case verify("AIDAOTHER", *dev.SerialNumber, now), verify("", *dev.SerialNumber, now):
		t.Error("another's device counts")
	case verify(*u.UserId, "arn:none", now), verify(*u.UserId, *dev.SerialNumber, p("")):
		t.Error("no device or no code counts")
	case !verify(*u.UserId, *dev.SerialNumber, now):
		t.Error("the right code is refused")
	case verify(*u.UserId, *dev.SerialNumber, now):
		t.Error("a code works twice")
	}
	list := must(f.ListMFADevices(f.ctx, &iam.ListMFADevicesInput{UserName: p("u")}))(t).MFADevices
	if len(list) != 1 || *list[0].SerialNumber != *dev.SerialNumber || *list[0].UserName != "u" {
		t.Errorf("%+v", list)
	}
	must(f.CreateVirtualMFADevice(f.ctx, &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: p("spare")}))(t)
	for status, want := range map[types.AssignmentStatusType]int{types.AssignmentStatusTypeAssigned: 1, types.AssignmentStatusTypeUnassigned: 1, types.AssignmentStatusTypeAny: 2} {
		got := must(f.ListVirtualMFADevices(f.ctx, &iam.ListVirtualMFADevicesInput{AssignmentStatus: status}))(t).VirtualMFADevices
		if len(got) != want || got[0].Base32StringSeed != nil {
			t.Errorf("%s: %+v", status, got)
		}
	}
	if got := must(f.GetMFADevice(f.ctx, &iam.GetMFADeviceInput{UserName: p("u"), SerialNumber: dev.SerialNumber}))(t); *got.UserName != "u" || got.EnableDate == nil {
		t.Errorf("%+v", got)
	}
	refused[*iam.DeleteUserOutput](t, "DeleteConflict", msgDeleteMFA)(f.DeleteUser(f.ctx, &iam.DeleteUserInput{UserName: p("u")}))
	refused[*iam.DeleteVirtualMFADeviceOutput](t, "DeleteConflict", msgMFAInUse)(f.DeleteVirtualMFADevice(f.ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: dev.SerialNumber}))
	must(f.DeactivateMFADevice(f.ctx, &iam.DeactivateMFADeviceInput{UserName: p("u"), SerialNumber: dev.SerialNumber}))(t)
	refused[*iam.DeactivateMFADeviceOutput](t, "NoSuchEntity", msgMFANotOwn)(f.DeactivateMFADevice(f.ctx, &iam.DeactivateMFADeviceInput{UserName: p("u"), SerialNumber: dev.SerialNumber}))
	must(f.DeleteVirtualMFADevice(f.ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: dev.SerialNumber}))(t)
	refused[*iam.DeleteVirtualMFADeviceOutput](t, "NoSuchEntity", "VirtualMFADevice with serial number "+*dev.SerialNumber+" doesn't exist.")(f.DeleteVirtualMFADevice(f.ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: dev.SerialNumber}))
}

func TestAccount(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	alias := func(name string) (*iam.CreateAccountAliasOutput, error) {
		return f.CreateAccountAlias(f.ctx, &iam.CreateAccountAliasInput{AccountAlias: &name})
	}
	must(alias("acme"))(t)
	must(alias("acme-two"))(t)
	theirs := f.as(otherOwner, rootOf(otherOwner, ""))
	refused[*iam.CreateAccountAliasOutput](t, "EntityAlreadyExists", "The account alias acme-two already exists.")(f.CreateAccountAlias(theirs, &iam.CreateAccountAliasInput{AccountAlias: p("acme-two")}))
	must(f.CreateAccountAlias(theirs, &iam.CreateAccountAliasInput{AccountAlias: p("acme")}))(t)
	if got := must(f.ListAccountAliases(f.ctx, nil))(t).AccountAliases; fmt.Sprint(got) != "[acme-two]" {
		t.Error(got)
	}
	refused[*iam.DeleteAccountAliasOutput](t, "NoSuchEntity", "The account alias with name acme cannot be found.")(f.DeleteAccountAlias(f.ctx, &iam.DeleteAccountAliasInput{AccountAlias: p("acme")}))
	must(f.DeleteAccountAlias(f.ctx, &iam.DeleteAccountAliasInput{AccountAlias: p("acme-two")}))(t)
	f.newUser("u")
	f.role("r")
	f.policy("p")
	must(f.SetSecurityTokenServicePreferences(f.ctx, &iam.SetSecurityTokenServicePreferencesInput{GlobalEndpointTokenVersion: types.GlobalEndpointTokenVersionV2Token}))(t)
	got := must(f.GetAccountSummary(f.ctx, nil))(t).SummaryMap
	for key, want := range map[string]int32{"Users": 1, "Roles": 1, "Policies": 1, "Groups": 0, "UsersQuota": 5000, "PolicySizeQuota": 6144, "GlobalEndpointTokenVersion": 2, "AccountAccessKeysPresent": 0, "MFADevices": 0} {
		if have, ok := got[key]; !ok || have != want {
			t.Errorf("%s %d, want %d", key, have, want)
		}
	}
}

const samlMetadata = `<?xml version="1.0"?><EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com" validUntil="2030-01-02T03:04:05Z">
<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>AAAA</X509Certificate></X509Data></KeyInfo></KeyDescriptor>
<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/sso"/></IDPSSODescriptor></EntityDescriptor>`

func TestSAMLProviders(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	create := func(name, metadata string) (*iam.CreateSAMLProviderOutput, error) {
		return f.CreateSAMLProvider(f.ctx, &iam.CreateSAMLProviderInput{Name: &name, SAMLMetadataDocument: &metadata})
	}
	for _, bad := range []string{"", "<x/>", samlMetadata[:300], strings.ReplaceAll(samlMetadata, "IDPSSO", "SPSSO"), strings.ReplaceAll(samlMetadata, "KeyDescriptor", "Other")} {
		refused[*iam.CreateSAMLProviderOutput](t, "InvalidInput", "Could not parse metadata")(create("idp", bad))
	}
	arn := must(create("idp", samlMetadata))(t).SAMLProviderArn
	refused[*iam.CreateSAMLProviderOutput](t, "EntityAlreadyExists", "SAML provider with name idp already exists.")(create("idp", samlMetadata))
	got := must(f.GetSAMLProvider(f.ctx, &iam.GetSAMLProviderInput{SAMLProviderArn: arn}))(t)
	if *got.SAMLMetadataDocument != samlMetadata || got.ValidUntil.Format(time.RFC3339) != "2030-01-02T03:04:05Z" {
		t.Errorf("%+v", got)
	}
	refused[*iam.UpdateSAMLProviderOutput](t, "InvalidInput", "Invalid private key.")(f.UpdateSAMLProvider(f.ctx, &iam.UpdateSAMLProviderInput{SAMLProviderArn: arn, AddPrivateKey: p("x")}))
	refused[*iam.UpdateSAMLProviderOutput](t, "InvalidInput", msgSAMLNoKey)(f.UpdateSAMLProvider(f.ctx, &iam.UpdateSAMLProviderInput{SAMLProviderArn: arn, AssertionEncryptionMode: types.AssertionEncryptionModeTypeRequired}))
	must(f.UpdateSAMLProvider(f.ctx, &iam.UpdateSAMLProviderInput{SAMLProviderArn: arn, SAMLMetadataDocument: p(strings.ReplaceAll(samlMetadata, "2030", "2031"))}))(t)
	if list := must(f.ListSAMLProviders(f.ctx, nil))(t).SAMLProviderList; len(list) != 1 || *list[0].Arn != *arn || list[0].ValidUntil.Year() != 2031 {
		t.Errorf("%+v", list)
	}
	must(f.DeleteSAMLProvider(f.ctx, &iam.DeleteSAMLProviderInput{SAMLProviderArn: arn}))(t)
	refused[*iam.GetSAMLProviderOutput](t, "NoSuchEntity", "Manifest not found for arn "+*arn)(f.GetSAMLProvider(f.ctx, &iam.GetSAMLProviderInput{SAMLProviderArn: arn}))
}
