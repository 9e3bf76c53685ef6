//! What every kind of plot can say about itself and how it is drawn into an area.

use crate::{
    options::Theme,
    palette::Color,
    scale::Range,
    scene::{Area, Group},
};

/// A plot that has read its table and is ready to be drawn.
pub(crate) trait Picture {
    /// What it shows, in words: the first of the notes.
    fn summary(&self) -> String;

    /// What a reader must know to read it rightly: what was left out, joined or put together.
    fn notes(&self) -> Vec<String>;

    /// Whether there is nothing in it, so that its axes would say something about nothing.
    fn is_empty(&self) -> bool;

    /// What the colours and shapes mean.
    fn legend(&self, theme: Theme) -> Vec<LegendEntry>;

    /// How high it would like to be, axes and all.
    fn natural_height(&self, width: f64) -> f64;

    /// The times and values that it spans.
    fn extent(&self) -> Extent {
        Extent::default()
    }

    /// Makes it span this, so that plots beside each other can be compared.
    fn set_extent(&mut self, _: Extent) {}

    /// Draws it, axes and all.
    fn draw(&self, area: Area, theme: Theme) -> Group;
}

/// What a plot spans.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Extent {
    pub(crate) times: Option<Range>,
    pub(crate) values: Option<Range>,
}

impl Extent {
    pub(crate) fn union(self, other: Self) -> Self {
        let union = |one: Option<Range>, other: Option<Range>| match (one, other) {
            (Some(one), Some(other)) => Some(one.union(other)),
            (one, other) => one.or(other),
        };
        Self { times: union(self.times, other.times), values: union(self.values, other.values) }
    }
}

/// A line of the legend.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LegendEntry {
    pub(crate) label: String,
    pub(crate) sign: Sign,
    pub(crate) color: Color,
}

/// What stands before a line of the legend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Sign {
    Dot,
    Square,
    Triangle,
    Diamond,
    Line,
    Dashes,
    Band,
    /// From the least value to the greatest.
    Ramp,
}

impl LegendEntry {
    pub(crate) fn new(label: impl Into<String>, sign: Sign, color: impl Into<Color>) -> Self {
        Self { label: label.into(), sign, color: color.into() }
    }
}
