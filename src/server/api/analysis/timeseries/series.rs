//! One series: brought to equal spacing, taken apart, scored.

use analysis::{
    anomalies,
    bins::{self, Aggregate, Filling, Grid, Ungridded},
    decomposition::{Mstl, Parts, Stl, Undecomposable},
};

use crate::api::analysis::groups::{Failure, Outcome};

/// How series are taken apart.
#[derive(Debug, Clone)]
pub(super) enum Method {
    Stl(Stl),
    Mstl(Mstl),
}

impl Method {
    /// Roughly how many multiplications so many points take.
    pub(super) fn work(&self, points: usize) -> u64 {
        match self {
            Self::Stl(stl) => stl.work(points),
            Self::Mstl(mstl) => mstl.work(points),
        }
    }

    /// The parts, and where there are several seasons, each of them with its period.
    #[expect(clippy::type_complexity, reason = "named in the sentence above")]
    fn decompose(&self, values: &[f64]) -> Result<(Parts, Vec<(usize, Vec<f64>)>), Undecomposable> {
        match self {
            Self::Stl(stl) => Ok((stl.decompose(values)?, Vec::new())),
            Self::Mstl(mstl) => mstl.decompose(values).map(|seasons| (seasons.parts, seasons.seasons)),
        }
    }
}

/// The times and values of all rows, and what is to be done with those of a series.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) times: Vec<i64>,
    /// Empty where rows are counted only.
    pub(super) values: Vec<f64>,
    /// The width of bins, if rows are put into some.
    pub(super) step: Option<i64>,
    pub(super) aggregate: Aggregate,
    pub(super) filling: Filling,
    pub(super) method: Method,
    pub(super) threshold: f64,
}

/// The row of a point that comes from none.
pub(super) const NO_ROW: u32 = u32::MAX;

/// The rows of a series in order of time, and the grid that they lie on, unless there is none.
#[derive(Debug)]
pub(super) struct Plan {
    rows: Vec<u32>,
    grid: Result<Grid, Failure>,
}

impl Plan {
    /// How many points the series will have.
    pub(super) fn points(&self) -> Option<usize> {
        self.grid.as_ref().ok().map(|grid| grid.len)
    }
}

/// A series and its parts; the parts are empty if it has a failure.
#[derive(Debug, Default)]
pub(super) struct Fallen {
    pub(super) failure: Option<Failure>,
    pub(super) points: usize,
    /// Where its points lie.
    pub(super) grid: Option<Grid>,
    /// When its points are, if they lie on no grid.
    pub(super) times: Vec<i64>,
    /// The row that each point comes from, where points are rows; [`NO_ROW`] for those that were filled in.
    pub(super) rows: Vec<u32>,
    pub(super) values: Vec<f64>,
    pub(super) filled: Vec<bool>,
    pub(super) parts: Parts,
    pub(super) seasons: Vec<(usize, Vec<f64>)>,
    pub(super) scores: Vec<f64>,
    is_constant: bool,
    threshold: f64,
}

impl Fallen {
    pub(super) fn outcome(&self) -> Outcome {
        match &self.failure {
            Some(failure) => failure.outcome,
            None if self.is_constant => Outcome::Constant,
            None => Outcome::Ok,
        }
    }

    /// When its points are.
    pub(super) fn times(&self) -> impl Iterator<Item = i64> {
        let of_grid = self.grid.iter().flat_map(Grid::times);
        of_grid.chain(self.times.iter().copied())
    }

    pub(super) fn anomalies(&self) -> impl Iterator<Item = i8> {
        self.scores.iter().map(|score| anomalies::label(*score, self.threshold))
    }
}

impl Series {
    /// Sorts the rows of a series and finds their grid.
    pub(super) fn plan(&self, rows: &[u32]) -> Plan {
        let mut rows = rows.to_vec();
        rows.sort_by_key(|row| self.time(*row));
        let times: Vec<i64> = rows.iter().map(|row| self.time(*row)).collect();
        let grid = self.step.map_or_else(|| Grid::of(&times), |step| Grid::with_step(&times, step));
        Plan { rows, grid: grid.map_err(|error| ungridded(error, self.step.is_some())) }
    }

    /// Takes a series apart.
    pub(super) fn take_apart(&self, Plan { rows, grid }: &Plan) -> Fallen {
        let fallen = grid.clone().and_then(|grid| self.fit(rows, grid));
        fallen.unwrap_or_else(|failure| Fallen {
            failure: Some(failure),
            points: rows.len(),
            times: rows.iter().map(|row| self.time(*row)).collect(),
            values: rows.iter().map(|row| self.value(*row)).collect(),
            rows: rows.clone(),
            ..Fallen::default()
        })
    }

    fn time(&self, row: u32) -> i64 {
        self.times.get(row as usize).copied().unwrap_or_default()
    }

    fn value(&self, row: u32) -> f64 {
        self.values.get(row as usize).copied().unwrap_or(f64::NAN)
    }

    fn fit(&self, rows: &[u32], grid: Grid) -> Result<Fallen, Failure> {
        let points = rows.iter().map(|row| (self.time(*row), Some(self.value(*row))));
        let binned = grid.aggregate(points, self.aggregate);
        let filled = binned.iter().map(Option::is_none).collect();
        let values = bins::fill(&binned, self.filling);
        drop(binned);
        let (parts, seasons) = self.method.decompose(&values).map_err(undecomposable)?;
        let scores = anomalies::scores(&parts.residual, &values);
        let mut of_points = Vec::new();
        if self.step.is_none() {
            of_points.resize(grid.len, NO_ROW);
            for row in rows {
                if let Some(point) = grid.place(self.time(*row)).and_then(|place| of_points.get_mut(place)) {
                    *point = *row;
                }
            }
        }
        Ok(Fallen {
            failure: None,
            points: grid.len,
            grid: Some(grid),
            times: Vec::new(),
            rows: of_points,
            is_constant: values.windows(2).all(|pair| pair.first() == pair.last()),
            values,
            filled,
            parts,
            seasons,
            scores,
            threshold: self.threshold,
        })
    }
}

fn ungridded(error: Ungridded, is_binned: bool) -> Failure {
    match error {
        Ungridded::TooFew => Failure::new(Outcome::TooShort, "/time_column", error),
        Ungridded::Repeated => Failure::new(Outcome::DuplicateTimes, "/time_column", error),
        Ungridded::Uneven => Failure::new(Outcome::Uneven, "/time_column", error),
        Ungridded::Step => Failure::new(Outcome::OutOfRange, "/bin", error),
        Ungridded::TooMany => Failure::new(Outcome::TooLong, if is_binned { "/bin" } else { "/time_column" }, error),
    }
}

fn undecomposable(error: Undecomposable) -> Failure {
    match error {
        Undecomposable::TooShort { .. } | Undecomposable::Period => Failure::new(Outcome::TooShort, "/period", error),
        Undecomposable::Seasonal => Failure::new(Outcome::OutOfRange, "/seasonal", error),
        Undecomposable::NotFinite | Undecomposable::Overflow => {
            Failure::new(Outcome::OutOfRange, "/value_column", error)
        }
    }
}
