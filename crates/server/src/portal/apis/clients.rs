//! The reader's applications, one of which lends its client id to the samples.

use crate::actions::ActionError;
use crate::actions::applications::{Filter, list};
use crate::portal::choice::Choice;
use crate::portal::visitor::Visitor;
use crate::state::App;

/// Most applications of one organization to choose from.
const MOST: i64 = 50;

/// The applications of the visitor's organizations by client id. The wanted one is chosen, else the first.
pub(super) async fn clients(app: &App, visitor: &Visitor, wanted: &str) -> Result<Vec<Choice>, ActionError> {
    let mut clients = Vec::new();
    let organizations = visitor.0.iter().flat_map(|signed_in| &signed_in.organizations);
    for organization in organizations {
        let organization = Some(organization.organization_id);
        let found = list(&app.ctx, Filter { organization, limit: MOST, ..Filter::default() }).await?;
        clients.extend(found.into_iter().map(|application| Choice::new(application.client_id, application.name)));
    }
    let chosen = clients.iter().find(|client| client.value == wanted).or_else(|| clients.first());
    let chosen: Vec<String> = chosen.map(|client| client.value.clone()).into_iter().collect();
    Ok(clients.into_iter().map(|client| client.among(&chosen)).collect())
}
