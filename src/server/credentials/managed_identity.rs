//! Tokens for where the service runs: of a virtual machine, or of App Service, Functions and Container Apps.
//!
//! <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>
//! <https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference>

use bytes::Bytes;
use tokio::time::Instant;
use url::Url;

use super::{CredentialError, Fresh, entra::read};
use crate::{
    settings::Secret,
    upstream::{Call, Expects, HeaderMap, Method, SendError, Upstream, plain_header, secret_header},
};

/// Where virtual machines ask.
const OF_MACHINES: &str = "http://169.254.169.254/metadata/identity/oauth2/token";

const BODY_CAP: usize = 256 * 1024;

/// Who gives tokens here, and for whom.
pub(super) struct Platform<'a> {
    pub(super) client_id: Option<&'a str>,
    pub(super) endpoint: Option<&'a Url>,
    pub(super) header: Option<&'a Secret>,
}

impl Platform<'_> {
    /// Fetches a token.
    pub(super) async fn fetch(
        &self,
        upstream: &Upstream,
        scope: &str,
        deadline: Instant,
    ) -> Result<Fresh, CredentialError> {
        let mut url = match self.endpoint {
            Some(endpoint) => endpoint.clone(),
            None => OF_MACHINES.parse().map_err(|_| SendError::BadUrl)?,
        };
        let mut headers = HeaderMap::new();
        let version = match self.header {
            Some(header) => {
                secret_header(&mut headers, "x-identity-header", header.expose())?;
                "2019-08-01"
            }
            None => {
                plain_header(&mut headers, "metadata", "true")?;
                "2018-02-01"
            }
        };
        // Here it is the resource that is named, as in the first version of the protocol.
        let resource = scope.strip_suffix("/.default").unwrap_or(scope);
        url.query_pairs_mut().append_pair("api-version", version).append_pair("resource", resource);
        if let Some(client_id) = self.client_id {
            url.query_pairs_mut().append_pair("client_id", client_id);
        }
        let call = Call {
            to: "managed_identity",
            method: Method::GET,
            url,
            headers,
            body: Bytes::new(),
            deadline,
            body_cap: BODY_CAP,
            expects: Expects::Anything,
            retries: 2,
            may_repeat: true,
        };
        read(&upstream.ask_platform(call).await?)
    }
}
