"""The broker: the connection, single messages, and all that Home Assistant is told. Needs the extra `mqtt`."""
