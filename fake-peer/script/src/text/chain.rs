//! `chain`, and `fault` in it.

use fake_peer_fixtures::synthetic;
use kdl::KdlNode;

use super::node::{Built, Reader};
use super::problem::ProblemKind;
use super::scalar::Scalar as _;
use super::scope::Where;
use super::value;
use super::verb::{Read, Row, find};
use crate::model::{Base, Chain, ChainRules, Fault, FaultKind, Name};

/// Declares a fault without values.
macro_rules! plain {
    ($name:literal, $kind:ident, $about:literal) => {
        Row {
            name: $name,
            about: $about,
            read: |_| Some(FaultKind::Rule(synthetic::Fault::$kind)),
        }
    };
}

pub(super) const FAULTS: &[Row<Read<FaultKind>>] = &[
    plain!(
        "link",
        Link,
        "the previous hash is not the hash of a header"
    ),
    plain!(
        "bits-negative",
        BitsNegative,
        "`bits` with the sign bit set"
    ),
    plain!(
        "bits-overflow",
        BitsOverflow,
        "`bits` of more than 256 bits"
    ),
    plain!("bits-zero", BitsZero, "`bits` with a mantissa of zero"),
    plain!(
        "bits-above-limit",
        BitsAboveLimit,
        "`bits` just above the network's limit"
    ),
    plain!(
        "bits-unexpected",
        BitsUnexpected,
        "`bits` of half the required target"
    ),
    plain!("proof-of-work", ProofOfWork, "a hash above the target"),
    plain!(
        "time-equals-median",
        TimeEqualsMedian,
        "one second too early"
    ),
    plain!(
        "time-before-median",
        TimeBeforeMedian,
        "two seconds too early"
    ),
    plain!(
        "time-too-new",
        TimeTooNew,
        "one second too far ahead of now"
    ),
    plain!(
        "time-warp",
        TimeWarp,
        "a period that starts too early (BIP94)"
    ),
    plain!(
        "version-below-floor",
        VersionBelowFloor,
        "a version that is no longer allowed"
    ),
    Row {
        name: "flipped-bit",
        about: "one bit flipped after mining",
        read: read_flipped_bit,
    },
    Row {
        name: "value",
        about: "any value in any field",
        read: read_value,
    },
];

pub(super) fn read(r: &mut Reader<'_>, script: &mut crate::model::Script) {
    r.context().chain_at(r.span());
    let name = match r.args_left() {
        0 => Some(Name::main()),
        _ => r.arg("a name"),
    };
    let plain = Chain::new(name.unwrap_or_else(Name::main));
    let chain = Chain {
        base: read_base(r),
        length: r.prop("length").unwrap_or(plain.length),
        seed: r.prop("seed").unwrap_or(plain.seed),
        spacing: r.prop("spacing").unwrap_or(plain.spacing),
        version: r.prop("version").unwrap_or(plain.version),
        rules: r.prop("rules").unwrap_or(plain.rules),
        fault: read_faults(r),
        ..plain
    };
    script.chains.push(chain);
}

pub(super) fn write(chain: &Chain) -> KdlNode {
    let plain = Chain::new(Name::main());
    let node = Built::new("chain");
    let node = if chain.name == plain.name {
        node
    } else {
        node.arg(chain.name.clone())
    };
    let node = match &chain.base {
        Base::Genesis => node,
        Base::Recorded(height) => node.prop("recorded", *height),
        Base::File(file) => node.prop("file", file.clone()),
        Base::Fork { chain, height } => node.prop("on", chain.clone()).prop("at", *height),
    };
    node.unless("length", chain.length, &plain.length)
        .unless("seed", chain.seed, &plain.seed)
        .unless("spacing", chain.spacing, &plain.spacing)
        .unless("version", chain.version, &plain.version)
        .unless("rules", chain.rules, &ChainRules::Network)
        .children(chain.fault.as_ref().map(write_fault))
        .done()
}

