-- The data model of Gatehouse from its first migration.
--
-- Habits that keep one SQL text valid on both engines: times are microseconds since 1970 UTC in BIGINT, booleans
-- are 0 or 1 in BIGINT, ids and JSON are TEXT, bearer values are SHA-256 digests. State columns hold the names of the
-- state machines; a row with any other name is refused by CHECK.

-- Installation -------------------------------------------------------------------------------------------------------

CREATE TABLE settings (
    name            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value           TEXT COLLATE "C" NOT NULL
);

CREATE TABLE operator_keys (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name            TEXT COLLATE "C" NOT NULL,
    hash            BYTEA   NOT NULL UNIQUE,
    last_four       TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT  NOT NULL,
    last_used_at    BIGINT,
    revoked_at      BIGINT
);

-- People and teams ---------------------------------------------------------------------------------------------------

CREATE TABLE users (
    id                  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    email               TEXT COLLATE "C" NOT NULL,
    -- NFC, lower case, IDNA host, computed in Rust. NULL once the user is deleted, so that the address is free again
    -- and whoever takes it inherits nothing (memberships hang on the id).
    email_key           TEXT COLLATE "C" UNIQUE,
    email_verified_at   BIGINT,
    name                TEXT COLLATE "C" NOT NULL,
    role                TEXT COLLATE "C" NOT NULL CHECK (role IN ('developer', 'reviewer', 'admin')),
    state               TEXT COLLATE "C" NOT NULL CHECK (state IN ('active', 'disabled', 'deleted')),
    password_hash       TEXT COLLATE "C",
    -- What applications may learn of the person beside name and address: JSON (OIDC Core §5.1).
    profile             TEXT COLLATE "C" NOT NULL DEFAULT '{}',
    time_zone           TEXT COLLATE "C" NOT NULL,
    created_at          BIGINT  NOT NULL,
    updated_at          BIGINT  NOT NULL,
    version             BIGINT  NOT NULL
);

-- One-time links: set-up of the first admin now; the purpose binds each link to one use.
CREATE TABLE one_time_links (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    purpose         TEXT COLLATE "C" NOT NULL CHECK (purpose IN ('set_up', 'verify_email', 'reset_password', 'change_email')),
    hash            BYTEA   NOT NULL UNIQUE,
    user_id         TEXT COLLATE "C" REFERENCES users (id) ON DELETE CASCADE,
    -- The address that a change of address is about.
    email           TEXT COLLATE "C",
    email_key       TEXT COLLATE "C",
    -- A path of ours, to go on to.
    return_to       TEXT,
    created_at      BIGINT  NOT NULL,
    expires_at      BIGINT  NOT NULL,
    used_at         BIGINT
);

