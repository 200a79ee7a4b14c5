//! Query parameters and pages of a list.

use axum::extract::{FromRequestParts, Query};
use gatehouse_gate::problem::{FieldProblem, Problem};
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::context::Context;
use crate::error::Refusal;
use crate::page_token::PageTokens;

const USUAL: i64 = 50;
const MOST: i64 = 200;

/// Query parameters as a `T` with `deny_unknown_fields`; repeated ones are refused.
#[derive(Clone, Debug)]
pub struct Params<T>(pub T);

/// The parameters of every list. A list with filters has a struct of its own with these two in it, and calls
/// [`Paging::new`].
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Items on a page: 1–200, 50 unless said otherwise.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// One page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Listed<T> {
    /// The items, oldest first.
    pub items: Vec<T>,
    /// For the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// What a statement needs: ids greater than `after`, one more than `limit` to see whether there is another page.
pub struct Window {
    /// The last id of the page before; empty for the first page.
    pub after: String,
    /// Rows wanted on the page.
    pub limit: i64,
    tokens: PageTokens,
}

impl Paging {
    /// From the two parameters.
    pub const fn new(limit: Option<i64>, cursor: Option<String>) -> Self {
        Self { limit, cursor }
    }

    /// Checks both. `prefix`: what the ids of the list begin with, `UserId::PREFIX`.
    pub fn window(self, ctx: &Context, prefix: &'static str) -> Result<Window, Refusal> {
        let limit = self.limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(unusable("limit", "out_of_range", format!("must be from 1 to {MOST}")));
        }
        let tokens = PageTokens::new(ctx, prefix)?;
        let after = match self.cursor.as_deref() {
            None | Some("") => String::new(),
            Some(cursor) => tokens
                .open(cursor)
                .ok_or_else(|| unusable("cursor", "invalid", "must be next_cursor of the page before".to_owned()))?,
        };
        Ok(Window { after, limit, tokens })
    }
}

impl Window {
    /// Rows to ask the database for.
    pub const fn fetch(&self) -> i64 {
        self.limit + 1
    }
}

impl<T> Listed<T> {
    /// A list that is never long enough for pages.
    pub fn whole(items: impl Iterator<Item = T>) -> Self {
        Self { items: items.collect(), next_cursor: None }
    }

    /// The page, from up to `window.fetch()` rows; `id` names what the cursor points at.
    pub fn new<R>(mut rows: Vec<R>, window: &Window, id: impl Fn(&R) -> String) -> Self
    where
        T: for<'row> From<&'row R>,
    {
        let limit = usize::try_from(window.limit).unwrap_or_default();
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).map(|row| window.tokens.seal(&id(row)));
        Self { items: rows.iter().map(T::from).collect(), next_cursor }
    }
}

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let refused = |text: String| Problem::new(StatusCode::BAD_REQUEST, "invalid_parameter", text).into();
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(refused("A query parameter has a NUL character.".to_owned()));
        }
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => {
                let text =
                    std::error::Error::source(&rejection).map_or_else(|| rejection.to_string(), ToString::to_string);
                Err(refused(format!("The query cannot be used: {text}.")))
            }
        }
    }
}

fn unusable(field: &'static str, code: &'static str, message: String) -> Refusal {
    let problem = Problem::new(StatusCode::BAD_REQUEST, "invalid_parameter", format!("{field} {message}."));
    problem.with_errors(vec![FieldProblem::new(field, code, message)]).into()
}
