package userpool_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/store/storetest"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

const importRole = "arn:aws:iam::123456789012:role/import-logs"

// verifiedPool is a pool that users can be imported into.
func verifiedPool(in *newops.CreateUserPoolInput) {
	in.AutoVerifiedAttributes = []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail}
}

func (w *world) importJob(poolID string, algorithm newops.PasswordHashingAlgorithmType) *newops.UserImportJobType {
	w.Helper()
	in := &newops.CreateUserImportJobInput{PasswordHashingAlgorithm: algorithm}
	in.UserPoolId, in.JobName, in.CloudWatchLogsRoleArn = &poolID, aws.String("job"), aws.String(importRole)
	out, err := w.CreateUserImportJob(w.ctx, in)
	if err != nil {
		w.Fatal(err)
	}
	return out.UserImportJob
}

// put uploads a file to the job's pre-signed URL.
func (w *world) put(j *newops.UserImportJobType, body io.Reader) *http.Response {
	w.Helper()
	r := httptest.NewRequestWithContext(w.ctx, http.MethodPut, *j.PreSignedUrl, body)
	r.Header.Set("X-Amz-Server-Side-Encryption", "aws:kms")
	rec := httptest.NewRecorder()
	w.ServeImport(rec, r, false)
	return rec.Result()
}

func (w *world) start(poolID string, j *newops.UserImportJobType) error {
	_, err := w.StartUserImportJob(w.ctx, &cognito.StartUserImportJobInput{UserPoolId: &poolID, JobId: j.JobId})
	return err
}

// describeJob describes the job.
func (w *world) describeJob(poolID string, j *newops.UserImportJobType) *newops.UserImportJobType {
	w.Helper()
	out, err := w.DescribeUserImportJob(w.ctx, &cognito.DescribeUserImportJobInput{UserPoolId: &poolID, JobId: j.JobId})
	if err != nil {
		w.Fatal(err)
	}
	return out.UserImportJob
}

// importFile runs a job on a file to its end and returns the job and its log.
func (w *world) importFile(poolID, file string) (*newops.UserImportJobType, string) {
	w.Helper()
	j := w.importJob(poolID, "")
	res := w.put(j, strings.NewReader(file))
	if res.StatusCode != http.StatusOK {
		w.Fatalf("upload: %s", res.Status)
	}
	if err := w.start(poolID, j); err != nil {
		w.Fatal(err)
	}
	if err := w.Import(w.ctx); err != nil {
		w.Fatal(err)
	}
	return w.describeJob(poolID, j), w.importLog(res.Header.Get(userpool.ImportLogHeader))
}

func (w *world) importLog(url string) string {
	w.Helper()
	rec := httptest.NewRecorder()
	w.ServeImport(rec, httptest.NewRequestWithContext(w.ctx, http.MethodGet, url, nil), false)
	if rec.Code != http.StatusOK {
		w.Fatalf("log: %d %s", rec.Code, rec.Body)
	}
	return rec.Body.String()
}

// csv is an import file of the pool: its header with the extra columns, and a
// row for each map of columns.
func (w *world) csv(poolID string, extra []string, rows ...map[string]string) string {
	w.Helper()
	out, err := w.GetCSVHeader(w.ctx, &cognito.GetCSVHeaderInput{UserPoolId: &poolID})
	if err != nil {
		w.Fatal(err)
	}
	columns := append(out.CSVHeader, extra...)
	lines := []string{strings.Join(columns, ",")}
	for _, row := range rows {
		var values []string
		for _, c := range columns {
			v, ok := row[c]
			if !ok && c == "cognito:mfa_enabled" {
				v = "false"
			}
			values = append(values, strings.ReplaceAll(v, ",", `\,`))
		}
		lines = append(lines, strings.Join(values, ","))
	}
	return strings.Join(lines, "\n") + "\n"
}

func csvUser(name string, more ...string) map[string]string {
	row := map[string]string{"cognito:username": name, "email": name + "@example.com", "email_verified": "true"}
	for i := 0; i < len(more); i += 2 {
		row[more[i]] = more[i+1]
	}
	return row
}

