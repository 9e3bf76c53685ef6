//! Cells of the S2 grid: the faces of a cube around the earth, divided into four again and again.

use s2::{cell::Cell as Square, cellid::CellID};
use serde_json::{Value as Json, json};

use super::{
    super::{RowFunction, arg},
    h3_cells::MAX_CELLS,
    overlay::any_meets,
    sphere::{Area, Bound, Lines, Point, degrees_of, point_of},
};
use crate::cell::Cell;

/// The level if nothing is said, and the deepest.
const DEFAULT_LEVEL: i64 = 11;
const MAX_LEVEL: i64 = 30;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "geo_point_to_s2cell" => |_, cells| {
            let (longitude, latitude) = (arg(cells, 0).real(), arg(cells, 1).real());
            let point = longitude.zip(latitude).and_then(|(longitude, latitude)| point_of(longitude, latitude));
            let cell = point.zip(level(cells, 2)).map(|(point, level)| CellID::from(point).parent(level).to_token());
            Cell::of(cell.unwrap_or_default())
        },
        "geo_s2cell_to_central_point" => |_, cells| {
            json_of(cell_of(cells).map(|cell| {
                let centre = degrees_of(&Point(cell.raw_point().normalize()));
                json!({ "type": "Point", "coordinates": centre })
            }))
        },
        "geo_s2cell_to_polygon" => |_, cells| {
            json_of(cell_of(cells).map(|cell| {
                let mut corners = Square::from(cell).vertices().iter().map(degrees_of).collect::<Vec<_>>();
                corners.extend(corners.first().cloned());
                json!({ "type": "Polygon", "coordinates": [corners] })
            }))
        },
        "geo_s2cell_neighbors" => |_, cells| json_of(cell_of(cells).map(|cell| neighbors(cell).into())),
        _ => return None,
    })
}

/// The cells around one, each once, in the order of Kusto.
fn neighbors(cell: CellID) -> Vec<String> {
    const ORDER: [usize; 8] = [7, 0, 1, 2, 3, 5, 4, 6];
    let around = cell.all_neighbors(cell.level());
    let mut tokens: Vec<String> = ORDER.iter().filter_map(|at| around.get(*at)).map(CellID::to_token).collect();
    let mut known = std::collections::HashSet::new();
    tokens.retain(|token| known.insert(token.clone()));
    tokens
}

fn json_of(json: Option<Json>) -> Cell<'static> {
    json.map_or(Cell::Null, |json| Cell::of_json(&json))
}

fn cell_of(cells: &[Cell<'_>]) -> Option<CellID> {
    let token = arg(cells, 0).text();
    let is_token = (1..=16).contains(&token.len()) && token.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_token.then(|| CellID::from_token(&token)).filter(CellID::is_valid)
}

/// A level that is said; the default one if none is.
pub(super) fn level(cells: &[Cell<'_>], at: usize) -> Option<u64> {
    let level = if cells.len() > at { arg(cells, at).long()? } else { DEFAULT_LEVEL };
    (0..=MAX_LEVEL).contains(&level).then_some(level.unsigned_abs())
}

/// What is covered: edges, and what is within them.
pub(super) struct Covered<'s> {
    edges: Vec<[&'s Point; 2]>,
    within: Option<&'s Area>,
}

impl<'s> Covered<'s> {
    pub(super) fn of_area(area: &'s Area) -> Self {
        Self { edges: area.edges().collect(), within: Some(area) }
    }

    pub(super) fn of_lines(lines: &'s Lines) -> Self {
        Self { edges: lines.edges().collect(), within: None }
    }

    /// The cells of a level that have something in common with it, in order; nothing if they are too many.
    pub(super) fn cells(&self, level: u64) -> Option<Vec<CellID>> {
        let mut found = Vec::new();
        for face in 0..6 {
            self.look(CellID::from_face(face), level, &self.edges, &mut found)?;
        }
        Some(found)
    }

    fn look(&self, cell: CellID, level: u64, edges: &[[&'s Point; 2]], found: &mut Vec<CellID>) -> Option<()> {
        let square = Square::from(cell);
        let corners = square.vertices();
        let bound = Bound::of(&corners);
        let near: Vec<[&Point; 2]> = edges.iter().copied().filter(|edge| Bound::of(*edge).overlaps(&bound)).collect();
        let sides = || corners.iter().zip(corners.iter().cycle().skip(1)).map(|(a, b)| [a, b]);
        let meets = near.iter().any(|[a, b]| square.contains_point(a) || square.contains_point(b))
            || any_meets(near.iter().copied(), sides());
        if !meets {
            let is_within = self.within.is_some_and(|area| area.contains(&square.center()));
            return if is_within { whole(cell, level, found) } else { Some(()) };
        }
        if cell.level() >= level {
            found.push(cell);
            return (found.len() <= MAX_CELLS).then_some(());
        }
        cell.children().into_iter().try_for_each(|child| self.look(child, level, &near, found))
    }
}

/// All cells of a level within one.
fn whole(cell: CellID, level: u64, found: &mut Vec<CellID>) -> Option<()> {
    let deeper = level.saturating_sub(cell.level());
    let count = 4_usize.checked_pow(u32::try_from(deeper).ok()?)?;
    if found.len().checked_add(count)? > MAX_CELLS {
        return None;
    }
    found.extend(cell.child_iter_at_level(level));
    Some(())
}
