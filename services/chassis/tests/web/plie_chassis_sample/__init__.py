"""A service of two routes and a gallery of every component, on which the chassis' edge is tested."""
