//! What commands print: tables for people, JSON for programs.

use std::io::{self, ErrorKind, Write as _};

use serde::Serialize;

/// How to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// Columns and lines for people.
    Table,
    /// `--json`.
    Json,
}

impl Output {
    /// A list: a table with a head line, or a JSON array.
    pub(super) fn list<T: Serialize>(
        self,
        items: &[T],
        head: &[&str],
        row: impl Fn(&T) -> Vec<String>,
    ) -> anyhow::Result<()> {
        match self {
            Self::Json => print_json(&items),
            Self::Table if items.is_empty() => print("none\n"),
            Self::Table => {
                let head = head.iter().map(|title| title.to_uppercase()).collect();
                let rows: Vec<Vec<String>> = std::iter::once(head).chain(items.iter().map(row)).collect();
                print(&table(&rows))
            }
        }
    }

    /// One thing: a line per field, or a JSON object.
    pub(super) fn item<T: Serialize>(self, item: &T, fields: &[(&str, String)]) -> anyhow::Result<()> {
        match self {
            Self::Json => print_json(item),
            Self::Table => {
                let rows: Vec<_> = fields.iter().map(|(name, value)| vec![(*name).to_owned(), value.clone()]).collect();
                print(&table(&rows))
            }
        }
    }

    /// A sentence for people, a JSON object for programs.
    pub(super) fn done<T: Serialize>(self, sentence: &str, value: &T) -> anyhow::Result<()> {
        match self {
            Self::Json => print_json(value),
            Self::Table => print(&format!("{sentence}\n")),
        }
    }
}

/// Writes to standard output; a reader that went away (`| head`) is no failure.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn print_json<T: Serialize>(value: &T) -> anyhow::Result<()> {
    print(&format!("{}\n", serde_json::to_string_pretty(value)?))
}

/// Columns as wide as their widest cell; control characters cannot reach the terminal.
fn table(rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| plain(cell)).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|at| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0))
        .collect();
    let mut out = String::new();
    for row in &rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        out.push_str(cells.join("  ").trim_end());
        out.push('\n');
    }
    out
}

fn plain(cell: &str) -> String {
    cell.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [vec!["ID".to_owned(), "NAME".to_owned()], vec!["app_1".to_owned(), "Zoë\u{1b}[31m".to_owned()]];
        assert_eq!(table(&rows), "ID     NAME\napp_1  Zoë [31m\n");
    }
}
