//! Foreign judges: clients that others wrote, and the samples of the docs, each against the started binary.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::output;
use crate::test::summary::Summary;
use crate::test::{node, python, rust, samples, server};

/// Starts the server and runs every judge.
pub(crate) fn run(root: &Path, summary: &mut Summary) -> Result<()> {
    output::heading("Foreign judges");
    let server = server::start(root, "judges")?;
    let extracted = samples::extract(root)?;
    let judges = [
        ("judge: Node oauth4webapi", node_test(root, "oauth4webapi.test.mjs")),
        ("judge: Node openid-client", node_test(root, "openid-client.test.mjs")),
        ("judge: Node oauth4webapi signs a customer in", node_test(root, "oauth4webapi-sign-in.test.mjs")),
        ("judge: Node openid-client signs a customer in", node_test(root, "openid-client-sign-in.test.mjs")),
        ("judge: Apache with mod_auth_openidc", node_test(root, "mod-auth-openidc.test.mjs")),
        ("judge: what docs/sign-in.md shows", node_test(root, "sign-in-page.test.mjs")),
        ("judge: Python authlib, requests-oauthlib, joserfc", python_tests(root)),
        ("judge: curl", curl(root)),
        ("judge: samples of the docs", node_test(root, "samples.test.mjs")),
    ];
    for (suite, mut command) in judges {
        output::heading(suite);
        command.envs(&server.env).env("SAMPLES", &extracted).env("PYTHON", python::interpreter(root));
        // Nothing but 127.0.0.1 is asked for, whatever proxy this machine has.
        command.env("NO_PROXY", "*").env("no_proxy", "*").env("PYTHONDONTWRITEBYTECODE", "1");
        summary.add(suite, rust::counted(&mut command)?);
    }
    Ok(())
}

fn node_test(root: &Path, file: &str) -> Command {
    let mut command = Command::new("node");
    command.current_dir(node::folder(root)).args(["--test", "--test-reporter=tap", file]);
    command
}

fn python_tests(root: &Path) -> Command {
    let mut command = Command::new(python::interpreter(root));
    command.current_dir(python::folder(root)).arg("run.py");
    command
}

fn curl(root: &Path) -> Command {
    let mut command = Command::new("bash");
    command.current_dir(root.join("tests/clients/curl")).arg("run.sh");
    command
}
