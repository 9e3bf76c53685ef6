//! Pictures of tables and incidents: the same input gives the same picture; nothing is fetched, nothing is random.
//!
//! A plot is read from a table (`timeline`, `matrix`, …), laid out on a `sheet` as a `scene` of shapes, and written as SVG,
//! PNG, a page or data. All kinds share one way of drawing.

mod duration;
mod entities;
mod error;
mod facets;
mod font;
mod frame;
mod graph;
mod kind;
mod map;
mod matrix;
mod network;
mod nothing;
mod options;
mod page;
mod palette;
mod picture;
mod process_tree;
mod reading;
mod scale;
mod scene;
mod sheet;
#[cfg(test)]
mod tests;
mod thin;
mod timeline;
mod timeseries;
mod values;

use std::{borrow::Cow, collections::HashMap};

use model::{EntityGraph, Table, Verdict};
use serde::Serialize;

pub use self::{
    entities::Subject,
    error::PlotError,
    kind::Kind,
    options::{Aggregate, Layout, Options, RefTime, Sort, Style, Theme},
};
use self::{
    facets::Facets,
    nothing::Nothing,
    picture::Picture,
    reading::{Input, one_line},
    scene::{Node, png, svg},
};

/// The most pixels that one pixel of a picture may become.
const MOST_SCALE: f64 = 4.0;

/// A picture, ready to be written in any form. As data it is its shapes from back to front.
#[derive(Debug, Clone, Serialize)]
pub struct Plot<'t> {
    kind: Kind,
    title: String,
    /// What it shows, and what a reader must know to read it rightly.
    notes: Vec<String>,
    width: f64,
    height: f64,
    background: &'static str,
    /// All times are in it.
    time_zone: &'static str,
    shapes: Vec<Node>,
    #[serde(skip)]
    theme: Theme,
    /// The column of the table by which a page finds the rows of a span of time.
    #[serde(skip)]
    time_column: Option<String>,
    #[serde(skip)]
    data: Cow<'t, Table>,
}

/// Draws a table.
pub fn draw<'t>(kind: Kind, table: &'t Table, options: &'t Options) -> Result<Plot<'t>, PlotError> {
    options.check(kind)?;
    let input = Input::new(table, options);
    let picture = match &options.facet_by {
        _ if table.row_count() == 0 => nothing("the table has no rows"),
        Some(column) => Box::new(Facets::read(kind, &input, column, |input| read(kind, input))?),
        None => read(kind, &input)?,
    };
    let picture = unless_empty(picture);
    let mut plot = Plot::of(kind, kind.title(), picture.as_ref(), options, Cow::Borrowed(table));
    plot.time_column = input.time_column().ok().map(|column| column.name().to_owned());
    Ok(plot)
}

/// Draws the graph of an incident, an alert or entities.
///
/// `verdicts` are those of entities, by id.
pub fn draw_entities(
    graph: &EntityGraph,
    subject: Subject<'_>,
    verdicts: &HashMap<String, Verdict>,
    options: &Options,
) -> Result<Plot<'static>, PlotError> {
    options.check(Kind::EntityGraph)?;
    let (drawn, table) = entities::read(graph, subject, verdicts);
    let title = match subject {
        Subject::Incident(facts) => facts.title.as_deref(),
        Subject::Alert(facts) => facts.title.as_deref(),
        Subject::Nothing => None,
    };
    let title = title.unwrap_or(Kind::EntityGraph.title());
    let picture: Box<dyn Picture> =
        if drawn.nodes.is_empty() { nothing("there are no entities") } else { Box::new(drawn) };
    Ok(Plot::of(Kind::EntityGraph, title, picture.as_ref(), options, Cow::Owned(table)))
}

/// The picture, or one that says why there is nothing in it.
fn unless_empty<'t>(picture: Box<dyn Picture + 't>) -> Box<dyn Picture + 't> {
    if picture.is_empty() { nothing(&picture.notes().join("; ")) } else { picture }
}

fn nothing(why: &str) -> Box<dyn Picture> {
    Box::new(Nothing { why: why.to_owned() })
}

fn read<'t>(kind: Kind, input: &Input<'t>) -> Result<Box<dyn Picture + 't>, PlotError> {
    Ok(match kind {
        Kind::Timeline => Box::new(timeline::Timeline::read(input)?),
        Kind::TimelineValues => Box::new(values::Values::read(input)?),
        Kind::TimelineDuration => Box::new(duration::Durations::read(input)?),
        Kind::Timeseries => Box::new(timeseries::Timeseries::read(input)?),
        Kind::Matrix => Box::new(matrix::Matrix::read(input)?),
        Kind::ProcessTree => Box::new(process_tree::ProcessTree::read(input)?),
        Kind::Network => Box::new(network::read(input)?),
        Kind::Map => Box::new(map::Map::read(input)?),
        Kind::EntityGraph => {
            return Err(PlotError::Needed { option: "entities", expected: "entities, an incident or an alert" });
        }
    })
}

impl<'t> Plot<'t> {
    fn of(kind: Kind, title: &str, picture: &dyn Picture, options: &Options, data: Cow<'t, Table>) -> Self {
        let title = one_line(options.title.as_deref().unwrap_or(title));
        let sheet = sheet::lay_out(&title, picture, options);
        Self {
            kind,
            title,
            notes: sheet.notes,
            width: sheet.width,
            height: sheet.height,
            background: options.theme.palette().paper,
            time_zone: "UTC",
            shapes: sheet.nodes,
            theme: options.theme,
            time_column: None,
            data,
        }
    }

    /// What it is called.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What it shows, and what a reader must know to read it rightly.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    fn dressed(&self, dress: svg::Dress) -> String {
        let description = format!("{}. Times are in UTC.", self.notes.join(". "));
        let picture = svg::Picture {
            title: &self.title,
            description: &description,
            width: self.width,
            height: self.height,
            paper: self.background,
            nodes: &self.shapes,
            style_sheet: page::font_face(),
        };
        svg::write(&picture, dress)
    }

    /// As SVG, a file of its own with titles and its font.
    pub fn svg(&self) -> String {
        self.dressed(svg::Dress::Standalone)
    }

    /// As PNG, with so many pixels for each of its own: between 0.25 and 4.
    pub fn png(&self, scale: f64) -> Result<Vec<u8>, PlotError> {
        if !(0.25..=MOST_SCALE).contains(&scale) {
            return Err(PlotError::OutOfBounds { option: "scale", least: 1, most: 4 });
        }
        png::render(&self.dressed(svg::Dress::Plain), self.background, self.width, self.height, scale)
    }

    /// As a page of its own: with zoom, hover, selection and the data as a table, and nothing fetched from anywhere.
    pub fn html(&self) -> String {
        page::write(self)
    }
}

/// What a page may do: run its own script, have its own style and font, and nothing else.
pub fn page_policy() -> &'static str {
    page::policy()
}
