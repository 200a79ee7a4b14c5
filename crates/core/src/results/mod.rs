//! The Results API's shapes and its import format.
