package pooltest

import (
	"fmt"
	"log/slog"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/poolhouse-id/poolhouse/internal/ids"
	"github.com/poolhouse-id/poolhouse/internal/server"
	"github.com/poolhouse-id/poolhouse/internal/store"
)

// The place of a server that is given no other.
const (
	DefaultRegion  = "us-east-1"
	DefaultAccount = "123456789012"
)

// sharedMasterKey seals the secrets of tests' PostgreSQL databases. It is in
// the source so that any server of any test can open such a database; it
// protects nothing.
const sharedMasterKey = "cG9vbHRlc3QgcHJvdGVjdHMgbm90aGluZy4gSW5zZWM="

type options struct {
	region, account string
	strict          bool
	awsIssuer       bool
	dir, postgres   string
	propagation     time.Duration
	faults          []Fault
	faultSeed       uint64
	public          server.PublicProviders
	log             *slog.Logger
	handlers        handlers
	functionsFile   string
}

// Option changes how a server starts.
type Option func(*options)

// Region sets the server's region instead of us-east-1. Signed calls may name
// any other region all the same.
func Region(name string) Option { return func(o *options) { o.region = name } }

// Account sets the server's account, 12 digits, instead of 123456789012.
func Account(id string) Option { return func(o *options) { o.account = id } }

// Strict refuses access keys that the server did not issue, as in production.
// Config has the root key then. Without it, any unknown key is root.
func Strict() Option { return func(o *options) { o.strict = true } }

// AWSIssuer gives tokens AWS's issuer,
// https://cognito-idp.<region>.amazonaws.com/<pool id>, for verifiers that
// insist on it. The key set is below [Server.URL] all the same.
func AWSIssuer() Option { return func(o *options) { o.awsIssuer = true } }

// DataDir keeps the data in this directory, so that another server can go on
// with it after Close. Without it the data is in a temporary directory.
func DataDir(dir string) Option { return func(o *options) { o.dir = dir } }

// PostgreSQL keeps the data in the database that the URL (postgres://...)
// names. Several servers may share it, as the nodes of one installation. Its
// secrets are sealed with a key that is public unless DataDir names a
// directory with a master key.
func PostgreSQL(url string) Option { return func(o *options) { o.postgres = url } }

// PropagationDelay is how long the roles of an identity pool cannot be assumed
// after they were set: AWS needs some seconds, a server without this option
// none. Until then GetCredentialsForIdentity answers
// InvalidIdentityPoolConfigurationException. The time passes with the server's
// clock, and [Server.SetPropagationDelay] changes the delay between calls.
func PropagationDelay(d time.Duration) Option { return func(o *options) { o.propagation = d } }

// PublicProviders are other places of the public identity providers than their
// own, where a test stands in for them. Members that are empty stay.
type PublicProviders struct {
	// Google and Apple are issuers, URLs without a final slash: their discovery
	// documents are below them and their tokens name them in the claim iss.
	// http is accepted on loopback addresses.
	Google, Apple string
	// Facebook, Amazon and Twitter are URLs without a final slash below which an
	// API tells whose an access token is, as https://graph.facebook.com does with
	// /app and /me, https://api.amazon.com with /auth/o2/tokeninfo and
	// https://api.twitter.com with /1.1/account/verify_credentials.json.
	Facebook, Amazon, Twitter string
}

// StandIns puts stand-ins in the place of public identity providers.
func StandIns(p PublicProviders) Option {
	return func(o *options) { o.public = server.PublicProviders(p) }
}

// Log takes the server's log: at level DEBUG a line for each call, at INFO one
// for each refused call. Without it [New] drops the log.
func Log(l *slog.Logger) Option { return func(o *options) { o.log = l } }

func newOptions(opts []Option) *options {
	o := &options{region: DefaultRegion, account: DefaultAccount, log: slog.New(slog.DiscardHandler)}
	for _, opt := range opts {
		opt(o)
	}
	return o
}

var (
	regionForm  = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
	accountForm = regexp.MustCompile(`^[0-9]{12}$`)
)

func (o *options) check() error {
	if !regionForm.MatchString(o.region) {
		return fmt.Errorf("%q is not a region such as %s", o.region, DefaultRegion)
	}
	if !accountForm.MatchString(o.account) {
		return fmt.Errorf("the account %q is not 12 digits", o.account)
	}
	return checkFaults(o.faults)
}

// keys are the credentials of Config.
func (o *options) keys() aws.Credentials {
	if !o.strict {
		return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}
	}
	random := ids.Source{}
	return aws.Credentials{AccessKeyID: random.AccessKeyID("AKIA", o.account), SecretAccessKey: random.SecretAccessKey()}
}

func (o *options) config(s *Server) (server.Config, error) {
	cfg := server.Config{
		Store:   store.Config{Dir: o.dir, PostgresURL: o.postgres},
		Account: o.account, Region: o.region, PublicURL: s.URL,
		AWSIssuer: o.awsIssuer, Strict: o.strict, Development: true,
		PropagationDelay: o.propagation, Faults: rulesOf(o.faults), FaultSeed: o.faultSeed, PublicProviders: o.public, Clock: s.clock, Log: o.log, Version: "pooltest",
	}
	if o.postgres != "" && o.dir == "" {
		cfg.Store.MasterKey = sharedMasterKey
	}
	if o.strict {
		cfg.RootAccessKeyID, cfg.RootSecretAccessKey = s.keys.AccessKeyID, s.keys.SecretAccessKey
	}
	if o.handlers != nil {
		cfg.Invoker = o.handlers
	}
	var err error
	cfg.Functions, err = o.readFunctions()
	return cfg, err
}
