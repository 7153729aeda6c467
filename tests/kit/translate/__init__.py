"""What `port-kit translate` says, held against live servers."""
