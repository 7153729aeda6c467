"""What an audit found, for people and for programs; each writer is a module."""
