"""The background process that owns the device and works the queue, and how to talk to it."""
