//! Lists as a whole, read page by page.

use gatehouse_server::actions::ActionError;

use super::failure::failed;

const ROWS: i64 = 500;

/// Every row of a list: `page` gives up to so many rows after an id, `id` the id of a row.
pub(super) async fn all<T>(
    page: impl AsyncFn(String, i64) -> Result<Vec<T>, ActionError>,
    id: impl Fn(&T) -> String,
) -> anyhow::Result<Vec<T>> {
    let (mut rows, mut after) = (Vec::new(), String::new());
    loop {
        let more = page(after, ROWS).await.map_err(failed)?;
        let full = i64::try_from(more.len()).is_ok_and(|count| count >= ROWS);
        after = more.last().map(&id).unwrap_or_default();
        rows.extend(more);
        if !full {
            return Ok(rows);
        }
    }
}
