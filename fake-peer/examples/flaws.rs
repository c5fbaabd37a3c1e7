//! Lists which cases detect each flaw of the model peer, and whether one of them is in the area of
//! the flaw. Exits with 1 if a flaw is not detected by any case of its area.
//!
//! `just flaws` runs it. By default only the cases of the flaw's area are played, and with `--all`
//! every case. With `--tcp` the first case that detects a flaw is also played over loopback. The
//! cases of `scripts/slow`, which wait for up to twenty minutes, are only played in memory.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::thread::{available_parallelism, scope};

use fake_peer::check::{Case, Catalogue, Checker, Detector, Verdict};
use fake_peer::drive::play::role_for;
use fake_peer::node::{FLAWS, Flaw};
use fake_peer::target::{Link, Model, Target};
use fake_peer::unix_time;
use tokio::task::JoinSet;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let over_tcp = std::env::args().any(|word| word == "--tcp");
    let all = std::env::args().any(|word| word == "--all");
    let slow = Catalogue::from_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/slow"))?;
    let catalogue = Catalogue::embedded()?;
    let cases = [catalogue.cases(), slow.cases()].concat();
    let detector = Detector::new(&cases, unix_time())?;
    let rows = rows(&detector, all);
    let mut undetected = 0;
    println!(
        "{:<36} {:<14} {:>5} {:>7}  first",
        "flaw", "area", "cases", "in area"
    );
    for (flaw, cases) in FLAWS.iter().zip(&rows) {
        let inside = cases.iter().filter(|case| is_inside(flaw, case)).count();
        let first = cases.first().map_or("NONE", |case| case.id());
        let count = cases.len();
        println!(
            "{:<36} {:<14} {count:>5} {inside:>7}  {first}",
            flaw.name, flaw.area
        );
        undetected += usize::from(inside == 0);
    }
    println!(
        "\n{} flaws, {undetected} not detected by any case of their area",
        FLAWS.len()
    );
    if over_tcp {
        let is_slow = |case: &&Case| slow.cases().iter().any(|it| it.id() == case.id());
        let rows = rows
            .iter()
            .map(|cases| cases.iter().find(|case| !is_slow(case)));
        undetected += missed_over_tcp(&rows.map(Option::<&&Case>::copied).collect::<Vec<_>>())?;
    }
    Ok(if undetected == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Returns the cases that detect each flaw: those of its area, or `all`.
fn rows(detector: &Detector, all: bool) -> Vec<Vec<&Case>> {
    let cores = available_parallelism().map_or(1, Into::into);
    let detected = |flaws: &[Flaw]| -> Vec<Vec<_>> {
        let detected = flaws.iter().map(|flaw| {
            let mut cases: Vec<_> = detector.detecting_in_area(*flaw).collect();
            if all {
                cases.extend(detector.detecting_elsewhere(*flaw));
            }
            cases
        });
        detected.collect()
    };
    scope(|scope| {
        let parts = FLAWS.chunks(FLAWS.len().div_ceil(cores));
        let parts: Vec<_> = parts
            .map(|part| scope.spawn(move || detected(part)))
            .collect();
        let rows = parts
            .into_iter()
            .map(|part| part.join().unwrap_or_default());
        rows.flatten().collect()
    })
}

fn is_inside(flaw: &Flaw, case: &Case) -> bool {
    case.id().starts_with(&format!("{}/", flaw.area))
}

/// Returns the number of flaws that are not detected over loopback by the first case that detects
/// them in memory.
#[tokio::main]
async fn missed_over_tcp(rows: &[Option<&Case>]) -> Result<usize, Box<dyn Error>> {
    // All at once, because a case that waits until its time limit takes real time.
    let mut plays = JoinSet::new();
    for (flaw, case) in FLAWS.iter().zip(rows) {
        let Some(case) = case else { continue };
        let target = Target::Model(Model {
            flaws: vec![*flaw],
            role: role_for(case.script()),
            link: Link::Tcp,
        });
        let (name, case) = (flaw.name, (*case).clone());
        plays.spawn(async move { (name, Checker::new(target).case(&case).await) });
    }
    let played = plays.len();
    let results = plays.join_all().await;
    let undetected = results
        .iter()
        .filter(|(_, result)| result.verdict != Verdict::Fail);
    for (name, result) in undetected.clone() {
        println!("{name} is not detected over loopback by {}", result.id);
    }
    let missed = undetected.count();
    println!("{played} flaws over loopback, {missed} not detected");
    Ok(missed)
}
