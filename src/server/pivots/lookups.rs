//! Functions that ask providers: threat intelligence, what is related to something, what the organisation itself knows.
//! Found by what the providers say of themselves: a new one needs no line here.

use std::{collections::BTreeMap, sync::Arc};

use futures::{FutureExt as _, future::BoxFuture};
use model::{ColumnType, EntityKind, Finding, KindHint, Observable, ObservableKind, Outcome, Value};
use providers::Purpose;

use super::{
    Answered, Function, Manner, Parameter, PivotError, Step, Takes, World, answered::Writer, function::columns,
};
use crate::lookups::{Ask, Member};

use ColumnType::{Dynamic, Long, String as Text};

/// What providers say: a row for each.
const FINDINGS: &[(&str, ColumnType)] = &[
    ("kind", Text),
    ("canonical", Text),
    ("provider", Text),
    ("finding_outcome", Text),
    ("finding_reason", Text),
    ("verdict", Text),
    ("score", Long),
    ("reference", Text),
    ("evidence", Dynamic),
    ("related", Dynamic),
];

/// What is related: a row for each observable.
const RELATED: &[(&str, ColumnType)] =
    &[("provider", Text), ("related_kind", Text), ("related_value", Text), ("reference", Text), ("evidence", Dynamic)];

/// Values per call of the fan-out, so that a table of many values does not stand in the queue all at once.
const AT_ONCE: usize = 4_096;

/// Kinds of observables that are asked about together, under MSTICPy's name, and the entities that stand for them.
struct Group {
    name: &'static str,
    kinds: &'static [ObservableKind],
    takes: &'static [(EntityKind, &'static str)],
}

const GROUPS: &[Group] = &[
    Group { name: "ip", kinds: &[ObservableKind::Ipv4, ObservableKind::Ipv6], takes: &[(EntityKind::Ip, "address")] },
    Group {
        name: "dns",
        kinds: &[ObservableKind::Domain, ObservableKind::Hostname],
        takes: &[(EntityKind::DnsResolution, "domain_name"), (EntityKind::Host, "fqdn")],
    },
    Group {
        name: "file_hash",
        kinds: &[ObservableKind::Md5, ObservableKind::Sha1, ObservableKind::Sha256],
        takes: &[(EntityKind::File, "file_hash"), (EntityKind::FileHash, "value")],
    },
    Group { name: "url", kinds: &[ObservableKind::Url], takes: &[(EntityKind::Url, "url")] },
    Group {
        name: "email",
        kinds: &[ObservableKind::Email],
        takes: &[(EntityKind::Mailbox, "mailbox_primary_address"), (EntityKind::Account, "upn")],
    },
];

impl Group {
    fn takes(&self) -> Vec<Takes> {
        let takes = |(entity, attribute): &(EntityKind, &'static str)| Takes {
            entity: *entity,
            attribute: (*attribute).into(),
            parameter: None,
        };
        self.takes.iter().map(takes).collect()
    }
}

/// What providers can be asked.
pub(super) fn functions(members: &[Arc<Member>]) -> Vec<Function> {
    let mut functions = Vec::new();
    let purposes = [(Purpose::ThreatIntelligence, "ti"), (Purpose::Context, "context")];
    for ((purpose, container), group) in
        purposes.into_iter().flat_map(|purpose| GROUPS.iter().map(move |group| (purpose, group)))
    {
        let answers = |member: &&Arc<Member>| {
            let facts = member.facts();
            facts.purpose == purpose && group.kinds.iter().any(|kind| facts.kinds.contains(kind))
        };
        let able: Vec<_> = members.iter().filter(answers).collect();
        if able.is_empty() {
            continue;
        }
        let is_on = able.iter().any(|member| member.enabled);
        functions.push(Function {
            container: container.into(),
            name: format!("lookup_{}", group.name).into(),
            aliases: aliases(container, group),
            description: match purpose {
                Purpose::Context => "What the organisation's own systems know about it.".into(),
                _ => "What the threat intelligence providers say about it: a row for each.".into(),
            },
            takes: group.takes(),
            parameters: vec![Parameter::optional("providers", "list", "Ids of the providers to ask; all that are on.")],
            columns: columns(FINDINGS),
            needs: if is_on { Vec::new() } else { vec!["a provider that is on".to_owned()] },
            is_query: false,
            step: Arc::new(Findings { purpose }),
        });
    }
    functions.extend(members.iter().flat_map(questions));
    functions
}

/// Other names: shortcuts of MSTICPy, and those that name one version of addresses.
fn aliases(container: &str, group: &Group) -> Vec<Arc<str>> {
    let mut aliases = Vec::new();
    if container == "ti" {
        aliases.push(format!("tilookup_{}", group.name).into());
        if group.name == "ip" {
            aliases.extend(["lookup_ipv4", "lookup_ipv6", "tilookup_ipv4", "tilookup_ipv6"].map(Into::into));
        }
    }
    aliases
}

/// MSTICPy's name for the functions of a provider, or the provider's own id.
fn container(id: &str) -> &str {
    match id {
        "virustotal" => "VT",
        "riskiq" => "RiskIQ",
        other => other,
    }
}

