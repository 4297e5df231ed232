"""Pages and API of a Maison: both translate, call the same handlers and answer."""
