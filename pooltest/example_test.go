package pooltest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/poolhouse-id/poolhouse/pooltest"
	"github.com/poolhouse-id/poolhouse/quickstart"
)

// Without a test, New starts the server and Close ends it.
func ExampleNew() {
	ctx := context.Background()
	srv, err := pooltest.New(ctx, pooltest.Region("eu-central-1"), pooltest.Account("111122223333"))
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()

	caller, err := sts.NewFromConfig(srv.Config()).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(*caller.Arn)
	// Output: arn:aws:iam::111122223333:root
}

// A user signs up and confirms the e-mail address with the code from the inbox.
func ExampleInbox_Code() {
	ctx := context.Background()
	srv, err := pooltest.New(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	pool, err := srv.Seed(ctx, pooltest.Pool{
		Settings: cognitoidentityprovider.CreateUserPoolInput{
			UsernameAttributes:     []types.UsernameAttributeType{types.UsernameAttributeTypeEmail},
			AutoVerifiedAttributes: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail},
		},
		Clients: []pooltest.Client{{Name: "web"}},
	})
	if err != nil {
		log.Fatal(err)
	}

	users := cognitoidentityprovider.NewFromConfig(srv.Config())
	client, jane := pool.Clients["web"].ID, "jane@example.com"
	if _, err := users.SignUp(ctx, &cognitoidentityprovider.SignUpInput{
		ClientId: &client, Username: &jane, Password: aws.String("Correct-horse-7"),
	}); err != nil {
		log.Fatal(err)
	}
	code, err := srv.Inbox.Code(ctx, jane)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := users.ConfirmSignUp(ctx, &cognitoidentityprovider.ConfirmSignUpInput{
		ClientId: &client, Username: &jane, ConfirmationCode: &code,
	}); err != nil {
		log.Fatal(err)
	}
	user, err := users.AdminGetUser(ctx, &cognitoidentityprovider.AdminGetUserInput{UserPoolId: &pool.ID, Username: &jane})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(user.UserStatus)
	// Output: CONFIRMED
}

// An access token is valid for an hour of the server's time.
func ExampleServer_AdvanceClock() {
	ctx := context.Background()
	srv, err := pooltest.New(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	pool, err := srv.Seed(ctx, pooltest.Pool{
		Clients: []pooltest.Client{{Name: "web"}},
		Users:   []pooltest.User{{Username: "jane", Password: "Correct-horse-7"}},
	})
	if err != nil {
		log.Fatal(err)
	}

	users := cognitoidentityprovider.NewFromConfig(srv.Config())
	signedIn, err := users.InitiateAuth(ctx, &cognitoidentityprovider.InitiateAuthInput{
		AuthFlow: types.AuthFlowTypeUserPasswordAuth, ClientId: aws.String(pool.Clients["web"].ID),
		AuthParameters: map[string]string{"USERNAME": "jane", "PASSWORD": "Correct-horse-7"},
	})
	if err != nil {
		log.Fatal(err)
	}
	token := &cognitoidentityprovider.GetUserInput{AccessToken: signedIn.AuthenticationResult.AccessToken}

	srv.AdvanceClock(59 * time.Minute)
	_, err = users.GetUser(ctx, token)
	fmt.Println(err)

	srv.AdvanceClock(2 * time.Minute)
	_, err = users.GetUser(ctx, token)
	var refused *types.NotAuthorizedException
	fmt.Println(errors.As(err, &refused), refused.ErrorMessage())
	// Output:
	// <nil>
	// true Access Token has expired
}

// The quickstart turns a new user into one with AWS credentials, for tests of
// what such a user may do.
func ExampleServer_ConfigFor() {
	ctx := context.Background()
	srv, err := pooltest.New(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	report, err := quickstart.Run(ctx, quickstart.Config{AWS: srv.Config(), Email: "jane@example.com", Password: "Correct-horse-7"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.CallerARN)

	forged := aws.Credentials{AccessKeyID: report.AccessKeyID, SecretAccessKey: "guessed", SessionToken: "guessed"}
	_, err = sts.NewFromConfig(srv.ConfigFor(forged)).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	fmt.Println(err != nil)
	// Output:
	// arn:aws:sts::123456789012:assumed-role/userpool-authorized-role/CognitoIdentityCredentials
	// true
}

// A pool's PreSignUp function is a function of the test.
func ExampleFunction() {
	ctx := context.Background()
	arn := "arn:aws:lambda:us-east-1:123456789012:function:pre-sign-up"
	srv, err := pooltest.New(ctx, pooltest.Function(arn, func(_ context.Context, raw json.RawMessage) (any, error) {
		var event events.CognitoEventUserPoolsPreSignup
		if err := json.Unmarshal(raw, &event); err != nil {
			return nil, err
		}
		if event.UserName == "admin" {
			return nil, errors.New("The name is taken")
		}
		event.Response.AutoConfirmUser = true
		return event, nil
	}))
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	pool, err := srv.Seed(ctx, pooltest.Pool{
		Settings: cognitoidentityprovider.CreateUserPoolInput{LambdaConfig: &types.LambdaConfigType{PreSignUp: &arn}},
		Clients:  []pooltest.Client{{Name: "web"}},
	})
	if err != nil {
		log.Fatal(err)
	}

	users := cognitoidentityprovider.NewFromConfig(srv.Config())
	for _, name := range []string{"jane", "admin"} {
		out, err := users.SignUp(ctx, &cognitoidentityprovider.SignUpInput{
			ClientId: aws.String(pool.Clients["web"].ID), Username: &name, Password: aws.String("Correct-horse-7"),
		})
		var refused *types.UserLambdaValidationException
		if errors.As(err, &refused) {
			fmt.Println(name, refused.ErrorMessage())
		} else {
			fmt.Println(name, out.UserConfirmed)
		}
	}
	// Output:
	// jane true
	// admin PreSignUp failed with error The name is taken.
}
