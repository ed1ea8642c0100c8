//! Each target over its corpus, and over what is near to it. A panic names the bytes; they become a file of the corpus.

#![expect(clippy::unwrap_used, reason = "a run without its corpus shows nothing")]

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

/// Inputs made from each file, unless `USHER_FUZZ_INPUTS` says otherwise.
const NEAR: u64 = 1000;

#[test]
fn whatever_strangers_send_holds_what_must() {
    let near = std::env::var("USHER_FUZZ_INPUTS").map_or(NEAR, |text| text.parse().unwrap());
    for (name, target) in fuzz::TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        let mut files: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        assert!(!files.is_empty(), "{name} has no corpus");
        let corpus: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).unwrap()).collect();
        let mut random = Random(1);
        for seed in &corpus {
            run(name, target, seed);
            for _ in 0..near {
                run(name, target, &random.near(seed, &corpus));
            }
        }
    }
}

fn run(name: &str, target: fn(&[u8]), data: &[u8]) {
    let outcome = catch_unwind(AssertUnwindSafe(|| target(data)));
    assert!(outcome.is_ok(), "{name}: {:?}", String::from_utf8_lossy(data));
}

/// The same inputs in each run (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % limit.max(1) as u64).unwrap()
    }

    /// One to four changes: a byte, a cut, a repetition, or a piece of another file.
    fn near(&mut self, seed: &[u8], corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut data = seed.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(data.len() + 1);
            match self.below(4) {
                0 => data.insert(at, u8::try_from(self.below(256)).unwrap()),
                1 => data.truncate(at),
                2 => data.extend_from_within(at..),
                _ => {
                    let other = &corpus[self.below(corpus.len())];
                    let from = self.below(other.len() + 1);
                    let piece = other[from..].iter().copied();
                    data.splice(at..at, piece);
                }
            }
            data.truncate(4096);
        }
        data
    }
}
