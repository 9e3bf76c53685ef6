//! `pivotd`: settings, then telemetry, then services, then serve until told to stop, then drain.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::{Parser, Subcommand};
use server::{
    api::{Application, Stop},
    settings::{self, Settings},
    telemetry::Telemetry,
};

/// The enrichment service that a SOC's automation calls.
#[derive(Parser)]
#[command(name = "pivotd", version)]
struct Arguments {
    /// The settings file; PIVOTD_CONFIG names it, too.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until SIGTERM or SIGINT; SIGHUP reads the settings again.
    Serve,
    /// Check the settings and try the connections that they name.
    Check,
    /// Make a new API key: the key for the caller, its digest for the settings.
    NewKey {
        /// Name of the caller.
        id: String,
    },
    /// Write the OpenAPI documents into a folder.
    Openapi {
        /// The folder.
        folder: PathBuf,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Command::Serve => serve(arguments.config),
        Command::Check => check(arguments.config.as_deref()),
        Command::NewKey { id } => new_key(&id),
        Command::Openapi { folder } => write_documents(&folder),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The one place where nobody else can tell.
            let _ = writeln!(std::io::stderr(), "{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn load(config: Option<&Path>) -> anyhow::Result<Settings> {
    Settings::load(config, &settings::environment(), &[]).map_err(|mistakes| anyhow::anyhow!("{mistakes}"))
}

fn serve(config: Option<PathBuf>) -> anyhow::Result<()> {
    let settings = load(config.as_deref())?;
    // Before the runtime: the exporter's client blocks.
    let telemetry = Telemetry::start(&settings.telemetry).context("telemetry")?;
    let metrics = telemetry.metrics().clone();
    let level = telemetry.level().clone();
    let outcome = runtime()?.block_on(async move {
        let again = move || load(config.as_deref()).map_err(|error| error.to_string());
        let application =
            Application::build_with(settings, providers::ALL.to_vec(), metrics, Some(Box::new(again)), Some(level))
                .await?;
        tracing::info!(address = %application.address(), "listening");
        application.run_until(Stop::on_signals()?).await?;
        tracing::info!("stopped");
        anyhow::Ok(())
    });
    telemetry.shut_down();
    outcome
}

fn check(config: Option<&Path>) -> anyhow::Result<()> {
    let settings = load(config)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", settings::describe(&settings))?;
    let mut trouble = server::check::examples(&settings);
    trouble.extend(server::check::templates(&settings));
    trouble.extend(runtime()?.block_on(server::check::connections(&settings))?);
    for line in &trouble {
        writeln!(out, "{line}")?;
    }
    anyhow::ensure!(trouble.is_empty(), "the settings are well formed, and not everything that they name works");
    writeln!(out, "everything that the settings name works")?;
    Ok(())
}

fn new_key(id: &str) -> anyhow::Result<()> {
    let (key, sha256) = server::api::new_key();
    let mut out = std::io::stdout().lock();
    writeln!(out, "key, for the caller alone:  {key}")?;
    writeln!(out, "for auth.api_keys:          {{ id: {id}, sha256: {sha256}, scopes: [lookup] }}")?;
    Ok(())
}

fn write_documents(folder: &Path) -> anyhow::Result<()> {
    let defaults = Settings::defaults().map_err(|mistakes| anyhow::anyhow!("{mistakes}"))?;
    std::fs::create_dir_all(folder)?;
    for (name, document) in server::api::documents(&defaults.server) {
        std::fs::write(folder.join(name), document).with_context(|| name.to_owned())?;
    }
    Ok(())
}

/// The threads that carry calls out and background work; actix has its own beside them.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
