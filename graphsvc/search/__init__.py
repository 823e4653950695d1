"""Search: names however they are written, in memory, kept in step with the store."""
