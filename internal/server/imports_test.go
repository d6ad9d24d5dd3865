package server_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// A file goes to the pre-signed URL by HTTP, the server's own worker imports
// it, and its log is read by the URL that the upload answered.
func TestUserImport(t *testing.T) {
	t.Parallel()
	f := start(t)
	c := cognito.NewFromConfig(f.config("test", "test", ""))
	ctx := t.Context()
	pool, err := c.CreateUserPool(ctx, &cognito.CreateUserPoolInput{
		PoolName: aws.String("test"), AutoVerifiedAttributes: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail},
	})
	if err != nil {
		t.Fatal(err)
	}
	id := pool.UserPool.Id
	header, err := c.GetCSVHeader(ctx, &cognito.GetCSVHeaderInput{UserPoolId: id})
	if err != nil {
		t.Fatal(err)
	}
	job, err := c.CreateUserImportJob(ctx, &cognito.CreateUserImportJobInput{
		UserPoolId: id, JobName: aws.String("job"), CloudWatchLogsRoleArn: aws.String("arn:aws:iam::" + account + ":role/import"),
	})
	if err != nil {
		t.Fatal(err)
	}
	row := map[string]string{"cognito:username": "ann", "cognito:mfa_enabled": "false", "email": "ann@example.com", "email_verified": "true"}
	var values []string
	for _, column := range header.CSVHeader {
		values = append(values, row[column])
	}
	file := strings.Join(header.CSVHeader, ",") + "\n" + strings.Join(values, ",") + "\n"
	put := func(url, encryption string) answer {
		r, err := http.NewRequestWithContext(ctx, http.MethodPut, url, strings.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Amz-Server-Side-Encryption", encryption)
		return f.do(r)
	}
	url := *job.UserImportJob.PreSignedUrl
	if !strings.HasPrefix(url, f.url+"/_poolhouse/import/"+*job.UserImportJob.JobId+"?token=") {
		t.Errorf("URL %s", url)
	}
	if a := put(url, "AES256"); a.StatusCode != http.StatusForbidden {
		t.Errorf("another encryption: %d %s", a.StatusCode, a.body)
	}
	uploaded := put(url, "aws:kms")
	if uploaded.StatusCode != http.StatusOK || uploaded.body != "" || uploaded.Header.Get("ETag") == "" {
		t.Fatalf("upload: %d %s", uploaded.StatusCode, uploaded.body)
	}
	if _, err := c.StartUserImportJob(ctx, &cognito.StartUserImportJobInput{UserPoolId: id, JobId: job.UserImportJob.JobId}); err != nil {
		t.Fatal(err)
	}
	wait, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		out, err := c.DescribeUserImportJob(wait, &cognito.DescribeUserImportJobInput{UserPoolId: id, JobId: job.UserImportJob.JobId})
		if err != nil {
			t.Fatal(err)
		}
		if s := out.UserImportJob.Status; s == types.UserImportJobStatusTypeSucceeded {
			break
		} else if s != types.UserImportJobStatusTypePending && s != types.UserImportJobStatusTypeInProgress {
			t.Fatalf("status %s: %s", s, aws.ToString(out.UserImportJob.CompletionMessage))
		}
		time.Sleep(20 * time.Millisecond)
	}
	for _, url := range []string{
		uploaded.Header.Get("X-Poolhouse-Import-Log"), f.url + "/_poolhouse/import/" + *job.UserImportJob.JobId + "/log",
	} {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a := f.do(r); a.body != "[SUCCEEDED] Line Number 2 - The import succeeded.\n" {
			t.Errorf("log: %d %s", a.StatusCode, a.body)
		}
	}
	// Web pages elsewhere do not read logs.
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url+"/_poolhouse/import/"+*job.UserImportJob.JobId+"/log", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", "https://evil.example")
	if a := f.do(r); a.StatusCode != http.StatusForbidden {
		t.Errorf("log for another origin: %d %s", a.StatusCode, a.body)
	}
}
