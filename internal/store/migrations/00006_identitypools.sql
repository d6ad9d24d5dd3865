-- +goose Up
-- Identity pools. settings is the pool, its roles and its principal tag maps
-- as JSON; version grows with every change of them.
CREATE TABLE identity_pools (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    settings TEXT NOT NULL,
    version BIGINT NOT NULL,
    created BIGINT NOT NULL,
    modified BIGINT NOT NULL
);
CREATE INDEX identity_pools_by_account ON identity_pools (account, region, id);

-- Deleted pools that may still have identities, which go in batches.
CREATE TABLE identity_pool_purges (
    pool_id TEXT PRIMARY KEY
);

-- Identities. kind is 0 for a guest, 1 once it has had a login; merged_into
-- names the identity that owns the logins of a disabled one.
CREATE TABLE identities (
    id TEXT PRIMARY KEY,
    pool_id TEXT NOT NULL,
    authenticated BIGINT NOT NULL,
    disabled BIGINT NOT NULL,
    merged_into TEXT NOT NULL,
    created BIGINT NOT NULL,
    modified BIGINT NOT NULL
);
CREATE INDEX identities_by_pool ON identities (pool_id, id);

-- Logins bound to identities. login_key is a hash of provider and subject,
-- since a subject may be longer than an index takes.
CREATE TABLE identity_logins (
    pool_id TEXT NOT NULL,
    login_key TEXT NOT NULL,
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (pool_id, login_key)
);
CREATE INDEX identity_logins_by_identity ON identity_logins (identity_id, provider, login_key);
-- +goose Down
DROP TABLE identity_logins;
DROP TABLE identities;
DROP TABLE identity_pool_purges;
DROP TABLE identity_pools;
