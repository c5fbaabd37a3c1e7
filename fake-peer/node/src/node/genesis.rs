//! Block 0, which every node has.

use fake_peer_core::wire::Bytes;
use fake_peer_core::{Hash256, Network, hash256};

/// The transaction in block 0 of every network except testnet4. Source: Bitcoin Core
/// `CreateGenesisBlock` (`src/kernel/chainparams.cpp`).
const COINBASE: &str = "01000000010000000000000000000000000000000000000000000000000000000000000000\
    ffffffff4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f\
    6e206272696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a010000\
    00434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504\
    e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000";

/// Returns the hash and the payload of a network's block 0. `None`: its transaction is not
/// [`COINBASE`].
pub(super) fn block(network: Network) -> Option<(Hash256, Bytes)> {
    let header = network.genesis();
    let transaction = const_hex::decode(COINBASE).ok()?;
    (hash256(&transaction) == header.merkle_root).then_some(())?;
    let payload = [&header.to_bytes()[..], &[1], &transaction].concat();
    Some((header.hash(), payload.into()))
}

#[cfg(test)]
mod tests {
    use fake_peer_core::message::{Block, Message, Payload as _};

    use super::*;

    #[test]
    fn the_transaction_matches_the_header() {
        let usual = [
            Network::Mainnet,
            Network::Testnet3,
            Network::Signet,
            Network::Regtest,
        ];
        for network in usual {
            let (hash, payload) = block(network).unwrap();
            let Message::Block(read) = Message::decode(Block::COMMAND, &payload).unwrap() else {
                panic!("a block");
            };
            assert_eq!(read.header.hash(), hash);
            assert_eq!(read.header.merkle_root, read.transactions[0].txid());
        }
        assert_eq!(block(Network::Testnet4), None);
    }
}
