//! Autonomous systems of the bundled database: who they are and which networks they announce, from memory.

use std::sync::{Arc, OnceLock};

use super::{Database, GeoError, bundled};

/// An autonomous system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct System {
    /// Its number.
    pub asn: u32,
    /// Who holds it.
    pub organization: Arc<str>,
    /// How many networks it announces.
    pub networks: usize,
}

/// Every autonomous system, in the order of their numbers. Read from the database at first use, which takes a moment: not
/// for a worker.
pub fn systems() -> Result<&'static [System], GeoError> {
    static SYSTEMS: OnceLock<Vec<System>> = OnceLock::new();
    if let Some(systems) = SYSTEMS.get() {
        return Ok(systems);
    }
    let read = read(&*database()?);
    Ok(SYSTEMS.get_or_init(|| read))
}

/// The networks that a system announces, in the order of their addresses. Reads the whole database: not for a worker.
pub fn networks_of(asn: u32) -> Result<Vec<String>, GeoError> {
    let mut networks = Vec::new();
    database()?.each_system(|number, _, network| {
        if number == asn {
            networks.push(network());
        }
    });
    Ok(networks)
}

/// The database of AS numbers: the last of those that are bundled.
fn database() -> Result<Arc<Database>, GeoError> {
    bundled::databases()?.pop().ok_or(GeoError::Bundle("asn"))
}

fn read(database: &Database) -> Vec<System> {
    let mut systems = std::collections::BTreeMap::new();
    database.each_system(|asn, organization, _| {
        let system = systems.entry(asn);
        system.or_insert_with(|| System { asn, organization: organization.into(), networks: 0 }).networks += 1;
    });
    systems.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_is_there_once_and_has_its_networks() {
        let systems = systems().unwrap();
        assert!(systems.len() > 50_000, "{}", systems.len());
        assert!(systems.is_sorted_by(|a, b| a.asn < b.asn));
        let google = systems.iter().find(|system| system.asn == 15_169).unwrap();
        assert!(google.organization.to_ascii_lowercase().contains("google"), "{google:?}");
        let networks = networks_of(15_169).unwrap();
        assert_eq!(networks.len(), google.networks);
        assert!(networks.iter().any(|network| network == "8.8.8.0/24"), "{networks:?}");
    }
}
