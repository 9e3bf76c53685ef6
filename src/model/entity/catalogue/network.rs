//! Addresses, names, connections and places.

use super::{
    Class,
    Holds::{Entities, Entity, Integer, List, Number, Object, Text},
    of,
};
use crate::EntityKind;

pub(super) const IP: Class = Class {
    name: "ip",
    title: "IP address",
    alert: "ip",
    arm: "Ip",
    aliases: &["IpAddress"],
    main: "address",
    // The same private address may exist in several scopes.
    identifiers: &[&["address"], &["address", "address_scope"]],
    attributes: &[
        of("address", "Address", "address", Text).also(&["ipAddress"]),
        of("address_scope", "AddressScope", "addressScope", Text),
        of("location", "Location", "location", Object),
        of("threat_intelligence", "ThreatIntelligence", "threatIntelligence", Entities(EntityKind::ThreatIntelligence)),
        of("hostname", "hostname", "", Text),
        of("source_computer_id", "SourceComputerId", "", Text),
        of("os_type", "OSType", "", Text),
        of("os_name", "OSName", "", Text),
        of("os_major_version", "OSVMajorVersion", "", Text),
        of("os_minor_version", "OSVMinorVersion", "", Text),
        of("computer_environment", "ComputerEnvironment", "", Text),
        of("oms_solutions", "OmsSolutions", "", List),
        of("vm_uuid", "VMUUID", "", Text),
        of("subscription_id", "SubscriptionId", "", Text),
    ],
};

pub(super) const URL: Class = Class {
    name: "url",
    title: "URL",
    alert: "url",
    arm: "Url",
    aliases: &[],
    main: "url",
    identifiers: &[&["url"]],
    attributes: &[of("url", "Url", "url", Text).exact(), of("detonation_verdict", "DetonationVerdict", "", Text)],
};

pub(super) const DNS_RESOLUTION: Class = Class {
    name: "dns_resolution",
    title: "DNS resolution",
    alert: "dns",
    arm: "DnsResolution",
    aliases: &["DnsResolve", "domain"],
    main: "domain_name",
    identifiers: &[&["domain_name", "dns_server_ip", "host_ip_address"]],
    attributes: &[
        of("domain_name", "DomainName", "domainName", Text),
        of("ip_addresses", "IpAddress", "ipAddressEntityIds", Entities(EntityKind::Ip)),
        of("dns_server_ip", "DnsServerIp", "dnsServerIpEntityId", Entity(EntityKind::Ip)),
        of("host_ip_address", "HostIpAddress", "hostIpAddressEntityId", Entity(EntityKind::Ip)),
    ],
};

pub(super) const NETWORK_CONNECTION: Class = Class {
    name: "network_connection",
    title: "Network connection",
    alert: "network-connection",
    arm: "",
    aliases: &[],
    main: "",
    identifiers: &[&["source_address", "source_port", "destination_address", "destination_port", "protocol"]],
    attributes: &[
        of("source_address", "SourceAddress", "", Entity(EntityKind::Ip)),
        of("source_port", "SourcePort", "", Integer),
        of("destination_address", "DestinationAddress", "", Entity(EntityKind::Ip)),
        of("destination_port", "DestinationPort", "", Integer),
        of("protocol", "Protocol", "", Text),
    ],
};

pub(super) const GEO_LOCATION: Class = Class {
    name: "geo_location",
    title: "Location",
    alert: "geolocation",
    arm: "",
    aliases: &["location"],
    main: "country_code",
    identifiers: &[&["country_code", "state", "city", "latitude", "longitude"]],
    attributes: &[
        of("country_code", "CountryCode", "countryCode", Text),
        of("country_name", "CountryName", "countryName", Text).also(&["CountryOrRegionName"]),
        of("state", "State", "state", Text),
        of("city", "City", "city", Text),
        of("latitude", "Latitude", "latitude", Number),
        of("longitude", "Longitude", "longitude", Number),
        of("asn", "Asn", "asn", Integer),
    ],
};
