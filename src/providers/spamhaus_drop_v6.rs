//! Spamhaus DROP for IPv6: the same as for IPv4, in a list of its own.
//! <https://www.spamhaus.org/blocklists/do-not-route-or-peer/>

use model::ObservableKind;

use crate::{Answer, Facts, ListFacts, ListSource, Misread, Provider, Question, Reading, Request, spamhaus_drop};

static FACTS: Facts = Facts {
    id: "spamhaus_drop_v6",
    title: "Spamhaus DROP (IPv6)",
    kinds: &[ObservableKind::Ipv6],
    ..spamhaus_drop::FACTS
};

static LIST: ListFacts = ListFacts { from: ListSource::Path("/drop/drop_v6.json"), ..spamhaus_drop::LIST };

pub(crate) struct SpamhausDropV6;

impl Provider for SpamhausDropV6 {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, _question: &Question<'_>) -> Request {
        Request::Listed
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        spamhaus_drop::read(question, answers)
    }

    fn list(&self) -> Option<&ListFacts> {
        Some(&LIST)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{ObservableKind::Ipv6, Outcome, Verdict};

    use super::*;
    use crate::testing::{Example, example};

    const LIST: &str = "{\"cidr\":\"2001:678:738::/48\",\"sblid\":\"SBL635837\",\"rir\":\"ripencc\"}\n\
        {\"type\":\"metadata\",\"timestamp\":1767225600,\"records\":1,\"copyright\":\"(c)\"}\n";

    pub(crate) const EXAMPLES: &[Example] = &[
        example("listed", Ipv6, "2001:678:738::7", &[(200, LIST)]).means(Outcome::Hit, Verdict::Malicious),
        example("not listed", Ipv6, "2001:678:739::7", &[(200, LIST)]).means(Outcome::NotFound, Verdict::Unknown),
        example("no list", Ipv6, "2001:678:738::7", &[(200, "<html>; no")]).means(Outcome::Error, Verdict::Unknown),
    ];

    #[test]
    fn it_is_another_list_than_the_one_for_the_other_version() {
        assert_ne!(SpamhausDropV6.list().unwrap().from, spamhaus_drop::SpamhausDrop.list().unwrap().from);
    }
}
