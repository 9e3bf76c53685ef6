//! `/v1/plots`: pictures of tables and incidents, as SVG, PNG, a page, or data.

mod entities;
mod form;
mod locate;
mod queried;
mod reference;
mod request;

use actix_web::{HttpResponse, post, web::Data};
use model::Table;
use plots::{Kind, PlotError};

pub(super) use self::request::PlotRequest;
use self::{
    form::{PlotData, PlotForm},
    request::Given,
};
use super::{
    Operations,
    caller::{Allowed, Caller, scope},
    limits::RequestLimits,
    problem::Problem,
    tables::TableBody,
};
use crate::services::Services;

/// A refusal that points to the option at fault.
fn refused(error: PlotError) -> Problem {
    match error.option() {
        Some(option) => Problem::invalid_at(format!("/{option}"), error.to_string()),
        None => error.into(),
    }
}

/// Draws the table of a request, or what its query finds.
async fn draw(
    kind: Kind,
    services: Data<Services>,
    caller: &Caller,
    limits: RequestLimits,
    form: PlotForm,
    request: TableBody<PlotRequest>,
) -> Result<HttpResponse, Problem> {
    let TableBody(request) = request;
    let (given, options, scale) = request.read(kind)?;
    let (mut table, ended) = match given {
        Given::Rows(rows, columns) => (services.work.run(move || rows.into_table(columns.as_deref())).await??, None),
        Given::Query(query) => {
            let (table, ended) = query.ask(&services, caller).await?;
            (table, Some(ended))
        }
        Given::Pipeline(pipeline) => {
            let (table, ended) = pipeline.ask(&services, caller, limits).await?;
            (table, Some(ended))
        }
    };
    let geo = services.geo.clone();
    let written = move || -> Result<_, Problem> {
        if let Some(column) = &options.ip_column {
            locate::locate(&mut table, column, &geo)?;
        }
        let plot = plots::draw(kind, &table, &options).map_err(refused)?;
        let missing = ended.as_ref().map(|ended| &ended.missing);
        let written = form.write(&plot, scale, missing).map_err(refused)?;
        Ok((written, ended))
    };
    let (written, ended) = services.work.run(written).await??;
    let mut response = form.answer(written);
    if let Some(ended) = ended {
        ended.tell(&mut response);
    }
    Ok(response)
}

/// What is wrong with the options of a plot, if that shows before there is a table.
pub(super) fn check(kind: Kind, request: PlotRequest) -> Result<(), Problem> {
    plots::draw(kind, &Table::default(), &request.options()?).map(|_| ()).map_err(refused)
}

/// The title of a plot of a table, and the plot as SVG.
pub(super) async fn svg(
    services: &Services,
    kind: Kind,
    mut table: Table,
    request: PlotRequest,
) -> Result<(String, String), Problem> {
    let options = request.options()?;
    let geo = services.geo.clone();
    let drawn = move || -> Result<(String, String), Problem> {
        if let Some(column) = &options.ip_column {
            locate::locate(&mut table, column, &geo)?;
        }
        let plot = plots::draw(kind, &table, &options).map_err(refused)?;
        Ok((plot.title().to_owned(), plot.svg()))
    };
    services.work.run(drawn).await?
}

