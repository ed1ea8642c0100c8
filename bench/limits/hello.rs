//! hello PORT BYTES: answer every HTTP request with the same BYTES bytes. The ceiling for any server here.
//! Build: rustc -O hello.rs. One thread a connection, standard library only.
use std::error::Error;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

fn serve(mut stream: TcpStream, answer: &[u8]) -> std::io::Result<()> {
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
            stream.write_all(answer)?;
            held = 0;
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, port, size] = arguments.as_slice() else {
        return Err("Usage: hello PORT BYTES".into());
    };
    let (port, size): (u16, usize) = (port.parse()?, size.parse()?);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {size}\r\n\r\n");
    let answer: &'static [u8] = Vec::leak([head.into_bytes(), vec![b'x'; size]].concat());
    for stream in TcpListener::bind(("127.0.0.1", port))?.incoming().flatten() {
        std::thread::spawn(move || serve(stream, answer));
    }
    Ok(())
}
