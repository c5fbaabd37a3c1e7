//! The headers of a script's chains, and their blocks.

mod built;

use std::collections::BTreeMap;

use fake_peer_core::chain::Params;
use fake_peer_core::header::Target;
use fake_peer_core::message::Block;
use fake_peer_core::network::NetworkName;
use fake_peer_core::{Header, Network};
use fake_peer_fixtures::synthetic::{self, BuildError, ChainBuilder, mine_to};
use fake_peer_fixtures::{ReadError, mainnet, read_headers};

use self::built::{Built, tip_of, up_to};
use super::model::{Base, Chain, ChainPoint, Fault, FaultKind, HeaderField, Name};
use super::wire::Resolved;

/// The headers of each chain, from the genesis header on, and the blocks of those that have one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chains {
    built: BTreeMap<Name, Built>,
    /// The number of headers of all chains together.
    headers: usize,
}

/// Why a chain cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// It forks from a chain that has not been declared before it.
    #[error("there is no chain `{0}` before this one")]
    UnknownBase(Name),
    /// The requested height is above the last height of the base.
    #[error("the base ends at height {tip}, below {wanted}")]
    BaseTooShort {
        /// The last height of the base.
        tip: u32,
        /// The height that was asked for.
        wanted: u32,
    },
    /// It is built on the recorded headers of mainnet, but the script is for another network.
    #[error("the recorded headers are from mainnet, the script is for {0}")]
    OtherNetwork(NetworkName),
    /// The file with its headers does not exist.
    #[error("there is no file `{0}`")]
    NoFile(String),
    /// The file of its headers cannot be read.
    #[error("{file}: {reason}")]
    File {
        /// The name of the file.
        file: String,
        /// The message of the error that [`read_headers`] returned.
        reason: String,
    },
    /// It has more headers to mine than are allowed, since mining takes time.
    #[error("{length} headers are more than {limit}")]
    TooLong {
        /// The number of headers to mine.
        length: u32,
        /// The most headers that may be mined: [`Chains::MAX_MINED`].
        limit: u32,
    },
    /// The chains of the script take too much memory.
    #[error("the chains of a script have at most {limit} headers altogether")]
    TooManyHeaders {
        /// The most headers of all chains together: [`Chains::MAX_HEADERS`].
        limit: usize,
    },
    /// Mining on this network would take years.
    #[error("{0} requires real work")]
    RealWork(NetworkName),
    /// The fault is at a height above the end of the chain.
    #[error("the fault is at height {at}, the chain ends at {tip}")]
    FaultOutside {
        /// The height of the fault.
        at: u32,
        /// The last height of the chain.
        tip: u32,
    },
    /// The fault is in the base, whose headers are not mined here, and its kind needs mining.
    #[error("the fault is at height {at}, in headers that are not mined here")]
    FaultInBase {
        /// The height of the fault.
        at: u32,
    },
    /// The value does not fit the field.
    #[error("{0}")]
    Value(String),
    /// The chain cannot be built under its rules.
    #[error("{0}")]
    Build(#[from] BuildError),
}

/// Returns the bytes of a file in the folder of the script, or `None` if it cannot be read.
pub type Files<'a> = &'a dyn Fn(&str) -> Option<Vec<u8>>;

impl Chains {
    /// The most headers that may be mined for one chain.
    pub const MAX_MINED: u32 = 100_000;

    /// The most headers that all chains of a script may have together. A fork counts the headers of
    /// its base again.
    pub const MAX_HEADERS: usize = 2_000_000;

    /// Builds a chain and stores it under its name. `now` is the time at which its headers will be
    /// checked, in seconds since 1970.
    ///
    /// # Errors
    /// Returns a [`ChainError`] if the chain cannot be built; then nothing is stored.
    pub fn add(
        &mut self,
        chain: &Chain,
        network: Network,
        now: u32,
        files: Files<'_>,
    ) -> Result<(), ChainError> {
        let mut built = self.base(chain, network, files)?;
        self.check_length(chain, built.headers.len())?;
        let mined = mine(chain, network, now, &built.headers)?;
        if let Some(fault) = &chain.fault
            && let Some(header) = built.headers.get_mut(fault.at as usize)
        {
            *header = damage(header, fault)?;
        }
        built.extend(chain.seed, mined);
        self.headers += built.headers.len();
        self.built.insert(chain.name.clone(), built);
        Ok(())
    }

    /// The headers of a chain, from the genesis header on.
    pub fn get(&self, chain: &Name) -> Option<&[Header]> {
        self.built.get(chain).map(|built| built.headers.as_slice())
    }