/// One operation for each kind of plot of a table.
macro_rules! plots_of_tables {
    ($($handler:ident $path:literal $kind:ident $title:literal $text:literal $example:tt)*) => {
        /// The routes of this file.
        pub(crate) fn routes(operations: &mut Operations<'_>) {
            operations.service(entities::draw_entity_graph)$(.service($handler))*;
        }

        $(
            #[doc = $title]
            #[doc = ""]
            #[doc = $text]
            #[doc = "The form of the answer is chosen by `Accept`; the same input gives the same picture. A table can also be \
                     sent in another media type; the options then stand in the query string. A `query` in place of the rows is \
                     run (scope `query`), and so is a `pipeline` (scope `lookup`): the headers `x-outcome` and `x-reason`, and \
                     `partial_errors` or `steps` in JSON, say what is missing from their rows; if there are none because \
                     something failed, that is a problem."]
            #[utoipa::path(
                tag = "plots",
                operation_id = stringify!($handler),
                request_body(content(
                    (PlotRequest = "application/json", example = json!($example)),
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
            #[post($path)]
            async fn $handler(
                allowed: Allowed<scope::Analyze>,
                services: Data<Services>,
                limits: RequestLimits,
                form: PlotForm,
                request: TableBody<PlotRequest>,
            ) -> Result<HttpResponse, Problem> {
                draw(Kind::$kind, services, &allowed.caller, limits, form, request).await
            }
        )*
    };
}

plots_of_tables! {
    draw_timeline "/v1/plots/timeline" Timeline
        "Draw events over time"
        "One mark for each event, a row for each value of `group_by`, lines at `ref_times`. Options: `time_column`, \
         `group_by`, `color_by`, `ref_times`, `source_columns`, `facet_by`."
        { "rows": [
            { "TimeGenerated": "2026-05-04T12:40:11Z", "Computer": "dc-01", "EventID": 4625 },
            { "TimeGenerated": "2026-05-04T12:41:02Z", "Computer": "web-01", "EventID": 4624 }
          ], "group_by": "Computer", "ref_times": ["2026-05-04T12:42:00Z"] }
    draw_timeline_values "/v1/plots/timeline-values" TimelineValues
        "Draw values over time"
        "Bars, circles, lines, or (`style` `likelihood`) how likely sessions are, the least likely picked out. Options: \
         `time_column`, `value_column` (needed), `group_by`, `style`, `label_column`, `log_scale`, `ref_times`, \
         `source_columns`, `facet_by`."
        { "rows": [
            { "TimeGenerated": "2026-05-04T12:00:00Z", "Bytes": 5120 },
            { "TimeGenerated": "2026-05-04T13:00:00Z", "Bytes": 2097152 }
          ], "value_column": "Bytes", "style": "line" }
    draw_timeline_duration "/v1/plots/timeline-duration" TimelineDuration
        "Draw how long things last"
        "A bar from the first event of each group to its last, or with `end_time_column` a bar for each row. Options: \
         `time_column`, `end_time_column`, `group_by` (needed without `end_time_column`), `color_by`, `ref_times`, \
         `source_columns`, `facet_by`."
        { "rows": [
            { "Start": "2026-05-04T07:00:00Z", "End": "2026-05-04T09:30:00Z", "Account": "CORP\\j.berger" }
          ], "time_column": "Start", "end_time_column": "End", "group_by": "Account" }
    draw_timeseries "/v1/plots/timeseries" Timeseries
        "Draw a time series with its anomalies"
        "Observed values, the baseline, the band of `score_threshold` standard deviations around it, marked anomalies and \
         the periods that they make up: the rows that `/v1/analysis/timeseries` answers can be sent as they are. Options: `time_column`, \
         `value_column` (needed unless it is called `Total`, `value` or `Count`), `baseline_column` (`baseline`), \
         `anomaly_column` (`anomaly`), `score_threshold` (3), `ref_times`, `source_columns`, `facet_by`."
        { "rows": [
            { "TimeGenerated": "2026-05-04T12:00:00Z", "Total": 610, "baseline": 598.5, "anomaly": 0 },
            { "TimeGenerated": "2026-05-04T13:00:00Z", "Total": 1310, "baseline": 640.1, "anomaly": 1 }
          ], "value_column": "Total" }
    draw_matrix "/v1/plots/matrix" Matrix
        "Draw what occurs together"
        "A circle for each pair of values of `x` and `y` (both needed), its area the number of rows, or with `value_column` a \
         sum. Options: `x`, `y`, `value_column`, `aggregate`, `invert`, `log_scale`, `sort_x`, `sort_y`, `facet_by`."
        { "rows": [
            { "SourceIP": "10.20.1.4", "DestinationPort": 443 },
            { "SourceIP": "10.20.9.14", "DestinationPort": 4444 }
          ], "x": "DestinationPort", "y": "SourceIP" }
    draw_process_tree "/v1/plots/process-tree" ProcessTree
        "Draw processes and what started them"
        "A row for each process with its command line. Takes the rows of `/v1/process-tree`, or events with process ids of a \
         known schema (Windows security 4688, Sysmon, Defender, auditd). Options: `time_column`, `color_by`, \
         `source_columns`."
        { "rows": [
            { "TimeGenerated": "2026-05-04T07:00:00Z", "NewProcessId": "0x20e4", "ProcessId": "0x1f30",
              "NewProcessName": "C:\\Windows\\System32\\cmd.exe", "CommandLine": "cmd.exe /c whoami" }
          ] }
    draw_network "/v1/plots/network" Network
        "Draw what is connected with what"
        "A node for each value of `x` (sources) and `y` (targets), both needed; arrows as wide as there are rows, or with \
         `value_column` a sum, named by `label_column`. Options: `x`, `y`, `value_column`, `label_column`, `color_by`, \
         `layout`, `facet_by`."
        { "rows": [
            { "Source": "fin-laptop-17", "Destination": "185.220.101.46", "Service": "443/tcp" }
          ], "x": "Source", "y": "Destination", "label_column": "Service" }
    draw_map "/v1/plots/map" Map
        "Draw where things are"
        "Points on an outline of the world, joined where they would cover each other: by coordinates, by country, or by \
         addresses (`ip_column`), which are located here. Options: `latitude_column`, `longitude_column`, \
         `country_column`, `ip_column`, `value_column`, `color_by`, `source_columns`, `facet_by`."
        { "rows": [
            { "Address": "185.220.101.46", "Verdict": "malicious" },
            { "Address": "8.8.8.8", "Verdict": "benign" }
          ], "ip_column": "Address", "color_by": "Verdict" }
}
