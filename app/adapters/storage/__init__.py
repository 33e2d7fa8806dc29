"""Where encrypted files lie: backends of the `FileStore` port and the vault above them."""
