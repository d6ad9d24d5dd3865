package bench

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkImport imports a file of 20000 users (POOLHOUSE_BENCH_IMPORT), from
// the upload to the job's end, and reports the server's greatest resident
// memory on the way. Use -benchtime 1x for large files.
func BenchmarkImport(b *testing.B) {
	for _, kind := range databases {
		b.Run(kind, func(b *testing.B) {
			w, users := worldOf(b, kind), envInt("POOLHOUSE_BENCH_IMPORT", 20_000)
			var uploading time.Duration
			b.ResetTimer()
			for range b.N {
				begun := time.Now()
				job := w.uploadUsers(b, users)
				uploading += time.Since(begun)
				w.importUsers(b, job, users)
			}
			b.StopTimer()
			b.ReportMetric(float64(users)*float64(b.N)/(b.Elapsed()-uploading).Seconds(), "users/s")
			b.ReportMetric(uploading.Seconds()/float64(b.N), "upload-s/op")
			if bytes, ok := w.peak(); ok {
				b.ReportMetric(float64(bytes)/(1<<20), "peak-MiB")
			}
		})
	}
}

// peak is the greatest resident memory that the process has had.
func (p *process) peak() (int64, bool) {
	if p.pid == 0 {
		return 0, false
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmHWM:" {
			kilobytes, err := strconv.ParseInt(f[1], 10, 64)
			return kilobytes << 10, err == nil
		}
	}
	return 0, false
}

// importJob is a job of a pool of its own.
type importJob struct{ pool, id string }

// uploadUsers makes a job and uploads a file of so many users to it.
func (w *world) uploadUsers(b *testing.B, users int) importJob {
	creds := keys(account)
	var pool struct{ UserPool struct{ ID string } }
	w.answer(b, jsonCall(w.addr, "cognito-idp", "CreateUserPool", map[string]any{
		"PoolName": "imported", "AutoVerifiedAttributes": []string{"email"},
	}, &creds), &pool)
	var header struct{ CSVHeader []string }
	w.answer(b, jsonCall(w.addr, "cognito-idp", "GetCSVHeader", map[string]any{"UserPoolId": pool.UserPool.ID}, &creds), &header)
	var job struct {
		UserImportJob struct{ JobID, PreSignedURL string }
	}
	w.answer(b, jsonCall(w.addr, "cognito-idp", "CreateUserImportJob", map[string]any{
		"UserPoolId": pool.UserPool.ID, "JobName": "benchmark", "CloudWatchLogsRoleArn": "arn:aws:iam::" + account + ":role/import",
	}, &creds), &job)
	read, write := io.Pipe()
	go func() { write.CloseWithError(writeUsers(write, header.CSVHeader, users)) }()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPut, job.UserImportJob.PreSignedURL, read)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("X-Amz-Server-Side-Encryption", "aws:kms")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		body, err := io.ReadAll(res.Body)
		b.Fatalf("the upload: %s\n%s", res.Status, errors.Join(errors.New(string(body)), err))
	}
	return importJob{pool.UserPool.ID, job.UserImportJob.JobID}
}

// writeUsers writes an import file.
func writeUsers(w io.Writer, header []string, users int) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, strings.Join(header, ","))
	values := make([]string, len(header))
	for i := range users {
		for c, name := range header {
			switch name {
			case "cognito:username":
				values[c] = fmt.Sprintf("import-%08d", i)
			case "email":
				values[c] = fmt.Sprintf("import%08d@example.com", i)
			case "given_name":
				values[c] = fmt.Sprintf("Given%d", i%1000)
			case "family_name":
				values[c] = fmt.Sprintf("Family%d", i%7)
			case "email_verified":
				values[c] = "true"
			case "cognito:mfa_enabled":
				values[c] = "false"
			}
		}
		fmt.Fprintln(out, strings.Join(values, ","))
	}
	return out.Flush()
}

// importUsers starts the job and waits for its end.
func (w *world) importUsers(b *testing.B, job importJob, users int) {
	creds := keys(account)
	in := map[string]any{"UserPoolId": job.pool, "JobId": job.id}
	w.answer(b, jsonCall(w.addr, "cognito-idp", "StartUserImportJob", in, &creds), nil)
	for {
		var out struct {
			UserImportJob struct {
				Status, CompletionMessage string
				ImportedUsers             int
				CompletionDate            float64
			}
		}
		w.answer(b, jsonCall(w.addr, "cognito-idp", "DescribeUserImportJob", in, &creds), &out)
		if j := out.UserImportJob; j.CompletionDate == 0 {
			time.Sleep(20 * time.Millisecond)
		} else if j.Status != "Succeeded" || j.ImportedUsers != users {
			b.Fatalf("%+v", j)
		} else {
			return
		}
	}
}
