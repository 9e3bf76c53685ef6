//! A pipeline before its first step runs: every pivot and query found, every mistake told, columns followed from step to
//! step as far as they are known.

use std::{collections::HashMap, sync::Arc};

use model::{Column, ColumnType, Table};
use serde_json::{Map, Value};
use sources::{Environment, Template};

use super::{
    super::{Pivot, PivotError, Pivots, UnknownPivot, join, run::VALUE},
    mistake::{Mistake, push},
    step::{Action, PivotStep, QueryStep, Step},
};
use crate::templates::Shelf;

/// More steps than any pipeline has.
pub(super) const MOST_STEPS: usize = 50;

/// What steps are found in.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// Functions of entities.
    pub pivots: &'a Pivots,
    /// Query templates.
    pub templates: &'a Shelf,
    /// What is done elsewhere.
    pub operations: &'a dyn super::Operations,
}

/// A step that can be run.
pub struct Planned {
    /// The step.
    pub step: Step,
    /// What it calls.
    pub target: Target,
}

/// What a step calls.
pub enum Target {
    /// Nothing that must be found first.
    None,
    /// A function of entities, asked about a column.
    Pivot {
        /// The function.
        pivot: Pivot,
        /// The column.
        column: String,
        /// Parameters of the function.
        parameters: Map<String, Value>,
    },
    /// A query template.
    Query(Arc<Template>),
}

impl Planned {
    /// Whether events are queried, which takes a permission of its own.
    pub fn queries(&self) -> bool {
        match &self.target {
            Target::Pivot { pivot, .. } => pivot.function.is_query,
            Target::Query(_) => true,
            Target::None => false,
        }
    }

    /// Whether something is drawn, which takes a permission of its own.
    pub fn draws(&self) -> bool {
        matches!(self.step.action, Action::Plot { .. })
    }
}

/// Steps that can be run, or everything that is wrong with them. `columns` are those of the table that comes in, without
/// rows, if they are known.
pub(super) fn plan(steps: &[Value], columns: Option<Table>, means: Means<'_>) -> Result<Vec<Planned>, Vec<Mistake>> {
    if steps.is_empty() || steps.len() > MOST_STEPS {
        return Err(vec![Mistake::new("/steps", format!("from 1 to {MOST_STEPS} steps"))]);
    }
    let mut planner = Planner { means, current: columns, kept: HashMap::new(), mistakes: Vec::new() };
    let mut planned = Vec::new();
    for (index, raw) in steps.iter().enumerate() {
        match Step::read(index, raw) {
            Ok(step) => planned.extend(planner.follow(index, step)),
            Err(mistake) => {
                planner.mistakes.push(mistake);
                planner.current = None;
            }
        }
    }
    if planner.mistakes.is_empty() { Ok(planned) } else { Err(planner.mistakes) }
}

struct Planner<'a> {
    means: Means<'a>,
    /// The columns that the last step leaves, if they are known.
    current: Option<Table>,
    /// Those of the tables that were kept.
    kept: HashMap<String, Option<Table>>,
    mistakes: Vec<Mistake>,
}

