//! Pairs openings with closings, commands with sessions, and logons with what sshd said before.

use std::{
    borrow::Cow,
    collections::{HashMap, VecDeque},
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Ending, Entry, Session, message::Message};

/// A command and the opening of its session are written within this time.
const TOGETHER: TimeDelta = TimeDelta::seconds(60);

/// Where a session is: host, service, account, process.
type Place<'t> = (Option<Cow<'t, str>>, &'t str, &'t str, Option<i64>);

/// A command that waits for its session: its row, who gave it, when, and what it was.
struct Waiting<'t> {
    row: usize,
    by: &'t str,
    user: &'t str,
    time: DateTime<Utc>,
    command: &'t str,
}

#[derive(Default)]
struct Pairing<'t> {
    sessions: Vec<Session<'t>>,
    open: HashMap<Place<'t>, Vec<usize>>,
    /// By host.
    commands: HashMap<Option<Cow<'t, str>>, VecDeque<Waiting<'t>>>,
    /// The last session of sudo that no command has been found for yet, by host.
    empty: HashMap<Option<Cow<'t, str>>, usize>,
    /// What sshd accepted and PAM has not opened yet, by host and account.
    accepted: HashMap<(Option<Cow<'t, str>>, &'t str), (&'t str, &'t str)>,
}

/// All sessions, in the order of their beginnings.
pub(super) fn pair(mut entries: Vec<Entry<'_>>) -> Vec<Session<'_>> {
    entries.sort_by_key(|entry| (entry.time, entry.rank, entry.row));
    let mut pairing = Pairing::default();
    for Entry { time, host, process_id, row, text, .. } in entries {
        // What has been read once can be read again.
        let Some(message) = Message::read(text) else { continue };
        match message {
            Message::Accepted { method, user, address } => {
                pairing.accepted.insert((host, user), (method, address));
            }
            Message::Failed { method, user, address } => {
                let mut session = session(host, "sshd", user, time, row, Ending::Failed);
                (session.end, session.method, session.source_address) = (Some(time), Some(method), Some(address));
                pairing.sessions.push(session);
            }
            Message::Command { by, user, command, refused } => {
                pairing.command(host, time, row, by, user, command, refused);
            }
            Message::Opened { service, user, by } => pairing.opened(host, time, row, process_id, service, user, by),
            Message::Closed { service, user } => pairing.closed(host, time, row, process_id, service, user),
        }
    }
    pairing.end()
}

fn session<'t>(
    host: Option<Cow<'t, str>>,
    service: &'t str,
    user: &'t str,
    time: DateTime<Utc>,
    source_row: usize,
    ending: Ending,
) -> Session<'t> {
    Session {
        host,
        service,
        user,
        by: None,
        start: Some(time),
        end: None,
        ending,
        commands: Vec::new(),
        method: None,
        source_address: None,
        reason: None,
        source_row,
    }
}

impl<'t> Pairing<'t> {
    #[expect(clippy::too_many_arguments, reason = "what a line says")]
    fn command(
        &mut self,
        host: Option<Cow<'t, str>>,
        time: DateTime<Utc>,
        row: usize,
        by: &'t str,
        user: &'t str,
        command: &'t str,
        refused: Option<&'t str>,
    ) {
        if let Some(reason) = refused {
            let mut session = session(host, "sudo", user, time, row, Ending::Denied);
            (session.by, session.end, session.reason) = (Some(by), Some(time), Some(reason));
            session.commands.push((row, command));
            self.sessions.push(session);
            return;
        }
        // Most logs have the command first, and some the opening.
        let empty = self.empty.get(&host).copied().and_then(|number| self.sessions.get_mut(number));
        let fits = |session: &&mut Session<'t>| {
            let is_near = session.start.is_some_and(|start| time - start <= TOGETHER);
            is_near && session.user == user && session.by.is_none_or(|opener| opener == by)
        };
        if let Some(session) = empty.filter(fits) {
            session.by = Some(by);
            session.commands.push((row, command));
            self.empty.remove(&host);
            return;
        }
        self.commands.entry(host).or_default().push_back(Waiting { row, by, user, time, command });
    }

    #[expect(clippy::too_many_arguments, reason = "what a line says")]
    fn opened(
        &mut self,
        host: Option<Cow<'t, str>>,
        time: DateTime<Utc>,
        row: usize,
        process_id: Option<i64>,
        service: &'t str,
        user: &'t str,
        by: Option<&'t str>,
    ) {
        let mut session = session(host.clone(), service, user, time, row, Ending::Open);
        session.by = by;
        if session.is_sudo() {
            self.give_command(&mut session, time);
            if session.commands.is_empty() {
                self.empty.insert(host.clone(), self.sessions.len());
            }
        } else if let Some((method, address)) = self.accepted.remove(&(host.clone(), user)) {
            (session.method, session.source_address) = (Some(method), Some(address));
        }
        let number = self.sessions.len();
        self.sessions.push(session);
        self.open.entry((host, service, user, process_id)).or_default().push(number);
    }

    /// Gives a session the command that waits for it, and lets those go that have waited too long.
    fn give_command(&mut self, session: &mut Session<'t>, time: DateTime<Utc>) {
        let Some(waiting) = self.commands.get_mut(&session.host) else { return };
        while let Some(late) = waiting.pop_front_if(|command| time - command.time > TOGETHER) {
            self.sessions.push(alone(session.host.clone(), late));
        }
        let is_its =
            |command: &Waiting<'t>| command.user == session.user && session.by.is_none_or(|by| by == command.by);
        if let Some(command) = waiting.iter().position(is_its).and_then(|place| waiting.remove(place)) {
            session.by = Some(command.by);
            session.commands.push((command.row, command.command));
        }
    }

    fn closed(
        &mut self,
        host: Option<Cow<'t, str>>,
        time: DateTime<Utc>,
        row: usize,
        process_id: Option<i64>,
        service: &'t str,
        user: &'t str,
    ) {
        let place = (host, service, user, process_id);
        let number = self.open.get_mut(&place).and_then(Vec::pop);
        if let Some(session) = number.and_then(|number| self.sessions.get_mut(number)) {
            (session.end, session.ending) = (Some(time), Ending::Closed);
            return;
        }
        let (host, service, user, _) = place;
        let mut session = session(host, service, user, time, row, Ending::NoStart);
        (session.start, session.end) = (None, Some(time));
        self.sessions.push(session);
    }

    fn end(mut self) -> Vec<Session<'t>> {
        for (host, waiting) in self.commands {
            self.sessions.extend(waiting.into_iter().map(|command| alone(host.clone(), command)));
        }
        self.sessions.sort_by_key(|session| (session.start.or(session.end), session.source_row));
        self.sessions
    }
}

/// A command whose session is not in the log.
fn alone<'t>(host: Option<Cow<'t, str>>, command: Waiting<'t>) -> Session<'t> {
    let mut session = session(host, "sudo", command.user, command.time, command.row, Ending::NoSession);
    session.by = Some(command.by);
    session.commands.push((command.row, command.command));
    session
}
