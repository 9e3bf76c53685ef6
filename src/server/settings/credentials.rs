//! `credentials`: as whom the service asks for tokens. No method that needs a person.

use std::path::PathBuf;

use url::Url;

use super::{
    Secret,
    kinds::{self, Wrong},
    section::Section,
};

/// `credentials.<name>`
#[derive(Debug, Clone)]
pub struct CredentialSettings {
    /// The cloud in which it is known.
    pub cloud: Cloud,
    /// Who issues tokens, if not the cloud's own authority.
    pub authority: Option<Url>,
    /// How it is proved.
    pub proof: Proof,
}

/// One of the clouds that are run apart from each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Cloud {
    /// The one that is open to everybody.
    #[default]
    Public,
    /// Of the government of the United States.
    Government,
    /// In China.
    China,
}

/// How a credential is proved.
#[derive(Debug, Clone)]
pub enum Proof {
    /// By a secret that was made for the application.
    ClientSecret {
        /// Who it is.
        application: ApplicationSettings,
        /// Its secret.
        secret: Secret,
    },
    /// By a signature with the key of a certificate that is known for the application.
    Certificate {
        /// Who it is.
        application: ApplicationSettings,
        /// The certificate and those above it, PEM.
        certificate: Secret,
        /// The private key, PEM; absent: it stands beside the certificate.
        key: Option<Secret>,
        /// How it is signed.
        algorithm: SigningAlgorithm,
        /// Whether the certificates are sent along, as applications need that are known by the name of an issuer.
        send_chain: bool,
    },
    /// By where the service runs.
    ManagedIdentity {
        /// Which of several identities; absent: that of the machine.
        client_id: Option<String>,
        /// Where the platform gives tokens; absent: where virtual machines do.
        endpoint: Option<Url>,
        /// What App Service and its like want to hear.
        header: Option<Secret>,
    },
    /// By a token of the cluster, in a file that the cluster renews.
    WorkloadIdentity {
        /// Who it is.
        application: ApplicationSettings,
        /// The file.
        token_file: PathBuf,
    },
}

/// An application in a tenant.
#[derive(Debug, Clone)]
pub struct ApplicationSettings {
    /// The tenant's id or one of its domains.
    pub tenant_id: String,
    /// The application's id.
    pub client_id: String,
}

/// How an assertion is signed (RFC 7518 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningAlgorithm {
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, for authorities that know nothing newer.
    Rs256,
}

/// The words of `kind`.
#[derive(Clone, Copy)]
enum Kind {
    ClientSecret,
    Certificate,
    ManagedIdentity,
    WorkloadIdentity,
}

impl CredentialSettings {
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let kind = section.required(
            "kind",
            kinds::one_of([
                ("client_secret", Kind::ClientSecret),
                ("certificate", Kind::Certificate),
                ("managed_identity", Kind::ManagedIdentity),
                ("workload_identity", Kind::WorkloadIdentity),
            ]),
        );
        let cloud = section.optional("cloud", cloud);
        let authority = section.optional("authority", kinds::web_address);
        let proof = match kind? {
            Kind::ClientSecret => client_secret(section),
            Kind::Certificate => certificate(section),
            Kind::ManagedIdentity => managed_identity(section),
            Kind::WorkloadIdentity => workload_identity(section),
        };
        let platform = matches!(proof, Some(Proof::WorkloadIdentity { .. })).then_some("AZURE_AUTHORITY_HOST");
        let authority = authority?.or_else(|| platform.and_then(|name| section.variable(name)?.parse().ok()));
        Some(Self { cloud: cloud?.unwrap_or_default(), authority, proof: proof? })
    }
}

fn cloud(text: &str) -> Result<Cloud, Wrong> {
    kinds::one_of([("public", Cloud::Public), ("government", Cloud::Government), ("china", Cloud::China)])(text)
}

fn client_secret(section: &Section<'_>) -> Option<Proof> {
    let application = application(section, None);
    let secret = needed(section, "secret");
    Some(Proof::ClientSecret { application: application?, secret: secret? })
}

fn certificate(section: &Section<'_>) -> Option<Proof> {
    let application = application(section, None);
    let certificate = needed(section, "certificate");
    let key = section.secret("key");
    let algorithms = [("PS256", SigningAlgorithm::Ps256), ("RS256", SigningAlgorithm::Rs256)];
    let algorithm = section.optional("algorithm", kinds::one_of(algorithms));
    let send_chain = section.optional("send_chain", kinds::flag);
    Some(Proof::Certificate {
        application: application?,
        certificate: certificate?,
        key: key?,
        algorithm: algorithm?.unwrap_or(SigningAlgorithm::Ps256),
        send_chain: send_chain?.unwrap_or(false),
    })
}

/// App Service and its like say in variables where they give tokens.
fn managed_identity(section: &Section<'_>) -> Option<Proof> {
    let client_id = section.optional("client_id", identifier);
    let endpoint = section.optional("endpoint", kinds::web_address);
    let header = section.secret("header");
    let (mut endpoint, mut header) = (endpoint?, header?);
    if endpoint.is_none() && header.is_none() {
        endpoint = section.variable("IDENTITY_ENDPOINT").and_then(|text| text.parse().ok());
        header = section.variable("IDENTITY_HEADER").map(Secret::new).filter(|_| endpoint.is_some());
    }
    Some(Proof::ManagedIdentity { client_id: client_id?, endpoint, header })
}

fn workload_identity(section: &Section<'_>) -> Option<Proof> {
    let application = application(section, Some(("AZURE_TENANT_ID", "AZURE_CLIENT_ID")));
    let token_file = section.optional("token_file", kinds::path);
    let token_file = token_file?.or_else(|| section.variable("AZURE_FEDERATED_TOKEN_FILE").map(Into::into));
    section.is_missing("token_file", token_file.is_none(), "a path, or AZURE_FEDERATED_TOKEN_FILE in the environment");
    Some(Proof::WorkloadIdentity { application: application?, token_file: token_file? })
}

/// Tenant and application, from the settings or from the variables that the platform sets.
fn application(section: &Section<'_>, variables: Option<(&str, &str)>) -> Option<ApplicationSettings> {
    let part = |key, variable: Option<&str>| {
        let set = section.optional(key, identifier)?;
        let found = set.or_else(|| variable.and_then(|name| section.variable(name)).filter(|text| is_plain(text)));
        section.is_missing(key, found.is_none(), IDENTIFIER);
        found
    };
    let tenant_id = part("tenant_id", variables.map(|(tenant, _)| tenant));
    let client_id = part("client_id", variables.map(|(_, client)| client));
    Some(ApplicationSettings { tenant_id: tenant_id?, client_id: client_id? })
}

fn needed(section: &Section<'_>, key: &'static str) -> Option<Secret> {
    let secret = section.secret(key)?;
    section.is_missing(key, secret.is_none(), "a secret");
    secret
}

const IDENTIFIER: &str = "an id such as 00000000-0000-0000-0000-000000000000, or a domain";

/// What becomes a part of an address.
pub(super) fn identifier(text: &str) -> Result<String, Wrong> {
    if is_plain(text) { Ok(text.to_owned()) } else { Err(Wrong::allowed(IDENTIFIER)) }
}

fn is_plain(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
}
