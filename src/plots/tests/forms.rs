//! Every form of every kind: deterministic, accessible, self-contained, and what it says it is.

use std::collections::BTreeSet;

use resvg::tiny_skia::Pixmap;
use serde_json::Value;

use crate::{
    Kind, Options, draw, page_policy,
    tests::gallery::{pictures, sample},
};

#[test]
fn the_same_input_gives_the_same_bytes() {
    for (name, kind, file, options) in pictures() {
        let (one, other) = (sample(file), sample(file));
        let (one, other) = (draw(kind, &one, &options).unwrap(), draw(kind, &other, &options).unwrap());
        assert!(one.svg() == other.svg() && one.html() == other.html(), "{name}");
        assert!(one.png(0.5).unwrap() == other.png(0.5).unwrap(), "{name}");
    }
}

#[test]
fn an_svg_has_title_description_and_font_and_asks_for_nothing() {
    for (name, kind, file, options) in pictures() {
        let table = sample(file);
        let plot = draw(kind, &table, &options).unwrap();
        let svg = plot.svg();
        let parsed = resvg::usvg::roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{name}: {error}"));
        let root = parsed.root_element();
        let child = |tag: &str| root.children().find(|node| node.has_tag_name(tag) || node.tag_name().name() == tag);
        assert_eq!(child("title").and_then(|title| title.text()), Some(plot.title()), "{name}");
        let description = child("desc").and_then(|text| text.text()).unwrap();
        assert!(description.contains("UTC") && description.starts_with(&plot.notes()[0]), "{name}: {description}");
        assert!(svg.contains("@font-face"));
        for word in ["<script", "<image", "href", "http://", "https://", "onload"] {
            assert!(!svg.replace("http://www.w3.org/2000/svg", "").contains(word), "{name} says {word}");
        }
    }
}

#[test]
fn a_png_is_as_large_as_was_asked_for() {
    let (table, options) =
        (sample("events.csv"), Options { width: Some(640), height: Some(300), ..Options::default() });
    let plot = draw(Kind::Timeline, &table, &options).unwrap();
    for (scale, size) in [(1.0, (640, 300)), (2.0, (1280, 600)), (0.5, (320, 150))] {
        let pixels = Pixmap::decode_png(&plot.png(scale).unwrap()).unwrap();
        assert_eq!((pixels.width(), pixels.height()), size);
        let colors: BTreeSet<_> = pixels.pixels().iter().map(|p| (p.red(), p.green(), p.blue())).collect();
        assert!(colors.len() > 20, "there is something in it");
    }
}

#[test]
fn a_page_has_its_policy_its_table_and_nothing_from_elsewhere() {
    for (name, kind, file, options) in pictures() {
        let table = sample(file);
        let page = draw(kind, &table, &options).unwrap().html();
        assert!(page.contains(&format!("content=\"{}\"", page_policy())), "{name}");
        assert_eq!(page.matches("<tr id=").count(), table.row_count(), "{name}");
        assert_eq!(page.matches("<script>").count(), 1);
        assert_eq!(page.matches("<style>").count(), 1);
        for word in [" src=", "href=", " style=", "@import", " onclick", "url(http"] {
            assert!(!page.contains(word), "{name} says {word}");
        }
    }
}

#[test]
fn the_policy_allows_one_script_and_nothing_from_elsewhere() {
    let policy = page_policy();
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
}

#[test]
fn as_data_a_picture_is_its_shapes_with_axis_and_rows() {
    let (table, options) = (sample("events.csv"), Options::default());
    let data = serde_json::to_value(draw(Kind::Timeline, &table, &options).unwrap()).unwrap();
    assert_eq!((&data["kind"], &data["time_zone"], &data["width"]), (&"timeline".into(), &"UTC".into(), &900.0.into()));
    let mut circles = Vec::new();
    collect(&data["shapes"], &mut circles);
    assert_eq!(circles.len(), table.row_count());
    assert!(circles.iter().all(|circle| circle["row"].is_u64() && circle["title"].is_string()));
    let axis = &data["shapes"][1]["axis"];
    assert!(axis["from_ms"].as_f64() < axis["to_ms"].as_f64(), "{axis}");
    assert!(!data.to_string().contains(":null"));
}

fn collect<'v>(value: &'v Value, circles: &mut Vec<&'v Value>) {
    match value {
        Value::Object(object) if object.get("shape") == Some(&"circle".into()) => circles.push(value),
        Value::Object(object) => object.values().for_each(|value| collect(value, circles)),
        Value::Array(values) => values.iter().for_each(|value| collect(value, circles)),
        _ => {}
    }
}
