package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"

	"github.com/poolhouse-id/poolhouse/internal/store"
)

const (
	defaultRegion  = "us-east-1"
	defaultAccount = "123456789012"
	defaultListen  = "127.0.0.1:7665"
	// inMemory is the --data of a server that keeps nothing.
	inMemory = ":memory:"
)

// defaultDataDir follows the XDG base directory specification.
func defaultDataDir() string {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "poolhouse")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "poolhouse-data"
	}
	return filepath.Join(home, ".local", "share", "poolhouse")
}

// storeFlags say where the data is; serve and keys share them.
type storeFlags struct {
	Data      string `env:"POOLHOUSE_DATA" default:"${data}" placeholder:"DIR" help:"Data directory: the SQLite database and the master key (${default}). ':memory:' keeps nothing."`
	Database  string `env:"POOLHOUSE_DATABASE" placeholder:"URL" help:"PostgreSQL database (postgres://...) instead of SQLite; any number of nodes may share it."`
	MasterKey string `env:"POOLHOUSE_MASTER_KEY" placeholder:"KEY" help:"Master key that seals secrets: 32 bytes in base64 or hexadecimal, better given in the environment. Default: the file master.key in the data directory, made at the first start."`
}

func (f storeFlags) config() store.Config {
	cfg := store.Config{PostgresURL: f.Database, Dir: f.Data, MasterKey: f.MasterKey}
	if f.Data == inMemory {
		cfg.Dir = ""
	}
	return cfg
}

// logFlags choose the form of the log.
type logFlags struct {
	LogLevel  slog.Level `env:"POOLHOUSE_LOG_LEVEL" default:"INFO" help:"Least level that is logged: DEBUG (every call), INFO (refused calls), WARN, ERROR."`
	LogFormat string     `env:"POOLHOUSE_LOG_FORMAT" default:"text" enum:"text,json" help:"Form of the log lines: text or json."`
}

func (f logFlags) logger(w io.Writer) *slog.Logger {
	opts := &slog.HandlerOptions{Level: f.LogLevel}
	if f.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

var (
	regionForm  = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
	accountForm = regexp.MustCompile(`^[0-9]{12}$`)
)

func checkPlace(region, account string) error {
	if !regionForm.MatchString(region) {
		return fmt.Errorf("--region %q is not a region such as %s", region, defaultRegion)
	}
	if !accountForm.MatchString(account) {
		return fmt.Errorf("--account %q is not 12 digits", account)
	}
	return nil
}
