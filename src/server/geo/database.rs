//! One MMDB file, read as [`model::Geo`] whatever its schema.

use std::{
    net::IpAddr,
    path::Path,
    time::{Duration, SystemTime},
};

use maxminddb::{Reader, WithinOptions};
use model::{Fault, Faulty, Geo};
use providers::GeoRecord;

use super::DatabaseState;

/// A geolocation database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GeoError {
    /// The file cannot be read, or is no MMDB file.
    #[error("{file} is not a readable MMDB file: {source}")]
    Unreadable {
        /// The file.
        file: String,
        /// What is wrong with it.
        source: maxminddb::MaxMindDbError,
    },
    /// A bundled database is damaged: the build is.
    #[error("the bundled {0} database is damaged")]
    Bundle(&'static str),
}

impl Faulty for GeoError {
    fn fault(&self) -> Fault {
        match self {
            Self::Unreadable { .. } => Fault::Invalid,
            Self::Bundle(_) => Fault::Internal,
        }
    }
}

/// One database in memory.
///
/// Files are read whole, not mapped: a mapped file that is replaced in place would crash the process.
pub struct Database {
    reader: Reader<Vec<u8>>,
    bundled: bool,
}

impl Database {
    /// Opens a file of the operator's.
    pub fn open(file: &Path) -> Result<Self, GeoError> {
        let reader = Reader::open_readfile(file)
            .map_err(|source| GeoError::Unreadable { file: file.display().to_string(), source })?;
        Ok(Self { reader, bundled: false })
    }

    /// Whether these bytes are a database.
    pub(super) fn is_one(bytes: &[u8]) -> bool {
        Reader::from_source(bytes).is_ok()
    }

    /// Takes a database that came with the service.
    pub fn bundled(name: &'static str, bytes: Vec<u8>) -> Result<Self, GeoError> {
        let reader = Reader::from_source(bytes).map_err(|_| GeoError::Bundle(name))?;
        Ok(Self { reader, bundled: true })
    }

    /// What it says about an address. A damaged record is no record.
    pub fn find(&self, address: IpAddr) -> Option<Geo> {
        let record: GeoRecord<'_> = self.reader.lookup(address).ok()?.decode().ok()??;
        Some(providers::geo(record)).filter(|geo| !geo.is_empty())
    }

    /// The network around an address, if it says who announces it.
    pub fn announced_network(&self, address: IpAddr) -> Option<String> {
        self.find(address)?.asn?;
        Some(self.reader.lookup(address).ok()?.network().ok()?.to_string())
    }

    /// Shows each network whose autonomous system it knows: number, organisation, and how to write the network.
    pub(super) fn each_system(&self, mut show: impl FnMut(u32, &str, &dyn Fn() -> String)) {
        let Ok(networks) = self.reader.networks(WithinOptions::default()) else { return };
        for found in networks.flatten() {
            let Ok(network) = found.network() else { continue };
            let record: GeoRecord<'_> = match found.decode() {
                Ok(Some(record)) => record,
                // A damaged record is no record.
                _ => continue,
            };
            let geo = providers::geo(record);
            if let Some(asn) = geo.asn {
                show(asn, geo.organization.as_deref().unwrap_or_default(), &|| network.to_string());
            }
        }
    }

    /// What it is.
    pub fn state(&self) -> DatabaseState {
        let metadata = self.reader.metadata();
        DatabaseState {
            title: metadata.database_type.clone(),
            built_at: SystemTime::UNIX_EPOCH + Duration::from_secs(metadata.build_epoch),
            bundled: self.bundled,
        }
    }
}
