//! Certificates for the PostgreSQL of a run: an authority, what it signed for `localhost`, and an authority that has
//! nothing to do with it. Made anew each time and gone with the cluster's folder.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::process;

/// The server's certificate and its key.
pub(crate) const SERVER: &str = "server.pem";
pub(crate) const SERVER_KEY: &str = "server.key";
/// Who signed it.
pub(crate) const AUTHORITY: &str = "authority.pem";
/// Who did not.
const STRANGER: &str = "stranger.pem";

const KEY: [&str; 5] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
const DAYS: [&str; 2] = ["-days", "7"];

/// Writes all of them into `folder`, as the user who will run the server.
pub(crate) fn make(folder: &Path, openssl: impl Fn() -> Command) -> Result<()> {
    for (file, name) in [(AUTHORITY, "/CN=Tests"), (STRANGER, "/CN=Stranger")] {
        let mut authority = openssl();
        authority.args(["req", "-x509", "-subj", name, "-out", file, "-keyout", &format!("{file}.key")]);
        process::stdout(authority.args(KEY).args(DAYS))?;
    }
    let mut request = openssl();
    request.args(["req", "-subj", "/CN=localhost", "-out", "request.pem", "-keyout", SERVER_KEY]);
    process::stdout(request.args(KEY))?;
    fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n")?;
    let mut signed = openssl();
    signed.args(["x509", "-req", "-in", "request.pem", "-CA", AUTHORITY, "-CAkey", &format!("{AUTHORITY}.key")]);
    signed.args(["-CAcreateserial", "-extfile", "names", "-out", SERVER]);
    process::stdout(signed.args(DAYS))?;
    Ok(())
}
