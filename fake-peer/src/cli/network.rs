//! Choosing the network of a command.

use fake_peer::Network;
use fake_peer_core::Header;
use fake_peer_fixtures::raw;

/// Returns the network of a file of headers: the `wanted` one, or else that of the file's `magic`,
/// that of its `first` header if it is a genesis block, or mainnet.
///
/// # Errors
/// A message if the headers are for another network than the wanted one.
pub(super) fn network_of_headers(
    wanted: Option<Network>,
    magic: Option<[u8; 4]>,
    first: &Header,
) -> Result<Network, String> {
    let Some(wanted) = wanted else {
        return match magic {
            Some(magic) => Network::from_magic(magic).ok_or_else(|| {
                let magic = const_hex::encode(magic);
                format!("the headers have the magic {magic}, which no known network has")
            }),
            None => Ok(raw::network_of(first).unwrap_or_default()),
        };
    };
    let found = match magic {
        Some(magic) if magic != wanted.magic => {
            Network::from_magic(magic).map_or_else(|| const_hex::encode(magic), |it| it.to_string())
        }
        None if *first != wanted.params.genesis => match raw::network_of(first) {
            Some(found) => found.to_string(),
            None => return Ok(wanted),
        },
        Some(_) | None => return Ok(wanted),
    };
    Err(format!("the headers are for {found}, expected {wanted}"))
}
