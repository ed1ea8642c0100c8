//! argon2-rate SECONDS: argon2id on one core at m=19456 KiB, t=2, p=1, through the `argon2` crate with its memory reused.
use argon2::{Algorithm, Argon2, Block, Params, Version};
use std::time::{Duration, Instant};

const MEMORY_KIB: u32 = 19456;

fn main() -> Result<(), argon2::Error> {
    let seconds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(2.0);
    let params = Params::new(MEMORY_KIB, 2, 1, Some(32))?;
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut memory = vec![Block::default(); MEMORY_KIB as usize];
    let mut hash = [0; 32];
    let mut times = Vec::new();
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    while Instant::now() < end || times.is_empty() {
        let started = Instant::now();
        hasher.hash_password_into_with_memory(b"correct horse battery staple", b"0123456789abcdef", &mut hash, &mut memory)?;
        times.push(started.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    let median = times[times.len() / 2];
    println!("{{\"hashes/s\": {}, \"ms\": {}}}", 1.0 / median, median * 1e3);
    Ok(())
}
