//! Dates as people write them, and as ISO 8601 does.

use serde::Deserialize;

use super::{
    About, Dataset, Manifest, Source, draws,
    draws::Draws,
    pairs::{Pair, Pairs},
};
use crate::error::Result;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
/// 1970-01-01 was a Thursday.
const WEEKDAYS: [&str; 7] = ["thursday", "friday", "saturday", "sunday", "monday", "tuesday", "wednesday"];
/// From 1900-01-01 to 2099-12-31, in days since 1970-01-01.
const DAYS: (i64, i64) = (-25_567, 47_481);
/// `wednesday, the 23rd of september 1998`
const LONGEST: usize = 37;

/// `{"dataset": "dates", "samples": 20000, "seed": 0}`: `sunday, 3rd of may 1998` → `1998-05-03`. Years 1900 to 2099, in lower case, in a
/// dozen ways that can be read in one way only. x tokens \[37\], y tokens \[12\]. A date is in one split only, however written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dates {
    #[serde(default = "samples")]
    samples: usize,
    #[serde(default)]
    seed: u32,
}

fn samples() -> usize {
    20_000
}

impl Dates {
    fn pairs(&self) -> Pairs<'static> {
        Pairs {
            characters: ["abcdefghijklmnopqrstuvwxyz0123456789 ,./-", "0123456789-"],
            longest: [LONGEST, 10],
            samples: self.samples,
            seed: self.seed,
        }
    }
}

impl Source for Dates {
    fn name(&self) -> &'static str {
        "dates"
    }

    fn check(&self) -> Result<()> {
        draws::check_samples(self.samples)
    }

    fn about(&self, _: Option<&Manifest>) -> Result<About> {
        Ok(self.pairs().about())
    }

    fn generate(&self) -> Option<Result<Dataset>> {
        Some(self.pairs().generate(|draws| {
            let day = DAYS.0 + draws.below((DAYS.1 - DAYS.0 + 1) as usize) as i64;
            let (year, month, date) = civil(day);
            let iso = format!("{year}-{month:02}-{date:02}");
            Pair { x: written(day, draws), y: iso.clone(), subject: iso }
        }))
    }
}

/// A day in one of the ways to write it.
fn written(day: i64, draws: &mut Draws) -> String {
    let (year, month, date) = civil(day);
    let name = MONTHS[month - 1];
    // "may" has no short form.
    let short = &name[..3];
    let month_name = if draws.bits() & 1 == 0 { name } else { short };
    let th = match date {
        11..=13 => "th",
        _ if date % 10 == 1 => "st",
        _ if date % 10 == 2 => "nd",
        _ if date % 10 == 3 => "rd",
        _ => "th",
    };
    let body = match draws.below(13) {
        0 | 1 => format!("{date} {month_name} {year}"),
        2 | 3 => format!("{month_name} {date}, {year}"),
        4 => format!("{month_name} {date}{th}, {year}"),
        5 => format!("{date}{th} {month_name} {year}"),
        6 => format!("{date}{th} of {name} {year}"),
        7 => format!("the {date}{th} of {name} {year}"),
        8 => format!("{date}. {month_name} {year}"),
        9 => format!("{date:02}-{short}-{year}"),
        10 => format!("{year} {month_name} {date}"),
        // Slashes and dots only where the year comes first: nobody knows what 03/05/1998 is.
        11 => return format!("{year}/{month}/{date}"),
        _ => return format!("{year}.{month:02}.{date:02}"),
    };
    let weekday = WEEKDAYS[day.rem_euclid(7) as usize];
    match draws.below(6) {
        0 => format!("{weekday}, {body}"),
        1 => format!("{} {body}", &weekday[..3]),
        _ => body,
    }
}

/// Year, month and date of a day counted from 1970-01-01 (Gregorian calendar): years begin in March, so that the leap day is the last.
fn civil(day: i64) -> (i64, usize, usize) {
    let shifted = day + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), month as usize, date as usize)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::json;

    use super::{super::pairs::tests::pairs, *};

    #[test]
    fn the_calendar() {
        let cases = [(0, (1970, 1, 1)), (-1, (1969, 12, 31)), (10_349, (1998, 5, 3)), (11_016, (2000, 2, 29))];
        assert!(cases.iter().all(|(day, date)| civil(*day) == *date));
        assert_eq!((civil(DAYS.0), civil(DAYS.1)), ((1900, 1, 1), (2099, 12, 31)));
        assert_eq!(WEEKDAYS[10_349 % 7], "sunday");
        // Every day is the one after the day before.
        for day in DAYS.0..DAYS.1 {
            let ((y, m, d), next) = (civil(day), civil(day + 1));
            assert!(
                next == (y, m, d + 1)
                    || next == (y, m + 1, 1) && d >= 28
                    || next == (y + 1, 1, 1) && (m, d) == (12, 31)
            );
        }
    }

    #[test]
    fn dates_hold_their_parts_and_test_dates_are_new() {
        let [train, test] = pairs("dates", json!({}));
        for (x, y) in train.iter().chain(&test) {
            let parts: Vec<&str> = y.split('-').collect();
            let month: usize = parts[1].parse().unwrap();
            assert!(x.contains(parts[0]) && x.contains(parts[2].trim_start_matches('0')), "{x} {y}");
            assert!(x.contains(&MONTHS[month - 1][..3]) || x.starts_with(parts[0]), "{x} {y}");
        }
        let known: HashSet<&String> = train.iter().map(|(_, y)| y).collect();
        assert!(test.iter().all(|(_, y)| !known.contains(y)));
    }

    #[test]
    fn the_longest_fits() {
        assert_eq!("wednesday, the 23rd of september 1998".len(), LONGEST);
    }
}
