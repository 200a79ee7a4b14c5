//! The Results API's data: tests, their sessions, and how they come in.

#[cfg(test)]
mod fixtures;
pub mod import;
pub mod sessions;
pub mod tests;
mod viewer;

pub use viewer::Viewer;
