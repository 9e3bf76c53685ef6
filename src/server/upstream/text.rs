//! Text for text over TCP, as WHOIS speaks it (RFC 3912): something is said, and read is what comes until the other side
//! hangs up. In the clear and not through a proxy: the protocol has neither.

use std::net::{IpAddr, SocketAddr};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};
use tracing::Instrument as _;

use super::{SendError, Upstream};
use crate::telemetry::{CallOutcome, spans};

/// One exchange.
#[derive(Clone)]
pub struct TextCall {
    /// Who is called, for spans and metrics: the id of a provider, never an address.
    pub to: &'static str,
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// What is said.
    pub say: Bytes,
    /// When the caller stops waiting.
    pub deadline: Instant,
    /// The longest answer that is accepted, in bytes.
    pub body_cap: usize,
}

impl Upstream {
    /// Says something and reads the answer. Never takes longer than the deadline, and connects only where calls may go.
    pub async fn exchange_text(&self, call: TextCall) -> Result<Bytes, SendError> {
        let span = spans::call(call.to, "WHOIS");
        let exchange = self.say_and_listen(&call).instrument(span.clone());
        let outcome = timeout_at(call.deadline, exchange).await.unwrap_or(Err(SendError::Timeout));
        let told = outcome.as_ref().map_or_else(SendError::outcome, |_| CallOutcome::Answered);
        spans::call_ended(&span, told, 1, None);
        outcome
    }

    async fn say_and_listen(&self, call: &TextCall) -> Result<Bytes, SendError> {
        let addresses = self.resolver().permitted_addresses(&call.host).await?;
        let mut stream = self.connect(addresses, call.port).await?;
        stream.write_all(&call.say).await.map_err(|_| SendError::Reset)?;
        let mut answer = BytesMut::new();
        loop {
            match stream.read_buf(&mut answer).await {
                Ok(0) => return Ok(answer.freeze()),
                Ok(_) if answer.len() > call.body_cap => return Err(SendError::TooLarge { limit: call.body_cap }),
                Ok(_) => {}
                Err(_) if answer.is_empty() => return Err(SendError::Reset),
                Err(_) => return Err(SendError::Truncated),
            }
        }
    }

    /// The first of the addresses that takes the connection.
    async fn connect(&self, addresses: Vec<IpAddr>, port: u16) -> Result<TcpStream, SendError> {
        for address in addresses {
            let connecting = TcpStream::connect(SocketAddr::new(address, port));
            if let Ok(Ok(stream)) = timeout(self.0.connect_timeout, connecting).await {
                return Ok(stream);
            }
        }
        Err(SendError::Connect)
    }
}
