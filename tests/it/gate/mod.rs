//! The gate in front of the Results API, over a socket.

mod changes;
mod raw;
mod rights;
mod session_results;
mod smuggling;
mod world;
