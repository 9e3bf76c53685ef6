//! As whom and where ARM is asked: the cloud of the credential, or the address that the settings name.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use serde::Deserialize;
use tokio::{sync::OnceCell, time::Instant};
use url::Url;

use super::{Arm, ArmError, ID, versions};
use crate::upstream::{Call, Expects, HeaderMap, Method, plain_header};

/// The largest answer of a metadata endpoint.
const METADATA_CAP: usize = 1 << 20;

/// As whom and where ARM is asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Account {
    /// One of `credentials`.
    pub credential: String,
    /// The address of ARM, if it is not that of the credential's cloud.
    pub arm_url: Option<Url>,
}

/// Where ARM is, and for whom its tokens are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) base: Url,
    /// The scope that tokens are asked for.
    pub(super) scope: String,
}

/// Audiences of addresses that settings name, each asked for once.
#[derive(Default)]
pub(super) struct Origins(Mutex<HashMap<Url, Arc<OnceCell<String>>>>);

impl Origins {
    fn of(&self, url: &Url) -> Arc<OnceCell<String>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(url.clone()).or_default())
    }
}

impl Arm {
    /// Where an account asks.
    pub(super) async fn origin(&self, account: &Account, until: Instant) -> Result<Origin, ArmError> {
        let of_the_cloud = self.0.credentials.endpoints(&account.credential)?.resource_manager;
        let cloud: Url = of_the_cloud.parse().map_err(|_| ArmError::Unreadable("the cloud has no address"))?;
        match &account.arm_url {
            Some(url) if url.origin() != cloud.origin() => {
                let cell = self.0.origins.of(url);
                let audience = cell.get_or_try_init(|| self.audience(url, of_the_cloud, until)).await?;
                Ok(Origin { base: url.clone(), scope: scope(audience) })
            }
            _ => Ok(Origin { base: cloud, scope: scope(of_the_cloud) }),
        }
    }

    /// For whom tokens are at an address: what its metadata say, or, where it has none, those of the cloud.
    async fn audience(&self, url: &Url, of_the_cloud: &str, until: Instant) -> Result<String, ArmError> {
        let mut address = url.clone();
        address.set_path(&format!("{}/metadata/endpoints", url.path().trim_end_matches('/')));
        address.set_query(Some(&format!("api-version={}", versions::METADATA)));
        let mut headers = HeaderMap::new();
        plain_header(&mut headers, "accept", "application/json")?;
        let received = self
            .0
            .upstream
            .send(Call {
                to: ID,
                method: Method::GET,
                url: address,
                headers,
                body: bytes::Bytes::new(),
                deadline: until,
                body_cap: METADATA_CAP,
                expects: Expects::Anything,
                retries: 2,
                may_repeat: true,
            })
            .await?;
        match received.status.as_u16() {
            200 => audience_in(&received.body, url).ok_or(ArmError::Unreadable("the metadata name no audience")),
            404 => Ok(of_the_cloud.to_owned()),
            status => Err(ArmError::of(status, &received.body)),
        }
    }
}

fn scope(audience: &str) -> String {
    format!("{}/.default", audience.trim_end_matches('/'))
}

/// What a metadata endpoint says of one cloud: <https://learn.microsoft.com/azure-stack/user/azure-stack-rest-api-use>
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    authentication: Authentication,
    resource_manager: Option<String>,
}

#[derive(Deserialize)]
struct Authentication {
    #[serde(default)]
    audiences: Vec<String>,
}

/// The audience of the cloud whose ARM has this address. Older endpoints tell of one cloud, newer ones of a list.
fn audience_in(body: &[u8], url: &Url) -> Option<String> {
    let clouds: Vec<Metadata> =
        serde_json::from_slice(body).or_else(|_| serde_json::from_slice(body).map(|one: Metadata| vec![one])).ok()?;
    let is_here = |cloud: &&Metadata| {
        let address = cloud.resource_manager.as_deref().and_then(|address| address.parse::<Url>().ok());
        address.is_some_and(|address| address.origin() == url.origin())
    };
    let cloud = clouds.iter().find(is_here).or_else(|| clouds.first().filter(|_| clouds.len() == 1))?;
    cloud.authentication.audiences.first().cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audience_is_found_in_old_and_new_metadata() {
        let here: Url = "https://management.local.example/".parse().unwrap();
        let one = br#"{"graphEndpoint":"https://g","authentication":{"loginEndpoint":"https://l","audiences":["https://a/1"]}}"#;
        assert_eq!(audience_in(one, &here).as_deref(), Some("https://a/1"));
        let several = br#"[{"authentication":{"audiences":["https://x"]},"resourceManager":"https://management.azure.com/"},
            {"authentication":{"audiences":["https://b/","https://c"]},"resourceManager":"https://management.local.example"}]"#;
        assert_eq!(audience_in(several, &here).as_deref(), Some("https://b/"));
        let elsewhere: Url = "https://other.example".parse().unwrap();
        assert_eq!(audience_in(several, &elsewhere), None);
        for body in ["", "{}", "[]", r#"[{"authentication":{}}]"#] {
            assert_eq!(audience_in(body.as_bytes(), &here), None, "{body}");
        }
        assert_eq!(scope("https://b/"), "https://b/.default");
    }
}
