//! What must hold for every kind of plot.

mod forms;
mod gallery;
mod graphs;
mod hostile;
mod mistakes;
mod size;
