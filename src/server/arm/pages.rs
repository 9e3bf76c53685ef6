//! Lists: page after page to the end, each link followed only where the account asks.

use std::collections::HashSet;

use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::{Account, Arm, ArmError, ArmRequest, account::Origin, exchange::Addressed};

/// No list has more pages.
const MAX_PAGES: usize = 10_000;

/// One page of a list.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The items: resources as Azure gives them.
    pub items: Vec<Value>,
    /// What asks for the next page, if there is one: the `$skipToken` of the link to it.
    pub skip_token: Option<String>,
    link: Option<Url>,
}

/// Where a list has got to.
enum Place {
    First,
    At(Url),
    End,
}

impl Arm {
    /// One page of a list.
    pub async fn page(&self, account: &Account, request: &ArmRequest, until: Instant) -> Result<Page, ArmError> {
        let origin = self.origin(account, until).await?;
        let addressed = request.addressed(&origin)?;
        self.one(account, &origin, &addressed, until).await
    }

    /// The pages of a list, as they are wanted.
    pub fn pages(
        &self,
        account: Account,
        request: ArmRequest,
        until: Instant,
    ) -> impl Stream<Item = Result<Page, ArmError>> + Send + use<> {
        let begin = (self.clone(), account, request, Place::First, HashSet::new());
        stream::try_unfold(begin, move |(arm, account, request, place, mut seen)| async move {
            if matches!(place, Place::End) {
                return Ok(None);
            }
            let origin = arm.origin(&account, until).await?;
            let mut addressed = request.addressed(&origin)?;
            if let Place::At(link) = place {
                addressed.url = link;
            }
            let page = arm.one(&account, &origin, &addressed, until).await?;
            let place = match &page.link {
                None => Place::End,
                Some(link) if seen.len() < MAX_PAGES && seen.insert(link.clone()) => Place::At(link.clone()),
                Some(_) => return Err(ArmError::Endless),
            };
            Ok(Some((page, (arm, account, request, place, seen))))
        })
    }

    /// All items of a list, or as many as are wanted.
    pub async fn list(
        &self,
        account: &Account,
        request: ArmRequest,
        most: usize,
        until: Instant,
    ) -> Result<Vec<Value>, ArmError> {
        let pages = self.pages(account.clone(), request, until);
        pages.map_ok(|page| stream::iter(page.items.into_iter().map(Ok))).try_flatten().take(most).try_collect().await
    }

    async fn one(
        &self,
        account: &Account,
        origin: &Origin,
        addressed: &Addressed<'_>,
        until: Instant,
    ) -> Result<Page, ArmError> {
        let mut body = self.settle(account, origin, addressed, until).await?.body;
        let Some(Value::Array(items)) = body.get_mut("value").map(Value::take) else {
            return Err(ArmError::Unreadable("a list has no value"));
        };
        let link = body.get("nextLink").and_then(Value::as_str).filter(|link| !link.is_empty());
        let link = link.map(|link| link.parse::<Url>().map_err(|_| ArmError::Unreadable("a link is no address")));
        let link = link.transpose()?;
        if link.as_ref().is_some_and(|link| link.origin() != origin.base.origin()) {
            return Err(ArmError::Elsewhere);
        }
        let skip_token = link.as_ref().and_then(|link| {
            link.query_pairs()
                .find(|(name, _)| name.eq_ignore_ascii_case("$skiptoken"))
                .map(|(_, token)| token.into_owned())
        });
        Ok(Page { items, skip_token, link })
    }
}