-- A browser that is signed in. The cookie's value is stored as its SHA-256.
CREATE TABLE sessions (
    id                  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id             TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash                BYTEA   NOT NULL UNIQUE,
    created_at          BIGINT  NOT NULL,
    -- When the user last proved who they are, and how (space-separated `amr` values, RFC 8176).
    authenticated_at    BIGINT  NOT NULL,
    amr                 TEXT COLLATE "C" NOT NULL,
    -- Written at most once a minute.
    last_seen_at        BIGINT  NOT NULL,
    -- The longest time without use since authenticated_at, in microseconds.
    longest_idle        BIGINT  NOT NULL,
    expires_at          BIGINT  NOT NULL,
    -- For the owner's list of sessions.
    address             TEXT COLLATE "C",
    user_agent          TEXT COLLATE "C",
    ended_at            BIGINT 
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

-- Browsers that a user signed in with lately, each as the hash of a coarse mark.
CREATE TABLE known_browsers (
    user_id             TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    mark                BYTEA NOT NULL,
    seen_at             BIGINT NOT NULL,
    PRIMARY KEY (user_id, mark)
);
CREATE INDEX known_browsers_seen ON known_browsers (seen_at);

-- The second step of a sign-in: an authenticator app's seed, sealed under a key-encryption key for its user.
CREATE TABLE totp_seeds (
    user_id             TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    sealed              BYTEA   NOT NULL,
    key_encryption_key  TEXT COLLATE "C" NOT NULL,
    -- The newest step of 30 seconds that was used: neither it nor one before counts again.
    last_step           BIGINT  NOT NULL,
    created_at          BIGINT  NOT NULL,
    last_used_at        BIGINT  NOT NULL
);

-- The way in without the app; each counts once.
CREATE TABLE recovery_codes (
    user_id             TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash                BYTEA   NOT NULL,
    used_at             BIGINT ,
    PRIMARY KEY (user_id, hash)
);

CREATE TABLE passkeys (
    id                  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id             TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name                TEXT COLLATE "C" NOT NULL,
    credential_id       BYTEA   NOT NULL UNIQUE,
    -- In COSE, as the authenticator gave it.
    public_key          BYTEA   NOT NULL,
    sign_count          BIGINT  NOT NULL,
    backup_eligible     BIGINT  NOT NULL,
    backed_up           BIGINT  NOT NULL,
    created_at          BIGINT  NOT NULL,
    last_used_at        BIGINT 
);
CREATE INDEX passkeys_user ON passkeys (user_id, id);

-- Tickets between two steps of a sign-in, and challenges for passkeys, that were used: sealed values that nobody stores,
-- so that no row is written for a stranger.
CREATE TABLE used_tickets (
    hash                BYTEA   NOT NULL PRIMARY KEY,
    expires_at          BIGINT  NOT NULL
);
CREATE INDEX used_tickets_expires ON used_tickets (expires_at);

-- What the portal tells a user; a mail with the same content goes through the outbox.
CREATE TABLE notifications (
    id                  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id             TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Which mail text it stands for, such as `request_approved`.
    kind                TEXT COLLATE "C" NOT NULL,
    title               TEXT COLLATE "C" NOT NULL,
    body                TEXT COLLATE "C" NOT NULL,
    -- A path of the portal.
    link                TEXT COLLATE "C",
    created_at          BIGINT  NOT NULL,
    read_at             BIGINT 
);
CREATE INDEX notifications_user ON notifications (user_id, id);

CREATE TABLE organizations (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name            TEXT COLLATE "C" NOT NULL,
    homepage        TEXT COLLATE "C",
    verified_at     BIGINT,
    created_at      BIGINT  NOT NULL,
    updated_at      BIGINT  NOT NULL,
    version         BIGINT  NOT NULL
);

CREATE TABLE organization_members (
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    user_id         TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role            TEXT COLLATE "C" NOT NULL CHECK (role IN ('owner', 'maintainer', 'viewer')),
    created_at      BIGINT  NOT NULL,
    PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX organization_members_user ON organization_members (user_id);

-- An invitation goes to an address; the user whose verified address it is accepts it.
CREATE TABLE organization_invitations (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    email           TEXT COLLATE "C" NOT NULL,
    email_key       TEXT COLLATE "C" NOT NULL,
    role            TEXT COLLATE "C" NOT NULL CHECK (role IN ('owner', 'maintainer', 'viewer')),
    created_at      BIGINT  NOT NULL,
    expires_at      BIGINT  NOT NULL,
    accepted_by     TEXT COLLATE "C" REFERENCES users (id) ON DELETE SET NULL,
    accepted_at     BIGINT,
    UNIQUE (organization_id, email_key)
);
CREATE INDEX organization_invitations_email ON organization_invitations (email_key);

CREATE TABLE workspaces (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name            TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT  NOT NULL,
    updated_at      BIGINT  NOT NULL,
    version         BIGINT  NOT NULL
);

CREATE TABLE workspace_members (
    workspace_id    TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id         TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role            TEXT COLLATE "C" NOT NULL CHECK (role IN ('owner', 'member')),
    created_at      BIGINT  NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX workspace_members_user ON workspace_members (user_id);

-- An invitation goes to an address and binds to a user id when that address is verified.
CREATE TABLE workspace_invitations (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    workspace_id    TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    email           TEXT COLLATE "C" NOT NULL,
    email_key       TEXT COLLATE "C" NOT NULL,
    role            TEXT COLLATE "C" NOT NULL CHECK (role IN ('owner', 'member')),
    created_at      BIGINT  NOT NULL,
    expires_at      BIGINT  NOT NULL,
    accepted_by     TEXT COLLATE "C" REFERENCES users (id) ON DELETE SET NULL,
    accepted_at     BIGINT,
    UNIQUE (workspace_id, email_key)
);
CREATE INDEX workspace_invitations_email ON workspace_invitations (email_key);

-- Authorization servers, keys, catalogue -----------------------------------------------------------------------------

CREATE TABLE authorization_servers (
    id                              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name                            TEXT COLLATE "C" NOT NULL,
    audience                        TEXT COLLATE "C" NOT NULL UNIQUE,
    access_token_signing_alg        TEXT COLLATE "C" NOT NULL CHECK (access_token_signing_alg IN ('ES256', 'EdDSA', 'RS256')),
    -- Every application, or those of authorization_server_applications.
    open_to                         TEXT COLLATE "C" NOT NULL CHECK (open_to IN ('all', 'listed')),
    -- Lifetimes in seconds.
    access_token_lifetime           BIGINT  NOT NULL,
    id_token_lifetime               BIGINT  NOT NULL,
    code_lifetime                   BIGINT  NOT NULL,
    refresh_token_idle_lifetime     BIGINT  NOT NULL,
    refresh_token_absolute_lifetime BIGINT  NOT NULL,
    refresh_token_leeway            BIGINT  NOT NULL,
    pushed_authorization_request_lifetime BIGINT  NOT NULL,
    device_code_lifetime                  BIGINT  NOT NULL,
    session_idle_lifetime                 BIGINT  NOT NULL,
    session_absolute_lifetime             BIGINT  NOT NULL,
    key_rotation_interval           BIGINT  NOT NULL,
    created_at                      BIGINT  NOT NULL,
    updated_at                      BIGINT  NOT NULL,
    version                         BIGINT  NOT NULL
);

CREATE TABLE signing_keys (
    -- The JWK thumbprint (RFC 7638), which is also the `kid`.
    id                  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    server_id           TEXT COLLATE "C" NOT NULL REFERENCES authorization_servers (id) ON DELETE CASCADE,
    alg                 TEXT COLLATE "C" NOT NULL CHECK (alg IN ('ES256', 'EdDSA', 'RS256')),
    state               TEXT COLLATE "C" NOT NULL CHECK (state IN ('next', 'active', 'retired')),
    public_jwk          TEXT COLLATE "C" NOT NULL,
    private_ciphertext  BYTEA   NOT NULL,
    key_encryption_key  TEXT COLLATE "C" NOT NULL,
    created_at          BIGINT  NOT NULL,
    activated_at        BIGINT,
    retired_at          BIGINT
);
CREATE UNIQUE INDEX signing_keys_active ON signing_keys (server_id, alg) WHERE state = 'active';
CREATE UNIQUE INDEX signing_keys_next ON signing_keys (server_id, alg) WHERE state = 'next';

CREATE TABLE apis (
    id                  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    slug                TEXT COLLATE "C" NOT NULL UNIQUE,
    server_id           TEXT COLLATE "C" NOT NULL REFERENCES authorization_servers (id),
    name                TEXT COLLATE "C" NOT NULL,
    description         TEXT COLLATE "C" NOT NULL,
    audience            TEXT COLLATE "C" NOT NULL UNIQUE,
    -- `builtin:results`, or an http(s) base address.
    upstream            TEXT COLLATE "C",
    token_format        TEXT COLLATE "C" NOT NULL CHECK (token_format IN ('jwt', 'opaque')),
    -- Plan: calls per window of so many seconds, per application.
    quota_limit         BIGINT  NOT NULL,
    quota_window        BIGINT  NOT NULL,
    review_policy       TEXT COLLATE "C" NOT NULL,
    request_questions   TEXT COLLATE "C" NOT NULL,
    -- Where its terms of use are; an access request accepts them.
    terms_url           TEXT COLLATE "C",
    state               TEXT COLLATE "C" NOT NULL CHECK (state IN ('draft', 'published', 'retired')),
    created_at          BIGINT  NOT NULL,
    updated_at          BIGINT  NOT NULL,
    version             BIGINT  NOT NULL
);

CREATE TABLE api_versions (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    api_id          TEXT COLLATE "C" NOT NULL REFERENCES apis (id) ON DELETE CASCADE,
    label           TEXT COLLATE "C" NOT NULL,
    document        TEXT COLLATE "C" NOT NULL,
    state           TEXT COLLATE "C" NOT NULL CHECK (state IN ('draft', 'published', 'deprecated', 'retired')),
    sunset_at       BIGINT,
    created_at      BIGINT  NOT NULL,
    updated_at      BIGINT  NOT NULL,
    UNIQUE (api_id, label)
);

CREATE TABLE scopes (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    server_id       TEXT COLLATE "C" NOT NULL REFERENCES authorization_servers (id),
    api_id          TEXT COLLATE "C" NOT NULL REFERENCES apis (id) ON DELETE CASCADE,
    name            TEXT COLLATE "C" NOT NULL,
    title           TEXT COLLATE "C" NOT NULL,
    sentence        TEXT COLLATE "C" NOT NULL,
    sensitivity     TEXT COLLATE "C" NOT NULL CHECK (sensitivity IN ('normal', 'sensitive', 'restricted')),
    consent         TEXT COLLATE "C" NOT NULL CHECK (consent IN ('implicit', 'required', 'flexible')),
    -- Space-separated grant types that may ask for it.
    grant_types     TEXT COLLATE "C" NOT NULL,
    position        BIGINT  NOT NULL,
    created_at      BIGINT  NOT NULL,
    updated_at      BIGINT  NOT NULL,
    UNIQUE (server_id, name)
);
CREATE INDEX scopes_api ON scopes (api_id);

-- An API's own credentials (kind `resource`) for asking about tokens of its audience.
CREATE TABLE api_credentials (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    api_id          TEXT COLLATE "C" NOT NULL REFERENCES apis (id) ON DELETE CASCADE,
    name            TEXT COLLATE "C" NOT NULL,
    hash            BYTEA   NOT NULL UNIQUE,
    last_four       TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT  NOT NULL,
    last_used_at    BIGINT,
    revoked_at      BIGINT
);

-- Applications -------------------------------------------------------------------------------------------------------

CREATE TABLE applications (
    id                                  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    organization_id                     TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    -- Random, public, never reused, also after deletion.
    client_id                           TEXT COLLATE "C" NOT NULL UNIQUE,
    name                                TEXT COLLATE "C" NOT NULL,
    description                         TEXT COLLATE "C",
    homepage                            TEXT COLLATE "C",
    logo_url                            TEXT COLLATE "C",
    contacts                            TEXT COLLATE "C" NOT NULL,
    type                                TEXT COLLATE "C" NOT NULL CHECK (type IN ('web', 'service', 'browser', 'native')),
    environment                         TEXT COLLATE "C" NOT NULL CHECK (environment IN ('production', 'sandbox')),
    state                               TEXT COLLATE "C" NOT NULL CHECK (state IN ('active', 'suspended', 'deleted')),
    api_user_id                         TEXT COLLATE "C" REFERENCES users (id),
    redirect_uris                       TEXT COLLATE "C" NOT NULL,
    post_logout_redirect_uris           TEXT COLLATE "C" NOT NULL,
    require_pkce                        BIGINT  NOT NULL CHECK (require_pkce IN (0, 1)),
    require_pushed_authorization_requests BIGINT  NOT NULL CHECK (require_pushed_authorization_requests IN (0, 1)),
    token_endpoint_auth_methods         TEXT COLLATE "C" NOT NULL,
    id_token_signed_response_alg        TEXT COLLATE "C" NOT NULL CHECK (id_token_signed_response_alg IN ('ES256', 'EdDSA', 'RS256')),
    userinfo_signed_response_alg        TEXT COLLATE "C" CHECK (userinfo_signed_response_alg IN ('ES256', 'EdDSA', 'RS256')),
    subject_type                        TEXT COLLATE "C" NOT NULL CHECK (subject_type IN ('public', 'pairwise')),
    sector_identifier_uri               TEXT COLLATE "C",
    backchannel_logout_uri              TEXT COLLATE "C",
    backchannel_logout_session_required BIGINT  NOT NULL CHECK (backchannel_logout_session_required IN (0, 1)),
    default_max_age                     BIGINT,
    skip_consent                        BIGINT  NOT NULL CHECK (skip_consent IN (0, 1)),
    -- Space-separated subset of `openid profile email address phone offline_access`.
    sign_in_scopes                      TEXT COLLATE "C" NOT NULL,
    jwks                                TEXT COLLATE "C",
    jwks_uri                            TEXT COLLATE "C",
    created_at                          BIGINT  NOT NULL,
    updated_at                          BIGINT  NOT NULL,
    suspended_at                        BIGINT,
    deleted_at                          BIGINT,
    version                             BIGINT  NOT NULL
);
CREATE INDEX applications_organization ON applications (organization_id);
CREATE INDEX applications_api_user ON applications (api_user_id);

-- Applications that may use a server whose `open_to` is 'listed'.
CREATE TABLE authorization_server_applications (
    server_id       TEXT COLLATE "C" NOT NULL REFERENCES authorization_servers (id) ON DELETE CASCADE,
    application_id  TEXT COLLATE "C" NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    created_at      BIGINT  NOT NULL,
    PRIMARY KEY (server_id, application_id)
);
CREATE INDEX authorization_server_applications_application
    ON authorization_server_applications (application_id);

CREATE TABLE client_secrets (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    application_id  TEXT COLLATE "C" NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    name            TEXT COLLATE "C" NOT NULL,
    hash            BYTEA   NOT NULL UNIQUE,
    last_four       TEXT COLLATE "C" NOT NULL,
    state           TEXT COLLATE "C" NOT NULL CHECK (state IN ('active', 'retiring', 'revoked', 'expired')),
    created_by      TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT  NOT NULL,
    expires_at      BIGINT,
    -- End of the grace while `retiring`.
    retires_at      BIGINT,
    ended_at        BIGINT,
    last_used_at    BIGINT,
    -- The smallest number of days before its end of which people were told.
    told_days       BIGINT
);
CREATE INDEX client_secrets_application ON client_secrets (application_id);
-- What a date has ended and nobody has written down yet is looked for every second.
CREATE INDEX client_secrets_expires ON client_secrets (expires_at) WHERE ended_at IS NULL;
CREATE INDEX client_secrets_retires ON client_secrets (retires_at) WHERE ended_at IS NULL;

CREATE TABLE access_requests (
    id                      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- What people quote: `R-` and 8 Crockford characters.
    reference               TEXT COLLATE "C" NOT NULL UNIQUE,
    application_id          TEXT COLLATE "C" NOT NULL REFERENCES applications (id),
    api_id                  TEXT COLLATE "C" NOT NULL REFERENCES apis (id),
    previous_request_id     TEXT COLLATE "C" REFERENCES access_requests (id),
    state                   TEXT COLLATE "C" NOT NULL CHECK (state IN ('draft', 'submitted', 'in_review', 'needs_information', 'approved', 'partly_approved', 'declined', 'withdrawn', 'expired')),
    answers                 TEXT COLLATE "C" NOT NULL,
    integration             TEXT COLLATE "C" NOT NULL,
    -- A JSON array of `openid`, `profile`, …: granted with the first scope that is approved.
    sign_in_scopes          TEXT COLLATE "C" NOT NULL,
    assignee_id             TEXT COLLATE "C" REFERENCES users (id),
    created_by              TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    created_at              BIGINT  NOT NULL,
    -- When the developer accepted the terms of the API; NULL for a request that an operator made.
    terms_accepted_at       BIGINT,
    submitted_at            BIGINT,
    due_at                  BIGINT,
    -- Since when the developer has been asked; the review clock stands still meanwhile.
    asked_at                BIGINT,
    decided_at              BIGINT,
    updated_at              BIGINT  NOT NULL,
    version                 BIGINT  NOT NULL,
    -- When the reviewers were reminded; each reminder goes out once.
    half_time_reminded_at   BIGINT,
    overdue_reminded_at     BIGINT
);
CREATE INDEX access_requests_application ON access_requests (application_id);
-- With the assignee: the review desk counts from the index alone.
CREATE INDEX access_requests_state ON access_requests (state, due_at, assignee_id);
CREATE INDEX access_requests_assignee ON access_requests (assignee_id);
-- The review desk lists what waits: by due time, what the developer is asked about last, and by age.
CREATE INDEX access_requests_due ON access_requests ((CASE WHEN state = 'needs_information' THEN 4000000000000000000 + due_at ELSE due_at END), id) WHERE decided_at IS NULL AND submitted_at IS NOT NULL;
CREATE INDEX access_requests_submitted ON access_requests (submitted_at, id) WHERE decided_at IS NULL AND submitted_at IS NOT NULL;
-- And what has ended, the newest first.
CREATE INDEX access_requests_ended ON access_requests (decided_at, id) WHERE decided_at IS NOT NULL;

CREATE TABLE access_request_scopes (
    request_id      TEXT COLLATE "C" NOT NULL REFERENCES access_requests (id) ON DELETE CASCADE,
    scope_id        TEXT COLLATE "C" NOT NULL REFERENCES scopes (id),
    -- The first of the two approvals that a restricted scope needs.
    first_approved_by TEXT COLLATE "C" REFERENCES users (id),
    first_approved_at BIGINT,
    decision        TEXT COLLATE "C" CHECK (decision IN ('approved', 'declined')),
    reason          TEXT COLLATE "C",
    decided_by      TEXT COLLATE "C" REFERENCES users (id),
    decided_at      BIGINT,
    PRIMARY KEY (request_id, scope_id)
);

-- The thread of a request: what reviewers ask, what developers answer.
CREATE TABLE access_request_messages (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    request_id      TEXT COLLATE "C" NOT NULL REFERENCES access_requests (id) ON DELETE CASCADE,
    kind            TEXT COLLATE "C" NOT NULL CHECK (kind IN ('question', 'answer', 'reply', 'note')),
    author_id       TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    body            TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT  NOT NULL
);
CREATE INDEX access_request_messages_request ON access_request_messages (request_id);

-- Texts that reviewers keep ready, for the whole installation.
CREATE TABLE canned_replies (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind            TEXT COLLATE "C" NOT NULL CHECK (kind IN ('question', 'decline')),
    title           TEXT COLLATE "C" NOT NULL,
    body            TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT  NOT NULL,
    updated_at      BIGINT  NOT NULL,
    version         BIGINT  NOT NULL
);

-- Changes of an application that go live once a reviewer has approved them.
CREATE TABLE application_changes (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- What people quote: `C-` and 8 Crockford characters.
    reference       TEXT COLLATE "C" NOT NULL UNIQUE,
    application_id  TEXT COLLATE "C" NOT NULL REFERENCES applications (id),
    field           TEXT COLLATE "C" NOT NULL CHECK (field IN ('redirect_uris', 'post_logout_redirect_uris', 'api_user')),
    -- The value that it was proposed for, and the one that is wanted, JSON.
    value_before    TEXT COLLATE "C" NOT NULL,
    value_after     TEXT COLLATE "C" NOT NULL,
    state           TEXT COLLATE "C" NOT NULL CHECK (state IN ('submitted', 'approved', 'declined', 'withdrawn')),
    proposed_by     TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    created_at      BIGINT  NOT NULL,
    due_at          BIGINT  NOT NULL,
    decided_by      TEXT COLLATE "C" REFERENCES users (id),
    decided_at      BIGINT,
    -- Why it was declined; the developer reads it.
    reason          TEXT COLLATE "C",
    -- When the reviewers were reminded; each reminder goes out once.
    half_time_reminded_at   BIGINT,
    overdue_reminded_at     BIGINT
);
-- One field waits for one decision.
CREATE UNIQUE INDEX application_changes_open ON application_changes (application_id, field) WHERE state = 'submitted';
CREATE INDEX application_changes_due ON application_changes (due_at) WHERE state = 'submitted';
CREATE INDEX application_changes_application ON application_changes (application_id, id);

-- The request form of a user for an API while it is being filled in. The application may not exist yet.
CREATE TABLE access_request_drafts (
    user_id             TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    api_id              TEXT COLLATE "C" NOT NULL REFERENCES apis (id) ON DELETE CASCADE,
    -- The fields as they were typed, JSON.
    form                TEXT COLLATE "C" NOT NULL,
    updated_at          BIGINT  NOT NULL,
    PRIMARY KEY (user_id, api_id)
);

-- An approval leaves a slot: collecting it makes the application's first secret and shows it once.
CREATE TABLE client_secret_slots (
    id                  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    application_id      TEXT COLLATE "C" NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    created_at          BIGINT  NOT NULL,
    expires_at          BIGINT  NOT NULL,
    collected_at        BIGINT ,
    collected_by        TEXT COLLATE "C" REFERENCES users (id),
    secret_id           TEXT COLLATE "C" REFERENCES client_secrets (id) ON DELETE SET NULL,
    -- When it was written down, and told, that nobody came in time.
    lapsed_at           BIGINT
);
CREATE INDEX client_secret_slots_application ON client_secret_slots (application_id);
CREATE INDEX client_secret_slots_expires ON client_secret_slots (expires_at) WHERE collected_at IS NULL AND lapsed_at IS NULL;

-- Links that show a secret once, to a person without an account. The token is stored as its SHA-256.
CREATE TABLE client_secret_links (
    id                  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    hash                BYTEA   NOT NULL UNIQUE,
    application_id      TEXT COLLATE "C" NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    secret_id           TEXT COLLATE "C" NOT NULL REFERENCES client_secrets (id) ON DELETE CASCADE,
    -- What is shown, under a key that never comes here; NULL once it was.
    sealed              BYTEA,
    created_by          TEXT COLLATE "C" NOT NULL,
    created_at          BIGINT  NOT NULL,
    expires_at          BIGINT  NOT NULL,
    revealed_at         BIGINT
);
CREATE INDEX client_secret_links_application ON client_secret_links (application_id);
CREATE INDEX client_secret_links_secret ON client_secret_links (secret_id);
CREATE INDEX client_secret_links_expires ON client_secret_links (expires_at);

-- The last refused calls and token requests of each application, for its owners.
CREATE TABLE refused_calls (
    -- The request id.
    id                  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    application_id      TEXT COLLATE "C" NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    at                  BIGINT  NOT NULL,
    -- Method and path without the query.
    method              TEXT COLLATE "C" NOT NULL,
    path                TEXT COLLATE "C" NOT NULL,
    status              BIGINT  NOT NULL,
    -- Whether the caller had only named the application (a client id is public) and proved nothing.
    claimed             BIGINT  NOT NULL CHECK (claimed IN (0, 1)),
    -- Whether the gate let it through and the API answered with an error.
    passed_on           BIGINT  NOT NULL CHECK (passed_on IN (0, 1)),
    -- The stable word of the refusal and the whole reason.
    code                TEXT COLLATE "C" NOT NULL,
    reason              TEXT COLLATE "C" NOT NULL
);
CREATE INDEX refused_calls_application ON refused_calls (application_id, claimed, at);

CREATE TABLE entitlements (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    application_id  TEXT COLLATE "C" NOT NULL REFERENCES applications (id),
    api_id          TEXT COLLATE "C" NOT NULL REFERENCES apis (id),
    request_id      TEXT COLLATE "C" REFERENCES access_requests (id),
    -- Raises the plan of the API for this application; NULL: the plan.
    quota_limit     BIGINT,
    created_at      BIGINT  NOT NULL,
    updated_at      BIGINT  NOT NULL,
    version         BIGINT  NOT NULL,
    UNIQUE (application_id, api_id)
);
-- Few raise the plan; nodes read all of those at once.
CREATE INDEX entitlements_quota ON entitlements (api_id) WHERE quota_limit IS NOT NULL;

CREATE TABLE entitlement_scopes (
    entitlement_id  TEXT COLLATE "C" NOT NULL REFERENCES entitlements (id) ON DELETE CASCADE,
    scope_id        TEXT COLLATE "C" NOT NULL REFERENCES scopes (id),
    state           TEXT COLLATE "C" NOT NULL CHECK (state IN ('active', 'suspended', 'revoked', 'expired')),
    granted_at      BIGINT  NOT NULL,
    expires_at      BIGINT,
    ended_at        BIGINT,
    PRIMARY KEY (entitlement_id, scope_id)
);

-- What customers allowed ---------------------------------------------------------------------------------------------

-- A customer's standing permission to one application: the scopes that are not asked for again.
CREATE TABLE consents (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    server_id       TEXT COLLATE "C" NOT NULL REFERENCES authorization_servers (id) ON DELETE CASCADE,
    application_id  TEXT COLLATE "C" NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    user_id         TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Space-separated names.
    scopes          TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT  NOT NULL,
    updated_at      BIGINT  NOT NULL,
    UNIQUE (user_id, application_id, server_id)
);
CREATE INDEX consents_application ON consents (application_id);

-- One authorization. Codes, refresh tokens and access tokens that come of it carry its id (`gid`).
CREATE TABLE grants (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    server_id       TEXT COLLATE "C" NOT NULL REFERENCES authorization_servers (id) ON DELETE CASCADE,
    application_id  TEXT COLLATE "C" NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    user_id         TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The browser's session; NULL for devices. No foreign key: a session may be pruned before its grants.
    session_id      TEXT COLLATE "C",
    -- Space-separated names and audiences.
    scopes          TEXT COLLATE "C" NOT NULL,
    resources       TEXT COLLATE "C" NOT NULL,
    nonce           TEXT COLLATE "C",
    -- Whether `offline_access` is among the scopes: then it outlives the session.
    offline         BIGINT  NOT NULL CHECK (offline IN (0, 1)),
    -- The `claims` parameter (OIDC Core §5.5).
    claims          TEXT COLLATE "C",
    authenticated_at BIGINT  NOT NULL,
    amr             TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT  NOT NULL,
    last_used_at    BIGINT  NOT NULL,
    -- Nothing comes of it from then on.
    expires_at      BIGINT  NOT NULL,
    ended_at        BIGINT 
);
CREATE INDEX grants_user ON grants (user_id, application_id);
CREATE INDEX grants_application ON grants (application_id);
CREATE INDEX grants_session ON grants (session_id);
CREATE INDEX grants_expires ON grants (expires_at);

-- The applications that got an ID token in a session: who is told when it ends (OpenID Connect Back-Channel Logout).
CREATE TABLE session_applications (
    session_id      TEXT COLLATE "C" NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    application_id  TEXT COLLATE "C" NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    server_id       TEXT COLLATE "C" NOT NULL REFERENCES authorization_servers (id) ON DELETE CASCADE,
    PRIMARY KEY (session_id, application_id, server_id)
);
CREATE INDEX session_applications_application ON session_applications (application_id);

-- Authorization codes. Used ones stay until they expire, so that a second use is noticed.
CREATE TABLE codes (
    hash            BYTEA   NOT NULL PRIMARY KEY,
    grant_id        TEXT COLLATE "C" NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    redirect_uri    TEXT COLLATE "C" NOT NULL,
    -- Whether the request named it, or the only registered one was meant.
    redirect_uri_sent BIGINT  NOT NULL CHECK (redirect_uri_sent IN (0, 1)),
    -- S256 (RFC 7636).
    code_challenge  TEXT COLLATE "C",
    created_at      BIGINT  NOT NULL,
    expires_at      BIGINT  NOT NULL,
    used_at         BIGINT 
);
CREATE INDEX codes_grant ON codes (grant_id);
CREATE INDEX codes_expires ON codes (expires_at);

-- Device codes (RFC 8628). The user code that belongs to one is unique among all servers, so that one address does for all.
-- Used and expired ones stay for a while, so that devices learn what became of them.
CREATE TABLE device_codes (
    hash            BYTEA   NOT NULL PRIMARY KEY,
    user_code_hash  BYTEA   NOT NULL UNIQUE,
    server_id       TEXT COLLATE "C" NOT NULL REFERENCES authorization_servers (id) ON DELETE CASCADE,
    application_id  TEXT COLLATE "C" NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    -- Space-separated names and audiences.
    scopes          TEXT COLLATE "C" NOT NULL,
    resources       TEXT COLLATE "C" NOT NULL,
    state           TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'allowed', 'denied')),
    -- Once it is allowed.
    grant_id        TEXT COLLATE "C" REFERENCES grants (id) ON DELETE CASCADE,
    -- Seconds between two requests of the device.
    poll_interval   BIGINT  NOT NULL,
    polled_at       BIGINT,
    created_at      BIGINT  NOT NULL,
    expires_at      BIGINT  NOT NULL,
    used_at         BIGINT,
    CHECK ((state = 'allowed') = (grant_id IS NOT NULL))
);
CREATE INDEX device_codes_grant ON device_codes (grant_id);
CREATE INDEX device_codes_expires ON device_codes (expires_at);

-- Refresh tokens: every generation of a family, so that an old one is known again.
CREATE TABLE refresh_tokens (
    hash            BYTEA   NOT NULL PRIMARY KEY,
    grant_id        TEXT COLLATE "C" NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    generation      BIGINT  NOT NULL,
    created_at      BIGINT  NOT NULL,
    expires_at      BIGINT  NOT NULL,
    used_at         BIGINT ,
    UNIQUE (grant_id, generation)
);
CREATE INDEX refresh_tokens_expires ON refresh_tokens (expires_at);

-- A revocation is a predicate over tokens issued not after `issued_until` (microseconds); nothing is stored per token.
CREATE TABLE revocations (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind            TEXT COLLATE "C" NOT NULL CHECK (kind IN ('token', 'grant', 'application', 'application_user', 'user', 'application_api')),
    -- jti, gid, application id, user id; the second subject of a pair in `object`.
    subject         TEXT COLLATE "C" NOT NULL,
    object          TEXT COLLATE "C",
    issued_until    BIGINT  NOT NULL,
    -- When the last token it can speak of has expired.
    expires_at      BIGINT  NOT NULL,
    created_at      BIGINT  NOT NULL
);
CREATE INDEX revocations_expires ON revocations (expires_at);

-- Usage: summed in memory, added once a second.
CREATE TABLE usage_hours (
    application_id  TEXT COLLATE "C" NOT NULL,
    api_id          TEXT COLLATE "C" NOT NULL,
    hour            BIGINT  NOT NULL,
    calls           BIGINT  NOT NULL,
    refused         BIGINT  NOT NULL,
    failed          BIGINT  NOT NULL,
    tokens          BIGINT  NOT NULL,
    PRIMARY KEY (application_id, api_id, hour)
);

-- What carries the rest ----------------------------------------------------------------------------------------------

CREATE TABLE changes_head (
    id              BIGINT  NOT NULL PRIMARY KEY CHECK (id = 1),
    seq             BIGINT  NOT NULL
);
INSERT INTO changes_head (id, seq) VALUES (1, 0);

CREATE TABLE changes (
    seq             BIGINT  NOT NULL PRIMARY KEY,
    topic           TEXT COLLATE "C" NOT NULL,
    key             TEXT COLLATE "C" NOT NULL
);

CREATE TABLE outbox (
    -- Also the idempotency id that the receiver sees.
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind            TEXT COLLATE "C" NOT NULL,
    -- Who gets it, among messages of its kind; empty for mails.
    receiver        TEXT COLLATE "C" NOT NULL,
    payload         TEXT COLLATE "C" NOT NULL,
    state           TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')),
    attempts        BIGINT  NOT NULL,
    next_attempt_at BIGINT  NOT NULL,
    lease_owner     TEXT COLLATE "C",
    lease_until     BIGINT,
    last_error      TEXT COLLATE "C",
    created_at      BIGINT  NOT NULL,
    ended_at        BIGINT
);
CREATE INDEX outbox_waiting ON outbox (kind, next_attempt_at) WHERE state = 'waiting';
CREATE INDEX outbox_ended ON outbox (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE audit_events (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    at              BIGINT  NOT NULL,
    actor_kind      TEXT COLLATE "C" NOT NULL CHECK (actor_kind IN ('user', 'operator', 'command_line', 'application', 'system')),
    actor_id        TEXT COLLATE "C" NOT NULL,
    action          TEXT COLLATE "C" NOT NULL,
    target_kind     TEXT COLLATE "C" NOT NULL,
    target_id       TEXT COLLATE "C" NOT NULL,
    before          TEXT COLLATE "C",
    after           TEXT COLLATE "C",
    request_id      TEXT COLLATE "C",
    -- SHA-256 over a random salt and the personal fields in `audit_personal`: the chain stays whole when those go.
    personal_hash   BYTEA,
    -- Set by the job that chains: gapless number and SHA-256 over the previous hash and this row.
    seq             BIGINT  UNIQUE,
    hash            BYTEA
);
CREATE INDEX audit_events_unchained ON audit_events (id) WHERE seq IS NULL;
CREATE INDEX audit_events_target ON audit_events (target_kind, target_id);

CREATE TABLE audit_personal (
    event_id        TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES audit_events (id) ON DELETE CASCADE,
    salt            BYTEA   NOT NULL,
    fields          TEXT COLLATE "C" NOT NULL
);

CREATE TABLE audit_head (
    id              BIGINT  NOT NULL PRIMARY KEY CHECK (id = 1),
    seq             BIGINT  NOT NULL,
    hash            BYTEA   NOT NULL
);
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '\x0000000000000000000000000000000000000000000000000000000000000000');

CREATE TABLE jobs (
    name            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    lease_owner     TEXT COLLATE "C",
    lease_until     BIGINT,
    last_started_at BIGINT,
    last_ended_at   BIGINT,
    last_error      TEXT COLLATE "C"
);

-- Results API --------------------------------------------------------------------------------------------------------

CREATE TABLE result_tests (
    id                  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    workspace_id        TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    title               TEXT COLLATE "C" NOT NULL,
    -- Number of completed sessions: the list's `totalCount`, kept by the import.
    completed_count     BIGINT  NOT NULL,
    document            TEXT COLLATE "C" NOT NULL,
    updated_at          BIGINT  NOT NULL
);
CREATE INDEX result_tests_workspace ON result_tests (workspace_id);

CREATE TABLE result_sessions (
    id                  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    test_id             TEXT COLLATE "C" NOT NULL REFERENCES result_tests (id) ON DELETE CASCADE,
    -- Dense 1..completed_count among completed sessions, oldest first; NULL for the others.
    ordinal             BIGINT,
    status              TEXT COLLATE "C" NOT NULL,
    audience_id         TEXT COLLATE "C",
    start_time          BIGINT  NOT NULL,
    finish_time         BIGINT,
    -- The whole session in the import format.
    document            TEXT COLLATE "C" NOT NULL,
    updated_at          BIGINT  NOT NULL
);
CREATE INDEX result_sessions_ordinal ON result_sessions (test_id, ordinal) WHERE ordinal IS NOT NULL;
-- Numbering walks this index alone.
CREATE INDEX result_sessions_order ON result_sessions (test_id, status, start_time, id DESC);

-- Lines of an import that is still being read; applied in one transaction or thrown away.
CREATE TABLE result_import_lines (
    import_id           TEXT COLLATE "C" NOT NULL,
    line                BIGINT  NOT NULL,
    kind                TEXT COLLATE "C" NOT NULL,
    record_id           TEXT COLLATE "C" NOT NULL,
    -- The workspace of a test, the test of a session.
    parent_id           TEXT COLLATE "C" NOT NULL,
    -- Columns of a test.
    title               TEXT COLLATE "C",
    -- Columns of a session.
    status              TEXT COLLATE "C",
    audience_id         TEXT COLLATE "C",
    start_time          BIGINT,
    finish_time         BIGINT,
    document            TEXT COLLATE "C" NOT NULL,
    created_at          BIGINT  NOT NULL,
    PRIMARY KEY (import_id, line)
);
CREATE INDEX result_import_lines_record ON result_import_lines (import_id, kind, record_id, line);
