//! Gatehouse in one binary: portal, review desk, authorization server, gate. Everything begins in `cli`.

mod cli;

use std::process::ExitCode;

/// Musl's and glibc's allocators lose a tenth of the token throughput under several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
