"""Who may ask: people with accounts and sessions, partner systems with API tokens, and the answers kept for retries."""
