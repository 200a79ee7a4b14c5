//! The catalogue as everybody may see it: published APIs and their served versions; drafts and what was retired are
//! not there.

use gatehouse_core::oauth::authorization_server::is_slug;
use gatehouse_core::portal::api::{Api, ApiState, ApiVersion};
use gatehouse_core::portal::scope::{Scope, Sensitivity};
use gatehouse_store::db::{DbError, Tx};
use gatehouse_store::{api_versions, apis, scopes as scope_rows};

use crate::actions::ActionError;
use crate::context::Context;

/// Most words of a search that count.
const MOST_WORDS: usize = 8;

/// An API of the catalogue.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The API.
    pub api: Api,
    /// In their order.
    pub scopes: Vec<Scope>,
}

/// An API's page.
#[derive(Clone, Debug)]
pub struct Published {
    /// The API.
    pub api: Api,
    /// In their order.
    pub scopes: Vec<Scope>,
    /// Published and deprecated ones, the newest first.
    pub versions: Vec<ApiVersion>,
}

impl Listed {
    /// Whether any of its scopes opens personal or business data.
    pub fn is_sensitive(&self) -> bool {
        self.scopes.iter().any(|scope| scope.sensitivity != Sensitivity::Normal)
    }
}

/// Published APIs in the order of their names: those in which every word of the search is found.
pub async fn catalogue(ctx: &Context, search: &str) -> Result<Vec<Listed>, ActionError> {
    let found = ctx.db.read(async move |tx: &mut Tx| {
        let found = apis::list_published(tx).await?;
        Ok::<_, DbError>((found, scope_rows::all(tx).await?))
    });
    let (found, scopes) = found.await?;
    let mut listed: Vec<Listed> = found
        .into_iter()
        .map(|api| Listed { scopes: scopes.iter().filter(|scope| scope.api_id == api.id).cloned().collect(), api })
        .collect();
    let words: Vec<String> = search.split_whitespace().take(MOST_WORDS).map(str::to_lowercase).collect();
    listed.retain(|listed| is_found(listed, &words));
    listed.sort_by_cached_key(|listed| listed.api.name.to_lowercase());
    Ok(listed)
}

/// A published API by its name in addresses.
pub async fn published(ctx: &Context, slug: &str) -> Result<Published, ActionError> {
    // No other text is in the database, and not every text can be asked for.
    if !is_slug(slug) {
        return Err(ActionError::not_found("API", slug));
    }
    let wanted = slug.to_owned();
    let found = ctx.db.read(async move |tx: &mut Tx| {
        let found = apis::find_by_slug(tx, &wanted).await?;
        let Some(api) = found.filter(|api| api.state == ApiState::Published) else { return Ok(None) };
        let scopes = scope_rows::list_of_api(tx, api.id).await?;
        let mut versions = api_versions::list_of_api(tx, api.id).await?;
        versions.retain(ApiVersion::is_served);
        versions.reverse();
        Ok::<_, DbError>(Some(Published { api, scopes, versions }))
    });
    found.await?.ok_or_else(|| ActionError::not_found("API", slug))
}

fn is_found(listed: &Listed, words: &[String]) -> bool {
    let Listed { api, scopes } = listed;
    let mut text = format!("{} {} {}", api.name, api.slug, api.description);
    for scope in scopes {
        text.extend([" ", &scope.name, " ", &scope.title]);
    }
    let text = text.to_lowercase();
    words.iter().all(|word| text.contains(word))
}
