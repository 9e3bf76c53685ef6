//! Lists of what a workspace keeps: in pages as JSON, whole in the forms that are rows alone.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        observables::deadline,
        page,
        problem::{Kind, Problem},
        tables::TableForm,
    },
    sentinel::{
        object::table,
        pages::{Page, Place, Wanted},
    },
};

/// Which part of a list is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// At most so many. Forms that are rows alone have all.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// Where to go on: `next` of the page before.
    cursor: Option<String>,
    /// When the answer is due, in milliseconds. At most 100000.
    #[param(minimum = 1, maximum = 100_000, default = 8000)]
    pub(crate) deadline_ms: Option<u64>,
}

/// A workspace.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct OfWorkspace {
    /// A workspace, by its name in the settings, its own name or its id.
    #[param(example = "soc")]
    pub(crate) workspace: String,
}

/// Something in a workspace.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct OfObject {
    /// A workspace, by its name in the settings, its own name or its id.
    #[param(example = "soc")]
    pub(crate) workspace: String,
    /// The id, or a name that no other has.
    #[param(example = "73e01a99-5cd7-4139-a149-9f2736ff2ab5")]
    pub(crate) id: String,
}

/// How long to wait.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Patience {
    /// When the answer is due, in milliseconds. At most 100000.
    #[param(minimum = 1, maximum = 100_000, default = 8000)]
    deadline_ms: Option<u64>,
}

impl Patience {
    /// When the answer is due.
    pub(crate) fn until(&self) -> Result<Instant, Problem> {
        deadline(self.deadline_ms, Instant::now())
    }
}

impl ListQuery {
    /// When the answer is due.
    pub(crate) fn until(&self) -> Result<Instant, Problem> {
        deadline(self.deadline_ms, Instant::now())
    }

    /// The part that is wanted in this form.
    pub(crate) fn wanted(&self, form: TableForm) -> Result<Wanted, Problem> {
        wanted(self.limit, self.cursor.as_deref(), form)
    }
}

/// The part of a list that is wanted in this form.
pub(crate) fn wanted(limit: Option<usize>, cursor: Option<&str>, form: TableForm) -> Result<Wanted, Problem> {
    let length = page::length(limit)?;
    let place = Place::read(cursor).map_err(crate::api::sentinel::mistaken)?;
    Ok(Wanted { place, length: (form == TableForm::Json || limit.is_some()).then_some(length) })
}

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listed<T> {
    /// The items, in Azure's order.
    items: Vec<T>,
    /// The `cursor` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<String>,
}

/// Answers with a part of a list.
pub(crate) fn answer<T: Serialize>(form: TableForm, page: Page<T>) -> Result<HttpResponse, Problem> {
    let Page { items, next } = page;
    if form == TableForm::Json {
        return Ok(HttpResponse::Ok().json(Listed { items, next }));
    }
    let row = |item: &T| match serde_json::to_value(item) {
        Ok(Json::Object(row)) => Ok(row),
        _ => Err(Problem::new(Kind::Internal).caused_by("an item is no object")),
    };
    let rows = items.iter().map(row).collect::<Result<Vec<Map<String, Json>>, Problem>>()?;
    Ok(form.answer(table(&rows)?, &()))
}
