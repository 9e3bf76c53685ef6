//! From the document of a step to what it does: MSTICPy's names become ours, and each type of step says what it needs.

mod calls;

use extract::steps::{Names, Step as TableStep};
use model::EntityKind;
use plots::Kind;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{
    super::{
        accessor::{ACCESSORS, Accessor},
        document::{OnError, StepDocument},
        mistake::{Mistake, read, unknown},
    },
    Action, Step,
};

/// The types of steps besides those from one table to another.
const TYPES: &[&str] = &["pivot", "query", "operation", "plot", "tee", "display"];

/// What MSTICPy calls some of them.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("pivot_display", "display"),
    ("pivot_tee", "tee"),
    ("pivot_tee_exec", "tee_exec"),
    ("filter_cols", "filter_columns"),
    ("dict_to_dataframe", "dict_to_columns"),
];

/// How a table is kept.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tee {
    #[serde(alias = "var_name")]
    table: String,
    #[serde(default)]
    clobber: bool,
}

/// What is shown of a table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Display {
    #[serde(default)]
    title: Option<String>,
    #[serde(default, alias = "cols")]
    columns: Option<Names>,
    #[serde(default)]
    head: Option<usize>,
    #[serde(default)]
    query: Option<String>,
}

impl Step {
    /// Reads the step at a place among the others.
    pub(in crate::pivots::pipeline) fn read(index: usize, raw: &Value) -> Result<Self, Mistake> {
        let at = format!("/steps/{index}");
        let parameters = if raw.get("params").is_some() { "params" } else { "parameters" };
        let parameters_at = format!("{at}/{parameters}");
        let document: StepDocument = read(raw.clone()).map_err(|mistake| mistake.below(&at))?;
        let reading = Reading { at: &at, parameters_at: &parameters_at, index };
        reading.step(document)
    }
}

/// Where a step stands, for mistakes.
struct Reading<'a> {
    at: &'a str,
    parameters_at: &'a str,
    index: usize,
}

