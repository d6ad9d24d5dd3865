package userpool_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

func updateInput(id *string, changes ...func(*newops.UpdateUserPoolInput)) *newops.UpdateUserPoolInput {
	in := &newops.UpdateUserPoolInput{UpdateUserPoolInput: cognito.UpdateUserPoolInput{UserPoolId: id}}
	for _, change := range changes {
		change(in)
	}
	return in
}

// TestUpdateUserPoolResets checks that an update which omits everything resets
// the pool to the defaults, but for what is fixed and what is kept.
func TestUpdateUserPoolResets(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	before := e.create(t, everything)
	e.clock.Advance(time.Minute)
	if _, err := e.UpdateUserPool(e.ctx, updateInput(before.Id)); err != nil {
		t.Fatal(err)
	}
	got := e.describe(t, before.Id)
	want := e.describe(t, e.create(t).Id)
	want.Id, want.Arn = before.Id, before.Arn
	want.CreationDate, want.LastModifiedDate = before.CreationDate, aws.Time(before.CreationDate.Add(time.Minute))
	want.SchemaAttributes, want.AliasAttributes, want.UsernameConfiguration = before.SchemaAttributes, before.AliasAttributes, before.UsernameConfiguration
	want.UserPoolTier, want.IssuerConfiguration, want.KeyConfiguration = before.UserPoolTier, before.IssuerConfiguration, before.KeyConfiguration
	want.DcrConfiguration, want.UserPoolTags = before.DcrConfiguration, before.UserPoolTags
	if wire(t, got) != wire(t, want) {
		t.Errorf("after the update\n%s\nwant\n%s", wire(t, got), wire(t, want))
	}
}

// TestUpdateUserPoolSets checks that an update sets what a creation sets.
func TestUpdateUserPoolSets(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	want := e.create(t, everything)
	in := poolInput(everything)
	p := e.create(t, func(c *newops.CreateUserPoolInput) {
		c.AliasAttributes, c.UsernameConfiguration, c.Schema = in.AliasAttributes, in.UsernameConfiguration, in.Schema
	})
	_, err := e.UpdateUserPool(e.ctx, &newops.UpdateUserPoolInput{
		UpdateUserPoolInput: cognito.UpdateUserPoolInput{
			UserPoolId: p.Id, PoolName: aws.String("renamed"),
			AccountRecoverySetting: in.AccountRecoverySetting, AdminCreateUserConfig: in.AdminCreateUserConfig,
			AutoVerifiedAttributes: in.AutoVerifiedAttributes, DeletionProtection: in.DeletionProtection,
			DeviceConfiguration: in.DeviceConfiguration, EmailConfiguration: in.EmailConfiguration,
			EmailVerificationMessage: in.EmailVerificationMessage, EmailVerificationSubject: in.EmailVerificationSubject,
			IssuerConfiguration: in.IssuerConfiguration, KeyConfiguration: in.KeyConfiguration, LambdaConfig: in.LambdaConfig,
			MfaConfiguration: in.MfaConfiguration, Policies: in.Policies, SmsAuthenticationMessage: in.SmsAuthenticationMessage,
			SmsConfiguration: in.SmsConfiguration, SmsVerificationMessage: in.SmsVerificationMessage,
			UserAttributeUpdateSettings: in.UserAttributeUpdateSettings, UserPoolAddOns: in.UserPoolAddOns,
			UserPoolTags: in.UserPoolTags, UserPoolTier: in.UserPoolTier, VerificationMessageTemplate: in.VerificationMessageTemplate,
		},
		DcrConfiguration: in.DcrConfiguration, AcrConfiguration: in.AcrConfiguration,
	})
	if err != nil {
		t.Fatal(err)
	}
	got := e.describe(t, p.Id)
	want.Id, want.Arn, want.Name = got.Id, got.Arn, aws.String("renamed")
	if wire(t, got) != wire(t, want) {
		t.Errorf("after the update\n%s\nwant\n%s", wire(t, got), wire(t, want))
	}
}

