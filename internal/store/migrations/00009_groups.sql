-- +goose Up
-- Groups of user pools. id is the group's for as long as it exists, so that one
-- made anew with the same name has no members; precedence is NULL when it is
-- not set.
CREATE TABLE user_groups (
    id TEXT PRIMARY KEY,
    pool_id TEXT NOT NULL REFERENCES user_pools (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT,
    role_arn TEXT,
    precedence BIGINT,
    created BIGINT NOT NULL,
    modified BIGINT NOT NULL
);
CREATE UNIQUE INDEX user_groups_name ON user_groups (pool_id, name);

-- Users in groups. Rows of a deleted group are ignored until they are purged.
CREATE TABLE user_group_members (
    pool_id TEXT NOT NULL,
    sub TEXT NOT NULL,
    group_id TEXT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (pool_id, sub, group_id)
);
CREATE INDEX user_group_members_group ON user_group_members (group_id, sub);

-- Deleted groups that may still have members, which go in batches.
CREATE TABLE user_group_purges (
    group_id TEXT PRIMARY KEY
);

-- +goose Down
DROP TABLE user_group_purges;
DROP TABLE user_group_members;
DROP TABLE user_groups;
