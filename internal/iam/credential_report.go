package iam

// GenerateCredentialReport, GetCredentialReport

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

// reportLife is how long a report is good ("Getting credential reports for your
// account", IAM User Guide).
const reportLife = 4 * time.Hour

var reportHeader = []string{
	"user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed", "password_next_rotation", "mfa_active",
	"access_key_1_active", "access_key_1_last_rotated", "access_key_1_last_used_date", "access_key_1_last_used_region", "access_key_1_last_used_service",
	"access_key_2_active", "access_key_2_last_rotated", "access_key_2_last_used_date", "access_key_2_last_used_region", "access_key_2_last_used_service",
	"cert_1_active", "cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated",
}

// GenerateCredentialReport asks for a report; within its life the last one
// counts.
func (s *Service) GenerateCredentialReport(ctx context.Context, _ *iam.GenerateCredentialReportInput) (*iam.GenerateCredentialReportOutput, error) {
	out := &iam.GenerateCredentialReportOutput{}
	err := s.update(ctx, func(tx *store.Tx, account string) error {
		return changeSettings(tx, account, func(set *settings) error {
			if tx.Now().Sub(time.Unix(set.CredentialReport, 0)) < reportLife {
				out.State, out.Description = types.ReportStateTypeComplete, nil
				return nil
			}
			set.CredentialReport = tx.Now().Unix()
			out.State, out.Description = types.ReportStateTypeStarted, text("No report exists. Starting a new report generation task", nil)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// GetCredentialReport returns the report on the account's users and their
// credentials as CSV.
func (s *Service) GetCredentialReport(ctx context.Context, _ *iam.GetCredentialReportInput) (*iam.GetCredentialReportOutput, error) {
	if err := s.usage.flush(ctx); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	var generated time.Time
	err := s.view(ctx, func(tx *store.Tx, account string) error {
		set, _, err := loadSettings(tx, account)
		if err != nil {
			return err
		}
		generated = time.Unix(set.CredentialReport, 0).UTC()
		switch {
		case set.CredentialReport == 0:
			return &types.CredentialReportNotPresentException{}
		case tx.Now().Sub(generated) > reportLife:
			return &types.CredentialReportExpiredException{}
		}
		b.Reset()
		w := csv.NewWriter(&b)
		if err := w.Write(reportHeader); err != nil {
			return err
		}
		if err := writeReport(tx, account, set.PasswordPolicy, w); err != nil {
			return err
		}
		w.Flush()
		return w.Error()
	})
	if err != nil {
		return nil, err
	}
	return &iam.GetCredentialReportOutput{Content: b.Bytes(), GeneratedTime: &generated, ReportFormat: types.ReportFormatTypeTextCsv}, nil
}

func writeReport(tx *store.Tx, account string, policy *passwordPolicy, w *csv.Writer) error {
	root, err := rootUser(tx, account)
	if err != nil {
		return err
	}
	password := []string{"not_supported", "no_information", "not_supported", "not_supported"}
	if err := reportRow(tx, account, "", rootOwner(account), []string{"<root_account>", *root.Arn, reportTime(*root.CreateDate)}, password, w); err != nil {
		return err
	}
	for after := ""; ; {
		users, err := tx.ListIAMEntities(account, store.IAMUser, "/", after, maxPage)
		if err != nil {
			return err
		}
		for _, u := range users {
			password, err := reportPassword(tx, u, policy)
			if err != nil {
				return err
			}
			if err := reportRow(tx, account, u.ID, u.ID, []string{u.Name, u.ARN(), reportTime(u.Created)}, password, w); err != nil {
				return err
			}
		}
		if len(users) < maxPage {
			return nil
		}
		after = nameKey(users[len(users)-1])
	}
}

func reportTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05+00:00") }

// reportPassword is a user's columns about the password.
func reportPassword(tx *store.Tx, u store.IAMEntity, policy *passwordPolicy) ([]string, error) {
	l, err := loadLogin(tx, u)
	if err != nil || !l.exists {
		return []string{"false", "N/A", "N/A", "N/A"}, err
	}
	var body loginBody
	if err := json.Unmarshal([]byte(l.object.Body), &body); err != nil {
		return nil, err
	}
	changed := time.Unix(body.Changed, 0)
	used, next := "no_information", "N/A"
	if !u.LastUsed.IsZero() {
		used = reportTime(u.LastUsed)
	}
	if policy != nil && policy.MaxAge > 0 {
		next = reportTime(changed.AddDate(0, 0, int(policy.MaxAge)))
	}
	return []string{"true", used, reportTime(changed), next}, nil
}

func reportRow(tx *store.Tx, account, keysOf, objectsOf string, row, password []string, w *csv.Writer) error {
	row = append(row, password...)
	devices, err := tx.IAMObjectsOf(objectsOf, kindMFA, "", 1)
	if err != nil {
		return err
	}
	row = append(row, strconv.FormatBool(len(devices) > 0))
	keys, err := tx.IAMAccessKeys(account, keysOf)
	if err != nil {
		return err
	}
	for i := range 2 {
		if i >= len(keys) {
			row = append(row, "false", "N/A", "N/A", "N/A", "N/A")
			continue
		}
		k := keys[i]
		used := []string{"N/A", "N/A", "N/A"}
		if !k.LastUsed.IsZero() {
			used = []string{reportTime(k.LastUsed), k.LastUsedRegion, k.LastUsedService}
		}
		row = append(row, strconv.FormatBool(k.Active), reportTime(k.Created))
		row = append(row, used...)
	}
	certificates, err := tx.IAMObjectsOf(objectsOf, kindSigningCertificate, "", 2)
	if err != nil {
		return err
	}
	for i := range 2 {
		if i >= len(certificates) {
			row = append(row, "false", "N/A")
			continue
		}
		var body credentialBody
		if err := json.Unmarshal([]byte(certificates[i].Body), &body); err != nil {
			return err
		}
		row = append(row, strconv.FormatBool(body.Status == types.StatusTypeActive), reportTime(certificates[i].Created))
	}
	return w.Write(row)
}
