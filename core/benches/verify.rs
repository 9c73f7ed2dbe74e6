//! What verifying and reading cost, beside SHA-256 alone, `ring` and the standard-webhooks library: a Markdown section.
//!
//! All contenders of a size are measured in turns, each as many times as fit into a moment, and the best turn counts: a
//! neighbour on the machine then takes from all alike, and from the best of many turns hardly anything.

mod contenders;
mod delivery;

use std::time::{Duration, Instant};

use contenders::{Contender, contenders};

const SIZES: [(usize, &str); 4] = [
    (256, "256 B"),
    (1024, "1 KiB"),
    (16 * 1024, "16 KiB"),
    (1024 * 1024, "1 MiB"),
];
/// How long all turns of a size take together, so that some of them have the processor to themselves.
const TURNS: Duration = Duration::from_secs(8);
/// Long beside a look at the clock, short beside a slice of the scheduler's.
const TURN: Duration = Duration::from_micros(200);

fn main() {
    let rows = SIZES.map(|(bytes, size)| {
        eprintln!("bench-core: {size}");
        (size, best_of_turns(contenders(bytes)))
    });
    print_section(&rows);
}

/// What each contender took once, in its best turn, in microseconds.
type Row = Vec<(&'static str, f64)>;

fn best_of_turns(mut contenders: Vec<Contender>) -> Row {
    let rounds: Vec<u32> = contenders.iter_mut().map(rounds_in_a_turn).collect();
    let mut row: Row = contenders
        .iter()
        .map(|contender| (contender.name, f64::INFINITY))
        .collect();
    let began = Instant::now();
    while began.elapsed() < TURNS {
        for ((contender, rounds), (_, best)) in contenders.iter_mut().zip(&rounds).zip(&mut row) {
            let took = (contender.time)(*rounds).as_secs_f64() * 1e6 / f64::from(*rounds);
            *best = best.min(took);
        }
    }
    row
}

fn rounds_in_a_turn(contender: &mut Contender) -> u32 {
    let mut rounds = 1;
    while (contender.time)(rounds) < TURN {
        rounds *= 2;
    }
    rounds
}

fn print_section(rows: &[(&str, Row)]) {
    println!(
        "## The core\n\n\
         Microseconds for one delivery, the best turn of {seconds} seconds in which all contenders of a size take turns.\n\
         *Verify* reads the two headers too; *reading* is what `event()` does with a verified body. Of `ring` {ring}\n\
         it is HMAC alone; `standardwebhooks` {standardwebhooks} verifies and reads nothing.\n",
        seconds = TURNS.as_secs(),
        ring = locked_version("ring"),
        standardwebhooks = locked_version("standardwebhooks"),
    );
    let names: Vec<&str> = rows[0].1.iter().map(|(name, _)| *name).collect();
    println!("| body | {} |", names.join(" | "));
    println!("| --- |{}", " --- |".repeat(names.len()));
    for (size, row) in rows {
        let cells: Vec<String> = row.iter().map(|(_, took)| figures(*took)).collect();
        println!("| {size} | {} |", cells.join(" | "));
    }
    print_aims(rows);
}

fn print_aims(rows: &[(&str, Row)]) {
    println!("\n| aim | asked | reached |\n| --- | --- | --- |");
    for (work, size, most) in [
        (contenders::VERIFY, "1 KiB", 1.15),
        (contenders::VERIFY, "16 KiB", 1.02),
        (contenders::READ_ONE_LONG_TEXT, "1 KiB", 1.00),
        (contenders::READ_MANY_SMALL_MEMBERS, "1 KiB", 1.00),
    ] {
        let took = |name| took(rows, size, name);
        let ratio = took(work) / took(contenders::SHA256_ALONE);
        let verdict = if ratio <= most { "met" } else { "missed" };
        println!(
            "| core, {size}: {work}, of SHA-256 alone | ≤ {most:.2}× | {ratio:.3}× {verdict} |"
        );
    }
}

fn took(rows: &[(&str, Row)], size: &str, name: &str) -> f64 {
    let (_, row) = rows.iter().find(|row| row.0 == size).expect("a size");
    row.iter().find(|cell| cell.0 == name).expect("a name").1
}

/// Three figures.
fn figures(value: f64) -> String {
    let decimals = match value {
        ..1.0 => 3,
        ..10.0 => 2,
        ..100.0 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

/// The version that the workspace is locked to.
fn locked_version(package: &str) -> &'static str {
    let lock = include_str!("../../Cargo.lock");
    let (_, behind) = lock
        .split_once(&format!("name = \"{package}\"\nversion = \""))
        .expect("a package of the workspace's");
    behind.split('"').next().expect("a version")
}