/// A function for each of a provider's further questions.
fn questions(member: &Arc<Member>) -> Vec<Function> {
    // One question may be there several times, for several kinds.
    let mut kinds: BTreeMap<&str, Vec<ObservableKind>> = BTreeMap::new();
    for question in member.facts().query_types {
        kinds.entry(question.name).or_default().extend(question.kinds);
    }
    let function = |(name, kinds): (&str, Vec<ObservableKind>)| {
        let is_asked = |group: &&Group| group.kinds.iter().any(|kind| kinds.contains(kind));
        let needs = if member.enabled { Vec::new() } else { member.needs.clone() };
        Function {
            container: container(&member.id).into(),
            name: name.into(),
            aliases: Vec::new(),
            description: format!("What {} knows of its {}.", member.facts().title, name.replace('_', " ")).into(),
            takes: GROUPS.iter().filter(is_asked).flat_map(Group::takes).collect(),
            parameters: Vec::new(),
            columns: columns(RELATED),
            needs: if needs.is_empty() && !member.enabled {
                vec![format!("providers.{}.enabled", member.id)]
            } else {
                needs
            },
            is_query: false,
            step: Arc::new(Question { provider: Arc::clone(&member.id), name: name.into() }),
        }
    };
    kinds.into_iter().map(function).collect()
}

/// Asks about all values, some thousands at a time, and tells about each.
async fn ask(
    world: World<'_>,
    values: &[Arc<str>],
    ask: Ask,
    writer: &mut Writer,
    tell: impl Fn(&mut Writer, &Observable, Vec<Finding>),
) -> Result<bool, PivotError> {
    let mut complete = true;
    for values in values.chunks(AT_ONCE) {
        let read: Vec<_> = values.iter().map(|value| Observable::parse(value, None::<KindHint>)).collect();
        let observables = read.iter().flatten().cloned().collect();
        let answered = world.lookups.look_up(Ask { observables, ..ask.clone() }).await;
        let answered = answered.map_err(|error| PivotError::parameter("providers", error.to_string()))?;
        complete &= answered.complete;
        let mut items = answered.items.into_iter();
        for value in read {
            match value {
                Err(rejection) => writer.end(Outcome::Unsupported, Some(rejection.to_string().into())),
                Ok(observable) => {
                    let findings = items.next().map(|item| item.findings).unwrap_or_default();
                    tell(writer, &observable, findings);
                }
            }
        }
    }
    Ok(complete)
}

/// The best that the findings say on the whole.
fn overall(findings: &[Finding]) -> (Outcome, Option<Arc<str>>) {
    if findings.is_empty() {
        return (Outcome::Skipped, Some("nobody who could be asked is on".into()));
    }
    crate::registries::overall(findings)
}

fn manner_of(manner: &Manner, purpose: Purpose, providers: Option<Vec<String>>, query_type: Option<&str>) -> Ask {
    Ask {
        observables: Vec::new(),
        purpose,
        providers,
        query_type: query_type.map(str::to_owned),
        permission: manner.permission.clone(),
        deadline: manner.deadline,
        refresh: manner.refresh,
        include_raw: false,
    }
}

fn evidence(finding: &Finding) -> Value<'static> {
    let text = serde_json::to_string(&finding.evidence).unwrap_or_default();
    if finding.evidence.is_empty() { Value::Null } else { Value::Dynamic(text.into()) }
}

fn related(finding: &Finding) -> Value<'static> {
    let related = finding.related.as_deref().filter(|related| !related.is_empty());
    let text = related.and_then(|related| serde_json::to_string(related).ok());
    text.map_or(Value::Null, |text| Value::Dynamic(text.into()))
}

/// `ti.lookup_…`, `context.lookup_…`
struct Findings {
    purpose: Purpose,
}

impl Step for Findings {
    fn ask<'a>(
        &'a self,
        world: World<'a>,
        values: &'a [Arc<str>],
        manner: &'a Manner,
    ) -> BoxFuture<'a, Result<Answered, PivotError>> {
        async move {
            let wanted = manner_of(manner, self.purpose, manner.texts("providers")?, None);
            let mut writer = Writer::new(&columns(FINDINGS));
            let complete = ask(world, values, wanted, &mut writer, |writer, observable, findings| {
                let (outcome, reason) = overall(&findings);
                writer.end(outcome, reason);
                for finding in &findings {
                    writer.row([
                        observable.kind().as_str().into(),
                        observable.canonical().into(),
                        (&*finding.provider).into(),
                        finding.outcome.as_str().into(),
                        finding.reason.as_deref().into(),
                        finding.verdict.as_str().into(),
                        finding.score.map(i64::from).into(),
                        finding.reference.as_deref().into(),
                        evidence(finding),
                        related(finding),
                    ]);
                }
            })
            .await?;
            Ok(writer.finish(complete))
        }
        .boxed()
    }
}

/// `VT.…`, `RiskIQ.…` and the further questions of other providers.
struct Question {
    provider: Arc<str>,
    name: Arc<str>,
}

impl Step for Question {
    fn ask<'a>(
        &'a self,
        world: World<'a>,
        values: &'a [Arc<str>],
        manner: &'a Manner,
    ) -> BoxFuture<'a, Result<Answered, PivotError>> {
        async move {
            let providers = Some(vec![self.provider.to_string()]);
            let wanted = manner_of(manner, Purpose::ThreatIntelligence, providers, Some(&self.name));
            let mut writer = Writer::new(&columns(RELATED));
            let complete = ask(world, values, wanted, &mut writer, |writer, _, findings| {
                let (outcome, reason) = overall(&findings);
                writer.end(outcome, reason);
                for finding in findings.iter().filter(|finding| finding.outcome.is_answer()) {
                    let mut row = |related: Option<&Observable>| {
                        writer.row([
                            (&*finding.provider).into(),
                            related.map(|related| related.kind().as_str()).into(),
                            related.map(Observable::canonical).into(),
                            finding.reference.as_deref().into(),
                            evidence(finding),
                        ]);
                    };
                    let related = finding.related.as_deref().unwrap_or_default();
                    if related.is_empty() && !finding.evidence.is_empty() {
                        row(None);
                    }
                    related.iter().for_each(|related| row(Some(related)));
                }
            })
            .await?;
            Ok(writer.finish(complete))
        }
        .boxed()
    }
}
