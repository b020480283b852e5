"""What builds and checks the program and is never installed with it."""
