//! A subscription tier: limits, features and a price, which are empty where there is no limit or price.

use serde::{Deserialize, Serialize};

use crate::{id::TierId, problem::Problem, text::Name};

/// A tier as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    pub id: TierId,
    pub name: Name,
    pub limits: TierLimits,
    /// How many organizations have it.
    pub organizations: i64,
    pub version: i64,
}

/// What a tier grants. None means unlimited, or no price.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierLimits {
    /// Users plus pending invitations.
    pub seats: Option<i64>,
    /// AI usage limit in whole credits a month.
    pub credits: Option<i64>,
    /// Names of the features that are switched on, sorted, each once.
    pub features: Vec<String>,
    pub price: Option<Price>,
}

/// A price a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// In hundredths of the currency.
    pub hundredths: i64,
    /// Three letters, ISO 4217.
    pub currency: String,
}

const LARGEST: i64 = 1_000_000_000;

/// Reads a limit: empty is unlimited.
pub fn parse_limit(text: &str) -> Result<Option<i64>, Problem> {
    let text = text.trim().replace([',', ' '], "");
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<i64>() {
        Ok(limit) if (1..=LARGEST).contains(&limit) => Ok(Some(limit)),
        _ => Err(Problem::new(
            "Enter a whole number from 1 to 1,000,000,000, or leave it empty for no limit.",
        )),
    }
}

/// Reads feature names, one a line: up to 50, each a name of its own.
pub fn parse_features(text: &str) -> Result<Vec<String>, Problem> {
    let mut features = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let name =
            Name::parse(line).map_err(|_| Problem::new("A feature's name has at most 100 visible characters."))?;
        features.push(name.as_str().to_owned());
    }
    features.sort();
    features.dedup();
    if features.len() > 50 {
        return Err(Problem::new("A tier has at most 50 features."));
    }
    Ok(features)
}

/// Reads an amount like 49 or 49.90: empty is no price.
pub fn parse_amount(text: &str) -> Result<Option<i64>, Problem> {
    let problem = || Problem::new("Enter an amount like 49 or 49.90, or leave it empty.");
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || whole.len() > 9 || fraction.len() > 2 || !digits(whole) || !digits(fraction) {
        return Err(problem());
    }
    let whole: i64 = whole.parse().map_err(|_| problem())?;
    let fraction: i64 = format!("{fraction:0<2}").parse().map_err(|_| problem())?;
    Ok(Some(whole * 100 + fraction))
}

/// Reads a currency: three letters.
pub fn parse_currency(text: &str) -> Result<String, Problem> {
    let currency = text.trim().to_ascii_uppercase();
    if currency.len() == 3 && currency.chars().all(|c| c.is_ascii_alphabetic()) {
        Ok(currency)
    } else {
        Err(Problem::new("Enter a currency of three letters, for example EUR."))
    }
}

impl Price {
    /// The amount as it is typed: "49.90".
    pub fn amount(&self) -> String {
        format!("{}.{:02}", self.hundredths / 100, self.hundredths % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::{Price, parse_amount, parse_currency, parse_features, parse_limit};

    #[test]
    fn an_empty_limit_is_no_limit() {
        assert_eq!(parse_limit(" "), Ok(None));
        assert_eq!(parse_limit("1,000"), Ok(Some(1000)));
        for typed in ["0", "-1", "1.5", "many", "1000000001"] {
            assert!(parse_limit(typed).is_err(), "{typed:?}");
        }
    }

    #[test]
    fn an_amount_has_at_most_two_decimals() {
        assert_eq!(parse_amount("49"), Ok(Some(4900)));
        assert_eq!(parse_amount("49.9"), Ok(Some(4990)));
        assert_eq!(parse_amount(""), Ok(None));
        for typed in ["-1", "1.234", ".5", "1,5", "1e3", "9999999999"] {
            assert!(parse_amount(typed).is_err(), "{typed:?}");
        }
        assert_eq!(
            Price {
                hundredths: 4990,
                currency: "EUR".into()
            }
            .amount(),
            "49.90"
        );
    }

    #[test]
    fn a_feature_stands_once() {
        assert_eq!(parse_features("b\n\n a \nb"), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert!(parse_features(&"x".repeat(101)).is_err());
        let many: String = (0..51).map(|number| format!("feature {number}\n")).collect();
        assert!(parse_features(&many).is_err());
    }

    #[test]
    fn a_currency_has_three_letters() {
        assert_eq!(parse_currency(" eur "), Ok("EUR".to_owned()));
        assert!(parse_currency("EURO").is_err());
    }
}