func TestCSVHeader(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.pool(func(in *newops.CreateUserPoolInput) {
		in.Schema = []types.SchemaAttributeType{{Name: aws.String("team"), AttributeDataType: types.AttributeDataTypeString}}
	})
	out, err := w.GetCSVHeader(w.ctx, &cognito.GetCSVHeaderInput{UserPoolId: &id})
	if err != nil {
		t.Fatal(err)
	}
	const want = "name given_name family_name middle_name nickname preferred_username profile picture website email email_verified gender" +
		" birthdate zoneinfo locale phone_number phone_number_verified address updated_at custom:team cognito:mfa_enabled cognito:username"
	if got := strings.Join(out.CSVHeader, " "); got != want || *out.UserPoolId != id {
		t.Errorf("got %s of %s", got, *out.UserPoolId)
	}
	_, err = w.GetCSVHeader(w.ctx, &cognito.GetCSVHeaderInput{UserPoolId: aws.String("us-east-1_nothing")})
	refused(t, err, "ResourceNotFoundException", "User pool us-east-1_nothing does not exist.")
}

func TestImport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.pool(verifiedPool)
	c := w.client(id, nil)
	w.confirmed(c, "old", "email", "old@example.com")
	file := w.csv(id, nil,
		csvUser("ann", "name", `Ann, the "first" \ of all`, "birthdate", "02/29/2000", "email_verified", "TRUE", "cognito:mfa_enabled", "False"),
		csvUser("old"),
		csvUser("bob", "email_verified", "false"),
		csvUser("eve", "birthdate", "2000-02-29"),
		csvUser("mfa", "cognito:mfa_enabled", "true"),
		csvUser("mfo", "cognito:mfa_enabled", ""),
		csvUser("ann"),
		csvUser(""),
		csvUser("bad", "email", "nonsense"),
		csvUser("num", "updated_at", "yesterday"),
		csvUser("tel", "phone_number_verified", "true"),
		csvUser("zoe", "email", "zoe@example.com"),
	)
	lines := strings.Split(file, "\n")
	file = strings.Join(append(lines[:len(lines)-1], "one,two", "", strings.Repeat("x", 16001), "\xff", strings.Repeat("y", 70_000)), "\r\n")
	j, log := w.importFile(id, file)
	want := []string{
		"[SUCCEEDED] Line Number 2 - The import succeeded.",
		"[SKIPPED] Line Number 3 - The user already exists.",
		"[FAILED] Line Number 4 - The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true).",
		"[FAILED] Line Number 5 - The birthdate is not of the form mm/dd/yyyy.",
		"[FAILED] Line Number 6 - cognito:mfa_enabled must be false, since MFA is off in the user pool.",
		"[FAILED] Line Number 7 - cognito:mfa_enabled must be true or false.",
		"[SKIPPED] Line Number 8 - The user already exists.",
		"[FAILED] Line Number 9 - The User Record has no cognito:username.",
		"[FAILED] Line Number 10 - Invalid email address format.",
		"[FAILED] Line Number 11 - Attributes did not conform to the schema: updated_at: Attribute value must be a number",
		"[FAILED] Line Number 12 - Phone Number is required to verify/un-verify a phone number",
		"[SUCCEEDED] Line Number 13 - The import succeeded.",
		"[FAILED] Line Number 14 - The row has not as many values as the header has columns.",
		"[FAILED] Line Number 16 - The row has more than 16000 characters.",
		"[FAILED] Line Number 17 - The row is not valid UTF-8.",
		"[FAILED] Line Number 18 - The row has more than 16000 characters.",
	}
	if got := strings.Split(strings.TrimSpace(log), "\n"); !slices.Equal(got, want) {
		t.Errorf("log:\n%s\nwant:\n%s", log, strings.Join(want, "\n"))
	}
	if j.Status != types.UserImportJobStatusTypeSucceeded || j.ImportedUsers != 2 || j.SkippedUsers != 2 || j.FailedUsers != 12 ||
		*j.CompletionMessage != "Import Job Completed Successfully" || j.StartDate == nil || j.CompletionDate == nil {
		t.Errorf("job %s", wire(t, j))
	}
	ann := w.get(id, "ann")
	if a := values(ann.UserAttributes); ann.UserStatus != types.UserStatusTypeResetRequired || a["name"] != `Ann, the "first" \ of all` || a["birthdate"] != "02/29/2000" {
		t.Errorf("ann is %s", wire(t, ann))
	}
	if w.get(id, "old").UserStatus != types.UserStatusTypeConfirmed {
		t.Error("a user who was there already was changed")
	}
	// Only what became of the rows is left.
	if err := w.Purge(w.ctx); err != nil {
		t.Fatal(err)
	}
	w.reset(c, "zoe")
}

