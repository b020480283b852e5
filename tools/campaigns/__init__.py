"""Long checks: many runs of one kind, each looked at."""
