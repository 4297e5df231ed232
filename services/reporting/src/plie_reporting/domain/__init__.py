"""What the figures mean, and what may leave the Métropole: rules only."""
