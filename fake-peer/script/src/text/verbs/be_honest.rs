//! `be-honest`: we are an honest peer from here on.

use kdl::KdlNode;

use crate::model::{Name, Step};
use crate::text::node::{Built, Reader};
use crate::text::verb::{Read, Row};

pub(super) const ROW: Row<Read<Step>> = Row {
    name: "be-honest",
    about: "an honest peer from here on",
    read,
};

fn read(r: &mut Reader<'_>) -> Option<Step> {
    let chain = if r.has_prop("chain") {
        r.prop("chain")?
    } else {
        Name::main()
    };
    Some(Step::BeHonest { chain })
}

pub(super) fn write(chain: &Name) -> KdlNode {
    Built::new(ROW.name)
        .unless("chain", chain.clone(), &Name::main())
        .done()
}

pub(super) fn explain(chain: &Name) -> String {
    format!("From here on, be an honest peer with the chain {chain}.")
}
