//! `/v1/azure`: subscriptions, resources, networks and metrics of Azure, and queries over all of it.

mod metrics;
mod network;
mod resource_graph;
mod resources;
mod subscriptions;

use tokio::time::Instant;
use url::Url;

use super::{
    Operations,
    problem::{Kind, Problem},
    sentinel::failed,
};
use crate::{
    arm::Account,
    azure::{Azure, subscriptions::list},
    sentinel::pages::Wanted,
    services::Services,
};

/// The routes of this folder.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations
        .configure(subscriptions::routes)
        .configure(resources::routes)
        .configure(network::routes)
        .configure(metrics::routes)
        .configure(resource_graph::routes);
}

/// As whom Azure is asked: as the settings say, or else as a source of Resource Graph is.
pub(crate) fn asked(services: &Services, until: Instant) -> Result<Azure, Problem> {
    let settings = services.settings();
    let of_a_source = || {
        let sources = settings.sources.values().filter(|source| source.kind.facts().id == "resource_graph");
        let mut connections = sources.flat_map(|source| &source.connections);
        connections.find_map(|connection| {
            Some(Account { credential: connection.credential.clone()?, arm_url: connection.base_url.clone() })
        })
    };
    let account = match &settings.azure.credential {
        Some(credential) => Account { credential: credential.clone(), arm_url: settings.azure.arm_url.clone() },
        None => of_a_source().ok_or_else(|| {
            let detail = "the settings lack azure.credential, and no source of the kind resource_graph has one";
            Problem::new(Kind::Unsupported).detail(detail)
        })?,
    };
    Ok(Azure { arm: services.arm.clone(), account, until })
}

/// The subscriptions that are meant: those that are named, or those of the settings, or all that the credential may see.
pub(crate) async fn subscriptions(
    services: &Services,
    asked: &Azure,
    named: Vec<String>,
) -> Result<Vec<String>, Problem> {
    if !named.is_empty() {
        return Ok(named);
    }
    let set = services.settings().azure.subscriptions.clone();
    if !set.is_empty() {
        return Ok(set);
    }
    let all = list(asked, Wanted::default()).await.map_err(failed)?;
    Ok(all.items.into_iter().map(|subscription| subscription.id).collect())
}

/// Who issues the tokens with which Azure is asked.
pub(crate) fn authority(services: &Services, asked: &Azure) -> Result<Url, Problem> {
    let name = &asked.account.credential;
    let set = services.settings().credentials.get(name).and_then(|credential| credential.authority.clone());
    match set {
        Some(authority) => Ok(authority),
        None => {
            let of_the_cloud = services.credentials.endpoints(name)?.authority;
            of_the_cloud.parse().map_err(|_| Problem::new(Kind::Internal).caused_by("a cloud has no authority"))
        }
    }
}
