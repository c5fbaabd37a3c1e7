//! Signets: networks whose blocks are signed (BIP325).

use super::Network;
use crate::hash::hash256;
use crate::wire::Writer;

impl Network {
    /// Returns the signet whose blocks satisfy the script `challenge`.
    ///
    /// All signets have the same genesis block and header rules. They differ in their magic, which
    /// is the first four bytes of the hash256 of the challenge with its length before it (BIP325,
    /// "Message Start"; Bitcoin Core `SigNetParams`). The name of a custom one is `signet-` and its
    /// magic in hexadecimal.
    pub fn signet(challenge: &[u8]) -> Self {
        let mut pushed = Writer::new();
        pushed.var_bytes(challenge);
        let [a, b, c, d, ..] = hash256(&pushed.into_bytes()).0;
        Self::signet_with([a, b, c, d])
    }

    fn signet_with(magic: [u8; 4]) -> Self {
        if magic == Self::SIGNET.magic {
            return Self::SIGNET;
        }
        let name = format!("signet-{}", const_hex::encode(magic));
        Self {
            name: name.parse().unwrap_or(Self::SIGNET.name), // it always is a name
            magic,
            ..Self::SIGNET
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signet(challenge: &str) -> Network {
        Network::signet(&const_hex::decode(challenge).unwrap())
    }

    /// The challenge of the default signet in Bitcoin Core (`SigNetParams`).
    #[test]
    fn the_default_challenge_gives_the_default_signet() {
        let challenge = "512103ad5e0edad18cb1f0fc0d28a3d4f1f3e445640337489abb10404f2d1e086be430210359ef5021964fe22d6f8e05b2463c9540ce96883fe3b278760f048f5189f2e6c452ae";
        assert_eq!(signet(challenge), Network::SIGNET);
    }

    /// The example of BIP325, "Message Start".
    #[test]
    fn another_challenge_gives_another_magic() {
        let challenge =
            "512103ad5e0edad18cb1f0fc0d28a3d4f1f3e445640337489abb10404f2d1e086be43051ae";
        let network = signet(challenge);
        assert_eq!(network.magic, [0x7e, 0xc6, 0x53, 0xa5]);
        assert_eq!(network.name.as_str(), "signet-7ec653a5");
        assert_eq!(network.base, Network::SIGNET.name);
        assert_eq!(network.params, Network::SIGNET.params);
    }

    /// The length of this challenge takes three bytes, as in Bitcoin Core's serialization of a
    /// vector.
    #[test]
    fn a_long_challenge_has_a_compact_size_before_it() {
        let challenge = [0x51; 0x100];
        let hash = hash256(&[&[0xfd, 0x00, 0x01], &challenge[..]].concat());
        assert_eq!(Network::signet(&challenge).magic, hash.0[..4]);
    }
}
