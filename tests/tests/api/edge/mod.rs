//! Where requests come in: bodies, addresses of clients, and what is no route.

mod addresses;
mod bodies;
mod nowhere;