impl Reading<'_> {
    fn mistake(&self, field: &str, what: impl Into<String>) -> Mistake {
        Mistake::new(format!("{}/{field}", self.at), what)
    }

    /// The parameters as a type of their own.
    fn parameters<T: DeserializeOwned>(&self, parameters: Map<String, Value>) -> Result<T, Mistake> {
        read(Value::Object(parameters)).map_err(|mistake| mistake.below(self.parameters_at))
    }

    fn step(&self, document: StepDocument) -> Result<Step, Mistake> {
        let name = document.name.clone().unwrap_or_else(|| self.index.to_string());
        let (input, goes_on) = (document.input.clone(), document.on_error == OnError::Continue);
        let mut note = None;
        let document = self.in_our_words(document)?;
        let kind = document.kind.clone();
        let action = self.action(&name, document, &mut note)?;
        Ok(Step { name, kind, input, goes_on, action, parameters_at: self.parameters_at.to_owned(), note })
    }

    /// The step without MSTICPy's names of types and accessors.
    fn in_our_words(&self, mut document: StepDocument) -> Result<StepDocument, Mistake> {
        if let Some((_, ours)) = OTHER_NAMES.iter().find(|(other, _)| *other == document.kind) {
            (*ours).clone_into(&mut document.kind);
        }
        let own = Accessor::named(&format!("mp_pivot.{}", document.kind)).filter(|_| !document.pos_params.is_empty());
        let accessor = match (document.kind.as_str(), own) {
            ("pd_accessor", _) => {
                let name = self.need("function", document.function.take())?;
                let known: Vec<&str> = ACCESSORS.iter().map(|accessor| accessor.name).collect();
                let accessor = Accessor::named(&name);
                accessor.ok_or_else(|| self.mistake("function", unknown("accessor", &name, &known)))?
            }
            // What is done beside the table is a step like others.
            ("tee_exec", _) => {
                let name = self.need("function", document.function.take())?;
                return self.beside(&name, document);
            }
            (_, Some(accessor)) => accessor,
            (_, None) if document.pos_params.is_empty() => return Ok(document),
            _ => return Err(self.mistake("pos_params", "this step has no parameters by place")),
        };
        let called = accessor.call(&document.pos_params, document.parameters);
        let called = called.map_err(|place| self.mistake(&format!("pos_params/{place}"), "one too many"))?;
        document.kind = called.kind.to_owned();
        document.function = called.function.or(document.function);
        document.parameters = called.parameters;
        document.pos_params = Vec::new();
        if document.kind == "tee_exec" {
            let name = self.need("function", document.function.take())?;
            return self.beside(&name, document);
        }
        if document.kind == "pivot" {
            document.entity = document.entity.or_else(|| {
                let (entity, function) = document.function.as_ref()?.split_once('.')?;
                let entity = entity.parse::<EntityKind>().ok()?.to_string();
                document.function = Some(function.to_owned());
                Some(entity)
            });
        }
        Ok(document)
    }

    /// A function that is called beside the table: a plot, or a step whose table is kept under the name of this one.
    fn beside(&self, name: &str, mut document: StepDocument) -> Result<StepDocument, Mistake> {
        let beside = |accessor: &&Accessor| accessor.kind == "plot" || TableStep::NAMES.contains(&accessor.kind);
        let known: Vec<&str> = ACCESSORS.iter().filter(beside).map(|accessor| accessor.name).collect();
        let accessor = Accessor::named(name).filter(|accessor| beside(accessor));
        let accessor = accessor.ok_or_else(|| self.mistake("function", unknown("accessor", name, &known)))?;
        let called = accessor.call(&document.pos_params, document.parameters);
        let called = called.map_err(|place| self.mistake(&format!("pos_params/{place}"), "one too many"))?;
        document.pos_params = Vec::new();
        if called.kind == "plot" {
            document.kind = "plot".to_owned();
            document.function = called.function;
            document.parameters = called.parameters;
        } else {
            document.kind = "tee_exec".to_owned();
            document.function = Some(called.kind.to_owned());
            document.parameters = called.parameters;
        }
        Ok(document)
    }

    fn action(&self, name: &str, document: StepDocument, note: &mut Option<String>) -> Result<Action, Mistake> {
        let parameters = document.parameters.clone();
        let kind = document.kind.clone();
        self.check_fields(&document)?;
        Ok(match kind.as_str() {
            "pivot" => Action::Pivot(self.pivot(document)?),
            "query" => Action::Query(self.query(document)?),
            "operation" => self.operation(document)?,
            "plot" => {
                let function = self.need("function", document.function)?;
                let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
                let drawn = |kind: &&Kind| kind.as_str() == function && **kind != Kind::EntityGraph;
                let kind = Kind::ALL.iter().find(drawn).copied();
                let kind =
                    kind.ok_or_else(|| self.mistake("function", unknown("plot of a table", &function, &known)))?;
                Action::Plot { kind, options: parameters }
            }
            "tee" => {
                let Tee { table, clobber } = self.parameters(parameters)?;
                Action::Keep { table, overwrites: clobber, steps: Vec::new() }
            }
            "tee_exec" => {
                let step = self.table_step(&document.function.unwrap_or_default(), parameters)?;
                Action::Keep { table: name.to_owned(), overwrites: true, steps: vec![step] }
            }
            "display" => {
                let shown: Display = self.parameters(parameters)?;
                if shown.query.is_some() {
                    *note =
                        Some("query is an expression of pandas, and was left out; a filter step selects rows".into());
                }
                let mut steps = Vec::new();
                if let Some(columns) = &shown.columns {
                    let columns: Vec<&str> = columns.iter().collect();
                    let parameters = Map::from_iter([("columns".to_owned(), columns.into())]);
                    steps.push(self.table_step("filter_columns", parameters)?);
                }
                if let Some(head) = shown.head {
                    steps.push(self.table_step("head", Map::from_iter([("n".to_owned(), head.into())]))?);
                }
                Action::Keep { table: shown.title.unwrap_or_else(|| name.to_owned()), overwrites: true, steps }
            }
            kind if TableStep::NAMES.contains(&kind) => Action::Table(self.table_step(kind, parameters)?),
            kind => {
                let known: Vec<&str> = TYPES.iter().chain(TableStep::NAMES).copied().collect();
                return Err(self.mistake("type", unknown("type of step", kind, &known)));
            }
        })
    }

    /// Fields that only some types have a use for.
    fn check_fields(&self, document: &StepDocument) -> Result<(), Mistake> {
        let is_pivot = document.kind == "pivot";
        let has_function = matches!(document.kind.as_str(), "pivot" | "query" | "operation" | "plot" | "tee_exec");
        for (field, is_there, has_use) in [
            ("entity", document.entity.is_some(), is_pivot),
            ("container", document.container.is_some(), is_pivot),
            ("column", document.column.is_some(), is_pivot),
            ("join", document.join.is_some(), is_pivot),
            ("left_on", document.left_on.is_some(), is_pivot),
            ("right_on", document.right_on.is_some(), is_pivot),
            ("ignore_case", document.ignore_case, is_pivot),
            ("source", document.source.is_some(), document.kind == "query"),
            ("function", document.function.is_some(), has_function),
        ] {
            let is_known = TYPES.contains(&&*document.kind) || TableStep::NAMES.contains(&&*document.kind);
            if is_there && !has_use && is_known {
                return Err(self.mistake(field, format!("a {} has no use for it", document.kind)));
            }
        }
        Ok(())
    }

    fn need(&self, field: &str, value: Option<String>) -> Result<String, Mistake> {
        value.ok_or_else(|| self.mistake(field, format!("missing field `{field}`")))
    }

    fn table_step(&self, kind: &str, parameters: Map<String, Value>) -> Result<TableStep, Mistake> {
        let step =
            Map::from_iter([("type".to_owned(), kind.into()), ("parameters".to_owned(), Value::Object(parameters))]);
        read(Value::Object(step)).map_err(|mistake: Mistake| {
            let below = mistake.pointer.strip_prefix("/parameters").unwrap_or(&mistake.pointer).to_owned();
            Mistake::new(format!("{}{below}", self.parameters_at), mistake.what)
        })
    }
}
