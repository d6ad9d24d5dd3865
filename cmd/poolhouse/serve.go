package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/clock"
	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/identitypool"
	"github.com/poolhouse-id/poolhouse/internal/server"
)

type serveCommand struct {
	Listen    string `env:"POOLHOUSE_LISTEN" default:"${listen}" placeholder:"HOST:PORT" help:"Address to listen on (${default}). Other than on loopback, --auth=strict is required."`
	Auth      string `env:"POOLHOUSE_AUTH" default:"default" enum:"default,strict" help:"Who may call: 'strict' refuses access keys that this server did not issue; 'default', on loopback only, takes an unknown key (such as test/test) as root of the account, or of the account that a 12-digit key id names. Keys and sessions that this server issued are always verified and held to their policies."`
	Issuer    string `env:"POOLHOUSE_ISSUER" default:"own" enum:"own,aws" help:"Issuer of user pools' tokens: 'own' is <public URL>/<pool id>, where its keys are answered; 'aws' is https://cognito-idp.<region>.amazonaws.com/<pool id>, for verifiers that insist on it."`
	PublicURL string `env:"POOLHOUSE_PUBLIC_URL" placeholder:"URL" help:"URL at which clients reach the server (http://localhost:<port>)."`
	Region    string `env:"POOLHOUSE_REGION" default:"${region}" help:"Region of calls that name none (${default})."`
	Account   string `env:"POOLHOUSE_ACCOUNT" default:"${account}" help:"Account of calls that name none (${default})."`

	RootAccessKeyID     string `env:"POOLHOUSE_ROOT_ACCESS_KEY_ID" placeholder:"ID" help:"Access key id of the account's root. Default: one is made at the first start and printed once."`
	RootSecretAccessKey string `env:"POOLHOUSE_ROOT_SECRET_ACCESS_KEY" placeholder:"SECRET" help:"Secret of that key; give it in the environment."`

	SMTP string `env:"POOLHOUSE_SMTP" placeholder:"URL" help:"Mail server: smtp://user:password@host:587?from=no-reply@example.com (STARTTLS), smtps://... (TLS). Without it, messages go to the development inbox at /_poolhouse/inbox."`

	PropagationDelay time.Duration `env:"POOLHOUSE_PROPAGATION_DELAY" default:"0s" help:"How long an identity pool's roles cannot be assumed after they were set, to test for AWS's eventual consistency (${default})."`

	RateLimits    string             `env:"POOLHOUSE_RATE_LIMITS" default:"auto" enum:"auto,on,off" help:"Enforce AWS's request rates of user pools and identity pools, per account, region and category of operations: 'auto' is on with --auth=strict. Each node counts for itself."`
	IdentityRates map[string]float64 `env:"POOLHOUSE_IDENTITY_RATES" placeholder:"OPERATION=N" help:"Requests a second in the place of AWS's quotas of identity pools (GetId 25; GetOpenIdToken, GetCredentialsForIdentity and GetOpenIdTokenForDeveloperIdentity 200); several are separated by ';'."`
	Faults        []string           `env:"POOLHOUSE_FAULTS" placeholder:"RULE" help:"Make operations fail or slow, to test clients: OPERATION=throttle:P, OPERATION=error:P or OPERATION=slow:P:TIME, with a probability P from 0 to 1; '*' is every operation."`
	FaultsSeed    uint64             `env:"POOLHOUSE_FAULTS_SEED" help:"Seed that decides which calls --faults hits."`

	GoogleIssuer string `env:"POOLHOUSE_GOOGLE_ISSUER" placeholder:"URL" help:"Stands in for https://accounts.google.com in identity pools, for tests without a network."`
	AppleIssuer  string `env:"POOLHOUSE_APPLE_ISSUER" placeholder:"URL" help:"Stands in for https://appleid.apple.com."`
	FacebookAPI  string `env:"POOLHOUSE_FACEBOOK_API" placeholder:"URL" help:"Stands in for https://graph.facebook.com."`
	AmazonAPI    string `env:"POOLHOUSE_AMAZON_API" placeholder:"URL" help:"Stands in for https://api.amazon.com."`
	TwitterAPI   string `env:"POOLHOUSE_TWITTER_API" placeholder:"URL" help:"Stands in for https://api.twitter.com."`

	TrustProxy bool `env:"POOLHOUSE_TRUST_PROXY" help:"Take the client's address and scheme from X-Forwarded-For and X-Forwarded-Proto, as set by a reverse proxy in front."`

	functionFlags
	iamFlags
	userPoolFlags
	storeFlags
	logFlags
}

// shutdownGrace is how long open requests may take after a signal to stop.
const shutdownGrace = 20 * time.Second

