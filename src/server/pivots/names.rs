//! Functions of names, hosts and URLs: their parts, where they lead, whose they are, which certificates they show.

use std::sync::Arc;

use futures::{FutureExt as _, StreamExt as _, future::BoxFuture, stream};
use model::{ColumnType, EntityKind, Outcome, Value};
use serde::Serialize;

use super::{
    Answered, Function, Manner, Parameter, PivotError, Step, Takes, World, addresses::HOLDER, answered::Writer,
    function::columns,
};
use crate::{
    dns::{Resolved, Subject},
    names::{DomainParts, UrlParts},
    registries::domain_owners,
    tls::{Shown, Target},
    upstream::{RecordType, record_type},
};

use ColumnType::{Bool, Dynamic, Long, String as Text};

/// Questions at once.
const AT_ONCE: usize = 64;

/// Names of addresses.
pub(super) const PTR: RecordType = RecordType::PTR;

/// What name servers say: a row for each record.
pub(super) const RESOLUTION: &[(&str, ColumnType)] = &[
    ("record_name", Text),
    ("record_type", Text),
    ("record_data", Text),
    ("ttl_s", Long),
    ("canonical_name", Text),
    ("name_server", Text),
];

/// The parts of a name.
const PARTS: &[(&str, ColumnType)] = &[
    ("name", Text),
    ("unicode", Text),
    ("is_idn", Bool),
    ("labels", Dynamic),
    ("subdomain", Text),
    ("domain", Text),
    ("suffix", Text),
    ("registry_suffix", Text),
    ("registrable_domain", Text),
    ("has_public_suffix", Bool),
    ("is_private", Bool),
];

/// The parts of a URL.
const URL: &[(&str, ColumnType)] = &[
    ("scheme", Text),
    ("auth", Text),
    ("host", Text),
    ("host_kind", Text),
    ("registrable_domain", Text),
    ("port", Long),
    ("effective_port", Long),
    ("path", Text),
    ("query", Text),
    ("query_parameters", Dynamic),
    ("fragment", Text),
    ("canonical", Text),
    ("refanged", Text),
    ("defanged", Text),
];

/// Whether a name ends as names may.
const VALID: &[(&str, ColumnType)] = &[("result", Bool), ("suffix", Text)];

/// Whether a name leads anywhere.
const RESOLVABLE: &[(&str, ColumnType)] = &[("result", Bool)];

/// Whether a certificate is known to be malware's.
const LISTED: &[(&str, ColumnType)] = &[("result", Bool), ("abuse_reason", Text), ("sha1", Text)];

/// The certificate that a host shows.
const CERTIFICATE: &[(&str, ColumnType)] = &[
    ("host", Text),
    ("port", Long),
    ("address", Text),
    ("protocol", Text),
    ("cipher_suite", Text),
    ("is_trusted", Bool),
    ("distrust", Text),
    ("hostname_matches", Bool),
    ("certificate", Dynamic),
    ("chain", Dynamic),
    ("on_abuse_list", Bool),
    ("abuse_reason", Text),
];

/// Whose a domain is, beside its holder.
const OWNER: &[(&str, ColumnType)] = &[
    ("registrable", Text),
    ("domain", Text),
    ("unicode_name", Text),
    ("handle", Text),
    ("registrar", Text),
    ("registrar_iana_id", Text),
    ("expires", Text),
    ("name_servers", Dynamic),
    ("dnssec", Bool),
];

/// Everything that a registry says about a domain.
fn owner() -> Vec<(&'static str, ColumnType)> {
    [OWNER, HOLDER].concat()
}

/// Names in all entities that have one.
fn of_names() -> Vec<Takes> {
    vec![
        Takes { entity: EntityKind::DnsResolution, attribute: "domain_name".into(), parameter: None },
        Takes { entity: EntityKind::Host, attribute: "fqdn".into(), parameter: None },
        Takes { entity: EntityKind::Url, attribute: "url".into(), parameter: None },
    ]
}

