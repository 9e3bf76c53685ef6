//! What is known about the query, the table, the row.

/// Signatures, in the form that [`super`] describes.
pub(super) const SIGNATURES: &str = "\
iscolumnexists(string) bool
column_ifexists(string, any) second
current_cluster_endpoint() string
current_database() string
current_principal() string
current_principal_details() dynamic
current_principal_is_member_of(any+) bool
extent_id() guid
extent_tags() dynamic
current_node_id() string
ingestion_time() datetime as $IngestionTime
row_id() string
cursor_after(string) bool
cursor_before_or_at(string) bool
cursor_current() string
rowstore_ordinal_range() dynamic
estimate_data_size(any+) long
new_guid() guid
column_names_of(table) dynamic";
