-- +goose Up
-- Import jobs of user pools. upload is the file whose chunks are complete, of
-- size bytes in chunks of chunk bytes each; uploading the one that comes in.
-- position and line are where the next row of the file begins. The worker that
-- holds a running job renews lease with every batch of rows.
CREATE TABLE import_jobs (
    id TEXT PRIMARY KEY,
    pool_id TEXT NOT NULL,
    name TEXT NOT NULL,
    role_arn TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    status TEXT NOT NULL,
    message TEXT NOT NULL,
    created BIGINT NOT NULL,
    started BIGINT NOT NULL,
    completed BIGINT NOT NULL,
    imported BIGINT NOT NULL,
    skipped BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    upload TEXT NOT NULL,
    uploading TEXT NOT NULL,
    size BIGINT NOT NULL,
    chunk BIGINT NOT NULL,
    position BIGINT NOT NULL,
    line BIGINT NOT NULL,
    worker TEXT NOT NULL,
    lease BIGINT NOT NULL,
    -- What is to be cleared away when the job's data is of no use any more: 0
    -- means never, since it has been.
    clear_at BIGINT NOT NULL
);
CREATE INDEX import_jobs_pool ON import_jobs (pool_id, created, id);
CREATE INDEX import_jobs_status ON import_jobs (status, lease);
CREATE INDEX import_jobs_clear ON import_jobs (clear_at);

-- Uploaded files, in chunks. data is sealed, since it is about users.
CREATE TABLE import_chunks (
    job_id TEXT NOT NULL,
    upload TEXT NOT NULL,
    seq BIGINT NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (job_id, upload, seq)
);

-- What became of the rows, a block of text lines for each batch. line is the
-- number of the batch's first row in the file.
CREATE TABLE import_logs (
    job_id TEXT NOT NULL,
    line BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (job_id, line)
);

-- Passwords of imported users who have not signed in yet, as hashes of the
-- system that they come from. hash is sealed.
CREATE TABLE user_password_hashes (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (pool_id, sub)
);
-- +goose Down
DROP TABLE user_password_hashes;
DROP TABLE import_logs;
DROP TABLE import_chunks;
DROP TABLE import_jobs;
