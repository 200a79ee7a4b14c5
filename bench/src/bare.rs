//! The ceiling: bare hyper on one thread that reads the body and gives a fixed answer.

use std::convert::Infallible;
use std::net::SocketAddr;

use anyhow::Result;
use bytes::Bytes;
use clap::Args;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

/// Where, and how large an answer.
#[derive(Args)]
pub(crate) struct Options {
    #[arg(long)]
    address: SocketAddr,
    /// Length of the answer to a POST.
    #[arg(long)]
    post_bytes: usize,
}

/// Serves until it is stopped. `GET /{n}` answers n bytes.
pub(crate) fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let post = Bytes::from(vec![b'x'; options.post_bytes]);
    runtime.block_on(async move {
        let listener = TcpListener::bind(options.address).await?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(serve(stream, post.clone()));
        }
    })
}

async fn serve(stream: TcpStream, post: Bytes) {
    let get = Bytes::from(vec![b'x'; 64 * 1024]);
    let service = service_fn(move |request| answer(request, post.clone(), get.clone()));
    // A peer that goes away is no news here.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(request: Request<Incoming>, post: Bytes, get: Bytes) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = if request.method() == Method::POST {
        let _ = request.into_body().collect().await;
        post
    } else {
        let length = request.uri().path().trim_start_matches('/').parse().unwrap_or(0);
        get.slice(..length.min(get.len()))
    };
    let response = Response::builder().header("content-type", "application/json").header("cache-control", "no-store");
    Ok(response.body(Full::new(body)).unwrap_or_default())
}
