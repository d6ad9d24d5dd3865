package userpool

// Operations: CreateUserImportJob, DescribeUserImportJob, ListUserImportJobs,
// StartUserImportJob, StopUserImportJob.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/awswire/newops"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// A job is created, its CSV file is uploaded to its PreSignedUrl, and the job
// is started. From then on a worker of any node imports the file's rows, a
// batch in a transaction, in which it also notes how far it got: after a
// restart the job goes on where it was. (Developer Guide, "Importing users into
// user pools from a CSV file")
//
//	Created     -> Pending (StartUserImportJob), Expired (after a day)
//	Pending     -> InProgress (a worker has it), Stopped (StopUserImportJob)
//	InProgress  -> Succeeded, Failed, Stopping (StopUserImportJob)
//	Stopping    -> Stopped

// DefaultMaxImportUsers is AWS's quota "Maximum users per user import CSV file".
const DefaultMaxImportUsers = 500_000

// DefaultMaxImportBytes is AWS's quota "Maximum size of the user import CSV
// file".
const DefaultMaxImportBytes = 100 << 20

const (
	// importStartTime is how long a created job can be started.
	importStartTime = 24 * time.Hour
	// importLogTime is how long the log of a job that has ended is kept.
	importLogTime = 30 * 24 * time.Hour
	// importChunk is the size in bytes of the chunks in which files are stored.
	importChunk = 64 << 10
)

const (
	importMissing      = "Import job %s does not exist."
	importNotCreated   = "The import job cannot be started in the current state: %s."
	importNotRunning   = "The import job cannot be stopped in the current state: %s."
	importOther        = "Another import job is running. Only one import job can run at a time."
	importNoUpload     = "The import job cannot be started: no CSV file has been uploaded to its pre-signed URL."
	importNoVerified   = "The import job cannot be started: the user pool has no auto-verified attributes."
	importTooMany      = "User pool %s is limited to %d import jobs."
	importBadAlgorithm = "%s is not a valid PasswordHashingAlgorithm."
	importInProgress   = "A user import is in progress for user pool %s."

	importSucceeded = "Import Job Completed Successfully"
	importStopped   = "The user import job was stopped by the developer."
	importExpired   = "The user import job has expired."
	importAllBad    = "Too many users have failed or been skipped during the import."
)

func preconditionNotMet(format string, args ...any) error {
	return &types.PreconditionNotMetException{Message: text(format, args)}
}

// CreateUserImportJob makes a job, whose file is to be uploaded to PreSignedUrl
// within 15 minutes. Errors: InvalidParameterException for a role that is none
// of the account, LimitExceededException, ResourceNotFoundException.
func (s *Service) CreateUserImportJob(ctx context.Context, in *newops.CreateUserImportJobInput) (*newops.CreateUserImportJobOutput, error) {
	if a := in.PasswordHashingAlgorithm; a != "" && !slices.Contains(a.Values(), a) {
		return nil, invalidParameter(importBadAlgorithm, string(a))
	}
	j := &store.ImportJob{
		PoolID: aws.ToString(in.UserPoolId), Name: aws.ToString(in.JobName), RoleARN: aws.ToString(in.CloudWatchLogsRoleArn),
		Algorithm: string(in.PasswordHashingAlgorithm), Status: string(types.UserImportJobStatusTypeCreated), Chunk: importChunk,
	}
	err := s.update(ctx, func(tx *store.Tx) error {
		p, err := s.pool(ctx, tx, j.PoolID)
		if err != nil {
			return err
		}
		if err := p.checkRole(j.RoleARN); err != nil {
			return err
		}
		n, err := tx.CountImportJobs(p.ID)
		if err != nil {
			return err
		}
		if n >= int64(s.quotas[quotaImportJobs]) {
			return limitExceeded(importTooMany, p.ID, s.quotas[quotaImportJobs])
		}
		j.ID = "import-" + s.ids.Text(10, uppercase+lowercase+numbers)
		j.ClearAt = tx.Now().Add(importStartTime)
		return tx.InsertImportJob(j)
	})
	if err != nil {
		return nil, err
	}
	return &newops.CreateUserImportJobOutput{UserImportJob: s.importJobType(j)}, nil
}

