//! As whom Amazon S3 is asked where no keys are set: as the platform says that the service runs on.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>

use std::path::{Path, PathBuf};

use url::Url;

use super::{
    kinds::{self, Wrong},
    section::Section,
};

/// Where temporary keys come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AwsIdentity {
    /// From the machine (EC2), whose role it is.
    Instance {
        /// Where the machine gives them; absent: where machines do.
        endpoint: Option<Url>,
    },
    /// From the platform of containers (ECS tasks, EKS Pod Identity).
    Container {
        /// Where it gives them.
        endpoint: Url,
        /// A file with what it wants to hear, if it wants to hear something.
        token_file: Option<PathBuf>,
    },
    /// From AWS STS, by a token of the cluster (IAM roles for service accounts).
    WebIdentity {
        /// The role.
        role_arn: String,
        /// The file in which the cluster renews the token.
        token_file: PathBuf,
        /// The address of STS; absent: that of the region.
        endpoint: Option<Url>,
    },
}

/// The words of `identity`.
#[derive(Clone, Copy)]
enum Kind {
    Instance,
    Container,
    WebIdentity,
}

/// Where the agent of ECS gives keys, if it only says the path.
const TASK_HOST: &str = "http://169.254.170.2";

/// Where machines give keys.
const MACHINE: &str = "http://169.254.169.254";

impl AwsIdentity {
    /// Where the platform gives keys, on the machine or its link; STS is elsewhere.
    pub fn platform(&self) -> Option<Url> {
        match self {
            Self::Instance { endpoint } => endpoint.clone().or_else(|| MACHINE.parse().ok()),
            Self::Container { endpoint, .. } => Some(endpoint.clone()),
            Self::WebIdentity { .. } => None,
        }
    }

    /// The file with what is shown to get keys.
    pub fn token_file(&self) -> Option<&Path> {
        match self {
            Self::Instance { .. } => None,
            Self::Container { token_file, .. } => token_file.as_deref(),
            Self::WebIdentity { token_file, .. } => Some(token_file),
        }
    }

    /// What the settings say, completed by the variables that the platform sets; nothing if they say nothing.
    pub(super) fn read(section: &Section<'_>) -> Option<Option<Self>> {
        let kinds = [("instance", Kind::Instance), ("container", Kind::Container), ("web_identity", Kind::WebIdentity)];
        let kind = section.optional("identity", kinds::one_of(kinds));
        let endpoint = section.optional("identity_endpoint", kinds::web_address);
        let role_arn = section.optional("role_arn", arn);
        let token_file = section.optional("token_file", kinds::path);
        let (endpoint, role_arn, token_file) = (endpoint?, role_arn?, token_file?);
        let variable = |name| section.variable(name);
        Some(match kind? {
            None => None,
            Some(Kind::Instance) => Some(Self::Instance { endpoint }),
            Some(Kind::Container) => {
                let token_file =
                    token_file.or_else(|| variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").map(Into::into));
                let relative = || Some(format!("{TASK_HOST}{}", variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")?));
                let named = || variable("AWS_CONTAINER_CREDENTIALS_FULL_URI").or_else(relative)?.parse().ok();
                let endpoint = endpoint.or_else(named);
                let allowed = "an address, or AWS_CONTAINER_CREDENTIALS_FULL_URI in the environment";
                section.is_missing("identity_endpoint", endpoint.is_none(), allowed);
                Some(Self::Container { endpoint: endpoint?, token_file })
            }
            Some(Kind::WebIdentity) => {
                let role_arn = role_arn.or_else(|| variable("AWS_ROLE_ARN").filter(|text| arn(text).is_ok()));
                let token_file = token_file.or_else(|| variable("AWS_WEB_IDENTITY_TOKEN_FILE").map(Into::into));
                section.is_missing("role_arn", role_arn.is_none(), "a role, or AWS_ROLE_ARN in the environment");
                let allowed = "a path, or AWS_WEB_IDENTITY_TOKEN_FILE in the environment";
                section.is_missing("token_file", token_file.is_none(), allowed);
                Some(Self::WebIdentity { role_arn: role_arn?, token_file: token_file?, endpoint })
            }
        })
    }
}

fn arn(text: &str) -> Result<String, Wrong> {
    let is_role = text.starts_with("arn:") && text.contains(":role/") && !text.contains(char::is_whitespace);
    if is_role { Ok(text.to_owned()) } else { Err(Wrong::allowed("arn:aws:iam::123456789012:role/name")) }
}
