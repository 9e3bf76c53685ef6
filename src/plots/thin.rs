//! Fewer marks than points, with nothing hidden: what is left out would lie under what is drawn.

use std::collections::HashMap;

use crate::{
    font::{TINY, shorten},
    palette::Palette,
    scale::counted,
    scene::{Anchor, Area, Mark, text},
};

/// Marks of one kind in a picture.
const MOST_MARKS: usize = 2_000;

/// Sizes of the squares, in pixels, whose points become one mark; the first that leaves few enough is taken.
const CELLS: [f64; 8] = [1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0];

/// A point at its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    /// The row of the table.
    pub(crate) row: usize,
    /// Which series it belongs to; points of different series are never joined.
    pub(crate) series: usize,
    pub(crate) x: f64,
    pub(crate) y: f64,
}

/// Points that are drawn as one mark.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Joined {
    /// The point that is drawn: of those in one square the one farthest from the middle, so that outliers stay where
    /// they are.
    pub(crate) point: Point,
    /// How many there are.
    pub(crate) count: usize,
}

/// Joins points that would cover each other, if there are too many.
pub(crate) fn join(points: &[Point], middle: f64) -> Vec<Joined> {
    let mut joined = points.iter().map(|point| Joined { point: *point, count: 1 }).collect::<Vec<_>>();
    for cell in CELLS {
        if joined.len() <= MOST_MARKS {
            break;
        }
        joined = join_cells(joined, cell, middle);
    }
    joined
}

fn join_cells(points: Vec<Joined>, cell: f64, middle: f64) -> Vec<Joined> {
    let mut places: HashMap<(usize, i64, i64), usize> = HashMap::with_capacity(points.len().min(1 << 14));
    let mut kept: Vec<Joined> = Vec::new();
    #[expect(clippy::cast_possible_truncation, reason = "a pixel")]
    let square = |at: f64| (at / cell).floor() as i64;
    for point in points {
        let key = (point.point.series, square(point.point.x), square(point.point.y));
        match places.get(&key).and_then(|place| kept.get_mut(*place)) {
            Some(other) => {
                other.count += point.count;
                if (point.point.y - middle).abs() > (other.point.y - middle).abs() {
                    other.point = point.point;
                }
            }
            None => {
                places.insert(key, kept.len());
                kept.push(point);
            }
        }
    }
    kept
}

/// The points of a line that can be told apart: of each column of pixels the first, the lowest, the highest and the last.
pub(crate) fn outline(points: &[Point]) -> Vec<Point> {
    if points.len() <= MOST_MARKS {
        return points.to_vec();
    }
    #[expect(clippy::cast_possible_truncation, reason = "a pixel")]
    let columns = points.chunk_by(|one, other| one.x.floor() as i64 == other.x.floor() as i64);
    let mut kept = Vec::new();
    for column in columns {
        let by_height = |one: &&Point, other: &&Point| one.y.total_cmp(&other.y);
        let mut chosen: Vec<&Point> =
            [column.first(), column.iter().min_by(by_height), column.iter().max_by(by_height), column.last()]
                .into_iter()
                .flatten()
                .collect();
        chosen.sort_by(|one, other| one.x.total_cmp(&other.x));
        chosen.dedup();
        kept.extend(chosen.into_iter().copied());
    }
    kept
}

/// Says in words that marks stand for several points.
pub(crate) fn note(points: usize, marks: usize, one: &str, many: &str) -> Option<String> {
    (marks < points).then(|| {
        format!(
            "{} drawn as {}: those that would cover each other are joined, outliers stay",
            counted(points, one, many),
            counted(marks, "mark", "marks")
        )
    })
}

/// Writes the note at the foot of a plot, where the name of the time axis leaves room.
pub(crate) fn note_mark(plot: Area, note: &str, palette: &Palette) -> Mark {
    let shown = shorten(note, TINY, plot.width - 80.0);
    text(plot.x, plot.bottom() + 44.0, TINY, Anchor::Start, shown.clone()).fill(palette.muted).whole(&shown, note)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloud(count: usize) -> Vec<Point> {
        let mut points: Vec<_> = (0..count)
            .map(|row| Point {
                row,
                series: row % 2,
                x: (row * 7919 % 9000) as f64 / 10.0,
                y: 150.0 + (row % 13) as f64,
            })
            .collect();
        points.push(Point { row: count, series: 0, x: 450.0, y: 3.0 });
        points
    }

    #[test]
    fn few_points_are_all_drawn() {
        let points = cloud(1_000);
        assert_eq!(join(&points, 150.0).len(), points.len());
        assert_eq!(outline(&points), points);
    }

    #[test]
    fn many_points_become_few_marks_that_count_all_and_keep_the_outlier() {
        let points = cloud(100_000);
        let joined = join(&points, 150.0);
        assert!(joined.len() <= 2_000, "{}", joined.len());
        assert_eq!(joined.iter().map(|mark| mark.count).sum::<usize>(), points.len());
        assert!(joined.iter().any(|mark| mark.point.row == 100_000 && mark.point.y == 3.0));
    }

    #[test]
    fn a_line_keeps_its_extremes() {
        let mut points = cloud(50_000);
        points.sort_by(|one, other| one.x.total_cmp(&other.x));
        let kept = outline(&points);
        assert!(kept.len() <= 4 * 901 && kept.is_sorted_by(|one, other| one.x <= other.x));
        assert!(kept.iter().any(|point| point.row == 50_000));
    }
}
