//! Whatever a provider answers, its reader answers too: broken, absurd and hostile bodies never make one panic.

use std::{ops::Range, thread};

use serde::de::IgnoredAny;

use crate::{
    EXAMPLES, Provider,
    testing::{Example, read},
};

/// Numbers that look random and are the same in every run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.roll() % end.max(1) as u64) as usize
    }
}

/// A body, and as many mutations of it as are asked for.
pub(crate) struct Mutations<'a> {
    body: &'a [u8],
    /// Where its values lie, if it is JSON.
    values: Vec<Range<usize>>,
    /// Behind its braces.
    objects: Vec<usize>,
    absurdities: Vec<Vec<u8>>,
    dice: Dice,
}

impl<'a> Mutations<'a> {
    pub(crate) fn of(body: &'a [u8]) -> Self {
        let values = (0..body.len()).filter_map(|start| value_at(body, start)).collect();
        let objects = (1..=body.len()).filter(|end| body[end - 1] == b'{').collect();
        Self { body, values, objects, absurdities: absurdities(), dice: Dice(body.len() as u64) }
    }

    /// The next one.
    pub(crate) fn mutate(&mut self) -> Vec<u8> {
        match self.dice.below(8) {
            0 => self.body[..self.dice.below(self.body.len())].to_vec(),
            1 => self.flipped(),
            2 if !self.objects.is_empty() => self.with_duplicate_key(),
            _ if !self.values.is_empty() => {
                let Range { start, end } = self.values[self.dice.below(self.values.len())].clone();
                let absurd = &self.absurdities[self.dice.below(self.absurdities.len())];
                [&self.body[..start], absurd, &self.body[end..]].concat()
            }
            _ => self.flipped(),
        }
    }

    fn flipped(&mut self) -> Vec<u8> {
        let mut body = self.body.to_vec();
        if !body.is_empty() {
            for _ in 0..=self.dice.below(8) {
                let place = self.dice.below(body.len());
                body[place] = self.dice.roll() as u8;
            }
        }
        body
    }

    /// Says a member of an object twice.
    fn with_duplicate_key(&mut self) -> Vec<u8> {
        let (before, after) = self.body.split_at(self.objects[self.dice.below(self.objects.len())]);
        let key: Vec<u8> =
            after.iter().skip_while(|b| **b != b'"').skip(1).take_while(|b| **b != b'"').copied().collect();
        [before, b"\"", &key, b"\": null, ", after].concat()
    }
}

/// The JSON value that begins here, if one does.
fn value_at(body: &[u8], start: usize) -> Option<Range<usize>> {
    let before = body[..start].trim_ascii_end().last().copied().unwrap_or(b'[');
    if !matches!(before, b':' | b',' | b'[') || body[start].is_ascii_whitespace() {
        return None;
    }
    let mut values = serde_json::Deserializer::from_slice(&body[start..]).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    Some(start..start + values.byte_offset())
}

/// What no provider documents and some day one sends.
fn absurdities() -> Vec<Vec<u8>> {
    const DEPTH: usize = 100;
    [
        "null".to_owned(),
        "true".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        r#"[null, 1, "x", [], {}]"#.to_owned(),
        r#""""#.to_owned(),
        r#""\u0000\ufffd\u202e'\"<script>%00""#.to_owned(),
        r#""\ud800""#.to_owned(),
        format!("\"{}\"", "x".repeat(3_000)),
        r#""-1e309""#.to_owned(),
        r#""9999-99-99T99:99:99Z""#.to_owned(),
        u64::MAX.to_string(),
        i64::MIN.to_string(),
        "1.7976931348623157e308".to_owned(),
        "1e999".to_owned(),
        format!("{}1{}", "[".repeat(DEPTH), "]".repeat(DEPTH)),
        format!("{}1{}", "{\"data\":".repeat(DEPTH), "}".repeat(DEPTH)),
        "[".repeat(10_000),
    ]
    .map(String::into_bytes)
    .into()
}

#[test]
fn no_reader_panics_on_a_mutated_answer() {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for part in EXAMPLES.chunks(EXAMPLES.len().div_ceil(threads)) {
            scope.spawn(move || {
                for (provider, examples) in part {
                    examples.iter().for_each(|example| read_mutated(*provider, example));
                }
            });
        }
    });
}

/// The written examples are many and much alike; what was recorded is mutated five times as often.
const MUTATIONS: usize = 2_000;

fn read_mutated(provider: &dyn Provider, example: &Example) {
    let observable = example.observable();
    let (fixed, last) = example.answers.split_at(example.answers.len() - 1);
    let fixed: Vec<(u16, &[u8])> = fixed.iter().map(|(status, body)| (*status, body.as_bytes())).collect();
    let mut mutations = Mutations::of(last[0].1.as_bytes());
    for _ in 0..MUTATIONS {
        let body = mutations.mutate();
        let mut answers = fixed.clone();
        answers.push((last[0].0, &body));
        let _ = read(provider, &observable, example.query_type, &answers);
    }
}

#[test]
fn no_reader_panics_on_another_ones_answer_or_on_endless_nesting() {
    let nested = ["[", "{\"data\":", "{\"a\":[", "<a>"].map(|unit| unit.repeat(50_000));
    let foreign = EXAMPLES.iter().flat_map(|(_, examples)| *examples).flat_map(|example| example.answers);
    let bodies: Vec<&[u8]> =
        foreign.map(|(_, body)| body.as_bytes()).chain(nested.iter().map(String::as_bytes)).collect();
    for (provider, examples) in EXAMPLES {
        for example in *examples {
            for body in &bodies {
                let _ = read(*provider, &example.observable(), example.query_type, &[(200, body)]);
            }
        }
    }
}
