//! What the two engines promise alike, and what each does alone.

mod both;
mod crash;
mod postgres;
mod sqlite;
mod tls;
