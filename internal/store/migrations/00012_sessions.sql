-- +goose Up
-- Sessions of users: a row is one sign-in, whose tokens have the origin_jti, or
-- a single sign-on. origin_id is the single sign-on that a sign-in came of.
-- Rows are of use until the refresh token expires.
CREATE TABLE user_sessions (
    pool_id TEXT NOT NULL,
    id TEXT NOT NULL,
    sub TEXT NOT NULL,
    type TEXT NOT NULL,
    client_id TEXT NOT NULL,
    origin_jti TEXT NOT NULL,
    origin_id TEXT NOT NULL,
    device TEXT NOT NULL,
    ip TEXT NOT NULL,
    created BIGINT NOT NULL,
    active BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (pool_id, id)
);
CREATE INDEX user_sessions_sub ON user_sessions (pool_id, sub, created, id);
CREATE INDEX user_sessions_expires ON user_sessions (expires);

-- How long app clients reuse a single sign-on, where that was set.
CREATE TABLE client_session_settings (
    client_id TEXT PRIMARY KEY REFERENCES user_pool_clients (id) ON DELETE CASCADE,
    sso_minutes BIGINT NOT NULL
);

-- What happened to users in pools with threat protection. challenges is the
-- answered ones as JSON, feedback is empty while nobody gave any.
CREATE TABLE user_auth_events (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    response TEXT NOT NULL,
    risk_level TEXT NOT NULL,
    risk_decision TEXT NOT NULL,
    compromised BIGINT NOT NULL,
    challenges TEXT NOT NULL,
    ip TEXT NOT NULL,
    device TEXT NOT NULL,
    timezone TEXT NOT NULL,
    feedback TEXT NOT NULL,
    feedback_by TEXT NOT NULL,
    feedback_at BIGINT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (pool_id, sub, id)
);
CREATE INDEX user_auth_events_created ON user_auth_events (pool_id, sub, created, id);
CREATE INDEX user_auth_events_prune ON user_auth_events (created);

-- Risk configurations of pools: target is a client's ID or ALL. body is wire
-- JSON.
CREATE TABLE risk_configurations (
    pool_id TEXT NOT NULL REFERENCES user_pools (id) ON DELETE CASCADE,
    target TEXT NOT NULL,
    client_id TEXT REFERENCES user_pool_clients (id) ON DELETE CASCADE,
    body TEXT NOT NULL,
    modified BIGINT NOT NULL,
    PRIMARY KEY (pool_id, target)
);
CREATE INDEX risk_configurations_client ON risk_configurations (client_id);
-- +goose Down
DROP TABLE risk_configurations;
DROP TABLE user_auth_events;
DROP TABLE client_session_settings;
DROP TABLE user_sessions;
