//! An issuer of tokens on loopback, and the settings of a credential that asks it.

use crate::vendor::{Reply, Vendor};

/// The token that it issues.
pub const TOKEN: &str = "t0ken";

/// Starts one that issues the token to everybody.
pub fn issuer() -> Vendor {
    let issuer = Vendor::start();
    let body = format!(r#"{{"token_type":"Bearer","expires_in":3599,"access_token":"{TOKEN}"}}"#);
    issuer.says("/tenant/oauth2/v2.0/token", Reply::json(body));
    issuer
}

/// The setting `credentials` with one credential, `soc`, whose tokens this issuer issues.
pub fn credentials(issuer: &Vendor) -> String {
    format!(
        "credentials: {{ soc: {{ kind: client_secret, tenant_id: tenant, client_id: app, secret: s3cret, authority: '{}' }} }}\n",
        issuer.base()
    )
}
