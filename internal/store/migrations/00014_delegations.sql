-- +goose Up
-- Requests for temporary access that an account makes of another. owner_account
-- and owner_id are empty until they are known; body is a JSON object of the iam
-- package's form.
CREATE TABLE iam_delegations (
    id TEXT PRIMARY KEY,
    requestor TEXT NOT NULL,
    workflow_id TEXT NOT NULL,
    owner_account TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    state TEXT NOT NULL,
    body TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE UNIQUE INDEX iam_delegations_workflow ON iam_delegations (requestor, workflow_id);
CREATE INDEX iam_delegations_requestor ON iam_delegations (requestor, expires);
CREATE INDEX iam_delegations_account ON iam_delegations (owner_account, id);
CREATE INDEX iam_delegations_owner ON iam_delegations (owner_account, owner_id, id);
CREATE INDEX iam_delegations_expires ON iam_delegations (expires);
-- +goose Down
DROP TABLE iam_delegations;
