//! `/v1/plots/entity-graph`: an incident, its alerts and entities.

use std::collections::HashMap;

use actix_web::{HttpResponse, post, web::Data};
use model::{ColumnSpec, EntityGraph, Rows};
use plots::{Options, Subject, Theme};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    form::{PlotData, PlotForm},
    refused,
};
use crate::{
    api::{
        caller::{Allowed, scope},
        problem::Problem,
        tables::{TableBody, TakesRows},
    },
    services::Services,
};

/// An incident, an alert, entities, or rows of alerts; and how they are to be drawn.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EntityGraphRequest {
    /// A Sentinel incident, as the incident trigger of a playbook gives it.
    #[serde(default)]
    #[schema(value_type = Object, nullable = false)]
    incident: Option<Value>,
    /// A Sentinel alert.
    #[serde(default)]
    #[schema(value_type = Object, nullable = false)]
    alert: Option<Value>,
    /// Entities in any of Sentinel's spellings.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, nullable = false)]
    entities: Option<Value>,
    /// Alerts as rows, with their entities in the column `Entities`: rows of `SecurityAlert`.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, nullable = false)]
    rows: Option<Rows>,
    /// The columns of the rows; found in them when left out.
    #[serde(default)]
    #[schema(nullable = false)]
    columns: Option<Vec<ColumnSpec>>,
    /// What the picture is called; the title of the incident or alert when left out.
    #[serde(default)]
    #[schema(nullable = false)]
    title: Option<String>,
    /// Pixels from left to right; 900 when left out.
    #[serde(default)]
    #[schema(nullable = false, minimum = 200, maximum = 4_000)]
    width: Option<u32>,
    /// Pixels from top to bottom; as many as the graph needs when left out.
    #[serde(default)]
    #[schema(nullable = false, minimum = 200, maximum = 4_000)]
    height: Option<u32>,
    /// Pixels of a PNG for each pixel of width and height; 1 when left out.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0.25, maximum = 4)]
    scale: Option<f64>,
    /// Light or dark; light when left out.
    #[serde(default)]
    #[schema(nullable = false, inline)]
    theme: Option<Theme>,
}

impl TakesRows for EntityGraphRequest {
    fn take_rows(&mut self, rows: Rows) {
        self.rows = Some(rows);
    }
}

/// Draw an incident, its alerts and entities
///
/// Nodes with their kinds, arrows with their names; the layout is always the same for the same input. The form of the answer
/// is chosen by `Accept`.
#[utoipa::path(
    tag = "plots",
    operation_id = "draw_entity_graph",
    request_body(content(
        (EntityGraphRequest = "application/json", example = json!({ "entities": [
            { "$id": "1", "Type": "host", "HostName": "PC-4711" },
            { "$id": "2", "Type": "account", "Name": "j.berger", "NTDomain": "CORP" },
            { "$id": "3", "Type": "ip", "Address": "185.220.101.46" },
        ] })),
        (String = "application/x-ndjson"),
        (String = "text/csv"),
    )),
    extensions(("x-scope" = json!("analyze"))),
    responses((status = OK, description = "The picture.", content(
        (String = "image/svg+xml"),
        (Vec<u8> = "image/png"),
        (String = "text/html"),
        (PlotData = "application/json"),
    ))),
)]
#[post("/v1/plots/entity-graph")]
pub(super) async fn draw_entity_graph(
    _: Allowed<scope::Analyze>,
    services: Data<Services>,
    form: PlotForm,
    request: TableBody<EntityGraphRequest>,
) -> Result<HttpResponse, Problem> {
    let TableBody(request) = request;
    let options = Options {
        title: request.title.clone(),
        width: request.width,
        height: request.height,
        theme: request.theme.unwrap_or_default(),
        ..Options::default()
    };
    let scale = request.scale.unwrap_or(1.0);
    let written = move || -> Result<Vec<u8>, Problem> {
        let EntityGraphRequest { incident, alert, entities, rows, columns, .. } = request;
        let (incident_facts, alert_facts);
        let (graph, subject) = match (incident, alert, entities, rows) {
            (Some(incident), None, None, None) => {
                let (graph, facts) = EntityGraph::from_incident(&incident);
                incident_facts = facts;
                (graph, Subject::Incident(&incident_facts))
            }
            (None, Some(alert), None, None) => {
                let (graph, facts) = EntityGraph::from_alert(&alert);
                alert_facts = facts;
                (graph, Subject::Alert(&alert_facts))
            }
            (None, None, Some(entities), None) => (EntityGraph::from_entities(&entities), Subject::Nothing),
            (None, None, None, Some(rows)) => (of_alerts(rows, columns.as_deref())?, Subject::Nothing),
            _ => return Err(Problem::invalid_at("", "exactly one of incident, alert, entities and rows is needed")),
        };
        let plot = plots::draw_entities(&graph, subject, &HashMap::new(), &options).map_err(refused)?;
        form.write(&plot, scale, None).map_err(refused)
    };
    Ok(form.answer(services.work.run(written).await??))
}

/// The graph of rows that are alerts.
fn of_alerts(rows: Rows, columns: Option<&[ColumnSpec]>) -> Result<EntityGraph, Problem> {
    let table = rows.into_table(columns)?;
    let mut answer = serde_json::to_value(&table).unwrap_or_default();
    let alerts = answer.get_mut("rows").map(Value::take).unwrap_or_default();
    Ok(EntityGraph::from_incident(&json!({ "alerts": alerts })).0)
}
