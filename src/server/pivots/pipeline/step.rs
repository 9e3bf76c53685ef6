//! A step of a pipeline, understood: what it does, to which table, and what happens when it fails.

use extract::steps::{Names, Step as TableStep};
use model::{EntityKind, table::JoinKind};
use plots::Kind;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    super::run::{JoinName, Joining},
    accessor::{ACCESSORS, Accessor},
    document::{OnError, StepDocument},
    mistake::{Mistake, push, read, unknown},
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

/// What MSTICPy calls the column that a pivot is asked about.
const COLUMN_NAMES: &[&str] = &["column", "input_column", "input_col", "src_column", "src_col"];

/// Operations that a table can go through.
pub const OPERATIONS: &[&str] = &["iocs/extract", "decode/base64", "process-tree", "mask", "analysis/timeseries"];

/// A step.
#[derive(Debug, Clone)]
pub struct Step {
    /// What reports call it.
    pub name: String,
    /// Its type, in our words.
    pub kind: String,
    /// The kept table that it works on; the current one if none is named.
    pub input: Option<String>,
    /// Whether the steps after it run when it fails.
    pub goes_on: bool,
    /// What it does.
    pub action: Action,
    /// Where its parameters stand in the document: below this pointer.
    pub parameters_at: String,
    /// What of it was left out.
    pub note: Option<String>,
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum Action {
    /// Asks a function of entities about a column.
    Pivot(PivotStep),
    /// Runs a query template; its rows take the place of the table.
    Query(QueryStep),
    /// Makes one table of another.
    Table(TableStep),
    /// Puts a table through an operation.
    Operation {
        /// Which.
        name: &'static str,
        /// What it is told.
        parameters: Map<String, Value>,
    },
    /// Draws the table and leaves it as it is.
    Plot {
        /// What is drawn.
        kind: Kind,
        /// How.
        options: Map<String, Value>,
    },
    /// Keeps the table, or what steps make of it, under a name and leaves it as it is.
    Keep {
        /// The name.
        table: String,
        /// Whether there may be a table of this name already.
        overwrites: bool,
        /// The steps.
        steps: Vec<TableStep>,
    },
}

/// A function of entities and how it is asked.
#[derive(Debug, Clone)]
pub struct PivotStep {
    /// The kind of entity.
    pub entity: EntityKind,
    /// The group of the function.
    pub container: String,
    /// Its name.
    pub function: String,
    /// The column that is asked about, if it is said.
    pub column: Option<String>,
    /// How the answer is joined.
    pub join: Option<Joining>,
    /// Parameters of the function.
    pub parameters: Map<String, Value>,
}

/// A query template and how it is filled.
#[derive(Debug, Clone)]
pub struct QueryStep {
    /// Environment, family and name.
    pub address: [String; 3],
    /// Where it runs.
    pub source: Option<String>,
    /// Parameters by name; `{"column": "…"}` is the values of a column.
    pub parameters: Map<String, Value>,
}

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
    pub(super) fn read(index: usize, raw: &Value) -> Result<Self, Mistake> {
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
    fn parameters<T: serde::de::DeserializeOwned>(&self, parameters: Map<String, Value>) -> Result<T, Mistake> {
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
                let name =
                    document.function.take().ok_or_else(|| self.mistake("function", "missing field `function`"))?;
                let known: Vec<&str> = ACCESSORS.iter().map(|accessor| accessor.name).collect();
                let accessor = Accessor::named(&name);
                accessor.ok_or_else(|| self.mistake("function", unknown("accessor", &name, &known)))?
            }
            // What is done beside the table is a step like others.
            ("tee_exec", _) => {
                let name =
                    document.function.take().ok_or_else(|| self.mistake("function", "missing field `function`"))?;
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

    fn pivot(&self, document: StepDocument) -> Result<PivotStep, Mistake> {
        let mut parameters = document.parameters;
        let mut text = |names: &[&str]| {
            let name = names.iter().find(|name| parameters.get(**name).is_some_and(Value::is_string))?;
            parameters.remove(*name)?.as_str().map(str::to_owned)
        };
        // MSTICPy writes all of these as parameters.
        let column = document.column.or_else(|| text(COLUMN_NAMES));
        let left_on = document.left_on.or_else(|| text(&["left_on"]));
        let right_on = document.right_on.or_else(|| text(&["right_on"]));
        let ignore_case = document.ignore_case || parameters.remove("join_ignore_case") == Some(Value::Bool(true));
        let join = match (document.join, parameters.remove("join")) {
            (None, Some(name)) => {
                read(name).map_err(|mistake| Mistake::new(format!("{}/join", self.parameters_at), mistake.what))?
            }
            (join, _) => join,
        };
        let kind: Option<JoinKind> = join.and_then(JoinName::kind);
        let on = match (left_on, right_on, kind) {
            (None, None, _) => None,
            (Some(left), Some(right), Some(_)) => Some((left, right)),
            (_, _, None) => return Err(self.mistake("join", "left_on and right_on belong to a join")),
            (Some(_), None, _) => return Err(self.mistake("right_on", "is needed beside left_on")),
            (None, Some(_), _) => return Err(self.mistake("left_on", "is needed beside right_on")),
        };
        for name in ["verbose", "debug", "progress"] {
            parameters.remove(name);
        }
        let entity = self.need("entity", document.entity)?;
        let Ok(entity) = entity.parse() else {
            let known: Vec<&str> = EntityKind::ALL.iter().map(|kind| kind.as_str()).collect();
            return Err(self.mistake("entity", unknown("kind of entity", &entity, &known)));
        };
        let function = self.need("function", document.function)?;
        let (container, function) = match (document.container, function.split_once('.')) {
            (Some(container), _) => (container, function),
            (None, Some((container, function))) => (container.to_owned(), function.to_owned()),
            (None, None) => return Err(self.mistake("container", "missing field `container`")),
        };
        let join = kind.map(|kind| Joining { kind, on, ignore_case });
        Ok(PivotStep { entity, container, function, column, join, parameters })
    }

    fn query(&self, document: StepDocument) -> Result<QueryStep, Mistake> {
        let function = self.need("function", document.function)?;
        let parts: Vec<String> = function.split('/').map(str::to_owned).collect();
        let address = <[String; 3]>::try_from(parts)
            .map_err(|_| self.mistake("function", "is environment/family/name of a query"))?;
        Ok(QueryStep { address, source: document.source, parameters: document.parameters })
    }

    fn operation(&self, document: StepDocument) -> Result<Action, Mistake> {
        let function = self.need("function", document.function)?;
        let known = OPERATIONS.iter().find(|known| **known == function);
        let name = *known.ok_or_else(|| self.mistake("function", unknown("operation", &function, OPERATIONS)))?;
        let mut parameters = document.parameters;
        let of_texts = match name {
            "iocs/extract" => "extract_iocs",
            "decode/base64" => "b64decode",
            _ => return Ok(Action::Operation { name, parameters }),
        };
        // Texts of a column are what a pivot is asked about.
        let column = ["column", "columns"].iter().find_map(|name| parameters.remove(*name));
        let column = match column {
            Some(Value::String(column)) => Some(column),
            None => None,
            Some(_) => {
                return Err(Mistake::new(format!("{}/column", self.parameters_at), "takes the name of a column"));
            }
        };
        let join = match parameters.remove("join") {
            None => None,
            Some(name) => read::<JoinName>(name)
                .map_err(|mistake| Mistake::new(format!("{}/join", self.parameters_at), mistake.what))?
                .kind(),
        };
        if let Some(name) = parameters.keys().next() {
            let mut pointer = self.parameters_at.to_owned();
            push(&mut pointer, name);
            return Err(Mistake::new(pointer, "no such parameter; there are column and join"));
        }
        Ok(Action::Pivot(PivotStep {
            entity: EntityKind::Process,
            container: "util".to_owned(),
            function: of_texts.to_owned(),
            column,
            join: join.map(|kind| Joining { kind, on: None, ignore_case: false }),
            parameters,
        }))
    }
}