// reset signs a user in who must reset the password.
func (w *world) reset(clientID, username string) {
	w.Helper()
	_, err := w.signIn(clientID, username, goodPassword)
	refused(w, err, "PasswordResetRequiredException", "Password reset required for the user")
	if _, err := w.ForgotPassword(w.ctx, &cognito.ForgotPasswordInput{ClientId: &clientID, Username: &username}); err != nil {
		w.Fatal(err)
	}
	_, err = w.ConfirmForgotPassword(w.ctx, &cognito.ConfirmForgotPasswordInput{
		ClientId: &clientID, Username: &username, Password: aws.String(goodPassword), ConfirmationCode: aws.String(w.code()),
	})
	if err != nil {
		w.Fatal(err)
	}
	w.mustSignIn(clientID, username, goodPassword)
}

func TestImportWithUsernameAttributes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.pool(emailPool)
	j, log := w.importFile(id, w.csv(id, nil,
		csvUser("ann", "cognito:username", "ann@example.com"),
		csvUser("ann", "cognito:username", "ann@example.com"),
		csvUser("bob"),
		csvUser("eve", "cognito:username", "other@example.com"),
	))
	want := "[SUCCEEDED] Line Number 2 - The import succeeded.\n[SKIPPED] Line Number 3 - The user already exists.\n" +
		"[FAILED] Line Number 4 - Username should be an email.\n[FAILED] Line Number 5 - The username and the attribute email must be the same.\n"
	if log != want || j.ImportedUsers != 1 {
		t.Errorf("log:\n%s", log)
	}
	if u := w.get(id, "ann@example.com"); *u.Username == "ann@example.com" {
		t.Error("the username is not the sub")
	}
}

func TestImportAliases(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.pool(aliasPool)
	_, log := w.importFile(id, w.csv(id, nil, csvUser("ann"), csvUser("bob", "email", "ann@example.com"), csvUser("eve")))
	want := "[SUCCEEDED] Line Number 2 - The import succeeded.\n[FAILED] Line Number 3 - An account with the email already exists.\n" +
		"[SUCCEEDED] Line Number 4 - The import succeeded.\n"
	if log != want {
		t.Errorf("log:\n%s", log)
	}
	if *w.get(id, "ann@example.com").Username != "ann" {
		t.Error("the alias is not ann's")
	}
}

func TestImportFailsAsAWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.pool(verifiedPool)
	good := w.csv(id, nil, csvUser("ann"))
	for name, test := range map[string]struct{ file, message string }{
		"BOM":            {"\ufeff" + good, "The header of the CSV file has the unknown column \"\\ufeffname\"."},
		"missing column": {strings.Replace(good, ",gender", "", 1), "The header of the CSV file lacks the column gender."},
		"twice":          {strings.Replace(good, ",gender", ",name", 1), "The header of the CSV file has the column \"name\" twice."},
		"unknown":        {strings.Replace(good, ",gender", ",sub", 1), "The header of the CSV file has the unknown column \"sub\"."},
		"empty":          {"", "The CSV file cannot be read."},
		"no rows":        {strings.SplitN(good, "\n", 2)[0], "The CSV file has no users."},
		"all bad":        {good + "x\n", "Too many users have failed or been skipped during the import."},
	} {
		file := test.file
		if name == "all bad" {
			file = strings.SplitN(good, "\n", 2)[0] + "\nx\n"
		}
		j, _ := w.importFile(id, file)
		if j.Status != types.UserImportJobStatusTypeFailed || *j.CompletionMessage != test.message || j.ImportedUsers != 0 {
			t.Errorf("%s: %s", name, wire(t, j))
		}
	}
}

