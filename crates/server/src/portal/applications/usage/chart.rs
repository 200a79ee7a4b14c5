//! A bar chart, drawn on the server. The table below it says the same in numbers.

use super::Bucket;

const WIDTH: i64 = 720;
const HEIGHT: i64 = 160;
/// Below the bars.
const LABELS: i64 = 22;
/// Left of the bars, for the numbers of the grid.
const SCALE: i64 = 44;

/// Bars with their places.
pub(super) struct Chart {
    pub(super) bars: Vec<Bar>,
    pub(super) grid: Vec<Grid>,
    pub(super) is_empty: bool,
}

/// One hour or day.
pub(super) struct Bar {
    pub(super) x: i64,
    pub(super) width: i64,
    /// Top and height of the calls that were answered, of those that the API answered with an error, which stand on
    /// them, and of those that were refused, which stand on both.
    pub(super) passed: (i64, i64),
    pub(super) failed: (i64, i64),
    pub(super) refused: (i64, i64),
    pub(super) title: String,
    /// Empty for most bars.
    pub(super) label: String,
}

/// One line of the grid.
pub(super) struct Grid {
    pub(super) y: i64,
    pub(super) label: String,
}

impl Chart {
    pub(super) fn new(buckets: &[Bucket]) -> Self {
        let most = buckets.iter().map(|bucket| bucket.calls).max().unwrap_or_default();
        let top = round_up(most);
        let step = (WIDTH - SCALE) / i64::try_from(buckets.len().max(1)).unwrap_or(1);
        let height = |value: i64| if value == 0 { 0 } else { (value * HEIGHT / top).max(2) };
        let bar = |(at, bucket): (i64, &Bucket)| {
            let (refused, failed) = (height(bucket.refused), height(bucket.failed));
            let passed = height((bucket.calls - bucket.refused - bucket.failed).max(0));
            Bar {
                x: SCALE + at * step + 2,
                width: (step - 4).max(2),
                passed: (HEIGHT - passed, passed),
                failed: (HEIGHT - passed - failed, failed),
                refused: (HEIGHT - passed - failed - refused, refused),
                title: format!(
                    "{}: {} calls, {} refused, {} failed",
                    bucket.label, bucket.calls, bucket.refused, bucket.failed
                ),
                label: if at % 4 == 0 { bucket.short.clone() } else { String::new() },
            }
        };
        let grid = [top, top / 2].into_iter().filter(|value| *value > 0).map(|value| Grid {
            y: HEIGHT - value * HEIGHT / top,
            label: crate::portal::applications::words::number(value),
        });
        Self { bars: (0..).zip(buckets).map(bar).collect(), grid: grid.collect(), is_empty: most == 0 }
    }

    pub(super) const fn width(&self) -> i64 {
        WIDTH
    }

    pub(super) const fn height(&self) -> i64 {
        HEIGHT
    }

    pub(super) const fn whole_height(&self) -> i64 {
        HEIGHT + LABELS
    }
}

/// To 2, 4, 6, 8 or 10 of the largest power of ten, so that the grid has round numbers.
fn round_up(most: i64) -> i64 {
    let mut unit = 1;
    while unit < i64::MAX / 100 && unit * 10 < most {
        unit *= 10;
    }
    let steps = (most + unit - 1) / unit;
    (steps + steps % 2).max(2) * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(calls: i64, refused: i64, failed: i64) -> Bucket {
        Bucket { label: "Monday".into(), short: "1".into(), calls, refused, failed, tokens: 0 }
    }

    #[test]
    fn the_scale_is_round() {
        for (most, top) in [(0, 2), (1, 2), (3, 4), (9, 10), (10, 10), (11, 20), (95, 100), (101, 200), (7_300, 8_000)]
        {
            assert_eq!(round_up(most), top, "{most}");
        }
    }

    #[test]
    fn bars_stay_inside_and_small_ones_are_seen() {
        let chart = Chart::new(&[bucket(0, 0, 0), bucket(100_000, 1, 1), bucket(10, 10, 0)]);
        for bar in &chart.bars {
            assert!(bar.x >= 0 && bar.x + bar.width <= WIDTH);
            assert_eq!(bar.passed.0 + bar.passed.1, HEIGHT);
            assert_eq!(bar.failed.0 + bar.failed.1, bar.passed.0);
            assert_eq!(bar.refused.0 + bar.refused.1, bar.failed.0);
        }
        assert_eq!((chart.bars[0].passed.1, chart.bars[1].refused.1, chart.bars[2].refused.1), (0, 2, 2));
        assert_eq!(chart.bars[1].failed.1, 2);
        assert!(Chart::new(&[]).is_empty && !chart.is_empty);
    }
}
