"""What clients send: pictures in bodies, as Base64 and behind addresses, read within bounds."""
