//! What the Results API accepts in paths and query strings.
//!
//! Names are case-sensitive; unknown parameters are ignored, so that a caller may send what a later version knows;
//! a known one given twice is refused, because two readers of one request could take different values.

use std::fmt;

use uuid::Uuid;

/// Page size when none is asked for.
pub const DEFAULT_LIMIT: u32 = 25;
/// Largest page.
pub const MAX_LIMIT: u32 = 500;
/// Largest number of sessions that can be skipped.
pub const MAX_OFFSET: u32 = 10_000;

const PAGE_RULE: &str = "offset must be between 0-10000 and limit must be between 1-500";

/// Why a parameter cannot be accepted. The text is public and never repeats what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamError {
    /// The parameter's name.
    pub parameter: &'static str,
    /// What is wrong and what holds.
    pub rule: String,
}

impl fmt::Display for ParamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.parameter, self.rule)
    }
}

impl std::error::Error for ParamError {}

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// 1 to [`MAX_LIMIT`].
    pub limit: u32,
    /// 0 to [`MAX_OFFSET`].
    pub offset: u32,
}

/// The parameters of `GET /v2/sessionResults`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListParams {
    /// Whose sessions.
    pub test_id: Uuid,
    /// Which of them.
    pub page: Page,
}

/// Reads the query string of `GET /v2/sessionResults`. Every fault is told, in the order `testId`, `limit`, `offset`.
pub fn list_params(query: &str) -> Result<ListParams, Vec<ParamError>> {
    let mut errors = Vec::new();
    let test_id = or_record(&mut errors, test_id(query));
    let limit = or_record(&mut errors, number(query, "limit", 1..=MAX_LIMIT));
    let offset = or_record(&mut errors, number(query, "offset", 0..=MAX_OFFSET));
    let (Some(test_id), true) = (test_id, errors.is_empty()) else { return Err(errors) };
    let page = Page { limit: limit.flatten().unwrap_or(DEFAULT_LIMIT), offset: offset.flatten().unwrap_or(0) };
    Ok(ListParams { test_id, page })
}

/// Reads an id in a path: the hyphenated form of 36 characters, in either case.
pub fn path_id(parameter: &'static str, text: &str) -> Result<Uuid, ParamError> {
    uuid(text).ok_or_else(|| ParamError { parameter, rule: "must be a UUID".to_owned() })
}

/// A UUID in its hyphenated form; the other forms that libraries accept are not one here.
pub fn uuid(text: &str) -> Option<Uuid> {
    if text.len() == 36 { Uuid::try_parse(text).ok() } else { None }
}

fn or_record<T>(errors: &mut Vec<ParamError>, result: Result<T, ParamError>) -> Option<T> {
    result.map_err(|error| errors.push(error)).ok()
}

fn test_id(query: &str) -> Result<Uuid, ParamError> {
    let fault = |rule: &str| ParamError { parameter: "testId", rule: rule.to_owned() };
    let text = single(query, "testId")?.ok_or_else(|| fault("is required and must be a UUID"))?;
    uuid(&text).ok_or_else(|| fault("must be a UUID"))
}

fn number(
    query: &str,
    parameter: &'static str,
    range: std::ops::RangeInclusive<u32>,
) -> Result<Option<u32>, ParamError> {
    let Some(text) = single(query, parameter)? else { return Ok(None) };
    match integer(&text) {
        Some(number) if range.contains(&number) => Ok(Some(number)),
        _ => Err(ParamError { parameter, rule: PAGE_RULE.to_owned() }),
    }
}

/// Decimal digits without sign, blank or leading zero.
fn integer(text: &str) -> Option<u32> {
    let canonical = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) && !leads_with_zero(text);
    if canonical { text.parse().ok() } else { None }
}

fn leads_with_zero(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0')
}

/// The value of a parameter that may be given once.
fn single(query: &str, parameter: &'static str) -> Result<Option<String>, ParamError> {
    let mut values =
        form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == parameter).map(|(_, value)| value);
    let first = values.next();
    if values.next().is_some() {
        return Err(ParamError { parameter, rule: "must be given only once".to_owned() });
    }
    Ok(first.map(std::borrow::Cow::into_owned))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";

    fn text(query: &str) -> String {
        match list_params(query) {
            Ok(params) => format!("{} {} {}", params.test_id, params.page.limit, params.page.offset),
            Err(errors) => errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        }
    }

    #[test]
    fn reads_what_callers_send() {
        assert_eq!(text(&format!("testId={ID}&limit=100&offset=0")), format!("{ID} 100 0"));
        assert_eq!(text(&format!("testId={ID}")), format!("{ID} 25 0"));
        assert_eq!(
            text(&format!("testId={}&limit=500&offset=10000&x=1&x=2", ID.to_uppercase())),
            format!("{ID} 500 10000")
        );
    }

    #[test]
    fn names_the_parameter_and_the_rule() {
        let rule = "offset must be between 0-10000 and limit must be between 1-500";
        for bad in ["0", "501", "-1", "+5", "5.0", "1e2", "", "%20", "007", "99999999999", "0x10", "１", "a%00"] {
            assert_eq!(text(&format!("testId={ID}&limit={bad}")), format!("limit: {rule}"), "{bad:?}");
        }
        assert_eq!(text(&format!("testId={ID}&offset=10001")), format!("offset: {rule}"));
        assert_eq!(text(""), "testId: is required and must be a UUID");
        for bad in ["", "x", "{3fa85f64-5717-4562-b3fc-2c963f66afa6}", "3fa85f6457174562b3fc2c963f66afa6", "%FF"] {
            assert_eq!(text(&format!("testId={bad}")), "testId: must be a UUID", "{bad:?}");
        }
        assert_eq!(text(&format!("testId={ID}&testId={ID}")), "testId: must be given only once");
        assert_eq!(text("limit=0&offset=-1").split("; ").count(), 3);
    }

    proptest! {
        #[test]
        fn any_query_is_safe(query in "\\PC{0,80}") {
            let _ = list_params(&query);
        }

        #[test]
        fn every_page_in_range_is_accepted(limit in 1_u32..=500, offset in 0_u32..=10_000) {
            let params = list_params(&format!("offset={offset}&testId={ID}&limit={limit}")).map(|params| params.page);
            prop_assert_eq!(params, Ok(Page { limit, offset }));
        }
    }
}
