//! Opening an object store as the settings say: whose protocol, where, and as whom.

use std::{fs::File, path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use object_store::{
    CredentialProvider, HeaderValue, ObjectStore, RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    azure::{AzureConfigKey, AzureCredential, MicrosoftAzureBuilder},
};
use sources::{Trouble, TroubleKind};
use tokio::time::Instant;
use url::Url;

use super::transport::Transport;
use crate::{
    credentials::Credentials,
    queries::Connection,
    settings::{AwsIdentity, ObjectPlace, ObjectProtocol, Secret},
};

/// Whose tokens Azure Blob Storage takes.
const SCOPE: &str = "https://storage.azure.com/.default";

/// How long a token may take.
const TOKEN_TIME: Duration = Duration::from_secs(15);

/// Opens it; asks nobody. Blocks.
pub(super) fn open(
    connection: &Connection,
    place: &ObjectPlace,
    credentials: &Credentials,
    transport: Transport,
) -> Result<Arc<dyn ObjectStore>, Trouble> {
    let token_file = connection.objects.identity.as_ref().and_then(AwsIdentity::token_file);
    if token_file.is_some_and(|file| File::open(file).is_err()) {
        return Err(Trouble::new(TroubleKind::Unauthorized, "the token file of the settings can't be read"));
    }
    // Calls are repeated by who sends them.
    let once = RetryConfig { max_retries: 0, ..RetryConfig::default() };
    let opened = match place.protocol {
        ObjectProtocol::S3 => s3(connection, place)
            .with_http_connector(transport)
            .with_retry(once)
            .build()
            .map(|store| Arc::new(store) as Arc<dyn ObjectStore>),
        ObjectProtocol::Azure => azure(connection, place, credentials)
            .with_http_connector(transport)
            .with_retry(once)
            .build()
            .map(|store| Arc::new(store) as Arc<dyn ObjectStore>),
    };
    // Its own words may repeat what it was given.
    opened.map_err(|_| Trouble::new(TroubleKind::Unauthorized, "the object store can't be asked with these settings"))
}

fn s3(connection: &Connection, place: &ObjectPlace) -> AmazonS3Builder {
    let mut builder = AmazonS3Builder::new().with_bucket_name(&place.bucket);
    if let Some(region) = &connection.objects.region {
        builder = builder.with_region(region);
    }
    if let Some(url) = &connection.base_url {
        builder = builder.with_endpoint(url.as_str());
    }
    if let Some(token) = &connection.objects.session_token {
        builder = builder.with_token(token.expose());
    }
    match (&connection.user, &connection.password, &connection.objects.identity) {
        (Some(id), Some(key), _) => builder.with_access_key_id(id.expose()).with_secret_access_key(key.expose()),
        (_, _, Some(identity)) => by_role(builder, identity),
        _ => builder.with_skip_signature(true),
    }
}

/// With temporary keys, which the library fetches, and again before they end.
fn by_role(mut builder: AmazonS3Builder, identity: &AwsIdentity) -> AmazonS3Builder {
    let mut set = |key, value: String| builder = std::mem::take(&mut builder).with_config(key, value);
    let path = |file: &Path| file.to_string_lossy().into_owned();
    match identity {
        AwsIdentity::Instance { endpoint } => {
            if let Some(endpoint) = endpoint {
                set(AmazonS3ConfigKey::MetadataEndpoint, plain(endpoint));
            }
        }
        AwsIdentity::Container { endpoint, token_file: None } => {
            // With a path alone the library asks where ECS has its agent, and the transport where the settings say.
            set(AmazonS3ConfigKey::ContainerCredentialsRelativeUri, endpoint.path().to_owned());
        }
        AwsIdentity::Container { endpoint, token_file: Some(file) } => {
            set(AmazonS3ConfigKey::ContainerCredentialsFullUri, endpoint.to_string());
            set(AmazonS3ConfigKey::ContainerAuthorizationTokenFile, path(file));
        }
        AwsIdentity::WebIdentity { role_arn, token_file, endpoint } => {
            set(AmazonS3ConfigKey::RoleArn, role_arn.clone());
            set(AmazonS3ConfigKey::WebIdentityTokenFile, path(token_file));
            set(AmazonS3ConfigKey::RoleSessionName, "pivotd".to_owned());
            if let Some(endpoint) = endpoint {
                set(AmazonS3ConfigKey::StsEndpoint, plain(endpoint));
            }
        }
    }
    builder
}

/// An address to which the library appends paths.
fn plain(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

fn azure(connection: &Connection, place: &ObjectPlace, credentials: &Credentials) -> MicrosoftAzureBuilder {
    let (account, address) = place.account.as_ref().map_or((None, None), |(name, url)| (Some(name), Some(url)));
    let account = connection.objects.account.as_ref().or(account);
    let mut builder = MicrosoftAzureBuilder::new().with_container_name(&place.bucket);
    if let Some(account) = account {
        builder = builder.with_account(account);
    }
    if let Some(url) = connection.base_url.as_ref().or(address) {
        builder = builder.with_endpoint(url.as_str().to_owned());
    }
    match (&connection.credential, connection.key.as_ref().map(Secret::expose)) {
        (Some(name), _) => {
            builder.with_credentials(Arc::new(Entra { name: name.clone(), credentials: credentials.clone() }))
        }
        (None, Some(key)) if key.contains("sig=") => builder.with_config(AzureConfigKey::SasKey, key),
        (None, Some(key)) => builder.with_access_key(key),
        (None, None) => builder.with_skip_signature(true),
    }
}

/// Forgets a token that was refused, so that the next one is new.
pub(super) fn forget(connection: &Connection, credentials: &Credentials, shown: Option<&HeaderValue>) {
    let token = shown.and_then(|shown| shown.to_str().ok()?.strip_prefix("Bearer "));
    if let (Some(name), Some(token)) = (&connection.credential, token) {
        credentials.forget(name, SCOPE, &Secret::new(token));
    }
}

/// Tokens of Entra.
#[derive(Debug)]
struct Entra {
    name: String,
    credentials: Credentials,
}

#[async_trait]
impl CredentialProvider for Entra {
    type Credential = AzureCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AzureCredential>> {
        let token = self.credentials.token(&self.name, SCOPE, Instant::now() + TOKEN_TIME).await;
        let refused = |error| object_store::Error::Generic {
            store: "Entra",
            source: Box::new(crate::queries::access::no_token(&error)),
        };
        let token = token.map_err(refused)?;
        Ok(Arc::new(AzureCredential::BearerToken(token.expose().to_owned())))
    }
}
