//! Foreign judges: clients that others wrote, and the samples of the docs, each against the started binary.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::output;
use crate::test::summary::Summary;
use crate::test::{node, python, rust, samples, server};

/// Name and file of each judge that Node runs.
const NODE: [(&str, &str); 11] = [
    ("judge: Node oauth4webapi", "oauth4webapi.test.mjs"),
    ("judge: Node openid-client", "openid-client.test.mjs"),
    ("judge: Node oauth4webapi signs a customer in", "oauth4webapi-sign-in.test.mjs"),
    ("judge: Node openid-client signs a customer in", "openid-client-sign-in.test.mjs"),
    ("judge: Node jose reads logout tokens", "backchannel-logout.test.mjs"),
    ("judge: Apache with mod_auth_openidc", "mod-auth-openidc.test.mjs"),
    ("judge: what docs/sign-in.md shows", "sign-in-page.test.mjs"),
    ("judge: Node openid-client lets a device in", "openid-client-device.test.mjs"),
    ("judge: oidc-agent", "oidc-agent.test.mjs"),
    ("judge: what docs/device.md shows", "device-page.test.mjs"),
    ("judge: samples of the docs", "samples.test.mjs"),
];

/// Starts the server and runs every judge.
pub(crate) fn run(root: &Path, summary: &mut Summary) -> Result<()> {
    output::heading("Foreign judges");
    let server = server::start(root, "judges")?;
    let extracted = samples::extract(root)?;
    let in_node = NODE.iter().map(|&(suite, file)| (suite, node_test(root, file)));
    let others =
        [("judge: Python authlib, requests-oauthlib, joserfc", python_tests(root)), ("judge: curl", curl(root))];
    for (suite, mut command) in in_node.chain(others) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths;

    #[test]
    fn every_file_of_tests_is_in_the_list() {
        let folder = node::folder(&paths::root().expect("the repository"));
        let names = std::fs::read_dir(folder).expect("it is there").map(|entry| entry.expect("an entry").file_name());
        let names = names.map(|name| name.into_string().expect("text")).filter(|name| name.ends_with(".test.mjs"));
        let unlisted: Vec<String> = names.filter(|name| NODE.iter().all(|(_, file)| file != name)).collect();
        assert!(unlisted.is_empty(), "these never run: {unlisted:?}");
    }
}
