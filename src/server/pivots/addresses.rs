//! Functions of addresses: what they are, where they are, whose they are, and what they are called.

use std::sync::Arc;

use futures::{FutureExt as _, future::BoxFuture};
use model::{ColumnType, EntityKind, Outcome};

use super::{
    Answered, Function, Manner, PivotError, Step, Takes, World,
    answered::Writer,
    function::columns,
    names::{PTR, Resolve},
};
use crate::{
    addresses::{classify, locate},
    registries::{NetworkColumns, address, announcements, network_owners, overall},
};

use ColumnType::{Bool, Dynamic, Long, Real, String as Text};

/// What an address is.
const TYPE: &[(&str, ColumnType)] = &[("ip_type", Text), ("msticpy_type", Text), ("is_global", Bool)];

/// Where it is.
const PLACE: &[(&str, ColumnType)] = &[
    ("ip_type", Text),
    ("country_code", Text),
    ("country_name", Text),
    ("state", Text),
    ("city", Text),
    ("postal_code", Text),
    ("latitude", Real),
    ("longitude", Real),
    ("time_zone", Text),
    ("asn", Long),
    ("organization", Text),
    ("isp", Text),
];

/// Who announces it.
const SYSTEM: &[(&str, ColumnType)] = &[
    ("asn", Long),
    ("asns", Dynamic),
    ("asn_cidr", Text),
    ("asn_country_code", Text),
    ("asn_registry", Text),
    ("asn_date", Text),
    ("asn_description", Text),
];

/// Whose it is, beside who announces it.
const OWNER: &[(&str, ColumnType)] = &[
    ("name", Text),
    ("handle", Text),
    ("start_address", Text),
    ("end_address", Text),
    ("cidr", Dynamic),
    ("type", Text),
    ("country_code", Text),
    ("nets", Dynamic),
];

/// Who holds a network or a domain, since when, and who said so.
pub(super) const HOLDER: &[(&str, ColumnType)] = &[
    ("registrant", Text),
    ("registrant_country", Text),
    ("created", Text),
    ("updated", Text),
    ("status", Dynamic),
    ("address", Text),
    ("emails", Dynamic),
    ("abuse_email", Text),
    ("abuse_phone", Text),
    ("entities", Dynamic),
    ("redacted", Dynamic),
    ("providers", Dynamic),
];

/// Everything that registries say about a network.
fn owner() -> Vec<(&'static str, ColumnType)> {
    [SYSTEM, OWNER, HOLDER].concat()
}

/// What addresses can be asked about.
pub(super) fn functions() -> Vec<Function> {
    let function = |name: &str, description: &str, of: &[(&str, ColumnType)], step: Arc<dyn Step>| Function {
        container: "util".into(),
        name: name.into(),
        aliases: Vec::new(),
        description: description.into(),
        takes: vec![Takes { entity: EntityKind::Ip, attribute: "address".into(), parameter: None }],
        parameters: Vec::new(),
        columns: columns(of),
        needs: Vec::new(),
        is_query: false,
        step,
    };
    vec![
        function("ip_type", "What kind of address it is: public, private, loopback and so on.", TYPE, Arc::new(Type)),
        function(
            "geoloc",
            "Where it is: country, city, network, from the databases in memory.",
            PLACE,
            Arc::new(Place),
        ),
        function("whois", "Whose the network is, as the registries say.", &owner(), Arc::new(Owner)),
        function("whois_asn", "Which autonomous system announces it, as Team Cymru says.", SYSTEM, Arc::new(System)),
        function(
            "ip_rev_resolve",
            "The names that name servers give it.",
            super::names::RESOLUTION,
            Arc::new(Resolve { record_type: Some(PTR), is_reverse: true }),
        ),
    ]
}

/// `ip_type`
struct Type;

impl Step for Type {
    fn ask<'a>(
        &'a self,
        world: World<'a>,
        values: &'a [Arc<str>],
        _: &'a Manner,
    ) -> BoxFuture<'a, Result<Answered, PivotError>> {
        let values = values.to_vec();
        let work = move || {
            let mut writer = Writer::new(&columns(TYPE));
            for value in values {
                let item = classify(value.to_string());
                writer.end(item.outcome, item.reason.map(Into::into));
                writer.row([
                    item.ip_type.map(model::IpType::as_str).into(),
                    item.msticpy_type.into(),
                    item.is_global.into(),
                ]);
            }
            writer.finish(true)
        };
        async move { Ok(world.work.run(work).await?) }.boxed()
    }
}

/// `geoloc`
struct Place;

impl Step for Place {
    fn ask<'a>(
        &'a self,
        world: World<'a>,
        values: &'a [Arc<str>],
        _: &'a Manner,
    ) -> BoxFuture<'a, Result<Answered, PivotError>> {
        let (values, databases) = (values.to_vec(), world.geo.clone());
        let work = move || {
            let mut writer = Writer::new(&columns(PLACE));
            for value in values {
                let item = locate(&databases, value.to_string());
                writer.end(item.outcome, item.reason.map(Into::into));
                let geo = item.geo;
                writer.row([
                    item.ip_type.map(model::IpType::as_str).into(),
                    geo.country_code.into(),
                    geo.country_name.into(),
                    geo.state.into(),
                    geo.city.into(),
                    geo.postal_code.into(),
                    geo.latitude.into(),
                    geo.longitude.into(),
                    geo.time_zone.into(),
                    geo.asn.map(i64::from).into(),
                    geo.organization.into(),
                    geo.isp.into(),
                ]);
            }
            writer.finish(true)
        };
        async move { Ok(world.work.run(work).await?) }.boxed()
    }
}

/// `whois`
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
            let (owners, complete) = network_owners(world.lookups, values, &manner.of_registries()).await;
            let mut writer = Writer::new(&columns(&owner()));
            for owner in owners {
                writer.item(&owner, owner.outcome, owner.reason.clone());
            }
            Ok(writer.finish(complete))
        }
        .boxed()
    }
}

/// `whois_asn`
struct System;

impl Step for System {
    fn ask<'a>(
        &'a self,
        world: World<'a>,
        values: &'a [Arc<str>],
        manner: &'a Manner,
    ) -> BoxFuture<'a, Result<Answered, PivotError>> {
        async move {
            let read: Vec<_> = values.iter().map(|value| address(value)).collect();
            let addresses = read.iter().flatten().cloned().collect();
            let (findings, complete) = announcements(world.lookups, addresses, &manner.of_registries()).await;
            let mut findings = findings.into_iter();
            let mut writer = Writer::new(&columns(SYSTEM));
            for value in read {
                match value {
                    Err(reason) => writer.end(Outcome::Unsupported, Some(reason.into())),
                    Ok(_) => {
                        let findings = findings.next().unwrap_or_default();
                        let (outcome, reason) = overall(&findings);
                        writer.item(&NetworkColumns::of(&findings), outcome, reason);
                    }
                }
            }
            Ok(writer.finish(complete))
        }
        .boxed()
    }
}
