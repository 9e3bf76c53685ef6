//! Sources and targets from two columns, and what passes between them.

use std::collections::HashMap;

use crate::{
    PlotError,
    graph::{Edge, Form, Graph, MOST_NODES, Node},
    palette::Palette,
    reading::{Categories, Input, bounded, numbers, one_line, text_of},
    scale::{counted, number_text},
};

/// Names of edges that are told of one pair.
const MOST_NAMES: usize = 3;

#[derive(Default)]
struct Pair {
    weight: f64,
    rows: usize,
    names: Vec<String>,
}

#[derive(Default)]
struct End {
    weight: f64,
    rows: usize,
    sends: bool,
    receives: bool,
    row: usize,
}

/// Reads the graph of a table.
pub(crate) fn read(input: &Input<'_>) -> Result<Graph, PlotError> {
    let options = input.options;
    let side = |option, name: &Option<String>, expected| match name {
        Some(name) => input.named(option, name),
        None => Err(PlotError::Needed { option, expected }),
    };
    let sources = side("x", &options.x, "the column of the sources")?;
    let targets = side("y", &options.y, "the column of the targets")?;
    let value_column = input.named_or("value_column", options.value_column.as_deref(), &[])?;
    let values = value_column.map(|column| numbers("value_column", column)).transpose()?;
    let label = input.named_or("label_column", options.label_column.as_deref(), &[])?;
    let colors = match &options.color_by {
        Some(name) => {
            Some(Categories::read(&[input.named("color_by", name)?], input.table.row_count(), Palette::SERIES + 1))
        }
        None => None,
    };

    let mut names: Vec<String> = Vec::new();
    let mut numbers_of: HashMap<String, usize> = HashMap::new();
    let mut ends: Vec<End> = Vec::new();
    let mut pairs: HashMap<(usize, usize), Pair> = HashMap::new();
    let mut incomplete = 0;
    for row in input.rows().iter().copied() {
        let (source, target) = (text_of(&sources.value(row)), text_of(&targets.value(row)));
        if source.is_empty() || target.is_empty() {
            incomplete += 1;
            continue;
        }
        let weight = match &values {
            Some(values) => values.get(row).copied().flatten().unwrap_or(0.0).max(0.0),
            None => 1.0,
        };
        let mut number = |name: String| {
            let next = names.len();
            *numbers_of.entry(name).or_insert_with_key(|name| {
                names.push(name.clone());
                ends.push(End { row, ..End::default() });
                next
            })
        };
        let (from, to) = (number(source), number(target));
        for (node, sends) in [(from, true), (to, false)] {
            if let Some(end) = ends.get_mut(node) {
                end.weight += weight;
                end.rows += 1;
                end.sends |= sends;
                end.receives |= !sends;
            }
        }
        let pair = pairs.entry((from, to)).or_default();
        pair.weight += weight;
        pair.rows += 1;
        if let Some(label) = label {
            let name = one_line(&text_of(&label.value(row)));
            if !name.is_empty() && !pair.names.contains(&name) && pair.names.len() <= MOST_NAMES {
                pair.names.push(name);
            }
        }
    }

    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by(|one, other| {
        let weight = |node: &usize| ends.get(*node).map_or(0.0, |end| end.weight);
        weight(other).total_cmp(&weight(one))
    });
    let left_out = order.len().saturating_sub(MOST_NODES);
    order.truncate(MOST_NODES);
    order.sort_unstable();
    let place: HashMap<usize, usize> = order.iter().enumerate().map(|(new, old)| (*old, new)).collect();
    let says = value_column.map_or("rows", |column| column.name());

    let most = order.iter().filter_map(|node| ends.get(*node)).map(|end| end.weight).fold(0.0, f64::max);
    let nodes = order
        .iter()
        .filter_map(|number| {
            let (name, end) = (names.get(*number)?, ends.get(*number)?);
            let role = match (end.sends, end.receives) {
                (true, true) => "source and target",
                (true, false) => "source",
                _ => "target",
            };
            let share = if most > 0.0 { (end.weight / most).sqrt() } else { 0.0 };
            let color = match &colors {
                Some(colors) => colors.of(end.row),
                None if end.sends && end.receives => 2,
                None => usize::from(!end.sends),
            };
            Some(Node {
                name: one_line(&bounded(name, 300)),
                kind: String::new(),
                title: format!("{}\n{role}\n{says}: {}", bounded(name, 1_000), number_text(end.weight)),
                form: Form::Circle,
                color: Some(color),
                radius: 5.0 + 9.0 * share,
                row: end.row,
                is_source: end.sends,
                verdict: None,
            })
        })
        .collect::<Vec<_>>();
    let heaviest = pairs.values().map(|pair| pair.weight).fold(0.0, f64::max);
    let mut kept: Vec<_> =
        pairs.iter().filter_map(|((from, to), pair)| Some((*place.get(from)?, *place.get(to)?, pair))).collect();
    kept.sort_by_key(|(from, to, _)| (*from, *to));
    let edges: Vec<Edge> = kept
        .into_iter()
        .map(|(from, to, pair)| {
            let share = if heaviest > 0.0 { (pair.weight / heaviest).sqrt() } else { 0.0 };
            let name = |node: usize| nodes.get(node).map_or("", |node| node.name.as_str());
            let mut title = format!("{} → {}\n{says}: {}", name(from), name(to), number_text(pair.weight));
            let mut shown = pair.names.iter().take(MOST_NAMES).cloned().collect::<Vec<_>>().join(", ");
            if pair.names.len() > MOST_NAMES {
                shown.push_str(", …");
            }
            if !shown.is_empty() {
                title = format!("{title}\n{shown}");
            }
            Edge { from, to, name: shown, title, width: 1.0 + 3.5 * share }
        })
        .collect();

    let mut notes = Vec::new();
    if incomplete > 0 {
        notes.push(format!("{} left out: no source or no target", counted(incomplete, "row is", "rows are")));
    }
    if left_out > 0 {
        notes.push(format!(
            "the {MOST_NODES} busiest nodes are drawn, {} left out",
            counted(left_out, "node is", "nodes are")
        ));
    }
    notes.extend(colors.as_ref().and_then(|colors| colors.note(options.color_by.as_deref().unwrap_or_default())));
    let legend = match &colors {
        Some(colors) => {
            colors.names.iter().enumerate().map(|(index, name)| (name.clone(), Form::Circle, Some(index))).collect()
        }
        None => {
            let has = |color| nodes.iter().any(|node: &Node| node.color == Some(color));
            let roles = [(sources.name().to_owned(), 0), (targets.name().to_owned(), 1), ("both".to_owned(), 2)];
            roles
                .into_iter()
                .filter(|(_, color)| has(*color))
                .map(|(name, color)| (name, Form::Circle, Some(color)))
                .collect()
        }
    };
    Ok(Graph {
        summary: format!(
            "{} and {}; size: {says}",
            counted(names.len(), "node", "nodes"),
            counted(pairs.len(), "connection", "connections")
        ),
        nodes,
        edges,
        layout: options.layout.unwrap_or_default(),
        notes,
        legend,
    })
}
