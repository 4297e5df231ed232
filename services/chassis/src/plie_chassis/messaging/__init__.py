"""How events leave an instance (outbox, relay) and take effect in another (inbox)."""
