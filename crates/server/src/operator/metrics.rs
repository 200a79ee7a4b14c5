//! `GET /metrics`: Prometheus' text format 0.0.4.

use axum::extract::State;
use axum::response::IntoResponse;
use gatehouse_gate::Gate;
use http::header;

use crate::state::{App, AppState};

/// All numbers of this node.
pub async fn get(State(app): State<AppState>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text(&app))
}

fn text(app: &App) -> String {
    let mut page = Page::default();
    page.gauge(
        "gatehouse_info",
        "Version of the program.",
        &format!("{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION")),
    );
    let statements = app.ctx.db.statements();
    page.counter(
        "gatehouse_database_statements_total",
        "Statements executed.",
        &[("{kind=\"read\"}", statements.reads), ("{kind=\"write\"}", statements.writes)],
    );
    page.counter("gatehouse_tokens_issued_total", "Access tokens issued.", &[("", app.token_usage.total())]);
    page.gauge(
        "gatehouse_applications_in_memory",
        "Applications that the token endpoint knows without asking the database.",
        &format!(" {}", app.directory.client_count()),
    );
    let mails = app.jobs.mails().read().map(|(outcome, count)| (format!("{{outcome=\"{outcome}\"}}"), count));
    let mails: Vec<_> = mails.iter().map(|(labels, count)| (labels.as_str(), *count)).collect();
    page.counter("gatehouse_mails_total", "Tries to hand a mail over, by what became of them.", &mails);
    gate(&mut page, &app.gate);
    page.gauge(
        "process_start_time_seconds",
        "When the process started, in seconds since 1970.",
        &format!(" {}", app.started_at.as_secs()),
    );
    if let Some(bytes) = resident_bytes() {
        page.gauge("process_resident_memory_bytes", "Memory in use.", &format!(" {bytes}"));
    }
    page.0
}

/// Calls by what became of them; reasons are a fixed set of words.
fn gate(page: &mut Page, gate: &Gate) {
    let totals = gate.totals();
    page.counter("gatehouse_gate_forwarded_total", "Calls of APIs that the gate sent on.", &[("", totals.forwarded)]);
    let refused: Vec<_> =
        totals.refused.iter().map(|(reason, count)| (format!("{{reason=\"{reason}\"}}"), *count)).collect();
    let refused: Vec<_> = refused.iter().map(|(labels, count)| (labels.as_str(), *count)).collect();
    page.counter("gatehouse_gate_refused_total", "Calls of APIs that the gate refused.", &refused);
    let tokens = format!(" {}", gate.cached_tokens());
    page.gauge("gatehouse_gate_tokens_in_memory", "Access tokens whose signature need not be checked again.", &tokens);
    let windows = format!(" {}", gate.open_windows());
    page.gauge("gatehouse_gate_quota_windows", "Quota windows in memory.", &windows);
}

/// Lines of the format.
#[derive(Default)]
struct Page(String);

impl Page {
    fn counter(&mut self, name: &str, help: &str, values: &[(&str, u64)]) {
        self.head(name, help, "counter");
        for (labels, value) in values {
            self.0.push_str(&format!("{name}{labels} {value}\n"));
        }
    }

    fn gauge(&mut self, name: &str, help: &str, rest: &str) {
        self.head(name, help, "gauge");
        self.0.push_str(&format!("{name}{rest}\n"));
    }

    fn head(&mut self, name: &str, help: &str, kind: &str) {
        self.0.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }
}

/// From `/proc`; other systems have no such number here.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
