//! `/review`: the review desk, from outside.

mod changes;
mod decisions;
mod desk;
mod pages;
mod races;
mod refusals;
mod replies;
mod thousands;
mod together;
