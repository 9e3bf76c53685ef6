//! A workspace as its objects are asked for: lists to their end, one by its id or its name, made, changed and deleted.

use model::{Fault, Faulty};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use tokio::time::Instant;

use super::{
    Workspace,
    input::Mistake,
    named::{Named, NotOne, find, is_id},
    object::{Unreadable, read},
    pages::{Page, Wanted},
};
use crate::{
    arm::{Arm, ArmError, ArmRequest, ResourcePath, versions::SECURITY_INSIGHTS},
    azure::{Azure, gather},
};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum SentinelError {
    /// The request asks for something that Azure would not take.
    #[error(transparent)]
    Mistake(#[from] Mistake),
    /// Nothing, or more than one thing, is called so.
    #[error(transparent)]
    NotOne(#[from] NotOne),
    /// Azure shows something else than it should.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// Azure does not answer, or refuses.
    #[error(transparent)]
    Arm(#[from] ArmError),
    /// No comment is taken any more.
    #[error("the incident has 100 comments, and Sentinel keeps no more")]
    Full,
    /// There is something of this name.
    #[error("there is a {0} with this name already")]
    Exists(&'static str),
}

impl Faulty for SentinelError {
    fn fault(&self) -> Fault {
        match self {
            Self::Mistake(_) => Fault::Invalid,
            Self::NotOne(error) => error.fault(),
            Self::Unreadable(error) => error.fault(),
            Self::Arm(error) => error.fault(),
            Self::Full | Self::Exists(_) => Fault::Conflict,
        }
    }
}

/// A kind of object that a workspace keeps.
pub trait Stored: Named + DeserializeOwned {
    /// Where objects of its kind are, below the workspace.
    const PATH: &'static str;

    /// The version of the interface that they are asked in.
    const VERSION: &'static str = SECURITY_INSIGHTS;

    /// Whether there are so few that a name can be looked for among all of them.
    const HAS_FEW: bool = true;
}

/// A workspace, as whom it is asked, and until when answers are waited for.
pub struct Space {
    /// As whom, and until when.
    pub azure: Azure,
    /// The workspace of the settings.
    pub workspace: Workspace,
    /// Where it is.
    pub(super) root: ResourcePath,
}

impl Space {
    /// A workspace of the settings.
    pub fn new(arm: Arm, workspace: Workspace, until: Instant) -> Self {
        let azure = Azure { arm, account: workspace.account.clone(), until };
        Self { azure, root: workspace.path(), workspace }
    }

    /// A part of the list of all objects of a kind.
    pub async fn list<T: Stored>(&self, wanted: Wanted) -> Result<Page<T>, SentinelError> {
        self.list_some(wanted, |_: &T| true).await
    }

    /// A part of the list of those objects of a kind that are meant.
    pub async fn list_some<T: Stored>(
        &self,
        wanted: Wanted,
        is_meant: impl Fn(&T) -> bool,
    ) -> Result<Page<T>, SentinelError> {
        let request = ArmRequest::get(self.path::<T>(), T::VERSION);
        gather(&self.azure, &request, wanted, |object| Ok(Some(read(object)?).filter(&is_meant))).await
    }

    /// The object with this id, or the only one with this name.
    pub async fn find<T: Stored>(&self, id_or_name: &str) -> Result<T, SentinelError> {
        if is_id(id_or_name) || !T::HAS_FEW {
            return Ok(read(self.shown::<T>(id_or_name).await?)?);
        }
        Ok(find(self.list::<T>(Wanted::default()).await?.items, id_or_name)?)
    }

    /// The id that a name stands for.
    pub async fn id_of<T: Stored>(&self, id_or_name: &str) -> Result<String, SentinelError> {
        if is_id(id_or_name) || !T::HAS_FEW {
            return Ok(id_or_name.to_owned());
        }
        Ok(self.find::<T>(id_or_name).await?.id().to_owned())
    }

    /// The object with this id as Azure shows it.
    pub async fn shown<T: Stored>(&self, id: &str) -> Result<Json, ArmError> {
        self.azure.send(ArmRequest::get(self.path::<T>().segment(id), T::VERSION)).await
    }

    /// Makes or replaces an object.
    pub async fn put<T: Stored>(&self, id: &str, body: Json) -> Result<T, SentinelError> {
        let request = ArmRequest::put(self.path::<T>().segment(id), T::VERSION, body);
        Ok(read(self.azure.send(request).await?)?)
    }

    /// Deletes an object; tells its id.
    pub async fn delete<T: Stored>(&self, id_or_name: &str) -> Result<String, SentinelError> {
        let id = self.id_of::<T>(id_or_name).await?;
        self.azure.send(ArmRequest::delete(self.path::<T>().segment(&id), T::VERSION)).await?;
        Ok(id)
    }

    /// Where all objects of a kind are.
    pub(super) fn path<T: Stored>(&self) -> ResourcePath {
        self.root.clone().then(T::PATH)
    }
}
