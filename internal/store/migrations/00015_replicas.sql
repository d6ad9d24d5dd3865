-- +goose Up
-- Replicas of user pools in other regions. body is what a replica has of its
-- own, as wire JSON; version grows with every change.
CREATE TABLE user_pool_replicas (
    pool_id TEXT NOT NULL REFERENCES user_pools (id) ON DELETE CASCADE,
    region TEXT NOT NULL,
    account TEXT NOT NULL,
    status TEXT NOT NULL,
    body TEXT NOT NULL,
    version BIGINT NOT NULL,
    created BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    PRIMARY KEY (pool_id, region)
);
CREATE INDEX user_pool_replicas_account ON user_pool_replicas (account, region, pool_id);

-- Data keys of user pools that name a key. The wrapped key is a row of
-- data_keys with the same id.
CREATE TABLE named_keys (
    arn TEXT PRIMARY KEY,
    id BIGINT NOT NULL UNIQUE
);

-- User pools with a data key of their own (0 is the server's current one, after
-- they had one). pending tells that secrets are to be sealed anew with it.
CREATE TABLE user_pool_keys (
    pool_id TEXT PRIMARY KEY REFERENCES user_pools (id) ON DELETE CASCADE,
    key_id BIGINT NOT NULL,
    pending BIGINT NOT NULL
);
CREATE INDEX user_pool_keys_pending ON user_pool_keys (pending, pool_id);

-- +goose Down
DROP TABLE user_pool_keys;
DROP TABLE named_keys;
DROP TABLE user_pool_replicas;
