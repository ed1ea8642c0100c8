//! hello PORT BYTES [MICROSECONDS]: answer every HTTP request with the same BYTES bytes, after that much work. The ceiling for
//! any server here, or for any that needs so long. Build: rustc -O hello.rs. One thread a connection, standard library only.
use std::error::Error;
use std::hint::black_box;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Instant;

/// Keeps a core busy for so many turns.
fn work(turns: u64) {
    let mut number = 1_u64;
    for _ in 0..turns {
        number = black_box(number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
    }
}

/// The turns of some microseconds of work, by the fastest of ten tries.
fn turns_in(microseconds: u64) -> u64 {
    const TRIED: u64 = 2_000_000;
    let tries = (0..10).map(|_| {
        let start = Instant::now();
        work(TRIED);
        start.elapsed().as_nanos() as u64
    });
    microseconds * 1000 * TRIED / tries.min().unwrap_or(1).max(1)
}

fn serve(mut stream: TcpStream, answer: &[u8], turns: u64) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = [0; 4096];
    let mut held = 0;
    loop {
        let read = stream.read(&mut buffer[held..])?;
        if read == 0 {
            return Ok(());
        }
        held += read;
        if buffer[..held].ends_with(b"\r\n\r\n") {
            work(turns);
            stream.write_all(answer)?;
            held = 0;
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let (port, size, microseconds) = match arguments.as_slice() {
        [_, port, size] => (port, size, "0"),
        [_, port, size, microseconds] => (port, size, microseconds.as_str()),
        _ => return Err("Usage: hello PORT BYTES [MICROSECONDS]".into()),
    };
    let (port, size): (u16, usize) = (port.parse()?, size.parse()?);
    let turns = turns_in(microseconds.parse()?);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {size}\r\n\r\n");
    let answer: &'static [u8] = Vec::leak([head.into_bytes(), vec![b'x'; size]].concat());
    for stream in TcpListener::bind(("127.0.0.1", port))?.incoming().flatten() {
        std::thread::spawn(move || serve(stream, answer, turns));
    }
    Ok(())
}
