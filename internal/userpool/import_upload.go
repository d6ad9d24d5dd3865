package userpool

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// ImportPath is the path below which files are uploaded and logs are read:
//
//	PUT <ImportPath><job id>?token=...      the job's CSV file
//	GET <ImportPath><job id>/log?token=...  what became of each row
//
// The first is a job's PreSignedUrl. As with Amazon S3, whose place it takes,
// the request needs the header x-amz-server-side-encryption: aws:kms. The
// answer's header X-Poolhouse-Import-Log is the second.
const ImportPath = "/_poolhouse/import/"

// ImportLogHeader is the header of the answer to an upload that says where the
// job's log is read.
const ImportLogHeader = "X-Poolhouse-Import-Log"

const (
	importUploadTime = 15 * time.Minute
	// maxUpload is how long the body of an upload may take.
	maxUpload = 15 * time.Minute

	purposeImportUpload = "userpool import upload"
	purposeImportLog    = "userpool import log"
	encryptionHeader    = "X-Amz-Server-Side-Encryption"
)

// importToken is what a URL's token holds. A log's does not expire: the log
// does.
type importToken struct {
	Job     string `json:"j"`
	Expires int64  `json:"e,omitempty"`
}

func (s *Service) importUploadURL(j *store.ImportJob) string {
	return s.importURL(j.ID, purposeImportUpload, importToken{j.ID, j.Created.Add(importUploadTime).UnixMilli()})
}

func (s *Service) importLogURL(jobID string) string {
	return s.importURL(jobID+"/log", purposeImportLog, importToken{Job: jobID})
}

func (s *Service) importURL(path, purpose string, t importToken) string {
	b, err := json.Marshal(t)
	if err != nil {
		return ""
	}
	return s.publicURL + ImportPath + path + "?token=" + url.QueryEscape(s.store.SealToken(purpose, b))
}

// uploadError is an error of Amazon S3, in its form.
type uploadError struct {
	XMLName xml.Name `xml:"Error"`
	Code    string
	Message string
	status  int
}

func (e *uploadError) Error() string { return e.Code + ": " + e.Message }

var (
	errNoAccess       = &uploadError{Code: "AccessDenied", Message: "Access Denied", status: http.StatusForbidden}
	errURLExpired     = &uploadError{Code: "AccessDenied", Message: "Request has expired", status: http.StatusForbidden}
	errNoEncryption   = &uploadError{Code: "SignatureDoesNotMatch", Message: "The request signature we calculated does not match the signature you provided. Check your key and signing method.", status: http.StatusForbidden}
	errTooLarge       = &uploadError{Code: "EntityTooLarge", Message: "Your proposed upload exceeds the maximum allowed size", status: http.StatusBadRequest}
	errIncomplete     = &uploadError{Code: "IncompleteBody", Message: "You did not provide the number of bytes specified by the Content-Length HTTP header", status: http.StatusBadRequest}
	errOtherUpload    = &uploadError{Code: "OperationAborted", Message: "A conflicting conditional operation is currently in progress against this resource. Please try again.", status: http.StatusConflict}
	errNoLog          = &uploadError{Code: "NoSuchKey", Message: "The specified key does not exist.", status: http.StatusNotFound}
	errMethod         = &uploadError{Code: "MethodNotAllowed", Message: "The specified method is not allowed against this resource.", status: http.StatusMethodNotAllowed}
	errUploadInternal = &uploadError{Code: "InternalError", Message: "We encountered an internal error. Please try again.", status: http.StatusInternalServerError}
)

// ServeImport answers requests below ImportPath. anyLog has it answer with logs
// also without a token, for developers.
func (s *Service) ServeImport(w http.ResponseWriter, r *http.Request, anyLog bool) {
	jobID, isLog := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, ImportPath), "/log")
	var err error
	switch {
	case isLog && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		err = s.serveImportLog(w, r, jobID, anyLog)
	case !isLog && r.Method == http.MethodPut:
		err = s.serveUpload(w, r, jobID)
	default:
		err = errMethod
	}
	if err == nil {
		return
	}
	var answer *uploadError
	if !errors.As(err, &answer) {
		if r.Context().Err() == nil {
			s.log.ErrorContext(r.Context(), "user import", "job", jobID, "error", err)
		}
		answer = errUploadInternal
	}
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(answer.status)
	b, _ := xml.Marshal(answer)
	io.WriteString(w, xml.Header+string(b)) //nolint:errcheck // the client went away
}

// checkImportToken tells whether the request's token is one for the job.
func (s *Service) checkImportToken(r *http.Request, purpose, jobID string) error {
	var t importToken
	b, err := s.store.OpenToken(purpose, r.URL.Query().Get("token"))
	if err != nil || json.Unmarshal(b, &t) != nil || t.Job != jobID {
		return errNoAccess
	}
	if t.Expires != 0 && s.clock.Now().UnixMilli() >= t.Expires {
		return errURLExpired
	}
	return nil
}

