//! What the two engines promise alike, and what each does alone.

mod both;
mod postgres;
mod sqlite;
