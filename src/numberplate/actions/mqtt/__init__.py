"""The broker: the connection, single messages, and what Home Assistant is told. Needs the extra `mqtt`."""
