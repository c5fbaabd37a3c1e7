//! `fake-peer flaws`: the bugs that can be put into the model peer.

use fake_peer::node::{FLAWS, Flaw};
use serde_json::json;

use super::failure::Failure;
use super::output::print;

/// List the bugs that can be put into the model peer
///
/// Each was found in a real implementation, or breaks a rule that is easy to overlook. Enable one
/// with `--flaw NAME`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print one JSON object per line
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    if args.json {
        return FLAWS.iter().try_for_each(|flaw| print(to_json(flaw)));
    }
    let widths = [
        width(|flaw| flaw.name),
        width(|flaw| flaw.area),
        width(|flaw| flaw.about),
    ];
    FLAWS
        .iter()
        .try_for_each(|flaw| print(to_row(flaw, widths)))
}

/// Returns the width of a column in characters.
fn width(of: fn(&Flaw) -> &str) -> usize {
    let widths = FLAWS.iter().map(|flaw| of(flaw).chars().count());
    widths.max().unwrap_or(0)
}

fn to_row(flaw: &Flaw, [name, area, about]: [usize; 3]) -> String {
    format!(
        "{:name$}  {:area$}  {:about$}  {}",
        flaw.name, flaw.area, flaw.about, flaw.source
    )
}

fn to_json(flaw: &Flaw) -> serde_json::Value {
    json!({
        "name": flaw.name,
        "area": flaw.area,
        "about": flaw.about,
        "source": flaw.source,
        "network": flaw.network.name,
        "rules": flaw.rules,
        "services": flaw.services,
    })
}