impl Planner<'_> {
    /// The step with what it calls; and what the next one gets.
    fn follow(&mut self, index: usize, step: Step) -> Option<Planned> {
        let at = format!("/steps/{index}");
        let given = match &step.input {
            None => self.current.take(),
            Some(name) => match self.kept.get(name) {
                Some(columns) => columns.clone(),
                None => {
                    let known: Vec<&str> = self.kept.keys().map(String::as_str).collect();
                    let what = super::mistake::unknown("table that a step before this one keeps", name, &known);
                    self.mistakes.push(Mistake::new(format!("{at}/input"), what));
                    None
                }
            },
        };
        let (target, left) = match &step.action {
            Action::Pivot(pivot) => self.pivot(&at, &step.parameters_at, pivot, given)?,
            Action::Query(query) => (Target::Query(self.query(&at, &step.parameters_at, query, given.as_ref())?), None),
            Action::Table(table) => (Target::None, self.table(&step.parameters_at, table, given)),
            Action::Operation { name, parameters } => {
                let refused = self.means.operations.check(name, parameters);
                self.tell_below(&step.parameters_at, refused);
                (Target::None, None)
            }
            Action::Plot { kind, options } => {
                let refused = self.means.operations.check_plot(*kind, options);
                self.tell_below(&step.parameters_at, refused);
                (Target::None, given)
            }
            Action::Keep { table, overwrites, steps } => {
                if self.kept.contains_key(table) && !overwrites {
                    let what = "a step before this one keeps a table of this name; clobber: true replaces it";
                    self.mistakes.push(Mistake::new(step.parameters_at.clone(), what));
                }
                let kept =
                    steps.iter().fold(given.clone(), |given, table| self.table(&step.parameters_at, table, given));
                self.kept.insert(table.clone(), kept);
                (Target::None, given)
            }
        };
        // A step that fails leaves the table as it was, so that nothing is sure about it.
        self.current = if step.goes_on && !matches!(target, Target::None) { None } else { left };
        Some(Planned { step, target })
    }

    fn tell_below(&mut self, at: &str, mistakes: Vec<Mistake>) {
        self.mistakes.extend(mistakes.into_iter().map(|mistake| mistake.below(at)));
    }

    fn table(&mut self, at: &str, step: &extract::steps::Step, given: Option<Table>) -> Option<Table> {
        match step.foresee(&given?) {
            Ok(left) => left,
            Err(error) => {
                self.mistakes.push(Mistake::new(format!("{at}{}", error.pointer()), error.to_string()));
                None
            }
        }
    }

    /// Tells of a column that is known not to be there.
    fn needs(&mut self, pointer: String, column: &str, given: Option<&Table>) {
        if let Some(table) = given.filter(|table| table.column(column).is_none()) {
            let known: Vec<&str> = table.columns().iter().map(Column::name).collect();
            self.mistakes.push(Mistake::new(pointer, super::mistake::unknown("column", column, &known)));
        }
    }

    fn pivot(
        &mut self,
        at: &str,
        parameters_at: &str,
        step: &PivotStep,
        given: Option<Table>,
    ) -> Option<(Target, Option<Table>)> {
        let pivot = match self.means.pivots.find(step.entity, &step.container, &step.function) {
            Ok(pivot) => pivot,
            Err(UnknownPivot { nearest }) => {
                let near =
                    if nearest.is_empty() { String::new() } else { format!("; near to it are {}", nearest.join(", ")) };
                let what = format!("{} has no such pivot{near}", step.entity);
                self.mistakes.push(Mistake::new(format!("{at}/function"), what));
                return None;
            }
        };
        let function = &pivot.function;
        // MSTICPy gives queries the column as the parameter that it fills.
        let filled = pivot.takes().and_then(|takes| takes.parameter.clone());
        let (column, pointer) = match (&step.column, filled.as_ref().and_then(|name| step.parameters.get(&**name))) {
            (Some(column), _) => (column.clone(), format!("{at}/column")),
            (None, Some(Value::String(column))) => (column.clone(), parameters_at.to_owned()),
            (None, _) => (VALUE.to_owned(), format!("{at}/column")),
        };
        let mut parameters = step.parameters.clone();
        if let Some(name) = filled.filter(|_| step.column.is_none()) {
            parameters.remove(&*name);
        }
        self.needs(pointer, &column, given.as_ref());
        if let Some((left_on, _)) = step.join.as_ref().and_then(|join| join.on.as_ref()) {
            self.needs(format!("{at}/left_on"), left_on, given.as_ref());
        }
        if !function.is_query {
            let known: Vec<&str> = function.parameters.iter().map(|parameter| &*parameter.name).collect();
            for name in parameters.keys().filter(|name| !known.contains(&name.as_str())) {
                let mut pointer = parameters_at.to_owned();
                push(&mut pointer, name);
                self.mistakes.push(Mistake::new(pointer, super::mistake::unknown("parameter", name, &known)));
            }
        }
        let left = given.and_then(|given| foreseen(&pivot, step, &given).ok().flatten());
        Some((Target::Pivot { pivot, column, parameters }, left))
    }

    fn query(
        &mut self,
        at: &str,
        parameters_at: &str,
        step: &QueryStep,
        given: Option<&Table>,
    ) -> Option<Arc<Template>> {
        let [environment, family, name] = &step.address;
        let Some(shelved) = self.means.templates.find(environment, family, name) else {
            let own = Environment::named(environment);
            let of_environment = |(known, ..): &(&str, &str, _)| *known == own.name();
            let all = self.means.templates.iter().filter(of_environment);
            let known: Vec<String> =
                all.map(|(_, family, shelved)| format!("{family}/{}", shelved.template.name)).collect();
            let likeness = |known: &&String| strsim::jaro_winkler(known, &format!("{family}/{name}"));
            let near = known.iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
            let near = near.map(|near| format!("; near to it is {environment}/{near}")).unwrap_or_default();
            self.mistakes.push(Mistake::new(format!("{at}/function"), format!("no such query{near}")));
            return None;
        };
        for (name, value) in &step.parameters {
            let mut pointer = parameters_at.to_owned();
            push(&mut pointer, name);
            if shelved.template.parameter(name).is_none() && !matches!(name.as_str(), "start" | "end") {
                let known: Vec<&str> = shelved.template.parameters.iter().map(|known| &*known.name).collect();
                self.mistakes.push(Mistake::new(pointer, super::mistake::unknown("parameter", name, &known)));
            } else if let Some(column) = column_of(value) {
                self.needs(format!("{pointer}/column"), column, given);
            }
        }
        Some(Arc::clone(&shelved.template))
    }
}

/// The column whose values a parameter of a query takes.
pub(super) fn column_of(value: &Value) -> Option<&str> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    members.get("column")?.as_str()
}

/// The columns that a pivot leaves, if its answers always have the same.
fn foreseen(pivot: &Pivot, step: &PivotStep, given: &Table) -> Result<Option<Table>, PivotError> {
    let function = &pivot.function;
    if function.is_query || function.columns.is_empty() {
        return Ok(None);
    }
    let own = [VALUE, "outcome", "reason"];
    let mut columns: Vec<Column> = own.map(|name| Column::new(name, ColumnType::String)).into();
    for spec in &function.columns {
        let name = if own.contains(&&*spec.name) { format!("{}_res", spec.name) } else { spec.name.clone() };
        columns.push(Column::new(name, spec.kind));
    }
    let answer = Table::new(columns)?;
    let Some(joining) = &step.join else { return Ok(Some(answer)) };
    Ok(Some(match &joining.on {
        Some((left, right)) => {
            join::by_key(given, &answer, (left, right), joining.kind, joining.ignore_case, &function.name)?
        }
        None => join::by_value(given, answer, &[], &[], joining.kind, &function.name)?,
    }))
}
