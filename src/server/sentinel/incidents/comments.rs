//! Comments of incidents. Sentinel keeps a hundred of them, each of at most 30,000 characters: longer ones are cut where a row
//! ends, and say how many are left out.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::Incident;
use crate::{
    arm::{ArmRequest, versions::SECURITY_INSIGHTS},
    sentinel::{
        object::{User, instant, read, read_all},
        space::{SentinelError, Space},
    },
};

/// The longest comment, in UTF-16 code units.
pub const LONGEST: usize = 30_000;

/// The most comments of an incident.
pub const MOST: u64 = 100;

/// Room for what is said about rows that are left out.
const ROOM: usize = 100;

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all(deserialize = "camelCase"))]
#[schema(as = IncidentComment)]
pub struct Comment {
    /// The id.
    pub id: String,
    /// The text: Markdown or HTML.
    #[serde(default)]
    pub message: String,
    /// When it was written.
    #[serde(
        default,
        rename(deserialize = "createdTimeUtc"),
        deserialize_with = "instant",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false)]
    pub created_at: Option<DateTime<Utc>>,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub author: Option<User>,
}

/// A text as Sentinel takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fitted {
    /// The text.
    pub text: String,
    /// Rows of a table, or else lines, that are left out.
    pub left_out: usize,
}

/// The comments of an incident, by its id; the newest last.
pub async fn list(space: &Space, id: &str) -> Result<Vec<Comment>, SentinelError> {
    let path = space.path::<Incident>().segment(id).then("/comments");
    let request = ArmRequest::get(path, SECURITY_INSIGHTS);
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    let comments = space.azure.arm.list(&space.azure.account, request, most, space.azure.until).await?;
    let mut comments: Vec<Comment> = read_all(comments)?;
    comments.sort_by_key(|comment| comment.created_at);
    Ok(comments)
}

/// Writes a comment to an incident that has room for it.
pub async fn write(space: &Space, incident: &Incident, text: &str) -> Result<Comment, SentinelError> {
    if incident.counts.comments >= MOST {
        return Err(SentinelError::Full);
    }
    let path = space.path::<Incident>().segment(&incident.id).then("/comments");
    let path = path.segment(&uuid::Uuid::new_v4().to_string());
    let body: Json = json!({ "properties": { "message": text } });
    Ok(read(space.azure.send(ArmRequest::put(path, SECURITY_INSIGHTS, body)).await?)?)
}

/// Sentinel counts as .NET does.
pub fn length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// As much of a text as fits: whole rows of a table if it has one, or else whole lines.
pub fn fit(text: &str) -> Fitted {
    if length(text) <= LONGEST {
        return Fitted { text: text.to_owned(), left_out: 0 };
    }
    let (row_end, what) = if text.contains("</tr>") { ("</tr>", "row") } else { ("\n", "line") };
    let room = beginning(text, LONGEST - ROOM);
    // A single line that is too long ends at the last character that fits.
    let cut = room.rfind(row_end).map_or(room.len(), |at| at + row_end.len());
    let (mut kept, rest) =
        text.split_at_checked(cut).map_or((String::new(), text), |(kept, rest)| (kept.to_owned(), rest));
    let ends = rest.matches(row_end).count();
    let left_out = if row_end == "\n" { ends + usize::from(!rest.is_empty() && !rest.ends_with('\n')) } else { ends };
    let number = if left_out == 1 { format!("1 more {what} is") } else { format!("{left_out} more {what}s are") };
    if row_end == "\n" {
        kept.push_str(&format!("\n{number} left out here."));
    } else {
        for (begin, end) in [("<tbody", "</tbody>"), ("<table", "</table>")] {
            if kept.matches(begin).count() > kept.matches(end).count() {
                kept.push_str(end);
            }
        }
        kept.push_str(&format!("<p>{number} left out here.</p>"));
    }
    Fitted { text: kept, left_out }
}

/// As many characters from the beginning as take no more than so many code units.
fn beginning(text: &str, most: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, c)| {
        used += c.len_utf16();
        used > most
    });
    end.and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_table_ends_with_a_whole_row_and_says_how_many_are_left_out() {
        let row = |number: usize| format!("<tr><td>{number:05}</td></tr>");
        let rows: String = (0..2_000).map(row).collect();
        let fitted = fit(&format!("<table><tbody>{rows}</tbody></table><p>the end</p>"));
        let kept = fitted.text.matches("</tr>").count();
        assert_eq!(kept + fitted.left_out, 2_000);
        assert!(
            fitted
                .text
                .ends_with(&format!("</tr></tbody></table><p>{} more rows are left out here.</p>", fitted.left_out))
        );
        assert!((29_500..=LONGEST).contains(&length(&fitted.text)), "{}", length(&fitted.text));
    }

    #[test]
    fn lines_stay_whole_and_a_short_text_stays_as_it_is() {
        let fitted =
            fit(&"x".repeat(99).as_str().to_owned().as_str().chars().chain(['\n']).collect::<String>().repeat(301));
        assert!(fitted.text.ends_with("x\n\n2 more lines are left out here."), "{}", fitted.left_out);
        assert_eq!(fit("short"), Fitted { text: "short".to_owned(), left_out: 0 });
        assert_eq!(fit(&"y".repeat(LONGEST)).left_out, 0);
        assert_eq!(fit(&"y".repeat(LONGEST + 1)).left_out, 1);
    }

    proptest! {
        #[test]
        fn whatever_is_written_fits(piece in "(\\PC|</tr>|\n|<tbody>){1,60}", times in 1_usize..900) {
            prop_assert!(length(&fit(&piece.repeat(times)).text) <= LONGEST);
        }
    }
}
