//! What a message says about sessions: PAM's openings and closings, sudo's commands, sshd's logons.

/// A message about a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Message {
    /// `pam_unix(sudo:session): session opened for user root by peteb(uid=0)`
    Opened { service: String, user: String, by: Option<String> },
    /// `pam_unix(sudo:session): session closed for user root`
    Closed { service: String, user: String },
    /// `peteb : TTY=pts/0 ; PWD=/home/peteb ; USER=root ; COMMAND=/usr/bin/top`
    Command { by: String, user: String, command: String, refused: Option<String> },
    /// `Accepted publickey for peteb from 198.51.100.7 port 50000 ssh2`
    Accepted { method: String, user: String, address: String },
    /// `Failed password for invalid user admin from 198.51.100.7 port 50000 ssh2`
    Failed { method: String, user: String, address: String },
}

impl Message {
    /// What a message says; none if it is about something else.
    pub(super) fn read(text: &str) -> Option<Self> {
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

fn pam(text: &str) -> Option<Message> {
    let (_, rest) = text.split_once("pam_unix(")?;
    let (service, rest) = rest.split_once(":session): session ")?;
    let name = |text: &str| text.split(['(', ' ']).next().unwrap_or_default().to_owned();
    if let Some(rest) = rest.strip_prefix("opened for user ") {
        let by = rest.split_once(" by ").map(|(_, by)| name(by)).filter(|by| !by.is_empty());
        return Some(Message::Opened { service: service.to_owned(), user: name(rest), by });
    }
    let user = name(rest.strip_prefix("closed for user ")?);
    Some(Message::Closed { service: service.to_owned(), user })
}

fn sudo(text: &str) -> Option<Message> {
    let (before, command) = text.split_once("COMMAND=")?;
    let (by, rest) = before.split_once(" : ")?;
    let user = rest.split_once("USER=")?.1;
    let user = user.split([' ', ';']).next()?.to_owned();
    // `3 incorrect password attempts ; TTY=…`, `user NOT in sudoers ; TTY=…`
    let refused = rest.split("TTY=").next()?.trim().trim_end_matches(';').trim();
    let refused = (!refused.is_empty()).then(|| refused.to_owned());
    let by = by.split_whitespace().next_back()?.to_owned();
    Some(Message::Command { by, user, command: command.trim().to_owned(), refused })
}

fn sshd(text: &str) -> Option<Message> {
    let (word, rest) = text.trim_start().split_once(' ')?;
    if !matches!(word, "Accepted" | "Failed") {
        return None;
    }
    let (method, rest) = rest.split_once(" for ")?;
    // The name is the caller's: the address is what stands after the last `from`.
    let (user, rest) = rest.rsplit_once(" from ")?;
    let user = user.strip_prefix("invalid user ").unwrap_or(user).to_owned();
    let address = rest.split(' ').next()?.to_owned();
    let method = method.to_owned();
    Some(if word == "Accepted" {
        Message::Accepted { method, user, address }
    } else {
        Message::Failed { method, user, address }
    })
}
