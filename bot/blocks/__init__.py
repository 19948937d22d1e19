"""Pure data -> Block Kit. Each file owns the ids that it emits and parses what comes back."""
