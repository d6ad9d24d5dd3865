-- +goose Up
-- What IAM keeps once per account. The revision grows with every change of the
-- account's IAM, so that nodes know when what they hold in memory is old.
CREATE TABLE iam_accounts (
    account TEXT PRIMARY KEY,
    revision BIGINT NOT NULL,
    alias TEXT,
    settings TEXT NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX iam_accounts_alias ON iam_accounts (alias);

-- Users, groups, roles and instance profiles. name_key is the name in lower
-- case, since names are unique without regard to case.
CREATE TABLE iam_entities (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    name_key TEXT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    boundary TEXT NOT NULL DEFAULT '',
    description TEXT NOT NULL DEFAULT '',
    trust TEXT NOT NULL DEFAULT '',
    max_session BIGINT NOT NULL DEFAULT 0,
    created BIGINT NOT NULL,
    last_used BIGINT NOT NULL DEFAULT 0,
    last_used_region TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX iam_entities_name ON iam_entities (account, kind, name_key);
CREATE INDEX iam_entities_boundary ON iam_entities (account, boundary, kind, name_key);

-- Users in groups and roles in instance profiles.
CREATE TABLE iam_members (
    container_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    PRIMARY KEY (container_id, member_id)
);
CREATE INDEX iam_members_member ON iam_members (member_id, container_id);

-- Which roles' trust policies name which user or role, so that the policies
-- follow the principal's renaming and deletion.
CREATE TABLE iam_trusted (
    principal_id TEXT NOT NULL,
    role_id TEXT NOT NULL,
    PRIMARY KEY (principal_id, role_id)
);
CREATE INDEX iam_trusted_role ON iam_trusted (role_id, principal_id);

-- Customer managed policies. Versions are numbered from 1 and never reused.
CREATE TABLE iam_policies (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    arn TEXT NOT NULL,
    name_key TEXT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    default_version BIGINT NOT NULL,
    last_version BIGINT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);
CREATE UNIQUE INDEX iam_policies_arn ON iam_policies (arn);
CREATE UNIQUE INDEX iam_policies_name ON iam_policies (account, name_key);

CREATE TABLE iam_policy_versions (
    policy_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    document TEXT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (policy_id, version)
);

-- Managed policies attached to users, groups and roles. The policy may be one
-- of AWS's, which has no row.
CREATE TABLE iam_attachments (
    entity_id TEXT NOT NULL,
    policy_arn TEXT NOT NULL,
    account TEXT NOT NULL,
    policy_key TEXT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (entity_id, policy_arn)
);
CREATE INDEX iam_attachments_list ON iam_attachments (entity_id, policy_key);
CREATE INDEX iam_attachments_policy ON iam_attachments (account, policy_arn, entity_id);

-- Inline policies; their names are case-sensitive.
CREATE TABLE iam_inline_policies (
    entity_id TEXT NOT NULL,
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (entity_id, name)
);

CREATE TABLE iam_tags (
    resource_id TEXT NOT NULL,
    tag_key TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (resource_id, tag_key)
);

-- Long-term access keys; user_id is empty for the account's root.
CREATE TABLE iam_access_keys (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    user_id TEXT NOT NULL,
    active BIGINT NOT NULL,
    secret BYTEA NOT NULL,
    created BIGINT NOT NULL,
    last_used BIGINT NOT NULL DEFAULT 0,
    last_used_service TEXT NOT NULL DEFAULT '',
    last_used_region TEXT NOT NULL DEFAULT ''
);
CREATE INDEX iam_access_keys_user ON iam_access_keys (account, user_id, id);

-- Everything else that an account or a user has: providers, certificates,
-- public keys, MFA devices, login profiles. name_key is unique per kind.
CREATE TABLE iam_objects (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    name_key TEXT NOT NULL,
    owner_id TEXT NOT NULL DEFAULT '',
    body TEXT NOT NULL,
    secret BYTEA,
    created BIGINT NOT NULL
);
CREATE UNIQUE INDEX iam_objects_name ON iam_objects (account, kind, name_key);
CREATE INDEX iam_objects_owner ON iam_objects (owner_id, kind, name_key);

-- When a user or role last called a service (action is empty) and each of its
-- actions, for the reports on what permissions are used.
CREATE TABLE iam_uses (
    entity_id TEXT NOT NULL,
    service TEXT NOT NULL,
    action TEXT NOT NULL,
    region TEXT NOT NULL,
    last_used BIGINT NOT NULL,
    PRIMARY KEY (entity_id, service, action)
);

-- +goose Down
DROP TABLE iam_uses;
DROP TABLE iam_objects;
DROP TABLE iam_access_keys;
DROP TABLE iam_tags;
DROP TABLE iam_inline_policies;
DROP TABLE iam_attachments;
DROP TABLE iam_policy_versions;
DROP TABLE iam_policies;
DROP TABLE iam_trusted;
DROP TABLE iam_members;
DROP TABLE iam_entities;
DROP TABLE iam_accounts;
