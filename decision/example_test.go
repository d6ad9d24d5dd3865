package decision_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/poolhouse-id/poolhouse/decision"
	"github.com/poolhouse-id/poolhouse/pooltest"
)

// store is a tiny object store that leaves its access control to Poolhouse.
type store struct{ asker *decision.Client }

func (s store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := decision.Ask(r, "s3", "s3:GetObject", "arn:aws:s3:::"+strings.TrimPrefix(r.URL.Path, "/"))
	answer, err := s.asker.Decide(r.Context(), q)
	switch {
	case err != nil:
		http.Error(w, "no decision", http.StatusServiceUnavailable)
	case !answer.Allowed:
		http.Error(w, answer.Error.Code, answer.Error.Status)
	default:
		fmt.Fprintf(w, "the object, for %s", answer.Principal.ARN)
	}
}

// An object store asks about each request who signed it and whether they may.
func Example() {
	ctx := context.Background()
	poolhouse, err := pooltest.New(ctx)
	if err != nil {
		panic(err)
	}
	defer poolhouse.Close()
	cfg := poolhouse.Config()
	objects := httptest.NewServer(store{&decision.Client{Endpoint: aws.ToString(cfg.BaseEndpoint), Credentials: cfg.Credentials}})
	defer objects.Close()

	reader := newReader(ctx, cfg)
	fmt.Println(get(ctx, objects.URL+"/photos/cat.jpg", reader))
	fmt.Println(get(ctx, objects.URL+"/secrets/plan.txt", reader))
	reader.SecretAccessKey = "guessed"
	fmt.Println(get(ctx, objects.URL+"/photos/cat.jpg", reader))
	// Output:
	// the object, for arn:aws:iam::123456789012:user/reader
	// AccessDenied
	// SignatureDoesNotMatch
}

// newReader makes a user who may read the bucket photos.
func newReader(ctx context.Context, cfg aws.Config) aws.Credentials {
	client := iam.NewFromConfig(cfg)
	name := aws.String("reader")
	if _, err := client.CreateUser(ctx, &iam.CreateUserInput{UserName: name}); err != nil {
		panic(err)
	}
	policy := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::photos/*"}}`
	if _, err := client.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: name, PolicyName: aws.String("read"), PolicyDocument: &policy}); err != nil {
		panic(err)
	}
	key, err := client.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: name})
	if err != nil {
		panic(err)
	}
	return aws.Credentials{AccessKeyID: *key.AccessKey.AccessKeyId, SecretAccessKey: *key.AccessKey.SecretAccessKey}
}

// get reads an object as an S3 client does.
func get(ctx context.Context, url string, creds aws.Credentials) string {
	r, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		panic(err)
	}
	r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	s3 := func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }
	if err := v4.NewSigner().SignHTTP(ctx, creds, r, "UNSIGNED-PAYLOAD", "s3", "us-east-1", time.Now(), s3); err != nil {
		panic(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		panic(err)
	}
	defer res.Body.Close()
	body := make([]byte, 200)
	n, _ := res.Body.Read(body)
	return strings.TrimSpace(string(body[:n]))
}
