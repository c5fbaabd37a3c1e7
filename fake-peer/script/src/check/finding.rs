//! The findings of a check.

use fake_peer_core::wire::Command;

use crate::chains::ChainError;
use crate::model::{ChainPoint, Name, Path, Place};
use crate::network::NetworkError;
use crate::suggest::{expected, nearest};
use crate::wire::WireError;

/// Something in a script that is invalid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The part of the script.
    pub place: Place,
    /// The path of the field, if the finding is about one field of that part.
    pub field: Option<String>,
    /// What is invalid there.
    pub kind: FindingKind,
}

/// What is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FindingKind {
    /// The network of the script cannot be resolved.
    #[error(transparent)]
    Network(NetworkError),
    /// A script that does nothing.
    #[error("the script has no steps")]
    NoSteps,
    /// Two chains of the same name.
    #[error("the chain `{0}` is declared more than once")]
    SecondChain(Name),
    /// A chain that cannot be built.
    #[error("the chain cannot be built: {0}")]
    Chain(ChainError),
    /// A chain that has not been declared.
    #[error("unknown chain `{found}`")]
    NoChain {
        /// The name that was used.
        found: Name,
        /// The names of the declared chains.
        known: Vec<Name>,
    },
    /// A height that its chain does not have.
    #[error("the header `{found}` does not exist")]
    NoHeader {
        /// The chain and the height.
        found: ChainPoint,
        /// The last height of the chain.
        tip: usize,
    },
    /// A recorded header, whose block is not available.
    #[error("the block of `{0}` is not known")]
    NoBlock(ChainPoint),
    /// A message that cannot be encoded.
    #[error("`{command}`: {error}")]
    Send {
        /// The command of the message, or `raw`.
        command: String,
        /// Why it cannot be encoded.
        error: WireError,
    },
    /// The same field twice in one message.
    #[error("the field `{0}` is given more than once")]
    FieldTwice(Name),
    /// A lie in `send raw`, which has no message and no envelope.
    #[error("`send raw` takes no `lie`")]
    LieAboutRaw,
    /// A lie about the payload after a lie about the envelope.
    #[error("a lie about the payload comes after a lie about the envelope")]
    LieOrder,
    /// Offsets of `split` that do not increase, or an empty piece.
    #[error("the offsets of `split` must increase, and each piece must have at least one byte")]
    Pieces,
    /// More bytes than a play may send.
    #[error("`{command}`: a play can send at most {limit} bytes")]
    TooMuchSent {
        /// The command of the message, or `raw`.
        command: String,
        /// The most bytes that a play may send: [`Limits::sent`](crate::player::Limits::sent).
        limit: u64,
    },
    /// More steps than a play may have.
    #[error("a play can have at most {limit} steps")]
    TooManySteps {
        /// The most steps that a play may have: [`Limits::steps`](crate::player::Limits::steps).
        limit: u64,
    },
    /// More connections than a play may open.
    #[error("a play can open at most {limit} connections")]
    TooManyConnections {
        /// The most that a play may open:
        /// [`Limits::connections`](crate::player::Limits::connections).
        limit: usize,
    },
    /// A field that the message does not have.
    #[error("`{command}` has no field `{path}`")]
    NoField {
        /// The command of the message.
        command: Command,
        /// The path of the field.
        path: Path,
        /// The names of the fields at the point where the path is wrong.
        known: Vec<String>,
    },
    /// A field that is compared with a value of another type.
    #[error("the field can only be compared with {expected}")]
    OtherKind {
        /// What it can be compared with.
        expected: &'static str,
    },
    /// A count of zero.
    #[error("the count of `{0}` must be greater than zero")]
    Never(&'static str),
    /// An `expect-one-of` or `expect-all` without observations.
    #[error("`{verb}` expects nothing")]
    NoBranches {
        /// The verb.
        verb: &'static str,
    },
    /// Outcomes that are not ordered from best to worst.
    #[error("a better outcome comes after a worse one")]
    OutcomeOrder,
    /// A value is used before it is captured.
    #[error("`${0}` is used before it is captured")]
    NotCaptured(Name),
    /// A step that needs an open connection, after the connection has ended.
    #[error("the connection `{0}` has ended")]
    Ended(Name),
    /// A step that sends something after we have closed our direction.
    #[error("we have closed our direction of the connection `{0}`")]
    HalfClosed(Name),
    /// A connection that is opened while it is open.
    #[error("the connection `{0}` is already open")]
    OpenAlready(Name),
    /// Two handshakes on one connection.
    #[error("a second handshake on the connection `{0}`")]
    SecondHandshake(Name),
    /// A `connection` block inside another one.
    #[error("`connection` cannot be nested")]
    NestedConnection,
}

impl Finding {
    pub(super) fn new(place: Place, kind: FindingKind) -> Self {
        Self {
            place,
            field: None,
            kind,
        }
    }

