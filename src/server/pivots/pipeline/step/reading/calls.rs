//! Steps that call something: pivots, queries and operations.

use model::{EntityKind, table::JoinKind};
use serde_json::Value;

use super::{
    super::{
        super::{
            super::run::{JoinName, Joining},
            document::StepDocument,
            mistake::{Mistake, push, read, unknown},
        },
        Action, OPERATIONS, PivotStep, QueryStep,
    },
    Reading,
};

/// What MSTICPy calls the column that a pivot is asked about.
const COLUMN_NAMES: &[&str] = &["column", "input_column", "input_col", "src_column", "src_col"];

impl Reading<'_> {
    pub(super) fn pivot(&self, document: StepDocument) -> Result<PivotStep, Mistake> {
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

    pub(super) fn query(&self, document: StepDocument) -> Result<QueryStep, Mistake> {
        let function = self.need("function", document.function)?;
        let parts: Vec<String> = function.split('/').map(str::to_owned).collect();
        let address = <[String; 3]>::try_from(parts)
            .map_err(|_| self.mistake("function", "is environment/family/name of a query"))?;
        Ok(QueryStep { address, source: document.source, parameters: document.parameters })
    }

    pub(super) fn operation(&self, document: StepDocument) -> Result<Action, Mistake> {
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
