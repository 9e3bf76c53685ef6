//! Parsers as workspaces of Sentinel publish them: YAML that holds a stored function, its names and its parameters.

use crate::template::{Mistakes, Node, read_yaml};

/// A stored function, as text in KQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parser {
    /// The names under which it is called; at least one.
    pub names: Vec<String>,
    /// Its parameters with their brackets; empty if it has none.
    pub parameters: String,
    /// Its statements.
    pub body: String,
}

/// Reads a file, or says what is wrong with it: `FunctionQuery` under `FunctionName` and `FunctionAlias`, or ASIM's
/// `ParserQuery` under `ParserName` and `EquivalentBuiltInParser`.
pub fn read_parser(text: &str) -> Result<Parser, String> {
    let mut mistakes = Mistakes::new("".into());
    let Some(root) = read_yaml(text, &mut mistakes) else {
        let first = mistakes.into_found().into_iter().next();
        return Err(
            first.map_or_else(|| "not valid YAML".to_owned(), |first| format!("line {}: {}", first.line, first.what))
        );
    };
    let text_at = |key: &str| root.at(key).and_then(Node::text);
    let (query, names, parameters) = match (text_at("ParserQuery"), text_at("FunctionQuery")) {
        (Some(query), _) => (query, ["ParserName", "EquivalentBuiltInParser"], "ParserParams"),
        (None, Some(query)) => (query, ["FunctionName", "FunctionAlias"], "FunctionParams"),
        (None, None) => return Err("it has neither FunctionQuery nor ParserQuery".to_owned()),
    };
    let mut found: Vec<String> = names.into_iter().filter_map(text_at).map(|name| name.trim().to_owned()).collect();
    found.retain(|name| !name.is_empty());
    found.dedup();
    if found.is_empty() {
        return Err(format!("it has neither {} nor {}", names[0], names[1]));
    }
    let parameters = match root.at(parameters).map(Node::items) {
        None | Some([]) => String::new(),
        Some(items) => {
            let written = items.iter().map(|item| parameter(item).ok_or(item.line));
            let written = written.collect::<Result<Vec<_>, _>>();
            format!(
                "({})",
                written.map_err(|line| format!("line {line}: a parameter has a Name and a Type"))?.join(", ")
            )
        }
    };
    Ok(Parser { names: found, parameters, body: query.to_owned() })
}

/// A parameter as KQL writes it. Texts may stand with or without quotes.
fn parameter(node: &Node) -> Option<String> {
    let part = |key: &str| node.at(key).and_then(Node::text).map(str::trim);
    let (name, kind) = (part("Name")?, part("Type")?);
    // Tables are written `table:(*)` there.
    let kind = kind.find('(').and_then(|start| kind.get(start..)).unwrap_or(kind);
    Some(match part("Default") {
        None if kind != "string" || node.at("Default").is_none() => format!("{name}: {kind}"),
        default => {
            let default = default.unwrap_or_default();
            let is_quoted = default.len() > 1 && default.starts_with(['\'', '"']) && default.ends_with(['\'', '"']);
            match kind {
                "string" if !is_quoted => format!("{name}: {kind} = {}", serde_json::Value::from(default)),
                _ => format!("{name}: {kind} = {default}"),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_of_a_solution_has_two_names_and_no_parameters() {
        let text = "Function:\n  Title: Logons\nFunctionName: Logons\nFunctionAlias: KeptLogons\nFunctionQuery: |\n  let a = 1;\n  T\n  | where b == a\n";
        let parser = read_parser(text).unwrap();
        assert_eq!(parser.names, ["Logons", "KeptLogons"]);
        assert_eq!((parser.parameters.as_str(), parser.body.as_str()), ("", "let a = 1;\nT\n| where b == a\n"));
        let same = read_parser("FunctionName: A\nFunctionAlias: A\nFunctionQuery: T").unwrap();
        assert_eq!(same.names, ["A"]);
    }

    #[test]
    fn a_parser_of_asim_has_parameters_with_defaults() {
        let text = "ParserName: vimThing\nEquivalentBuiltInParser: _Im_Thing\nParserParams:\n\
            - Name: starttime\n  Type: datetime\n  Default: datetime(null)\n- Name: name\n  Type: string\n  Default: '*'\n\
            - Name: quoted\n  Type: string\n  Default: \"'a\\\"b'\"\n- Name: none\n  Type: string\n  Default: ''\n\
            - Name: list\n  Type: dynamic\n  Default: dynamic([])\n- Name: disabled\n  Type: bool\n  Default: false\n\
            - Name: T\n  Type: table:(*)\n- Name: needed\n  Type: string\nParserQuery: |\n  T\n";
        let parser = read_parser(text).unwrap();
        assert_eq!(parser.names, ["vimThing", "_Im_Thing"]);
        assert_eq!(
            parser.parameters,
            r#"(starttime: datetime = datetime(null), name: string = "*", quoted: string = 'a"b', none: string = "", list: dynamic = dynamic([]), disabled: bool = false, T: (*), needed: string)"#
        );
    }

    #[test]
    fn what_is_no_parser_says_why() {
        for (text, why) in [
            ("a: 1\n", "neither FunctionQuery nor ParserQuery"),
            ("ParserQuery: T\n", "neither ParserName nor EquivalentBuiltInParser"),
            ("ParserName: x\nParserQuery: T\nParserParams:\n- Name: a\n", "line 4: a parameter has"),
            ("a: [1\n", "not valid YAML"),
            ("", "neither"),
        ] {
            let told = read_parser(text).unwrap_err();
            assert!(told.contains(why), "{text}: {told}");
        }
    }
}