/// What names can be asked about.
pub(super) fn functions() -> Vec<Function> {
    let function = |name: &str, description: &str, of: &[(&str, ColumnType)], step: Arc<dyn Step>| Function {
        container: "util".into(),
        name: name.into(),
        aliases: Vec::new(),
        description: description.into(),
        takes: of_names(),
        parameters: Vec::new(),
        columns: columns(of),
        needs: Vec::new(),
        is_query: false,
        step,
    };
    let resolve: Arc<dyn Step> = Arc::new(Resolve { record_type: None, is_reverse: false });
    vec![
        function("dns_components", "The labels, the public suffix and what can be registered.", PARTS, Arc::new(Parts)),
        function("dns_validate_tld", "Whether the name ends in a public suffix.", VALID, Arc::new(Valid)),
        function("dns_is_resolvable", "Whether name servers know an address of it.", RESOLVABLE, Arc::new(Resolvable)),
        Function {
            parameters: vec![Parameter::optional("type", "string", "The type of record: A, AAAA, MX, TXT and so on.")],
            ..function("dns_resolve", "What name servers say about it: a row for each record.", RESOLUTION, resolve)
        },
        function(
            "dns_in_abuse_list",
            "Whether the certificate that it shows is on abuse.ch's list.",
            LISTED,
            Arc::new(Listed),
        ),
        function("tls_certificate", "The certificate that it shows on port 443.", CERTIFICATE, Arc::new(Certificate)),
        function("domain_whois", "Whose the domain is, as its registry says.", &owner(), Arc::new(Owner)),
        Function {
            takes: vec![Takes { entity: EntityKind::Url, attribute: "url".into(), parameter: None }],
            ..function("url_components", "The parts of the URL.", URL, Arc::new(UrlOf))
        },
    ]
}

/// Tells about each value what is known without asking anybody.
fn tell<T: Serialize, E: ToString>(
    values: &[Arc<str>],
    of: &[(&str, ColumnType)],
    read: impl Fn(&str) -> Result<T, E>,
) -> Answered {
    let mut writer = Writer::new(&columns(of));
    for value in values {
        match read(value) {
            Ok(item) => writer.item(&item, Outcome::Hit, None),
            Err(rejection) => writer.end(Outcome::Unsupported, Some(rejection.to_string().into())),
        }
    }
    writer.finish(true)
}

macro_rules! told {
    ($step:ident, $of:ident, $read:expr) => {
        impl Step for $step {
            fn ask<'a>(
                &'a self,
                world: World<'a>,
                values: &'a [Arc<str>],
                _: &'a Manner,
            ) -> BoxFuture<'a, Result<Answered, PivotError>> {
                let values = values.to_vec();
                async move { Ok(world.work.run(move || tell(&values, $of, $read)).await?) }.boxed()
            }
        }
    };
}

/// `dns_components`
struct Parts;
told!(Parts, PARTS, DomainParts::read);

/// `dns_validate_tld`
struct Valid;
told!(Valid, VALID, validate);

/// `url_components`
struct UrlOf;
told!(UrlOf, URL, UrlParts::read);

/// Whether a name is valid, and its suffix.
#[derive(Serialize)]
struct Validity {
    result: bool,
    suffix: Option<String>,
}

fn validate(value: &str) -> Result<Validity, model::Rejection> {
    let parts = DomainParts::read(value)?;
    Ok(Validity { result: parts.has_public_suffix(), suffix: parts.suffix().map(str::to_owned) })
}

/// `dns_resolve`, `ip_rev_resolve`
pub(super) struct Resolve {
    pub(super) record_type: Option<RecordType>,
    pub(super) is_reverse: bool,
}

impl Step for Resolve {
    fn ask<'a>(
        &'a self,
        world: World<'a>,
        values: &'a [Arc<str>],
        manner: &'a Manner,
    ) -> BoxFuture<'a, Result<Answered, PivotError>> {
        async move {
            let asked = match (self.record_type, manner.text("type")?) {
                (Some(known), _) => known,
                (None, None) => RecordType::A,
                (None, Some(named)) => record_type(named)
                    .ok_or_else(|| PivotError::parameter("type", "is not a type of record that can be asked"))?,
            };
            let read = if self.is_reverse { Subject::address } else { Subject::name };
            let resolved = resolve(world, values, manner, asked, read).await;
            let mut writer = Writer::new(&columns(RESOLUTION));
            let mut complete = true;
            for Resolved { outcome, reason, answer } in resolved {
                complete &= outcome != Outcome::Timeout;
                writer.end(outcome, reason.map(Into::into));
                let Some(answer) = answer else { continue };
                let name_server = answer.name_server.to_string();
                for record in answer.records {
                    writer.row([
                        record.name.into(),
                        record.record_type.into(),
                        record.data.into(),
                        i64::from(record.ttl_s).into(),
                        Value::from(answer.canonical_name.clone()),
                        name_server.as_str().into(),
                    ]);
                }
            }
            Ok(writer.finish(complete))
        }
        .boxed()
    }
}

