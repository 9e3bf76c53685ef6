//! A WHOIS server on loopback: says what it is told to whoever says something, and hangs up, or does not.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What is answered to what was said; `None`: nothing, ever.
type Answer = dyn Fn(&str) -> Option<String> + Send + Sync;

/// A fake WHOIS server. Stops when dropped.
pub struct Whois {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Whois {
    /// Starts one.
    pub async fn start(answer: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self::listen(TcpListener::bind("127.0.0.1:0").await.expect("a free port"), answer)
    }

    /// Starts one where WHOIS is spoken, if this process may listen there. Otherwise it says so.
    pub async fn start_on_port_43(answer: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Option<Self> {
        match TcpListener::bind("127.0.0.1:43").await {
            Ok(listener) => Some(Self::listen(listener, answer)),
            Err(error) => {
                eprintln!("skipped: no listening on port 43: {error}");
                None
            }
        }
    }

    fn listen(listener: TcpListener, answer: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        let address = listener.local_addr().expect("an address");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (answer, record): (Arc<Answer>, _) = (Arc::new(answer), heard.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, answer.clone(), record.clone()));
            }
        });
        Self { address, heard, task }
    }

    /// Its address, as settings give it.
    pub fn base(&self) -> String {
        format!("whois://{}", self.address)
    }

    /// Everything that was said to it.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("no test panics here").clone()
    }
}

impl Drop for Whois {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn converse(mut stream: TcpStream, answer: Arc<Answer>, heard: Arc<Mutex<Vec<String>>>) {
    let mut said = String::new();
    let mut block = vec![0; 64 * 1024];
    // A line, or a list until its end.
    while !(said.ends_with('\n') && (!said.starts_with("begin") || said.ends_with("end\r\n"))) {
        match stream.read(&mut block).await {
            Ok(0) | Err(_) => return,
            Ok(length) => said.push_str(&String::from_utf8_lossy(&block[..length])),
        }
    }
    heard.lock().expect("no test panics here").push(said.trim().to_owned());
    match answer(said.trim()) {
        Some(text) => drop(stream.write_all(text.as_bytes()).await),
        None => std::future::pending().await,
    }
}
