//! `pivotd check`: whether what the settings name can be reached, and whether described providers read their examples as they
//! should. Spends nobody's quota.

use std::time::Duration;

use providers::{Provider as _, custom::Custom};

use tokio::time::Instant;

use crate::{
    cache::Far,
    credentials::{Credentials, fetch_secrets},
    services::BuildError,
    settings::Settings,
    templates::Catalogue,
    upstream::Upstream,
};

/// How long a credential may take to get a token.
const TOKEN_TIME_LIMIT: Duration = Duration::from_secs(10);

/// Runs the recorded examples of described providers. Returns one line for each that means something else.
pub fn examples(settings: &Settings) -> Vec<String> {
    let told = |custom: &&Custom| {
        let id = custom.facts().id;
        custom.failures().into_iter().map(move |failure| format!("custom provider {id}: {failure}"))
    };
    settings.custom_providers.iter().flat_map(told).collect()
}

/// Reads the operator's query templates. Returns one line for each mistake.
pub fn templates(settings: &Settings) -> Vec<String> {
    let catalogue = Catalogue::load(&settings.templates);
    catalogue.shelf().mistakes().iter().map(|mistake| format!("templates: {mistake}")).collect()
}

/// Tries what can be tried without a provider's budget. Returns one line for each trouble, without secrets.
pub async fn connections(settings: &Settings) -> Result<Vec<String>, BuildError> {
    let upstream = Upstream::new(&settings.egress, &settings.dns)?;
    let geo = settings.geo.clone();
    let mut trouble = Vec::new();
    let credentials = Credentials::new(upstream.clone(), &settings.credentials)?;
    for name in settings.credentials.keys() {
        let token = match credentials.endpoints(name) {
            Ok(endpoints) => {
                let scope = format!("{}/.default", endpoints.resource_manager);
                credentials.token(name, &scope, Instant::now() + TOKEN_TIME_LIMIT).await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = token {
            trouble.push(format!("credentials.{name}: {error}"));
        }
    }
    if let Err(error) = fetch_secrets(&upstream, &credentials, &settings.key_vault).await {
        trouble.push(error.to_string());
    }
    if let Err(error) = crate::geo::GeoDatabases::open(&geo) {
        trouble.push(format!("geo.databases: {error}"));
    }
    if let Some(redis) = &settings.cache.redis {
        let far = Far::connect(redis).await;
        if let Err(error) = far.fetch(&format!("{}:check", far.prefix())).await {
            trouble.push(format!("cache.redis: {error}"));
        }
    }
    for (place, issuer) in settings.auth.jwt.iter().enumerate() {
        if let Err(error) = upstream.key_set(&issuer.jwks_url).await {
            trouble.push(format!("auth.jwt[{place}].jwks_url: {error}"));
        }
    }
    Ok(trouble)
}