func TestUpdateUserPoolRefusals(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	before := wire(t, p)
	for name, tt := range map[string]struct {
		change        func(*newops.UpdateUserPoolInput)
		code, message string
	}{
		"no such pool": {func(in *newops.UpdateUserPoolInput) { in.UserPoolId = aws.String("eu-west-1_AAAAAAAAA") },
			"ResourceNotFoundException", "User pool eu-west-1_AAAAAAAAA does not exist."},
		"MFA without factor": {func(in *newops.UpdateUserPoolInput) { in.MfaConfiguration = types.UserPoolMfaTypeOn },
			"InvalidParameterException", "SMS configuration and Auto verification for phone_number are required when MFA is required/optional"},
		"feature of a higher tier": {func(in *newops.UpdateUserPoolInput) {
			in.UserPoolAddOns = &types.UserPoolAddOnsType{AdvancedSecurityMode: types.AdvancedSecurityModeTypeEnforced}
		}, "FeatureUnavailableInTierException", "The following features need to be disabled for the ESSENTIALS pricing tier configured: Threat Protection"},
		"reserved tag": {func(in *newops.UpdateUserPoolInput) { in.UserPoolTags = map[string]string{"AWS:x": "y"} },
			"UserPoolTaggingException", "Tag keys cannot begin with aws: - AWS:x"},
	} {
		_, err := e.UpdateUserPool(e.ctx, updateInput(p.Id, tt.change))
		t.Run(name, func(t *testing.T) { wantError(t, err, tt.code, tt.message) })
	}
	if after := wire(t, e.describe(t, p.Id)); after != before {
		t.Errorf("a refused update changed the pool to %s", after)
	}
}

// TestLowerTier checks that a pool whose clients use a tier's features cannot
// leave it.
func TestLowerTier(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	lite := updateInput(p.Id, func(in *newops.UpdateUserPoolInput) { in.UserPoolTier = types.UserPoolTierTypeLite })
	c := e.createClient(t, p.Id, func(in *cognito.CreateUserPoolClientInput) {
		in.ExplicitAuthFlows = []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth}
	})
	_, err := e.UpdateUserPool(e.ctx, lite)
	wantError(t, err, "TierChangeNotAllowedException", "The user pool cannot be moved to the LITE pricing tier while these features are in use: Choice-Based Sign-In")
	if _, err := e.DeleteUserPoolClient(e.ctx, &cognito.DeleteUserPoolClientInput{UserPoolId: p.Id, ClientId: c.ClientId}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.UpdateUserPool(e.ctx, lite); err != nil {
		t.Fatal(err)
	}
	_, err = e.CreateUserPoolClient(e.ctx, &cognito.CreateUserPoolClientInput{
		UserPoolId: p.Id, ClientName: aws.String("c"), RefreshTokenRotation: &types.RefreshTokenRotationType{Feature: types.FeatureTypeEnabled},
	})
	wantError(t, err, "FeatureUnavailableInTierException", "The following features need to be disabled for the LITE pricing tier configured: Refresh Token Rotation")
	// The tier stays when an update does not name it.
	if _, err := e.UpdateUserPool(e.ctx, updateInput(p.Id)); err != nil {
		t.Fatal(err)
	}
	if tier := e.describe(t, p.Id).UserPoolTier; tier != types.UserPoolTierTypeLite {
		t.Errorf("tier %s", tier)
	}
}

