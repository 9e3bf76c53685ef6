//! What a message says about sessions: PAM's openings and closings, sudo's commands, sshd's logons.

/// A message about a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Message<'t> {
    /// `pam_unix(sudo:session): session opened for user root by peteb(uid=0)`
    Opened { service: &'t str, user: &'t str, by: Option<&'t str> },
    /// `pam_unix(sudo:session): session closed for user root`
    Closed { service: &'t str, user: &'t str },
    /// `peteb : TTY=pts/0 ; PWD=/home/peteb ; USER=root ; COMMAND=/usr/bin/top`
    Command { by: &'t str, user: &'t str, command: &'t str, refused: Option<&'t str> },
    /// `Accepted publickey for peteb from 198.51.100.7 port 50000 ssh2`
    Accepted { method: &'t str, user: &'t str, address: &'t str },
    /// `Failed password for invalid user admin from 198.51.100.7 port 50000 ssh2`
    Failed { method: &'t str, user: &'t str, address: &'t str },
}

impl<'t> Message<'t> {
    /// What a message says; none if it is about something else.
    pub(super) fn read(text: &'t str) -> Option<Self> {
        pam(text).or_else(|| sudo(text)).or_else(|| sshd(text))
    }

    /// Of what happens at the same time, what comes first: clocks of logs are coarse, and their order within a tick is not
    /// kept.
    pub(super) const fn rank(&self) -> u8 {
        match self {
            Self::Accepted { .. } | Self::Failed { .. } => 0,
            Self::Command { .. } => 1,
            Self::Opened { .. } => 2,
            Self::Closed { .. } => 3,
        }
    }
}

fn pam(text: &str) -> Option<Message<'_>> {
    let (_, rest) = text.split_once("pam_unix(")?;
    let (service, rest) = rest.split_once(":session): session ")?;
    if let Some(rest) = rest.strip_prefix("opened for user ") {
        let by = rest.split_once(" by ").map(|(_, by)| name(by)).filter(|by| !by.is_empty());
        return Some(Message::Opened { service, user: name(rest), by });
    }
    let user = name(rest.strip_prefix("closed for user ")?);
    Some(Message::Closed { service, user })
}

/// The name that a text begins with.
fn name(text: &str) -> &str {
    text.split(['(', ' ']).next().unwrap_or_default()
}

fn sudo(text: &str) -> Option<Message<'_>> {
    let (before, command) = text.split_once("COMMAND=")?;
    let (by, rest) = before.split_once(" : ")?;
    let user = rest.split_once("USER=")?.1;
    let user = user.split([' ', ';']).next()?;
    // `3 incorrect password attempts ; TTY=…`, `user NOT in sudoers ; TTY=…`
    let refused = rest.split("TTY=").next()?.trim().trim_end_matches(';').trim();
    let refused = (!refused.is_empty()).then_some(refused);
    let by = by.split_whitespace().next_back()?;
    Some(Message::Command { by, user, command: command.trim(), refused })
}

fn sshd(text: &str) -> Option<Message<'_>> {
    let (word, rest) = text.trim_start().split_once(' ')?;
    if !matches!(word, "Accepted" | "Failed") {
        return None;
    }
    let (method, rest) = rest.split_once(" for ")?;
    // The name is the caller's: the address is what stands after the last `from`.
    let (user, rest) = rest.rsplit_once(" from ")?;
    let user = user.strip_prefix("invalid user ").unwrap_or(user);
    let address = rest.split(' ').next()?;
    Some(if word == "Accepted" {
        Message::Accepted { method, user, address }
    } else {
        Message::Failed { method, user, address }
    })
}
