package userpool_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"golang.org/x/sync/errgroup"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

// TestTwoNodes checks that a change on one node shows on another at once,
// although both cache, and that changes at the same time are all kept.
func TestTwoNodes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		ctx := callBy(t.Context(), testAccount, testRegion)
		var nodes [2]*poolEnv
		for i := range nodes {
			db := storetest.Open(t, cfg)
			nodes[i] = &poolEnv{Service: userpool.New(userpool.Config{Store: db}), db: db, ctx: ctx}
		}
		a, b := nodes[0], nodes[1]
		p := a.create(t)
		c := a.createClient(t, p.Id, func(in *cognito.CreateUserPoolClientInput) { in.GenerateSecret = true })
		for round := range 3 {
			name := fmt.Sprint("round", round)
			if got := b.describe(t, p.Id); got.UserPoolTags["name"] == name {
				t.Errorf("node b knows %s before it is", name)
			}
			b.describeClient(t, c)
			_, err := a.TagResource(ctx, &cognito.TagResourceInput{ResourceArn: p.Arn, Tags: map[string]string{"name": name}})
			if err != nil {
				t.Fatal(err)
			}
			if got := b.describe(t, p.Id); got.UserPoolTags["name"] != name {
				t.Errorf("node b shows the tag %s, want %s", got.UserPoolTags["name"], name)
			}
			if _, err := a.UpdateUserPoolClient(ctx, &cognito.UpdateUserPoolClientInput{UserPoolId: p.Id, ClientId: c.ClientId, ClientName: &name}); err != nil {
				t.Fatal(err)
			}
			if got := b.describeClient(t, c); *got.ClientName != name {
				t.Errorf("node b shows the client %s, want %s", *got.ClientName, name)
			}
		}

		var g errgroup.Group
		for i := range 20 {
			g.Go(func() error {
				_, err := nodes[i%2].TagResource(ctx, &cognito.TagResourceInput{ResourceArn: p.Arn, Tags: map[string]string{fmt.Sprint("k", i): "v"}})
				return err
			})
		}
		// Of two secrets at most, one more may be added, whoever comes first.
		added := make([]error, 4)
		for i := range added {
			g.Go(func() error {
				_, added[i] = nodes[i%2].AddUserPoolClientSecret(ctx, &cognito.AddUserPoolClientSecretInput{UserPoolId: p.Id, ClientId: c.ClientId})
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		if got := a.describe(t, p.Id); len(got.UserPoolTags) != 21 {
			t.Errorf("%d tags after changes at the same time, want 21", len(got.UserPoolTags))
		}
		won := 0
		for _, err := range added {
			if err == nil {
				won++
			} else {
				wantError(t, err, "LimitExceededException", "User pool client "+*c.ClientId+" is limited to 2 client secrets.")
			}
		}
		if won != 1 {
			t.Errorf("%d secrets were added, want 1", won)
		}

		if _, err := a.DeleteUserPool(ctx, &cognito.DeleteUserPoolInput{UserPoolId: p.Id}); err != nil {
			t.Fatal(err)
		}
		_, err := b.DescribeUserPool(ctx, &cognito.DescribeUserPoolInput{UserPoolId: p.Id})
		wantError(t, err, "ResourceNotFoundException", "User pool "+*p.Id+" does not exist.")
		_, err = b.ListUserPoolClients(ctx, &newops.ListUserPoolClientsInput{ListUserPoolClientsInput: cognito.ListUserPoolClientsInput{UserPoolId: p.Id, MaxResults: aws.Int32(1)}})
		wantError(t, err, "ResourceNotFoundException", "User pool "+*p.Id+" does not exist.")
	})
}
