//! Flaws and cases: which cases tell each flaw of the model peer from the honest one, and whether
//! one of them is of the flaw's area. Ends with 1 if there is a flaw that no case tells.
//!
//! `just flaws` prints it. With `--tcp` the first of these cases is played over loopback, too.

use std::error::Error;
use std::process::ExitCode;
use std::thread::{available_parallelism, scope};

use fake_peer::check::{Case, Catalogue, Checker, Detector, Link, Model, Target, Verdict};
use fake_peer::drive::play::role_for;
use fake_peer::peer::{FLAWS, Flaw};
use fake_peer::unix_time;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let over_tcp = std::env::args().any(|word| word == "--tcp");
    let catalogue = Catalogue::embedded()?;
    let detector = Detector::new(catalogue.cases(), unix_time())?;
    // All of them take a while where the build is not optimised.
    let first_only = std::env::args().any(|word| word == "--first");
    let rows = rows(&detector, if first_only { 1 } else { usize::MAX });
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
        "{} flaws, {undetected} that no case of their area tells",
        FLAWS.len()
    );
    if over_tcp {
        undetected += missed_over_tcp(&rows)?;
    }
    Ok(if undetected == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The cases that tell each flaw, so many at the most.
fn rows(detector: &Detector, most: usize) -> Vec<Vec<&Case>> {
    let cores = available_parallelism().map_or(1, Into::into);
    let told = |flaws: &[Flaw]| -> Vec<Vec<_>> {
        let told = flaws.iter().map(|flaw| {
            let told: Vec<_> = detector.told_by(*flaw).take(most).collect();
            eprintln!("{}: {} cases", flaw.name, told.len());
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
async fn missed_over_tcp(rows: &[Vec<&Case>]) -> Result<usize, Box<dyn Error>> {
    let mut missed = 0;
    for (flaw, cases) in FLAWS.iter().zip(rows) {
        let Some(case) = cases.first() else { continue };
        let target = Target::Model(Model {
            flaws: vec![*flaw],
            role: role_for(case.script()),
            link: Link::Tcp,
        });
        let result = Checker::new(target).case(case).await;
        if result.verdict != Verdict::Fail {
            missed += 1;
            println!("{} is not told over loopback by {}", flaw.name, case.id());
        }
    }
    println!("{} flaws over loopback, {missed} not told", rows.len());
    Ok(missed)
}
