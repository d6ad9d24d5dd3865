-- +goose Up
-- Failed sign-ins in a row. sub is the user's, or stands for an unknown name;
-- kind tells passwords from one-time codes.
CREATE TABLE user_lockouts (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    kind TEXT NOT NULL,
    failures BIGINT NOT NULL,
    last BIGINT NOT NULL,
    PRIMARY KEY (pool_id, sub, kind)
);
CREATE INDEX user_lockouts_last ON user_lockouts (last);

-- Challenge sessions that were answered, and the wrong answers to those that
-- were not. Rows are of use until the session expires.
CREATE TABLE signin_sessions (
    id TEXT PRIMARY KEY,
    used BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX signin_sessions_expires ON signin_sessions (expires);

-- Sign-ins whose tokens are revoked, by the tokens' origin_jti, until the last
-- of the tokens expires.
CREATE TABLE revoked_signins (
    pool_id TEXT NOT NULL,
    origin_jti TEXT NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (pool_id, origin_jti)
);
CREATE INDEX revoked_signins_expires ON revoked_signins (expires);

-- Refresh tokens that were exchanged for a new one, until they expire.
CREATE TABLE rotated_refresh_tokens (
    pool_id TEXT NOT NULL,
    jti TEXT NOT NULL,
    rotated BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (pool_id, jti)
);
CREATE INDEX rotated_refresh_tokens_expires ON rotated_refresh_tokens (expires);

-- Software tokens (RFC 6238). secret is the sealed key of a verified token,
-- pending that of one which awaits its first code; step is the last time step
-- whose code was used.
CREATE TABLE user_totp (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    secret BYTEA,
    pending BYTEA,
    name TEXT NOT NULL,
    step BIGINT NOT NULL,
    PRIMARY KEY (pool_id, sub)
);
-- +goose Down
DROP TABLE user_totp;
DROP TABLE rotated_refresh_tokens;
DROP TABLE revoked_signins;
DROP TABLE signin_sessions;
DROP TABLE user_lockouts;
