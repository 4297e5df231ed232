"""Incoming facts, a batch at a time; nothing here commits."""
