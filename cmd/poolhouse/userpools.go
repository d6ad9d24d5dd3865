package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/poolhouse-id/poolhouse/internal/compromised"
	"github.com/poolhouse-id/poolhouse/internal/logexport"
	"github.com/poolhouse-id/poolhouse/internal/server"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

// userPoolFlags say what user pools may do and where their logs go.
type userPoolFlags struct {
	Quotas map[string]int `name:"quota" env:"POOLHOUSE_QUOTA" placeholder:"NAME=N" help:"Quotas of user pools in the place of AWS's, several separated by ';': user-pools and custom-domains of an account in a region (1000, 4), groups-per-user (100), linked-identities of a user (5), and of a pool app-clients (1000), identity-providers (300), resource-servers (25), groups (10000), branding-styles (20), import-jobs (1000), replicas (1)."`

	MaxImportUsers int   `env:"POOLHOUSE_MAX_IMPORT_USERS" default:"500000" placeholder:"N" help:"How many users the file of a user import job may have (${default}, AWS's quota)."`
	MaxImportBytes int64 `env:"POOLHOUSE_MAX_IMPORT_BYTES" default:"104857600" placeholder:"N" help:"How large in bytes the file of a user import job may be (${default}, AWS's quota)."`

	CompromisedPasswords string `env:"POOLHOUSE_COMPROMISED_PASSWORDS" placeholder:"FILE" help:"List of publicly known passwords that user pools with threat protection look for: lines of SHA-1:count sorted by hash, as 'Have I Been Pwned' offers it. It is searched on the disk."`

	LogExport    string `env:"POOLHOUSE_LOG_EXPORT" placeholder:"WHERE" help:"Where the logs go that user pools export (SetLogDeliveryConfiguration): 'file:DIR', the URL of a webhook, or 'off'. Default: the directory 'export' of the data directory."`
	LogsEndpoint string `env:"POOLHOUSE_LOGS_ENDPOINT" placeholder:"URL" help:"CloudWatch Logs API that takes the logs for log groups instead: a URL, or 'aws'. Calls are signed with the credentials of the machine's AWS configuration."`
}

// apply adds what the flags say to the server's configuration.
func (f userPoolFlags) apply(cfg *server.Config) error {
	if f.MaxImportUsers <= 0 || f.MaxImportBytes <= 0 {
		return errors.New("--max-import-users and --max-import-bytes must be greater than 0")
	}
	if err := userpool.CheckQuotas(f.Quotas); err != nil {
		return fmt.Errorf("--quota: %w", err)
	}
	cfg.Quotas = f.Quotas
	cfg.MaxImportUsers, cfg.MaxImportBytes = f.MaxImportUsers, f.MaxImportBytes
	if err := checkEndpoint(f.LogsEndpoint); err != nil {
		return fmt.Errorf("--logs-endpoint: %w", err)
	}
	cfg.LogsEndpoint = f.LogsEndpoint
	if f.CompromisedPasswords != "" {
		list, err := compromised.Open(f.CompromisedPasswords)
		if err != nil {
			return fmt.Errorf("--compromised-passwords: %w", err)
		}
		cfg.Passwords = list
	}
	dir, isFile := strings.CutPrefix(f.LogExport, "file:")
	switch {
	case f.LogExport == "off" || f.LogExport == "" && cfg.Store.Dir == "":
	case f.LogExport == "":
		cfg.LogExport = logexport.NewFile(filepath.Join(cfg.Store.Dir, "export"))
	case isFile && dir != "":
		cfg.LogExport = logexport.NewFile(dir)
	default:
		webhook, err := logexport.NewWebhook(f.LogExport)
		if err != nil {
			return errors.New("--log-export is neither file:DIR nor an http or https URL nor off")
		}
		cfg.LogExport = webhook
	}
	return nil
}
