-- +goose Up
-- Users of user pools. Attributes is a JSON object of every attribute but sub;
-- verifier is the sealed SRP verifier, NULL for users without a password.
CREATE TABLE users (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    username TEXT NOT NULL,
    username_key TEXT NOT NULL,
    status TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    created BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    attributes TEXT NOT NULL,
    salt BYTEA,
    verifier BYTEA,
    password_set BIGINT NOT NULL,
    password_expires BIGINT NOT NULL,
    signed_out BIGINT NOT NULL,
    mfa_enabled TEXT NOT NULL,
    mfa_preferred TEXT NOT NULL,
    PRIMARY KEY (pool_id, sub)
);
CREATE UNIQUE INDEX users_username ON users (pool_id, username_key);
CREATE INDEX users_status ON users (pool_id, status, sub);
CREATE INDEX users_enabled ON users (pool_id, enabled, sub);

-- The attributes that ListUsers can filter by: the beginning of the value in
-- lower case.
CREATE TABLE user_search (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (pool_id, sub, name)
);
CREATE INDEX user_search_value ON user_search (pool_id, name, value, sub);

-- Names other than the username that a user signs in with: username attributes
-- and verified aliases.
CREATE TABLE user_aliases (
    pool_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    alias TEXT NOT NULL,
    sub TEXT NOT NULL,
    PRIMARY KEY (pool_id, kind, alias)
);
CREATE INDEX user_aliases_sub ON user_aliases (pool_id, sub, kind, alias);

-- Former passwords, for the pool's password history.
CREATE TABLE password_history (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    seq BIGINT NOT NULL,
    salt BYTEA NOT NULL,
    verifier BYTEA NOT NULL,
    PRIMARY KEY (pool_id, sub, seq)
);

-- One-time codes: at most one per user and purpose. Mac authenticates the
-- code; value is the attribute's value that the code was sent to.
CREATE TABLE user_codes (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    purpose TEXT NOT NULL,
    mac BYTEA NOT NULL,
    attribute TEXT NOT NULL,
    value TEXT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    PRIMARY KEY (pool_id, sub, purpose)
);
CREATE INDEX user_codes_expires ON user_codes (expires);

-- How often a user (or the hash of an unknown name) did something since the
-- beginning of the window.
CREATE TABLE user_attempts (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    kind TEXT NOT NULL,
    n BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    PRIMARY KEY (pool_id, sub, kind)
);
CREATE INDEX user_attempts_ends ON user_attempts (ends);

-- Each pool's number of users, in shards so that sign-ups do not wait for one
-- another.
CREATE TABLE user_counts (
    pool_id TEXT NOT NULL,
    shard BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (pool_id, shard)
);
-- +goose Down
DROP TABLE user_counts;
DROP TABLE user_attempts;
DROP TABLE user_codes;
DROP TABLE password_history;
DROP TABLE user_aliases;
DROP TABLE user_search;
DROP TABLE users;
