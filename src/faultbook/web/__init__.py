"""The web service: the book's pages as bytes, search, paste, and the versioned API; HTTP in, ``app`` called, HTTP out."""
