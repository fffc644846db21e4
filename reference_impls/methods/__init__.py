"""One file per paper. A module here with a `METHOD` is a method; nothing else registers it."""
