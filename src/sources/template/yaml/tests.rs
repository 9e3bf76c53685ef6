//! YAML as PyYAML reads it, and texts that are meant to hurt.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::template::mistake::Mistakes;

fn read_all(text: &str) -> (Option<Node>, Vec<String>) {
    let mut mistakes = Mistakes::new("f".into());
    let node = read(text, &mut mistakes);
    (node, mistakes.into_found().iter().map(ToString::to_string).collect())
}

fn json_of(text: &str) -> Json {
    read_all(text).0.unwrap().json()
}

#[test]
fn scalars_are_what_they_look_like_unless_they_are_quoted() {
    assert_eq!(
        json_of("a: -7\nb: '-7'\nc: true\nd: ~\ne: 1.5\nf: text\ng: [x, 2]\nh: e"),
        json!({ "a": -7, "b": "-7", "c": true, "d": null, "e": 1.5, "f": "text", "g": ["x", 2], "h": "e" })
    );
}

#[test]
fn anchors_aliases_and_merge_keys_are_followed() {
    assert_eq!(
        json_of("base: &b { x: 1, y: 2 }\nuse: *b\nmerged:\n  <<: *b\n  y: 3\ntwo: { <<: [*b, { z: 9 }] }"),
        json!({
            "base": { "x": 1, "y": 2 },
            "use": { "x": 1, "y": 2 },
            "merged": { "y": 3, "x": 1 },
            "two": { "x": 1, "y": 2, "z": 9 },
        })
    );
}

#[test]
fn a_small_text_cannot_become_a_large_tree() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        let before = level - 1;
        text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{before}"); 10].join(", ")));
    }
    let (node, mistakes) = read_all(&text);
    assert!(node.is_none());
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    assert!(mistakes[0].contains("aliases written out"), "{mistakes:?}");
}

#[test]
fn mistakes_have_a_line() {
    assert_eq!(read_all("a: 1\nb: [1").1.len(), 1);
    assert!(read_all("a: 1\n---\nb: 2").1[0].contains("line 3: a second document"));
    assert!(read_all("a: 1\n? [x]\n: 2").1[0].contains("line 2: a key is not text"));
    assert!(read_all("a: &x [*x]").1[0].contains("own anchor"));
}

proptest! {
    #[test]
    fn no_text_is_able_to_break_it(text in "[-a:,{}\\[\\]'\"\n ?&*!|#%<]{0,60}") {
        read_all(&text);
    }
}
