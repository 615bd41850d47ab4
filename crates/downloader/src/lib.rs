//! Who fetches files from elsewhere: aria2, qBittorrent, and a downloader of our own. Knows no
//! drives: it puts files into a folder and tells how far it is.
