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
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	identitytypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
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

// AWS needs some seconds until the roles of a new identity pool can be assumed.
// A program has to try again meanwhile.
func ExampleServer_SetPropagationDelay() {
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
	signedIn, err := cognitoidentityprovider.NewFromConfig(srv.Config()).AdminInitiateAuth(ctx, &cognitoidentityprovider.AdminInitiateAuthInput{
		UserPoolId: &report.UserPoolID, ClientId: &report.ClientID, AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": "jane@example.com", "PASSWORD": "Correct-horse-7"},
	})
	if err != nil {
		log.Fatal(err)
	}
	identities := cognitoidentity.NewFromConfig(srv.Config())
	credentials := func() error {
		_, err := identities.GetCredentialsForIdentity(ctx, &cognitoidentity.GetCredentialsForIdentityInput{
			IdentityId: &report.IdentityID,
			Logins:     map[string]string{"cognito-idp.us-east-1.amazonaws.com/" + report.UserPoolID: *signedIn.AuthenticationResult.IdToken},
		})
		return err
	}

	srv.SetPropagationDelay(10 * time.Second)
	var early *identitytypes.InvalidIdentityPoolConfigurationException
	fmt.Println(errors.As(credentials(), &early), early.ErrorMessage())

	srv.AdvanceClock(11 * time.Second)
	fmt.Println(credentials())
	// Output:
	// true Invalid identity pool configuration. Check assigned IAM roles for this pool.
	// <nil>
}

// Half of the calls are throttled; the SDK's retries get them through.
func ExampleServer_SetFaults() {
	ctx := context.Background()
	srv, err := pooltest.New(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	if err := srv.SetFaults(7, pooltest.Throttle("CreateIdentityPool", 0.5)); err != nil {
		log.Fatal(err)
	}

	cfg := srv.Config()
	create := func() (refused int) {
		identities := cognitoidentity.NewFromConfig(cfg)
		for range 10 {
			_, err := identities.CreateIdentityPool(ctx, &cognitoidentity.CreateIdentityPoolInput{IdentityPoolName: aws.String("app")})
			var throttled *identitytypes.TooManyRequestsException
			if errors.As(err, &throttled) {
				refused++
			}
		}
		return refused
	}
	fmt.Println("without retries some are refused:", create() > 0)

	cfg.RetryMaxAttempts = 20
	cfg.Retryer = func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond })
	}
	fmt.Println("with retries:", create())

	fmt.Println(srv.SetFaults(7, pooltest.Fail("CreateIdentityPond", 0.5)))
	// Output:
	// without retries some are refused: true
	// with retries: 0
	// pooltest: fault: there is no operation "CreateIdentityPond"
}
