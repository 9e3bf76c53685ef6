//! Whose networks and domains are, value by value: what every registry says together, and how asking ended.

use std::sync::Arc;

use model::{KindHint, Observable, Outcome};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Asked, DomainColumns, Manner, NetworkColumns, announcements, domains, networks, overall, registrable};
use crate::lookups::Lookups;

/// Whose the network of one address is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NetworkOwner {
    /// The value as sent.
    value: String,
    /// How the lookup ended: a hit if anybody answered.
    pub(crate) outcome: Outcome,
    /// Why there is no answer, when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub(crate) reason: Option<Arc<str>>,
    /// What is known.
    #[serde(flatten)]
    columns: NetworkColumns,
    /// Who was asked.
    providers: Vec<Asked>,
}

/// Whose one domain is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DomainOwner {
    /// The value as sent.
    value: String,
    /// How the lookup ended.
    pub(crate) outcome: Outcome,
    /// Why there is no answer, when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub(crate) reason: Option<Arc<str>>,
    /// The domain that was asked about: the part of the value that can be registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "example.co.uk")]
    registrable: Option<String>,
    /// What is known.
    #[serde(flatten)]
    columns: DomainColumns,
    /// Who was asked.
    providers: Vec<Asked>,
}

/// Whose the networks of addresses are, and whether all were told in time.
pub(crate) async fn network_owners(
    lookups: &Lookups,
    values: Vec<String>,
    manner: &Manner,
) -> (Vec<NetworkOwner>, bool) {
    let read: Vec<Result<Observable, String>> = values.iter().map(|value| address(value)).collect();
    let observables: Vec<Observable> = read.iter().flatten().cloned().collect();
    let ((announced, a), (registered, b)) =
        futures::join!(announcements(lookups, observables.clone(), manner), networks(lookups, observables, manner),);
    let mut found = announced.into_iter().zip(registered);
    let items = values.into_iter().zip(read).map(|(value, read)| match read {
        Err(reason) => NetworkOwner {
            value,
            outcome: Outcome::Unsupported,
            reason: Some(reason.into()),
            columns: NetworkColumns::default(),
            providers: Vec::new(),
        },
        Ok(_) => {
            let (mut findings, registered) = found.next().unwrap_or_default();
            findings.extend(registered);
            let (outcome, reason) = overall(&findings);
            let providers = findings.iter().map(Into::into).collect();
            NetworkOwner { value, outcome, reason, columns: NetworkColumns::of(&findings), providers }
        }
    });
    (items.collect(), a && b)
}

/// Whose the domains of names are, and whether all were told in time.
pub(crate) async fn domain_owners(lookups: &Lookups, values: Vec<String>, manner: &Manner) -> (Vec<DomainOwner>, bool) {
    let read: Vec<Result<Observable, String>> = values.iter().map(|value| domain_of(value)).collect();
    let observables: Vec<Observable> = read.iter().flatten().cloned().collect();
    let (findings, complete) = domains(lookups, observables, manner).await;
    let mut found = findings.into_iter();
    let items = values.into_iter().zip(read).map(|(value, read)| match read {
        Err(reason) => DomainOwner {
            value,
            outcome: Outcome::Unsupported,
            reason: Some(reason.into()),
            registrable: None,
            columns: DomainColumns::default(),
            providers: Vec::new(),
        },
        Ok(observable) => {
            let findings = found.next().unwrap_or_default();
            let (outcome, reason) = overall(&findings);
            DomainOwner {
                value,
                outcome,
                reason,
                registrable: Some(observable.canonical().to_owned()),
                columns: DomainColumns::of(&findings),
                providers: findings.iter().map(Into::into).collect(),
            }
        }
    });
    (items.collect(), complete)
}

/// Reads an address.
pub(crate) fn address(value: &str) -> Result<Observable, String> {
    let observable = Observable::parse(value, Some(KindHint::Address)).map_err(|rejection| rejection.to_string())?;
    observable.address().map(|_| observable).ok_or_else(|| "not an IP address".to_owned())
}

/// The domain in a value that can be registered.
fn domain_of(value: &str) -> Result<Observable, String> {
    let observable = Observable::parse(value, None).map_err(|rejection| rejection.to_string())?;
    registrable(&observable).ok_or_else(|| "holds no domain that can be registered".to_owned())
}