    /// The names of the chains.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.built.keys()
    }

    /// The header at a height of a chain, if both exist.
    pub fn header(&self, point: &ChainPoint) -> Option<Header> {
        self.built.get(&point.chain)?.header(point.at)
    }

    /// The block at a height of a chain: that of a mined header, or block 0 of the network. The
    /// blocks of recorded headers are not available.
    ///
    /// The block has the transactions of the honest header at that height. So a header with a fault
    /// in its merkle root does not commit to the transactions of its block.
    pub fn block(&self, point: &ChainPoint) -> Option<Block> {
        self.built.get(&point.chain)?.block(point.at)
    }

    /// Checks the limits for a chain on a base of `base` headers.
    fn check_length(&self, chain: &Chain, base: usize) -> Result<(), ChainError> {
        let (length, limit) = (chain.length, Self::MAX_MINED);
        if length > limit {
            return Err(ChainError::TooLong { length, limit });
        }
        let limit = Self::MAX_HEADERS;
        match limit.checked_sub(self.headers + base + length as usize) {
            Some(_) => Ok(()),
            None => Err(ChainError::TooManyHeaders { limit }),
        }
    }

    fn base(&self, chain: &Chain, network: Network, files: Files<'_>) -> Result<Built, ChainError> {
        let genesis = network.params.genesis;
        let recorded = |headers| Built::recorded(genesis, headers);
        match &chain.base {
            Base::Genesis => Ok(recorded(vec![genesis])),
            Base::Recorded(_) if genesis != Network::MAINNET.params.genesis => {
                Err(ChainError::OtherNetwork(network.name))
            }
            Base::Recorded(height) => up_to(mainnet(), *height).map(recorded),
            Base::File(file) => {
                let bytes = files(file).ok_or_else(|| ChainError::NoFile(file.clone()))?;
                let bad = |error: ReadError| ChainError::File {
                    file: file.clone(),
                    reason: error.to_string(),
                };
                Ok(recorded(read_headers(&bytes).map_err(bad)?.headers))
            }
            Base::Fork { chain, height } => {
                let base = self.built.get(chain);
                let unknown = || ChainError::UnknownBase(chain.clone());
                base.ok_or_else(unknown)?.up_to(*height)
            }
        }
    }
}

/// Mines the headers that follow `base`.
fn mine(
    chain: &Chain,
    network: Network,
    now: u32,
    base: &[Header],
) -> Result<Vec<Header>, ChainError> {
    let length = chain.length;
    let tip = tip_of(base);
    let last = tip.saturating_add(length);
    let in_base = |fault: &&Fault| fault.at <= tip;
    let fault = chain.fault.as_ref();
    if let Some(fault) = fault
        && fault.at > last
    {
        return Err(ChainError::FaultOutside {
            at: fault.at,
            tip: last,
        });
    }
    let Some((genesis, past)) = base.split_first().filter(|_| length > 0) else {
        return Ok(Vec::new());
    };
    let params = chain.rules.on(network).params;
    if params.proof_of_work.is_some() && params.pow_limit < Params::regtest().pow_limit {
        return Err(ChainError::RealWork(network.name));
    }
    let builder = ChainBuilder::starting_at(params, 0, *genesis)
        .on(past)
        .seed(chain.seed)
        .spacing(chain.spacing)
        .version(chain.version);
    let Some(fault) = fault.filter(|fault| !in_base(fault)) else {
        return Ok(builder.build(length)?);
    };
    if let FaultKind::Rule(kind) = fault.kind {
        let builder = builder.now(now).fault(fault.at, kind);
        let builder = builder.follow_fault(fault.follow);
        return Ok(builder.build(length)?);
    }
    let mut mined = builder.build(length)?;
    put_value(&mut mined, (fault.at - tip - 1) as usize, fault, &params)?;
    Ok(mined)
}

/// Returns a header of the base with its fault. The header is not mined again.
fn damage(header: &Header, fault: &Fault) -> Result<Header, ChainError> {
    match &fault.kind {
        FaultKind::Rule(synthetic::Fault::FlippedBit { field, bit }) => {
            Ok(field.flip(header, *bit))
        }
        FaultKind::Value { field, to } => with_value(header, *field, to),
        FaultKind::Rule(_) => Err(ChainError::FaultInBase { at: fault.at }),
    }
}

/// Puts the value of a fault into a header, and mines it again, unless the field is the nonce. The
/// headers after it are mined again if they follow the fault.
fn put_value(
    headers: &mut [Header],
    at: usize,
    fault: &Fault,
    params: &Params,
) -> Result<(), ChainError> {
    let (Some(honest), FaultKind::Value { field, to }) = (headers.get(at).copied(), &fault.kind)
    else {
        return Ok(());
    };
    let faulty = with_value(&honest, *field, to)?;
    let keeps_nonce = *field == HeaderField::Nonce;
    let work = |header: Header, of: &Header| match (params.proof_of_work, Target::try_from(of.bits))
    {
        (Some(function), Ok(target)) => mine_to(function, &header, target).unwrap_or(header),
        _ => header,
    };
    let faulty = if keeps_nonce {
        faulty
    } else {
        work(faulty, &honest)
    };
    let mut parent = faulty;
    if let Some(header) = headers.get_mut(at) {
        *header = faulty;
    }
    for header in headers.iter_mut().skip(at + 1).filter(|_| fault.follow) {
        let linked = Header {
            prev_block: parent.hash(),
            ..*header
        };
        *header = work(linked, header);
        parent = *header;
    }
    Ok(())
}

fn with_value(
    header: &Header,
    field: HeaderField,
    to: &super::model::Value,
) -> Result<Header, ChainError> {
    let as_value = |error: &dyn std::fmt::Display| ChainError::Value(error.to_string());
    let name = serde_json::to_value(field).map_err(|error| as_value(&error))?;
    let mut fields = serde_json::to_value(header).map_err(|error| as_value(&error))?;
    let value = Resolved::fixed(to)
        .ok_or_else(|| ChainError::Value("expected a number or hexadecimal digits".to_owned()))?;
    if let (Some(fields), Some(name)) = (fields.as_object_mut(), name.as_str()) {
        fields.insert(name.to_owned(), value.to_json());
    }
    serde_json::from_value(fields).map_err(|error| as_value(&error))
}
