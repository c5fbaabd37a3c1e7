//! Flaws and cases: which cases tell each flaw of the model peer from the honest one, and whether
//! one of them is of the flaw's area. Ends with 1 if there is a flaw that no case tells.
//!
//! `just flaws` prints it. Cases of the flaw's area are played, or with `--all` every one. With
//! `--tcp` the first that tells is played over loopback, too. The cases of `scripts/slow`, which
//! wait a minute or twenty, are played in memory only.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::thread::{available_parallelism, scope};

use fake_peer::check::{Case, Catalogue, Checker, Detector, Link, Model, Target, Verdict};
use fake_peer::drive::play::role_for;
use fake_peer::node::{FLAWS, Flaw};
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
        "\n{} flaws, {undetected} that no case of their area tells",
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

/// The cases that tell each flaw: of its area, or `all`.
fn rows(detector: &Detector, all: bool) -> Vec<Vec<&Case>> {
    let cores = available_parallelism().map_or(1, Into::into);
    let told = |flaws: &[Flaw]| -> Vec<Vec<_>> {
        let told = flaws.iter().map(|flaw| {
            let mut told: Vec<_> = detector.told_in_area(*flaw).collect();
            if all {
                told.extend(detector.told_elsewhere(*flaw));
            }
            told
        });
        told.collect()
    };
    scope(|scope| {
        let parts = FLAWS.chunks(FLAWS.len().div_ceil(cores));
        let parts: Vec<_> = parts.map(|part| scope.spawn(move || told(part))).collect();
        let rows = parts
            .into_iter()
            .map(|part| part.join().unwrap_or_default());
        rows.flatten().collect()
    })
}

fn is_inside(flaw: &Flaw, case: &Case) -> bool {
    case.id().starts_with(&format!("{}/", flaw.area))
}

/// How many flaws are not told over loopback by the first case that tells them in memory.
#[tokio::main]
async fn missed_over_tcp(rows: &[Option<&Case>]) -> Result<usize, Box<dyn Error>> {
    // All at once: what a case waits for in vain, it waits for in real time.
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
    let untold = results
        .iter()
        .filter(|(_, result)| result.verdict != Verdict::Fail);
    for (name, result) in untold.clone() {
        println!("{name} is not told over loopback by {}", result.id);
    }
    let missed = untold.count();
    println!("{played} flaws over loopback, {missed} not told");
    Ok(missed)
}
