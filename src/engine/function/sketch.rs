//! Sketches of `hll` and `tdigest` in `dynamic`.

use serde_json::Value as Json;

use super::{Context, RowFunction, arg, convert, text::len};
use crate::{
    aggregate::{Digest, count_of, merge_sketches},
    cell::{Cell, real_json},
};

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "dcount_hll" => |_, cells| count_of(&arg(cells, 0).json()).into(),
        "hll_merge" => |_, cells| Cell::of_json(&merged(cells)),
        "hll_intersection_count" => |_, cells| intersection(cells).into(),
        "tdigest_merge" => |_, cells| {
            let mut all = Digest::default();
            for digest in cells.iter().filter_map(|cell| Digest::read(&cell.json())) {
                all.absorb(&digest);
            }
            Cell::of_json(&all.json())
        },
        "percentile_tdigest" => percentile,
        "percentiles_array_tdigest" => |_, cells| {
            let Some(digest) = Digest::read(&arg(cells, 0).json()) else { return Cell::Null };
            let percents = cells.iter().skip(1).flat_map(|cell| match cell.json() {
                Json::Array(items) => items.iter().filter_map(Json::as_f64).collect(),
                other => other.as_f64().into_iter().collect::<Vec<_>>(),
            });
            Cell::of_list(percents.map(|percent| digest.percentile(percent).map_or(Json::Null, real_json)).collect())
        },
        "rank_tdigest" => |_, cells| {
            Digest::read(&arg(cells, 0).json())
                .zip(arg(cells, 1).real())
                .map(|(digest, value)| digest.rank(value))
                .into()
        },
        "percentrank_tdigest" => |_, cells| {
            let digest = Digest::read(&arg(cells, 0).json());
            digest.zip(arg(cells, 1).real()).map(|(digest, value)| digest.percent_rank(value)).into()
        },
        _ => return None,
    })
}

fn percentile<'a>(context: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let found = Digest::read(&arg(cells, 0).json()).zip(arg(cells, 1).real());
    let value = Cell::from(found.and_then(|(digest, percent)| digest.percentile(percent)));
    match context.result {
        // Ticks are whole numbers.
        model::ColumnType::Datetime | model::ColumnType::Timespan => value.long().into(),
        result => convert::to(result, &value),
    }
}

fn merged(cells: &[Cell<'_>]) -> Json {
    merge_sketches(&cells.iter().map(Cell::json).collect::<Vec<_>>())
}

/// How many values all sketches have seen: by counting all unions and taking them in and out.
fn intersection(cells: &[Cell<'_>]) -> Option<i64> {
    const MOST: usize = 10;
    if cells.len() > MOST {
        return None;
    }
    let mut count = 0;
    for chosen in 1..1_usize << cells.len() {
        let some: Vec<Cell<'_>> =
            cells.iter().enumerate().filter(|(at, _)| chosen >> at & 1 == 1).map(|(_, cell)| cell.clone()).collect();
        let union = count_of(&merged(&some))?;
        count += if len(some.len()) % 2 == 1 { union } else { -union };
    }
    Some(count.max(0))
}
