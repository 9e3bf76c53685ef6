//! Running the steps of a pipeline, one after the other. A step that fails takes nothing away that is there already: what
//! it is told is its outcome, and the table is as it was before.

mod query;

use std::{collections::BTreeMap, sync::Arc};

use model::Table;
use plots::Kind;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::{
    super::{
        Manner, World,
        run::{Asked, Call, Joining},
    },
    Operations,
    plan::{Planned, Target},
    step::{Action, Step},
};
use crate::lookups::elapsed_ms;

/// How a pipeline is run.
pub struct Run<'a> {
    /// Everybody who can be asked.
    pub world: World<'a>,
    /// What is done elsewhere.
    pub operations: &'a dyn Operations,
    /// How pivots and queries are run.
    pub manner: Manner,
}

/// What came of a pipeline.
#[derive(Debug)]
pub struct Course {
    /// The table that the last step left.
    pub table: Arc<Table>,
    /// How each step ended.
    pub steps: Vec<StepReport>,
    /// The tables that were kept, by name.
    pub tables: BTreeMap<String, Arc<Table>>,
    /// What was drawn.
    pub plots: Vec<Drawn>,
}

impl Course {
    /// Whether every step did all it had to do.
    pub fn is_complete(&self) -> bool {
        self.steps.iter().all(|step| step.outcome == StepOutcome::Ok)
    }
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// Well.
    Ok,
    /// Something is missing from its table.
    Partial,
    /// Not: the table is as it was before.
    Error,
    /// Not, because there was no time left.
    Timeout,
    /// It was not run, because a step before it failed.
    Skipped,
}

/// What is told of a step.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StepReport {
    /// Its name; its place among the steps if it has none.
    #[schema(example = "whose")]
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    #[schema(example = "pivot")]
    pub kind: String,
    /// How it ended.
    pub outcome: StepOutcome,
    /// Rows of the table that it left.
    pub row_count: usize,
    /// Distinct values that were asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub values: Option<usize>,
    /// How many of them failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub failed: Option<usize>,
    /// Time that it took.
    pub elapsed_ms: u64,
    /// Why something is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
}

/// A plot of the table at one step.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PipelinePlot)]
pub struct Drawn {
    /// The name of the step.
    #[schema(example = "when")]
    pub name: String,
    /// What is drawn.
    pub kind: Kind,
    /// What it is called.
    pub title: String,
    /// The picture.
    #[schema(example = "<svg …>")]
    pub svg: String,
}

/// What a step did.
struct Done {
    table: Arc<Table>,
    outcome: StepOutcome,
    values: Option<usize>,
    failed: Option<usize>,
    reason: Option<String>,
}

impl Done {
    fn well(table: Arc<Table>) -> Self {
        Self { table, outcome: StepOutcome::Ok, values: None, failed: None, reason: None }
    }
}

/// Why a step did nothing.
struct Failed {
    outcome: StepOutcome,
    reason: String,
}

impl<E: std::error::Error> From<E> for Failed {
    fn from(error: E) -> Self {
        Self { outcome: StepOutcome::Error, reason: error.to_string() }
    }
}

fn failed(reason: impl Into<String>) -> Failed {
    Failed { outcome: StepOutcome::Error, reason: reason.into() }
}

