//! The operator's listener: health, readiness, metrics.

pub mod healthz;
pub mod metrics;
pub mod readyz;
