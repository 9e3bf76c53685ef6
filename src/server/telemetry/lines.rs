//! Log lines on their way out: collected in memory, written in batches by a thread of their own.
//!
//! A request never waits for the reader of the log. When that reader is too slow, lines are dropped and counted.

use std::{
    io::{self, Write},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use tracing_subscriber::fmt::MakeWriter;

/// Bytes that wait at most; further lines are dropped.
const CAPACITY: usize = 8 * 1024 * 1024;
/// Bytes that are written at once without waiting for more.
const BATCH: usize = 256 * 1024;
/// How long lines are collected. One system call for each line would cost more than making the line.
const LINGER: Duration = Duration::from_millis(10);

/// Where log lines go. Cheap to clone.
#[derive(Clone)]
pub(super) struct Lines(Arc<Shared>);

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    lost: u64,
    closed: bool,
}

/// The thread that writes. Dropping it writes what waits.
pub(super) struct LineWriter {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// Starts the thread. `lost` is told how many lines were dropped, whenever some were.
pub(super) fn write_to(
    out: impl Write + Send + 'static,
    lost: impl Fn(u64) + Send + 'static,
) -> io::Result<(Lines, LineWriter)> {
    let shared = Arc::new(Shared::default());
    let of_thread = Arc::clone(&shared);
    let thread = thread::Builder::new().name("log".to_owned()).spawn(move || of_thread.write_all(out, lost))?;
    Ok((Lines(Arc::clone(&shared)), LineWriter { shared, thread: Some(thread) }))
}

impl Shared {
    /// What a panic of another thread leaves behind is whole: nothing here can panic half way.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_all(&self, mut out: impl Write, lost: impl Fn(u64)) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let (lines_lost, closed) = self.next_batch(&mut batch);
            // There is nowhere to say that the log cannot be written.
            let _ = out.write_all(&batch).and_then(|()| out.flush());
            batch.clear();
            if lines_lost > 0 {
                lost(lines_lost);
            }
            if closed {
                return;
            }
        }
    }

    /// Waits for lines, then a little for more, and takes them.
    fn next_batch(&self, batch: &mut Vec<u8>) -> (u64, bool) {
        let idle = |waiting: &mut Waiting| waiting.bytes.is_empty() && !waiting.closed;
        let waiting = self.changed.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner);
        let few = |waiting: &mut Waiting| waiting.bytes.len() < BATCH && !waiting.closed;
        let (mut waiting, _) =
            self.changed.wait_timeout_while(waiting, LINGER, few).unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(batch, &mut waiting.bytes);
        (std::mem::take(&mut waiting.lost), waiting.closed)
    }
}

impl Write for &Lines {
    /// Takes one whole line, as the formatters give it.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = self.0.lock();
        let before = waiting.bytes.len();
        if before + line.len() > CAPACITY {
            waiting.lost += 1;
            return Ok(line.len());
        }
        waiting.bytes.extend_from_slice(line);
        drop(waiting);
        // Once for the first line, and once when there is enough to write at once.
        if before == 0 || (before < BATCH && before + line.len() >= BATCH) {
            self.0.changed.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

impl Drop for LineWriter {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // It ended; how does not matter any more.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_line_is_written_whole_and_in_order_before_the_writer_is_gone() {
        let page = Page::default();
        let (lines, writer) = write_to(page.clone(), |_| panic!("nothing was lost")).unwrap();
        let written: String = (0..10_000).map(|number| format!("line {number}\n")).collect();
        for line in written.split_inclusive('\n') {
            (&lines).write_all(line.as_bytes()).unwrap();
        }
        drop(writer);
        assert_eq!(String::from_utf8(page.0.lock().unwrap().clone()).unwrap(), written);
    }

    #[test]
    fn a_reader_that_does_not_read_costs_lines_and_not_time() {
        /// Blocks until the sender is gone.
        struct Stuck(mpsc::Receiver<()>);

        impl Write for Stuck {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                let _ = self.0.recv();
                Ok(bytes.len())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }

        let (hold, held) = mpsc::channel();
        let (report, reported) = mpsc::channel();
        let (lines, writer) = write_to(Stuck(held), move |lost| report.send(lost).unwrap()).unwrap();
        let line = [b'x'; 64 * 1024];
        // Twice what fits: once in the hands of the writer, once waiting.
        let count = 2 * CAPACITY / line.len() + 10;
        for _ in 0..count {
            (&lines).write_all(&line).unwrap();
        }
        drop(hold);
        drop(writer);
        assert!(reported.iter().sum::<u64>() >= 10);
    }
}
