//! Nodes and what connects them: laid out, drawn, named.

pub(crate) mod layout;

use model::Verdict;

use crate::{
    font::{SMALL, TINY, measure, shorten_middle},
    options::{Layout, Theme},
    palette::Palette,
    picture::{LegendEntry, Picture, Sign},
    scene::{Anchor, Area, Group, Mark, Role, circle, line, path, rect, text},
    sheet::diamond,
};

/// Nodes and edges in one picture.
pub(crate) const MOST_NODES: usize = 150;

/// The width that a name may take.
const NAME: f64 = 170.0;
/// More edges than can be named.
const MOST_NAMED: usize = 80;

/// What a node looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Circle,
    Square,
    Diamond,
}

/// A node.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) name: String,
    /// What it is, under its name.
    pub(crate) kind: String,
    pub(crate) title: String,
    pub(crate) form: Form,
    /// The number of its colour; none for what is pointed out.
    pub(crate) color: Option<usize>,
    /// How large it is.
    pub(crate) radius: f64,
    /// The row of the table below the picture.
    pub(crate) row: usize,
    /// Whether it stands on the left when there are two sides.
    pub(crate) is_source: bool,
    /// What is shown by a ring around it.
    pub(crate) verdict: Option<Verdict>,
}

/// A connection between two nodes, by their numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Edge {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) width: f64,
}

/// A graph with everything that is to be said about it.
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    pub(crate) edges: Vec<Edge>,
    pub(crate) layout: Layout,
    pub(crate) summary: String,
    pub(crate) notes: Vec<String>,
    /// What the colours and forms mean.
    pub(crate) legend: Vec<(String, Form, Option<usize>)>,
}

fn color(palette: &Palette, number: Option<usize>) -> &'static str {
    number.map_or(palette.alarm, |number| palette.series(number))
}

impl Graph {
    /// How far names reach around their nodes.
    fn boxes(&self) -> Vec<(f64, f64)> {
        let size = |node: &Node| {
            let width = measure(&node.name, SMALL).min(NAME).max(measure(&node.kind, TINY)).max(node.radius * 2.0);
            (width + 10.0, node.radius * 2.0 + if node.kind.is_empty() { 18.0 } else { 30.0 })
        };
        self.nodes.iter().map(size).collect()
    }

    fn draw_edges(&self, into: &mut Group, places: &[(f64, f64)], palette: &Palette) {
        let mut lines = Group::new(Role::Marks).stroke(palette.line, 1.2).fill(palette.line);
        let mut names = Group::new(Role::Marks).fill(palette.muted);
        for edge in &self.edges {
            let ends = (places.get(edge.from), places.get(edge.to), self.nodes.get(edge.to));
            let (Some((x1, y1)), Some((x2, y2)), Some(target)) = ends else { continue };
            let length = ((x2 - x1).powi(2) + (y2 - y1).powi(2)).sqrt().max(1e-6);
            let (dx, dy) = ((x2 - x1) / length, (y2 - y1) / length);
            // Up to the rim of the node that it points to.
            let rim = (target.radius + 2.0).min(length / 2.0);
            let (x2, y2) = (x2 - dx * rim, y2 - dy * rim);
            let title = edge.title.clone();
            lines.push(line(*x1, *y1, x2, y2).stroke(palette.line, edge.width).opacity(0.75).title(title));
            let wing = 3.0 + edge.width;
            let (bx, by) = (x2 - dx * wing * 1.7, y2 - dy * wing * 1.7);
            let corners =
                [(x2, y2), (bx - dy * wing * 0.7, by + dx * wing * 0.7), (bx + dy * wing * 0.7, by - dx * wing * 0.7)];
            lines.push(path(format!("{}z", crate::scene::polyline(corners))).stroke("none", 0.0));
            if !edge.name.is_empty() && self.edges.len() <= MOST_NAMED && length > 46.0 {
                let (mx, my) = (x1 + dx * length * 0.52, y1 + dy * length * 0.52 + 3.0);
                let shown = shorten_middle(&edge.name, TINY - 0.5, (length - 30.0).max(40.0));
                names.push(
                    text(mx, my, TINY - 0.5, Anchor::Middle, shown.clone())
                        .halo(palette.paper)
                        .whole(&shown, &edge.name),
                );
            }
        }
        into.push_group(lines);
        into.push_group(names);
    }
}

fn shape(form: Form, x: f64, y: f64, radius: f64) -> Mark {
    match form {
        Form::Circle => circle(x, y, radius),
        Form::Square => rect(Area::new(x - radius, y - radius, radius * 2.0, radius * 2.0), 2.0),
        Form::Diamond => path(diamond(x, y, radius * 1.25)),
    }
}

impl Picture for Graph {
    fn summary(&self) -> String {
        self.summary.clone()
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }

    fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    fn legend(&self, theme: Theme) -> Vec<LegendEntry> {
        let palette = theme.palette();
        let sign = |form: Form| match form {
            Form::Circle => Sign::Dot,
            Form::Square => Sign::Square,
            Form::Diamond => Sign::Diamond,
        };
        let entry = |(label, form, number): &(String, Form, Option<usize>)| {
            LegendEntry::new(label.clone(), sign(*form), color(palette, *number))
        };
        self.legend.iter().map(entry).collect()
    }

    fn natural_height(&self, _: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a few nodes")]
        let nodes = self.nodes.len() as f64;
        (220.0 + nodes.sqrt() * 75.0).min(1_400.0)
    }

    fn draw(&self, area: Area, theme: Theme) -> Group {
        let palette = theme.palette();
        let edges: Vec<_> = self.edges.iter().map(|edge| (edge.from, edge.to)).collect();
        let sources: Vec<_> = self.nodes.iter().map(|node| node.is_source).collect();
        let places = layout::lay_out(self.layout, &self.boxes(), &edges, &sources, area);
        let mut group = Group::new(Role::Panel);
        self.draw_edges(&mut group, &places, palette);
        let mut nodes = Group::new(Role::Marks);
        let mut names = Group::new(Role::Marks);
        for (node, (x, y)) in self.nodes.iter().zip(&places) {
            let mark =
                shape(node.form, *x, *y, node.radius).fill(color(palette, node.color)).stroke(palette.paper, 1.5);
            if let Some(ring) = node.verdict.and_then(|verdict| palette.judgement(verdict.as_str())) {
                nodes.push(circle(*x, *y, node.radius + 4.5).fill("none").stroke(ring, 2.5));
            }
            nodes.push(mark.title(node.title.clone()).row(node.row));
            let shown = shorten_middle(&node.name, SMALL, NAME);
            let below = y + node.radius + 13.0;
            names.push(
                text(*x, below, SMALL, Anchor::Middle, shown.clone())
                    .fill(palette.ink)
                    .halo(palette.paper)
                    .whole(&shown, &node.name),
            );
            if !node.kind.is_empty() {
                let kind = text(*x, below + 12.0, TINY - 0.5, Anchor::Middle, node.kind.clone());
                names.push(kind.fill(palette.muted).halo(palette.paper));
            }
        }
        group.push_group(nodes);
        group.push_group(names);
        group
    }
}
