package server_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idpapi "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/server"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

// Users sign in, and tokens hold, while the key of the pool's secrets changes.
func TestPoolKeyChanges(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		r := newReplicated(t, start(t, func(c *server.Config) { c.Store = cfg }))
		first, err := r.signIn(t, r.here, "jane")
		if err != nil {
			t.Fatal(err)
		}
		kms := "arn:aws:kms:" + region + ":" + account + ":key/"
		for _, key := range []*types.KeyConfigurationType{
			{KeyType: types.EncryptionKeyTypeCustomerManagedKey, KmsKeyArn: aws.String(kms + "11111111-2222-3333-4444-555555555555")},
			{KeyType: types.EncryptionKeyTypeAwsOwnedKey},
			{KeyType: types.EncryptionKeyTypeCustomerManagedKey, KmsKeyArn: aws.String(multiRegionKey)},
		} {
			if _, err := r.here.UpdateUserPool(t.Context(), &idpapi.UpdateUserPoolInput{UserPoolId: r.pool, KeyConfiguration: key}); err != nil {
				t.Fatal(err)
			}
			name := "user-" + aws.ToString(key.KmsKeyArn)[max(0, len(aws.ToString(key.KmsKeyArn))-4):]
			r.user(t, name, true)
			for _, user := range []string{"jane", name} {
				if _, err := r.signIn(t, r.here, user); err != nil {
					t.Errorf("%s with %s: %v", user, aws.ToString(key.KmsKeyArn), err)
				}
			}
			if err := r.srv.Purge(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, user := range []string{"jane", name} {
				if _, err := r.signIn(t, r.here, user); err != nil {
					t.Errorf("%s, sealed anew with %s: %v", user, aws.ToString(key.KmsKeyArn), err)
				}
			}
		}
		if _, err := r.here.GetUser(t.Context(), &idpapi.GetUserInput{AccessToken: first.AuthenticationResult.AccessToken}); err != nil {
			t.Errorf("a token of before: %v", err)
		}
		for _, arn := range []string{kms + "", "arn:aws:kms:" + secondary + ":" + account + ":key/a", "arn:aws:kms:" + region + ":999999999999:key/a", "arn:aws:kms:" + region + ":" + account + ":alias/a"} {
			_, err := r.here.UpdateUserPool(t.Context(), &idpapi.UpdateUserPoolInput{UserPoolId: r.pool, KeyConfiguration: &types.KeyConfigurationType{KeyType: types.EncryptionKeyTypeCustomerManagedKey, KmsKeyArn: &arn}})
			wantCode(t, arn, err, "InvalidParameterException", "")
		}
	})
}
