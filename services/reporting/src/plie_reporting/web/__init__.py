"""Pages and API of reporting: they translate, call one handler and answer."""
