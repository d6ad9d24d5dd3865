-- +goose Up
-- Data keys, wrapped with the master key.
CREATE TABLE data_keys (
    id BIGINT PRIMARY KEY,
    wrapped BYTEA NOT NULL,
    created BIGINT NOT NULL
);
-- +goose Down
DROP TABLE data_keys;
