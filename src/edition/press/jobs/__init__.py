"""What the press can do: one module for each kind of job."""
