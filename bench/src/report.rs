//! The table, and the same as JSON.

use std::fs;
use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use crate::output;

/// One row of the table.
#[derive(Serialize)]
pub(crate) struct Line {
    /// `P1` and so on.
    pub(crate) row: &'static str,
    pub(crate) work: String,
    pub(crate) measured: String,
    /// What it is compared with, measured in the same run.
    pub(crate) ceiling: String,
    pub(crate) result: String,
    pub(crate) budget: &'static str,
    /// Every figure behind the row.
    pub(crate) details: serde_json::Value,
}

/// Median, smallest and largest.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

/// Of at least one value.
pub(crate) fn spread(values: &[f64]) -> Spread {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
    Spread { median: at(sorted.len() / 2), min: at(0), max: at(sorted.len().saturating_sub(1)) }
}

impl Spread {
    /// `31,200/s (30,900–31,500)`.
    pub(crate) fn words(self, unit: &str) -> String {
        format!("{}{unit} ({}–{})", number(self.median), number(self.min), number(self.max))
    }
}

/// With commas from a thousand on, with one decimal below a hundred.
pub(crate) fn number(value: f64) -> String {
    if value < 100.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Prints the table as Markdown and writes `report.json`.
pub(crate) fn write(lines: &[Line], machine: &str, folder: &Path) -> Result<()> {
    output::line(&format!("\n{machine}\n"));
    output::line("| # | work | measured | ceiling | result | budget |");
    output::line("|---|---|---|---|---|---|");
    for line in lines {
        let Line { row, work, measured, ceiling, result, budget, .. } = line;
        output::line(&format!("| {row} | {work} | {measured} | {ceiling} | {result} | {budget} |"));
    }
    fs::create_dir_all(folder)?;
    let file = folder.join("report.json");
    fs::write(&file, serde_json::to_string_pretty(&serde_json::json!({ "machine": machine, "rows": lines }))?)?;
    output::line(&format!("\nall figures: {}", file.display()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(number(12.345), "12.3");
        assert_eq!(number(999.6), "1,000");
        assert_eq!(number(1_234_567.0), "1,234,567");
        assert_eq!(spread(&[3.0, 1.0, 2.0]).words("/s"), "2.0/s (1.0–3.0)");
    }
}
