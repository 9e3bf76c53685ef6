//! A picture as shapes at places, before it is written in any form.

pub(crate) mod png;
pub(crate) mod svg;

use serde::Serialize;

use crate::palette::Color;

/// A rectangle on the picture, in pixels from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Area {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Area {
    pub(crate) const fn new(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self { x, y, width, height }
    }

    pub(crate) fn right(&self) -> f64 {
        self.x + self.width
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.y + self.height
    }

    /// What is left when so much is taken away on each side.
    pub(crate) fn inset(&self, left: f64, top: f64, right: f64, bottom: f64) -> Self {
        Self::new(
            self.x + left,
            self.y + top,
            (self.width - left - right).max(1.0),
            (self.height - top - bottom).max(1.0),
        )
    }
}

/// What a group is for: a page moves some of them when the reader zooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// One plot with its axes.
    Panel,
    /// Title, notes, legend.
    Header,
    /// Axes and their names.
    Axis,
    /// The marks and names of the axis across.
    Ticks,
    /// What stands at its place along the axis across.
    Along,
    /// Everything else.
    Marks,
}

impl Role {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Panel => "panel",
            Self::Header => "header",
            Self::Axis => "axis",
            Self::Ticks => "ticks",
            Self::Along => "along",
            Self::Marks => "marks",
        }
    }
}

/// An axis across, for those who want to know what a place means.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct AxisAcross {
    /// The pixel at which it begins.
    pub(crate) left: f64,
    /// The pixel at which it ends.
    pub(crate) right: f64,
    /// The pixel at which the plot ends below.
    pub(crate) bottom: f64,
    /// Milliseconds since 1970 at its beginning.
    pub(crate) from_ms: f64,
    /// Milliseconds since 1970 at its end.
    pub(crate) to_ms: f64,
}

/// Something drawn.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Node {
    Group(Group),
    Mark(Mark),
}

/// Things drawn together, in the order from back to front.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Group {
    pub(crate) role: Role,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) axis: Option<AxisAcross>,
    #[serde(flatten)]
    pub(crate) style: Style,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) clip: Option<Area>,
    pub(crate) nodes: Vec<Node>,
}

/// One shape.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Mark {
    #[serde(flatten)]
    pub(crate) shape: Shape,
    #[serde(flatten)]
    pub(crate) style: Style,
    /// What is shown on hover.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    /// The row of the table that it shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) row: Option<usize>,
}

/// A shape and where it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "shape", rename_all = "snake_case")]
pub(crate) enum Shape {
    Rect { x: f64, y: f64, width: f64, height: f64, radius: f64 },
    Line { x1: f64, y1: f64, x2: f64, y2: f64 },
    Circle { x: f64, y: f64, radius: f64 },
    Path { d: std::borrow::Cow<'static, str> },
    Text { x: f64, y: f64, size: f64, anchor: Anchor, turned: bool, text: String },
}

/// Which part of a text stands at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// How it looks. What is left out comes from the group around it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Style {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fill: Option<Color>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stroke: Option<Color>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stroke_width: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) opacity: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dash: Option<&'static str>,
    /// A rim in the colour of the paper behind the text, so that it can be read on anything.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) halo: bool,
    /// Scaled by this and moved to there: for outlines that come in units of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scaled: Option<(f64, f64, f64)>,
}

/// The setters that groups and marks share.
macro_rules! styled {
    ($of:ident) => {
        impl $of {
            pub(crate) fn fill(mut self, color: impl Into<Color>) -> Self {
                self.style.fill = Some(color.into());
                self
            }

            pub(crate) fn stroke(mut self, color: impl Into<Color>, width: f64) -> Self {
                self.style.stroke = Some(color.into());
                self.style.stroke_width = Some(width);
                self
            }
        }
    };
}

styled!(Group);
styled!(Mark);

impl Group {
    pub(crate) fn new(role: Role) -> Self {
        Self { role, axis: None, style: Style::default(), clip: None, nodes: Vec::new() }
    }

    pub(crate) fn clipped(mut self, area: Area) -> Self {
        self.clip = Some(area);
        self
    }

    pub(crate) fn push(&mut self, node: impl Into<Node>) {
        self.nodes.push(node.into());
    }

    /// Adds a group unless nothing is in it.
    pub(crate) fn push_group(&mut self, group: Self) {
        if !group.nodes.is_empty() {
            self.nodes.push(Node::Group(group));
        }
    }
}

impl From<Group> for Node {
    fn from(group: Group) -> Self {
        Self::Group(group)
    }
}

impl From<Mark> for Node {
    fn from(mark: Mark) -> Self {
        Self::Mark(mark)
    }
}

impl Mark {
    fn new(shape: Shape) -> Self {
        Self { shape, style: Style::default(), title: None, row: None }
    }

    pub(crate) fn opacity(mut self, opacity: f64) -> Self {
        self.style.opacity = Some(opacity);
        self
    }

    pub(crate) fn dash(mut self, dash: &'static str) -> Self {
        self.style.dash = Some(dash);
        self
    }

    pub(crate) fn halo(mut self, paper: &'static str) -> Self {
        self.style.halo = true;
        self.stroke(paper, 3.0)
    }

    pub(crate) fn scaled(mut self, by: f64, x: f64, y: f64) -> Self {
        self.style.scaled = Some((by, x, y));
        self
    }

    pub(crate) fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    pub(crate) fn row(mut self, row: usize) -> Self {
        self.row = Some(row);
        self
    }

    /// The text that a shortened label stands for, if it was shortened.
    pub(crate) fn whole(self, shown: &str, whole: &str) -> Self {
        if shown == whole { self } else { self.title(whole) }
    }
}

pub(crate) fn rect(area: Area, radius: f64) -> Mark {
    let Area { x, y, width, height } = area;
    Mark::new(Shape::Rect { x, y, width, height, radius })
}

pub(crate) fn line(x1: f64, y1: f64, x2: f64, y2: f64) -> Mark {
    Mark::new(Shape::Line { x1, y1, x2, y2 })
}

pub(crate) fn circle(x: f64, y: f64, radius: f64) -> Mark {
    Mark::new(Shape::Circle { x, y, radius })
}

pub(crate) fn path(d: impl Into<std::borrow::Cow<'static, str>>) -> Mark {
    Mark::new(Shape::Path { d: d.into() })
}

pub(crate) fn text(x: f64, y: f64, size: f64, anchor: Anchor, text: impl Into<String>) -> Mark {
    Mark::new(Shape::Text { x, y, size, anchor, turned: false, text: text.into() })
}

/// A text that reads upwards.
pub(crate) fn turned_text(x: f64, y: f64, size: f64, anchor: Anchor, text: impl Into<String>) -> Mark {
    Mark::new(Shape::Text { x, y, size, anchor, turned: true, text: text.into() })
}

/// The path of a line from point to point.
pub(crate) fn polyline(points: impl IntoIterator<Item = (f64, f64)>) -> String {
    let mut d = String::new();
    for (x, y) in points {
        d.push(if d.is_empty() { 'M' } else { 'L' });
        svg::number(&mut d, x);
        d.push(' ');
        svg::number(&mut d, y);
    }
    d
}
