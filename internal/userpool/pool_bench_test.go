package userpool_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
)

func BenchmarkCreateUserPool(b *testing.B) {
	e := newPoolEnv(b)
	for b.Loop() {
		p := e.create(b)
		if _, err := e.DeleteUserPool(e.ctx, &cognito.DeleteUserPoolInput{UserPoolId: p.Id}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDescribeUserPoolClient is what every sign-in does first: find the
// client and its pool.
func BenchmarkDescribeUserPoolClient(b *testing.B) {
	e := newPoolEnv(b)
	c := e.createClient(b, e.create(b).Id)
	in := &cognito.DescribeUserPoolClientInput{UserPoolId: c.UserPoolId, ClientId: c.ClientId}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := e.DescribeUserPoolClient(e.ctx, in); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkAccess is what every signed call adds for callers other than root.
func BenchmarkAccess(b *testing.B) {
	e := newPoolEnv(b)
	p := e.create(b)
	ctx := awswire.WithCall(b.Context(), &awswire.Call{Account: testAccount, Region: testRegion, Principal: awswire.Principal{Kind: awswire.User}})
	in := &cognito.AdminInitiateAuthInput{UserPoolId: p.Id, ClientId: aws.String("c")}
	access := e.Table().Access
	for b.Loop() {
		if _, err := access(ctx, "AdminInitiateAuth", in); err != nil {
			b.Fatal(err)
		}
	}
}
