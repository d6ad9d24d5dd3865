-- +goose Up
-- User pools. body is the pool as wire JSON; version grows with every change
-- of it.
CREATE TABLE user_pools (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    version BIGINT NOT NULL,
    created BIGINT NOT NULL,
    modified BIGINT NOT NULL
);
CREATE INDEX user_pools_account ON user_pools (account, region, id);

-- Deleted pools that may still have users, which go in batches.
CREATE TABLE user_pool_purges (
    pool_id TEXT PRIMARY KEY
);

-- App clients. body is the client as wire JSON; version grows with every change
-- of it and of its secrets.
CREATE TABLE user_pool_clients (
    id TEXT PRIMARY KEY,
    pool_id TEXT NOT NULL REFERENCES user_pools (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    version BIGINT NOT NULL,
    created BIGINT NOT NULL,
    modified BIGINT NOT NULL
);
CREATE INDEX user_pool_clients_pool ON user_pool_clients (pool_id, id);

-- The secrets of app clients, of which a client has two at most.
CREATE TABLE user_pool_client_secrets (
    client_id TEXT NOT NULL REFERENCES user_pool_clients (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    secret BYTEA NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (client_id, id)
);

-- +goose Down
DROP TABLE user_pool_client_secrets;
DROP TABLE user_pool_clients;
DROP TABLE user_pool_purges;
DROP TABLE user_pools;
