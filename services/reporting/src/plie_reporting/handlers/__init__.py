"""One function per question asked or batch of events taken; nothing here commits."""
