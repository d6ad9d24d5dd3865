-- +goose Up
-- Signing keys of token issuers. private is sealed PKCS #8; retires is 0 for
-- the one key of a purpose that signs, otherwise when a rotated key goes.
CREATE TABLE signing_keys (
    owner TEXT NOT NULL,
    kid TEXT NOT NULL,
    purpose TEXT NOT NULL,
    private BYTEA NOT NULL,
    retires BIGINT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (owner, kid)
);
CREATE UNIQUE INDEX signing_keys_signing ON signing_keys (owner, purpose) WHERE retires = 0;
-- +goose Down
DROP TABLE signing_keys;
