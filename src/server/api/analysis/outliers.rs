//! `/v1/analysis/outliers`: rows whose numbers are unlike those of the others.

use std::sync::Arc;

use actix_web::{HttpResponse, post, web::Data};
use analysis::{
    clusters::Points,
    outliers::{Forest, Growth, threshold},
};
use model::{Column, ColumnSpec, ColumnType, Rows, Table};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    TableWith, groups,
    input::{Names, numbers, without},
};
use crate::{
    api::{
        Operations,
        caller::{Allowed, scope},
        given,
        problem::Problem,
        tables::{TableBody, TableForm, TakesRows},
    },
    services::Services,
};

/// More columns with numbers than a forest sorts out.
const MOST_DIMENSIONS: usize = 200;
/// More trees than make a difference.
const MOST_TREES: usize = 2_000;
/// More nodes than one request is worth: trees times rows that each sees.
const MOST_NODES: usize = 1_000_000;
/// More ways down trees than one request is worth: trees times rows.
const MOST_PATHS: usize = 200_000_000;
/// Rows that are scored at once.
const PIECE: usize = 65_536;
/// How many rows each tree sees, and how many trees there are, where nothing else is said.
const SAMPLE: usize = 100;

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(find_outliers);
}

/// Rows with numbers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OutliersRequest {
    /// The rows.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    rows: Option<Rows>,
    /// The types of the columns, where they are to be checked.
    #[serde(default)]
    #[schema(nullable = false)]
    columns: Option<Vec<ColumnSpec>>,
    /// The columns with the numbers that count.
    #[schema(value_type = Vec<String>, example = json!(["AllowedOutFlows", "AllowedInFlows"]))]
    features: Names,
    /// Which part of the rows are taken for outliers: above 0, at most 0.5.
    #[serde(default = "contamination")]
    #[schema(default = 0.05, exclusive_minimum = 0.0, maximum = 0.5)]
    contamination: f64,
    /// How many trees the forest has.
    #[serde(default = "sample")]
    #[schema(default = 100, minimum = 1, maximum = 2_000)]
    trees: usize,
    /// How many rows each tree sees.
    #[serde(default = "sample")]
    #[schema(default = 100, minimum = 2)]
    max_samples: usize,
    /// How many columns each tree sees; the square root of their number when left out.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, example = 1)]
    max_features: Option<usize>,
    /// Where the random numbers begin: the same seed finds the same.
    #[serde(default = "seed")]
    #[schema(default = 42)]
    seed: u64,
}

impl TakesRows for OutliersRequest {
    fn take_rows(&mut self, rows: Rows) {
        self.rows = Some(rows);
    }
}

const fn contamination() -> f64 {
    0.05
}

const fn sample() -> usize {
    SAMPLE
}

const fn seed() -> u64 {
    42
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
struct OutliersAnswer {
    /// How many rows are outliers.
    outliers: usize,
    /// The score above which they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    threshold: Option<f64>,
    /// Rows that lack a number, which are not scored.
    incomplete_rows: usize,
}

/// Find rows that are unlike the others
///
/// Grows trees of random cuts (an isolation forest, seeded) and scores each row by how few cuts part it from the others. The
/// table has the columns that were sent, then `score`, from 0 to 1 and the higher the more unlike (scikit-learn's
/// `score_samples` is the negative of it), and `outlier`, for the share `contamination` with the highest scores. The table can
/// also be sent and answered in other forms; the parameters then stand in the query string.
#[utoipa::path(
    tag = "analysis",
    operation_id = "find_outliers",
    request_body(content(
        (
            OutliersRequest = "application/json",
            example = json!({
                "rows": [{ "AllowedOutFlows": 4, "AllowedInFlows": 0 }, { "AllowedOutFlows": 18, "AllowedInFlows": 2 }],
                "features": ["AllowedOutFlows", "AllowedInFlows"]
            })
        ),
        (String = "application/x-ndjson"),
    )),
    extensions(("x-scope" = json!("analyze"))),
    responses((
        status = OK,
        content((TableWith<OutliersAnswer> = "application/json"), (String = "application/x-ndjson")),
        description = "The rows, in the order sent, with their scores.",
    )),
)]
#[post("/v1/analysis/outliers")]
async fn find_outliers(
    _: Allowed<scope::Analyze>,
    services: Data<Services>,
    form: TableForm,
    request: TableBody<OutliersRequest>,
) -> Result<HttpResponse, Problem> {
    let TableBody(mut request) = request;
    request.check()?;
    let table = given::table(&services, request.rows.take(), request.columns.take()).await?;
    if table.row_count().saturating_mul(request.trees) > MOST_PATHS {
        return Err(Problem::invalid_at("/trees", "so many trees for so many rows take too long"));
    }
    let growth = request.growth();
    let contamination = request.contamination;
    let (table, complete, points, forest) = services
        .work
        .run(move || {
            let (complete, points) = points(&table, &request.features.0)?;
            let forest = Forest::grow(&points, growth);
            Ok::<_, Problem>((table, complete, points, forest))
        })
        .await??;
    let places: Vec<u32> = (0..points.len() as u32).collect();
    let pieces = Arc::new(places.chunks(PIECE).map(<[u32]>::to_vec).collect());
    let score = move |piece: &Vec<u32>| -> Vec<f64> {
        piece.iter().map(|point| forest.score(points.point(*point as usize))).collect()
    };
    let scores = groups::each(&services, pieces, score).await?.concat();
    let (table, answer) = services.work.run(move || written(table, &complete, &scores, contamination)).await??;
    Ok(form.answer(table, &answer))
}