func TestAddCustomAttributes(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t)
	add := func(attributes ...types.SchemaAttributeType) error {
		_, err := e.AddCustomAttributes(e.ctx, &cognito.AddCustomAttributesInput{UserPoolId: p.Id, CustomAttributes: attributes})
		return err
	}
	named := func(name string) types.SchemaAttributeType {
		return types.SchemaAttributeType{Name: &name, AttributeDataType: types.AttributeDataTypeString}
	}
	err := add(named("plain"),
		types.SchemaAttributeType{Name: aws.String("rank"), AttributeDataType: types.AttributeDataTypeNumber, DeveloperOnlyAttribute: aws.Bool(true), Mutable: aws.Bool(false),
			NumberAttributeConstraints: &types.NumberAttributeConstraintsType{MaxValue: aws.String("1e3")}},
		types.SchemaAttributeType{Name: aws.String("when"), AttributeDataType: types.AttributeDataTypeDatetime})
	if err != nil {
		t.Fatal(err)
	}
	schema := e.describe(t, p.Id).SchemaAttributes
	for i, want := range []string{
		`{"AttributeDataType":"String","DeveloperOnlyAttribute":false,"Mutable":true,"Name":"custom:plain","Required":false,"StringAttributeConstraints":{}}`,
		`{"AttributeDataType":"Number","DeveloperOnlyAttribute":true,"Mutable":false,"Name":"dev:custom:rank","NumberAttributeConstraints":{"MaxValue":"1e3"},"Required":false}`,
		`{"AttributeDataType":"DateTime","DeveloperOnlyAttribute":false,"Mutable":true,"Name":"custom:when","Required":false}`,
	} {
		if got := wire(t, &schema[20+i]); got != want {
			t.Errorf("attribute\n%s, want\n%s", got, want)
		}
	}
	wantError(t, add(named("new"), named("plain")), "InvalidParameterException", "custom:plain: Existing attribute already has name custom:plain.")
	if got := len(e.describe(t, p.Id).SchemaAttributes); got != 23 {
		t.Errorf("a refused call left %d attributes, want 23", got)
	}
	for i := range 47 {
		if err := add(named(fmt.Sprint("a", i))); err != nil {
			t.Fatalf("attribute %d: %v", i, err)
		}
	}
	wantError(t, add(named("last")), "InvalidParameterException", "A user pool cannot have more than 50 custom attributes.")
	_, err = e.AddCustomAttributes(e.ctx, &cognito.AddCustomAttributesInput{UserPoolId: aws.String("eu-west-1_A"), CustomAttributes: []types.SchemaAttributeType{named("a")}})
	wantError(t, err, "ResourceNotFoundException", "User pool eu-west-1_A does not exist.")
}

