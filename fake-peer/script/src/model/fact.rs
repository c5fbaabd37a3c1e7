//! The names of facts about a target, and sets of them.

use arbitrary::{Arbitrary, Unstructured};
use serde::{Deserialize, Serialize};

/// The name of a fact about a target: a property in which correct implementations differ, and on
/// which a script may depend. Probes find out whether a target has it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Arbitrary,
)]
#[serde(rename_all = "kebab-case")]
pub enum FactName {
    /// It listens, and sends something before our `version`.
    SpeaksFirst,
    /// It listens, and reads first bytes that are no v1 `version` as the key of a v2 connection.
    AcceptsV2Transport,
    /// Its `version` asks for announcements of transactions.
    RelaysTransactions,
    /// It sends `wtxidrelay`.
    NegotiatesWtxidrelay,
    /// It sends `sendaddrv2`.
    NegotiatesAddrv2,
    /// It sends `sendcmpct`.
    NegotiatesCompactBlocks,
    /// It sends `getheaders` after the handshake.
    AsksForHeaders,
    /// It answers `getheaders`, although its newest block is block 0, which is years old.
    AnswersGetheaders,
    /// It sends `getheaders` or `getdata` after an `inv` of an unknown block.
    ActsOnBlockInv,
    /// It answers a ping that comes before our `verack`.
    AnswersPingBeforeVerack,
    /// It keeps a connection on which it received a message with an unknown command.
    IgnoresUnknownMessages,
    /// It keeps a connection on which it received a transaction that it did not request.
    ToleratesUnaskedTransactions,
    /// It listens, and accepts fifty connections from one address at the same time.
    AllowsManyConnections,
    /// It requests more on a chain of headers that we serve.
    FollowsChain,
}

/// A set of facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<FactName>", into = "Vec<FactName>")]
pub struct FactSet(u32);

impl FactName {
    /// All facts, in the order of reports.
    pub const ALL: &[Self] = &[
        Self::SpeaksFirst,
        Self::AcceptsV2Transport,
        Self::RelaysTransactions,
        Self::NegotiatesWtxidrelay,
        Self::NegotiatesAddrv2,
        Self::NegotiatesCompactBlocks,
        Self::AsksForHeaders,
        Self::AnswersGetheaders,
        Self::ActsOnBlockInv,
        Self::AnswersPingBeforeVerack,
        Self::IgnoresUnknownMessages,
        Self::ToleratesUnaskedTransactions,
        Self::AllowsManyConnections,
        Self::FollowsChain,
    ];

    /// The word for it in scripts and reports.
    pub fn word(self) -> &'static str {
        self.words().0
    }

    /// What a target does that has it, as the rest of a sentence about the target.
    pub fn affirmed(self) -> &'static str {
        self.words().1
    }

    /// What a target does that does not have it, as the rest of a sentence about the target.
    pub fn denied(self) -> &'static str {
        self.words().2
    }

    /// The word, the sentence for "yes", and the sentence for "no".
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::SpeaksFirst => (
                "speaks-first",
                "sends something before our version",
                "waits for our version",
            ),
            Self::AcceptsV2Transport => (
                "accepts-v2-transport",
                "accepts the v2 transport",
                "does not accept the v2 transport",
            ),
            Self::RelaysTransactions => (
                "relays-transactions",
                "asks for announcements of transactions",
                "asks for no announcements of transactions",
            ),
            Self::NegotiatesWtxidrelay => (
                "negotiates-wtxidrelay",
                "sends wtxidrelay",
                "does not send wtxidrelay",
            ),
            Self::NegotiatesAddrv2 => (
                "negotiates-addrv2",
                "sends sendaddrv2",
                "does not send sendaddrv2",
            ),
            Self::NegotiatesCompactBlocks => (
                "negotiates-compact-blocks",
                "sends sendcmpct",
                "does not send sendcmpct",
            ),
            Self::AsksForHeaders => (
                "asks-for-headers",
                "sends getheaders after the handshake",
                "does not send getheaders after the handshake",
            ),
            Self::AnswersGetheaders => (
                "answers-getheaders",
                "answers getheaders while its newest block is old",
                "does not answer getheaders while its newest block is old",
            ),
            Self::ActsOnBlockInv => (
                "acts-on-block-inv",
                "sends getheaders or getdata after an inv of an unknown block",
                "ignores an inv of an unknown block",
            ),
            Self::AnswersPingBeforeVerack => (
                "answers-ping-before-verack",
                "answers a ping before our verack",
                "does not answer a ping before our verack",
            ),
            Self::IgnoresUnknownMessages => (
                "ignores-unknown-messages",
                "keeps the connection after an unknown message",
                "ends the connection after an unknown message",
            ),
            Self::ToleratesUnaskedTransactions => (
                "tolerates-unasked-transactions",
                "keeps the connection after a transaction that it did not request",
                "ends the connection after a transaction that it did not request",
            ),
            Self::AllowsManyConnections => (
                "allows-many-connections",
                "accepts fifty connections from one address",
                "does not accept fifty connections from one address",
            ),
            Self::FollowsChain => (
                "follows-chain",
                "follows a chain that it is served",
                "does not follow a chain that it is served",
            ),
        }
    }

    /// The fact with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|name| name.word() == word)
    }

    fn bit(self) -> u32 {
        1 << self as u32
    }
}

impl FactSet {
    /// Whether it has no facts.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the fact is in the set.
    pub fn contains(self, name: FactName) -> bool {
        self.0 & name.bit() != 0
    }

    /// Adds a fact.
    #[must_use]
    pub fn with(self, name: FactName) -> Self {
        Self(self.0 | name.bit())
    }

    /// The facts, in the order of [`FactName::ALL`].
    pub fn iter(self) -> impl Iterator<Item = FactName> {
        let names = FactName::ALL.iter().copied();
        names.filter(move |name| self.contains(*name))
    }
}

impl FromIterator<FactName> for FactSet {
    fn from_iter<I: IntoIterator<Item = FactName>>(names: I) -> Self {
        names.into_iter().fold(Self::default(), Self::with)
    }
}

impl From<Vec<FactName>> for FactSet {
    fn from(names: Vec<FactName>) -> Self {
        names.into_iter().collect()
    }
}

impl From<FactSet> for Vec<FactName> {
    fn from(set: FactSet) -> Self {
        set.iter().collect()
    }
}

impl Arbitrary<'_> for FactSet {
    fn arbitrary(u: &mut Unstructured<'_>) -> arbitrary::Result<Self> {
        Vec::<FactName>::arbitrary(u).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_is_listed_and_has_the_word_of_its_json() {
        for (at, name) in FactName::ALL.iter().copied().enumerate() {
            assert_eq!(name as usize, at, "{name:?} is out of order");
            assert_eq!(FactName::from_word(name.word()), Some(name));
            assert_eq!(serde_json::to_value(name).unwrap(), name.word());
        }
    }

    #[test]
    fn a_set_keeps_the_order_of_reports() {
        let names = [FactName::FollowsChain, FactName::SpeaksFirst];
        let set: FactSet = names.into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [names[1], names[0]]);
        assert!(set.contains(names[0]) && !set.contains(FactName::AsksForHeaders));
        assert!(FactSet::default().is_empty() && !set.is_empty());
    }
}
