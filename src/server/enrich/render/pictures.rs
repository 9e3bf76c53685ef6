//! A report as pictures: the graph of what was sent, with verdicts, and when things happened. Sized for a comment.

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::{AlertFacts, Column, ColumnType, EntityGraph, IncidentFacts, Table, Value, Verdict};
use plots::{Kind, Options, Plot, PlotError, Subject};
use serde_json::Value as Json;

use crate::enrich::report::EnrichedItem;

/// Pixels from left to right.
const WIDTH: u32 = 720;
/// Pixels of a PNG for each of its own: sharp on every screen.
const SCALE: f64 = 2.0;
/// Moments in one picture.
const MOST_MOMENTS: usize = 1_000;

/// A time, what happened then, to what, and the kind of that.
type Moment = (Value<'static>, String, String, String);

/// What there is to draw: an incident, or else an alert, or else entities.
pub struct Drawable {
    graph: EntityGraph,
    incident: Option<IncidentFacts>,
    alert: Option<AlertFacts>,
    verdicts: HashMap<String, Verdict>,
}

/// A picture: SVG, or PNG in base64.
type Written = Result<String, PlotError>;

impl Drawable {
    /// Reads what was sent.
    pub fn read(incident: Option<&Json>, alert: Option<&Json>, entities: Option<&Json>) -> Self {
        let mut drawable =
            Self { graph: EntityGraph::default(), incident: None, alert: None, verdicts: HashMap::new() };
        if let Some(incident) = incident {
            let (graph, facts) = EntityGraph::from_incident(incident);
            (drawable.graph, drawable.incident) = (graph, Some(facts));
        } else if let Some(alert) = alert {
            let (graph, facts) = EntityGraph::from_alert(alert);
            (drawable.graph, drawable.alert) = (graph, Some(facts));
        } else if let Some(entities) = entities {
            drawable.graph = EntityGraph::from_entities(entities);
        }
        drawable
    }

    /// Takes the worst verdict on each entity.
    pub fn judge(&mut self, items: &[EnrichedItem]) {
        for item in items {
            if let Some(entity) = &item.entity {
                let verdict = self.verdicts.entry(entity.id().to_owned()).or_default();
                *verdict = item.verdict.max(*verdict);
            }
        }
    }

    /// The graph as SVG.
    pub fn graph_svg(&self) -> Written {
        self.graph(|plot| Ok(plot.svg()))
    }

    /// The graph as PNG in base64.
    pub fn graph_png(&self) -> Written {
        self.graph(in_base64)
    }

    /// When things happened, as SVG.
    pub fn timeline_svg(&self) -> Written {
        self.timeline(|plot| Ok(plot.svg()))
    }

    /// When things happened, as PNG in base64.
    pub fn timeline_png(&self) -> Written {
        self.timeline(in_base64)
    }

    fn graph(&self, write: fn(&Plot<'_>) -> Written) -> Written {
        let subject = match (&self.incident, &self.alert) {
            (Some(facts), _) => Subject::Incident(facts),
            (None, Some(facts)) => Subject::Alert(facts),
            (None, None) => Subject::Nothing,
        };
        let options = Options { width: Some(WIDTH), ..Options::default() };
        write(&plots::draw_entities(&self.graph, subject, &self.verdicts, &options)?)
    }

    fn timeline(&self, write: fn(&Plot<'_>) -> Written) -> Written {
        let options = Options {
            title: Some("When it happened".to_owned()),
            time_column: Some("Time".to_owned()),
            group_by: vec!["Of".to_owned()],
            color_by: Some("Kind".to_owned()),
            source_columns: vec!["What".to_owned()],
            width: Some(WIDTH),
            ..Options::default()
        };
        write(&plots::draw(Kind::Timeline, &self.moments(), &options)?)
    }

    /// Every time that the facts and the entities tell, a row for each.
    fn moments(&self) -> Table {
        let mut moments: Vec<Moment> = Vec::new();
        if let Some(facts) = &self.incident {
            for (what, time) in [
                ("first activity", facts.first_activity_at),
                ("last activity", facts.last_activity_at),
                ("created", facts.created_at),
            ] {
                if let Some(time) = time {
                    moments.push((time.into(), what.to_owned(), "Incident".to_owned(), "incident".to_owned()));
                }
            }
        }
        for entity in &self.graph.entities {
            for attribute in entity.properties().keys() {
                let time = entity.text(attribute).and_then(|text| Value::from(text).cast(ColumnType::Datetime));
                if let Some(time @ Value::Datetime(_)) = time {
                    let (what, kind) = (attribute.replace('_', " "), entity.kind().as_str().replace('_', " "));
                    moments.push((time, what, entity.name().to_owned(), kind));
                }
            }
        }
        moments.truncate(MOST_MOMENTS);
        let text = |name: &str, of: fn(&Moment) -> &String| {
            Column::of(name, ColumnType::String, moments.iter().map(|moment| of(moment).as_str()))
        };
        let times = Column::of("Time", ColumnType::Datetime, moments.iter().map(|moment| moment.0.clone()));
        let columns = [times, text("What", |m| &m.1), text("Of", |m| &m.2), text("Kind", |m| &m.3)];
        // Times fit a column of times, texts one of texts.
        Table::new(columns.into_iter().flatten().collect()).unwrap_or_default()
    }
}

fn in_base64(plot: &Plot<'_>) -> Written {
    plot.png(SCALE).map(|png| STANDARD.encode(png))
}
