//! Where data sets are published: a repository of metadata and archives.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use serde::Deserialize;
use tokio::time::Instant;
use url::Url;

use super::{DataSet, DataSetError, DataSetFile, FILE_CAP, entry::Metadata};
use crate::{
    settings::DataSetSettings,
    upstream::{Call, Expects, HeaderMap, Method, Upstream},
};

/// What metadata links begin with, wherever they are fetched.
const PUBLIC: &str = "https://raw.githubusercontent.com/OTRF/Security-Datasets/master/";

/// Metadata fetched at once.
const AT_ONCE: usize = 8;

/// The largest list of a repository's files, and the largest metadata.
const INDEX_CAP: usize = 32 << 20;
const METADATA_CAP: usize = 1 << 20;

pub(super) struct Publisher {
    upstream: Upstream,
    index_url: Url,
    base_url: Url,
}

/// The files of a repository: <https://docs.github.com/rest/git/trees#get-a-tree>.
#[derive(Deserialize)]
struct Tree {
    tree: Vec<Blob>,
}

#[derive(Deserialize)]
struct Blob {
    path: String,
}

impl Publisher {
    pub(super) fn new(settings: &DataSetSettings, upstream: Upstream) -> Self {
        Self { upstream, index_url: settings.index_url.clone(), base_url: settings.base_url.clone() }
    }

    /// The metadata of all data sets. One that can't be read is left out: somebody writes it by hand.
    pub(super) async fn catalogue(&self, deadline: Instant) -> Result<Vec<DataSet>, DataSetError> {
        let mut url = self.index_url.clone();
        url.query_pairs_mut().append_pair("recursive", "1");
        let index = self.get(url, INDEX_CAP, Expects::Json, deadline).await?;
        let Tree { tree } = serde_json::from_slice(&index).map_err(|_| DataSetError::Unreadable)?;
        let is_metadata =
            |path: &str| path.starts_with("datasets") && path.contains("metadata") && path.ends_with(".yaml");
        let paths = tree.into_iter().map(|blob| blob.path).filter(|path| is_metadata(path));
        let fetched: Vec<_> = stream::iter(paths)
            .map(|path| async move { self.get(self.address(&path)?, METADATA_CAP, Expects::Text, deadline).await })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let mut sets = Vec::new();
        let mut failure = None;
        for text in fetched {
            match text {
                Ok(text) => sets.extend(std::str::from_utf8(&text).ok().and_then(read_yaml)),
                Err(error) => failure = Some(error),
            }
        }
        match failure {
            // Half a catalogue would be kept as if it were whole.
            Some(error) => Err(error),
            None => Ok(sets),
        }
    }

    /// A file, if it is published in the repository.
    pub(super) async fn file(&self, file: &DataSetFile, deadline: Instant) -> Result<Bytes, DataSetError> {
        let path = file.link.strip_prefix(PUBLIC).ok_or(DataSetError::Elsewhere)?;
        self.get(self.address(path)?, FILE_CAP, Expects::Anything, deadline).await
    }

    fn address(&self, path: &str) -> Result<Url, DataSetError> {
        let is_plain = |part: &str| !part.is_empty() && part != "." && part != "..";
        let mut url = self.base_url.clone();
        if !path.split('/').all(is_plain) {
            return Err(DataSetError::Elsewhere);
        }
        let mut segments = url.path_segments_mut().map_err(|()| DataSetError::Elsewhere)?;
        segments.pop_if_empty().extend(path.split('/'));
        drop(segments);
        Ok(url)
    }

    async fn get(&self, url: Url, body_cap: usize, expects: Expects, deadline: Instant) -> Result<Bytes, DataSetError> {
        let call = Call {
            to: "security_datasets",
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            deadline,
            body_cap,
            expects,
            retries: 2,
            may_repeat: true,
        };
        let received = self.upstream.send(call).await?;
        match received.status.as_u16() {
            200 => Ok(received.body),
            status => Err(DataSetError::Status(status)),
        }
    }
}

/// One data set in YAML.
pub(super) fn read_yaml(text: &str) -> Option<DataSet> {
    serde_saphyr::from_str::<Metadata>(text).ok().map(Into::into)
}

/// Data sets in JSON, by the paths of their metadata: the form in which MSTICPy keeps them.
pub(super) fn read_cache(text: &str) -> Vec<DataSet> {
    let read: BTreeMap<String, serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
    let metadata = read.into_values().filter_map(|value| serde_json::from_value::<Metadata>(value).ok());
    metadata.map(Into::into).collect()
}