func TestImportJobStates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.pool(verifiedPool)
	j := w.importJob(id, "")
	if j.Status != types.UserImportJobStatusTypeCreated || !strings.HasPrefix(*j.JobId, "import-") || len(*j.JobId) != 17 || j.StartDate != nil {
		t.Errorf("created %s", wire(t, j))
	}
	refused(t, w.start(id, j), "PreconditionNotMetException", "The import job cannot be started: no CSV file has been uploaded to its pre-signed URL.")
	stop := func(j *newops.UserImportJobType) error {
		_, err := w.StopUserImportJob(w.ctx, &cognito.StopUserImportJobInput{UserPoolId: &id, JobId: j.JobId})
		return err
	}
	refused(t, stop(j), "PreconditionNotMetException", "The import job cannot be stopped in the current state: Created.")
	w.put(j, strings.NewReader(w.csv(id, nil, csvUser("ann"))))
	if err := w.start(id, j); err != nil {
		t.Fatal(err)
	}
	if got := w.describeJob(id, j).Status; got != types.UserImportJobStatusTypePending {
		t.Errorf("status %s", got)
	}
	refused(t, w.start(id, j), "PreconditionNotMetException", "The import job cannot be started in the current state: Pending.")

	// While it runs the pool stays as it is, and no other job starts.
	const running = "A user import is in progress for user pool "
	_, err := w.DeleteUserPool(w.ctx, &cognito.DeleteUserPoolInput{UserPoolId: &id})
	refused(t, err, "UserImportInProgressException", running+id+".")
	update := &newops.UpdateUserPoolInput{}
	update.UserPoolId = &id
	_, err = w.UpdateUserPool(w.ctx, update)
	refused(t, err, "UserImportInProgressException", running+id+".")
	_, err = w.AddCustomAttributes(w.ctx, &cognito.AddCustomAttributesInput{UserPoolId: &id, CustomAttributes: []types.SchemaAttributeType{{Name: aws.String("x"), AttributeDataType: types.AttributeDataTypeString}}})
	refused(t, err, "UserImportInProgressException", running+id+".")
	other := w.pool(verifiedPool)
	second := w.importJob(other, "")
	w.put(second, strings.NewReader(w.csv(other, nil, csvUser("ann"))))
	refused(t, w.start(other, second), "PreconditionNotMetException", "Another import job is running. Only one import job can run at a time.")

	if err := stop(j); err != nil {
		t.Fatal(err)
	}
	if got := w.describeJob(id, j); got.Status != types.UserImportJobStatusTypeStopped || *got.CompletionMessage != "The user import job was stopped by the developer." {
		t.Errorf("stopped %s", wire(t, got))
	}
	if err := w.Import(w.ctx); err != nil {
		t.Fatal(err)
	}
	_, err = w.AdminGetUser(w.ctx, &cognito.AdminGetUserInput{UserPoolId: &id, Username: aws.String("ann")})
	refused(t, err, "UserNotFoundException", "User does not exist.")

	// What is not started within a day expires.
	w.clock.Advance(24 * time.Hour)
	for range 2 {
		if got := w.describeJob(other, second); got.Status != types.UserImportJobStatusTypeExpired || *got.CompletionMessage != "The user import job has expired." {
			t.Errorf("expired %s", wire(t, got))
		}
		refused(t, w.start(other, second), "PreconditionNotMetException", "The import job cannot be started in the current state: Expired.")
		if err := w.Purge(w.ctx); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.DeleteUserPool(w.ctx, &cognito.DeleteUserPoolInput{UserPoolId: &id}); err != nil {
		t.Fatal(err)
	}
}

func TestImportJobRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, unverified := w.pool(verifiedPool), w.pool(nil)
	create := func(change func(*newops.CreateUserImportJobInput)) error {
		in := &newops.CreateUserImportJobInput{}
		in.UserPoolId, in.JobName, in.CloudWatchLogsRoleArn = &id, aws.String("job"), aws.String(importRole)
		change(in)
		_, err := w.CreateUserImportJob(w.ctx, in)
		return err
	}
	wantError(t, create(func(in *newops.CreateUserImportJobInput) { in.UserPoolId = aws.String("us-east-1_nothing") }), "ResourceNotFoundException", "User pool us-east-1_nothing does not exist.")
	wantError(t, create(func(in *newops.CreateUserImportJobInput) {
		in.CloudWatchLogsRoleArn = aws.String("arn:aws:iam::999999999999:role/x")
	}), "InvalidParameterException", "...")
	wantError(t, create(func(in *newops.CreateUserImportJobInput) { in.PasswordHashingAlgorithm = "MD5" }), "InvalidParameterException", "MD5 is not a valid PasswordHashingAlgorithm.")
	j := w.importJob(unverified, "")
	w.put(j, strings.NewReader("x"))
	refused(t, w.start(unverified, j), "PreconditionNotMetException", "The import job cannot be started: the user pool has no auto-verified attributes.")
	// A job is one of its pool.
	_, err := w.DescribeUserImportJob(w.ctx, &cognito.DescribeUserImportJobInput{UserPoolId: &id, JobId: j.JobId})
	refused(t, err, "ResourceNotFoundException", "Import job "+*j.JobId+" does not exist.")
	_, err = w.StopUserImportJob(w.ctx, &cognito.StopUserImportJobInput{UserPoolId: &id, JobId: aws.String("import-none")})
	refused(t, err, "ResourceNotFoundException", "Import job import-none does not exist.")
	elsewhere := awswire.WithCall(context.Background(), &awswire.Call{Account: "210987654321", Region: "us-east-1"})
	_, err = w.ListUserImportJobs(elsewhere, &cognito.ListUserImportJobsInput{UserPoolId: &id, MaxResults: aws.Int32(1)})
	refused(t, err, "ResourceNotFoundException", "User pool "+id+" does not exist.")
}

