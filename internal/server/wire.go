package server

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/poolhouse-id/poolhouse/internal/awswire"
	"github.com/poolhouse-id/poolhouse/internal/deliver"
	"github.com/poolhouse-id/poolhouse/internal/iam"
	"github.com/poolhouse-id/poolhouse/internal/identitypool"
	"github.com/poolhouse-id/poolhouse/internal/logexport"
	"github.com/poolhouse-id/poolhouse/internal/oidc"
	"github.com/poolhouse-id/poolhouse/internal/store"
	"github.com/poolhouse-id/poolhouse/internal/sts"
	"github.com/poolhouse-id/poolhouse/internal/token"
	"github.com/poolhouse-id/poolhouse/internal/trigger/functions"
	"github.com/poolhouse-id/poolhouse/internal/userpool"
)

// services is everything behind the HTTP entry, and its background work.
type services struct {
	iam           *iam.Service
	sts           *sts.Service
	userPools     *userpool.Service
	identityPools *identitypool.Service
	keys          *token.Keys
	deliver       *deliver.Deliverer
	logs          *logexport.Queue
	functions     *functions.Host
	credentials   keyFinder

	stop    context.CancelFunc
	workers sync.WaitGroup
}

// wire makes the services and gives each what it needs of the others.
func (s *Server) wire() (*services, error) {
	v := &services{}
	var err error
	v.keys = token.New(token.Config{Store: s.store, Clock: s.clock})
	if v.iam, err = iam.New(iam.Config{Store: s.store, Log: s.log, OwnIssuer: s.ownIssuer, TokenIssuer: s.accountIssuer, Notify: v.publish, ManagedPolicies: s.cfg.ManagedPolicies, ManagementAccount: s.account, Quotas: s.cfg.IAMQuotas}); err != nil {
		v.keys.Close()
		return nil, err
	}
	mail := deliver.Config{Store: s.store, InboxURL: s.publicURL + "/_poolhouse/inbox", Log: s.log}
	if s.cfg.SMTP != nil {
		mail.Email = s.cfg.SMTP
	}
	mail.Failed = func(tx *store.Tx, m *store.Message) error { return v.userPools.NotificationFailed(tx, m) }
	triggers, sender, err := s.wireFunctions(v)
	if err == nil {
		mail.SMS, err = s.sms()
	}
	if err == nil {
		mail.Topic, err = s.topics()
	}
	if err == nil {
		v.logs, err = s.logExport()
	}
	if err != nil {
		return nil, errors.Join(err, v.closeEarly())
	}
	mail.Function = sender
	v.deliver = deliver.New(mail)
	v.userPools = userpool.New(userpool.Config{
		Store: s.store, Clock: s.clock, IDs: s.ids, Keys: v.keys, Issuer: s.issuer, UpdatedIssuer: s.updatedIssuer, Deliver: v.deliver, Logs: v.logs, Passwords: s.cfg.Passwords, Triggers: triggers, Log: s.log,
		Roles:          poolRoles{s, v.iam},
		Quotas:         s.cfg.Quotas,
		RateLimits:     s.cfg.RateLimits,
		MaxImportUsers: s.cfg.MaxImportUsers, MaxImportBytes: s.cfg.MaxImportBytes,
		RelyingPartyID: s.relyingPartyID,
		PublicURL:      s.publicURL,
		DomainHost:     s.domainHost(),
	})
	foreign := oidc.New(nil, s.clock)
	public := identitypool.NewPublic(foreign, nil, s.clock, s.cfg.PublicProviders)
	v.sts = sts.New(sts.Config{
		Store: s.store, IAM: v.iam, Tokens: webIdentities{s, v, foreign}, AccessTokens: accessTokens{public}, Signer: v.keys, Clock: s.clock, IDs: s.ids, Log: s.log,
	})
	v.identityPools = identitypool.New(identitypool.Config{
		Store: s.store, Clock: s.clock, IDs: s.ids, Keys: v.keys,
		UserPools: poolTokens{s, v.userPools, v.keys}, Roles: identityRoles{v.sts}, OIDC: v.iam, Tokens: foreign, SAML: samlProviders{v.iam},
		Public:      public,
		DocumentURL: s.publicURL + "/" + identityIssuerPath, PropagationDelay: s.cfg.PropagationDelay,
		RateLimits: s.cfg.RateLimits, Rates: s.cfg.IdentityRates,
	})
	v.credentials = keyFinder{accessKey: v.iam.AccessKey, session: v.sts.OpenSession}
	s.startWorkers(v)
	return v, nil
}

// issuer is the iss claim of a pool's tokens.
func (s *Server) issuer(region, poolID string) string {
	if s.cfg.AWSIssuer {
		return "https://" + awsIssuerHost(region) + "/" + poolID
	}
	return s.publicURL + "/" + poolID
}

// updatedIssuerPath is where the documents of the pools' updated issuers are. On
// AWS those have a host of their own.
const updatedIssuerPath = "issuer/"

// updatedIssuer is the iss claim of the tokens of a pool whose
// IssuerConfiguration is UPDATED.
func (s *Server) updatedIssuer(region, poolID string) string {
	if s.cfg.AWSIssuer {
		return "https://issuer-" + awsIssuerHost(region) + "/" + poolID
	}
	return s.publicURL + "/" + updatedIssuerPath + poolID
}

func awsIssuerHost(region string) string { return "cognito-idp." + region + ".amazonaws.com" }

func (v *services) tables() []*awswire.Table {
	return []*awswire.Table{v.userPools.Table(), v.identityPools.Table(), v.iam.Table(), v.sts.Table()}
}

// purgeEvery is how often the remains of deleted pools are looked for.
const purgeEvery = time.Minute

// metadataEvery is how often the metadata of SAML providers is read anew.
const metadataEvery = 6 * time.Hour

// startWorkers runs what goes on beside the requests.
func (s *Server) startWorkers(v *services) {
	ctx, stop := context.WithCancel(context.Background())
	v.stop = stop
	v.workers.Go(func() { v.deliver.Run(ctx) })
	v.workers.Go(func() { v.logs.Run(ctx) })
	v.workers.Go(func() { v.userPools.RunImports(ctx) })
	v.workers.Go(func() { s.every(ctx, metadataEvery, "metadata of SAML providers", v.userPools.RefreshMetadata) })
	v.workers.Go(func() { s.every(ctx, purgeEvery, "purge user pools", v.userPools.Purge) })
	v.workers.Go(func() { s.every(ctx, purgeEvery, "purge identity pools", v.identityPools.Purge) })
	v.workers.Go(func() { s.every(ctx, purgeEvery, "purge delegation requests", v.iam.Purge) })
}

// every runs f now and then until ctx is done.
func (s *Server) every(ctx context.Context, pause time.Duration, name string, f func(context.Context) error) {
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		if err := f(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, name, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (v *services) close() error {
	v.stop()
	v.workers.Wait()
	return v.closeEarly()
}

// closeEarly closes services without workers.
func (v *services) closeEarly() error {
	var err error
	if v.functions != nil {
		err = v.functions.Close()
	}
	v.keys.Close()
	return errors.Join(err, v.iam.Close())
}
