package gotest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
)

// A job whose server is killed in the middle goes on after the restart, and
// imports every row once.
func TestKilledServerGoesOnImporting(t *testing.T) {
	t.Parallel()
	for name, args := range map[string]func(t *testing.T) []string{
		"sqlite": func(t *testing.T) []string { return []string{"--data", t.TempDir()} },
		"postgres": func(t *testing.T) []string {
			return []string{"--data", t.TempDir(), "--database", storetest.Postgres(t)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := args(t)
			p := serve(t, args...)
			c := cognitoidentityprovider.NewFromConfig(p.config())
			pool, err := c.CreateUserPool(t.Context(), &cognitoidentityprovider.CreateUserPoolInput{
				PoolName: aws.String("test"), AutoVerifiedAttributes: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail},
			})
			if err != nil {
				t.Fatal(err)
			}
			const users = 6000
			job, log := uploadUsers(t, c, pool.UserPool.Id, users)
			in := &cognitoidentityprovider.DescribeUserImportJobInput{UserPoolId: pool.UserPool.Id, JobId: job}
			if _, err := c.StartUserImportJob(t.Context(), &cognitoidentityprovider.StartUserImportJobInput{UserPoolId: in.UserPoolId, JobId: job}); err != nil {
				t.Fatal(err)
			}
			killed := waitForJob(t, c, in, func(j *types.UserImportJobType) bool { return j.ImportedUsers > 0 })
			p.kill()
			if killed.CompletionDate != nil {
				t.Skip("the job had ended before the server was killed")
			}
			p = serve(t, args...)
			c = cognitoidentityprovider.NewFromConfig(p.config())
			// The worker that was killed holds the job for a while.
			res, err := http.Post(p.url+"/_poolhouse/clock", "application/json", strings.NewReader(`{"advance":"1m"}`)) //nolint:noctx // the test's time bounds it
			if err != nil || res.StatusCode != http.StatusOK {
				t.Fatal(res, err)
			}
			res.Body.Close()
			j := waitForJob(t, c, in, func(j *types.UserImportJobType) bool { return j.CompletionDate != nil })
			if j.Status != types.UserImportJobStatusTypeSucceeded || j.ImportedUsers != users || j.FailedUsers != 0 || j.SkippedUsers != 0 {
				t.Errorf("%s: %d imported, %d failed, %d skipped: %s", j.Status, j.ImportedUsers, j.FailedUsers, j.SkippedUsers, aws.ToString(j.CompletionMessage))
			}
			res, err = http.Get(p.url + "/_poolhouse/import/" + *job + "/log" + log) //nolint:noctx // the test's time bounds it
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			text, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSpace(string(text)), "\n")
			for i, line := range lines {
				if want := fmt.Sprintf("[SUCCEEDED] Line Number %d - The import succeeded.", i+2); line != want {
					t.Fatalf("line %d of the log is %q", i, line)
				}
			}
			if len(lines) != users {
				t.Errorf("the log has %d lines", len(lines))
			}
		})
	}
}

// uploadUsers makes a job with a file of users, and returns its id and the query
// of its log's URL.
func uploadUsers(t *testing.T, c *cognitoidentityprovider.Client, poolID *string, users int) (job *string, log string) {
	t.Helper()
	header, err := c.GetCSVHeader(t.Context(), &cognitoidentityprovider.GetCSVHeaderInput{UserPoolId: poolID})
	if err != nil {
		t.Fatal(err)
	}
	made, err := c.CreateUserImportJob(t.Context(), &cognitoidentityprovider.CreateUserImportJobInput{
		UserPoolId: poolID, JobName: aws.String("job"), CloudWatchLogsRoleArn: aws.String("arn:aws:iam::123456789012:role/import"),
	})
	if err != nil {
		t.Fatal(err)
	}
	var file strings.Builder
	file.WriteString(strings.Join(header.CSVHeader, ","))
	for i := range users {
		row := map[string]string{
			"cognito:username": fmt.Sprint("user", i), "cognito:mfa_enabled": "FALSE", "email": fmt.Sprintf("user%d@example.com", i), "email_verified": "TRUE",
		}
		file.WriteByte('\n')
		for n, column := range header.CSVHeader {
			if n > 0 {
				file.WriteByte(',')
			}
			file.WriteString(row[column])
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, *made.UserImportJob.PreSignedUrl, strings.NewReader(file.String()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Server-Side-Encryption", "aws:kms")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatal(res.Status)
	}
	_, query, _ := strings.Cut(res.Header.Get("X-Poolhouse-Import-Log"), "?")
	return made.UserImportJob.JobId, "?" + query
}

// waitForJob waits until the job is as wanted.
func waitForJob(t *testing.T, c *cognitoidentityprovider.Client, in *cognitoidentityprovider.DescribeUserImportJobInput, wanted func(*types.UserImportJobType) bool) *types.UserImportJobType {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for {
		out, err := c.DescribeUserImportJob(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		if wanted(out.UserImportJob) {
			return out.UserImportJob
		}
		time.Sleep(5 * time.Millisecond)
	}
}
