//! Pairs openings with closings, commands with sessions, and logons with what sshd said before.

use std::collections::{HashMap, VecDeque, hash_map};

use chrono::TimeDelta;

use super::{Ending, Entries, Entry, Hosts, Line, Session, message::Message};

/// A command and the opening of its session are written within this time.
const TOGETHER: TimeDelta = TimeDelta::seconds(60);

/// Where a session is: host, service, account, process.
type Place<'t> = (Option<u32>, &'t str, &'t str, Option<i64>);

/// How one was known, and from which address.
type Accepted<'t> = (&'t str, &'t str);

/// A command that waits for its session, and who gave it as whom.
#[derive(Clone, Copy)]
struct Waiting<'t> {
    line: Line,
    by: &'t str,
    user: &'t str,
    command: &'t str,
}

#[derive(Default)]
struct Pairing<'t> {
    hosts: Hosts<'t>,
    sessions: Vec<Session<'t>>,
    open: HashMap<Place<'t>, Vec<usize>>,
    /// By host.
    commands: HashMap<Option<u32>, VecDeque<Waiting<'t>>>,
    /// The last session of sudo that no command has been found for yet, by host.
    empty: HashMap<Option<u32>, usize>,
    /// What sshd accepted and PAM has not opened yet, by host and account.
    accepted: HashMap<(Option<u32>, &'t str), Accepted<'t>>,
}

/// All sessions, in the order of their beginnings.
pub(super) fn pair(Entries { mut entries, hosts, .. }: Entries<'_>) -> Vec<Session<'_>> {
    entries.sort_unstable_by_key(|Entry { line, rank, .. }| (line.time, *rank, line.row));
    let mut pairing = Pairing { hosts, ..Pairing::default() };
    for Entry { line, text, .. } in entries {
        // What has been read once can be read again.
        let Some(message) = Message::read(text) else { continue };
        match message {
            Message::Accepted { method, user, address } => {
                pairing.accepted.insert((line.host, user), (method, address));
            }
            Message::Failed { method, user, address } => {
                let mut session = pairing.session(line, "sshd", user, Ending::Failed);
                (session.end, session.method, session.source_address) = (Some(line.time), Some(method), Some(address));
                pairing.sessions.push(session);
            }
            Message::Command { by, user, command, refused } => {
                pairing.command(Waiting { line, by, user, command }, refused);
            }
            Message::Opened { service, user, by } => pairing.opened(line, service, user, by),
            Message::Closed { service, user } => pairing.closed(line, service, user),
        }
    }
    pairing.end()
}

impl<'t> Pairing<'t> {
    fn session(&self, line: Line, service: &'t str, user: &'t str, ending: Ending) -> Session<'t> {
        Session {
            host: line.host.and_then(|host| self.hosts.name(host)),
            service,
            user,
            by: None,
            start: Some(line.time),
            end: None,
            ending,
            command: None,
            method: None,
            source_address: None,
            reason: None,
            source_row: line.row,
        }
    }

    fn command(&mut self, command: Waiting<'t>, refused: Option<&'t str>) {
        let Waiting { line, by, user, .. } = command;
        if let Some(reason) = refused {
            let mut session = self.alone(command, Ending::Denied);
            (session.end, session.reason) = (Some(line.time), Some(reason));
            self.sessions.push(session);
            return;
        }
        // Most logs have the command first, and some the opening.
        let empty = self.empty.get(&line.host).copied().and_then(|number| self.sessions.get_mut(number));
        let fits = |session: &&mut Session<'t>| {
            let is_near = session.start.is_some_and(|start| line.time - start <= TOGETHER);
            is_near && session.user == user && session.by.is_none_or(|opener| opener == by)
        };
        if let Some(session) = empty.filter(fits) {
            (session.by, session.command) = (Some(by), Some(command.command));
            self.empty.remove(&line.host);
            return;
        }
        self.commands.entry(line.host).or_default().push_back(command);
    }

    fn opened(&mut self, line: Line, service: &'t str, user: &'t str, by: Option<&'t str>) {
        let mut session = self.session(line, service, user, Ending::Open);
        session.by = by;
        if session.is_sudo() {
            self.give_command(&mut session, line);
            if session.command.is_none() {
                self.empty.insert(line.host, self.sessions.len());
            }
        } else if let Some((method, address)) = self.accepted.remove(&(line.host, user)) {
            (session.method, session.source_address) = (Some(method), Some(address));
        }
        let number = self.sessions.len();
        self.sessions.push(session);
        self.open.entry((line.host, service, user, line.process_id)).or_default().push(number);
    }

    /// Gives a session the command that waits for it, and lets those go that have waited too long.
    fn give_command(&mut self, session: &mut Session<'t>, line: Line) {
        while let Some(late) = self
            .commands
            .get_mut(&line.host)
            .and_then(|waiting| waiting.pop_front_if(|command| line.time - command.line.time > TOGETHER))
        {
            self.sessions.push(self.alone(late, Ending::NoSession));
        }
        let Some(waiting) = self.commands.get_mut(&line.host) else { return };
        let is_its =
            |command: &Waiting<'t>| command.user == session.user && session.by.is_none_or(|by| by == command.by);
        if let Some(command) = waiting.iter().position(is_its).and_then(|place| waiting.remove(place)) {
            (session.by, session.command) = (Some(command.by), Some(command.command));
        }
    }

    fn closed(&mut self, line: Line, service: &'t str, user: &'t str) {
        if let hash_map::Entry::Occupied(mut open) = self.open.entry((line.host, service, user, line.process_id)) {
            let number = open.get_mut().pop();
            // A log has more places than are open at once.
            if open.get().is_empty() {
                open.remove();
            }
            if let Some(session) = number.and_then(|number| self.sessions.get_mut(number)) {
                (session.end, session.ending) = (Some(line.time), Ending::Closed);
                return;
            }
        }
        let mut session = self.session(line, service, user, Ending::NoStart);
        (session.start, session.end) = (None, Some(line.time));
        self.sessions.push(session);
    }

    /// A command whose session is not in the log.
    fn alone(&self, Waiting { line, by, user, command }: Waiting<'t>, ending: Ending) -> Session<'t> {
        let mut session = self.session(line, "sudo", user, ending);
        (session.by, session.command) = (Some(by), Some(command));
        session
    }

    fn end(mut self) -> Vec<Session<'t>> {
        for waiting in std::mem::take(&mut self.commands).into_values() {
            for command in waiting {
                self.sessions.push(self.alone(command, Ending::NoSession));
            }
        }
        self.sessions.sort_unstable_by_key(|session| (session.start.or(session.end), session.source_row));
        self.sessions
    }
}
