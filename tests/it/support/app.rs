//! The whole application in process.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gatehouse_core::jose::encryption::KeyEncryptionKeys;
use gatehouse_core::random::SeededRandom;
use gatehouse_core::time::FixedClock;
use gatehouse_server::actions::{Actor, ActorKind};
use gatehouse_server::config::{MailConfig, Mailbox, SmtpConfig};
use gatehouse_server::context::Context;
use gatehouse_server::directory::watch::poll;
use gatehouse_server::oauth::document::Documents;
use gatehouse_server::outbound::{Outbound, PATIENCE};
use gatehouse_server::password_hashing::PasswordHashing;
use gatehouse_server::serve::{Edge, Limits, Network, Proxies, Surface, bind, serve};
use gatehouse_server::state::{App, AppConfig, AppState};
use gatehouse_server::{hosts, routes};
use gatehouse_store::testing::{NOW, TestDb};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// One running application; gone with the value.
pub(crate) struct TestApp {
    /// The application itself, to look inside.
    pub(crate) state: AppState,
    /// Stands still until moved.
    pub(crate) clock: Arc<FixedClock>,
    /// `http://127.0.0.1:PORT`; also portal, issuer and API address.
    pub(crate) base: String,
    /// The operator's listener.
    pub(crate) operator_base: String,
    pub(super) http: reqwest::Client,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    _folder: tempfile::TempDir,
    // Last, so that the database goes after everything that uses it.
    _db: TestDb,
}

/// Runs a test against an application on SQLite and another one on PostgreSQL.
pub(crate) async fn on_each_engine(test: impl AsyncFn(&TestApp)) {
    for engine in ["sqlite", "postgres"] {
        let _named = Failing(engine);
        let db = if engine == "sqlite" { TestDb::sqlite().await } else { TestDb::postgres().await };
        let app = TestApp::start(db).await;
        test(&app).await;
        app.stop().await;
    }
}

impl TestApp {
    /// On SQLite, for what has nothing to do with the engine.
    pub(crate) async fn sqlite() -> Self {
        Self::start(TestDb::sqlite().await).await
    }

    /// On a database of the caller's.
    pub(crate) async fn start(db: TestDb) -> Self {
        Self::start_with(db, Limits::default()).await
    }

    /// The same with other limits for connections.
    pub(crate) async fn start_with(db: TestDb, limits: Limits) -> Self {
        Self::start_at(db, limits, ["127.0.0.1"; 3]).await
    }

    /// The same with host names for portal, issuer and API.
    pub(crate) async fn start_at(db: TestDb, limits: Limits, hosts: [&str; 3]) -> Self {
        Self::launch(db, limits, hosts, None).await
    }

    /// On a database of the caller's, with mails that leave through a mail server.
    pub(crate) async fn start_mailing(db: TestDb, smtp: SmtpConfig) -> Self {
        Self::launch(db, Limits::default(), ["127.0.0.1"; 3], Some(smtp)).await
    }

    async fn launch(db: TestDb, limits: Limits, hosts: [&str; 3], smtp: Option<SmtpConfig>) -> Self {
        let clock = Arc::new(FixedClock::at(NOW));
        let ctx = context(&db, clock.clone());
        let any_port = ["127.0.0.1:0".parse().expect("an address")];
        let (public, operator) = (bind(&any_port).expect("a port"), bind(&any_port).expect("a port"));
        let address = |listeners: &[tokio::net::TcpListener]| {
            format!("http://{}", listeners[0].local_addr().expect("it is bound"))
        };
        let (base, operator_base) = (address(&public), address(&operator));
        let folder = tempfile::tempdir().expect("a folder is made");
        let [portal_url, issuer_url, api_url] = hosts.map(|host| base.replace("127.0.0.1", host));
        let config = AppConfig {
            portal_url,
            issuer_url,
            api_url,
            mail: mail(folder.path().join("mail"), smtp),
            audit_heads_folder: folder.path().join("audit-heads"),
            proxies: Proxies::default(),
        };
        let state = App::start(ctx.clone(), config).await.expect("the application starts");
        let surfaces = vec![
            Surface { listeners: public, documents: Some(Documents::of(&state)), router: hosts::public(&state) },
            Surface { listeners: operator, documents: None, router: routes::operator(&state) },
        ];
        let (stop, stopped) = watch::channel(false);
        let edge = Arc::new(Edge::new(ctx, &base));
        let serving = tokio::spawn(async move {
            serve(surfaces, edge, limits, stopped).await;
        });
        let http = super::http();
        Self { state, clock, base, operator_base, http, stop, serving, _folder: folder, _db: db }
    }

    /// For calling actions.
    pub(crate) fn ctx(&self) -> &Context {
        &self.state.ctx
    }

    /// Who acts in fixtures.
    pub(crate) fn actor() -> Actor {
        Actor { kind: ActorKind::System("test"), request_id: None, address: None }
    }

    /// Moves the clock.
    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Takes in what was written since the last time, as every node does twice a second.
    pub(crate) async fn poll_changes_now(&self) {
        poll(&self.state).await.expect("changes are taken in");
    }

    /// Runs every background job once: audit events are chained, mails delivered.
    pub(crate) async fn run_jobs_now(&self) {
        self.state.jobs.run_now().await.expect("the jobs run");
    }

    /// The mails delivered so far, oldest first.
    pub(crate) fn mails(&self) -> Vec<String> {
        let Ok(files) = std::fs::read_dir(&self.state.config.mail.folder) else { return Vec::new() };
        let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
        paths.sort();
        paths.iter().map(|path| std::fs::read_to_string(path).expect("a mail")).collect()
    }

    /// Lets requests finish and ends.
    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        self.serving.await.expect("serving ended well");
    }
}

/// In the usual name into a folder, in a name of its own through a mail server.
fn mail(folder: PathBuf, smtp: Option<SmtpConfig>) -> MailConfig {
    let mailbox = |text: &str| smtp.as_ref().map(|_| Mailbox::parse(text).expect("a sender"));
    let (from, reply_to) = (mailbox("Example: APIs <no-reply@example.com>"), mailbox("help@example.com"));
    MailConfig { folder, smtp, from, reply_to }
}

/// A context of a test: fixed clock, seeded randomness.
pub(crate) fn context(db: &TestDb, clock: Arc<FixedClock>) -> Context {
    let keys = KeyEncryptionKeys::from_base64(["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]);
    Context {
        db: db.db.clone(),
        clock,
        random: Arc::new(SeededRandom::new(1)),
        key_encryption_keys: Some(Arc::new(keys.expect("a key"))),
        secret_prefix: "gh".into(),
        // Known once a port is bound; the application puts it in at its start.
        portal_url: None,
        calendar: Arc::default(),
        passwords: PasswordHashing::default(),
        outbound: Outbound::new(loopback(), PATIENCE),
    }
}

/// Receivers of tests listen here.
pub(crate) fn loopback() -> Vec<Network> {
    ["127.0.0.0/8", "::1"].map(|text| Network::parse(text).expect("a network")).to_vec()
}

/// Says on which engine a test failed.
struct Failing(&'static str);

impl Drop for Failing {
    fn drop(&mut self) {
        if std::thread::panicking() {
            drop(writeln!(std::io::stderr(), "the engine was {}", self.0));
        }
    }
}