// Run serves until the context ends.
func (c *serveCommand) Run(ctx context.Context, s streams) error {
	if err := c.check(); err != nil {
		return err
	}
	log := c.logger(s.err)
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return listenError(c.Listen, err)
	}
	defer listener.Close()
	cfg, err := c.serverConfig(log, listener.Addr())
	if err != nil {
		return err
	}
	srv, err := server.New(ctx, cfg)
	if err != nil {
		return err
	}
	defer srv.Close()
	c.welcome(s, srv, cfg, listener.Addr())
	if !cfg.Development && cfg.SMTP == nil {
		log.Warn("no mail server: codes for users are kept where nobody can read them; set --smtp")
	}
	return serveHTTP(ctx, listener, srv, log)
}

func (c *serveCommand) check() error {
	if err := checkPlace(c.Region, c.Account); err != nil {
		return err
	}
	if (c.RootAccessKeyID == "") != (c.RootSecretAccessKey == "") {
		return errors.New("the root access key needs both its id and its secret")
	}
	if c.Auth != "strict" && !loopback(c.Listen) {
		return fmt.Errorf("listening on %s needs --auth=strict: the default mode lets anybody who reaches the port act as root", c.Listen)
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
			return fmt.Errorf("--public-url %q is not an http or https URL", c.PublicURL)
		}
	}
	return nil
}

// loopback tells whether the address only reaches this machine.
func loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func (c *serveCommand) serverConfig(log *slog.Logger, addr net.Addr) (server.Config, error) {
	cfg := server.Config{
		Store: c.config(), Account: c.Account, Region: c.Region,
		PublicURL: strings.TrimSuffix(c.PublicURL, "/"), AWSIssuer: c.Issuer == "aws",
		Strict: c.Auth == "strict", Development: c.Auth != "strict", TrustProxy: c.TrustProxy, PropagationDelay: c.PropagationDelay,
		RootAccessKeyID: c.RootAccessKeyID, RootSecretAccessKey: c.RootSecretAccessKey,
		PublicProviders: identitypool.Endpoints{Google: c.GoogleIssuer, Apple: c.AppleIssuer, Facebook: c.FacebookAPI, Amazon: c.AmazonAPI, Twitter: c.TwitterAPI},
		Log:             log, Version: buildVersion(),
	}
	if cfg.PublicURL == "" {
		_, port, err := net.SplitHostPort(addr.String())
		if err != nil {
			return cfg, err
		}
		cfg.PublicURL = "http://localhost:" + port
	}
	if cfg.Development {
		cfg.Clock = &clock.Adjustable{}
	}
	cfg.RateLimits = c.RateLimits == "on" || c.RateLimits == "auto" && cfg.Strict
	if err := identitypool.CheckRates(c.IdentityRates); err != nil {
		return cfg, fmt.Errorf("--identity-rates: %w", err)
	}
	cfg.IdentityRates = c.IdentityRates
	cfg.FaultSeed = c.FaultsSeed
	for _, rule := range c.Faults {
		fault, err := server.ParseFault(rule)
		if err != nil {
			return cfg, fmt.Errorf("--faults: %w", err)
		}
		cfg.Faults = append(cfg.Faults, fault)
	}
	if err := c.iamFlags.apply(&cfg); err != nil {
		return cfg, err
	}
	if err := c.functionFlags.apply(&cfg); err != nil {
		return cfg, err
	}
	if err := c.userPoolFlags.apply(&cfg); err != nil {
		return cfg, err
	}
	if c.SMTP != "" {
		smtp, err := deliver.ParseSMTP(c.SMTP)
		if err != nil {
			return cfg, fmt.Errorf("--smtp: %w", err)
		}
		cfg.SMTP = smtp
	}
	return cfg, nil
}

// welcome says where the server is, and prints a new root key, which is shown
// this once.
func (c *serveCommand) welcome(s streams, srv *server.Server, cfg server.Config, addr net.Addr) {
	where := c.Data
	if c.Database != "" {
		where = "PostgreSQL"
	}
	fmt.Fprintf(s.out, "Poolhouse %s listens on http://%s (data: %s, account %s, region %s).\n", cfg.Version, addr, where, c.Account, c.Region)
	if id, secret, made := srv.NewRootKey(); made {
		fmt.Fprintf(s.out, "Root access key of account %s, shown only now:\n  AWS_ACCESS_KEY_ID=%s\n  AWS_SECRET_ACCESS_KEY=%s\n", c.Account, id, secret)
	}
	if cfg.Development {
		fmt.Fprintf(s.out, "Point an AWS SDK or the aws CLI at it:\n  AWS_ENDPOINT_URL=%s AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\n", cfg.PublicURL)
	}
}

func serveHTTP(ctx context.Context, l net.Listener, handler http.Handler, log *slog.Logger) error {
	h := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.Info("stopping")
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	return h.Shutdown(grace)
}

func listenError(listen string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s is in use: another poolhouse may be running; choose another port with --listen", listen)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("no permission to listen on %s; ports below 1024 need privileges", listen)
	}
	return fmt.Errorf("listen on %s: %w", listen, err)
}
