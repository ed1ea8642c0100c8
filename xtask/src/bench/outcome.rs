//! A figure, held against the bound that a goal sets.

/// What a goal asks of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

/// A figure, held against its bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub value: f64,
    pub unit: &'static str,
    pub bound: Bound,
}

impl Outcome {
    pub fn is_met(&self) -> bool {
        match self.bound {
            Bound::AtLeast(bound) => self.value >= bound,
            Bound::AtMost(bound) => self.value <= bound,
        }
    }

    /// By how many percent of the bound it is missed.
    fn missed_by(&self) -> f64 {
        let (Bound::AtLeast(bound) | Bound::AtMost(bound)) = self.bound;
        if bound == 0.0 {
            return 100.0;
        }
        (self.value - bound).abs() / bound * 100.0
    }

    pub fn words(&self) -> String {
        let value = format!("{}{}", short(self.value), self.unit);
        if self.is_met() {
            return format!("{value}: met");
        }
        match (self.bound, self.missed_by()) {
            (Bound::AtMost(_), missed) if missed >= 100.0 => {
                let (Bound::AtLeast(bound) | Bound::AtMost(bound)) = self.bound;
                let times = if bound == 0.0 {
                    "more than 0".to_owned()
                } else {
                    format!("{}x", short(self.value / bound))
                };
                format!("{value}: **missed**, {times} of the bound")
            }
            (_, missed) => format!("{value}: **missed by {}%**", short(missed)),
        }
    }
}

/// Three digits, or whole where there are more.
pub fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 || size == 0.0 => format!("{value:.2}"),
        size if size >= 0.001 => format!("{value:.3}"),
        _ => format!("{value:.5}"),
    }
}

pub const fn at_least(value: f64, bound: f64) -> Outcome {
    Outcome {
        value,
        unit: "x",
        bound: Bound::AtLeast(bound),
    }
}

pub const fn at_most(value: f64, unit: &'static str, bound: f64) -> Outcome {
    Outcome {
        value,
        unit,
        bound: Bound::AtMost(bound),
    }
}

#[cfg(test)]
mod tests {
    use super::{at_least, at_most};

    #[test]
    fn a_goal_is_met_or_missed_by_so_much() {
        assert_eq!(at_least(0.9, 0.9).words(), "0.900x: met");
        assert_eq!(at_least(0.45, 0.9).words(), "0.450x: **missed by 50.0%**");
        assert_eq!(at_most(44.0, " MB", 40.0).words(), "44.0 MB: **missed by 10.0%**");
        assert_eq!(
            at_most(120.0, " ms", 10.0).words(),
            "120 ms: **missed**, 12.0x of the bound"
        );
        assert_eq!(at_most(0.0, "", 0.0).words(), "0.00: met");
        assert_eq!(
            at_most(0.1, "", 0.0).words(),
            "0.100: **missed**, more than 0 of the bound"
        );
    }
}
