//! Cells of the H3 grid: hexagons, and twelve pentagons at each level.

use std::collections::{HashSet, VecDeque};

use h3o::{CellIndex, LatLng, Resolution};
use serde_json::{Value as Json, json};

use super::{
    super::{Context, RowFunction, arg},
    sphere::{Area, Point, Polygon, Ring, point_of},
};
use crate::cell::Cell;

/// More cells are not given.
pub(super) const MAX_CELLS: usize = 65_536;
/// The level if nothing is said.
const DEFAULT_LEVEL: i64 = 6;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "geo_point_to_h3cell" => |_, cells| {
            let point = super::coordinates(arg(cells, 0), arg(cells, 1));
            let cell = point.and_then(|(longitude, latitude)| LatLng::new(latitude, longitude).ok());
            let cell = cell.zip(level(cells, 2)).map(|(point, level)| point.to_cell(level).to_string());
            Cell::of(cell.unwrap_or_default())
        },
        "geo_h3cell_to_central_point" => |_, cells| {
            json_of(cell_of(cells).map(|cell| {
                let centre = LatLng::from(cell);
                json!({ "type": "Point", "coordinates": [centre.lng(), centre.lat()] })
            }))
        },
        "geo_h3cell_to_polygon" => |_, cells| {
            json_of(cell_of(cells).map(|cell| {
                let mut corners: Vec<[f64; 2]> = cell.boundary().iter().map(|at| [at.lng(), at.lat()]).collect();
                corners.extend(corners.first().copied());
                json!({ "type": "Polygon", "coordinates": [corners] })
            }))
        },
        "geo_h3cell_neighbors" => |_, cells| {
            json_of(cell_of(cells).map(|cell| {
                let near = cell.grid_disk::<Vec<_>>(1).into_iter().filter(|other| *other != cell);
                near.map(|cell| Json::from(cell.to_string())).collect()
            }))
        },
        "geo_h3cell_rings" => rings,
        "geo_h3cell_children" => |_, cells| {
            let cell = cell_of(cells);
            let wanted = match cell {
                Some(cell) if cells.len() < 2 => cell.resolution().succ(),
                _ => level(cells, 1),
            };
            json_of(cell.zip(wanted).and_then(|(cell, level)| {
                let is_below = level > cell.resolution() && cell.children_count(level) <= MAX_CELLS as u64;
                is_below.then(|| cell.children(level).map(|cell| Json::from(cell.to_string())).collect())
            }))
        },
        "geo_h3cell_parent" => |_, cells| {
            let cell = cell_of(cells);
            let wanted = match cell {
                Some(cell) if cells.len() < 2 => cell.resolution().pred(),
                _ => level(cells, 1),
            };
            let parent = cell.zip(wanted).filter(|(cell, level)| *level < cell.resolution());
            let parent = parent.and_then(|(cell, level)| cell.parent(level));
            Cell::of(parent.map(|cell| cell.to_string()).unwrap_or_default())
        },
        "geo_h3cell_level" => {
            |_, cells| cell_of(cells).map_or(Cell::Null, |cell| Cell::Long(i64::from(u8::from(cell.resolution()))))
        }
        _ => return None,
    })
}

fn json_of(json: Option<Json>) -> Cell<'static> {
    json.map_or(Cell::Null, |json| Cell::of_json(&json))
}

fn cell_of(cells: &[Cell<'_>]) -> Option<CellIndex> {
    arg(cells, 0).text().parse().ok()
}

/// A level that is said; the default one if none is.
pub(super) fn level(cells: &[Cell<'_>], at: usize) -> Option<Resolution> {
    let level = if cells.len() > at { arg(cells, at).long()? } else { DEFAULT_LEVEL };
    Resolution::try_from(u8::try_from(level).ok()?).ok()
}

/// The cell itself, its neighbours, their neighbours, and so on.
fn rings<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    /// More rings are not given.
    const MAX_RINGS: i64 = 140;
    let distance = arg(cells, 1).long().filter(|distance| (0..=MAX_RINGS).contains(distance));
    let (Some(cell), Some(distance)) = (cell_of(cells), distance.and_then(|distance| u32::try_from(distance).ok()))
    else {
        return Cell::Null;
    };
    let mut rings: Vec<Vec<Json>> = vec![Vec::new(); distance as usize + 1];
    for (cell, away) in cell.grid_disk_distances::<Vec<_>>(distance) {
        rings.get_mut(away as usize).into_iter().for_each(|ring| ring.push(cell.to_string().into()));
    }
    Cell::of_list(rings.into_iter().map(Json::Array).collect())
}

/// The cells of a level whose centres are within an area; nothing if they are too many.
pub(super) fn covering(area: &Area, level: Resolution) -> Option<Vec<CellIndex>> {
    let mut found = Vec::new();
    let mut known = HashSet::new();
    let mut waiting = VecDeque::new();
    for polygon in &area.0 {
        let corner = polygon.shell.points().first()?;
        let corner = LatLng::new(corner.latitude().rad().to_degrees(), corner.longitude().rad().to_degrees()).ok()?;
        let cell = corner.to_cell(level);
        waiting.extend(Some(cell).filter(|cell| known.insert(*cell)));
    }
    while let Some(cell) = waiting.pop_front() {
        if !super::overlay::intersects(&area_of(cell)?, area) {
            continue;
        }
        let centre = LatLng::from(cell);
        if area.contains(&point_of(centre.lng(), centre.lat())?) {
            found.push(cell);
        }
        if found.len() > MAX_CELLS || known.len() > 2 * MAX_CELLS {
            return None;
        }
        waiting.extend(cell.grid_disk::<Vec<_>>(1).into_iter().filter(|cell| known.insert(*cell)));
    }
    Some(found)
}

fn area_of(cell: CellIndex) -> Option<Area> {
    let corners: Vec<Point> = cell.boundary().iter().map(|at| point_of(at.lng(), at.lat())).collect::<Option<_>>()?;
    Ring::new(corners).map(|shell| Area(vec![Polygon { shell, holes: Vec::new() }]))
}
