//! Reads what callgrind writes: the instructions of each function itself, without those that it calls.

use anyhow::{Context, Result};

/// Functions that hash passwords, by parts of their names.
const HASHING: [&str; 2] = ["argon2", "blake2"];

/// All instructions but those that hash passwords. The profile is written with `--compress-strings=no` and
/// `--compress-pos=no`: each function by its name, each cost as `LINE COST`.
pub fn without_hashing(profile: &str) -> Result<u64> {
    let mut sum = 0;
    let mut is_hashing = false;
    let mut is_of_a_call = false;
    for line in profile.lines() {
        if let Some(name) = line.strip_prefix("fn=") {
            is_hashing = HASHING.iter().any(|part| name.contains(part));
        } else if line.starts_with("calls=") {
            // What was called stands with its own function too.
            is_of_a_call = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit()) {
            let cost = line.split(' ').nth(1).unwrap_or("0");
            let cost: u64 = cost.parse().with_context(|| format!("no cost: {line}"))?;
            if !is_hashing && !is_of_a_call {
                sum += cost;
            }
            is_of_a_call = false;
        }
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::without_hashing;

    #[test]
    fn only_what_a_function_takes_itself_is_counted_and_no_hashing() {
        let profile = "\
version: 1
events: Ir
fl=???
fn=usher::list
0 100
cfn=argon2::fill
calls=1 0
0 5000
0 7
fn=argon2::fill
0 5000

totals: 5107
";
        assert_eq!(without_hashing(profile).unwrap(), 107);
    }
}
