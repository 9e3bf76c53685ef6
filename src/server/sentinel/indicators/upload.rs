//! Many STIX objects on their way to Sentinel: as many at once as it takes, request after request.

use serde::Serialize;
use serde_json::Value as Json;
use url::Url;
use utoipa::ToSchema;

use super::stix::{self, AT_ONCE, Rejected};
use crate::{
    arm::{
        ArmRequest, ResourcePath,
        versions::{OPERATIONAL_INSIGHTS, STIX_UPLOAD},
    },
    sentinel::{
        input::Mistake,
        object::Unreadable,
        space::{SentinelError, Space},
    },
};

/// Where it is in the public cloud.
pub const PUBLIC: &str = "https://api.ti.sentinel.azure.com";

/// What became of an upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StixUpload)]
pub struct Upload {
    /// Objects that there were.
    pub received: usize,
    /// Objects that Sentinel took. It may take minutes until they are found.
    pub accepted: usize,
    /// Those that were not taken, and why.
    pub rejected: Vec<Rejected>,
}

/// Uploads objects to a server; those that lack something are not sent. `objects` holds for each what is wrong with it instead.
pub async fn upload(
    space: &Space,
    server: &Url,
    source: &str,
    objects: Vec<Result<Json, Vec<String>>>,
) -> Result<Upload, SentinelError> {
    if source.trim().is_empty() || source.eq_ignore_ascii_case("microsoft sentinel") {
        return Err(Mistake::at("/source", "a name is needed, and not that of Sentinel itself").into());
    }
    let path = ResourcePath::root("/workspaces").segment(&workspace_id(space).await?);
    let path = path.then("/threat-intelligence-stix-objects:upload");
    let received = objects.len();
    let (mut good, mut rejected) = (Vec::new(), Vec::new());
    for (index, object) in objects.into_iter().enumerate() {
        match object {
            Ok(object) => good.push((index, object)),
            Err(reasons) => rejected.push(Rejected { index, reasons }),
        }
    }
    let mut failure = None;
    for part in good.chunks(AT_ONCE) {
        let (places, objects): (Vec<usize>, Vec<Json>) = part.iter().cloned().unzip();
        let request = ArmRequest::upload(server.clone(), path.clone(), STIX_UPLOAD, stix::body(source, &objects));
        match space.azure.send(request).await {
            Ok(answer) => rejected.extend(stix::rejected(&answer, &places)),
            Err(error) => {
                let reasons = vec![error.to_string()];
                rejected.extend(places.into_iter().map(|index| Rejected { index, reasons: reasons.clone() }));
                failure = Some(error);
            }
        }
    }
    rejected.sort_by_key(|rejected| rejected.index);
    let accepted = received - rejected.len();
    match failure {
        // What was taken is not to be told as a failure.
        Some(error) if accepted == 0 => Err(error.into()),
        _ => Ok(Upload { received, accepted, rejected }),
    }
}

/// The id of the workspace: the settings', or else what Azure says.
async fn workspace_id(space: &Space) -> Result<String, SentinelError> {
    if let Some(id) = &space.workspace.workspace_id {
        return Ok(id.clone());
    }
    let shown = space.azure.send(ArmRequest::get(space.root.clone(), OPERATIONAL_INSIGHTS)).await?;
    let id = shown.pointer("/properties/customerId").and_then(Json::as_str);
    Ok(id.ok_or(Unreadable)?.to_owned())
}
