//! What a token cannot do without: one ES256 signature and one SHA-256 of the secret, on one core. Told in processor time:
//! whoever else uses the core must not make the ceiling lower than it is.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde::{Deserialize, Serialize};

use crate::output;
use crate::server::cpu_seconds;

/// Per second of processor time on one core.
#[derive(Clone, Copy, Serialize, Deserialize, Debug)]
pub(crate) struct Primitives {
    pub(crate) es256: f64,
    pub(crate) sha256: f64,
}

/// The signing input of an access token of ours has about so many bytes.
const SIGNING_INPUT: usize = 640;
/// A client secret has so many characters.
const SECRET: usize = 55;
const EACH: Duration = Duration::from_millis(1500);

/// Times both and prints them as JSON.
pub(crate) fn run() -> Result<()> {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
        .map_err(|error| anyhow!("cannot make a key: {error}"))?;
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref())
        .map_err(|error| anyhow!("cannot read the key: {error}"))?;
    let (message, secret) = (vec![b'e'; SIGNING_INPUT], vec![b's'; SECRET]);
    let es256 = rate(|| key.sign(&random, black_box(&message)).is_ok())?;
    let sha256 = rate(|| black_box(digest::digest(&digest::SHA256, black_box(&secret))).as_ref().len() == 32)?;
    output::line(&serde_json::to_string(&Primitives { es256, sha256 })?);
    Ok(())
}

fn rate(work: impl Fn() -> bool) -> Result<f64> {
    let (started, before) = (Instant::now(), cpu_seconds("self")?);
    let mut done = 0_u64;
    while started.elapsed() < EACH {
        for _ in 0..100 {
            done += u64::from(work());
        }
    }
    Ok(done as f64 / (cpu_seconds("self")? - before))
}