/// The numbers of all rows that have them, and which rows those are.
fn points(table: &Table, features: &[String]) -> Result<(Vec<u32>, Points), Problem> {
    let mut columns = Vec::new();
    for (place, name) in features.iter().enumerate().filter(|_| table.row_count() > 0) {
        columns.push(numbers(table, &format!("/features/{place}"), name)?);
    }
    let number = |column: &Vec<f64>, row: u32| column.get(row as usize).copied().unwrap_or(f64::NAN);
    let is_complete = |row: &u32| columns.iter().all(|column| number(column, *row).is_finite());
    let complete: Vec<u32> = (0..table.row_count() as u32).filter(is_complete).collect();
    let all = complete.iter().flat_map(|row| columns.iter().map(move |column| number(column, *row))).collect();
    Ok((complete, Points::new(all, features.len())?))
}

fn written(
    table: Table,
    complete: &[u32],
    found: &[f64],
    contamination: f64,
) -> Result<(Table, OutliersAnswer), Problem> {
    let limit = threshold(found, contamination);
    let mut scored = complete.iter().zip(found).peekable();
    let rows = 0..table.row_count() as u32;
    let mut scores = Column::new("score", ColumnType::Real);
    let mut outliers = Column::new("outlier", ColumnType::Bool);
    for row in rows {
        let score = scored.next_if(|(of, _)| **of == row).map(|(_, score)| *score);
        scores.push(score.into())?;
        outliers.push(score.map(|score| score > limit).into())?;
    }
    let answer = OutliersAnswer {
        outliers: found.iter().filter(|score| **score > limit).count(),
        threshold: Some(limit).filter(|limit| limit.is_finite()),
        incomplete_rows: table.row_count() - complete.len(),
    };
    let mut written = without(table, |name| matches!(name, "score" | "outlier"))?;
    written.add(scores)?;
    written.add(outliers)?;
    Ok((written, answer))
}

impl OutliersRequest {
    fn check(&self) -> Result<(), Problem> {
        match self.features.0.len() {
            0 => return Err(Problem::invalid_at("/features", "no column is named")),
            count if count > MOST_DIMENSIONS => {
                return Err(Problem::too_many_items("/features", count, MOST_DIMENSIONS));
            }
            _ => {}
        }
        if !(self.contamination > 0.0 && self.contamination <= 0.5) {
            return Err(Problem::invalid_at("/contamination", "not a number above 0 and at most 0.5"));
        }
        if !(1..=MOST_TREES).contains(&self.trees) {
            return Err(Problem::invalid_at("/trees", "not a number from 1 to 2,000"));
        }
        if self.max_samples < 2 || self.max_samples.saturating_mul(self.trees) > MOST_NODES {
            return Err(Problem::invalid_at("/max_samples", "less than 2, or with so many trees more than 1,000,000"));
        }
        if self.max_features == Some(0) {
            return Err(Problem::invalid_at("/max_features", "not a number from 1"));
        }
        Ok(())
    }

    fn growth(&self) -> Growth {
        let features = self.max_features.unwrap_or_else(|| self.features.0.len().isqrt());
        Growth { trees: self.trees, sample: self.max_samples, features, seed: self.seed }
    }
}