// DescribeUserImportJob returns a job. Errors: ResourceNotFoundException.
func (s *Service) DescribeUserImportJob(ctx context.Context, in *cognito.DescribeUserImportJobInput) (*newops.DescribeUserImportJobOutput, error) {
	var j *store.ImportJob
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		_, j, err = s.importJob(ctx, tx, in.UserPoolId, in.JobId)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &newops.DescribeUserImportJobOutput{UserImportJob: s.importJobType(j)}, nil
}

// ListUserImportJobs lists the pool's jobs, the newest first. Errors:
// InvalidParameterException for a token of another list,
// ResourceNotFoundException.
func (s *Service) ListUserImportJobs(ctx context.Context, in *cognito.ListUserImportJobsInput) (*newops.ListUserImportJobsOutput, error) {
	want := page{"imports", in.UserPoolId, pageSize(in.MaxResults), in.PaginationToken}
	jobs, next, err := listOfPool(ctx, s, want, func(tx *store.Tx, poolID, after string, n int) ([]*store.ImportJob, error) {
		var created time.Time
		at, id, _ := strings.Cut(after, "/")
		if ms, err := strconv.ParseInt(at, 10, 64); err == nil {
			created = time.UnixMilli(ms)
		}
		return tx.ImportJobs(poolID, created, id, n)
	}, func(j *store.ImportJob) string { return fmt.Sprintf("%d/%s", j.Created.UnixMilli(), j.ID) })
	if err != nil {
		return nil, err
	}
	out := &newops.ListUserImportJobsOutput{UserImportJobs: []newops.UserImportJobType{}, PaginationToken: next}
	for _, j := range jobs {
		out.UserImportJobs = append(out.UserImportJobs, *s.importJobType(j))
	}
	return out, nil
}

// StartUserImportJob has a created job's file imported. Errors:
// PreconditionNotMetException while another job of the account and region
// runs, without an uploaded file, in a pool that verifies no attribute
// automatically, and for a job that was started before or has expired;
// ResourceNotFoundException.
func (s *Service) StartUserImportJob(ctx context.Context, in *cognito.StartUserImportJobInput) (*newops.StartUserImportJobOutput, error) {
	var j *store.ImportJob
	err := s.update(ctx, func(tx *store.Tx) (err error) {
		var p *pool
		if p, j, err = s.importJob(ctx, tx, in.UserPoolId, in.JobId); err != nil {
			return err
		}
		if err := mayStart(tx, p, j); err != nil {
			return err
		}
		j.Status, j.Started = string(types.UserImportJobStatusTypePending), tx.Now()
		j.Uploading, j.ClearAt = "", time.Time{}
		tx.OnCommit(s.imports.wake)
		return tx.UpdateImportJob(j)
	})
	if err != nil {
		return nil, err
	}
	return &newops.StartUserImportJobOutput{UserImportJob: s.importJobType(j)}, nil
}

func mayStart(tx *store.Tx, p *pool, j *store.ImportJob) error {
	if j.Status != string(types.UserImportJobStatusTypeCreated) {
		return preconditionNotMet(importNotCreated, j.Status)
	}
	if len(p.Doc.AutoVerifiedAttributes) == 0 {
		return preconditionNotMet(importNoVerified)
	}
	if j.Upload == "" {
		return preconditionNotMet(importNoUpload)
	}
	runs, err := tx.ImportRunsIn(p.Account, p.Region)
	if err != nil {
		return err
	}
	if runs {
		return preconditionNotMet(importOther)
	}
	return nil
}

