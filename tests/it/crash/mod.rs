//! `kill -9` in the middle of writes, for real: the started binary under tokens, keys, secrets and imports. After each
//! kill it starts again, everything that was acknowledged is there, nothing consumed lives again, and the audit chain
//! verifies.

mod import;
mod kept;
mod load;
mod rotation;

use gatehouse_store::testing::TestDb;

use crate::support::binary::Installation;
use kept::Kept;

const ROUNDS: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    survive(&Installation::new(folder.path(), None)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_on_postgresql() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = TestDb::empty_postgres().await;
    survive(&Installation::new(folder.path(), Some(&database.url))).await;
}

/// So many kills, each at another moment.
async fn survive(installation: &Installation) {
    let mut kept = Kept::default();
    for round in 0..ROUNDS {
        let dev = installation.start();
        kept.check(&dev.env).await;
        kept.add(load::until_killed(installation, &dev, round).await);
        verify_audit(installation);
    }
    let dev = installation.start();
    kept.check(&dev.env).await;
    kept.check_all(&dev.env).await;
    assert_eq!(dev.stop(), Some(0), "it drains");
    verify_audit(installation);
}

fn verify_audit(installation: &Installation) {
    let verified = installation.run(&["audit", "verify"]);
    let said = [verified.stdout, verified.stderr].concat();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&said));
}
