//! Incidents found: one by its id, its number or its title; many by a filter.

use serde_json::Value as Json;

use super::Incident;
use crate::{
    arm::{ArmRequest, versions::SECURITY_INSIGHTS},
    sentinel::{
        named::{Named as _, NotOne, is_id},
        object::read,
        space::{SentinelError, Space},
    },
};

/// Which incidents are wanted, in which order.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// A filter of OData.
    pub filter: Option<String>,
    /// An order of OData.
    pub order_by: Option<String>,
}

impl Listing {
    /// The request for a list in pages of so many.
    pub fn request(&self, space: &Space, page: usize) -> ArmRequest {
        let mut request = ArmRequest::get(space.path::<Incident>(), SECURITY_INSIGHTS).query("$top", page.to_string());
        if let Some(filter) = &self.filter {
            request = request.query("$filter", filter);
        }
        if let Some(order_by) = &self.order_by {
            request = request.query("$orderby", order_by);
        }
        request
    }
}

/// The incident with this id or number, or the only one with this title, as Azure shows it.
pub async fn find(space: &Space, word: &str) -> Result<Json, SentinelError> {
    if is_id(word) {
        return Ok(space.shown::<Incident>(word).await?);
    }
    let filter = match word.parse::<u32>() {
        Ok(number) => format!("properties/incidentNumber eq {number}"),
        Err(_) => format!("properties/title eq '{}'", word.replace('\'', "''")),
    };
    let request = Listing { filter: Some(filter), order_by: None }.request(space, 2);
    let mut found = space.azure.arm.page(&space.azure.account, &request, space.azure.until).await?.items;
    match (found.pop(), found.pop()) {
        (Some(incident), None) => Ok(incident),
        (None, _) => Err(NotOne::None { what: Incident::WHAT }.into()),
        (Some(one), Some(other)) => {
            let ids = [one, other].into_iter().map(|incident| Ok(read::<Incident>(incident)?.id));
            let ids = ids.collect::<Result<_, SentinelError>>()?;
            Err(NotOne::Several { what: Incident::WHAT, ids }.into())
        }
    }
}

/// The id of an incident that is called so.
pub(super) async fn id_of(space: &Space, word: &str) -> Result<String, SentinelError> {
    if is_id(word) { Ok(word.to_owned()) } else { Ok(read::<Incident>(find(space, word).await?)?.id) }
}
