//! Lists and bags.

/// Signatures, in the form that [`super`] describes.
pub(super) const SIGNATURES: &str = "\
treepath(dynamic) dynamic as tree_
repeat(any, long) dynamic as repeat_
array_length(dynamic) long
range(summable, summable, summable?) dynamic
array_concat(dynamic+) dynamic
array_iff(dynamic, any, any) dynamic
array_index_of(dynamic, any, whole?, whole?, whole?) long
array_slice(dynamic, whole, whole) first
array_split(dynamic, any) dynamic
array_shift_left(dynamic, whole, any?) first
array_shift_right(dynamic, whole, any?) first
array_reverse(dynamic) first
array_rotate_left(dynamic, whole) first
array_rotate_right(dynamic, whole) first
array_sort_asc(dynamic+) dynamic
array_sort_asc(dynamic+, bool) dynamic
array_sort_desc(dynamic+) dynamic
array_sort_desc(dynamic+, bool) dynamic
bag_keys(dynamic) dynamic
zip(dynamic, dynamic+) dynamic
bag_pack(string+, any+) dynamic
bag_pack_columns(any+) dynamic
pack_all(any?) dynamic
pack_array(any+) dynamic
set_has_element(dynamic, any) bool
set_union(dynamic, dynamic+) dynamic
set_intersect(dynamic, dynamic+) dynamic
set_difference(dynamic, dynamic+) dynamic
set_equals(dynamic, dynamic) bool
bag_merge(dynamic, dynamic+) dynamic
bag_remove_keys(dynamic, dynamic) dynamic
bag_has_key(dynamic, string) bool
jaccard_index(dynamic, dynamic) dynamic
bag_set_key(dynamic, string, any) dynamic
bag_zip(dynamic, dynamic) dynamic";
