//! `key_vault`: where secrets of the form `{ key_vault: NAME }` lie, and which settings wait for them.

use url::Url;

use super::{
    Secret,
    kinds::{self, Wrong},
    mistake::Origin,
    section::Section,
};

/// `key_vault`
#[derive(Debug, Clone)]
pub struct KeyVaultSettings {
    /// The address of the vault.
    pub url: Option<Url>,
    /// The credential that may read it.
    pub credential: Option<String>,
    /// The settings that wait for a secret of it.
    pub secrets: Vec<VaultSecret>,
}

/// A setting whose text lies in the vault.
#[derive(Debug, Clone)]
pub struct VaultSecret {
    /// The setting.
    pub key: String,
    /// The secret's name in the vault.
    pub name: String,
    /// Where the text is put.
    pub secret: Secret,
    pub(super) origin: Origin,
}

/// What is needed on the way to the vault cannot lie in it.
const NEEDED_BEFORE: [&str; 2] = ["credentials.", "egress."];

impl KeyVaultSettings {
    /// Read last: then every setting that waits for the vault is known.
    pub(super) fn read(section: &Section<'_>, credentials: &std::collections::BTreeSet<&str>) -> Option<Self> {
        let url = section.optional("url", kinds::web_address);
        let credential = section.optional("credential", kinds::known(credentials));
        let (url, credential) = (url?, credential?);
        let secrets = section.reader().vault_secrets();
        if let Some(first) = secrets.first() {
            let who = format!("needed for {}", first.key);
            for (key, is_missing, allowed) in [
                ("url", url.is_none(), "the address of a vault, such as https://soc.vault.azure.net"),
                ("credential", credential.is_none(), "the name of one of credentials"),
            ] {
                if is_missing {
                    section.tell(key, &who, allowed);
                }
            }
        }
        for secret in &secrets {
            if NEEDED_BEFORE.iter().any(|before| secret.key.starts_with(before)) {
                let reader = section.reader();
                reader.tell(
                    &secret.key,
                    "needed on the way to the vault",
                    &secret.origin,
                    "{ env: NAME } or { file: PATH }",
                );
            }
        }
        Some(Self { url, credential, secrets })
    }
}

/// The name of a secret: it becomes part of an address.
pub(super) fn name(text: &str) -> Result<String, Wrong> {
    let is_name =
        (1..=127).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_name { Ok(text.to_owned()) } else { Err(Wrong::allowed("the name of a secret: letters, digits and hyphens")) }
}