fn read_base(r: &mut Reader<'_>) -> Base {
    if r.has_prop("on") {
        let (chain, height) = (
            r.prop("on"),
            r.needed_prop("at", "the height `at=` of the fork"),
        );
        return match (chain, height) {
            (Some(chain), Some(height)) => Base::Fork { chain, height },
            _ => Base::Genesis,
        };
    }
    match (r.prop("recorded"), r.prop("file")) {
        (Some(height), None) => Base::Recorded(height),
        (None, Some(file)) => Base::File(file),
        (None, None) => Base::Genesis,
        (Some(_), Some(_)) => {
            r.problem(ProblemKind::Twice {
                what: "file".to_owned(),
            });
            Base::Genesis
        }
    }
}

fn read_faults(r: &mut Reader<'_>) -> Option<Fault> {
    if !r.has_children() {
        return None;
    }
    r.no_children_but(Where::Chain, &["fault"]);
    let context = r.context();
    let faults = r
        .children()
        .iter()
        .filter(|node| node.name().value() == "fault");
    let mut faults = faults.map(|node| Reader::new(node, context));
    let fault = faults.next().and_then(read_fault);
    for another in faults {
        another.problem(ProblemKind::Twice {
            what: "fault".to_owned(),
        });
    }
    fault
}

fn read_fault(mut r: Reader<'_>) -> Option<Fault> {
    let entry = r.next_arg().or_else(|| r.missing("a kind of fault"))?;
    r.context().field_at("fault", entry.span());
    let found = String::read(entry, r.context())?;
    let Some(row) = find(FAULTS, &found) else {
        let known = FAULTS.iter().map(|row| row.name).collect();
        let kind = ProblemKind::UnknownWord {
            what: "fault",
            found,
            known,
        };
        r.context().add(entry.span(), kind);
        return None;
    };
    let kind = (row.read)(&mut r);
    let at = r.needed_prop("at", "the height `at=` of the header");
    let follow = r.prop("follow").unwrap_or(true);
    r.finish();
    Some(Fault {
        kind: kind?,
        at: at?,
        follow,
    })
}

fn read_flipped_bit(r: &mut Reader<'_>) -> Option<FaultKind> {
    let field = r.needed_prop("field", "a `field=` of the header");
    let bit = r.needed_prop("bit", "the `bit=` to flip");
    Some(FaultKind::Rule(synthetic::Fault::FlippedBit {
        field: field?,
        bit: bit?,
    }))
}

fn read_value(r: &mut Reader<'_>) -> Option<FaultKind> {
    let field = r.needed_prop("field", "a `field=` of the header");
    let to = r.needed_prop("to", "the value `to=` put there");
    Some(FaultKind::Value {
        field: field?,
        to: to?,
    })
}

fn write_fault(fault: &Fault) -> KdlNode {
    let name = match &fault.kind {
        FaultKind::Rule(fault) => rule_name(*fault),
        FaultKind::Value { .. } => "value",
    };
    let node = Built::new("fault").word(name);
    let node = node
        .prop("at", fault.at)
        .unless("follow", fault.follow, &true);
    match &fault.kind {
        FaultKind::Rule(synthetic::Fault::FlippedBit { field, bit }) => {
            node.prop("field", *field).prop("bit", *bit)
        }
        FaultKind::Rule(_) => node,
        FaultKind::Value { field, to } => node
            .prop("field", *field)
            .entry(value::write_scalar(Some("to"), to)),
    }
    .done()
}

fn rule_name(fault: synthetic::Fault) -> &'static str {
    use synthetic::Fault;
    match fault {
        Fault::Link => "link",
        Fault::BitsNegative => "bits-negative",
        Fault::BitsOverflow => "bits-overflow",
        Fault::BitsZero => "bits-zero",
        Fault::BitsAboveLimit => "bits-above-limit",
        Fault::BitsUnexpected => "bits-unexpected",
        Fault::ProofOfWork => "proof-of-work",
        Fault::TimeEqualsMedian => "time-equals-median",
        Fault::TimeBeforeMedian => "time-before-median",
        Fault::TimeTooNew => "time-too-new",
        Fault::TimeWarp => "time-warp",
        Fault::VersionBelowFloor => "version-below-floor",
        Fault::FlippedBit { .. } => "flipped-bit",
    }
}
