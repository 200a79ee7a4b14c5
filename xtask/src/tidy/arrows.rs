//! Which crate may know which, and what `core` may not touch at all.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result};

use super::Finding;
use super::source::Tree;

/// Manifest, and the crates of this workspace that it may name (tests included).
const ARROWS: [(&str, &[&str]); 7] = [
    ("crates/core/Cargo.toml", &[]),
    ("crates/store/Cargo.toml", &["gatehouse-core"]),
    ("crates/gate/Cargo.toml", &["gatehouse-core"]),
    ("crates/server/Cargo.toml", &["gatehouse-core", "gatehouse-gate", "gatehouse-store"]),
    ("Cargo.toml", &["gatehouse-core", "gatehouse-gate", "gatehouse-server", "gatehouse-store"]),
    ("bench/Cargo.toml", &["gatehouse-core", "gatehouse-store"]),
    ("xtask/Cargo.toml", &[]),
];

/// Rules without I/O: no runtime, no network, no database in `core`.
const BANNED_IN_CORE: [&str; 9] =
    ["axum", "deadpool-postgres", "hyper", "reqwest", "rusqlite", "socket2", "tokio", "tokio-postgres", "tower"];

/// Engines: named in the store's manifest, and where a bare one is the measure or prepares a test.
const ENGINES: [&str; 3] = ["deadpool-postgres", "rusqlite", "tokio-postgres"];
const MAY_NAME_ENGINES: [&str; 2] = ["crates/store/Cargo.toml", "bench/Cargo.toml"];

/// Manifests name only what the arrows allow.
pub(crate) fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let manifests = tree.files.iter().filter(|file| file.ends_with("Cargo.toml"));
    for manifest in manifests {
        let name = manifest.to_string_lossy();
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
            let message =
                "a crate without arrows: add it to xtask/src/tidy/arrows.rs and to ARCHITECTURE.md".to_owned();
            findings.push(Finding::new("arrow", manifest, 1, message));
            continue;
        };
        let text = fs::read_to_string(tree.root.join(manifest))?;
        let (normal, all) = dependencies(&text).with_context(|| format!("cannot read {name}"))?;
        let mut refuse = |dependency: &String, why: &str| {
            let line = text.lines().position(|line| line.starts_with(dependency.as_str())).unwrap_or(0) + 1;
            findings.push(Finding::new("arrow", manifest, line, format!("`{dependency}`: {why}")).about(dependency));
        };
        for dependency in all.iter().filter(|name| name.starts_with("gatehouse-")) {
            if !allowed.contains(&dependency.as_str()) {
                refuse(dependency, "imports point core ← store ← server ← src and core ← gate ← server only");
            }
        }
        for dependency in &all {
            if name == "crates/core/Cargo.toml" && BANNED_IN_CORE.contains(&dependency.as_str()) {
                refuse(dependency, "core is pure: no runtime, no network, no database");
            }
        }
        for dependency in normal.iter().filter(|name| ENGINES.contains(&name.as_str())) {
            if !MAY_NAME_ENGINES.contains(&&*name) {
                refuse(dependency, "only crates/store knows the engines");
            }
        }
    }
    Ok(findings)
}

/// Names under `[dependencies]`, and under every table of dependencies.
fn dependencies(manifest: &str) -> Result<(BTreeSet<String>, BTreeSet<String>)> {
    let manifest: toml::Table = toml::from_str(manifest)?;
    let names = |table: &str| {
        let entries = manifest.get(table).and_then(toml::Value::as_table);
        entries.into_iter().flat_map(|entries| entries.keys().cloned()).collect::<BTreeSet<_>>()
    };
    let normal = names("dependencies");
    let mut all = normal.clone();
    all.extend(names("dev-dependencies"));
    all.extend(names("build-dependencies"));
    Ok((normal, all))
}
