//! Loaded into a program by LD_PRELOAD: counts how often it makes a file durable, in the file SYNC_COUNT_FILE as 8 bytes,
//! and makes each of them SYNC_DELAY_MS milliseconds slower, as a worse disk is.
//! Build: rustc -O --edition 2021 --crate-type cdylib sync_count.rs. Linux on x86-64 and ARM64.
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::OnceLock;
use std::time::Duration;

#[cfg(target_arch = "x86_64")]
const FDATASYNC: i64 = 75;
#[cfg(target_arch = "aarch64")]
const FDATASYNC: i64 = 83;

extern "C" {
    fn syscall(number: i64, ...) -> i64;
}

static COUNT: AtomicU64 = AtomicU64::new(0);
static SETTINGS: OnceLock<(Option<File>, u64)> = OnceLock::new();

fn sync(file: i32) -> i32 {
    let (counted, delay) = SETTINGS.get_or_init(|| {
        let counted = std::env::var_os("SYNC_COUNT_FILE").and_then(|path| File::create(path).ok());
        let delay = std::env::var("SYNC_DELAY_MS").ok().and_then(|text| text.parse().ok());
        (counted, delay.unwrap_or(0))
    });
    let count = COUNT.fetch_add(1, Ordering::Relaxed) + 1;
    if let Some(counted) = counted {
        // Where it can't be noted, the count stays behind, and the driver sees that it does.
        let _ = counted.write_at(&count.to_le_bytes(), 0);
    }
    if *delay > 0 {
        std::thread::sleep(Duration::from_millis(*delay));
    }
    unsafe { syscall(FDATASYNC, file) as i32 }
}

#[no_mangle]
pub extern "C" fn fdatasync(file: i32) -> i32 {
    sync(file)
}

#[no_mangle]
pub extern "C" fn fsync(file: i32) -> i32 {
    sync(file)
}