func TestDeleteUserPool(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t, func(in *newops.CreateUserPoolInput) { in.DeletionProtection = types.DeletionProtectionTypeActive })
	c := e.createClient(t, p.Id, func(in *cognito.CreateUserPoolClientInput) { in.GenerateSecret = true })
	del := &cognito.DeleteUserPoolInput{UserPoolId: p.Id}
	_, err := e.DeleteUserPool(e.ctx, del)
	wantError(t, err, "InvalidParameterException", "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.")
	if _, err := e.UpdateUserPool(e.ctx, updateInput(p.Id)); err != nil {
		t.Fatal(err)
	}
	_, err = e.DeleteUserPool(callBy(t.Context(), "210987654321", testRegion), del)
	wantError(t, err, "ResourceNotFoundException", "User pool "+*p.Id+" does not exist.")
	if _, err := e.DeleteUserPool(e.ctx, del); err != nil {
		t.Fatal(err)
	}
	gone := "User pool " + *p.Id + " does not exist."
	_, err = e.DescribeUserPool(e.ctx, &cognito.DescribeUserPoolInput{UserPoolId: p.Id})
	wantError(t, err, "ResourceNotFoundException", gone)
	_, err = e.DeleteUserPool(e.ctx, del)
	wantError(t, err, "ResourceNotFoundException", gone)
	err = e.db.View(e.ctx, func(tx *store.Tx) error {
		if _, err := tx.Client(*c.ClientId); err != store.ErrNotFound && !strings.Contains(fmt.Sprint(err), "not found") {
			t.Errorf("the client of a deleted pool: %v", err)
		}
		secrets, err := tx.ClientSecrets(*c.ClientId)
		if len(secrets) != 0 {
			t.Errorf("the secrets of a deleted pool's client: %d", len(secrets))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestDeleteLargeUserPool checks that the pool is gone at once and its users
// with Purge, and that pools beside it keep theirs.
func TestDeleteLargeUserPool(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p, other := e.create(t), e.create(t)
	const users = 450
	err := e.db.Update(e.ctx, func(tx *store.Tx) error {
		for i := range users {
			for _, pool := range []*string{p.Id, other.Id} {
				name := fmt.Sprint("user", i)
				u := &store.User{PoolID: *pool, Sub: name, Username: name, UsernameKey: name, Status: "CONFIRMED", Enabled: true}
				if err := tx.InsertUser(u); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := e.describe(t, p.Id).EstimatedNumberOfUsers; n != users {
		t.Errorf("EstimatedNumberOfUsers %d, want %d", n, users)
	}
	if _, err := e.DeleteUserPool(e.ctx, &cognito.DeleteUserPoolInput{UserPoolId: p.Id}); err != nil {
		t.Fatal(err)
	}
	left := func() (n int64) {
		err := e.db.View(e.ctx, func(tx *store.Tx) (err error) {
			n, err = tx.CountUsers(*p.Id)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := left(); n == 0 || n >= users {
		t.Errorf("%d users left by the call itself, want some", n)
	}
	if err := e.Purge(e.ctx); err != nil {
		t.Fatal(err)
	}
	if n := left(); n != 0 {
		t.Errorf("%d users left by Purge", n)
	}
	if n := e.describe(t, other.Id).EstimatedNumberOfUsers; n != users {
		t.Errorf("the other pool has %d users", n)
	}
	if err := e.Purge(e.ctx); err != nil {
		t.Errorf("a second Purge: %v", err)
	}
}

func TestTags(t *testing.T) {
	t.Parallel()
	e := newPoolEnv(t)
	p := e.create(t, func(in *newops.CreateUserPoolInput) { in.UserPoolTags = map[string]string{"a": "1", "b": "2"} })
	if _, err := e.TagResource(e.ctx, &cognito.TagResourceInput{ResourceArn: p.Arn, Tags: map[string]string{"b": "3", "c": ""}}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.UntagResource(e.ctx, &cognito.UntagResourceInput{ResourceArn: p.Arn, TagKeys: []string{"a", "none"}}); err != nil {
		t.Fatal(err)
	}
	out, err := e.ListTagsForResource(e.ctx, &cognito.ListTagsForResourceInput{ResourceArn: p.Arn})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(out.Tags); got != "map[b:3 c:]" || fmt.Sprint(e.describe(t, p.Id).UserPoolTags) != got {
		t.Errorf("tags %s", got)
	}
	many := map[string]string{}
	for i := range 49 {
		many[fmt.Sprint("k", i)] = "v"
	}
	for name, tt := range map[string]struct {
		arn           string
		tags          map[string]string
		code, message string
	}{
		"too many":        {*p.Arn, many, "InvalidParameterException", "A user pool cannot have more than 50 tags."},
		"reserved":        {*p.Arn, map[string]string{"aws:x": ""}, "InvalidParameterException", "Tag keys cannot begin with aws: - aws:x"},
		"no ARN":          {"arn:aws", nil, "InvalidParameterException", "Invalid user pool ARN: arn:aws"},
		"another service": {"arn:aws:s3:eu-west-1:123456789012:userpool/x", nil, "InvalidParameterException", "Invalid user pool ARN: arn:aws:s3:eu-west-1:123456789012:userpool/x"},
		"another kind":    {"arn:aws:cognito-idp:eu-west-1:123456789012:pool/x", nil, "InvalidParameterException", "Invalid user pool ARN: arn:aws:cognito-idp:eu-west-1:123456789012:pool/x"},
		"another account": {strings.Replace(*p.Arn, testAccount, "210987654321", 1), nil, "ResourceNotFoundException", "User pool " + *p.Id + " does not exist."},
		"no such pool":    {"arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_A", nil, "ResourceNotFoundException", "User pool eu-west-1_A does not exist."},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := e.TagResource(e.ctx, &cognito.TagResourceInput{ResourceArn: &tt.arn, Tags: tt.tags})
			wantError(t, err, tt.code, tt.message)
			if tt.tags == nil {
				_, err := e.UntagResource(e.ctx, &cognito.UntagResourceInput{ResourceArn: &tt.arn})
				wantError(t, err, tt.code, tt.message)
				_, err = e.ListTagsForResource(e.ctx, &cognito.ListTagsForResourceInput{ResourceArn: &tt.arn})
				wantError(t, err, tt.code, tt.message)
			}
		})
	}
	out, err = e.ListTagsForResource(e.ctx, &cognito.ListTagsForResourceInput{ResourceArn: p.Arn})
	if err != nil || len(out.Tags) != 2 {
		t.Errorf("after refused calls: %v, %v", out, err)
	}
}
