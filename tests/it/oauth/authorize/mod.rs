//! `/oauth2/{server}/v1/authorize`.

mod attacks;
mod consents;
mod flow;
mod leaks;
mod proof;
mod refusals;

use crate::support::TestApp;
use crate::support::customer::Customer;
use crate::support::world::World;

/// A world with a customer.
async fn customer(app: &TestApp) -> (World, Customer) {
    let world = World::new(app).await;
    let customer = Customer::new(app, &world).await;
    (world, customer)
}

/// The customer's address.
const CUSTOMER: &str = "customer@example.com";
