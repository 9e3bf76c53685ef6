//! An incident, its alerts and entities, and what they have to do with each other.

use std::collections::{HashMap, HashSet};

use model::{AlertFacts, Column, ColumnType, Entity, EntityGraph, EntityKind, IncidentFacts, Table, Value, Verdict};

use crate::{
    graph::{Edge, Form, Graph, MOST_NODES, Node},
    reading::{bounded, one_line},
    scale::counted,
};

/// What the graph is about.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// An incident.
    Incident(&'a IncidentFacts),
    /// An alert.
    Alert(&'a AlertFacts),
    /// Entities alone.
    Nothing,
}

/// Properties of an entity on hover.
const MOST_PROPERTIES: usize = 8;

/// What belongs together has one colour.
struct Family {
    name: &'static str,
    form: Form,
    color: Option<usize>,
    kinds: &'static [EntityKind],
}

const FAMILIES: [Family; 9] = [
    Family { name: "incident", form: Form::Square, color: None, kinds: &[EntityKind::Incident] },
    Family { name: "alert", form: Form::Diamond, color: Some(1), kinds: &[EntityKind::Alert] },
    Family { name: "bookmark", form: Form::Square, color: Some(3), kinds: &[EntityKind::Bookmark] },
    Family {
        name: "account",
        form: Form::Circle,
        color: Some(0),
        kinds: &[
            EntityKind::Account,
            EntityKind::SecurityGroup,
            EntityKind::ServicePrincipal,
            EntityKind::OauthApplication,
            EntityKind::HostLogonSession,
            EntityKind::CloudLogonSession,
        ],
    },
    Family {
        name: "host or resource",
        form: Form::Circle,
        color: Some(2),
        kinds: &[EntityKind::Host, EntityKind::IotDevice, EntityKind::AzureResource, EntityKind::CloudApplication],
    },
    Family {
        name: "address or name",
        form: Form::Circle,
        color: Some(4),
        kinds: &[
            EntityKind::Ip,
            EntityKind::Url,
            EntityKind::DnsResolution,
            EntityKind::NetworkConnection,
            EntityKind::GeoLocation,
        ],
    },
    Family {
        name: "file, process or registry",
        form: Form::Circle,
        color: Some(6),
        kinds: &[
            EntityKind::File,
            EntityKind::FileHash,
            EntityKind::Process,
            EntityKind::RegistryKey,
            EntityKind::RegistryValue,
            EntityKind::Malware,
        ],
    },
    Family {
        name: "mail",
        form: Form::Circle,
        color: Some(3),
        kinds: &[
            EntityKind::Mailbox,
            EntityKind::MailboxConfiguration,
            EntityKind::MailCluster,
            EntityKind::MailMessage,
            EntityKind::SubmissionMail,
        ],
    },
    Family { name: "other", form: Form::Circle, color: Some(7), kinds: &[] },
];

fn family(kind: EntityKind) -> usize {
    FAMILIES.iter().position(|family| family.kinds.contains(&kind)).unwrap_or(FAMILIES.len() - 1)
}

/// The graph of entities, and the table of its nodes.
pub(crate) fn read(
    entities: &EntityGraph,
    subject: Subject<'_>,
    verdicts: &HashMap<String, Verdict>,
) -> (Graph, Table) {
    let mut nodes: Vec<Node> = Vec::new();
    let mut edges: Vec<Edge> = Vec::new();
    let mut families: Vec<usize> = Vec::new();
    if let Some((name, kind, title)) = headline(subject) {
        families.push(family(kind));
        nodes.push(node(&name, kind, title, 13.0, 0));
    }
    let first = nodes.len();
    let mut number_of: HashMap<&str, usize> = HashMap::new();
    for entity in chosen(entities, MOST_NODES - first) {
        number_of.insert(entity.id(), nodes.len());
        families.push(family(entity.kind()));
        let radius = if entity.kind() == EntityKind::Alert { 10.0 } else { 8.0 };
        let mut node = node(entity.name(), entity.kind(), facts_of(entity), radius, nodes.len());
        if let Some(verdict) = verdicts.get(entity.id()) {
            node.title = format!("{}\nverdict: {}", node.title, verdict.as_str());
            if matches!(verdict, Verdict::Malicious | Verdict::Suspicious) {
                node.kind = format!("{} · {}", node.kind, verdict.as_str());
                node.verdict = Some(*verdict);
            }
        }
        nodes.push(node);
    }
    let mut targets = HashSet::new();
    for edge in &entities.edges {
        let (Some(from), Some(to)) = (number_of.get(edge.source.as_str()), number_of.get(edge.target.as_str())) else {
            continue;
        };
        targets.insert(*to);
        edges.push(connection(&nodes, *from, *to, &edge.name.replace('_', " ")));
    }
    if first > 0 {
        for (number, family) in families.iter().enumerate().skip(first) {
            let is_alert = FAMILIES.get(*family).is_some_and(|family| family.form != Form::Circle);
            if is_alert || !targets.contains(&number) {
                edges.push(connection(&nodes, 0, number, if is_alert { "contains" } else { "involves" }));
            }
        }
    }

    let left_out = (entities.entities.len() + first).saturating_sub(nodes.len());
    let mut notes = Vec::new();
    if left_out > 0 {
        notes.push(format!(
            "{} left out, those with the fewest connections",
            counted(left_out, "entity is", "entities are")
        ));
    }
    if !entities.rejected.is_empty() {
        notes.push(format!(
            "{} could not be read",
            counted(entities.rejected.len(), "part of the input", "parts of the input")
        ));
    }
    let present: HashSet<usize> = families.iter().copied().collect();
    let legend = FAMILIES.iter().enumerate().filter(|(index, _)| present.contains(index));
    let graph = Graph {
        summary: format!(
            "{} and {}",
            counted(entities.entities.len(), "entity", "entities"),
            counted(edges.len(), "connection", "connections")
        ),
        layout: crate::options::Layout::Force,
        notes,
        legend: legend.map(|(_, family)| (family.name.to_owned(), family.form, family.color)).collect(),
        nodes,
        edges,
    };
    let table = table(&graph);
    (graph, table)
}

/// The node of the incident or the alert itself, if anything is said about it.
fn headline(subject: Subject<'_>) -> Option<(String, EntityKind, String)> {
    let said = |parts: Vec<(&str, Option<String>)>| {
        let lines = parts.into_iter().filter_map(|(name, value)| Some(format!("{name}: {}", value?)));
        lines.collect::<Vec<_>>().join("\n")
    };
    match subject {
        Subject::Incident(facts) => {
            let number = facts.number.map(|number| number.to_string());
            let title = facts.title.clone().or_else(|| number.clone().map(|number| format!("Incident {number}")))?;
            let about = vec![
                ("incident", Some(title.clone())),
                ("number", number),
                ("severity", facts.severity.clone()),
                ("status", facts.status.clone()),
            ];
            Some((title, EntityKind::Incident, said(about)))
        }
        Subject::Alert(facts) => {
            let title = facts.title.clone()?;
            let about = vec![
                ("alert", Some(title.clone())),
                ("severity", facts.severity.clone()),
                ("product", facts.product.clone()),
            ];
            Some((title, EntityKind::Alert, said(about)))
        }
        Subject::Nothing => None,
    }
}

/// At most so many entities: alerts, then those with the most connections, in their order.
fn chosen(entities: &EntityGraph, most: usize) -> Vec<&Entity> {
    let mut degree: HashMap<&str, usize> = HashMap::new();
    for edge in &entities.edges {
        *degree.entry(&edge.source).or_default() += 1;
        *degree.entry(&edge.target).or_default() += 1;
    }
    let mut numbered: Vec<(usize, &Entity)> = entities.entities.iter().enumerate().collect();
    if numbered.len() > most {
        let rank = |entity: &Entity| {
            let is_alert = matches!(entity.kind(), EntityKind::Alert | EntityKind::Bookmark | EntityKind::Incident);
            std::cmp::Reverse((is_alert, degree.get(entity.id()).copied().unwrap_or_default()))
        };
        numbered.sort_by_key(|(_, entity)| rank(entity));
        numbered.truncate(most);
        numbered.sort_by_key(|(number, _)| *number);
    }
    numbered.into_iter().map(|(_, entity)| entity).collect()
}

fn node(name: &str, kind: EntityKind, title: String, radius: f64, row: usize) -> Node {
    let family = FAMILIES.get(family(kind));
    Node {
        name: one_line(&bounded(name, 300)),
        kind: kind.as_str().replace('_', " "),
        title,
        form: family.map_or(Form::Circle, |family| family.form),
        color: family.and_then(|family| family.color),
        radius,
        row,
        is_source: true,
        verdict: None,
    }
}

/// What is known about an entity, a line for each property that is one text.
fn facts_of(entity: &Entity) -> String {
    let mut lines = vec![format!("{}: {}", entity.kind().as_str().replace('_', " "), bounded(entity.name(), 1_000))];
    let properties = entity.properties().keys().filter_map(|name| Some((name, entity.text(name)?)));
    let told = properties.filter(|(_, text)| text != entity.name()).take(MOST_PROPERTIES);
    lines.extend(told.map(|(name, text)| format!("{}: {}", name.replace('_', " "), bounded(&text, 200))));
    lines.join("\n")
}

fn connection(nodes: &[Node], from: usize, to: usize, name: &str) -> Edge {
    let named = |number: usize| nodes.get(number).map_or("", |node| node.name.as_str());
    let title = format!("{} → {name} → {}", named(from), named(to));
    Edge { from, to, name: name.to_owned(), title, width: 1.2 }
}

/// What the graph shows, as rows.
fn table(graph: &Graph) -> Table {
    let links = |number: usize| {
        let other = |edge: &Edge| match (edge.from == number, edge.to == number) {
            (true, _) => Some(format!("{} → {}", edge.name, graph.nodes.get(edge.to)?.name)),
            (_, true) => Some(format!("{} ← {}", edge.name, graph.nodes.get(edge.from)?.name)),
            _ => None,
        };
        graph.edges.iter().filter_map(other).collect::<Vec<_>>().join("; ")
    };
    let column =
        |name: &str, texts: Vec<String>| Column::of(name, ColumnType::String, texts.into_iter().map(Value::from));
    let columns = [
        column("Name", graph.nodes.iter().map(|node| node.name.clone()).collect()),
        column("Kind", graph.nodes.iter().map(|node| node.kind.clone()).collect()),
        column("Connections", (0..graph.nodes.len()).map(links).collect()),
    ];
    // Texts fit columns of texts.
    Table::new(columns.into_iter().flatten().collect()).unwrap_or_default()
}
