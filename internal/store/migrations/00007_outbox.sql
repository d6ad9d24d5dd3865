-- +goose Up
-- E-mail and SMS messages: waiting to be sent, given up, or in the development
-- inbox. Body is sealed, since it holds one-time codes. Due is the time of
-- the next try.
CREATE TABLE messages (
    id TEXT PRIMARY KEY,
    pool_id TEXT NOT NULL,
    username TEXT NOT NULL,
    channel TEXT NOT NULL,
    purpose TEXT NOT NULL,
    sender TEXT NOT NULL,
    reply_to TEXT NOT NULL,
    destination TEXT NOT NULL,
    subject TEXT NOT NULL,
    body BYTEA NOT NULL,
    state TEXT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    due BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    error TEXT NOT NULL
);
CREATE INDEX messages_due ON messages (state, due);
CREATE INDEX messages_created ON messages (created, id);
CREATE INDEX messages_destination ON messages (destination, created, id);
-- +goose Down
DROP TABLE messages;
