-- +goose Up
-- Identity providers of user pools. body is the provider as wire JSON without
-- its secrets, which are in secrets, sealed, as JSON; metadata is the SAML
-- document, as it was given or fetched.
CREATE TABLE identity_providers (
    pool_id TEXT NOT NULL REFERENCES user_pools (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    body TEXT NOT NULL,
    secrets BYTEA NOT NULL,
    metadata TEXT NOT NULL,
    version BIGINT NOT NULL,
    created BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    PRIMARY KEY (pool_id, name)
);

-- The identifiers by which a provider is found, too.
CREATE TABLE identity_provider_identifiers (
    pool_id TEXT NOT NULL,
    identifier TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (pool_id, identifier),
    FOREIGN KEY (pool_id, name) REFERENCES identity_providers (pool_id, name) ON DELETE CASCADE
);
CREATE INDEX identity_provider_identifiers_name ON identity_provider_identifiers (pool_id, name);

-- The pools' own keys for SAML: provider is empty for the one that signs
-- requests, or the provider that encrypts assertions with the certificate.
CREATE TABLE saml_certificates (
    pool_id TEXT NOT NULL REFERENCES user_pools (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    serial TEXT NOT NULL,
    certificate TEXT NOT NULL,
    private BYTEA NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (pool_id, provider, serial)
);

-- Identities of other providers that are linked to users: the value of an
-- attribute of the provider's, which is its hash when it is long.
CREATE TABLE user_links (
    pool_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    attribute TEXT NOT NULL,
    value TEXT NOT NULL,
    sub TEXT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (pool_id, provider, attribute, value)
);
CREATE INDEX user_links_sub ON user_links (pool_id, sub);

-- Resource servers of user pools, whose body is wire JSON.
CREATE TABLE resource_servers (
    pool_id TEXT NOT NULL REFERENCES user_pools (id) ON DELETE CASCADE,
    identifier TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (pool_id, identifier)
);

-- Domains of user pools. region is that of a prefix, and empty for a custom
-- domain, which there is once.
CREATE TABLE user_pool_domains (
    region TEXT NOT NULL,
    domain TEXT NOT NULL,
    pool_id TEXT NOT NULL REFERENCES user_pools (id) ON DELETE CASCADE,
    body TEXT NOT NULL,
    version BIGINT NOT NULL,
    created BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    PRIMARY KEY (region, domain)
);
CREATE INDEX user_pool_domains_pool ON user_pool_domains (pool_id);

-- Looks of the classic hosted pages: target is a client's ID or ALL.
CREATE TABLE ui_customizations (
    pool_id TEXT NOT NULL REFERENCES user_pools (id) ON DELETE CASCADE,
    target TEXT NOT NULL,
    client_id TEXT REFERENCES user_pool_clients (id) ON DELETE CASCADE,
    css TEXT,
    css_version TEXT,
    image BYTEA,
    image_version TEXT,
    created BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    PRIMARY KEY (pool_id, target)
);
CREATE INDEX ui_customizations_client ON ui_customizations (client_id);

-- Styles of managed login, of which a client has one at most. settings is NULL
-- when there are none of its own.
CREATE TABLE managed_login_brandings (
    id TEXT PRIMARY KEY,
    pool_id TEXT NOT NULL REFERENCES user_pools (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL REFERENCES user_pool_clients (id) ON DELETE CASCADE,
    provided BIGINT NOT NULL,
    settings TEXT,
    version BIGINT NOT NULL,
    created BIGINT NOT NULL,
    modified BIGINT NOT NULL
);
CREATE UNIQUE INDEX managed_login_brandings_client ON managed_login_brandings (client_id);
CREATE INDEX managed_login_brandings_pool ON managed_login_brandings (pool_id);

CREATE TABLE managed_login_assets (
    branding_id TEXT NOT NULL REFERENCES managed_login_brandings (id) ON DELETE CASCADE,
    category TEXT NOT NULL,
    color_mode TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    extension TEXT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (branding_id, category, color_mode, resource_id)
);

-- Terms documents, of which a client has one of a name. links is JSON.
CREATE TABLE terms (
    id TEXT PRIMARY KEY,
    pool_id TEXT NOT NULL REFERENCES user_pools (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL REFERENCES user_pool_clients (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    version BIGINT NOT NULL,
    created BIGINT NOT NULL,
    modified BIGINT NOT NULL
);
CREATE UNIQUE INDEX terms_client ON terms (client_id, name);
CREATE INDEX terms_pool ON terms (pool_id, id);

-- Where user pools' logs go; body is wire JSON.
CREATE TABLE log_deliveries (
    pool_id TEXT PRIMARY KEY REFERENCES user_pools (id) ON DELETE CASCADE,
    body TEXT NOT NULL
);

-- +goose Down
DROP TABLE log_deliveries;
DROP TABLE terms;
DROP TABLE managed_login_assets;
DROP TABLE managed_login_brandings;
DROP TABLE ui_customizations;
DROP TABLE user_pool_domains;
DROP TABLE resource_servers;
DROP TABLE user_links;
DROP TABLE saml_certificates;
DROP TABLE identity_provider_identifiers;
DROP TABLE identity_providers;
