"""What screens with prints do, in plain objects: each can be tested without a terminal."""