// StopUserImportJob ends a job that runs; users that it has imported stay.
// Errors: PreconditionNotMetException for a job that does not run,
// ResourceNotFoundException.
func (s *Service) StopUserImportJob(ctx context.Context, in *cognito.StopUserImportJobInput) (*newops.StopUserImportJobOutput, error) {
	var j *store.ImportJob
	err := s.update(ctx, func(tx *store.Tx) (err error) {
		if _, j, err = s.importJob(ctx, tx, in.UserPoolId, in.JobId); err != nil {
			return err
		}
		switch types.UserImportJobStatusType(j.Status) {
		case types.UserImportJobStatusTypePending:
			endImport(tx, j, types.UserImportJobStatusTypeStopped, importStopped)
		case types.UserImportJobStatusTypeInProgress:
			j.Status = string(types.UserImportJobStatusTypeStopping)
			tx.OnCommit(s.imports.wake)
		default:
			return preconditionNotMet(importNotRunning, j.Status)
		}
		return tx.UpdateImportJob(j)
	})
	if err != nil {
		return nil, err
	}
	return &newops.StopUserImportJobOutput{UserImportJob: s.importJobType(j)}, nil
}

// endImport brings a job to a state in which it stays. Its file is then to be
// cleared away, and later its log.
func endImport(tx *store.Tx, j *store.ImportJob, status types.UserImportJobStatusType, message string) {
	j.Status, j.Message, j.Completed, j.ClearAt = string(status), message, tx.Now(), tx.Now()
	j.Worker, j.Lease, j.Upload, j.Uploading = "", time.Time{}, "", ""
}

// importJob returns a job of a pool of the caller's account and region. One
// that has expired shows that already before it is cleared away.
func (s *Service) importJob(ctx context.Context, tx *store.Tx, poolID, jobID *string) (*pool, *store.ImportJob, error) {
	p, err := s.pool(ctx, tx, aws.ToString(poolID))
	if err != nil {
		return nil, nil, err
	}
	j, err := tx.ImportJob(aws.ToString(jobID))
	if errors.Is(err, store.ErrNotFound) || err == nil && j.PoolID != p.ID {
		return nil, nil, notFound(importMissing, aws.ToString(jobID))
	}
	if err != nil {
		return nil, nil, err
	}
	expireImport(j, tx.Now())
	return p, j, nil
}

// expireImport ends a job that was not started in time.
func expireImport(j *store.ImportJob, now time.Time) {
	if j.Status == string(types.UserImportJobStatusTypeCreated) && !now.Before(j.Created.Add(importStartTime)) {
		j.Status, j.Message = string(types.UserImportJobStatusTypeExpired), importExpired
	}
}

func (s *Service) importJobType(j *store.ImportJob) *newops.UserImportJobType {
	now := s.clock.Now()
	shown := *j
	expireImport(&shown, now)
	t := &newops.UserImportJobType{PasswordHashingAlgorithm: newops.PasswordHashingAlgorithmType(j.Algorithm)}
	t.JobId, t.JobName, t.UserPoolId, t.CloudWatchLogsRoleArn = &shown.ID, &shown.Name, &shown.PoolID, &shown.RoleARN
	t.Status, t.CreationDate = types.UserImportJobStatusType(shown.Status), &shown.Created
	t.ImportedUsers, t.SkippedUsers, t.FailedUsers = shown.Imported, shown.Skipped, shown.Failed
	t.PreSignedUrl = aws.String(s.importUploadURL(j))
	if !j.Started.IsZero() {
		t.StartDate = &shown.Started
	}
	if !j.Completed.IsZero() {
		t.CompletionDate = &shown.Completed
	}
	if shown.Message != "" {
		t.CompletionMessage = &shown.Message
	}
	return t
}

// refuseDuringImport refuses changes of a pool whose users are being imported.
// Errors: UserImportInProgressException.
func refuseDuringImport(tx *store.Tx, poolID string) error {
	runs, err := tx.ImportRuns(poolID)
	if err != nil {
		return err
	}
	if runs {
		return &types.UserImportInProgressException{Message: text(importInProgress, []any{poolID})}
	}
	return nil
}
