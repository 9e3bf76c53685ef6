//! One verdict from many: the worst that anybody gives, and the highest score among those who give it.

use model::{Finding, Outcome, Verdict};

/// What all findings about one observable say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Combined {
    /// The worst verdict of those who answered.
    pub verdict: Verdict,
    /// The highest score among those who gave that verdict.
    pub score: Option<u8>,
}

/// Combines the findings of one observable. Only answers count: a failure says nothing about the observable.
pub fn combine(findings: &[Finding]) -> Combined {
    let judging = || findings.iter().filter(|f| matches!(f.outcome, Outcome::Hit | Outcome::Clean));
    let verdict = judging().map(|f| f.verdict).max().unwrap_or_default();
    let score = judging().filter(|f| f.verdict == verdict).filter_map(|f| f.score).max();
    Combined { verdict, score }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(outcome: Outcome, verdict: Verdict, score: Option<u8>) -> Finding {
        let mut finding = Finding::without_answer("p".into(), outcome, "");
        finding.verdict = verdict;
        finding.score = score;
        finding
    }

    #[test]
    fn the_worst_verdict_wins_with_the_score_of_those_who_gave_it() {
        let combined = combine(&[
            finding(Outcome::Clean, Verdict::Benign, Some(99)),
            finding(Outcome::Hit, Verdict::Suspicious, Some(40)),
            finding(Outcome::Hit, Verdict::Suspicious, Some(60)),
            finding(Outcome::NotFound, Verdict::Unknown, None),
        ]);
        assert_eq!(combined, Combined { verdict: Verdict::Suspicious, score: Some(60) });
    }

    #[test]
    fn a_failure_says_nothing() {
        assert_eq!(combine(&[finding(Outcome::Error, Verdict::Malicious, Some(100))]), Combined::default());
        assert_eq!(combine(&[]), Combined::default());
    }
}
