//! How times are told to people. The server says it once, so that browser and server never differ.

use domain::time::Moment;
use jiff::Timestamp;

/// The exact time in UTC: "2026-11-24 03:33 UTC".
pub fn exact(moment: Moment) -> String {
    exact_of(&machine(moment))
}

/// The same of what [`machine`] has told. A page tells 75 of them, and a format that is read for each is three times the work.
pub fn exact_of(machine: &str) -> String {
    match machine.split_once('T') {
        Some((date, time)) => [date, " ", time.get(..5).unwrap_or_default(), " UTC"].concat(),
        None => String::from("unknown"),
    }
}

/// The date in UTC: "24 November 2026".
pub fn date(moment: Moment) -> String {
    match Timestamp::from_millisecond(moment.0) {
        Ok(timestamp) => timestamp.strftime("%-d %B %Y").to_string(),
        Err(_) => String::from("unknown"),
    }
}

/// As machines read it: "2026-11-24T03:33:00Z".
pub fn machine(moment: Moment) -> String {
    match Timestamp::from_millisecond(moment.0 - moment.0.rem_euclid(1000)) {
        Ok(timestamp) => timestamp.to_string(),
        Err(_) => String::new(),
    }
}

/// How long ago or ahead: "3 hours ago", "in 2 days", "just now".
pub fn relative(moment: Moment, now: Moment) -> String {
    let seconds = now.seconds_since(moment);
    let mut amount = match seconds.abs() {
        0..45 => return "just now".to_owned(),
        size @ 45..5400 => count((size + 30) / 60, "minute"),
        size @ 5400..129_600 => count((size + 1800) / 3600, "hour"),
        size @ 129_600..5_184_000 => count((size + 43_200) / 86_400, "day"),
        size @ 5_184_000..63_072_000 => count((size + 1_314_900) / 2_629_800, "month"),
        size => count((size + 15_778_800) / 31_557_600, "year"),
    };
    if seconds < 0 {
        amount.insert_str(0, "in ");
    } else {
        amount.push_str(" ago");
    }
    amount
}

/// How long something lasts: "7 days", "90 minutes".
pub fn duration(seconds: i64) -> String {
    match seconds {
        0..120 => count(seconds, "second"),
        120..7200 => count((seconds + 30) / 60, "minute"),
        7200..172_800 => count((seconds + 1800) / 3600, "hour"),
        _ => count((seconds + 43_200) / 86_400, "day"),
    }
}

/// "1 user", "2 users", "1,000 users".
pub fn count(number: i64, noun: &str) -> String {
    [grouped(number).as_str(), " ", noun, if number == 1 { "" } else { "s" }].concat()
}

/// With commas between thousands.
pub fn grouped(number: i64) -> String {
    if number.unsigned_abs() < 1000 {
        return number.to_string();
    }
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use domain::time::Moment;

    use super::{date, duration, exact, grouped, machine, relative};

    #[test]
    fn times_are_told_in_utc() {
        let moment = Moment(1_795_491_180_123);
        assert_eq!(exact(moment), "2026-11-24 03:33 UTC");
        assert_eq!(date(moment), "24 November 2026");
        assert_eq!(machine(moment), "2026-11-24T03:33:00Z");
        assert_eq!(exact(Moment(-1)), "1969-12-31 23:59 UTC");
        assert_eq!(exact(Moment(i64::MAX)), "unknown");
    }

    #[test]
    fn relative_times_round_to_the_nearest() {
        let now = Moment(1_795_491_180_000);
        for (seconds, text) in [
            (0, "just now"),
            (60, "1 minute ago"),
            (3600, "60 minutes ago"),
            (7200, "2 hours ago"),
            (-172_800, "in 2 days"),
            (86_400 * 90, "3 months ago"),
            (86_400 * 800, "2 years ago"),
        ] {
            assert_eq!(relative(now.minus_seconds(seconds), now), text);
        }
        assert_eq!(duration(604_800), "7 days");
        assert_eq!(duration(3600), "60 minutes");
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(
            [0, 999, 1000, 1_234_567, -1000].map(grouped),
            ["0", "999", "1,000", "1,234,567", "-1,000"]
        );
    }
}
