//! How deeply a JSON text is nested, found in one pass over its bytes and without building anything.

/// Whether arrays and objects are nested deeper than `limit`. The text need not be valid JSON.
pub(super) fn is_deeper_than(json: &[u8], limit: usize) -> bool {
    let mut depth = 0_usize;
    let mut bytes = json.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'[' | b'{' => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => skip_string(&mut bytes),
            _ => {}
        }
    }
    false
}

/// Goes on behind the closing quote.
fn skip_string(bytes: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn depth(value: &Value) -> usize {
        match value {
            Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
            Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
            _ => 0,
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![any::<i64>().prop_map(Value::from), ".*".prop_map(Value::from)];
        leaf.prop_recursive(6, 40, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((".*", inner), 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_depth_is_that_of_the_parsed_value(value in any_json()) {
            let (text, depth) = (value.to_string(), depth(&value));
            prop_assert!(!is_deeper_than(text.as_bytes(), depth));
            prop_assert!(depth == 0 || is_deeper_than(text.as_bytes(), depth - 1));
        }

        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>, limit in 0_usize..4) {
            is_deeper_than(&bytes, limit);
        }
    }

    #[test]
    fn brackets_in_strings_do_not_count() {
        assert!(!is_deeper_than(br#"{"a\\":"[[[[\"[[["}"#, 1));
        assert!(is_deeper_than(br#"{"a\\":[]}"#, 1));
    }
}