impl Run<'_> {
    /// Runs the steps.
    pub async fn run(&self, steps: &[Planned], table: Table) -> Course {
        let mut course =
            Course { table: Arc::new(table), steps: Vec::new(), tables: BTreeMap::new(), plots: Vec::new() };
        let mut is_over = false;
        for planned in steps {
            let started = Instant::now();
            let step = &planned.step;
            let done = if is_over {
                Err(Failed { outcome: StepOutcome::Skipped, reason: "a step before it failed".to_owned() })
            } else if started >= self.manner.deadline {
                Err(Failed {
                    outcome: StepOutcome::Timeout,
                    reason: "the deadline was passed before it began".to_owned(),
                })
            } else {
                self.step(planned, &mut course).await
            };
            is_over |= done.is_err() && !step.goes_on;
            let done = done.unwrap_or_else(|failed| Done {
                outcome: failed.outcome,
                reason: Some(failed.reason),
                ..Done::well(Arc::clone(&course.table))
            });
            course.steps.push(StepReport {
                name: step.name.clone(),
                kind: step.kind.clone(),
                outcome: done.outcome,
                row_count: done.table.row_count(),
                values: done.values,
                failed: done.failed,
                elapsed_ms: elapsed_ms(started.elapsed()),
                reason: done.reason.or_else(|| step.note.clone()),
            });
            course.table = done.table;
        }
        course
    }

    async fn step(&self, planned: &Planned, course: &mut Course) -> Result<Done, Failed> {
        let Planned { step, target } = planned;
        let given = match &step.input {
            None => Arc::clone(&course.table),
            Some(name) => Arc::clone(course.tables.get(name).ok_or_else(|| failed("the table was not kept"))?),
        };
        match (&step.action, target) {
            (Action::Pivot(pivot), Target::Pivot { .. }) => self.pivot(pivot.join.clone(), target, &given).await,
            (Action::Query(query), Target::Query(template)) => self.query(query, template, &given).await,
            (Action::Table(table), _) => Ok(Done::well(self.over(std::slice::from_ref(table), given).await?)),
            (Action::Operation { name, parameters }, _) => {
                let made = self.operations.operate(name, parameters, Arc::unwrap_or_clone(given)).await;
                Ok(Done::well(Arc::new(made.map_err(failed)?)))
            }
            (Action::Plot { kind, options }, _) => self.plot(step, *kind, options, given, &mut course.plots).await,
            (Action::Keep { table, steps, .. }, _) => {
                let kept = self.over(steps, Arc::clone(&given)).await?;
                course.tables.insert(table.clone(), kept);
                Ok(Done::well(given))
            }
            (Action::Pivot(_) | Action::Query(_), _) => Err(failed("what the step calls was not found")),
        }
    }

    /// What steps make of a table.
    async fn over(&self, steps: &[extract::steps::Step], given: Arc<Table>) -> Result<Arc<Table>, Failed> {
        if steps.is_empty() {
            return Ok(given);
        }
        let steps = steps.to_vec();
        let work = move || steps.iter().try_fold(Arc::unwrap_or_clone(given), |table, step| step.apply(table));
        Ok(Arc::new(self.world.work.run(work).await??))
    }

    async fn plot(
        &self,
        step: &Step,
        kind: Kind,
        options: &Map<String, Value>,
        given: Arc<Table>,
        plots: &mut Vec<Drawn>,
    ) -> Result<Done, Failed> {
        let drawing = self.operations.draw(kind, options, Table::clone(&given)).await.map_err(failed)?;
        plots.push(Drawn { name: step.name.clone(), kind, title: drawing.title, svg: drawing.svg });
        Ok(Done::well(given))
    }

    async fn pivot(&self, join: Option<Joining>, target: &Target, given: &Arc<Table>) -> Result<Done, Failed> {
        let Target::Pivot { pivot, column, parameters } = target else { return Err(failed("no pivot")) };
        if given.columns().is_empty() {
            // Without rows there is nothing to ask about.
            return Ok(Done::well(Arc::clone(given)));
        }
        let asked = Asked::Column { table: Table::clone(given), column: column.clone() };
        let manner = Manner { parameters: parameters.clone(), ..self.manner.clone() };
        let ran = pivot.run(self.world, Call { asked, join, manner }).await?;
        let missing = ran.failed.first().map(|first| {
            let why = first.reason.as_deref().unwrap_or(first.outcome.as_str());
            format!("{} of {} values failed, the first with {why}", ran.failed.len(), ran.values)
        });
        let is_whole = ran.complete && ran.failed.is_empty();
        Ok(Done {
            table: Arc::new(ran.table),
            outcome: if is_whole { StepOutcome::Ok } else { StepOutcome::Partial },
            values: Some(ran.values),
            failed: Some(ran.failed.len()),
            reason: missing,
        })
    }
}
