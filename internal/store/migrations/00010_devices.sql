-- +goose Up
-- Confirmed devices of users. verifier is the sealed SRP verifier of the
-- device's own password, which was made with the device group key.
CREATE TABLE user_devices (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    device_key TEXT NOT NULL,
    group_key TEXT NOT NULL,
    name BYTEA NOT NULL,
    salt BYTEA NOT NULL,
    verifier BYTEA NOT NULL,
    remembered BIGINT NOT NULL,
    last_ip TEXT NOT NULL,
    created BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    authenticated BIGINT NOT NULL,
    PRIMARY KEY (pool_id, sub, device_key)
);
CREATE INDEX user_devices_authenticated ON user_devices (pool_id, sub, authenticated, device_key);

-- Passkeys of users. credential_id is base64url; name is what lists show;
-- public_key is a COSE key; flags are those of the authenticator data at
-- registration; sign_count is the last one seen.
CREATE TABLE webauthn_credentials (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    credential_id TEXT NOT NULL,
    rp_id TEXT NOT NULL,
    name TEXT NOT NULL,
    public_key BYTEA NOT NULL,
    attestation TEXT NOT NULL,
    aaguid TEXT NOT NULL,
    attachment TEXT NOT NULL,
    transports TEXT NOT NULL,
    flags BIGINT NOT NULL,
    sign_count BIGINT NOT NULL,
    created BIGINT NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (pool_id, sub, credential_id)
);
CREATE UNIQUE INDEX webauthn_credentials_id ON webauthn_credentials (pool_id, credential_id);
-- +goose Down
DROP TABLE webauthn_credentials;
DROP TABLE user_devices;