/// Asks name servers about all values, some at once.
async fn resolve(
    world: World<'_>,
    values: &[Arc<str>],
    manner: &Manner,
    record_type: RecordType,
    read: fn(&str) -> Result<Subject, model::Rejection>,
) -> Vec<Resolved> {
    let ask = |value: Arc<str>| async move {
        match read(&value) {
            Ok(subject) => world.dns.resolve(&subject, record_type, &manner.permission, manner.deadline).await,
            Err(rejection) => Resolved::without_answer(Outcome::Unsupported, rejection.to_string()),
        }
    };
    stream::iter(values.to_vec()).map(ask).buffered(AT_ONCE).collect().await
}

/// `dns_is_resolvable`
struct Resolvable;

impl Step for Resolvable {
    fn ask<'a>(
        &'a self,
        world: World<'a>,
        values: &'a [Arc<str>],
        manner: &'a Manner,
    ) -> BoxFuture<'a, Result<Answered, PivotError>> {
        async move {
            let (four, six) = futures::join!(
                resolve(world, values, manner, RecordType::A, Subject::name),
                resolve(world, values, manner, RecordType::AAAA, Subject::name),
            );
            let mut writer = Writer::new(&columns(RESOLVABLE));
            let mut complete = true;
            for (four, six) in four.into_iter().zip(six) {
                let resolves = four.outcome == Outcome::Hit || six.outcome == Outcome::Hit;
                let is_known = resolves || four.outcome == Outcome::NotFound;
                complete &= resolves || four.outcome != Outcome::Timeout;
                let outcome = if resolves { Outcome::Hit } else { four.outcome };
                writer.end(outcome, if resolves { None } else { four.reason.map(Into::into) });
                writer.row([is_known.then_some(resolves).into()]);
            }
            Ok(writer.finish(complete))
        }
        .boxed()
    }
}

/// Looks at the certificates of all hosts, some at once.
async fn look_at(world: World<'_>, values: &[Arc<str>], manner: &Manner) -> Vec<Shown> {
    let look = |value: Arc<str>| async move {
        match Target::read(&value) {
            Ok(target) => world.tls.look_at(target, &manner.permission, manner.deadline).await,
            Err(rejection) => Shown::nothing(Outcome::Unsupported, rejection.to_string()),
        }
    };
    stream::iter(values.to_vec()).map(look).buffered(AT_ONCE).collect().await
}

/// `tls_certificate`
struct Certificate;

impl Step for Certificate {
    fn ask<'a>(
        &'a self,
        world: World<'a>,
        values: &'a [Arc<str>],
        manner: &'a Manner,
    ) -> BoxFuture<'a, Result<Answered, PivotError>> {
        async move {
            let mut writer = Writer::new(&columns(CERTIFICATE));
            let mut complete = true;
            for shown in look_at(world, values, manner).await {
                complete &= shown.outcome != Outcome::Timeout;
                writer.item(&shown, shown.outcome, shown.reason.as_deref().map(Into::into));
            }
            Ok(writer.finish(complete))
        }
        .boxed()
    }
}

/// `dns_in_abuse_list`
struct Listed;

impl Step for Listed {
    fn ask<'a>(
        &'a self,
        world: World<'a>,
        values: &'a [Arc<str>],
        manner: &'a Manner,
    ) -> BoxFuture<'a, Result<Answered, PivotError>> {
        async move {
            let mut writer = Writer::new(&columns(LISTED));
            let mut complete = true;
            for shown in look_at(world, values, manner).await {
                complete &= shown.outcome != Outcome::Timeout;
                writer.end(shown.outcome, shown.reason.map(Into::into));
                let sha1 = shown.certificate.map(|certificate| certificate.sha1);
                writer.row([shown.on_abuse_list.into(), shown.abuse_reason.into(), sha1.into()]);
            }
            Ok(writer.finish(complete))
        }
        .boxed()
    }
}

/// `domain_whois`
struct Owner;

impl Step for Owner {
    fn ask<'a>(
        &'a self,
        world: World<'a>,
        values: &'a [Arc<str>],
        manner: &'a Manner,
    ) -> BoxFuture<'a, Result<Answered, PivotError>> {
        async move {
            let values = values.iter().map(ToString::to_string).collect();
            let (owners, complete) = domain_owners(world.lookups, values, &manner.of_registries()).await;
            let mut writer = Writer::new(&columns(&owner()));
            for owner in owners {
                writer.item(&owner, owner.outcome, owner.reason.clone());
            }
            Ok(writer.finish(complete))
        }
        .boxed()
    }
}