    /// A finding about a step. The walk over the steps sets its place.
    pub(super) fn here(kind: FindingKind) -> Self {
        Self::new(Place::Script, kind)
    }

    /// Like [`Finding::here`], about a field.
    pub(super) fn at(field: impl Into<String>, kind: FindingKind) -> Self {
        Self {
            field: Some(field.into()),
            ..Self::here(kind)
        }
    }

    /// Whether the finding does not depend on the other parts of the script.
    pub fn is_local(&self) -> bool {
        use FindingKind as Kind;
        !matches!(
            self.kind,
            Kind::NoSteps
                | Kind::NoChain { .. }
                | Kind::NoHeader { .. }
                | Kind::Chain(ChainError::UnknownBase(_))
                | Kind::NoBranches { .. }
                | Kind::NotCaptured(_)
                | Kind::Ended(_)
                | Kind::HalfClosed(_)
                | Kind::OpenAlready(_)
                | Kind::SecondHandshake(_)
        )
    }
}

impl FindingKind {
    /// The label at the caret.
    pub fn label(&self) -> String {
        match self {
            Self::Chain(_) => "this chain".to_owned(),
            Self::Send {
                error: WireError::Field { path, .. },
                ..
            } if !path.is_empty() => path.clone(),
            Self::NoChain { .. } => "not declared".to_owned(),
            Self::NoField { .. } => "unknown field".to_owned(),
            Self::NoBlock(_) => "no block".to_owned(),
            Self::NoHeader { .. } => "after the end of the chain".to_owned(),
            Self::Network(_) => "this network".to_owned(),
            Self::NotCaptured(_) => "not captured yet".to_owned(),
            Self::Ended(_) | Self::HalfClosed(_) => "comes too late".to_owned(),
            Self::TooMuchSent { .. }
            | Self::TooManySteps { .. }
            | Self::TooManyConnections { .. } => "exceeds the limit".to_owned(),
            _ => "here".to_owned(),
        }
    }

    /// A hint on how to correct it, if there is one.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoChain { found, known } => {
                let known: Vec<_> = known.iter().map(Name::as_str).collect();
                match nearest(found.as_str(), &known) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => "declare it: `chain NAME length=10`".to_owned(),
                }
            }
            Self::NoHeader { found, tip } => format!("`{}` ends at height {tip}", found.chain),
            Self::NoBlock(_) => {
                "only block 0 and mined headers have blocks; recorded headers do not".to_owned()
            }
            Self::NoField { path, known, .. } => choose(path.as_str(), known, "it has no fields"),
            Self::Send { error, .. } => return help_to_send(error),
            Self::NotCaptured(name) => {
                format!("`expect MESSAGE {{ capture FIELD as={name} }}` captures it")
            }
            Self::Ended(_) => "`connect` opens it again".to_owned(),
            Self::HalfClosed(_) => "after `half-close` we can only receive".to_owned(),
            Self::TooMuchSent { .. } => {
                "each copy counts its bytes, and 256 more for each piece".to_owned()
            }
            Self::TooManySteps { .. } => "each step counts as often as it is repeated".to_owned(),
            Self::LieOrder => {
                "length and checksum are computed for the payload at that point; put this lie first"
                    .to_owned()
            }
            Self::LieAboutRaw => "write the changed bytes instead".to_owned(),
            Self::OutcomeOrder => "the order is `pass`, `weaker`, `fail`".to_owned(),
            Self::NoBranches { .. } => "list what the target may do in the braces".to_owned(),
            Self::Chain(ChainError::RealWork(_)) => {
                "use `network=regtest`, or `rules=without-work` for a target that checks no work"
                    .to_owned()
            }
            Self::Network(NetworkError::NoFile(_)) => {
                "the path starts at the folder of the script".to_owned()
            }
            Self::Chain(ChainError::FaultInBase { .. }) => {
                "there, `flipped-bit` and `value` are possible".to_owned()
            }
            _ => return None,
        })
    }
}

fn help_to_send(error: &WireError) -> Option<String> {
    match error {
        WireError::NoCompactSize { path, known, .. } => {
            Some(choose(path, known, "it has no CompactSize"))
        }
        WireError::Field { reason, .. } => {
            // The names are taken from serde's message, so that no list of fields has to be
            // maintained.
            let (_, rest) = reason.split_once("unknown field `")?;
            let (found, rest) = rest.split_once('`')?;
            let known: Vec<_> = rest.split('`').skip(1).step_by(2).collect();
            let name = nearest(found, &known)?;
            Some(format!("did you mean `{name}`?"))
        }
        _ => None,
    }
}

/// A hint with the name that was probably meant, or with all known names; `none` if there are none.
fn choose(found: &str, known: &[String], none: &str) -> String {
    let known: Vec<_> = known.iter().map(String::as_str).collect();
    match nearest(found, &known) {
        Some(name) => format!("did you mean `{name}`?"),
        None if known.is_empty() => none.to_owned(),
        None => expected(&known),
    }
}