func TestListImportJobs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.pool(verifiedPool)
	var want []string
	for range 5 {
		want = append(want, *w.importJob(id, "").JobId)
		w.clock.Advance(time.Millisecond)
	}
	slices.Reverse(want)
	var got []string
	var token *string
	for {
		out, err := w.ListUserImportJobs(w.ctx, &cognito.ListUserImportJobsInput{UserPoolId: &id, MaxResults: aws.Int32(2), PaginationToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range out.UserImportJobs {
			got = append(got, *j.JobId)
		}
		if token = out.PaginationToken; token == nil {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	_, err := w.ListUserImportJobs(w.ctx, &cognito.ListUserImportJobsInput{UserPoolId: &id, MaxResults: aws.Int32(2), PaginationToken: aws.String("x")})
	wantError(t, err, "InvalidParameterException", "...")
}

func TestImportUploadRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const most = 1 << 20
	w.Service = userpool.New(userpool.Config{Store: w.db, Clock: w.clock, MaxImportBytes: most})
	id := w.pool(verifiedPool)
	j, other := w.importJob(id, ""), w.importJob(id, "")
	do := func(method, url string, header bool) string {
		r := httptest.NewRequestWithContext(w.ctx, method, url, strings.NewReader("x"))
		if header {
			r.Header.Set("X-Amz-Server-Side-Encryption", "aws:kms")
		}
		rec := httptest.NewRecorder()
		w.ServeImport(rec, r, false)
		return fmt.Sprint(rec.Code, " ", rec.Body)
	}
	want := func(got, want string) {
		t.Helper()
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	url := *j.PreSignedUrl
	want(do("PUT", strings.Replace(url, *j.JobId, *other.JobId, 1), true), "Access Denied")
	want(do("PUT", url+"x", true), "403 ")
	want(do("PUT", strings.Split(url, "?")[0], true), "<Code>AccessDenied</Code>")
	want(do("PUT", url, false), "<Code>SignatureDoesNotMatch</Code>")
	want(do("POST", url, true), "405 ")
	want(do("GET", strings.Replace(url, "?", "/log?", 1), true), "Access Denied")
	if res := w.put(j, io.LimitReader(zeros{}, most+1)); res.StatusCode != http.StatusBadRequest {
		t.Errorf("too much: %s", res.Status)
	}
	if res := w.put(j, io.MultiReader(strings.NewReader(strings.Repeat("x", 200_000)), iotest.ErrReader(errors.New("gone")))); res.StatusCode != http.StatusBadRequest {
		t.Errorf("half: %s", res.Status)
	}
	refused(t, w.start(id, j), "PreconditionNotMetException", "The import job cannot be started: no CSV file has been uploaded to its pre-signed URL.")
	w.clock.Advance(15 * time.Minute)
	want(do("PUT", url, true), "Request has expired")
	w.clock.Advance(-15 * time.Minute)
	// The last of several uploads counts, and none does after the start.
	for _, name := range []string{"ann", "bob"} {
		if res := w.put(j, strings.NewReader(w.csv(id, nil, csvUser(name)))); res.StatusCode != http.StatusOK {
			t.Fatal(res.Status)
		}
	}
	if err := w.start(id, j); err != nil {
		t.Fatal(err)
	}
	want(do("PUT", url, true), "403 ")
	if err := w.Import(w.ctx); err != nil {
		t.Fatal(err)
	}
	w.get(id, "bob")
	if got := w.describeJob(id, j); got.ImportedUsers != 1 {
		t.Errorf("imported %d", got.ImportedUsers)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// A file with more rows than a batch is imported across several chunks, goes on
// after every interruption with the next row, and by several nodes at a time
// once.
func TestImportGoesOn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, cfg store.Config) {
		w := newWorldOn(t, cfg)
		id := w.pool(verifiedPool)
		const n = 1350
		var rows []map[string]string
		for i := range n {
			rows = append(rows, csvUser(fmt.Sprintf("user%04d", i), "address", strings.Repeat("é", 150)))
		}
		j := w.importJob(id, "")
		res := w.put(j, strings.NewReader(w.csv(id, nil, rows...)))
		if err := w.start(id, j); err != nil {
			t.Fatal(err)
		}
		nodes := []*userpool.Service{w.Service, userpool.New(userpool.Config{Store: w.db, Clock: w.clock})}
		for i := 0; w.describeJob(id, j).CompletionDate == nil; i++ {
			if i > 50 {
				t.Fatalf("no end: %s", wire(t, w.describeJob(id, j)))
			}
			// A context that ends after a few looks at it interrupts the work anywhere.
			if err := nodes[i%2].Import(&endingContext{Context: w.ctx, left: 40 + 7*i}); err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			w.clock.Advance(time.Minute)
		}
		got := w.describeJob(id, j)
		if got.Status != types.UserImportJobStatusTypeSucceeded || got.ImportedUsers != n || got.SkippedUsers+got.FailedUsers != 0 {
			t.Errorf("job %s", wire(t, got))
		}
		log := strings.Split(strings.TrimSpace(w.importLog(res.Header.Get(userpool.ImportLogHeader))), "\n")
		for i, line := range log {
			if line != fmt.Sprintf("[SUCCEEDED] Line Number %d - The import succeeded.", i+2) {
				t.Fatalf("line %d: %s", i, line)
			}
		}
		if len(log) != n {
			t.Errorf("%d lines", len(log))
		}
		w.get(id, "user0349")
		// The log is kept for 30 days.
		w.clock.Advance(31 * 24 * time.Hour)
		for range 2 {
			if err := w.Purge(w.ctx); err != nil {
				t.Fatal(err)
			}
		}
		if log := w.importLog(res.Header.Get(userpool.ImportLogHeader)); log != "" {
			t.Errorf("the log is kept: %.100s", log)
		}
	})
}

// endingContext is done after it has been asked a number of times.
type endingContext struct {
	context.Context
	left int
}

func (c *endingContext) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestImportStopsWithinTheFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.pool(verifiedPool)
	var file bytes.Buffer
	file.WriteString(w.csv(id, nil))
	row := strings.Split(w.csv(id, nil, csvUser("NAME")), "\n")[1]
	for i := range 1200 {
		file.WriteString(strings.ReplaceAll(row, "NAME", fmt.Sprint("user", i)) + "\n")
	}
	j := w.importJob(id, "")
	w.put(j, &file)
	if err := w.start(id, j); err != nil {
		t.Fatal(err)
	}
	for left := 10; w.describeJob(id, j).Status == types.UserImportJobStatusTypePending; left++ {
		if err := w.Import(&endingContext{Context: w.ctx, left: left}); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		w.clock.Advance(time.Minute)
	}
	out, err := w.StopUserImportJob(w.ctx, &cognito.StopUserImportJobInput{UserPoolId: &id, JobId: j.JobId})
	if err != nil || out.UserImportJob.Status != types.UserImportJobStatusTypeStopping {
		t.Fatalf("stop: %v %v", out, err)
	}
	if err := w.Import(w.ctx); err != nil {
		t.Fatal(err)
	}
	if got := w.describeJob(id, j); got.Status != types.UserImportJobStatusTypeStopped || got.ImportedUsers == 0 || got.ImportedUsers >= 1200 {
		t.Errorf("job %s", wire(t, got))
	}
}

func TestImportTooManyUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Service = userpool.New(userpool.Config{Store: w.db, Clock: w.clock, MaxImportUsers: 2})
	id := w.pool(verifiedPool)
	j, log := w.importFile(id, w.csv(id, nil, csvUser("a"), csvUser("b"), csvUser("c")))
	if j.Status != types.UserImportJobStatusTypeFailed || *j.CompletionMessage != "The CSV file has more than 2 users." || j.ImportedUsers != 2 {
		t.Errorf("job %s, log\n%s", wire(t, j), log)
	}
}
