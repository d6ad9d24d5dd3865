-- +goose Up
-- Records of the logs that user pools export, waiting to be delivered. body is
-- sealed, since it is about users. due is the time of the next try.
CREATE TABLE log_records (
    id TEXT PRIMARY KEY,
    pool_id TEXT NOT NULL,
    destination TEXT NOT NULL,
    body BYTEA NOT NULL,
    created BIGINT NOT NULL,
    due BIGINT NOT NULL,
    attempts BIGINT NOT NULL
);
CREATE INDEX log_records_due ON log_records (due, id);
-- +goose Down
DROP TABLE log_records;
