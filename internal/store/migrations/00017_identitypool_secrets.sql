-- +goose Up
-- What is secret of identity pools' settings: the consumer secrets of their
-- login providers, as JSON and sealed. Pools without any have no row.
CREATE TABLE identity_pool_secrets (
    pool_id TEXT PRIMARY KEY REFERENCES identity_pools (id) ON DELETE CASCADE,
    secrets BYTEA NOT NULL
);
-- +goose Down
DROP TABLE identity_pool_secrets;
