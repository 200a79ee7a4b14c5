//! What can go wrong below the statements.

/// A failure of the database. Texts never carry column values: those may be personal.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The database cannot be reached, opened or written.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A constraint refused the row, named the same way on both engines: `users.email_key` or
    /// `api_versions.api_id, api_versions.label` for a unique one, `foreign key`, `not null …`, `check …`.
    #[error("constraint {0}")]
    Constraint(String),
    /// A transaction lost against another one and was tried again too often, or took longer than its limit.
    #[error("the database is busy: {0}")]
    Busy(String),
    /// A row that cannot be read back; names table or statement, column and id.
    #[error("unreadable row: {0}")]
    Unreadable(String),
    /// The schema is newer than this program.
    #[error("the database is of version {found}, this program knows up to {known}: start a newer Gatehouse")]
    NewerSchema {
        /// Version found in the database.
        found: i64,
        /// Newest version that this program knows.
        known: i64,
    },
    /// The schema was made by a build whose migration of that name was another one.
    #[error(
        "the database was made by another build of Gatehouse, whose migration {migration} differs: start that build, \
         or begin with a new folder or an empty database"
    )]
    OtherSchema {
        /// Name of the first migration that differs.
        migration: &'static str,
    },
    /// Anything else the engine says.
    #[error("database: {0}")]
    Engine(String),
}

impl DbError {
    /// Whether a constraint of that name refused the row: `error.is_constraint("users.email_key")`.
    pub fn is_constraint(&self, name: &str) -> bool {
        matches!(self, Self::Constraint(found) if found == name)
    }
}
