//! Devices without a browser (RFC 8628): `/oauth2/{server}/v1/device/authorize`, the grant, and the pages at `/device`.

mod attacks;
mod ends;
mod flow;
mod guesses;
mod pages;
mod polling;
mod races;
mod refusals;

use crate::support::TestApp;
use crate::support::device::Devices;
use crate::support::world::World;

/// A world with devices and a customer.
async fn devices(app: &TestApp) -> Devices {
    let world = World::new(app).await;
    Devices::new(app, &world).await
}
