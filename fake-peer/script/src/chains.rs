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
use super::wire::Plain;

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
    /// Its base is shorter than it asks for.
    #[error("the base ends at height {tip}, below {wanted}")]
    BaseTooShort {
        /// The last height of the base.
        tip: u32,
        /// The height that was asked for.
        wanted: u32,
    },
    /// It stands on recorded headers of another network.
    #[error("the recorded headers are of mainnet, the script is of {0}")]
    OtherNetwork(NetworkName),
    /// The file of its headers is not there.
    #[error("there is no file `{0}`")]
    NoFile(String),
    /// The file of its headers cannot be read.
    #[error("{file}: {reason}")]
    File {
        /// Its name.
        file: String,
        /// What the reader of headers says, which is no value to compare.
        reason: String,
    },
    /// It is longer than anyone needs, and would take long to mine.
    #[error("{length} headers are more than {limit}")]
    TooLong {
        /// Its length.
        length: u32,
        /// The most there may be.
        limit: u32,
    },
    /// The chains of the script take too much memory.
    #[error("the chains of a script have at most {limit} headers altogether")]
    TooManyHeaders {
        /// The most headers that there may be: [`Chains::MAX_HEADERS`].
        limit: usize,
    },
    /// Mining for this network takes years.
    #[error("{0} asks for real work")]
    RealWork(NetworkName),
    /// The fault lies outside of the chain.
    #[error("the fault is at height {at}, the chain ends at {tip}")]
    FaultOutside {
        /// The height of the fault.
        at: u32,
        /// The last height of the chain.
        tip: u32,
    },
    /// The fault lies in headers that are not mined here.
    #[error("the fault is at height {at}, in headers that are not mined here")]
    FaultInBase {
        /// The height of the fault.
        at: u32,
    },
    /// The value does not fit the field.
    #[error("{0}")]
    Value(String),
    /// The rules do not allow what is asked for.
    #[error("{0}")]
    Build(#[from] BuildError),
}

/// Where the bytes of a file beside the script come from.
pub type Files<'a> = &'a dyn Fn(&str) -> Option<Vec<u8>>;

impl Chains {
    /// The most headers that are mined for a chain.
    pub const MAX_MINED: u32 = 100_000;

    /// The most headers of all chains of a script together. A fork counts those of its base again.
    pub const MAX_HEADERS: usize = 2_000_000;

    /// Builds a chain, and keeps it. `now` is when its headers will be checked.
    ///
    /// # Errors
    /// [`ChainError`]; nothing is kept then.
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

    /// The header at a place.
    pub fn header(&self, point: &ChainPoint) -> Option<Header> {
        self.built.get(&point.chain)?.header(point.at)
    }

    /// The block at a place: that of a mined header, or block 0 of the network. The blocks of
    /// recorded headers are not known.
    ///
    /// It has the transactions of the honest header there. So a header whose fault is its merkle
    /// root has a block whose transactions are not those that it commits to.
    pub fn block(&self, point: &ChainPoint) -> Option<Block> {
        self.built.get(&point.chain)?.block(point.at)
    }

    /// Makes sure that a chain on a base of so many headers is not too long.
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

/// Mines the headers behind `base`.
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

/// A header of the base with its fault, whose work cannot be done again.
fn damage(header: &Header, fault: &Fault) -> Result<Header, ChainError> {
    match &fault.kind {
        FaultKind::Rule(synthetic::Fault::FlippedBit { field, bit }) => {
            Ok(field.flip(header, *bit))
        }
        FaultKind::Value { field, to } => with_value(header, *field, to),
        FaultKind::Rule(_) => Err(ChainError::FaultInBase { at: fault.at }),
    }
}

/// Puts the value of a fault into a header, and does the work again, there and behind.
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
    let value = Plain::fixed(to)
        .ok_or_else(|| ChainError::Value("expected a number or hexadecimal digits".to_owned()))?;
    if let (Some(fields), Some(name)) = (fields.as_object_mut(), name.as_str()) {
        fields.insert(name.to_owned(), value.to_json());
    }
    serde_json::from_value(fields).map_err(|error| as_value(&error))
}