func (s *Service) serveUpload(w http.ResponseWriter, r *http.Request, jobID string) error {
	if err := s.checkImportToken(r, purposeImportUpload, jobID); err != nil {
		return err
	}
	if r.Header.Get(encryptionHeader) != "aws:kms" {
		return errNoEncryption
	}
	if r.ContentLength > s.imports.bytes {
		return errTooLarge
	}
	ctl := http.NewResponseController(w)
	// Other requests are small: they get less time. Connections go by the
	// machine's clock.
	now := clock.System{}.Now()
	_ = ctl.SetReadDeadline(now.Add(maxUpload))
	_ = ctl.SetWriteDeadline(now.Add(maxUpload + time.Minute))
	if err := s.upload(r.Context(), jobID, r.Body); err != nil {
		return err
	}
	w.Header().Set(encryptionHeader, "aws:kms")
	w.Header().Set("ETag", fmt.Sprintf("%q", s.ids.Text(32, "0123456789abcdef")))
	w.Header().Set(ImportLogHeader, s.importLogURL(jobID))
	w.WriteHeader(http.StatusOK)
	return nil
}

// upload stores a file for a created job, in the place of one that was uploaded
// before. Of two uploads at a time the later one wins.
func (s *Service) upload(ctx context.Context, jobID string, body io.Reader) error {
	id := s.ids.UUID()
	if err := s.beginUpload(ctx, jobID, id); err != nil {
		return err
	}
	size, err := s.storeChunks(ctx, jobID, id, body)
	if err == nil {
		err = s.store.Update(ctx, func(tx *store.Tx) error {
			j, err := uploading(tx, jobID, id)
			if err != nil {
				return err
			}
			j.Upload, j.Uploading, j.Size, j.Chunk = id, "", size, importChunk
			return tx.UpdateImportJob(j)
		})
	}
	// What is of no use goes, also when the client has gone away.
	return errors.Join(err, s.clearUploads(context.WithoutCancel(ctx), jobID, id, err != nil))
}

func (s *Service) beginUpload(ctx context.Context, jobID, id string) error {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		j, err := tx.ImportJob(jobID)
		if errors.Is(err, store.ErrNotFound) {
			return errNoAccess
		}
		if err != nil {
			return err
		}
		if j.Status != string(types.UserImportJobStatusTypeCreated) {
			return errNoAccess
		}
		j.Uploading = id
		return tx.UpdateImportJob(j)
	})
	if err != nil {
		return err
	}
	return s.clearUploads(ctx, jobID, "", false)
}

// uploading returns the job, which must still be waiting for the upload.
func uploading(tx *store.Tx, jobID, id string) (*store.ImportJob, error) {
	j, err := tx.ImportJob(jobID)
	if errors.Is(err, store.ErrNotFound) || err == nil && (j.Uploading != id || j.Status != string(types.UserImportJobStatusTypeCreated)) {
		return nil, errOtherUpload
	}
	return j, err
}

// storeChunks stores a file as it comes in, and returns its size.
func (s *Service) storeChunks(ctx context.Context, jobID, id string, body io.Reader) (size int64, err error) {
	chunk := make([]byte, importChunk)
	for seq := int64(0); ; seq++ {
		n, err := io.ReadFull(body, chunk)
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return 0, errIncomplete
		}
		if size += int64(n); size > s.imports.bytes {
			return 0, errTooLarge
		}
		if n > 0 {
			err := s.store.Update(ctx, func(tx *store.Tx) error {
				if _, err := uploading(tx, jobID, id); err != nil {
					return err
				}
				return tx.InsertImportChunk(jobID, id, seq, chunk[:n])
			})
			if err != nil {
				return 0, err
			}
		}
		if last {
			return size, nil
		}
	}
}

// clearUploads deletes files of the job that are neither complete nor coming
// in. A failed upload is not coming in any more.
func (s *Service) clearUploads(ctx context.Context, jobID, id string, failed bool) error {
	for more := true; more; {
		err := s.store.Update(ctx, func(tx *store.Tx) error {
			j, err := tx.ImportJob(jobID)
			if err != nil {
				more = false
				return nil //nolint:nilerr // a job that is gone has been cleared away
			}
			if failed && j.Uploading == id {
				j.Uploading = ""
				if err := tx.UpdateImportJob(j); err != nil {
					return err
				}
			}
			n, err := tx.DeleteImportChunks(jobID, j.Upload, j.Uploading, purgeBatch)
			more = n > 0
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// importLogPage is how many blocks of a log are read at a time.
const importLogPage = 20

func (s *Service) serveImportLog(w http.ResponseWriter, r *http.Request, jobID string, any bool) error {
	if !any {
		if err := s.checkImportToken(r, purposeImportLog, jobID); err != nil {
			return err
		}
	}
	for after, begun := int64(0), false; ; begun = true {
		var blocks []store.ImportLogBlock
		err := s.store.View(r.Context(), func(tx *store.Tx) (err error) {
			if !begun {
				if _, err := tx.ImportJob(jobID); errors.Is(err, store.ErrNotFound) {
					return errNoLog
				} else if err != nil {
					return err
				}
			}
			blocks, err = tx.ImportLog(jobID, after, importLogPage)
			return err
		})
		if err != nil && begun {
			// The answer has begun: an abort is the only way to say it.
			panic(http.ErrAbortHandler)
		}
		if err != nil {
			return err
		}
		if !begun {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("Cache-Control", "no-store")
		}
		for _, b := range blocks {
			after = b.Line
			if _, err := io.WriteString(w, b.Body); err != nil {
				return nil //nolint:nilerr // the client went away
			}
		}
		if len(blocks) < importLogPage {
			return nil
		}
	}
}
