//! What a profile's pivots bring for a report: related events and data, for each observable and for each entity that is no
//! observable, such as an account.

use std::{collections::BTreeMap, sync::Arc};

use futures::future::join_all;
use model::{Entity, EntityGraph, EntityKind, Observable, ObservableKind, Outcome, Table};
use tokio::time::timeout_at;

use super::{Manner, PivotResult, PivotedEntity, plan::Subject};
use crate::pivots::{self, Ending, Pivot, PivotError, Pivots, World};

/// Rows of one pivot about one value that a report holds.
const ROWS: usize = 100;

/// What is asked about, and where the answer belongs.
struct Target {
    /// The kinds of entities that it can be taken for; the first that has a pivot counts.
    kinds: Vec<EntityKind>,
    /// An observable that was sent by itself.
    observable: Option<String>,
    /// The entity.
    entity: Option<Entity>,
    place: Place,
}

/// To what an answer belongs.
#[derive(Clone, Copy)]
enum Place {
    /// The item of this number.
    Item(usize),
    /// The entity of this number, among those that are no observables.
    Bystander(usize),
}

/// What was brought.
pub(super) struct Brought {
    /// For each subject.
    pub(super) of_items: Vec<Vec<PivotResult>>,
    /// For the other entities, those about which something was asked.
    pub(super) of_bystanders: Vec<PivotedEntity>,
    /// Whether everything was there in time.
    pub(super) complete: bool,
}

/// Runs the pivots that the manner names, all at once. One that no entity here has is passed over.
pub(super) async fn pivot(
    world: World<'_>,
    pivots: &Pivots,
    graph: &EntityGraph,
    subjects: &[Subject],
    manner: &Manner,
) -> Brought {
    let mut targets: Vec<Target> = subjects.iter().enumerate().map(|(n, subject)| target(n, subject)).collect();
    let looked_up = |entity: &Entity| {
        subjects.iter().any(|subject| subject.entity.as_ref().is_some_and(|known| known.id() == entity.id()))
    };
    let bystanders: Vec<&Entity> = graph.entities.iter().filter(|entity| !looked_up(entity)).collect();
    targets.extend(bystanders.iter().enumerate().map(|(n, entity)| Target {
        kinds: vec![entity.kind()],
        observable: None,
        entity: Some((*entity).clone()),
        place: Place::Bystander(n),
    }));

    let mut asked = Vec::new();
    for name in &manner.pivots {
        let Some((container, function)) = name.split_once('.') else { continue };
        let mut by_kind: BTreeMap<EntityKind, (Pivot, Vec<&Target>)> = BTreeMap::new();
        for target in &targets {
            let found = target.kinds.iter().find_map(|kind| pivots.find(*kind, container, function).ok());
            if let Some(pivot) = found {
                by_kind.entry(pivot.entity).or_insert_with(|| (pivot, Vec::new())).1.push(target);
            }
        }
        asked.extend(by_kind.into_values().map(|(pivot, targets)| ask(world, pivot, graph, targets, manner)));
    }
    let mut brought = Brought { of_items: vec![Vec::new(); subjects.len()], of_bystanders: Vec::new(), complete: true };
    let mut of_bystanders: Vec<Vec<PivotResult>> = vec![Vec::new(); bystanders.len()];
    for (place, result) in join_all(asked).await.into_iter().flatten() {
        brought.complete &= result.outcome != Outcome::Timeout;
        let results = match place {
            Place::Item(number) => brought.of_items.get_mut(number),
            Place::Bystander(number) => of_bystanders.get_mut(number),
        };
        if let Some(results) = results {
            results.push(result);
        }
    }
    let told = bystanders.into_iter().zip(of_bystanders).filter(|(_, pivots)| !pivots.is_empty());
    brought.of_bystanders = told.map(|(entity, pivots)| PivotedEntity { entity: entity.clone(), pivots }).collect();
    brought
}

/// The entity of a subject, or the kinds of entities that its observable would be.
fn target(number: usize, subject: &Subject) -> Target {
    let kinds = match &subject.entity {
        Some(entity) => vec![entity.kind()],
        None => kinds(&subject.observable).to_vec(),
    };
    let observable = Some(subject.observable.canonical().to_owned());
    Target { kinds, observable, entity: subject.entity.clone(), place: Place::Item(number) }
}

fn kinds(observable: &Observable) -> &'static [EntityKind] {
    match observable.kind() {
        ObservableKind::Ipv4 | ObservableKind::Ipv6 => &[EntityKind::Ip],
        ObservableKind::Domain => &[EntityKind::DnsResolution, EntityKind::Host],
        ObservableKind::Hostname => &[EntityKind::Host, EntityKind::DnsResolution],
        ObservableKind::Url => &[EntityKind::Url],
        ObservableKind::Email => &[EntityKind::Account, EntityKind::Mailbox],
        ObservableKind::Md5 | ObservableKind::Sha1 | ObservableKind::Sha256 => {
            &[EntityKind::File, EntityKind::FileHash]
        }
        ObservableKind::WindowsPath | ObservableKind::LinuxPath => &[],
    }
}

/// Asks one function about all targets of a kind.
async fn ask(
    world: World<'_>,
    pivot: Pivot,
    graph: &EntityGraph,
    targets: Vec<&Target>,
    manner: &Manner,
) -> Vec<(Place, PivotResult)> {
    let name = format!("{}.{}", pivot.function.container, pivot.function.name);
    let mut values: Vec<Arc<str>> = Vec::new();
    let mut places: Vec<(Place, usize)> = Vec::new();
    for target in targets {
        let of_entity = target.entity.as_ref().and_then(|entity| pivot.value_of(graph, entity));
        let Some(value) = of_entity.or_else(|| target.observable.clone()) else { continue };
        let number = values.iter().position(|known| **known == *value).unwrap_or_else(|| {
            values.push(value.into());
            values.len() - 1
        });
        places.push((target.place, number));
    }
    if values.is_empty() {
        return Vec::new();
    }
    let told = |ending: Ending, table: Option<Table>| PivotResult {
        name: name.clone(),
        outcome: ending.outcome,
        reason: ending.reason,
        table,
    };
    let same = |ending: Ending| places.iter().map(|(place, _)| (*place, told(ending.clone(), None))).collect();
    if pivot.function.is_query && !manner.may_query {
        return same(Ending { outcome: Outcome::Skipped, reason: Some("the caller lacks the scope query".into()) });
    }
    let how = pivots::Manner {
        permission: manner.permission.clone(),
        deadline: manner.deadline,
        refresh: manner.refresh,
        parameters: serde_json::Map::new(),
        start: manner.start,
        end: manner.end,
        max_rows: ROWS * values.len(),
        fills: None,
        by_value: true,
    };
    match timeout_at(manner.deadline, pivot.ask_each(world, &values, how)).await {
        Err(_) => same(Ending { outcome: Outcome::Timeout, reason: Some("no answer before the deadline".into()) }),
        Ok(Err(PivotError::Needs(needs))) => {
            same(Ending { outcome: Outcome::Skipped, reason: Some(format!("needs {needs}").into()) })
        }
        Ok(Err(error)) => same(Ending { outcome: Outcome::Error, reason: Some(error.to_string().into()) }),
        Ok(Ok(answers)) => places
            .iter()
            .filter_map(|(place, number)| {
                let (ending, table) = answers.get(*number)?;
                let table = (table.row_count() > 0).then(|| table.clone().first(ROWS));
                Some((*place, told(ending.clone(), table)))
            })
            .collect(),
    }
}
