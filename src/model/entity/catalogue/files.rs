//! Files, their digests, and malware.

use super::{
    Class,
    Holds::{Entities, Entity, Integer, Text},
    of,
};
use crate::EntityKind;

pub(super) const FILE: Class = Class {
    name: "file",
    title: "File",
    alert: "file",
    arm: "File",
    aliases: &[],
    main: "full_path",
    // The same path on two hosts is two files, and so is a name with two sets of digests.
    identifiers: &[
        &["directory", "name"],
        &["directory", "name", "host"],
        &["name", "file_hashes"],
        &["full_path"],
        &["sha256"],
        &["sha1"],
        &["md5"],
    ],
    attributes: &[
        of("name", "Name", "fileName", Text).exact(),
        of("directory", "Directory", "directory", Text).also(&["FolderPath", "filePath"]).exact(),
        of("full_path", "FullPath", "", Text).exact(),
        of("file_hashes", "FileHashes", "fileHashEntityIds", Entities(EntityKind::FileHash)),
        of("md5", "Md5", "", Text),
        of("sha1", "Sha1", "", Text),
        of("sha256", "Sha256", "", Text),
        of("sha256ac", "Sha256Ac", "", Text),
        of("host", "Host", "hostEntityId", Entity(EntityKind::Host)),
        of("alternate_data_stream_name", "AlternateDataStreamName", "", Text),
        of("host_url", "HostUrl", "", Entity(EntityKind::Url)),
        of("referrer_url", "ReferrerUrl", "", Entity(EntityKind::Url)),
        of("windows_security_zone_type", "WindowsSecurityZoneType", "", Text),
        of("size_in_bytes", "SizeInBytes", "", Integer).also(&["fileSize"]),
        of("os_family", "OSFamily", "", Text),
        of("path_separator", "PathSeparator", "", Text),
    ],
};

pub(super) const FILE_HASH: Class = Class {
    name: "file_hash",
    title: "File hash",
    alert: "filehash",
    arm: "FileHash",
    aliases: &["hash"],
    main: "value",
    identifiers: &[&["value"]],
    attributes: &[of("algorithm", "Algorithm", "algorithm", Text), of("value", "Value", "hashValue", Text)],
};

pub(super) const MALWARE: Class = Class {
    name: "malware",
    title: "Malware",
    alert: "malware",
    arm: "Malware",
    aliases: &[],
    main: "name",
    identifiers: &[&["name", "category"]],
    attributes: &[
        of("name", "Name", "malwareName", Text),
        of("category", "Category", "category", Text),
        of("files", "Files", "fileEntityIds", Entities(EntityKind::File)).also(&["File"]),
        of("processes", "Processes", "processEntityIds", Entities(EntityKind::Process)),
    ],
};
